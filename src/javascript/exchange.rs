//! What goes into a script and what comes out of it, as JSON: values with their types, variables
//! by who sees them, and what is to be changed.

use super::{Failure, failure};
use crate::juel::{Builtin, Context};
use crate::value::{Map, Value};
use chrono::{DateTime, Utc};
use serde_json::{Value as Json, json};

/// Something that a script wants changed.
pub(super) enum Write {
    Set {
        on: Builtin,
        name: String,
        value: Value,
        local: bool,
    },
    Remove {
        on: Builtin,
        name: String,
        local: bool,
    },
    Call {
        on: Builtin,
        method: String,
        args: Vec<Value>,
    },
}

/// How a script ended.
pub(super) enum Ended {
    Done {
        /// What it came to, or why that can not be kept.
        value: Result<Value, String>,
        writes: Vec<Write>,
    },
    Threw {
        code: String,
        message: Option<String>,
        writes: Vec<Write>,
    },
    Failed {
        line: Option<u32>,
        cause: String,
    },
}

/// The objects with variables that a script may see.
const OBJECTS: [Builtin; 4] = [
    Builtin::Execution,
    Builtin::Task,
    Builtin::ProcessInstance,
    Builtin::SuperExecution,
];

/// One exchange with a script.
#[derive(Default)]
pub(super) struct Exchange {
    /// Values that a script can hand on but not open.
    opaque: Vec<Value>,
}

impl Exchange {
    fn properties(&mut self, context: &dyn Context, of: Builtin) -> Vec<Json> {
        let known = of.properties().iter().filter_map(|name| {
            let value = context.property(of, name)?;
            Some(json!([name, self.of(&value)]))
        });
        known.collect()
    }

    /// What a script is given: of what it does not name only what is looked at.
    pub(super) fn given(&mut self, source: &str, context: &dyn Context, seed: u32) -> String {
        let mut objects = serde_json::Map::new();
        for on in OBJECTS {
            let beside = !matches!(on, Builtin::Execution | Builtin::Task);
            let named = || source.contains(on.name().get(1..).unwrap_or_default());
            if !context.has(on) || beside && !named() {
                continue;
            }
            let others = on
                .objects()
                .iter()
                .filter(|other| **other != Builtin::Execution);
            let others: serde_json::Map<String, Json> = others
                .map(|other| {
                    let there = context.has(*other);
                    let properties = there.then(|| self.properties(context, *other));
                    (other.name().to_owned(), json!(properties))
                })
                .collect();
            let object = json!({
                "all": self.entries(&context.get_variables(on, false)),
                "local": self.entries(&context.get_variables(on, true)),
                "properties": self.properties(context, on),
                "others": others,
                "methods": on.methods(),
            });
            objects.insert(on.name().to_owned(), object);
        }
        let variables = match objects.is_empty() {
            true => self.entries(&context.get_variables(Builtin::Execution, false)),
            false => Json::Null,
        };
        let opaque: Vec<&str> = self.opaque.iter().map(Value::type_name).collect();
        json!({
            "objects": objects,
            "variables": variables,
            "opaque": opaque,
            "connector": context.in_connector(),
            "now": context.now().timestamp_millis(),
            "seed": seed,
        })
        .to_string()
    }

    fn entries(&mut self, map: &Map) -> Json {
        let entries = map
            .iter()
            .map(|(name, value)| json!([name, self.of(value)]));
        entries.collect()
    }

    fn of(&mut self, value: &Value) -> Json {
        match value {
            Value::Null => json!(["Null"]),
            Value::Boolean(of) => json!(["Boolean", of]),
            Value::Short(of) => json!(["Short", of]),
            Value::Integer(of) => json!(["Integer", of]),
            Value::Long(of) => json!(["Long", of.to_string()]),
            Value::Double(of) if of.is_finite() => json!(["Double", of]),
            Value::Double(of) if of.is_nan() => json!(["Double", "NaN"]),
            Value::Double(of) => {
                json!(["Double", if *of > 0.0 { "Infinity" } else { "-Infinity" }])
            }
            Value::String(of) => json!(["String", of]),
            Value::Date(of) => json!(["Date", of.timestamp_millis()]),
            Value::Json(of) => json!(["Json", of]),
            Value::List(of) => {
                let items: Vec<Json> = of.iter().map(|one| self.of(one)).collect();
                json!(["List", items])
            }
            Value::Map(of) => json!(["Map", self.entries(of)]),
            Value::Bytes(_)
            | Value::File(_)
            | Value::Xml(_)
            | Value::Object(_)
            | Value::Secret(_) => {
                self.opaque.push(value.clone());
                json!(["Opaque", self.opaque.len() - 1])
            }
        }
    }

