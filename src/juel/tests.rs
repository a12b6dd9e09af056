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
fn identifiers() {
    gives(&[
        ("${nothing}", Value::Null),
        ("${task}", "shadowed only if there is a task".into()),
        ("${authenticatedUserId}", "ana".into()),
        ("${currentUser()}", "ana".into()),
        ("${currentUserGroups()}", Value::List(vec!["loads".into()])),
        ("${now()}", Value::Date(at(1_600_000_000))),
        ("${dateTime()}", Value::Date(at(1_600_000_000))),
    ]);
    fails(&[
        (
            "${unknown}",
            "Unknown property used in expression: ${unknown}. Cause: Cannot resolve identifier 'unknown'",
        ),
        ("${execution}", "'execution' is no value"),
    ]);
    // What a conditional event forgives.
    let unknown = eval("${unknown > 1}").expect_err("unknown");
    assert_eq!(unknown.kind, EvalErrorKind::UnknownProperty);
    let mut in_task = World {
        task: true,
        ..World::new()
    };
    let template = Template::parse("${task.execution.processBusinessKey}").expect("parses");
    let value = template.eval(&mut in_task, &mut Budget::default());
    assert_eq!(value, Ok("K-1".into()));
    let mut nobody = World {
        user: None,
        ..World::new()
    };
    for (text, expected) in [
        ("${currentUser()}", Value::Null),
        ("${authenticatedUserId}", Value::Null),
        ("${currentUserGroups()}", Value::List(vec![])),
    ] {
        let template = Template::parse(text).expect(text);
        let value = template.eval(&mut nobody, &mut Budget::default());
        assert_eq!(value, Ok(expected), "{text}");
    }
}

#[test]
fn properties_and_indexes() {
    gives(&[
        ("${nothing.a.b}", Value::Null),
        ("${nothing['a']}", Value::Null),
        ("${nothing[0]}", Value::Null),
        ("${map.k.x}", "deep".into()),
        ("${map['k'].x}", "deep".into()),
        ("${map['k']['x']}", "deep".into()),
        ("${map.missing}", Value::Null),
        ("${map[null]}", Value::Null),
        ("${list[0]}", "a".into()),
        ("${list['1']}", Value::Integer(2)),
        ("${list[1.9]}", Value::Integer(2)),
        ("${list[true]}", Value::Integer(2)),
        ("${list[7]}", Value::Null),
        ("${list[-1]}", Value::Null),
        ("${list[null]}", Value::Null),
        ("${due.time}", long(1_000_000_000)),
    ]);
    fails(&[
        (
            "${s.foo}",
            "Unknown property used in expression: ${s.foo}. Cause: Cannot resolve property 'foo' in 'class java.lang.String'",
        ),
        (
            "${json.name}",
            "Cannot resolve property 'name' in 'class org.camunda.spin",
        ),
        ("${list['x']}", "Cannot parse list index: x"),
    ]);
}

#[test]
fn equality() {
    let yes = Value::Boolean(true);
    let no = Value::Boolean(false);
    gives(&[
        ("${null == null}", yes.clone()),
        ("${nothing == s}", no.clone()),
        ("${s != null}", yes.clone()),
        ("${i == 5}", yes.clone()),
        ("${i eq 5.0}", yes.clone()),
        ("${\"5\" == 5}", yes.clone()),
        ("${'' == 0}", yes.clone()),
        ("${five == i}", yes.clone()),
        ("${true == 'true'}", yes.clone()),
        ("${true == 'x'}", no.clone()),
        ("${s == 'text'}", yes.clone()),
        ("${s ne 'text'}", no.clone()),
        ("${due == due}", yes.clone()),
        ("${now() == due}", no.clone()),
        ("${list == list}", yes),
        ("${list == none}", no),
    ]);
    fails(&[
        (
            "${\"x\" == 5}",
            "Cannot coerce 'x' of class java.lang.String to class java.lang.Long (incompatible value)",
        ),
        (
            "${true == 1}",
            "Cannot coerce 'true' of class java.lang.Boolean to class java.lang.Long (incompatible type)",
        ),
        (
            "${password == 'x'}",
            "a secret can only be passed on as a whole",
        ),
    ]);
}

