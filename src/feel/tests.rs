//! Whole expressions with their values.

use super::*;

fn eval_in(text: &str, scope: &Scope<'_>, budget: &mut Budget) -> Result<Value, EvalError> {
    Expression::parse(text, &ParseScope::new())
        .unwrap_or_else(|e| panic!("{text}: {e}"))
        .eval(scope, budget)
}

fn show(text: &str) -> String {
    eval_in(text, &Scope::new(), &mut Budget::default())
        .unwrap()
        .to_string()
}

#[track_caller]
fn all(cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        assert_eq!(show(text), *expected, "{text}");
    }
}

#[test]
fn first() {
    all(&[
        ("1+2*3", "7"),
        ("if 1 < 2 then \"a\" else \"b\"", "a"),
        ("for x in 1..3 return x*x", "[1, 4, 9]"),
    ]);
}