    /// What a script tells. Its author could have it tell anything.
    pub(super) fn told(&self, told: &str) -> Result<Ended, Failure> {
        let told: Json = serde_json::from_str(told).map_err(|_| strange())?;
        if let Some(cause) = told["failure"].as_str() {
            let line = told["line"].as_u64().and_then(|n| u32::try_from(n).ok());
            let cause = cause.to_owned();
            return Ok(Ended::Failed { line, cause });
        }
        let writes = told["writes"].as_array().ok_or_else(strange)?;
        let writes = writes.iter().map(|one| self.write(one));
        let writes = writes.collect::<Option<Vec<_>>>().ok_or_else(strange)?;
        if let Some(error) = told["error"].as_array() {
            let text = |at: usize| error.get(at).and_then(Json::as_str).map(str::to_owned);
            return Ok(Ended::Threw {
                code: text(0).ok_or_else(strange)?,
                message: text(1).filter(|text| !text.is_empty()),
                writes,
            });
        }
        let value = match told["unkept"].as_str() {
            Some(why) => Err(why.to_owned()),
            None => Ok(self.value(&told["value"]).ok_or_else(strange)?),
        };
        Ok(Ended::Done { value, writes })
    }

    fn write(&self, told: &Json) -> Option<Write> {
        let on = OBJECTS.into_iter().find(|on| told[1] == on.name())?;
        let name = told[2].as_str()?.to_owned();
        Some(match told[0].as_str()? {
            "set" => Write::Set {
                on,
                name,
                value: self.value(&told[3])?,
                local: told[4].as_bool()?,
            },
            "remove" => Write::Remove {
                on,
                name,
                local: told[3].as_bool()?,
            },
            "call" => {
                let args = told[3].as_array()?.iter().map(|arg| self.value(arg));
                Write::Call {
                    on,
                    method: name,
                    args: args.collect::<Option<_>>()?,
                }
            }
            _ => return None,
        })
    }

    /// A value with its type. How deep it may be, `serde_json` has checked.
    fn value(&self, told: &Json) -> Option<Value> {
        let of = &told[1];
        Some(match told[0].as_str()? {
            "Null" => Value::Null,
            "Boolean" => Value::Boolean(of.as_bool()?),
            "String" => Value::String(of.as_str()?.to_owned()),
            "Integer" => Value::Integer(i32::try_from(of.as_i64()?).ok()?),
            "Long" => Value::Long(of.as_str()?.parse().ok()?),
            "Double" => Value::Double(match of.as_str() {
                Some(text) => text.parse().ok()?,
                None => of.as_f64()?,
            }),
            "Date" => Value::Date(DateTime::<Utc>::from_timestamp_millis(of.as_i64()?)?),
            "Json" => Value::Json(of.clone()),
            "Opaque" => self
                .opaque
                .get(usize::try_from(of.as_u64()?).ok()?)?
                .clone(),
            "List" => {
                let items = of.as_array()?.iter().map(|one| self.value(one));
                Value::List(items.collect::<Option<_>>()?)
            }
            "Map" => {
                let entries = of.as_array()?.iter();
                let entries =
                    entries.map(|one| Some((one[0].as_str()?.to_owned(), self.value(&one[1])?)));
                Value::Map(entries.collect::<Option<_>>()?)
            }
            _ => return None,
        })
    }
}

fn strange() -> Failure {
    failure("what it came to can not be kept in a variable: it is too deep, or no value")
}