#[test]
fn order() {
    for (text, expected) in [
        ("${1 < 2}", true),
        ("${2 lt 1}", false),
        ("${2 <= 2}", true),
        ("${2 le 1.5}", false),
        ("${3 > 2}", true),
        ("${3 gt '2'}", true),
        ("${3 >= 3}", true),
        ("${3 ge 4}", false),
        ("${null < 1}", false),
        ("${1 > nothing}", false),
        ("${null <= null}", true),
        ("${nothing >= nothing}", true),
        ("${nothing < nothing}", false),
        ("${null >= 1}", false),
        ("${'a' < 'b'}", true),
        ("${'B' < 'a'}", true),
        ("${'10' < '9'}", true),
        ("${due < now()}", true),
        ("${due >= now()}", false),
        ("${false < true}", true),
        ("${short < i}", true),
        ("${i < d}", false),
        ("${0.0/0 >= 1}", true),
    ] {
        gives(&[(text, expected.into())]);
    }
    fails(&[
        (
            "${list < map}",
            "Cannot compare 'class java.util.ArrayList' and 'class java.util.LinkedHashMap'",
        ),
        (
            "${s < 5}",
            "Cannot coerce 'text' of class java.lang.String to class java.lang.Long",
        ),
    ]);
}

#[test]
fn arithmetic() {
    gives(&[
        ("${null + null}", long(0)),
        ("${nothing * null}", long(0)),
        ("${null / null}", long(0)),
        ("${null + 1}", long(1)),
        ("${i + l}", long(12)),
        ("${i - l}", long(-2)),
        ("${2 * 3 + 4}", long(10)),
        ("${2 + 3 * 4}", long(14)),
        ("${(2 + 3) * 4}", long(20)),
        ("${10 - 3 - 2}", long(5)),
        ("${5/2}", 2.5.into()),
        ("${4 div 2}", 2.0.into()),
        ("${5 % 3}", long(2)),
        ("${-5 mod 3}", long(-2)),
        ("${5.5 % 2}", 1.5.into()),
        ("${'1' + '2'}", long(3)),
        ("${'1.5' + 1}", 2.5.into()),
        ("${'1e2' + 1}", 101.0.into()),
        ("${1/0}", f64::INFINITY.into()),
        ("${9223372036854775807 + 1}", long(i64::MIN)),
        ("${-i}", Value::Integer(-5)),
        ("${-short}", Value::Short(-3)),
        ("${-null}", long(0)),
        ("${-'5'}", long(-5)),
        ("${-'5.5'}", (-5.5).into()),
        ("${- -1}", long(1)),
        ("${1.}", 1.0.into()),
        ("${.5}", 0.5.into()),
        ("${1e3}", 1000.0.into()),
        ("${1.5E-3}", 0.0015.into()),
    ]);
    fails(&[
        (
            "${'a' + 'b'}",
            "Error while evaluating expression: ${'a' + 'b'}. Cause: Cannot coerce 'a' of class java.lang.String to class java.lang.Long (incompatible value)",
        ),
        ("${5 % 0}", "/ by zero"),
        (
            "${due + 1}",
            "of class java.util.Date to class java.lang.Long (incompatible type)",
        ),
        ("${-t}", "Cannot negate 'class java.lang.Boolean'"),
    ]);
}

