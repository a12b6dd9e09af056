//! Typed text, its values, and what is said when it does not fit.

use super::{Constraint, FieldType, Form, FormField, Given, Widget, hidden};
use crate::value::{FileValue, Map, SecretHandle, Value};
use chrono::{DateTime, Local, TimeZone, Utc};
use indexmap::IndexMap;
use proptest::prelude::*;
use serde_json::Value as Json;

/// The form of a file, in which variables offer this.
fn camunda(file: &Json, offered: &dyn Fn(&str) -> Option<Json>) -> Option<Form> {
    let said = |expression: &str| (expression == "who").then(|| "Ana".to_owned());
    let said = &said;
    Form::camunda(file, &Given { offered, said })
}

fn field(kind: FieldType, constraints: &[Constraint]) -> FormField {
    FormField {
        hide: None,
        id: "f".into(),
        label: "F".into(),
        kind,
        default_value: None,
        constraints: constraints.to_vec(),
        properties: IndexMap::new(),
    }
}

/// A Monday.
fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 3, 2, 9, 0, 0).unwrap()
}

fn date(pattern: &str) -> FormField {
    field(
        FieldType::Date {
            pattern: pattern.into(),
        },
        &[],
    )
}

fn secret(constraints: &[Constraint]) -> FormField {
    let mut field = field(FieldType::String, constraints);
    field.properties.insert("widget".into(), "secret".into());
    field
}

fn told(field: &FormField, input: &str) -> String {
    field.check(input, now()).unwrap_err().to_string()
}

#[test]
fn strings_are_taken_as_they_are() {
    let field = field(
        FieldType::String,
        &[Constraint::MinLength(2), Constraint::MaxLength(3)],
    );
    assert_eq!(field.check("äöü", now()), Ok("äöü".into()));
    assert_eq!(field.check(" a", now()), Ok(" a".into()));
    assert_eq!(field.check("", now()), Ok(Value::Null));
    assert_eq!(told(&field, "ä"), "f: write at least 2 characters");
    assert_eq!(told(&field, "four"), "f: write at most 3 characters");
}

#[test]
fn required_and_read_only() {
    let required = field(FieldType::String, &[Constraint::Required]);
    assert_eq!(told(&required, "  "), "f: fill this in, it is required");
    assert_eq!(required.check("x", now()), Ok("x".into()));
    let readonly = field(
        FieldType::Long,
        &[Constraint::Readonly, Constraint::Required],
    );
    assert_eq!(told(&readonly, "1"), "f: leave this out, it is read-only");
    assert_eq!(readonly.check("", now()), Ok(Value::Null));
}

#[test]
fn whole_numbers_with_their_bounds() {
    let plain = field(FieldType::Long, &[]);
    assert_eq!(plain.check(" -12 ", now()), Ok(Value::Long(-12)));
    assert_eq!(told(&plain, "1.5"), "f: write a whole number");
    assert_eq!(
        told(&plain, "9223372036854775808"),
        "f: write a whole number"
    );
    let bounded = field(
        FieldType::Long,
        &[Constraint::Min(0.into()), Constraint::Max(100.into())],
    );
    assert_eq!(bounded.check("0", now()), Ok(Value::Long(0)));
    assert_eq!(bounded.check("100", now()), Ok(Value::Long(100)));
    for wrong in ["-1", "101", "many"] {
        assert_eq!(
            told(&bounded, wrong),
            "f: write a whole number from 0 to 100"
        );
    }
    let least = field(FieldType::Long, &[Constraint::Min(5.into())]);
    assert_eq!(told(&least, "4"), "f: write a whole number of at least 5");
    let most = field(FieldType::Long, &[Constraint::Max(5.into())]);
    assert_eq!(told(&most, "6"), "f: write a whole number of at most 5");
}

#[test]
fn the_bounds_of_a_number_may_have_decimals() {
    let file = serde_json::json!({"components": [
        {"type": "number", "key": "rate", "validate": {"min": 0.5, "max": 1.75}},
        {"type": "number", "key": "count", "decimalDigits": 0, "validate": {"min": 0.5}},
        {"type": "number", "key": "large", "validate": {"max": i64::MAX}}]});
    let form = camunda(&file, &|_| None).expect("a form");
    let [rate, count, large] = form.fields.as_slice() else {
        panic!("{form:?}");
    };
    assert_eq!(rate.check("0.5", now()), Ok(Value::Double(0.5)));
    assert_eq!(rate.check("1", now()), Ok(Value::Long(1)));
    for wrong in ["0.49", "0", "1.76", "2"] {
        let said = "rate: write a number from 0.5 to 1.75";
        assert_eq!(told(rate, wrong), said, "{wrong}");
    }
    assert_eq!(count.check("1", now()), Ok(Value::Long(1)));
    let said = "count: write a whole number of at least 0.5";
    assert_eq!(told(count, "0"), said);
    let most = Value::Long(i64::MAX);
    assert_eq!(large.check(&i64::MAX.to_string(), now()), Ok(most));
    // As a served desk says it.
    let json = serde_json::to_string(rate).unwrap();
    assert_eq!(&serde_json::from_str::<FormField>(&json).unwrap(), rate);
}

