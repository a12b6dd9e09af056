//! What the values of a column look like.

use super::text::{boolean, date, integer, time, timestamp};
use super::{BITS_64, ColumnType, Decimal, Field, Moment, plain};
use std::borrow::Cow;

/// What the texts of a column have in common.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::insert) struct Inference {
    seen: bool,
    not: [bool; 6],
}

impl Inference {
    /// Looks at one more value.
    pub(in crate::insert) fn see(&mut self, field: Field<'_>) {
        let text = match field {
            Field::Null => return,
            Field::Text(text) => Cow::Borrowed(text),
            Field::Exact(text) | Field::Binary(text) => plain(text),
            other => Cow::Owned(other.to_string()),
        };
        self.seen = true;
        let tests: [fn(&str) -> bool; 6] = [
            is_integer,
            |text| Decimal::parse(text).is_some_and(|n| n.is_natural(text)),
            |text| boolean(text).is_some(),
            |text| date(text).is_some(),
            |text| timestamp(text).is_some(),
            |text| time(text).is_some(),
        ];
        for (not, test) in self.not.iter_mut().zip(tests) {
            *not = *not || !test(&text);
        }
    }

    /// The narrowest type that takes all that was seen; `None` if there was nothing but NULL.
    pub(in crate::insert) fn result(&self) -> Option<ColumnType> {
        let kinds = [
            BITS_64,
            ColumnType::Decimal {
                precision: None,
                scale: None,
                binary: false,
            },
            ColumnType::Boolean,
            ColumnType::Date(Moment::Text),
            ColumnType::Timestamp(Moment::Text),
            ColumnType::Time(Moment::Text),
        ];
        let fits = self
            .not
            .iter()
            .zip(kinds)
            .find(|(not, _)| !**not)
            .map(|(_, kind)| kind);
        self.seen.then(|| {
            fits.unwrap_or(ColumnType::Text {
                max: None,
                padded: false,
            })
        })
    }
}

/// A whole number that stays as it is written: `007` is a name, not a number.
fn is_integer(text: &str) -> bool {
    integer(text).is_some_and(|n| n.is_ok_and(|n| n.to_string() == text))
}