#[test]
fn logic() {
    for (text, expected) in [
        ("${null && true}", false),
        ("${'' || false}", false),
        ("${'TRUE' and t}", true),
        ("${'x' or false}", false),
        ("${!null}", true),
        ("${not t}", false),
        ("${!!t}", true),
        ("${false && unknown}", false),
        ("${true || unknown}", true),
        ("${t && !nothing}", true),
        ("${true || false && false}", true),
        ("${1 == 1 && 2 == 2}", true),
        ("${empty null}", true),
        ("${empty ''}", true),
        ("${empty none}", true),
        ("${empty list}", false),
        ("${empty 0}", false),
        ("${empty map}", false),
        ("${not empty s}", true),
        ("${empty password}", false),
        ("${empty blank && t}", true),
    ] {
        gives(&[(text, expected.into())]);
    }
    gives(&[
        ("${t ? 'a' : unknown}", "a".into()),
        ("${nothing ? unknown : 'b'}", "b".into()),
        ("${false ? 1 : false ? 2 : 3}", long(3)),
        ("${true ? false ? 1 : 2 : 3}", long(2)),
        ("${(i > 3 ? 'big' : 'small').length()}", Value::Integer(3)),
    ]);
    fails(&[
        (
            "${!1}",
            "Cannot coerce '1' of class java.lang.Long to class java.lang.Boolean (incompatible type)",
        ),
        (
            "${i ? 1 : 2}",
            "class java.lang.Boolean (incompatible type)",
        ),
        ("${t && 1}", "class java.lang.Boolean (incompatible type)"),
    ]);
}

#[test]
fn strings() {
    gives(&[
        ("${'it\\'s \"x\" \\\\'}", "it's \"x\" \\".into()),
        ("${s.equals('text')}", true.into()),
        ("${s.equalsIgnoreCase('TEXT')}", true.into()),
        ("${s.toUpperCase().toLowerCase()}", "text".into()),
        ("${' x '.trim()}", "x".into()),
        ("${s.substring(1)}", "ext".into()),
        ("${s.substring(1, 3)}", "ex".into()),
        ("${s.contains('ex')}", true.into()),
        ("${s.startsWith('te') && s.endsWith('xt')}", true.into()),
        ("${s.indexOf('x')}", Value::Integer(2)),
        ("${'ä😀x'.indexOf('x')}", Value::Integer(3)),
        ("${s.indexOf('q')}", Value::Integer(-1)),
        ("${s.lastIndexOf('t')}", Value::Integer(3)),
        ("${'😀'.length()}", Value::Integer(2)),
        ("${blank.isEmpty()}", true.into()),
        (
            "${'a,b,,'.split(',')}",
            Value::List(vec!["a".into(), "b".into()]),
        ),
        ("${'a.b'.split('\\\\.')[1]}", "b".into()),
        (
            "${'ab'.split('')}",
            Value::List(vec!["a".into(), "b".into()]),
        ),
        ("${'none'.split(',')}", Value::List(vec!["none".into()])),
        ("${s.replace('t', 'T')}", "TexT".into()),
        ("${'a1b22'.replaceAll('[0-9]+', '#')}", "a#b#".into()),
        ("${s.concat('-').concat(i)}", "text-5".into()),
        ("${'2026-11'.matches('\\\\d{4}-\\\\d{2}')}", true.into()),
        ("${s.charAt(1)}", "e".into()),
        ("${'b'.compareTo('a')}", Value::Integer(1)),
        ("${s['length']()}", Value::Integer(4)),
    ]);
    fails(&[
        ("${s.substring(9)}", "outside of the text"),
        (
            "${s.foo(1)}",
            "Unknown method used in expression: ${s.foo(1)}. Cause: Cannot find method 'foo' in 'class java.lang.String'",
        ),
        (
            "${nothing.foo()}",
            "Unknown property used in expression: ${nothing.foo()}. Cause: Target unreachable, base expression 'nothing' resolved to null",
        ),
        (
            "${map.gone['x'](1)}",
            "base expression 'map.gone' resolved to null",
        ),
        ("${s.matches('(')}", "regular expression '('"),
    ]);
}

