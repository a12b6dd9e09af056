//! Properties and methods of values and built-in objects.

use super::*;

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
        ("${s.replaceFirst('t', 'T')}", "Text".into()),
        ("${'ab'.repeat(2).concat(' x '.strip())}", "ababx".into()),
        ("${''.join(', ', list)}", "a, 2, null".into()),
        ("${''.join('-', 'a', i)}", "a-5".into()),
        (
            "${''.format('%05d|%-6s|%.2f|%x|%,d', i, s, d, 255, 1234567)}",
            "00005|text  |2.50|ff|1,234,567".into(),
        ),
        ("${s.format('%2$s %1$s %s%%', 'a', 'b')}", "b a a%".into()),
        (
            "${s.format('%.2f %.2f %.2f %.2f %.0f %f', 2.675, 1.005, 0.125, -9.995, 0.5, 1.5)}",
            "2.68 1.01 0.13 -10.00 1 1.500000".into(),
        ),
        (
            "${s.format('%.1f %.2f %.1f %,.1f', 99.96, -0.001, 1.04, 999999.95)}",
            "100.0 -0.00 1.0 1,000,000.0".into(),
        ),
        (
            "${s.format('%x %x %X', s.indexOf('?'), -1, 171)}",
            "ffffffff ffffffffffffffff AB".into(),
        ),
        (
            "${s.format('%x', short - short).concat(s.format('%b %b %b %s', nothing, s, false, nothing))}",
            "0false true false null".into(),
        ),
        (
            "${s.format('%.1f|%,+09.1f|%5.1f', 1.0 / 0, 1.0 / 0, 0.0 / 0)}",
            "Infinity|+Infinity|  NaN".into(),
        ),
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
        ("${''.format('%d', s)}", "d != class java.lang.String"),
        ("${''.format('%s')}", "Format specifier '%s'"),
        ("${''.format('%99999999s', s)}", "can not be read"),
        ("${s.repeat(2000000000)}", "memory"),
    ]);
}

#[test]
fn lists_maps_numbers_and_dates() {
    gives(&[
        ("${list.subList(0, 2).size()}", Value::Integer(2)),
        ("${list.lastIndexOf('a')}", Value::Integer(0)),
        (
            "${list.containsAll(list.subList(1, 3)) && list.addAll(list)}",
            true.into(),
        ),
        ("${map.entrySet().size()}", Value::Integer(1)),
        (
            "${map.entrySet()[0].key.concat(map.entrySet()[0].getValue().x)}",
            "kdeep".into(),
        ),
        ("${d.isNaN()}", false.into()),
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
            "${dateTime().withTime(17, 0, 0, 0).toString('HH:mm:ss')}",
            "17:00:00".into(),
        ),
        (
            "${dateTime().minusMonths(1).withDayOfMonth(1).toString('dd.MM.')}",
            "01.08.".into(),
        ),
        (
            "${dateTime().withTimeAtStartOfDay().withDayOfWeek(1).toString('dd.MM.')}",
            "07.09.".into(),
        ),
        (
            "${dateTime().withMonthOfYear(2).withYear(2021).toString('MM.yyyy')}",
            "02.2021".into(),
        ),
        (
            "${dateTime().withMonthOfYear(8).withDayOfMonth(31).withMonthOfYear(2).toString('dd.MM.')}",
            "29.02.".into(),
        ),
        (
            "${dateTime().withMonthOfYear(2).withDayOfMonth(29).withYear(2021).toString('dd.MM.yyyy')}",
            "28.02.2021".into(),
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
        ("${dateTime().withDayOfMonth(32)}", "out of range"),
        ("${dateTime().withMonthOfYear(13)}", "out of range"),
        ("${dateTime().withDayOfWeek(8)}", "out of range"),
        (
            "${dateTime().withTime(17, 60, 0, 0)}",
            "withTime takes a time",
        ),
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
        (
            "${S('[1,2,2]').insertAt(0, 0).insertAfter(2, 9).insertBefore(1, 8).removeLast(2).removeAt(-1).toString()}",
            "[0,8,1,2]".into(),
        ),
        (
            "${S('[1,2,2]').lastIndexOf(2) + S('[1,2]').indexOf(2)}",
            Value::Long(3),
        ),
        (
            "${S('[1]').contains(1) && !S('[1]').contains('1')}",
            true.into(),
        ),
        (
            "${S('{\"a\":1,\"b\":2}').deleteProp('a').toString()}",
            "{\"b\":2}".into(),
        ),
        ("${json.getDataFormatName()}", "application/json".into()),
    ]);
    let found = |path: &str| {
        let value = eval(&format!("${{json.jsonPath(\"{path}\").element()}}"));
        value
            .map(|value| value.to_string())
            .map_err(|e| e.to_string())
    };
    for (path, expected) in [
        ("$.items[?(@.tag == 'b')].price", "[12.5]"),
        ("$.items[?(@.price > 5 && @.tag != 'a')].tag", "[\"b\"]"),
        (
            "$.items[?(@.price <= 5 || @.tag == 'b')].tag",
            "[\"a\",\"b\"]",
        ),
        ("$.items[?(!(@.price < 10))].tag", "[\"b\"]"),
        ("$.items[?(@.tag)].tag", "[\"a\",\"b\"]"),
        ("$.items[?(@.gone)].tag", "[]"),
        ("$.items[?(@.price == $.items[0].price)].tag", "[\"a\"]"),
        ("$.items[0:1].tag", "[\"a\"]"),
        ("$.items[-1:].tag", "[\"b\"]"),
        ("$.items[0,1].tag", "[\"a\",\"b\"]"),
        ("$['name','ok']", "[\"n\",true]"),
        ("$.items.length()", "2"),
        ("$..tag", "[\"a\",\"b\"]"),
        ("$..[?(@.price > 10)].tag", "[\"b\"]"),
    ] {
        assert_eq!(found(path).as_deref(), Ok(expected), "{path}");
    }
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
            "${json.jsonPath('$.items[?(@.price ~ 5)]').element()}",
            "a ')' is missing",
        ),
        (
            "${json.jsonPath('$.items.max()').element()}",
            "only length()",
        ),
        (
            "${json.deleteProp('gone')}",
            "Unable to find property 'gone'",
        ),
        ("${S('[1]').indexOf(2)}", "Unable to find '2' in JsonNode"),
        ("${S('[1]').removeAt(1)}", "Index: 1, Size: 1"),
        ("${json.removeAt(1)}", "removeAt(…) needs a json array"),
        ("${json.jsonPath('$.name')}", "needs .element()"),
        (
            "${json.prop('name').numberValue()}",
            "Unable to parse '\"n\"' to Number",
        ),
    ]);
}