#[test]
fn booleans_and_choices() {
    let boolean = field(FieldType::Boolean, &[]);
    assert_eq!(boolean.check("Yes", now()), Ok(Value::Boolean(true)));
    assert_eq!(boolean.check("false", now()), Ok(Value::Boolean(false)));
    assert_eq!(told(&boolean, "maybe"), "f: write true or false");
    let values = [("append", "Append to it"), ("replace", "Replace it")];
    let values = values
        .into_iter()
        .map(|(k, v)| (k.to_owned(), v.to_owned()))
        .collect();
    let choice = field(FieldType::Enum(values), &[]);
    assert_eq!(choice.check("append", now()), Ok("append".into()));
    assert_eq!(choice.check("replace it", now()), Ok("replace".into()));
    assert_eq!(told(&choice, "drop"), "f: choose one of append, replace");
}

#[test]
fn dates_by_pattern_and_iso_8601() {
    let field = date("dd/MM/yyyy");
    let expected = Local
        .with_ymd_and_hms(2026, 3, 1, 0, 0, 0)
        .unwrap()
        .with_timezone(&Utc);
    assert_eq!(field.check("01/03/2026", now()), Ok(Value::Date(expected)));
    assert_eq!(field.check("2026-03-01", now()), Ok(Value::Date(expected)));
    assert_eq!(field.text(&Value::Date(expected)), "01/03/2026");
    assert_eq!(
        told(&field, "30/02/2026"),
        "f: write a date such as 31/12/2026, or as fri 17:00 or +2d"
    );
    assert_eq!(
        told(&field, "soon"),
        "f: write a date such as 31/12/2026, or as fri 17:00 or +2d"
    );
    let exact = Utc.with_ymd_and_hms(2026, 3, 1, 9, 30, 0).unwrap();
    assert_eq!(
        field.check("2026-03-01T10:30:00+01:00", now()),
        Ok(Value::Date(exact))
    );
    assert_eq!(
        told(&date("yyyy-MM-dd'T'HH:mm:ss"), "x"),
        "f: write a date such as 2026-12-31T17:00:00, or as fri 17:00 or +2d"
    );
}

#[test]
fn dates_as_people_say_them() {
    let field = date("yyyy-MM-dd'T'HH:mm:ss");
    let local = |day, hour, minute| {
        let at = Local
            .with_ymd_and_hms(2026, 3, day, hour, minute, 0)
            .unwrap();
        Ok(Value::Date(at.with_timezone(&Utc)))
    };
    assert_eq!(field.check("fri 17:00", now()), local(6, 17, 0));
    assert_eq!(field.check("2026-03-05 08:30", now()), local(5, 8, 30));
    assert_eq!(
        field.check("in 2h", now()),
        Ok(Value::Date(now() + chrono::TimeDelta::hours(2)))
    );
}

#[test]
fn values_that_have_a_type_are_checked_like_text() {
    let long = field(FieldType::Long, &[Constraint::Max(5.into())]);
    assert_eq!(
        long.check_value(Value::Integer(5), now()),
        Ok(Value::Long(5))
    );
    assert_eq!(long.check_value("4".into(), now()), Ok(Value::Long(4)));
    assert!(long.check_value(Value::Long(6), now()).is_err());
    assert!(long.check_value(Value::Boolean(true), now()).is_err());
    let text = field(FieldType::String, &[]);
    assert_eq!(
        text.check_value(Value::Long(1), now()).unwrap_err().message,
        "write a text"
    );
    let file = Value::File(Box::<FileValue>::default());
    assert_eq!(text.check_value(file.clone(), now()), Ok(file));
}