#[test]
fn lists_maps_numbers_and_dates() {
    gives(&[
        ("${list.size()}", Value::Integer(3)),
        ("${none.isEmpty()}", true.into()),
        ("${list.get(1)}", Value::Integer(2)),
        ("${list.contains('a')}", true.into()),
        ("${list.contains(2)}", false.into()), // Long 2 is no Integer 2
        ("${list.contains(list[1])}", true.into()),
        ("${list.add('z')}", true.into()),
        (
            "${list.size()}${list.add(1)}${list.size()}",
            "3true3".into(),
        ),
        ("${map.size()}", Value::Integer(1)),
        ("${map.containsKey('k')}", true.into()),
        ("${map.get('k').get('x')}", "deep".into()),
        ("${map.getOrDefault('q', 5)}", long(5)),
        ("${map.keySet()}", Value::List(vec!["k".into()])),
        ("${map.k.values()}", Value::List(vec!["deep".into()])),
        ("${map.put('a', 1)}", Value::Null),
        ("${map.isEmpty()}", false.into()),
        ("${l.intValue()}", Value::Integer(7)),
        ("${d.longValue()}", long(2)),
        ("${i.doubleValue()}", 5.0.into()),
        ("${i.toString()}", "5".into()),
        ("${d.compareTo(2.5)}", Value::Integer(0)),
        ("${i.equals(5)}", false.into()),
        ("${due.before(now())}", true.into()),
        ("${due.after(now())}", false.into()),
        ("${due.getTime()}", long(1_000_000_000)),
        (
            "${10000000.0}${0.0001}${''.concat(100.0)}",
            "1.0E71.0E-4100.0".into(),
        ),
    ]);
    fails(&[("${list.get(3)}", "Index 3 out of bounds for length 3")]);
}

#[test]
fn joda_times() {
    gives(&[
        (
            "${dateTime().plusHours(1).toDate()}",
            Value::Date(at(1_600_003_600)),
        ),
        (
            "${dateTime().minusMinutes(2).plusSeconds(1).toDate()}",
            Value::Date(at(1_599_999_881)),
        ),
        (
            "${dateTime().plusDays(1).minusDays(1).toDate() == now()}",
            true.into(),
        ),
        (
            "${dateTime().isBefore(dateTime().plusYears(1))}",
            true.into(),
        ),
        ("${dateTime().plusWeeks(1).isAfter(now())}", true.into()),
        ("${dateTime().getMillis()}", long(1_600_000_000_000)),
        (
            "${dateTime().withHourOfDay(9).withMinuteOfHour(5).withSecondOfMinute(0).withMillisOfSecond(0).toString('HH:mm:ss')}",
            "09:05:00".into(),
        ),
        (
            "${dateTime().withTimeAtStartOfDay().toString('HH:mm:ss')}",
            "00:00:00".into(),
        ),
        (
            "${dateTime().year}-${dateTime().getMonthOfYear()}",
            "2020-9".into(),
        ),
        ("${dateTime().toString('yyyy/MM')}", "2020/09".into()),
    ]);
    fails(&[
        ("${dateTime().plusYears(999999)}", "leaves the calendar"),
        (
            "${dateTime().plusDays(9223372036854775807)}",
            "leaves the calendar",
        ),
        ("${dateTime().withHourOfDay(24)}", "out of range"),
        ("${dateTime().toString('q')}", "the letter q is not known"),
    ]);
}

