//! Grammar, coercions and operators.

use super::*;

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
