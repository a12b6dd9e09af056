//! The regions of a column: values between which its cells make no difference.

use super::shown;
use crate::dmn::script::Test;
use crate::dmn::table::Input;
use crate::feel::temporal::{DAY, Date, DateTime, Duration, SECOND, Time};
use crate::feel::{Number, Type, Value};
use std::cmp::Ordering;

/// An end of a region: the words for its value, and whether that belongs to it.
type End = Option<(String, bool)>;

/// A region, one value of it, and the words for it.
pub(super) struct Region {
    pub value: Value,
    pub text: String,
    /// Where it begins and ends, where its values have an order.
    ends: Option<(End, End)>,
    /// It is that value alone.
    pub exact: bool,
    /// It is the texts that no cell names.
    pub other: bool,
}

impl Region {
    /// All there is.
    pub fn anything() -> Region {
        Region {
            value: Value::Null,
            text: "anything".to_owned(),
            ends: None,
            exact: false,
            other: false,
        }
    }
}

/// Words for regions; those that follow upon each other are one.
pub(super) fn in_words(regions: &[&Region]) -> Vec<String> {
    let mut words: Vec<(String, Option<(End, End)>)> = Vec::new();
    for region in regions {
        let last = words
            .last_mut()
            .and_then(|(text, ends)| Some((text, ends.as_mut()?)));
        if let (Some((text, (from, to))), Some((start, end))) = (last, &region.ends)
            && meet(to, start)
        {
            *to = end.clone();
            *text = span(from, to);
            continue;
        }
        words.push((region.text.clone(), region.ends.clone()));
    }
    words.into_iter().map(|(text, _)| text).collect()
}

/// Whether one region ends where the other begins.
fn meet(end: &End, start: &End) -> bool {
    matches!((end, start), (Some((a, inside)), Some((b, too))) if a == b && inside != too)
}

fn span(from: &End, to: &End) -> String {
    match (from, to) {
        (None, None) => "anything".to_owned(),
        (None, Some((to, inside))) => format!("{} {to}", if *inside { "<=" } else { "<" }),
        (Some((from, inside)), None) => format!("{} {from}", if *inside { ">=" } else { ">" }),
        (Some((from, with)), Some((to, inside))) => format!(
            "in {}{from}..{to}{}",
            if *with { '[' } else { '(' },
            if *inside { ']' } else { ')' }
        ),
    }
}

/// Most texts that are named to say which are not meant.
const NAMED: usize = 3;

/// The constants of one type in the cells of a column, in order.
struct Constants {
    values: Vec<Value>,
}

/// The regions of a column; none when nothing is known of its values.
pub(super) fn regions(input: &Input, cells: &[Option<&Test>]) -> Vec<Region> {
    let mut kinds: Vec<Constants> = Vec::new();
    let allowed = input.allowed.as_ref();
    let tests = cells.iter().flatten().copied().chain(allowed);
    for value in tests.filter_map(Test::constants).flatten() {
        let declared = input.declared.as_ref();
        if value.is_null() || declared.is_some_and(|of| !of.conforms(&value)) {
            continue;
        }
        match kinds.iter_mut().find(|kind| kind.is_of(&value)) {
            Some(kind) => kind.values.push(value),
            None => kinds.push(Constants {
                values: vec![value],
            }),
        }
    }
    if input.declared == Some(Type::Boolean) && kinds.is_empty() {
        kinds.push(Constants {
            values: vec![Value::Boolean(true)],
        });
    }
    let mut regions: Vec<Region> = kinds
        .iter_mut()
        .flat_map(|kind| kind.regions(input))
        .collect();
    if let Some(allowed) = allowed {
        regions.retain(|region| allowed.judge(&region.value) != Some(false));
    }
    regions
}

impl Constants {
    fn is_of(&self, value: &Value) -> bool {
        self.values
            .first()
            .is_some_and(|known| known.type_name() == value.type_name())
    }