#[test]
fn built_in_objects() {
    gives(&[
        ("${execution.processBusinessKey}", "K-1".into()),
        ("${execution.getProcessBusinessKey()}", "K-1".into()),
        ("${execution.getVariable('i')}", Value::Integer(5)),
        ("${execution.getVariable('gone')}", Value::Null),
        ("${execution.hasVariable('nothing')}", true.into()),
        ("${execution.hasVariable('gone')}", false.into()),
        ("${execution.getVariableTyped('s').value}", "text".into()),
        ("${execution.variables.i}", Value::Integer(5)),
        ("${execution.getVariables().size() > 3}", true.into()),
        ("${execution.setPriority(5)}", Value::Null),
    ]);
    fails(&[
        (
            "${execution.foo}",
            "Cannot resolve property 'foo' in 'execution'",
        ),
        (
            "${execution.foo()}",
            "Cannot find method 'foo' in 'execution'",
        ),
        ("${execution.refuse()}", "Cause: no"),
        (
            "${execution.getProcessEngineServices()}",
            "there is no JVM here",
        ),
    ]);
    let mut world = World::new();
    let mut run = |text: &str| {
        let template = Template::parse(text).expect(text);
        template.eval(&mut world, &mut Budget::default())
    };
    assert_eq!(run("${execution.setVariable('n', i + 1)}"), Ok(Value::Null));
    assert_eq!(run("${n}"), Ok(long(6)));
    assert_eq!(
        run("${execution.setVariableLocal('n', dateTime())}"),
        Ok(Value::Null)
    );
    assert_eq!(run("${n}"), Ok(Value::Date(at(1_600_000_000))));
    assert_eq!(run("${execution.removeVariable('n')}"), Ok(Value::Null));
    assert!(run("${n}").is_err());
    assert_eq!(run("${execution.setPriority(50)}"), Ok(Value::Null));
    assert_eq!(
        world.calls,
        ["set n false", "set n true", "setPriority [Long(50)]"]
    );
}

#[test]
fn spin_json() {
    gives(&[
        ("${json.prop('name').stringValue()}", "n".into()),
        (
            "${S('{\"a\":[1,2.5]}').prop('a').elements()[1].numberValue()}",
            2.5.into(),
        ),
        (
            "${JSON('[1]').elements().get(0).numberValue()}",
            Value::Integer(1),
        ),
        ("${json.hasProp('name') && !json.hasProp('x')}", true.into()),
        ("${json.prop('ok').boolValue()}", true.into()),
        ("${json.prop('ok').value()}", true.into()),
        ("${json.prop('nil').isNull()}", true.into()),
        ("${json.prop('items').isArray()}", true.into()),
        ("${json.isObject()}", true.into()),
        ("${json.prop('items').elements().size()}", Value::Integer(2)),
        (
            "${json.jsonPath('$.items[0].price').numberValue()}",
            Value::Integer(5),
        ),
        (
            "${json.jsonPath(\"$['items'][-1]['tag']\").stringValue()}",
            "b".into(),
        ),
        (
            "${json.jsonPath('$.items[*].tag').elementList().size()}",
            Value::Integer(2),
        ),
        (
            "${json.jsonPath('$..price').element()}",
            Value::Json(serde_json::json!([5, 12.5])),
        ),
        (
            "${S('{}').prop('a', 1).prop('b', list)}",
            Value::Json(serde_json::json!({"a": 1, "b": ["a", 2, null]})),
        ),
        ("${S('[1]').append(2).remove(1).toString()}", "[2]".into()),
        ("${S(map).toString()}", "{\"k\":{\"x\":\"deep\"}}".into()),
        ("${json.fieldNames().size()}", Value::Integer(4)),
    ]);
    fails(&[
        ("${json.prop('gone')}", "Unable to find property 'gone'"),
        ("${S('{')}", "Unable to parse input into json node"),
        ("${S('<a/>')}", "Spin XML is not supported"),
        ("${json.mapTo('x')}", "there is no JVM here"),
        (
            "${json.jsonPath('$.x')}",
            "JSONPath '$.x': there is nothing",
        ),
        (
            "${json.jsonPath('$.items[?(@.price > 5)]')}",
            "only [n], ['name'] and [*]",
        ),
        ("${json.jsonPath('$.name')}", "needs .element()"),
        (
            "${json.prop('name').numberValue()}",
            "Unable to parse '\"n\"' to Number",
        ),
    ]);
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
        "execution.getVariableTyped('file')",
    ];
    for method in super::method::METHODS {
        let known = values.iter().any(|value| {
            ["", "1", "'x'", "due", "t", "'x', 1"].iter().any(|args| {
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
