//! External functions (DMN 1.5 §10.3.2.13.3): a handful of Java's mathematics and conversions,
//! computed here. Nothing is loaded, opened or called; all others are errors of the text.

use super::budget::Budget;
use super::code::{CallError, Callable, Param};
use super::number::Number;
use super::value::Value;
use chrono::{DateTime, Utc};

/// How a Java function is computed.
#[derive(Debug, Clone, Copy)]
enum Code {
    /// From one double to another.
    Double(fn(f64) -> f64),
    /// From two doubles to one.
    Doubles(fn(f64, f64) -> f64),
    /// The greater or the lesser of two.
    Greater(bool),
    /// A number within the bounds of an integer type.
    Whole(i64, i64),
    /// A number from its text.
    FromText { whole: bool },
    /// A text of one character.
    Character,
    /// `String.format`.
    Format,
}

/// A function of Java with its parameters.
#[derive(Debug)]
pub(crate) struct External {
    name: String,
    params: Vec<Param>,
    code: Code,
}

impl External {
    /// The function of a class with such a signature, `max(double,double)`.
    pub fn java(class: &str, signature: &str, params: Vec<Param>) -> Result<External, String> {
        let plain: String = signature.split_whitespace().collect();
        let unknown = || {
            format!(
                "the Java function {class}.{plain} is not available; write the function in FEEL"
            )
        };
        let (method, types) = plain
            .strip_suffix(')')
            .and_then(|s| s.split_once('('))
            .ok_or_else(unknown)?;
        let types: Vec<&str> = types.split(',').filter(|t| !t.is_empty()).collect();
        let code = code(class, method, &types).ok_or_else(unknown)?;
        if params.len() != types.len() {
            return Err(format!(
                "{class}.{plain} takes {} arguments, the function has {} parameters",
                types.len(),
                params.len()
            ));
        }
        let name = format!("{class}.{method}");
        Ok(External { name, params, code })
    }
}

fn code(class: &str, method: &str, types: &[&str]) -> Option<Code> {
    let text = |t: &str| matches!(t, "java.lang.String" | "String");
    let number = |t: &&str| matches!(*t, "double" | "float" | "int" | "long");
    Some(match (class, method, types) {
        ("java.lang.Math", "max" | "min", [a, b]) if a == b && number(a) => {
            Code::Greater(method == "max")
        }
        ("java.lang.Math", _, ["double"]) => Code::Double(match method {
            "sin" => f64::sin,
            "cos" => f64::cos,
            "tan" => f64::tan,
            "asin" => f64::asin,
            "acos" => f64::acos,
            "atan" => f64::atan,
            "sinh" => f64::sinh,
            "cosh" => f64::cosh,
            "tanh" => f64::tanh,
            "exp" => f64::exp,
            "log" => f64::ln,
            "log10" => f64::log10,
            "sqrt" => f64::sqrt,
            "cbrt" => f64::cbrt,
            "abs" => f64::abs,
            "ceil" => f64::ceil,
            "floor" => f64::floor,
            "rint" => f64::round_ties_even,
            "signum" => f64::signum,
            "toDegrees" => f64::to_degrees,
            "toRadians" => f64::to_radians,
            _ => return None,
        }),
        ("java.lang.Math", _, ["double", "double"]) => Code::Doubles(match method {
            "pow" => f64::powf,
            "atan2" => f64::atan2,
            "hypot" => f64::hypot,
            _ => return None,
        }),
        ("java.lang.Byte", "valueOf", ["byte"]) => Code::Whole(i8::MIN.into(), i8::MAX.into()),
        ("java.lang.Short", "valueOf", ["short"]) => Code::Whole(i16::MIN.into(), i16::MAX.into()),
        ("java.lang.Integer", "valueOf", ["int"]) => Code::Whole(i32::MIN.into(), i32::MAX.into()),
        ("java.lang.Long", "valueOf", ["long"]) => Code::Whole(i64::MIN, i64::MAX),
        ("java.lang.Integer" | "java.lang.Long", "valueOf", [of]) if text(of) => {
            Code::FromText { whole: true }
        }
        ("java.lang.Float" | "java.lang.Double", "valueOf", [of]) if text(of) => {
            Code::FromText { whole: false }
        }
        ("java.lang.String", "valueOf", ["char"]) => Code::Character,
        ("java.lang.String", "format", [of, "[Ljava.lang.Object;" | "java.lang.Object[]"])
            if text(of) =>
        {
            Code::Format
        }
        _ => return None,
    })
}