    fn regions(&mut self, input: &Input) -> Vec<Region> {
        if let Some(Value::Boolean(_)) = self.values.first() {
            let truth = |b: bool| Region {
                value: Value::Boolean(b),
                text: format!("= {b}"),
                ends: None,
                exact: true,
                other: false,
            };
            return vec![truth(true), truth(false)];
        }
        if !self.values.iter().all(|v| v.compare(v).is_some()) {
            return Vec::new();
        }
        self.values
            .sort_by(|a, b| a.compare(b).unwrap_or(Ordering::Equal));
        self.values
            .dedup_by(|a, b| a.compare(b) == Some(Ordering::Equal));
        let mut regions = Vec::new();
        // Texts are named one by one; what lies between them is any other.
        let texts = matches!(self.values.first(), Some(Value::String(_)));
        let other = texts;
        let rest = match self.values.len() {
            0..=NAMED => {
                let named: Vec<String> = self.values.iter().map(shown).collect();
                format!("other than {}", named.join(", "))
            }
            _ => "another text".to_owned(),
        };
        let end = |value: &Value, inside: bool| Some((shown(value), inside));
        let mut add = |value: Option<Value>, ends: (End, End), exact: bool| {
            let other = other && !exact;
            let text = match (&ends.0, exact) {
                (Some((value, _)), true) => format!("= {value}"),
                _ if other => rest.clone(),
                _ => span(&ends.0, &ends.1),
            };
            // Texts have no words for what lies between them.
            let ends = Some(ends).filter(|_| !texts);
            regions.extend(value.map(|value| Region {
                value,
                text,
                ends,
                exact,
                other,
            }));
        };
        let Some(first) = self.values.first() else {
            return Vec::new();
        };
        add(below(first), (None, end(first, false)), false);
        for (ix, value) in self.values.iter().enumerate() {
            let exactly = (end(value, true), end(value, true));
            add(Some(value.clone()), exactly, true);
            match self.values.get(ix + 1) {
                Some(next) => {
                    let between = (end(value, false), end(next, false));
                    add(middle(value, next, input), between, false);
                }
                None => add(above(value), (end(value, false), None), false),
            }
        }
        regions
    }
}

fn moved(value: &Value, up: bool) -> Option<Value> {
    let sign = if up { 1 } else { -1 };
    Some(match value {
        Value::Number(n) => Value::Number(n.checked_add(Number::from(sign))?),
        Value::Date(d) => Value::Date(Date::from_days(d.days() + i64::from(sign))?),
        Value::DateTime(t) => Value::DateTime(t.plus(i128::from(sign) * DAY)?),
        Value::Duration(Duration::Months(m)) => {
            Value::Duration(Duration::months(i128::from(*m) + i128::from(sign))?)
        }
        Value::Duration(Duration::Nanos(n)) => {
            Value::Duration(Duration::nanos(n + i128::from(sign) * SECOND)?)
        }
        Value::Time(t) => {
            let moved = t.plus(i128::from(sign) * SECOND);
            // Past midnight there is no time.
            (moved.compare(*t)?.is_gt() == up).then_some(Value::Time(moved))?
        }
        Value::String(text) if up => Value::from(format!("{text}\u{1}")),
        _ => return None,
    })
}

fn below(first: &Value) -> Option<Value> {
    match first {
        Value::String(text) if text.is_empty() => None,
        Value::String(_) => Some(Value::from("")),
        other => moved(other, false),
    }
}

fn above(last: &Value) -> Option<Value> {
    moved(last, true)
}

/// A value between two, if there is one.
fn middle(low: &Value, high: &Value, input: &Input) -> Option<Value> {
    let between = match (low, high) {
        (Value::Number(a), Value::Number(b)) => {
            let half = a.checked_add(*b)?.checked_div(Number::from(2))?;
            Value::Number(if input.is_whole() { half.floor() } else { half })
        }
        (Value::Date(a), Value::Date(b)) => {
            Value::Date(Date::from_days(a.days() + (b.days() - a.days()) / 2)?)
        }
        (Value::DateTime(a), Value::DateTime(b)) => {
            Value::DateTime(DateTime::plus(*a, b.since(*a)? / 2)?)
        }
        (Value::Time(a), Value::Time(b)) => Value::Time(Time::plus(*a, b.since(*a)? / 2)),
        (Value::Duration(Duration::Months(a)), Value::Duration(Duration::Months(b))) => {
            Value::Duration(Duration::Months(a + (b - a) / 2))
        }
        (Value::Duration(Duration::Nanos(a)), Value::Duration(Duration::Nanos(b))) => {
            Value::Duration(Duration::Nanos(a + (b - a) / 2))
        }
        (Value::String(_), _) => moved(low, true)?,
        _ => return None,
    };
    let inside = low.compare(&between)?.is_lt() && between.compare(high)?.is_lt();
    inside.then_some(between)
}
