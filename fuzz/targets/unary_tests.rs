//! The cell of a decision table, against inputs of several types.
#![no_main]

use crewdesk::feel::{Budget, ParseScope, Scope, UnaryTests, Value};

libfuzzer_sys::fuzz_target!(|text: &str| {
    if let Ok(tests) = UnaryTests::parse(text, &ParseScope::new()) {
        for input in [
            Value::Null,
            Value::from(3),
            Value::from("a"),
            Value::from(true),
        ] {
            let mut budget = Budget::new(100_000, 8 << 20, 200);
            let _ = tests.matches(&input, &Scope::new(), &mut budget);
        }
    }
});
