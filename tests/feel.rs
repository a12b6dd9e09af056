//! Expressions that are known to break evaluators, through the program itself: each gives its
//! value or an error, and none of them a crash, a hang or more memory than it may have.

use std::io::Write;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

/// Longer than anything here may take, even in a debug build on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

fn run(expression: &str, arguments: &[&str]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_crewdesk"))
        .args(["feel", "-"])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program runs");
    let began = Instant::now();
    let mut stdin = child.stdin.take().expect("a pipe");
    // A program that has seen enough may close it early.
    let _ = stdin.write_all(expression.as_bytes());
    drop(stdin);
    let output = child.wait_with_output().expect("it ends");
    assert!(began.elapsed() < PATIENCE, "{:?}", began.elapsed());
    output
}

/// The value that an expression has.
fn value(expression: &str) -> String {
    let output = run(expression, &[]);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}");
    String::from_utf8_lossy(&output.stdout)
        .trim_end_matches('\n')
        .to_owned()
}

/// What is said of an expression that has none.
fn error(expression: &str) -> String {
    let output = run(expression, &[]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(output.stdout.is_empty(), "{output:?}");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn brackets_and_operators_that_nest_without_end() {
    for opening in [
        "(",
        "[",
        "{a:",
        "-(",
        "if ",
        "not(",
        "function(x) ",
        "1+(",
        "x[",
    ] {
        let message = error(&opening.repeat(100_000));
        assert!(
            message.contains("nests deeper than") && message.contains("1:"),
            "{opening}: {message}"
        );
    }
    let nested = format!("{}1{}", "(".repeat(100_000), ")".repeat(100_000));
    assert!(error(&nested).contains("nests deeper than"));
    assert_eq!(value(&format!("{}1", "-".repeat(100_000))), "1");
    let nested = format!("{}1{}", "(".repeat(90), ")".repeat(90));
    assert_eq!(value(&nested), "1");
}

#[test]
fn long_chains_are_no_nesting() {
    assert_eq!(value(&vec!["1"; 10_000].join("+")), "10000");
    assert_eq!(value(&vec!["true"; 10_000].join(" and ")), "true");
    assert_eq!(value(&vec!["2"; 10_000].join("**")), "null");
    let list = format!("count([{}])", vec!["7"; 100_000].join(","));
    assert_eq!(value(&list), "100000");
    assert_eq!(value(&format!("x{}", ".y".repeat(50_000))), "null");
    assert_eq!(value(&format!("[1]{}", "[1]".repeat(50_000))), "1");
}

#[test]
fn functions_that_call_themselves() {
    let endless = "{f: function(n) f(n + 1), r: f(0)}.r";
    assert!(error(endless).contains("calls nest deeper"));
    let sum = "{f: function(n) if n = 0 then 0 else n + f(n - 1), r: f(1000)}.r";
    assert_eq!(value(sum), "500500");
    let through_sort = "{f: function(n) sort([2, 1], function(a, b) f(n)), r: f(0)}.r";
    assert!(error(through_sort).contains("calls nest deeper"));
    let omega = "{w: function(x) x(x), r: w(w)}.r";
    assert!(error(omega).contains("calls nest deeper"));
}

#[test]
fn loops_without_an_end_and_long_ones() {
    for endless in [
        "for i in 1..1e12 return i",
        "some a in 1..1e6, b in 1..1e6 satisfies a < 0",
        "for i in 1..1e6 return for j in partial return j",
    ] {
        let told = error(endless);
        let limits = [
            "more steps than are allowed (50,000,000)",
            "more than 10,000,000 parts",
        ];
        assert!(
            limits.iter().any(|limit| told.contains(limit)),
            "{endless}: {told}"
        );
    }
    assert_eq!(value("(for i in 1..10000 return i)[-1]"), "10000");
    // Twice as long a loop takes about twice as long, not four times.
    let time = |n: u32| {
        let began = Instant::now();
        value(&format!("count(for i in 1..{n} return i * 2)"));
        began.elapsed().max(Duration::from_millis(20))
    };
    let (short, long) = (time(10_000), time(160_000));
    assert!(long < short * 40, "{short:?} {long:?}");
}

#[test]
fn data_that_grows_without_end() {
    let doubled = format!("{{x0: \"0123456789abcdef\"{}}}.x60", {
        let double = |i: u32| format!(", x{i}: x{0} + x{0}", i - 1);
        (1..=60).map(double).collect::<String>()
    });
    assert!(error(&doubled).contains("more data than is allowed"));
    let shared = format!("{{x0: [1]{}}}.x60", {
        let double = |i: u32| format!(", x{i}: [x{0}, x{0}]", i - 1);
        (1..=60).map(double).collect::<String>()
    });
    assert!(error(&shared).contains("a value of more than 10,000,000 parts"));
    let deep = "{f: function(n, l) if n = 0 then l else f(n - 1, [l]), r: f(4000, [])}.r";
    assert!(error(deep).contains("nested deeper"));
}

#[test]
fn numbers_and_texts_at_the_edge() {
    let output = run("10**6144*10", &[]);
    assert_eq!(String::from_utf8_lossy(&output.stdout), "null\n");
    let why = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(why.contains("decimal128"), "{why}");
    assert_eq!(value("1/0"), "null");
    assert_eq!(
        value("9.999999999999999999999999999999999e6144 > 1"),
        "true"
    );
    assert!(error("\"\\uD83D\"").contains("surrogate"));
    assert_eq!(value("string length(\"\\uD83D\\uDC0E\")"), "1");
    assert!(error("1e999999999999").contains("too large"));
    assert_eq!(value("@\"999999999-12-31\" + @\"P1D\""), "null");
    assert_eq!(value("string(@\"-999999999-01-01\")"), "-999999999-01-01");
}

#[test]
fn patterns_that_try_everything() {
    let text = "a".repeat(20_000);
    for pattern in [
        "(a+)+$",
        "(a|aa)+$",
        "(a*)*b?$",
        "^(([a-z])+.)+[A-Z]([a-z])+$",
    ] {
        let found = value(&format!("matches(\"{text}b\", \"{pattern}\")"));
        assert!(found == "false" || found == "true", "{pattern}: {found}");
    }
    assert_eq!(value(&format!("matches(\"{text}!\", \"(a+)+$\")")), "false");
    // What refers back to a group may try everything, and stops when it has spent enough.
    let back = format!("matches(\"{text}!\", \"(a+)+\\1$\")");
    assert!(error(&back).contains("more steps than are allowed"));
}

#[test]
fn what_is_no_text_is_refused() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_crewdesk"))
        .args(["feel", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program runs");
    let mut stdin = child.stdin.take().expect("a pipe");
    let _ = stdin.write_all(b"\xff\xfe");
    drop(stdin);
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(1));
    assert!(error(&" ".repeat(5 << 20)).contains("longer than 4 MB"));
    assert!(error("").contains("ends here"));
    assert!(error("1 +\n  * 2").contains("2:3"));
}

#[test]
fn variables_and_inputs_come_from_the_command_line() {
    let output = run(
        "amount * 2 > 10 and status = \"new\"",
        &["--var", "amount:=6", "--var", "status=new", "--json"],
    );
    let answer: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(answer["value"], true);
    assert_eq!(answer["type"], "boolean");
    let output = run("[1..5], > 10", &["--input", "3"]);
    assert_eq!(String::from_utf8_lossy(&output.stdout), "true\n");
    let output = run("null + 1", &["--json"]);
    let answer: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(answer["value"], serde_json::Value::Null);
    assert!(answer["reasons"][0]["message"].is_string(), "{answer}");
}

#[test]
fn very_many_names_are_each_found_at_once() {
    let entries = |entry: fn(u32) -> String| {
        let entries: Vec<String> = (0..100_000).map(entry).collect();
        entries.join(", ")
    };
    let context = entries(|n| format!("k{n}: {n}"));
    assert_eq!(value(&format!("{{{context}}}.k99999")), "99999");
    let chain = entries(|n| format!("k{}: k{n} + 1", n + 1));
    assert_eq!(value(&format!("{{k0: 0, {chain}}}.k100000")), "100000");
    // Names of several words that begin alike.
    let phrases = entries(|n| format!("a {}: a {n} + 1", n + 1));
    let phrases = format!("{{a 0: 0, {phrases}, last: a 100000}}.last");
    assert_eq!(value(&phrases), "100000");
    let unknown = entries(|n| format!("u{n}"));
    assert_eq!(value(&format!("count([{unknown}])")), "100000");
    // Captured by a function, and its parameters.
    let inside = entries(|n| format!("k{n}"));
    let captured = format!("{{{context}, f: function() count([{inside}]), r: f()}}.r");
    assert_eq!(value(&captured), "100000");
    let named = entries(|n| format!("k{n}: {n}"));
    let called = format!("{{f: function({inside}) k99999, r: f({named})}}.r");
    assert_eq!(value(&called), "99999");
    let types = entries(|n| format!("k{n}: number"));
    assert_eq!(
        value(&format!("{{{context}}} instance of context<{types}>")),
        "true"
    );
}
