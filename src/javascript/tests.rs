use super::*;
use crate::juel::Builtin;
use crate::value::{FileValue, Map, SecretHandle};
use chrono::{DateTime, TimeZone, Utc};

/// A world of variables; all calls are remembered.
#[derive(Default)]
struct World {
    variables: Map,
    local: Map,
    said: Vec<String>,
    task: bool,
}

impl World {
    fn of(variables: &[(&str, Value)]) -> World {
        let variables = variables.iter().cloned();
        World {
            variables: variables.map(|(k, v)| (k.to_owned(), v)).collect(),
            ..World::default()
        }
    }

    fn run(&mut self, source: &str) -> Result<Value, Failure> {
        run(source, self, 7, &mut Budget::default())
    }
}

impl Context for World {
    fn variable(&self, name: &str) -> Option<Value> {
        self.variables.get(name).cloned()
    }

    fn now(&self) -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 3, 1, 12, 0, 0).unwrap()
    }

    fn has(&self, object: Builtin) -> bool {
        object == Builtin::Execution || (object == Builtin::Task && self.task)
    }

    fn property(&self, _: Builtin, name: &str) -> Option<Value> {
        match name {
            "id" => Some("e1".into()),
            "assignee" => Some("ana".into()),
            _ => None,
        }
    }

    fn call(&mut self, on: Builtin, method: &str, args: &[Value]) -> Result<Option<Value>, String> {
        self.said.push(format!("{}.{method}({args:?})", on.name()));
        Ok((method != "setOwner").then_some(Value::Null))
    }

    fn get_variables(&self, _: Builtin, local: bool) -> Map {
        match local {
            true => self.local.clone(),
            false => self.variables.clone(),
        }
    }

    fn set_variable(
        &mut self,
        _: Builtin,
        name: &str,
        value: Value,
        local: bool,
    ) -> Result<(), String> {
        let scope = if local {
            &mut self.local
        } else {
            &mut self.variables
        };
        scope.insert(name.to_owned(), value);
        Ok(())
    }

    fn remove_variable(&mut self, _: Builtin, name: &str, _: bool) -> Result<(), String> {
        self.variables.shift_remove(name);
        Ok(())
    }
}

fn value_of(source: &str) -> Value {
    World::default().run(source).unwrap()
}

fn cause_of(source: &str) -> String {
    World::default().run(source).unwrap_err().to_string()
}

#[test]
fn values_come_back_with_their_types() {
    for (source, value) in [
        ("1 + 1", Value::Integer(2)),
        ("2147483648", Value::Long(2_147_483_648)),
        ("1 / 2", Value::Double(0.5)),
        ("4 / 2", Value::Integer(2)),
        ("1e300", Value::Double(1e300)),
        ("10n ** 15n", Value::Long(1_000_000_000_000_000)),
        ("'a' + 1", "a1".into()),
        ("null", Value::Null),
        ("undefined", Value::Null),
        ("1 < 2", Value::Boolean(true)),
        ("var a = 3; a", Value::Integer(3)),
        ("[1, 'a']", Value::List(vec![Value::Integer(1), "a".into()])),
        (
            "({a: {b: 1}})",
            Value::Map(Map::from_iter([(
                "a".to_owned(),
                Value::Map(Map::from_iter([("b".to_owned(), Value::Integer(1))])),
            )])),
        ),
        (
            "new Date(1000)",
            Value::Date(DateTime::from_timestamp_millis(1000).unwrap()),
        ),
        (
            "JSON('{\"a\":[1]}')",
            Value::Json(serde_json::json!({"a": [1]})),
        ),
    ] {
        assert_eq!(value_of(source), value, "{source}");
    }
    assert!(matches!(value_of("0 / 0"), Value::Double(n) if n.is_nan()));
}

#[test]
fn whole_numbers_that_no_number_holds_stay_whole() {
    let much = 9_007_199_254_740_993;
    let mut world = World::of(&[("id", Value::Long(much)), ("few", Value::Long(7))]);
    let told = world.run(
        "execution.setVariable('copy', id); execution.setVariable('list', [id]);
         [id > 5, id + 1 > 5, few + 1, JSON.stringify({id})].join()",
    );
    assert_eq!(
        told.unwrap(),
        "true,true,8,{\"id\":9007199254740992}".into()
    );
    assert_eq!(world.variables["copy"], Value::Long(much));
    assert_eq!(
        world.variables["list"],
        Value::List(vec![Value::Long(much)])
    );
    // Of two that are one for a script it is not guessed which is meant.
    let mut world = World::of(&[("id", Value::Long(much)), ("other", Value::Long(much - 1))]);
    let told = world.run("var a = id, b = other; execution.setVariable('copy', a)");
    assert!(told.unwrap_err().to_string().contains("beyond 2^53"));
}

