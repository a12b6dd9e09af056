//! FEEL values as the texts that Java has of them: what Camunda makes of them in a column of texts.

use crate::feel::Value;
use crate::feel::temporal::{DateTime, Duration, SECOND};
use crate::juel;
use crate::value::Value as Variable;

/// `String.valueOf` of what FEEL-Scala hands on.
pub(super) fn text(value: &Value) -> String {
    juel::java_text(&object(value)).unwrap_or_default()
}

/// The value as Java has it, with texts in place of what process variables do not know.
fn object(value: &Value) -> Variable {
    match value {
        Value::Date(date) => Variable::String(date.to_string()),
        Value::Time(time) => Variable::String(clock(&time.to_string())),
        Value::DateTime(at) => Variable::String(moment(at)),
        Value::Duration(duration) => Variable::String(period(duration)),
        Value::List(items) => Variable::List(items.iter().map(object).collect()),
        Value::Context(context) => {
            let entries = context.entries().iter();
            Variable::Map(entries.map(|(k, v)| (k.to_string(), object(v))).collect())
        }
        other => other.to_variable(),
    }
}

/// `10:00:00.5Z` as `LocalTime` has it: no seconds where there are none, fractions of three, six or
/// nine digits.
fn clock(text: &str) -> String {
    let (time, rest) = text.split_at_checked(8).unwrap_or((text, ""));
    let digits = rest.strip_prefix('.').unwrap_or_default();
    let digits = digits.bytes().take_while(u8::is_ascii_digit).count();
    let zone = rest.get(if digits > 0 { digits + 1 } else { 0 }..);
    let zone = zone.unwrap_or_default();
    let time = match (digits, time.strip_suffix(":00")) {
        (0, Some(short)) => short.to_owned(),
        (0, None) => time.to_owned(),
        _ => {
            let fraction = &rest[1..=digits];
            format!("{time}.{fraction:0<width$}", width = digits.div_ceil(3) * 3)
        }
    };
    format!("{time}{zone}")
}

/// `ZonedDateTime` and `LocalDateTime`.
fn moment(at: &DateTime) -> String {
    let text = at.to_string();
    let (date, time) = text.split_once('T').unwrap_or((&text, ""));
    let (time, region) = match time.split_once('@') {
        Some((time, region)) => (time, format!("{}[{region}]", offset(at))),
        None => (time, String::new()),
    };
    format!("{date}T{}{region}", clock(time))
}

fn offset(at: &DateTime) -> String {
    let Some(seconds) = at.offset().filter(|seconds| *seconds != 0) else {
        return "Z".to_owned();
    };
    let sign = if seconds < 0 { '-' } else { '+' };
    let minutes = seconds.unsigned_abs() / 60;
    format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}

/// `Period` and `Duration`, whose greatest unit is hours and whose parts have their signs.
fn period(duration: &Duration) -> String {
    let parts: Vec<(i128, char)> = match duration {
        Duration::Months(0) => return "P0D".to_owned(),
        Duration::Months(months) => {
            let months = i128::from(*months);
            vec![(months / 12, 'Y'), (months % 12, 'M')]
        }
        Duration::Nanos(nanos) if nanos % SECOND != 0 => return duration.to_string(),
        Duration::Nanos(0) => return "PT0S".to_owned(),
        Duration::Nanos(nanos) => {
            let seconds = nanos / SECOND;
            let minutes = seconds / 60;
            vec![
                (minutes / 60, 'H'),
                (minutes % 60, 'M'),
                (seconds % 60, 'S'),
            ]
        }
    };
    let some = parts.iter().filter(|(count, _)| *count != 0);
    let text: String = some.map(|(count, unit)| format!("{count}{unit}")).collect();
    match duration {
        Duration::Months(_) => format!("P{text}"),
        Duration::Nanos(_) => format!("PT{text}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feel::{Budget, Expression, ParseScope, Scope};

    #[test]
    fn texts_are_those_of_java() {
        for (feel, java) in [
            ("3.0", "3"),
            ("1.50", "1.5"),
            ("12345678.5", "1.23456785E7"),
            ("[1, \"a\", null]", "[1, a, null]"),
            ("{a: 1, b c: [2.5]}", "{a=1, b c=[2.5]}"),
            ("@\"2026-01-31\"", "2026-01-31"),
            ("@\"10:00:00\"", "10:00"),
            ("@\"10:00:05.5+01:00\"", "10:00:05.500+01:00"),
            ("@\"2026-01-31T10:00:00\"", "2026-01-31T10:00"),
            ("@\"2026-01-31T10:00:00Z\"", "2026-01-31T10:00Z"),
            (
                "@\"2026-01-31T10:00:00@Europe/Paris\"",
                "2026-01-31T10:00+01:00[Europe/Paris]",
            ),
            ("@\"P1DT2H\"", "PT26H"),
            ("@\"-P1DT2H30M\"", "PT-26H-30M"),
            ("@\"P1Y2M\"", "P1Y2M"),
            ("@\"-P14M\"", "P-1Y-2M"),
            ("@\"P0M\"", "P0D"),
        ] {
            let parsed = Expression::parse(feel, &ParseScope::new()).unwrap();
            let value = parsed.eval(&Scope::new(), &mut Budget::default()).unwrap();
            assert_eq!(text(&value), java, "{feel}");
        }
    }
}
