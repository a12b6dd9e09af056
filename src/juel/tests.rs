use super::*;
use crate::value::{Map, SecretHandle};
use chrono::{DateTime, Utc};

/// A world with some variables, an execution and a user.
struct World {
    variables: Map,
    user: Option<&'static str>,
    calls: Vec<String>,
}

impl World {
    fn new() -> Self {
        let inner: Map = [("x".to_owned(), Value::from("deep"))]
            .into_iter()
            .collect();
        let variables = [
            ("i", Value::Integer(5)),
            ("l", Value::Long(7)),
            ("short", Value::Short(3)),
            ("d", Value::Double(2.5)),
            ("s", "text".into()),
            ("five", "5".into()),
            ("blank", "".into()),
            ("t", true.into()),
            ("nothing", Value::Null),
            (
                "list",
                Value::List(vec!["a".into(), Value::Integer(2), Value::Null]),
            ),
            ("none", Value::List(vec![])),
            (
                "map",
                Value::Map([("k".to_owned(), Value::Map(inner))].into_iter().collect()),
            ),
            ("task", "shadowed only if there is a task".into()),
            ("execution", "shadowed".into()),
            ("due", Value::Date(at(1_000_000))),
            (
                "json",
                Value::Json(serde_json::json!({
                    "name": "n", "items": [{"price": 5, "tag": "a"}, {"price": 12.5, "tag": "b"}],
                    "ok": true, "nil": null,
                })),
            ),
            ("password", Value::Secret(SecretHandle("h1".into()))),
        ];
        World {
            variables: variables
                .into_iter()
                .map(|(k, v)| (k.to_owned(), v))
                .collect(),
            user: Some("ana"),
            calls: Vec::new(),
        }
    }
}

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap()
}

impl Context for World {
    fn variable(&self, name: &str) -> Option<Value> {
        self.variables.get(name).cloned()
    }
    fn now(&self) -> DateTime<Utc> {
        at(1_600_000_000)
    }
    fn has(&self, object: Builtin) -> bool {
        object == Builtin::Execution
    }
    fn property(&self, _: Builtin, name: &str) -> Option<Value> {
        (name == "processBusinessKey").then(|| "K-1".into())
    }
    fn call(&mut self, _: Builtin, method: &str, args: &[Value]) -> Result<Option<Value>, String> {
        match method {
            "setPriority" => {
                self.calls.push(format!("{method} {args:?}"));
                Ok(Some(Value::Null))
            }
            "refuse" => Err("no".into()),
            _ => Ok(None),
        }
    }
    fn get_variables(&self, _: Builtin, _: bool) -> Map {
        self.variables.clone()
    }
    fn set_variable(
        &mut self,
        _: Builtin,
        name: &str,
        value: Value,
        local: bool,
    ) -> Result<(), String> {
        self.calls.push(format!("set {name} {local}"));
        self.variables.insert(name.to_owned(), value);
        Ok(())
    }
    fn remove_variable(&mut self, _: Builtin, name: &str, _: bool) -> Result<(), String> {
        self.variables.shift_remove(name);
        Ok(())
    }
    fn current_user(&self) -> Option<String> {
        self.user.map(str::to_owned)
    }
    fn current_user_groups(&self) -> Vec<String> {
        self.user.iter().map(|_| "loads".to_owned()).collect()
    }
}

fn eval(text: &str) -> Result<Value, EvalError> {
    let template = Template::parse(text).unwrap_or_else(|e| panic!("{e}"));
    template.eval(&mut World::new(), &mut Budget::default())
}

#[track_caller]
fn gives(cases: &[(&str, Value)]) {
    for (text, expected) in cases {
        match eval(text) {
            Ok(value) => assert_eq!(value, *expected, "{text}"),
            Err(e) => panic!("{text}: {e}"),
        }
    }
}

#[track_caller]
fn fails(cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        match eval(text) {
            Ok(value) => panic!("{text} gave {value:?}"),
            Err(e) => assert!(e.to_string().contains(expected), "{text}: {e}"),
        }
    }
}

fn long(n: i64) -> Value {
    Value::Long(n)
}

#[test]
fn one_eval_keeps_its_type_and_text_makes_a_string() {
    gives(&[
        ("${5}", long(5)),
        ("${1+1}", long(2)),
        ("#{1+1}", long(2)),
        ("${i}", Value::Integer(5)),
        ("a${nothing}b", "ab".into()),
        ("${i}${i}", "55".into()),
        (" ${i}", " 5".into()),
        (
            "${d} ${t} ${list} ${map}",
            "2.5 true [a, 2, null] {k={x=deep}}".into(),
        ),
        ("plain", "plain".into()),
        ("", "".into()),
        (r"\${i} \#{i} \x \\", r"${i} #{i} \x \\".into()),
        ("$ {i} # $", "$ {i} # $".into()),
    ]);
}

#[test]
fn errors_are_camundas() {
    fails(&[
        (
            "${x1}",
            "Unknown property used in expression: ${x1}. Cause: Cannot resolve identifier 'x1'",
        ),
        (
            "${nothing.foo()}",
            "Unknown property used in expression: ${nothing.foo()}. Cause: Target unreachable, base expression 'nothing' resolved to null",
        ),
        (
            "${s.foo()}",
            "Unknown method used in expression: ${s.foo()}. Cause: Cannot find method 'foo' in 'class java.lang.String'",
        ),
        (
            "${'a' + 'b'}",
            "Error while evaluating expression: ${'a' + 'b'}. Cause: Cannot coerce 'a' of class java.lang.String to class java.lang.Long (incompatible value)",
        ),
    ]);
}