#[test]
fn variables_are_seen_and_set() {
    let mut world = World::of(&[
        ("amount", Value::Long(5)),
        ("rate", Value::Double(0.5)),
        ("note", Value::Null),
        (
            "when",
            Value::Date(DateTime::from_timestamp_millis(5).unwrap()),
        ),
        ("doc", Value::Json(serde_json::json!({"name": "x"}))),
        ("items", Value::List(vec!["a".into()])),
    ]);
    let value = world.run(
        "var one = 1; execution.setVariable('total', amount * rate);
         var seen = [execution.getVariable('total'), one, note, when.getTime(),
                     doc.prop('name').value(), items.get(0), items.size(), execution.getVariable('none'),
                     execution.hasVariable('rate'), execution.id, execution.getId()];
         doc.prop('name', 'y');
         execution.setVariable('doc', doc);
         execution.setVariableLocal('here', {a: 1});
         execution.removeVariable('note');
         seen.join('|')",
    );
    assert_eq!(value.unwrap(), "2.5|1||5|x|a|1||true|e1|e1".into());
    assert_eq!(world.variables["total"], Value::Double(2.5));
    assert_eq!(
        world.variables["doc"],
        Value::Json(serde_json::json!({"name": "y"}))
    );
    assert!(!world.variables.contains_key("note"));
    let here = Value::Map(Map::from_iter([("a".to_owned(), Value::Integer(1))]));
    assert_eq!(world.local["here"], here);
}

#[test]
fn a_script_that_fails_changes_nothing() {
    let mut world = World::default();
    let failure = world
        .run("execution.setVariable('a', 1);\n\nnothing.here")
        .unwrap_err();
    assert_eq!(
        failure.to_string(),
        "line 3 of the script: ReferenceError: nothing is not defined"
    );
    assert!(world.variables.is_empty());
}

#[test]
fn what_a_script_cannot_open_goes_through_whole() {
    let file = Value::File(Box::new(FileValue {
        filename: "a.txt".into(),
        content: vec![1, 2, 3],
        ..FileValue::default()
    }));
    let secret = Value::Secret(SecretHandle("s1".into()));
    let mut world = World::of(&[("file", file.clone()), ("password", secret.clone())]);
    let text = world.run(
        "execution.setVariable('copy', file); execution.setVariable('hidden', password);
         String(password) + file",
    );
    assert_eq!(text.unwrap(), "[String][File]".into());
    assert_eq!(
        (&world.variables["copy"], &world.variables["hidden"]),
        (&file, &secret)
    );
}

