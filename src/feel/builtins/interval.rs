//! Range functions (DMN 1.5 table 78): how points and ranges lie to each other.

use super::{Call, Fail, Outcome, Row, row, wrong};
use crate::feel::value::{Range, Value};
use std::cmp::Ordering;

pub(super) static TABLE: &[Row] = &[
    row(
        "before",
        &[
            &["point1", "point2"],
            &["range", "point"],
            &["point", "range"],
            &["range1", "range2"],
        ],
        |c| relate(c, before),
    ),
    row(
        "after",
        &[
            &["point1", "point2"],
            &["range", "point"],
            &["point", "range"],
            &["range1", "range2"],
        ],
        |c| relate(c, |a, b| before(b, a)),
    ),
    row("meets", &[&["range1", "range2"]], |c| ranges(c, meets)),
    row("met by", &[&["range1", "range2"]], |c| {
        ranges(c, |a, b| meets(b, a))
    }),
    row("overlaps", &[&["range1", "range2"]], |c| {
        ranges(c, |a, b| Some(!before(a, b)? && !before(b, a)?))
    }),
    row("overlaps before", &[&["range1", "range2"]], |c| {
        ranges(c, overlaps_before)
    }),
    row("overlaps after", &[&["range1", "range2"]], |c| {
        ranges(c, |a, b| overlaps_before(b, a))
    }),
    row(
        "finishes",
        &[&["point", "range"], &["range1", "range2"]],
        |c| relate(c, finishes),
    ),
    row(
        "finished by",
        &[&["range", "point"], &["range1", "range2"]],
        |c| relate(c, |a, b| finishes(b, a)),
    ),
    row(
        "includes",
        &[&["range", "point"], &["range1", "range2"]],
        |c| relate(c, |a, b| during(b, a)),
    ),
    row(
        "during",
        &[&["point", "range"], &["range1", "range2"]],
        |c| relate(c, during),
    ),
    row(
        "starts",
        &[&["point", "range"], &["range1", "range2"]],
        |c| relate(c, starts),
    ),
    row(
        "started by",
        &[&["range", "point"], &["range1", "range2"]],
        |c| relate(c, |a, b| starts(b, a)),
    ),
    row(
        "coincides",
        &[&["point1", "point2"], &["range1", "range2"]],
        |c| {
            relate(c, |a, b| {
                let same = start(a, b)? == Ordering::Equal && end(a, b)? == Ordering::Equal;
                Some(
                    same && a.start_included == b.start_included
                        && a.end_included == b.end_included,
                )
            })
        },
    ),
];

/// A point is a range from itself to itself.
fn range_of(value: &Value) -> Result<Range, Fail> {
    match value {
        Value::Range(range) => Ok(Range::clone(range)),
        point if point.compare(point).is_some() => Ok(Range {
            start: Some(point.clone()),
            start_included: true,
            end: Some(point.clone()),
            end_included: true,
            single: true,
        }),
        other => Err(wrong("a range or a point", other)),
    }
}

fn relate(c: &mut Call<'_, '_>, relation: fn(&Range, &Range) -> Option<bool>) -> Outcome {
    let (a, b) = (range_of(c.any(0))?, range_of(c.any(1))?);
    relation(&a, &b)
        .map(Value::Boolean)
        .ok_or(Fail::null("they can not be compared"))
}

fn ranges(c: &mut Call<'_, '_>, relation: fn(&Range, &Range) -> Option<bool>) -> Outcome {
    for ix in 0..2 {
        if !matches!(c.any(ix), Value::Range(_)) {
            return Err(wrong("a range", c.any(ix)));
        }
    }
    relate(c, relation)
}

/// Order of lower ends; a missing one lies below all others.
fn start(a: &Range, b: &Range) -> Option<Ordering> {
    match (&a.start, &b.start) {
        (Some(a), Some(b)) => a.compare(b),
        (a, b) => Some(a.is_some().cmp(&b.is_some())),
    }
}

/// Order of upper ends; a missing one lies above all others.
fn end(a: &Range, b: &Range) -> Option<Ordering> {
    match (&a.end, &b.end) {
        (Some(a), Some(b)) => a.compare(b),
        (a, b) => Some(b.is_some().cmp(&a.is_some())),
    }
}

/// Order of the upper end of one and the lower end of another.
fn gap(a: &Range, b: &Range) -> Option<Ordering> {
    match (&a.end, &b.start) {
        (Some(end), Some(start)) => end.compare(start),
        _ => Some(Ordering::Greater),
    }
}

fn before(a: &Range, b: &Range) -> Option<bool> {
    let order = gap(a, b)?;
    Some(order.is_lt() || (order.is_eq() && !(a.end_included && b.start_included)))
}

fn meets(a: &Range, b: &Range) -> Option<bool> {
    Some(gap(a, b)?.is_eq() && a.end_included && b.start_included)
}

fn overlaps_before(a: &Range, b: &Range) -> Option<bool> {
    let starts_first =
        start(a, b)?.is_lt() || (start(a, b)?.is_eq() && a.start_included && !b.start_included);
    let reaches = !before(a, b)?;
    let ends_first =
        end(a, b)?.is_lt() || (end(a, b)?.is_eq() && (!a.end_included || b.end_included));
    Some(starts_first && reaches && ends_first)
}

fn finishes(a: &Range, b: &Range) -> Option<bool> {
    let inside =
        start(a, b)?.is_gt() || (start(a, b)?.is_eq() && (!a.start_included || b.start_included));
    Some(end(a, b)?.is_eq() && a.end_included == b.end_included && inside)
}

fn starts(a: &Range, b: &Range) -> Option<bool> {
    let inside = end(a, b)?.is_lt() || (end(a, b)?.is_eq() && (!a.end_included || b.end_included));
    Some(start(a, b)?.is_eq() && a.start_included == b.start_included && inside)
}

fn during(a: &Range, b: &Range) -> Option<bool> {
    let from =
        start(a, b)?.is_gt() || (start(a, b)?.is_eq() && (b.start_included || !a.start_included));
    let to = end(a, b)?.is_lt() || (end(a, b)?.is_eq() && (b.end_included || !a.end_included));
    Some(from && to)
}
