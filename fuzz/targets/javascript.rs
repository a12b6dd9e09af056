//! A script: checked, then run with a few variables; what it hands back is read again.
#![no_main]

use chrono::{DateTime, Utc};
use crewdesk::javascript;
use crewdesk::juel::{Budget, Builtin, Context};
use crewdesk::value::{Map, Value};

#[derive(Default)]
struct World(Map);

impl Context for World {
    fn variable(&self, name: &str) -> Option<Value> {
        self.0.get(name).cloned()
    }

    fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000, 0).unwrap_or_default()
    }

    fn has(&self, object: Builtin) -> bool {
        object == Builtin::Execution
    }

    fn get_variables(&self, _on: Builtin, _local: bool) -> Map {
        self.0.clone()
    }

    fn set_variable(
        &mut self,
        _: Builtin,
        name: &str,
        value: Value,
        _: bool,
    ) -> Result<(), String> {
        self.0.insert(name.to_owned(), value);
        Ok(())
    }
}

libfuzzer_sys::fuzz_target!(|text: &str| {
    let mut world = World::default();
    for (name, value) in [
        ("i", Value::Integer(7)),
        ("t", Value::from("a text")),
        ("l", Value::List(vec![Value::Long(1), Value::Null])),
        ("at", Value::Date(world.now())),
    ] {
        world.0.insert(name.to_owned(), value);
    }
    if javascript::check(text).is_ok() {
        let _ = javascript::run(text, &mut world, 1, &mut Budget::new(200_000, 8 << 20));
    }
});