#[test]
fn a_task_is_seen_and_changed_in_its_listener() {
    let mut world = World {
        task: true,
        ..World::default()
    };
    let seen = world.run("task.setAssignee('ben'); task.getAssignee() + task.assignee");
    assert_eq!(seen.unwrap(), "benben".into());
    assert_eq!(world.said, [r#"task.setAssignee([String("ben")])"#]);
    let refused = world.run("task.setOwner('x')").unwrap_err().to_string();
    assert_eq!(refused, "task.setOwner is not known here");
    let none = cause_of("task.getName()");
    assert!(none.contains("task is not defined"), "{none}");
    let mistyped = cause_of("execution.getVariabel('x')");
    assert!(
        mistyped.contains("execution has no getVariabel here"),
        "{mistyped}"
    );
}

#[test]
fn spin_reads_and_writes_json() {
    for (source, text) in [
        (
            "S('{\"a\":{\"b\":[1,2]}}').prop('a').prop('b').elements().size()",
            "2",
        ),
        (
            "S('{\"a\":1}').prop('b', [1, 'x']).toString()",
            "{\"a\":1,\"b\":[1,\"x\"]}",
        ),
        ("S('[1,2,2]').lastIndexOf(2)", "2"),
        (
            "S('[1,2]').append(3).insertAt(0, 0).removeAt(-1).toString()",
            "[0,1,2]",
        ),
        (
            "S('{\"a\":[{\"b\":7}]}').jsonPath('$.a[0].b').numberValue()",
            "7",
        ),
        (
            "S('{\"a\":[{\"b\":7},{\"b\":8}]}').jsonPath('$.a[*].b').elementList().size()",
            "2",
        ),
        (
            "S('{\"a\":[{\"b\":7},{\"b\":8}]}').jsonPath('$.a[?(@.b > 7)].b').elementList().get(0).numberValue()",
            "8",
        ),
        (
            "S('{\"a\":[1,2,3]}').jsonPath('$.a').elementList().size() + S('{\"a\":[1,2,3]}').jsonPath('$..a[1:]').element().toString()",
            "3[2,3]",
        ),
        ("S('{\"a\":null}').prop('a').isNull()", "true"),
        (
            "JSON.stringify({a: S('[1]')}) + JSON.parse('[2]')[0]",
            "{\"a\":[1]}2",
        ),
        ("S('{\"b\":1,\"a\":2}').fieldNames().join()", "b,a"),
        ("S('{\"a\":1}').deleteProp('a').hasProp('a')", "false"),
    ] {
        assert_eq!(value_of(source).to_string(), text, "{source}");
    }
    for (source, part) in [
        ("S('{}').prop('a')", "Unable to find 'a'"),
        ("S('[]').prop('a')", "is no object"),
        ("S('<a/>')", "XML by Spin is not known here"),
        ("S('{').x", "SyntaxError"),
        ("S('{}').jsonPath('$.a').element()", "there is nothing"),
        ("S('{}').jsonPath('a')", "it begins with $"),
    ] {
        let cause = cause_of(source);
        assert!(cause.contains(part), "{source}: {cause}");
    }
}

#[test]
fn lists_maps_and_texts_work_as_ever() {
    for (source, text) in [
        (
            "[1, [2, [3]]].flat().length + '' + [1, [2, [3]]].flat(2)",
            "31,2,3",
        ),
        ("[1].concat([2], 3, [[4]]).join()", "1,2,3,4"),
        ("[1, 2].flatMap(x => [x, x]).join()", "1,1,2,2"),
        ("Array.prototype.slice.call('abc', 1).join()", "b,c"),
        (
            "(function () { return Array.prototype.slice.call(arguments, 1) })(1, 2, 3).join()",
            "2,3",
        ),
        (
            "[...new Set([1, 1, 2])].join() + new Map([[1, 'a']]).get(1)",
            "1,2a",
        ),
        (
            "[3, 1, 2].sort((a, b) => b - a).map(x => x * 2).filter(x => x > 2).join()",
            "6,4",
        ),
        (
            "'a-b-c'.split('-').join('+') + 'abc'.replace(/b/g, 'x') + 'aXa'.replaceAll('a', 'b')",
            "a+b+caxcbXb",
        ),
        (
            "Object.entries(Object.fromEntries([['a', 1]])).join()",
            "a,1",
        ),
        (
            "var t = ''; for (const [i, x] of ['a', 'b'].entries()) t += i + x; t",
            "0a1b",
        ),
        ("let [a, ...b] = [1, 2, 3]; a + '|' + b", "1|2,3"),
        (
            "'%s'.padStart(4, '.') + ' x '.trim() + 'ab'.charAt(1) + 'ab'.at(-1)",
            "..%sxbb",
        ),
        ("[1, 2, 3].includes(2) + '' + [1, 2].indexOf(3)", "true-1"),
        ("class P extends Map {} ; new P([[1, 2]]).size + ''", "1"),
    ] {
        assert_eq!(value_of(source).to_string(), text, "{source}");
    }
}

#[test]
fn a_bpmn_error_is_thrown_with_what_was_set() {
    let mut world = World::default();
    for way in [
        "new BpmnError('E1', 'no money')",
        "new org.camunda.bpm.engine.delegate.BpmnError('E1', 'no money')",
        "new (Java.type('org.camunda.bpm.engine.delegate.BpmnError'))('E1', 'no money')",
    ] {
        let thrown = world.run(&format!("execution.setVariable('a', 1); throw {way}"));
        let expected = Failure::Bpmn {
            code: "E1".into(),
            message: Some("no money".into()),
        };
        assert_eq!(thrown.unwrap_err(), expected, "{way}");
        assert_eq!(world.variables["a"], Value::Integer(1));
    }
    let class = cause_of("Java.type('java.util.HashMap')");
    assert!(class.contains("java.util.HashMap needs a JVM"), "{class}");
}

#[test]
fn the_clock_stands_still_and_chance_is_the_same() {
    let now = "2026-03-01T12:00:00.000Z";
    assert_eq!(value_of("new Date().toISOString()"), now.into());
    assert_eq!(value_of("new Date(Date.now()).toISOString()"), now.into());
    assert_eq!(value_of("new Date() instanceof Date"), Value::Boolean(true));
    assert_eq!(value_of("Math.random()"), value_of("Math.random()"));
    assert_eq!(
        value_of("Math.random() === Math.random()"),
        Value::Boolean(false)
    );
}

#[test]
fn nothing_outside_is_in_reach() {
    for name in [
        "require",
        "process",
        "fetch",
        "std",
        "os",
        "setTimeout",
        "performance",
        "load",
    ] {
        assert_eq!(
            value_of(&format!("typeof {name}")),
            "undefined".into(),
            "{name}"
        );
    }
    assert_eq!(value_of("print('x'); console.log('y')"), Value::Null);
}

#[test]
fn what_never_ends_or_grows_without_end_is_stopped() {
    for source in [
        "for (;;) {}",
        "while (true) { try { for (;;) {} } catch (e) {} }",
        "function f() { return f() } f()",
        "function f() { try { f() } catch (e) { f() } } for (;;) f()",
        "var a = []; for (;;) a.push(new Array(1000).fill(1))",
        "var s = 'x'; for (;;) s += s",
        "/(a+)+$/.test('a'.repeat(40) + 'b')",
        "new Array(4e9).indexOf(1)",
        "[].indexOf.call({length: 2 ** 53 - 1}, 1)",
        "var o = {}; o.o = o; o",
        "var a = []; for (var i = 0; i < 1e5; i++) a = [a]; a",
        "'x'.repeat(1 << 29)",
        "[].concat({length: 2 ** 53 - 1, [Symbol.isConcatSpreadable]: true}).x.y",
        "[].concat(new Array(4e9))",
        "[new Array(4e9)].flat()",
        "[1].flatMap(x => new Array(4e9))",
        "Array.prototype.slice.call({get length() { return 2 ** 53 - 1 }})",
        "var n = 0; Array.prototype.slice.call({get length() { return n++ ? 2 ** 53 - 1 : 1 }}).x.y",
        "'a'.repeat(2e6).indexOf('a'.repeat(1e6) + 'b')",
        "'a'.repeat(2e6).replace({toString() { return 'a'.repeat(1e6) + 'b' }}, '')",
        "new Set(new Array(4e9))",
        "new Set({[Symbol.iterator]: () => ({next: Object})})",
        "new (Object.getPrototypeOf(new Set()).constructor)({[Symbol.iterator]: () => ({next: Object})})",
        "Object.fromEntries({[Symbol.iterator]: () => ({next: Object})})",
        "new Array(4e9).values().drop(4e9).next()",
        "(async () => {})().constructor.all({[Symbol.iterator]: () => ({next: Object})})",
        "Array.from(new Array(4e9))",
        "[...new Array(4e9)]",
        "var a = new Array(1e6).fill(2); for (;;) a.sort()",
        "var s = 'x'.repeat(4e6); for (;;) s.toUpperCase()",
        "var s = 'x'.repeat(2e6), t; for (;;) t = s + s + 'y'",
        "var o = new Array(1e5).fill('x'); for (;;) JSON.stringify(o)",
        "new Proxy([], {})",
        "Array.prototype.map = null; Object.keys = null; for (;;) {}",
    ] {
        let failure = World::default().run(source);
        assert!(failure.is_err(), "{source}: {failure:?}");
    }
    let long = cause_of("var a = [];\na.indexOf.call({length: 1e9}, 1)");
    assert!(
        long.starts_with("line 2 of the script: RangeError"),
        "{long}"
    );
    let cased = cause_of("var s = 'x'.repeat(1e6); for (var i = 0; i < 200; i++) s.toUpperCase()");
    assert!(cased.contains("works on more"), "{cased}");
    let looped = cause_of("var o = {}; o.o = o; o");
    assert!(looped.contains("contains itself"), "{looped}");
    let stopped = cause_of("for (;;) {}");
    assert!(
        stopped.contains("more steps than a script may use"),
        "{stopped}"
    );
    assert!(stopped.contains("`steps` under [expressions]"), "{stopped}");
}

#[test]
fn steps_are_paid_from_one_budget() {
    let mut budget = Budget::new(100_000, 8 << 20);
    let mut world = World::default();
    let mut ran = 0;
    while run(
        "for (var i = 0; i < 12000; i++) {}",
        &mut world,
        1,
        &mut budget,
    )
    .is_ok()
    {
        ran += 1;
    }
    assert!((1..9).contains(&ran), "{ran}");
}

#[test]
fn paths_in_json_are_paid_by_the_script_and_none_goes_on_beyond_that() {
    let caught = |path: &str, budget: Budget| {
        let source = format!(
            "var t = JSON.stringify(new Array(300).fill([[1], [2]]));
             for (var i = 0; i < 60; i++) try {{ S(t).jsonPath('{path}') }} catch (e) {{}} 'done'"
        );
        let mut budget = budget;
        run(&source, &mut World::default(), 1, &mut budget).map_err(|e| e.to_string())
    };
    assert_eq!(caught("$[0]", Budget::default()), Ok("done".into()));
    // One of them takes more than all may; many do together.
    for (path, steps) in [("$[?($..*)]", 100_000), ("$[*][*][*]", 30_000)] {
        let over = caught(path, Budget::new(steps, 64 << 20)).unwrap_err();
        assert!(over.contains("more steps than"), "{path}: {over}");
    }
    let over = caught("$[*]", Budget::new(5_000_000, 100_000)).unwrap_err();
    assert!(over.contains("more memory than"), "{over}");
}

#[test]
fn a_wrong_script_is_told_before_it_runs() {
    assert_eq!(
        check("var a = 1; function f() {}\nlet b = `x`; // done"),
        Ok(())
    );
    for source in ["var = 1", "if (", "return 1", "\n\nfoo bar"] {
        let failure = check(source).unwrap_err().to_string();
        assert!(failure.contains("SyntaxError"), "{source}: {failure}");
    }
    assert!(
        check("\n\nfoo bar")
            .unwrap_err()
            .to_string()
            .starts_with("line 3")
    );
    assert!(check("for (;;) {}").is_ok(), "it is read, not run");
}

#[test]
fn the_raw_result_of_a_decision_is_asked_as_in_camunda() {
    let row = |pairs: &[(&str, i64)]| {
        let pairs = pairs
            .iter()
            .map(|(k, v)| ((*k).to_owned(), Value::Long(*v)));
        Value::Map(pairs.collect())
    };
    let run = |rows: Vec<Value>, source: &str| {
        World::of(&[("decisionResult", Value::List(rows))]).run(source)
    };
    let text = |rows: Vec<Value>, source: &str| {
        let done = run(rows, &format!("JSON.stringify({source})")).unwrap();
        done.to_string()
    };
    let one = || vec![row(&[("a", 1)])];
    let two = || vec![row(&[("a", 1), ("b", 2)]), row(&[("a", 3)])];
    for (rows, source, wanted) in [
        (one(), "decisionResult.getSingleEntry()", "1"),
        (one(), "decisionResult.singleEntry", "1"),
        (one(), "decisionResult.getSingleResult()", r#"{"a":1}"#),
        (one(), "decisionResult.getSingleResult().getEntry('a')", "1"),
        (one(), "decisionResult.singleResult.a", "1"),
        (vec![], "decisionResult.getSingleEntry()", "null"),
        (vec![], "decisionResult.getFirstResult()", "null"),
        (two(), "decisionResult.getFirstResult()", r#"{"a":1,"b":2}"#),
        (two(), "decisionResult.firstResult.getFirstEntry()", "1"),
        (two(), "decisionResult.get(1).getSingleEntry()", "3"),
        (two(), "decisionResult.collectEntries('a')", "[1,3]"),
        (two(), "decisionResult.collectEntries('b')", "[2]"),
        (
            two(),
            "decisionResult.getResultList()",
            r#"[{"a":1,"b":2},{"a":3}]"#,
        ),
        (two(), "decisionResult[0].getEntryMap()", r#"{"a":1,"b":2}"#),
        (two(), "decisionResult.size()", "2"),
        (
            two(),
            "execution.getVariable('decisionResult').getResultList().length",
            "2",
        ),
    ] {
        assert_eq!(text(rows, source), wanted, "{source}");
    }
    for source in [
        "decisionResult.getSingleResult()",
        "decisionResult.getSingleEntry()",
    ] {
        let told = run(two(), source).unwrap_err().to_string();
        assert!(told.contains("2 rules gave one"), "{told}");
    }
    let several = run(
        vec![row(&[("a", 1), ("b", 2)])],
        "decisionResult.getSingleEntry()",
    );
    assert!(
        several
            .unwrap_err()
            .to_string()
            .contains("the result has 2 outputs")
    );
    // It goes on as the list that it is.
    let all = run(two(), "decisionResult").unwrap();
    assert!(matches!(all, Value::List(rows) if rows.len() == 2));
}