#[test]
fn secrets_are_neither_trimmed_nor_shown() {
    let field = secret(&[Constraint::Required, Constraint::MaxLength(4)]);
    assert_eq!(field.check("  ", now()), Ok("  ".into()));
    assert!(!told(&field, "hunter2").contains("hunter2"));
    let handle = Value::Secret(SecretHandle("s1".into()));
    assert_eq!(field.text(&handle), "");
    assert_eq!(field.check_value(handle.clone(), now()), Ok(handle));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn nothing_typed_ever_panics(input in ".{0,40}", pattern in "[yMdHhamsSZX'/: .-]{0,20}") {
        for kind in [FieldType::String, FieldType::Long, FieldType::Boolean, FieldType::Date { pattern }] {
            let field = field(kind, &[Constraint::Min(0.into()), Constraint::MaxLength(3)]);
            if let Ok(value) = field.check(&input, now()) {
                let _ = field.text(&value);
            }
        }
    }

    #[test]
    fn what_is_shown_is_read_back(seconds in 0_i64..4_000_000_000) {
        let at = Utc.timestamp_opt(seconds, 0).unwrap();
        let field = date("yyyy-MM-dd'T'HH:mm:ss");
        let text = field.text(&Value::Date(at));
        let Ok(Value::Date(read)) = field.check(&text, now()) else { panic!("{text}") };
        // An hour that the clock shows twice is read as the first.
        prop_assert!(read == at || (at - read).num_hours() == 1);
    }
}

/// One component of each kind.
const CAMUNDA: &str = r#"{"id": "ask", "type": "default", "components": [
    {"type": "text", "text": "Look at it"},
    {"type": "textfield", "key": "name", "label": "Name", "description": "as it is registered", "validate": {"required": true, "minLength": 2, "maxLength": 5}},
    {"type": "textarea", "key": "note", "label": "Note"},
    {"type": "group", "components": [{"type": "number", "key": "rows", "label": "Rows", "decimalDigits": 0, "validate": {"min": 1, "max": 9}}]},
    {"type": "number", "key": "price", "label": "Price", "validate": {"min": 0}},
    {"type": "checkbox", "key": "urgent", "label": "Urgent", "defaultValue": true},
    {"type": "radio", "key": "mode", "label": "Mode", "values": [{"label": "By hand", "value": "hand"}, {"label": "Alone", "value": "auto"}]},
    {"type": "select", "key": "who", "label": "Who", "valuesKey": "people"},
    {"type": "datetime", "key": "day", "subtype": "date", "dateLabel": "Day"},
    {"type": "checklist", "key": "parts", "label": "Parts", "validate": {"required": true}, "values": [{"value": "a"}, {"value": "b", "label": "Part B"}]},
    {"type": "taglist", "key": "tags", "defaultValue": ["new", "odd"]},
    {"type": "filepicker", "key": "pages", "validate": {"required": true}},
    {"type": "textfield", "key": "why", "label": "Why", "validate": {"required": true}, "conditional": {"hide": "=urgent"}},
    {"type": "button", "key": "send", "label": "Send"}]}"#;

