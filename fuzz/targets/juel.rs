//! A JUEL template: parsed, evaluated with a few variables, within a small budget.
#![no_main]

use chrono::{DateTime, Utc};
use crewdesk::juel::{Budget, Context, Template};
use crewdesk::value::{Map, Value};

struct World;

impl Context for World {
    fn variable(&self, name: &str) -> Option<Value> {
        Some(match name {
            "i" => Value::Integer(7),
            "d" => Value::Double(2.5),
            "t" => Value::from("a text"),
            "l" => Value::List(vec![Value::Long(1), Value::Null, Value::from("x")]),
            "m" => Value::Map(Map::from([("k".to_owned(), Value::Boolean(true))])),
            "at" => Value::Date(self.now()),
            _ => return None,
        })
    }

    fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000, 0).unwrap_or_default()
    }
}

libfuzzer_sys::fuzz_target!(|text: &str| {
    if let Ok(template) = Template::parse(text) {
        let _ = template.eval(&mut World, &mut Budget::new(100_000, 8 << 20));
    }
});