impl Code {
    fn run(self, arguments: &[Value]) -> Option<Value> {
        let double = |n: f64| Number::from_f64(n).map(Value::Number);
        Some(match (self, arguments) {
            (Code::Double(f), [Value::Number(n)]) => double(f(n.to_f64()))?,
            (Code::Doubles(f), [Value::Number(a), Value::Number(b)]) => {
                double(f(a.to_f64(), b.to_f64()))?
            }
            (Code::Greater(greater), [Value::Number(a), Value::Number(b)]) => {
                Value::Number(if (a > b) == greater { *a } else { *b })
            }
            (Code::Whole(least, most), [Value::Number(n)]) => {
                let n = n.round_to(0, dec::Rounding::Down)?.to_i64()?;
                (least..=most).contains(&n).then(|| Value::from(n))?
            }
            (Code::FromText { whole }, [Value::String(text)]) => {
                let n = Number::parse(text)?;
                (!whole || n.is_integer()).then_some(Value::Number(n))?
            }
            (Code::Character, [Value::String(text)]) => {
                (text.chars().count() == 1).then(|| Value::String(text.clone()))?
            }
            (Code::Format, [Value::String(pattern), value]) => {
                // One `%s`, and `%%` for a percent sign.
                let pattern = pattern.replace("%%", "\u{0}");
                let (before, after) = pattern.split_once("%s").unwrap_or((&pattern, ""));
                if before.contains('%') || after.contains('%') {
                    return None;
                }
                let shown = if pattern.contains("%s") {
                    format!("{before}{value}{after}")
                } else {
                    before.to_owned()
                };
                Value::from(shown.replace('\u{0}', "%"))
            }
            _ => return None,
        })
    }
}

impl Callable for External {
    fn params(&self) -> &[Param] {
        &self.params
    }

    fn call(
        &self,
        arguments: Vec<Value>,
        _: Option<DateTime<Utc>>,
        budget: &mut Budget,
    ) -> Result<Value, CallError> {
        let weight = arguments.iter().map(Value::weight).sum::<u64>();
        let spent = budget.step(weight);
        let spent = spent.and_then(|()| budget.allocate(weight as usize * 16));
        spent.map_err(|limit| CallError::Stop(budget.stopped(&self.name, limit)))?;
        self.code.run(&arguments).ok_or_else(|| {
            CallError::Null(format!("{} has no value for these arguments", self.name))
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::feel::{Budget, Expression, ParseScope, Scope};

    fn value(text: &str) -> Result<String, String> {
        let parsed = Expression::parse(text, &ParseScope::new()).map_err(|e| e.message)?;
        let value = parsed.eval(&Scope::new(), &mut Budget::default());
        value.map(|v| v.to_string()).map_err(|e| e.to_string())
    }

    fn java(class: &str, signature: &str, call: &str) -> Result<String, String> {
        value(&format!(
            "{{f: function(a) external {{java: {{class: \"{class}\", method signature: \"{signature}\"}}}}, r: f({call})}}.r"
        ))
    }

    #[test]
    fn a_handful_of_java_is_computed_here() {
        assert_eq!(
            java("java.lang.Math", "abs(double)", "-1.5").unwrap(),
            "1.5"
        );
        assert_eq!(
            java("java.lang.Byte", "valueOf(byte)", "300").unwrap(),
            "null"
        );
        assert_eq!(
            java("java.lang.String", "valueOf(char)", "\"ab\"").unwrap(),
            "null"
        );
        assert_eq!(
            java("java.lang.Math", "sqrt(double)", "-1").unwrap(),
            "null"
        );
    }

    #[test]
    fn all_else_is_an_error_that_names_it() {
        let refused = java("java.lang.Runtime", "exec(java.lang.String)", "\"ls\"");
        assert!(refused.unwrap_err().contains("java.lang.Runtime.exec"));
        let pmml = "function(a) external {pmml: {document: \"http://x/y.pmml\", model: \"m\"}}";
        assert!(value(pmml).unwrap_err().contains("PMML"));
        assert!(
            java("java.lang.Math", "max(double,double)", "1")
                .unwrap_err()
                .contains("2 arguments")
        );
    }
}
