//! Why both differ: what is known of dsntk 0.3.0, each with the text of DMN 1.5 (or the case of
//! the TCK) that settles it. A cause looks at both values, not only at the shape.

use crate::parts::Origin;
use crate::sides::{Other, agree, ours, theirs};
use crewdesk::feel::{Number, Value};
use dsntk_feel::values::Value as Theirs;

/// A cause, and whether it is that of an origin.
pub struct Cause {
    pub name: &'static str,
    is_of: fn(&Seen) -> bool,
}

/// An origin with both values.
pub struct Seen<'o> {
    origin: &'o Origin,
    ours: Value,
    theirs: Other,
}

impl Seen<'_> {
    fn is_null_there(&self) -> bool {
        matches!(self.theirs, Other::Value(Theirs::Null(_)))
    }

    fn has_shape(&self, start: &str) -> bool {
        self.origin.shape.starts_with(start)
    }

    /// The value of an expression here.
    fn here(text: &str) -> Option<String> {
        ours(text).ok().map(|value| value.to_string())
    }

    fn number_there(&self) -> Option<Number> {
        match &self.theirs {
            Other::Value(Theirs::Number(n)) => Number::parse(&n.to_string()),
            _ => None,
        }
    }
}

pub const CAUSES: &[Cause] = &[
    Cause {
        name: "a time later or earlier by a duration is not brought back into the day there (§10.3.2.3.4: modulo 86400)",
        is_of: |seen| {
            let (Value::Time(a), Other::Value(Theirs::Time(b))) = (&seen.ours, &seen.theirs) else {
                return false;
            };
            let (a, b) = (a.to_string(), b.to_string());
            let split = |text: &str| {
                let (hours, rest) = text.split_once(':')?;
                Some((hours.parse::<i64>().ok()?, rest.to_owned()))
            };
            let (Some((hours, rest)), Some((there, other))) = (split(&a), split(&b)) else {
                return false;
            };
            !(0..24).contains(&there) && there.rem_euclid(24) == hours && rest == other
        },
    },
    Cause {
        name: "a built-in name of several words behind a path is not read there (grammar rule 26; with the path's value in its place both agree)",
        is_of: |seen| {
            // One of them is also words with an operator between, whose value is null.
            let operator = seen.origin.text.contains("years and months duration(");
            let unread = operator || matches!(seen.theirs, Other::Refused(_));
            unread && agree(&seen.origin.apart)
        },
    },
    Cause {
        name: "null compared with a value is null there (rule 49.a: `null = e` is whether e is null)",
        is_of: |seen| {
            let nulls = seen
                .origin
                .operands
                .iter()
                .filter(|value| value.is_null())
                .count();
            match (&seen.ours, seen.origin.shape.as_str()) {
                (Value::Boolean(equal), "(_ = _)") => nulls == 1 && !equal && seen.is_null_there(),
                (Value::Boolean(differ), "(_ != _)") => {
                    nulls == 1 && *differ && seen.is_null_there()
                }
                (Value::List(items), shape) if shape.starts_with("_[item != ") => {
                    let kept = items.iter().filter(|item| !item.is_null());
                    let kept: Vec<String> = kept.map(Value::to_string).collect();
                    kept.len() < items.len()
                        && matches!(&seen.theirs, Other::Value(found) if agree_text(&kept, found))
                }
                _ => false,
            }
        },
    },
    Cause {
        name: "null is gone through like a list of one there (10.3.2.14: what is no list is out of the domain)",
        is_of: |seen| {
            let of = ["(for ", "(some ", "(every "];
            let null = seen.origin.operands.first().is_some_and(Value::is_null);
            of.iter().any(|of| seen.has_shape(of)) && null && seen.ours.is_null()
        },
    },
    Cause {
        name: "null counts like a list of one there (table 75: its domain are lists)",
        is_of: |seen| {
            let null = seen.origin.operands.first().is_some_and(Value::is_null);
            let of = [
                "count(",
                "reverse(",
                "flatten(",
                "distinct values(",
                "insert before(",
                "remove(",
                "sublist(",
            ];
            of.iter().any(|of| seen.has_shape(of)) && null && seen.ours.is_null()
        },
    },
    Cause {
        name: "of tests in brackets of which one can not be said all are false there (table 55: `in` is an `or` of them)",
        is_of: |seen| {
            let null = seen.origin.operands.first().is_some_and(Value::is_null);
            let there = matches!(seen.theirs, Other::Value(Theirs::Boolean(false)));
            seen.has_shape("(_ in (") && null && seen.ours.is_null() && there
        },
    },
    Cause {
        name: "the minus of a number is not part of it there before `instance of` (grammar rule 35; the same in parentheses agrees)",
        is_of: |seen| {
            let [Value::Number(n)] = seen.origin.operands.as_slice() else {
                return false;
            };
            let apart = seen.origin.shape.replacen('_', &format!("({n})"), 1);
            let minus = seen.origin.text.starts_with("(-");
            seen.has_shape("(_ instance of ") && minus && agree(&apart)
        },
    },
    Cause {
        name: "string join keeps the delimiter of a null there (table 74: string join([\"a\", null, \"c\"], \"X\") is aXc)",
        is_of: |seen| {
            let Some(Value::List(items)) = seen.origin.operands.first() else {
                return false;
            };
            let texts = items.iter().filter(|item| !item.is_null());
            let texts: Vec<String> = texts.map(Value::to_string).collect();
            seen.has_shape("string join(")
                && texts.len() < items.len()
                && seen.ours.to_string() == texts.join("-")
        },
    },
    Cause {
        name: "a zero with decimals can not be rounded there (table 76: the scale asked for is in its range)",
        is_of: |seen| {
            let zero =
                matches!(seen.origin.operands.first(), Some(Value::Number(n)) if n.is_zero());
            let rounds = ["decimal(", "round ", "floor(", "ceiling("];
            let there = seen.theirs.to_string().contains("invalid scale");
            zero && there
                && rounds.iter().any(|of| seen.has_shape(of))
                && matches!(seen.ours, Value::Number(n) if n.is_zero())
        },
    },
    Cause {
        name: "round half down cuts off what is above one half there (table 76: to the nearest)",
        is_of: |seen| {
            let (Some(Value::Number(n)), Value::Number(here), Some(there)) = (
                seen.origin.operands.first(),
                &seen.ours,
                seen.number_there(),
            ) else {
                return false;
            };
            let far = |other: Number| ours(&format!("abs({n} - {other})")).ok();
            let farther = |a: Option<Value>, b: Option<Value>| Some(a?.compare(&b?)?.is_gt());
            seen.has_shape("round half down(") && farther(far(there), far(*here)) == Some(true)
        },
    },
    Cause {
        name: "rounded to one unit of its last digit a number is 1 there, or -1 (table 76: 0.1 has the scale 1)",
        is_of: |seen| {
            let scale = seen.origin.shape.strip_suffix(')');
            let scale = scale.and_then(|shape| shape.rsplit_once(", "));
            let Some((_, scale)) = scale.filter(|_| seen.has_shape("round ")) else {
                return false;
            };
            let there = seen.number_there().map(|n| n.to_string());
            there.is_some_and(|n| {
                let unit = format!("{n} / 10 ** {scale}");
                n.trim_start_matches('-') == "1" && Seen::here(&unit) == Some(seen.ours.to_string())
            })
        },
    },
    Cause {
        name: "years and months duration backwards counts a month that has not passed there (TCK 1120: from 30 January back to 28 February is -P11M)",
        is_of: |seen| {
            let [Value::Date(from), Value::Date(to)] = seen.origin.operands.as_slice() else {
                return false;
            };
            let forth = format!("years and months duration(date(\"{to}\"), date(\"{from}\"))");
            let less = format!("string(duration(\"{}\") - duration(\"P1M\"))", seen.ours);
            seen.has_shape("years and months duration(")
                && from.days() > to.days()
                && Seen::here(&format!("-{forth}")) == Some(seen.ours.to_string())
                && Seen::here(&less) == Some(seen.theirs.to_string())
        },
    },
    Cause {
        name: "a days and time duration of more than 292 years can not be multiplied there (§10.3.2.3.7: a number of seconds, without a bound)",
        is_of: |seen| {
            let of = |value: &Value| matches!(value, Value::Duration(_));
            let longest = "duration(\"P106751DT23H47M16.854775807S\")";
            let longer = format!("abs(duration(\"{}\")) > {longest}", seen.ours);
            seen.has_shape("(_ * ")
                && of(&seen.ours)
                && Seen::here(&longer).is_some_and(|longer| longer == "true")
                && seen.theirs.to_string().contains("out of range of days")
        },
    },
    Cause {
        name: "the text of 0 may be -0 there (§10.3.2.3.1: there is no distinction between -0 and 0)",
        is_of: |seen| {
            let there = match &seen.theirs {
                Other::Value(Theirs::String(text)) => text.as_str(),
                _ => return false,
            };
            let zero = Number::parse(there).is_some_and(Number::is_zero);
            seen.origin.shape == "string(_)"
                && matches!(&seen.ours, Value::String(text) if **text == *"0")
                && zero
                && there.starts_with('-')
        },
    },
    Cause {
        name: "the text of a number keeps zeros at its end there (10.3.2.3.1: 1.0 and 1 are one value)",
        is_of: |seen| {
            let (Value::String(a), Other::Value(Theirs::String(b))) = (&seen.ours, &seen.theirs)
            else {
                return false;
            };
            let same = Number::parse(a).is_some_and(|a| Number::parse(b) == Some(a));
            seen.origin.shape == "string(_)" && same && b.contains('.') && b.ends_with('0')
        },
    },
];

fn agree_text(items: &[String], found: &Theirs) -> bool {
    let there = match found {
        Theirs::List(items) => items.iter().map(ToString::to_string).collect(),
        _ => Vec::new(),
    };
    there == items
}

pub fn of(origin: &Origin) -> Option<&'static Cause> {
    let seen = Seen {
        ours: ours(&origin.text).ok()?,
        theirs: theirs(&origin.text),
        origin,
    };
    CAUSES.iter().find(|cause| (cause.is_of)(&seen))
}