#[test]
fn what_an_object_does_not_have_is_known_before_it_runs() {
    let unknown = |text: &str| {
        let template = Template::parse(text).unwrap();
        let of = [Builtin::Execution, Builtin::Task, Builtin::ExternalTask];
        template.unknown_member(&of)
    };
    for (text, object, member) in [
        (
            "${execution.getActivity()}",
            Builtin::Execution,
            "getActivity()",
        ),
        ("${execution.nothing}", Builtin::Execution, "nothing"),
        (
            "x ${1 + task.getDelegationState()}",
            Builtin::Task,
            "getDelegationState()",
        ),
        (
            "${externalTask.getVariable('x')}",
            Builtin::ExternalTask,
            "getVariable()",
        ),
    ] {
        assert_eq!(unknown(text), Some((object, member.to_owned())), "{text}");
    }
    for text in [
        "${execution.getVariableLocal('x').foo()}",
        "${execution.processInstance.businessKey}",
        "${execution.getProcessInstance().nothing}",
        "${execution.getBpmnModelElementInstance().getName()}",
        "${execution.variableNames}",
        "${execution.getVariableLocalTyped('x').value}",
        "${task.execution.id == task.getExecutionId()}",
        "${task.setAssignee('ana')}",
        "${externalTask.getErrorMessage()}",
        "${other.nothing}",
    ] {
        assert_eq!(unknown(text), None, "{text}");
    }
}

#[test]
fn paths_tell_whole_numbers_from_one_another() {
    let list = "[-2,9007199254740992,9007199254740993,18446744073709551615]";
    for (test, expected) in [
        ("@ == 9007199254740993", "[9007199254740993]"),
        (
            "@ > 9007199254740992",
            "[9007199254740993,18446744073709551615]",
        ),
        (
            "@ < -1 || @ == 18446744073709551615",
            "[-2,18446744073709551615]",
        ),
        (
            "@ == 9007199254740992.0",
            "[9007199254740992,9007199254740993]",
        ),
    ] {
        let found = json_path(list, &format!("$[?({test})]"), &mut Budget::default());
        assert_eq!(found.unwrap().to_string(), expected, "{test}");
    }
}