#[test]
fn a_camunda_form_has_its_fields_and_what_they_ask() {
    let file = serde_json::from_str(CAMUNDA).expect("JSON");
    let form = camunda(&file, &|_| None).expect("a form");
    let ids: Vec<&str> = form.fields.iter().map(|f| f.id.as_str()).collect();
    assert_eq!(
        ids,
        [
            "@text0",
            "name",
            "note",
            "rows",
            "price",
            "urgent",
            "mode",
            "who",
            "day",
            "parts",
            "tags",
            "@filepicker11",
            "why"
        ]
    );
    let field = |id: &str| form.fields.iter().find(|f| f.id == id).expect("a field");
    assert_eq!(field("name").properties["help"], "as it is registered");
    assert_eq!(
        told(field("name"), "a"),
        "name: write at least 2 characters"
    );
    assert!(told(field("name"), "").contains("required"));
    assert_eq!(field("note").widget(), Widget::Multiline);
    assert_eq!(field("rows").check("9", now()), Ok(Value::Long(9)));
    assert_eq!(
        told(field("rows"), "10"),
        "rows: write a whole number from 1 to 9"
    );
    assert_eq!(field("price").check("2.5", now()), Ok(Value::Double(2.5)));
    assert_eq!(field("price").check("3", now()), Ok(Value::Long(3)));
    for wrong in ["-0.5", "much", "NaN", "inf"] {
        assert_eq!(
            told(field("price"), wrong),
            "price: write a number of at least 0"
        );
    }
    assert_eq!(field("urgent").default_value.as_deref(), Some("true"));
    assert_eq!(field("mode").check("by hand", now()), Ok("hand".into()));
    assert_eq!(told(field("mode"), "x"), "mode: choose one of hand, auto");
    assert_eq!(field("who").kind, FieldType::String);
    // The process gets the text that form-js would give.
    assert_eq!(field("day").label, "Day");
    assert_eq!(
        field("day").check("2026-11-30", now()),
        Ok("2026-11-30".into())
    );
    assert_eq!(field("day").text(&"2026-11-30".into()), "2026-11-30");
    assert!(told(field("day"), "soon").contains("write a date"));
    let parts = field("parts");
    assert_eq!(told(parts, " "), "parts: fill this in, it is required");
    assert_eq!(
        told(parts, "a, x"),
        "parts: choose of a, b, with commas between"
    );
    let both = Value::Json(serde_json::json!(["b", "a"]));
    assert_eq!(parts.check("Part B, a,b", now()), Ok(both.clone()));
    assert_eq!(parts.text(&both), "b, a");
    assert_eq!(parts.check_value(both.clone(), now()), Ok(both));
    assert_eq!(
        parts.properties["help"],
        "several, with commas between: b: Part B"
    );
    for empty in [",", "[]", " , ,"] {
        assert!(told(parts, empty).contains("required"), "{empty}");
    }
    let tags = field("tags");
    assert_eq!(tags.check(",", now()), Ok(Value::Null));
    let many: Vec<String> = (0..400_000).map(|n| n.to_string()).collect();
    let fits = Value::Json(serde_json::json!(many[..1_000]));
    assert_eq!(tags.check(&many[..1_000].join(","), now()), Ok(fits));
    assert_eq!(
        tags.check_value(Value::Json(many.into()), now())
            .unwrap_err()
            .message,
        "write at most 1000, with commas between"
    );
    assert_eq!(tags.default_value.as_deref(), Some("new, odd"));
    let odd = Value::Json(serde_json::json!(["a, b", "c"]));
    assert_eq!(tags.text(&odd), r#"["a, b","c"]"#);
    assert_eq!(tags.check(&tags.text(&odd), now()), Ok(odd));
    // What is not drawn says so, and keeps nobody from completing.
    let pages = form
        .fields
        .iter()
        .find(|field| field.id.starts_with("@filepicker"));
    let pages = pages.expect("what stands in its place");
    assert!(
        pages.widget() == Widget::Shown && pages.label.contains("--var pages=…"),
        "{pages:?}"
    );
    assert!(field("why").required() && field("why").hide.is_some());
}

#[test]
fn a_camunda_form_offers_what_a_variable_holds() {
    let file = serde_json::json!({"components": [
        {"type": "select", "key": "who", "valuesKey": "people"},
        {"type": "taglist", "key": "all", "valuesKey": "parts"},
        {"type": "radio", "key": "lost", "valuesKey": "none"}]});
    let offered = |name: &str| match name {
        "people" => Some(serde_json::json!([{"value": "ana", "label": "Ana B."}, {"value": 7}])),
        "parts" => Some(serde_json::json!(["a", "b"])),
        _ => None,
    };
    let form = camunda(&file, &offered).expect("a form");
    let [who, all, lost] = form.fields.as_slice() else {
        panic!("{form:?}");
    };
    assert_eq!(who.check("ana b.", now()), Ok("ana".into()));
    assert_eq!(told(who, "x"), "who: choose one of ana, 7");
    assert_eq!(told(all, "c"), "all: choose of a, b, with commas between");
    assert_eq!(lost.kind, FieldType::String);
}

#[test]
fn what_is_no_camunda_form_is_none() {
    let mut deep = "{\"type\":\"group\",\"components\":[".repeat(50);
    deep += &"]}".repeat(50);
    for text in [
        "[]",
        "{}",
        "{\"components\": 1}",
        "{\"components\": [1, null, {}]}",
        &deep,
    ] {
        let form = camunda(&serde_json::from_str(text).expect("JSON"), &|_| None);
        assert!(form.is_none_or(|form| form.fields.is_empty()), "{text:.20}");
    }
}

#[test]
fn texts_of_a_camunda_form_are_read_and_conditions_hide() {
    let file = serde_json::json!({"components": [
        {"type": "text", "text": "# Hello {{who}}\n**Read** [the rules](https://a.example) `first`"},
        {"type": "textfield", "key": "zip", "label": "Zip of {{who}}", "description": "{{who}}'s", "validate": {"required": true, "pattern": "^[0-9]{5}$"}},
        {"type": "textfield", "key": "mail", "validate": {"validationType": "email"}},
        {"type": "number", "key": "amount"},
        {"type": "group", "conditional": {"hide": "=amount < 100"}, "components": [
            {"type": "textfield", "key": "why", "conditional": {"hide": "=zip = \"12345\""},
             "validate": {"required": true}},
            {"type": "text", "text": "=who"}]},
        {"type": "text", "text": "=nobody", "conditional": {"hide": "=why = null"}}]});
    let form = camunda(&file, &|_| None).expect("a form");
    let [hello, zip, mail, _, why, ana] = form.fields.as_slice() else {
        panic!("{form:#?}");
    };
    let read = "Hello Ana\nRead the rules (https://a.example) first";
    assert_eq!(
        (hello.widget(), hello.label.as_str()),
        (Widget::Shown, read)
    );
    assert_eq!(ana.label, "Ana");
    assert_eq!(
        (zip.label.as_str(), zip.properties["help"].as_str()),
        ("Zip of Ana", "Ana's")
    );
    assert_eq!(told(zip, "1234"), "zip: write what fits ^[0-9]{5}$");
    assert_eq!(zip.check("12345", now()), Ok("12345".into()));
    assert!(told(mail, "ana").contains("write what fits"));
    assert_eq!(
        mail.check("ana@a.example", now()),
        Ok("ana@a.example".into())
    );
    let hides = |amount: i64, zip: &str| {
        let values = [("amount", amount.into()), ("zip", zip.into())];
        let values = values.map(|(name, value): (_, Value)| (name.to_owned(), value));
        let fields: Vec<_> = form.fields.iter().map(Some).collect();
        let mut given =
            |_, field: &FormField, known: &Map| known.get(&field.id).cloned().unwrap_or_default();
        let known: Map = values.into_iter().collect();
        let hidden = hidden(&fields, &known, &mut given, now());
        (hidden[4], hidden[5])
    };
    assert_eq!(hides(200, "1"), (false, false));
    assert_eq!(hides(200, "12345"), (true, false));
    assert_eq!(hides(99, "1"), (true, true));
    assert!(why.required());
}

#[test]
fn what_a_camunda_form_takes_is_bounded() {
    let nothing = |_: &str| None;
    // Brackets without links, and links in them.
    let text = format!("{}[a](b) ](x [c", "[".repeat(9_000));
    let begun = std::time::Instant::now();
    let file = serde_json::json!({"components": [{"type": "text", "text": text}]});
    let form = camunda(&file, &nothing).expect("a form");
    assert!(form.fields[0].label.ends_with("[[a (b) ](x [c"));
    assert!(begun.elapsed().as_secs() < 10, "{:?}", begun.elapsed());
    let text = format!("{})", "](".repeat(4_000_000));
    let file = serde_json::json!({"components": [{"type": "text", "text": text}]});
    camunda(&file, &nothing).expect("a form");
    assert!(begun.elapsed().as_secs() < 10, "{:?}", begun.elapsed());
    // However often a text names a variable, it is copied once.
    let value = "v".repeat(1 << 20);
    let variable = |name: &str| (name == "v").then(|| value.as_str().into());
    let said = super::sayer(&variable, now());
    assert_eq!(
        said(&format!("string length(v{})", "+v".repeat(1_000))),
        None
    );
    // Each field has the condition of its group.
    let long = format!("=x = \"{}\"", "y".repeat(20_000));
    let group = serde_json::json!({"components": [{"type": "group", "conditional": {"hide": long}, "components": [
        {"type": "textfield", "key": "a", "conditional": {"hide": "=b"}}]}]});
    let form = camunda(&group, &nothing).expect("a form");
    assert_eq!(form.fields[0].hide.as_deref(), Some("b"));
    assert!(form.fields[0].properties["help"].contains("condition"));
    // So do conditions: what is behind them is shown.
    let condition = "=count(for x in 1..1500 return x) > 0";
    let field = |n| serde_json::json!({"type": "textfield", "key": format!("f{n}"), "conditional": {"hide": condition}});
    let fields: Vec<Json> = (0..1_000).map(field).collect();
    let form = camunda(&serde_json::json!({ "components": fields }), &nothing).expect("a form");
    let fields: Vec<_> = form.fields.iter().map(Some).collect();
    let hidden = hidden(&fields, &Map::new(), &mut |_, _, _| Value::Null, now());
    let hidden = hidden.into_iter().filter(|hidden| *hidden).count();
    assert!(hidden > 50 && hidden < 900, "{hidden}");
    // Texts share what they may take.
    let value = "v".repeat(10_000);
    let variable = |name: &str| (name == "v").then(|| value.as_str().into());
    let said = super::sayer(&variable, now());
    let all: Vec<String> = (0..2_000).filter_map(|_| said("v")).collect();
    assert!(all.len() > 100 && all.len() < 600, "{}", all.len());
}
