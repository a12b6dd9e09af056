mod members;
mod semantics;

use super::*;
use crate::value::{FileValue, Map, SecretHandle};
use chrono::{DateTime, Utc};

/// A world with some variables, an execution and a user.
struct World {
    variables: Map,
    user: Option<&'static str>,
    task: bool,
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
            (
                "file",
                Value::File(Box::new(FileValue {
                    filename: "a.csv".into(),
                    ..FileValue::default()
                })),
            ),
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
            task: false,
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
        object == Builtin::Execution || self.task && object == Builtin::Task
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
fn secrets_are_passed_on_whole_or_not_at_all() {
    gives(&[
        ("${password}", Value::Secret(SecretHandle("h1".into()))),
        ("${password == null}", false.into()),
        (
            "${execution.getVariable('password')}",
            Value::Secret(SecretHandle("h1".into())),
        ),
    ]);
    for text in [
        "x${password}",
        "${s.concat(password)}",
        "${S(password)}",
        "${password + 1}",
    ] {
        let error = eval(text).expect_err(text).to_string();
        assert!(error.contains("secret") && !error.contains("h1"), "{error}");
    }
}

#[test]
fn conditions_are_not_coerced() {
    let test = |text: &str| {
        let template = Template::parse(text).expect(text);
        template
            .test(&mut World::new(), &mut Budget::default())
            .map_err(|e| e.to_string())
    };
    assert_eq!(test("${i > 4}"), Ok(true));
    assert_eq!(test("${!t}"), Ok(false));
    let null = test("${nothing}").expect_err("null");
    assert!(null.contains("condition expression returns null"), "{null}");
    let text = test("${'true'}").expect_err("text");
    assert!(
        text.contains(
            "condition expression returns non-Boolean: result has class java.lang.String"
        ),
        "{text}"
    );
}

#[test]
fn syntax_errors_say_where() {
    for (text, offset, message) in [
        (
            "${",
            2,
            "syntax error at position 2, encountered the end, expected a name",
        ),
        ("${}", 2, "encountered '}'"),
        ("ä${a b}", 5, "encountered 'b', expected an operator or '}'"),
        ("${a + }", 6, "encountered '}'"),
        ("${a", 3, "expected an operator or '}'"),
        (
            "${a}#{b}",
            4,
            "expected one of '${' and '#{' throughout, not both",
        ),
        (
            "${'a}",
            2,
            "lexical error at position 2, encountered a string that does not end",
        ),
        ("${'\\n'}", 3, "invalid escape sequence \\n"),
        ("${a = b}", 4, "encountered character '='"),
        ("${a & b}", 4, "encountered character '&'"),
        ("${a instanceof b}", 4, "encountered 'instanceof'"),
        ("${a.empty}", 4, "expected a name"),
        ("${[1]}", 2, "encountered '['"),
        ("${a ? b}", 7, "expected ':'"),
        ("${foo(1)}", 2, "Could not resolve function 'foo'"),
        (
            "${t ? b:now() : 1}",
            6,
            "Could not resolve function 'b:now'",
        ),
        ("${now(1)}", 2, "Parameters for function 'now' do not match"),
        (
            "${99999999999999999999}",
            2,
            "a whole number of at most 64 bits",
        ),
        ("${a.b(1}", 7, "expected ')'"),
    ] {
        let error = Template::parse(text).expect_err(text);
        assert_eq!(error.offset, offset, "{text}: {error}");
        assert!(error.to_string().contains(message), "{text}: {error}");
    }
}

#[test]
fn tells_what_it_is() {
    let parse = |text: &str| Template::parse(text).expect(text);
    assert_eq!(parse("plain").literal(), Some("plain"));
    assert_eq!(parse("").literal(), Some(""));
    assert_eq!(parse(r"\${x}").literal(), Some("${x}"));
    assert!(parse("x").is_literal() && !parse("${x}").is_literal());
    assert_eq!(parse("${ dueDate }").as_identifier(), Some("dueDate"));
    for text in ["${a.b}", "x${a}", "a", "${'a'}", "${a}${b}", "${now()}"] {
        assert_eq!(parse(text).as_identifier(), None, "{text}");
    }
    assert_eq!(
        parse("${a + b.c[d] > now() && execution.x == a}").variables(),
        ["a", "b", "d"]
    );
    let beans = parse(
        "${bean.run(execution) && s.contains(x) && execution.foo() && o.getName() && due.getTime()}",
    );
    assert_eq!(
        beans.beans().collect::<Vec<_>>(),
        [("bean", "run"), ("o", "getName")]
    );
    assert_eq!(parse("${a}"), parse("${a}"));
    assert_ne!(parse("${a}"), parse("#{a}"));
    assert_eq!(parse("#{a}").source(), "#{a}");
    fn shared<T: Send + Sync + Clone>(_: T) {}
    shared(parse("${a}"));
}

#[test]
fn every_listed_method_is_there() {
    let values = [
        "s",
        "list",
        "map",
        "d",
        "t",
        "due",
        "json",
        "dateTime()",
        "json.jsonPath('$.items')",
        "map.entrySet()[0]",
        "execution.getVariableTyped('file')",
    ];
    for method in super::method::METHODS {
        let known = values.iter().any(|value| {
            ["", "1", "'x'", "due", "t", "'x', 1", "17, 0, 0, 0"]
                .iter()
                .any(|args| {
                    let result = eval(&format!("${{{value}.{method}({args})}}"));
                    !matches!(result, Err(e) if e.kind == EvalErrorKind::UnknownMethod)
                })
        });
        assert!(known, "{method}");
    }
    assert!(super::method::METHODS.is_sorted());
}

#[test]
fn work_is_bounded() {
    let deep =
        |open: &str, close: &str| format!("${{{}1{}}}", open.repeat(5_000), close.repeat(5_000));
    for text in [
        deep("(", ")"),
        deep("list[", "]"),
        deep("now(", ")"),
        deep("t ? ", " : 1"),
    ] {
        // A small stack is enough, also without optimisation.
        let thread = std::thread::Builder::new().stack_size(1 << 20);
        let parse = thread
            .spawn(move || Template::parse(&text))
            .expect("a thread");
        let error = parse.join().expect("no overflow").expect_err("too deep");
        assert!(
            error.message.contains("nested deeper than"),
            "{}",
            error.message
        );
    }
    // Long, but not deep.
    let sum = format!("${{1{}}}", " + 1".repeat(5_000));
    let chain = format!("${{{}3}}", "false ? 1 : ".repeat(2_000));
    let nots = format!("${{{}true}}", "!".repeat(10_000));
    gives(&[
        (sum.as_str(), long(5_001)),
        (chain.as_str(), long(3)),
        (nots.as_str(), true.into()),
    ]);
    assert!(Template::parse(&format!("${{1{}}}", " + 1".repeat(50_000))).is_err());
    assert!(Template::parse(&"x".repeat(2 << 20)).is_err());

    let growing = format!(
        "${{'aaaaaaaaaa'{}}}",
        ".replace('a', 'aaaaaaaaaa')".repeat(12)
    );
    let error = eval(&growing).expect_err("ten to the thirteenth");
    assert_eq!(error.kind, EvalErrorKind::Budget);
    assert!(
        error
            .to_string()
            .contains("more memory than an expression may use"),
        "{error}"
    );

    let mut world = World::new();
    let mut budget = Budget::default();
    let double = Template::parse("${execution.setVariable('s', s.concat(s))}").expect("parses");
    let error = (0..100).find_map(|_| double.eval(&mut world, &mut budget).err());
    assert_eq!(error.map(|e| e.kind), Some(EvalErrorKind::Budget));

    let template = Template::parse("${1 + 1 + 1}").expect("parses");
    let error = template
        .eval(&mut world, &mut Budget::new(3, 10_000))
        .expect_err("few steps");
    assert!(error.to_string().contains("more steps"), "{error}");
}

proptest::proptest! {
    #[test]
    fn parsing_never_panics(text in "(\\$\\{|#\\{|\\}|[a-z0-9 .,:?!'\"\\\\()\\[\\]+*/%<>=&|-]|\\PC){0,24}") {
        let _ = Template::parse(&text);
    }

    #[test]
    fn evaluating_never_panics(
        text in "(list|map|s|i|d|due|dateTime\\(\\)|json|nothing)(\\.(length|size|get|split|plusDays|prop|substring)\\((-?[0-9]{1,19}|'[a-z]?'|d|list)\\)|\\[[0-9]\\]){0,3}( (\\+|-|\\*|/|%|<|==|&&) (i|d|s|-9223372036854775807|due|0)){0,2}"
    ) {
        if let Ok(template) = Template::parse(&format!("${{{text}}}")) {
            let _ = template.eval(&mut World::new(), &mut Budget::default());
        }
    }
}
