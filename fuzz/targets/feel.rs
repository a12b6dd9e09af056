//! A FEEL expression: parsed, evaluated within a small budget, written.
#![no_main]

use crewdesk::feel::{Budget, Expression, ParseScope, Scope};

libfuzzer_sys::fuzz_target!(|text: &str| {
    if let Ok(parsed) = Expression::parse(text, &ParseScope::new()) {
        let mut budget = Budget::new(100_000, 8 << 20, 200);
        if let Ok(value) = parsed.eval(&Scope::new(), &mut budget) {
            let _ = value.to_string();
            let _ = value.to_variable();
        }
    }
});
