//! Whole expressions with their values.

use super::*;
use proptest::prelude::*;

fn parse(text: &str) -> Result<Expression, SyntaxError> {
    Expression::parse(text, &ParseScope::new())
}

fn eval_in(text: &str, scope: &Scope<'_>, budget: &mut Budget) -> Result<Value, EvalError> {
    parse(text)
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
fn arithmetic() {
    all(&[
        ("1 + 2 * 3", "7"),
        ("(1 + 2) * 3", "9"),
        ("10 - 2 - 3", "5"),
        ("0.1 + 0.2", "0.3"),
        ("1 / 3 * 3", "0.9999999999999999999999999999999999"),
        ("2 ** 3 ** 2", "64"),
        ("-2 ** 2", "4"),
        ("--3", "3"),
        ("1 / 0", "null"),
        ("10**6144*10", "null"),
        ("\"a\" + \"b\"", "ab"),
        ("1 + \"b\"", "null"),
        ("1 + null", "null"),
        (".5 + 1e2", "100.5"),
        ("1\u{a0}+\u{3000}2/* + 3 */\x0b+ 4 // + 5", "7"),
        ("1e+2-1E-1", "99.9"),
    ]);
}

#[test]
fn camunda_has_functions_and_an_equality_of_its_own() {
    let value = |text: &str, scope: &ParseScope| {
        let parsed = Expression::parse(text, scope).unwrap_or_else(|e| panic!("{text}: {e}"));
        let value = parsed.eval(&Scope::new(), &mut Budget::default());
        value.unwrap().to_string()
    };
    for (text, camunda) in [
        ("is defined(1)", "true"),
        ("is defined(x.y)", "false"),
        ("get or else(null, 3)", "3"),
        ("get or else(value: false, default: 3)", "false"),
        ("extract(\"a1 b22\", \"[0-9]+\")", "[\"1\", \"22\"]"),
        ("extract(\"ab\", \"x*\")", "[\"\", \"\", \"\"]"),
        ("duplicate values([1, 2, 3, 2, 1, 2])", "[2, 1]"),
        ("last day of month(@\"2024-02-10\")", "2024-02-29"),
        ("last day of month(@\"2025-12-31T10:00:00\")", "2025-12-31"),
        ("put({a: 1}, \"b\", 2)", "{a: 1, b: 2}"),
        ("put all({a: 1}, {b: 2}, {a: 3})", "{a: 3, b: 2}"),
        ("[1, 2][is defined(item)]", "[1, 2]"),
        ("@\"10:00:00.5\" = @\"10:00:00\"", "false"),
        ("@\"10:00:00.5\" != @\"10:00:00\"", "true"),
        ("@\"10:00:00.5\" = @\"10:00:00.5\"", "true"),
        ("1 = 1.0", "true"),
        ("null = null", "true"),
        ("1 = \"1\"", "null"),
        ("is(1, 1)", "true"),
        ("substring(\"foobar\", 4, 9)", "bar"),
        (
            "substring(string: \"foobar\", start position: -2, length: 3)",
            "ar",
        ),
        ("substring(\"foobar\", 7, 1)", "null"),
    ] {
        assert_eq!(value(text, &ParseScope::new().camunda()), camunda, "{text}");
    }
    assert_eq!(show("@\"10:00:00.5\" = @\"10:00:00\""), "true");
    assert_eq!(show("is defined(1)"), "null");
    assert!(parse("get or else(1, 2)").is_err());
    assert_eq!(show("extract(\"a\", \"a\")"), "null");
}

#[test]
fn comparison_and_logic_know_three_values() {
    all(&[
        ("1 < 2", "true"),
        ("\"a\" < \"b\"", "true"),
        ("1 < null", "null"),
        ("null = null", "true"),
        ("1 = null", "false"),
        ("1 = \"1\"", "null"),
        ("1.0 = 1", "true"),
        ("[1, 2] = [1, 2.0]", "true"),
        ("{a: 1, b: 2} = {b: 2, a: 1}", "true"),
        ("1 != 2", "true"),
        ("2 between 1 and 3", "true"),
        ("true and null", "null"),
        ("false and null", "false"),
        ("null and false", "false"),
        ("true or null", "true"),
        ("null or false", "null"),
        ("not(null)", "null"),
        ("1 in [1..3]", "true"),
        ("3 in [1..3)", "false"),
        ("3 in (> 1, < 0)", "true"),
        ("5 in (1..5]", "true"),
        ("\"b\" in (\"a\", \"b\")", "true"),
        ("null in (null)", "true"),
    ]);
}

#[test]
fn control_flow() {
    all(&[
        ("if 1 < 2 then \"a\" else \"b\"", "a"),
        ("if null then 1 else 2", "2"),
        ("for x in 1..3 return x * x", "[1, 4, 9]"),
        ("for x in 3..1 return x", "[3, 2, 1]"),
        (
            "for x in [1, 2], y in [x, 10] return x * y",
            "[1, 10, 4, 20]",
        ),
        (
            "for i in 0..4 return if i = 0 then 1 else i * partial[-1]",
            "[1, 1, 2, 6, 24]",
        ),
        ("for x in null return x", "null"),
        ("some x in [1, 2], y in [2, 3] satisfies x = y", "true"),
        ("every x in [1, 2] satisfies x > 1", "false"),
        ("every x in [] satisfies x", "true"),
    ]);
}

#[test]
fn lists_contexts_and_paths() {
    all(&[
        ("[1, 2, 3][2]", "2"),
        ("[1, 2, 3][-1]", "3"),
        ("[1, 2, 3][4]", "null"),
        ("[1, 2, 3][item > 1]", "[2, 3]"),
        ("[{a: 1}, {a: 2}][a > 1].a", "[2]"),
        ("[][1]", "null"),
        ("[][item > 1]", "[]"),
        // What is not there has no items (table 68).
        ("null[item > 1]", "null"),
        ("null[1]", "null"),
        ("{a: 1, b: a + 1}.b", "2"),
        ("{\"a b\": 1}.a b", "1"),
        ("[{a: 1}, {a: 2}].a", "[1, 2]"),
        ("{a: {b: 1}}.a.b", "1"),
        ("null.a", "null"),
        ("[1..3].end", "3"),
        ("date(\"2020-02-29\").month", "2"),
        ("[\"a\", {b: \"c\"}]", "[\"a\", {b: \"c\"}]"),
    ]);
}

#[test]
fn functions() {
    all(&[
        ("(function(a, b) a - b)(3, 1)", "2"),
        ("(function(a, b) a - b)(b: 3, a: 1)", "-2"),
        ("{n: 2, f: function(x) x * n, r: f(5)}.r", "10"),
        (
            "{f: function(n) if n < 2 then 1 else n * f(n - 1), r: f(20)}.r",
            "2432902008176640000",
        ),
        ("(function(a) a)(1, 2)", "null"),
        ("substring(string: \"abc\", start position: 2)", "bc"),
        ("sort([3, 1, 2], function(a, b) a > b)", "[3, 2, 1]"),
        (
            "sort(list: [3, 1, 2], precedes: function(a, b) a < b)",
            "[1, 2, 3]",
        ),
        (
            "{double: function(x) 2 * x, r: for i in 1..3 return double(i)}.r",
            "[2, 4, 6]",
        ),
        ("(for f in [abs, floor] return f(-1.5))", "[1.5, -2]"),
        ("1(2)", "null"),
        // `precedes` may not be left out (table 80).
        ("sort([3, 1, 2])", "null"),
        ("sort(list: [3, 1, 2])", "null"),
    ]);
}

#[test]
fn types() {
    all(&[
        ("1 instance of number", "true"),
        ("-1 instance of number", "true"),
        ("null instance of number", "false"),
        ("[1, 2] instance of list<number>", "true"),
        ("[1, \"a\"] instance of list<number>", "false"),
        ("{a: 1} instance of context<a: number>", "true"),
        ("abs instance of function<number> -> number", "true"),
        ("@\"P1D\" instance of days and time duration", "true"),
        ("@\"P1M\" instance of years and months duration", "true"),
        ("[1..2] instance of range<number>", "true"),
    ]);
}

#[test]
fn dates_and_durations() {
    all(&[
        ("date(\"2024-01-31\") + duration(\"P1M\")", "2024-02-29"),
        ("@\"2024-03-01\" - @\"2024-02-01\"", "P29D"),
        (
            "date and time(\"2024-01-01T23:00:00\") + @\"PT2H\"",
            "2024-01-02T01:00:00",
        ),
        ("@\"10:00:00\" + @\"PT15H\"", "01:00:00"),
        ("@\"PT1H\" * 1.5", "PT1H30M"),
        ("@\"P1D\" / @\"PT6H\"", "4"),
        ("-@\"P1Y\"", "-P1Y"),
        (
            "years and months duration(@\"2020-01-15\", @\"2021-03-14\")",
            "P1Y1M",
        ),
        ("date(\"2023-02-29\")", "null"),
        ("day of week(@\"2024-02-29\")", "Thursday"),
        ("date(999999999, 12, 31)", "999999999-12-31"),
        ("now()", "null"),
        (
            "date(if 1 > 2 then \"x\" else \"2024-02-29\")",
            "2024-02-29",
        ),
        (
            "date(if false then 1 else date(\"2024-02-29\"))",
            "2024-02-29",
        ),
        ("date(date and time(\"2024-02-29T10:00:00\"))", "2024-02-29"),
    ]);
    for (text, constant) in [
        ("date(\"2024-02-29\")", true),
        ("date(2024, 2, 29)", true),
        ("[date(\"2024-02-28\")..date(\"2024-02-29\")]", true),
        ("date(\"2023-02-29\")", false),
        ("date(x)", false),
        ("date(from: \"2024-02-29\")", false),
    ] {
        assert_eq!(parse(text).unwrap().is_literal(), constant, "{text}");
    }
}

#[test]
fn strings_count_code_points() {
    all(&[
        ("string length(\"a😀b\")", "3"),
        ("substring(\"a😀b\", 2, 1)", "😀"),
        ("substring(\"foobar\", -3)", "bar"),
        ("substring(\"foobar\", 3, 3.8)", "oba"),
        ("substring(\"foobar\", 4, 3)", "bar"),
        ("substring(\"foobar\", -2, 2)", "ar"),
        // The length is at most what there is (table 74, note 1).
        ("substring(\"foobar\", 4, 4)", "null"),
        ("substring(\"foobar\", -2, 3)", "null"),
        ("substring(\"foobar\", 7)", "null"),
        ("substring(\"foobar\", 0)", "null"),
        ("\"\\uD83D\\uDE00\"", "😀"),
        ("substring before(\"a;b\", \";\")", "a"),
        ("substring after(\"a;b\", \";\")", "b"),
        ("upper case(\"ß\")", "SS"),
        ("contains(\"foobar\", \"ob\")", "true"),
        ("matches(\"foobar\", \"^fo*b\")", "true"),
        ("matches(\"abc\", \"B\", \"i\")", "true"),
        ("matches(\"abc\", \"(\")", "null"),
        (
            "replace(\"abcd\", \"(ab)|(a)\", \"[1=$1][2=$2]\")",
            "[1=ab][2=]cd",
        ),
        ("split(\"a;b;;\", \";\")", "[\"a\", \"b\", \"\", \"\"]"),
        ("split(\"John Doe\", \"\\s\")", "[\"John\", \"Doe\"]"),
        ("string join([\"a\", null, \"b\"], \"-\")", "a-b"),
        ("string(1.50)", "1.5"),
        ("number(\"1.000,5\", \".\", \",\")", "1000.5"),
        ("number(\"x\")", "null"),
    ]);
    assert!(parse("\"\\uD83D\"").is_err());
}

#[test]
fn list_and_context_functions() {
    all(&[
        ("sum([1, 2, 3])", "6"),
        ("sum(1, 2)", "3"),
        ("sum([])", "null"),
        // Null is no list (table 75); an item may be null.
        ("append(null, 1)", "null"),
        ("append([1], null)", "[1, null]"),
        ("concatenate([1], null)", "null"),
        ("concatenate([1], [null])", "[1, null]"),
        ("union(null, [1])", "null"),
        ("min(3, 1, 2)", "1"),
        ("max([\"a\", \"c\", \"b\"])", "c"),
        ("mean([1, 2, 3, 4])", "2.5"),
        ("median([8, 2, 5, 3])", "4"),
        ("mode([1, 2, 2, 3, 3])", "[2, 3]"),
        (
            "stddev([2, 4, 7, 5])",
            "2.081665999466132735282297706979931",
        ),
        ("count([1, null])", "2"),
        ("all([true, false])", "false"),
        ("any([null, true])", "true"),
        ("list contains([1, null], null)", "true"),
        ("sublist([1, 2, 3], -2, 1)", "[2]"),
        ("append([1], 2, 3)", "[1, 2, 3]"),
        ("concatenate([1], [2, 3])", "[1, 2, 3]"),
        ("insert before([1, 3], 2, 2)", "[1, 2, 3]"),
        ("remove([1, 2, 3], 2)", "[1, 3]"),
        ("reverse([1, 2])", "[2, 1]"),
        ("index of([1, 2, 1], 1)", "[1, 3]"),
        ("union([1, 2], [2, 3])", "[1, 2, 3]"),
        ("flatten([[1, [2]], 3])", "[1, 2, 3]"),
        ("get value({a: 1}, \"a\")", "1"),
        ("get entries({a: 1})", "[{key: \"a\", value: 1}]"),
        ("context put({a: {b: 1}}, [\"a\", \"b\"], 2)", "{a: {b: 2}}"),
        ("context merge([{a: 1}, {a: 2, b: 3}])", "{a: 2, b: 3}"),
        ("modulo(-10, 3)", "2"),
        ("round half up(-1.5, 0)", "-2"),
        ("decimal(1.115, 2)", "1.12"),
        ("overlaps([1..5], [5..6])", "true"),
        ("before([1..5), [5..6])", "true"),
        ("during(3, [1..5])", "true"),
    ]);
}

#[test]
fn names_of_several_words_are_read_by_scope() {
    let mut known = ParseScope::new();
    known
        .name("applicant's age")
        .name("a-b")
        .name("rate and fee");
    let mut scope = Scope::new();
    scope.set("applicant's age", Value::from(40));
    scope.set("a-b", Value::from(7));
    scope.set("rate and fee", Value::from(3));
    scope.set("monthly income", Value::from(5));
    let value = |text: &str| {
        let expression = Expression::parse(text, &known).unwrap();
        expression
            .eval(&scope, &mut Budget::default())
            .unwrap()
            .to_string()
    };
    assert_eq!(value("applicant's age + 2"), "42");
    assert_eq!(value("a-b * 2"), "14");
    assert_eq!(value("rate and fee > 2 and true"), "true");
    assert_eq!(value("monthly income / 2"), "2.5");
    assert_eq!(value("`monthly income`"), "5");
    assert_eq!(
        value("for my item in [1, 2] return my item + a-b"),
        "[8, 9]"
    );
}

#[test]
fn unary_tests() {
    let passes = |test: &str, input: &str| {
        let tests =
            UnaryTests::parse(test, &ParseScope::new()).unwrap_or_else(|e| panic!("{test}: {e}"));
        let mut scope = Scope::new();
        scope.set("limit", Value::from(10));
        let input = eval_in(input, &scope, &mut Budget::default()).unwrap();
        tests
            .matches(&input, &scope, &mut Budget::default())
            .unwrap()
    };
    for (test, input) in [
        ("-", "null"),
        ("", "1"),
        ("5", "5"),
        ("< limit", "9"),
        ("\"a\", \"b\"", "\"b\""),
        ("[1..5]", "5"),
        ("]1..5[", "2"),
        ("not(1, 2)", "3"),
        ("not(\"a\")", "\"b\""),
        ("null", "null"),
        ("? > 3 and ? < 5", "4"),
        ("contains(?, \"b\")", "\"abc\""),
        ("[1, 2, 3]", "2"),
        ("not(null)", "1"),
        ("true", "true"),
        ("date(\"2020-01-01\")", "date(\"2020-01-01\")"),
    ] {
        assert!(passes(test, input), "{test} on {input}");
    }
    for (test, input) in [
        ("5", "null"),
        ("< 5", "null"),
        ("[1..5]", "\"a\""),
        ("not(1)", "1"),
        ("not(null)", "null"),
        ("not(< 5)", "null"),
        ("? > 3", "null"),
        ("0", "false"),
    ] {
        assert!(!passes(test, input), "{test} on {input}");
    }
}

#[test]
fn errors_say_where() {
    let error = parse("1 +\n  * 2").unwrap_err();
    assert_eq!((error.line, error.column), (2, 3));
    assert_eq!(error.to_string(), "2:3: expected a value, found `*`");
    assert!(parse("").unwrap_err().message.contains("ends here"));
    assert!(parse("1 2").is_err());
    assert!(parse("{a: 1, a: 2}").is_err());
    assert!(parse("@\"tomorrow\"").is_err());
}

#[test]
fn nulls_have_reasons() {
    let mut budget = Budget::default();
    let value = eval_in("1 + missing", &Scope::new(), &mut budget).unwrap();
    assert!(value.is_null());
    let reasons: Vec<_> = budget
        .reasons()
        .iter()
        .map(|r| r.message.as_str())
        .collect();
    assert_eq!(reasons, ["there is no `missing` here"]);
    for text in ["date(\"2023-02-29\")", "null[item > 1]"] {
        budget.forget_reasons();
        assert!(eval_in(text, &Scope::new(), &mut budget).unwrap().is_null());
        assert_eq!(budget.reasons().len(), 1, "{text}");
    }
    // What comes of an unknown name takes no longer beside much text.
    let comment = "a comment\n".repeat(100_000);
    let text = format!("{{m: missing, r: for i in 1..2000 return m + i}}.r /* {comment} */");
    let mut budget = Budget::default();
    let begun = std::time::Instant::now();
    eval_in(&text, &Scope::new(), &mut budget).unwrap();
    assert!(begun.elapsed().as_secs() < 10, "{:?}", begun.elapsed());
    assert_eq!(budget.reasons().len(), 1, "{:?}", budget.reasons());
}

#[test]
fn variables_come_and_go() {
    use crate::value::Value as V;
    let map: crate::value::Map = [
        ("a".to_owned(), V::Integer(1)),
        ("b".to_owned(), V::Double(0.1)),
    ]
    .into();
    let value = Value::from_variable(&V::Map(map)).unwrap();
    assert_eq!(value.to_string(), "{a: 1, b: 0.1}");
    let V::Map(back) = value.to_variable() else {
        panic!()
    };
    assert_eq!((&back["a"], &back["b"]), (&V::Long(1), &V::Double(0.1)));
    let at = chrono::DateTime::from_timestamp(1_700_000_000, 5_000_000).unwrap();
    let date = Value::from_variable(&V::Date(at)).unwrap();
    let Value::DateTime(shown) = &date else {
        panic!()
    };
    assert_eq!(shown.to_utc(), Some(at));
    assert_eq!(date.to_variable(), V::Date(at));
    let secret = V::Secret(crate::value::SecretHandle("k".into()));
    assert!(Value::from_variable(&secret).unwrap().is_null());
}

/// What is known to break others: each gives a value or an ordinary error.
mod hostile {
    use super::*;

    fn limit(text: &str) -> Limit {
        eval_in(
            text,
            &Scope::new(),
            &mut Budget::new(2_000_000, 64 << 20, 1_000),
        )
        .unwrap_err()
        .limit
    }

    #[test]
    fn deep_nesting_is_refused_when_parsing() {
        let n = 100_000;
        for (open, close) in [
            ("(", ")"),
            ("[", "]"),
            ("{a:", "}"),
            ("-(", ")"),
            ("if true then ", " else 1"),
        ] {
            let text = format!("{}1{}", open.repeat(n), close.repeat(n));
            assert!(
                parse(&text).unwrap_err().message.contains("deeper"),
                "{open}"
            );
        }
        for text in [
            "[".repeat(n),
            "function(a) ".repeat(10_000),
            "1 in (".repeat(10_000),
            "not(".repeat(10_000),
        ] {
            assert!(parse(&text).is_err());
            assert!(UnaryTests::parse(&text, &ParseScope::new()).is_err());
        }
        assert_eq!(show(&format!("{}1{}", "(".repeat(60), ")".repeat(60))), "1");
        assert_eq!(show(&format!("{}1", "-".repeat(n + 1))), "-1");
    }

    #[test]
    fn long_is_not_deep() {
        let sum = vec!["1"; 10_000].join(" + ");
        assert_eq!(show(&sum), "10000");
        let either = vec!["false"; 10_000].join(" or ");
        assert_eq!(show(&either), "false");
        let list = format!("count([{}])", vec!["1"; 100_000].join(","));
        assert_eq!(show(&list), "100000");
        let path = format!("null{}", ".a".repeat(10_000));
        assert_eq!(show(&path), "null");
    }

    #[test]
    fn endless_loops_run_out_of_steps() {
        assert_eq!(limit("for i in 1..1e12 return i"), Limit::Steps);
        assert_eq!(limit("some i in 1..1e12 satisfies false"), Limit::Steps);
        assert_eq!(
            limit("count(for i in 1..1000, j in 1..1000, k in 1..1000 return 1)"),
            Limit::Steps
        );
    }

    #[test]
    fn recursion_runs_out_of_depth() {
        assert_eq!(limit("{f: function(n) f(n + 1), r: f(0)}"), Limit::Depth);
        assert_eq!(limit("{f: function(n) 1 + f(n), r: f(0)}"), Limit::Depth);
        let sort = "{f: function(n) sort([2, 1], function(a, b) f(n)[1] < b), r: f(0)}";
        assert_eq!(limit(sort), Limit::Native);
    }

    #[test]
    fn growing_values_run_out_of_memory_or_nesting() {
        let doubling = "{f: function(s, n) if n = 0 then s else f(s + s, n - 1), r: f(\"x\", 40)}";
        assert_eq!(limit(doubling), Limit::Memory);
        let nesting = "{f: function(l, n) if n = 0 then l else f([l], n - 1), r: f([], 500)}";
        assert_eq!(limit(nesting), Limit::Nesting);
        let shared = "{f: function(l, n) if n = 0 then l else f([l, l], n - 1), r: f([1], 60)}";
        assert_eq!(limit(shared), Limit::Size);
        assert_eq!(limit("count(for i in 1..1e9 return \"abc\")"), Limit::Steps);
    }

    /// Calls that wait hold their locals: many of them are memory too.
    #[test]
    fn waiting_calls_run_out_of_memory() {
        let lets: Vec<String> = (0..200).map(|n| format!("v{n}: n")).collect();
        let text = format!(
            "{{f: function(n) {{{}, r: f(n + 1)}}, r: f(0)}}",
            lets.join(", ")
        );
        let mut budget = Budget::new(100_000_000, 16 << 20, 100_000);
        let error = eval_in(&text, &Scope::new(), &mut budget).unwrap_err();
        assert_eq!(error.limit, Limit::Memory);
    }

    #[test]
    fn a_budget_can_be_used_again_after_an_error() {
        let mut budget = Budget::new(100_000, 1 << 20, 100);
        let recursion = "{f: function(n) f(n), r: f(0)}";
        for _ in 0..3 {
            let error = eval_in(recursion, &Scope::new(), &mut budget).unwrap_err();
            assert_eq!(error.limit, Limit::Depth);
            assert!(error.expression.starts_with("{f: function(n)"));
        }
    }

    /// The deepest that parser, machine and values allow fits a small native stack.
    #[test]
    fn nothing_needs_a_large_stack() {
        let work = || {
            let n = 99;
            let parsed = show(&format!("{}1{}", "(".repeat(n), ")".repeat(n)));
            assert_eq!(parsed, "1");
            let types = format!(
                "1 instance of {}number{}",
                "list<".repeat(97),
                ">".repeat(97)
            );
            assert_eq!(show(&types), "false");
            let deep = "{f: function(l, n) if n = 0 then l else f([l], n - 1), r: f([], 95)}";
            assert_eq!(
                show(&format!(
                    "count(flatten({deep}.r)) + string length(string({deep}.r))"
                )),
                "192"
            );
            assert_eq!(show(&format!("{deep}.r = {deep}.r")), "true");
            let sort = "{f: function(n) sort([2, 1], function(a, b) f(n)[1] < b), r: f(0)}";
            assert_eq!(limit(sort), Limit::Native);
            let most = *Allowance::DEPTH.end();
            let mut budget = Budget::new(10_000_000, 1 << 30, u32::MAX);
            let recursion = "{f: function(n) 1 + f(n + 1), r: f(0)}";
            let error = eval_in(recursion, &Scope::new(), &mut budget).unwrap_err();
            assert_eq!(error.limit, Limit::Depth);
            let within = format!(
                "{{f: function(n) if n = 0 then 0 else 1 + f(n - 1), r: f({})}}.r",
                most - 10
            );
            let value = eval_in(
                &within,
                &Scope::new(),
                &mut Budget::new(10_000_000, 1 << 30, most),
            );
            assert_eq!(value.unwrap().to_string(), (most - 10).to_string());
            let _ = parse(&"-(".repeat(5_000));
            let _ = parse(&"x[".repeat(5_000));
            let _ = parse(&"{a: function(b: list<".repeat(5_000));
        };
        let small = std::thread::Builder::new().stack_size(1 << 20);
        small.spawn(work).unwrap().join().unwrap();
    }

    #[test]
    fn loops_are_linear() {
        let mut budget = Budget::new(200_000, 4 << 20, 10);
        let text = "count(for i in 1..10000 return if i = 1 then 0 else partial[-1] + 1)";
        assert_eq!(
            eval_in(text, &Scope::new(), &mut budget)
                .unwrap()
                .to_string(),
            "10000"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_text_parses_or_not_without_a_panic(text in "\\PC{0,60}") {
        let _ = parse(&text);
        let _ = UnaryTests::parse(&text, &ParseScope::new());
    }

    #[test]
    fn any_tokens_evaluate_without_a_panic(tokens in prop::collection::vec(prop::sample::select(vec![
        "1", "2.5", "\"a\"", "x", "null", "true", "(", ")", "[", "]", "{", "}", ",", ":", "..", ".", "+", "-", "*",
        "/", "**", "=", "<", ">=", "and", "or", "in", "between", "if", "then", "else", "for", "return", "some",
        "satisfies", "instance of", "number", "function", "?", "item", "@\"P1D\"", "date", "sum", "sort", "list",
        "partial", "not", "string length", "1e6143", "a: 1",
    ]), 0..14)) {
        let text = tokens.join(" ");
        let mut scope = Scope::new();
        scope.set("x", Value::from(3));
        let mut budget = Budget::new(10_000, 1 << 20, 50);
        if let Ok(expression) = parse(&text) {
            let _ = expression.eval(&scope, &mut budget);
        }
        if let Ok(tests) = UnaryTests::parse(&text, &ParseScope::new()) {
            let _ = tests.matches(&Value::from(3), &scope, &mut budget);
        }
    }

    #[test]
    fn numbers_read_what_they_write(n in any::<i64>(), scale in 0u32..20) {
        let text = format!("{n}e-{scale}");
        let number = Number::parse(&text).unwrap();
        prop_assert_eq!(Number::parse(&number.to_string()), Some(number));
    }

    #[test]
    fn any_text_is_a_time_or_none(text in "[-0-9TPYMDHSZ:.+@]{0,30}") {
        let _ = builtins::at_literal(&text);
    }

    #[test]
    fn constants_of_time_are_what_their_functions_say(
        text in "20[0-9]{2}-[01][0-9]-[0-3][0-9](T[0-2][0-9]:[0-5][0-9]:00)?|P[0-9]{1,3}D|P[0-9]Y|[0-2][0-9]:[0-5][0-9]:00",
        name in prop::sample::select(vec!["date", "time", "date and time", "duration"]),
    ) {
        let mut scope = Scope::new();
        scope.set("x", Value::from(text.as_str()));
        let value = |argument: &str| {
            let text = format!("{name}({argument})");
            let value = eval_in(&text, &scope, &mut Budget::default()).unwrap();
            (value.type_name(), value.to_string())
        };
        prop_assert_eq!(value(&format!("\"{text}\"")), value("x"));
    }
}
