//! A content checksum over rows that does not depend on their order.
//!
//! Each row is hashed to 128 bits, column after column; the checksum is the sum of the row
//! hashes. It finds accidents (a value changed on its way, a row lost or doubled), it is no
//! defence against somebody who forges rows.

use super::types::{Cell, ColumnType, Decimal};

const SEED: [u64; 2] = [0x243f_6a88_85a3_08d3, 0x1319_8a2e_0370_7344];
const KEYS: [u64; 2] = [0x9e37_79b9_7f4a_7c15, 0xc2b2_ae3d_27d4_eb4f];

/// The hash of one row, fed cell by cell.
#[derive(Debug, Clone, Copy)]
pub(super) struct RowHash([u64; 2]);

impl RowHash {
    pub(super) fn new() -> RowHash {
        RowHash(SEED)
    }

    fn word(&mut self, word: u64) {
        for (lane, key) in self.0.iter_mut().zip(KEYS) {
            let product = u128::from(*lane ^ word) * u128::from(key);
            *lane = ((product as u64) ^ ((product >> 64) as u64)).rotate_left(23) ^ key;
        }
    }

    fn bytes(&mut self, tag: u8, bytes: &[u8]) {
        self.word(u64::from(tag) | ((bytes.len() as u64) << 8));
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            self.word(u64::from_le_bytes(*word));
        }
        if !rest.is_empty() {
            let mut last = [0; 8];
            for (to, from) in last.iter_mut().zip(rest) {
                *to = *from;
            }
            self.word(u64::from_le_bytes(last));
        }
    }

    fn decimal(&mut self, number: &Decimal<'_>) {
        self.bytes(if number.negative { 6 } else { 5 }, number.whole.as_bytes());
        self.bytes(7, number.fraction.as_bytes());
    }

    /// Adds the next column. The same value hashes alike whether it was read from the frame
    /// or from the table.
    pub(super) fn cell(&mut self, kind: &ColumnType, cell: &Cell<'_>) {
        let by_digits = kind.compares_by_digits();
        match cell {
            Cell::Null => self.word(1),
            Cell::Integer(n) if by_digits => self.decimal(&Decimal::parse_or_zero(&n.to_string())),
            Cell::Integer(n) => {
                self.word(2);
                self.word(n.cast_unsigned());
            }
            Cell::Real(x) if by_digits => self.decimal(&Decimal::parse_or_zero(&x.to_string())),
            // +0.0 turns -0.0, which no database promises to keep, into 0.0.
            Cell::Real(x) => {
                self.word(3);
                self.word((x + 0.0).to_bits());
            }
            Cell::Decimal(text) => self.decimal(&Decimal::parse_or_zero(text)),
            Cell::Text(text) => self.bytes(4, text.as_bytes()),
            Cell::Blob(bytes) => self.bytes(8, bytes),
        }
    }
}

/// The sum of row hashes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Checksum([u64; 2]);

impl Checksum {
    pub(super) fn add(&mut self, row: RowHash) {
        for (sum, lane) in self.0.iter_mut().zip(row.0) {
            *sum = sum.wrapping_add(lane);
        }
    }
}

impl std::fmt::Display for Checksum {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [a, b] = self.0;
        write!(f, "{a:016x}{b:016x}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::borrow::Cow;

    fn sum(kind: &ColumnType, rows: &[&[Cell<'_>]]) -> String {
        let mut sum = Checksum::default();
        for row in rows {
            let mut hash = RowHash::new();
            row.iter().for_each(|cell| hash.cell(kind, cell));
            sum.add(hash);
        }
        sum.to_string()
    }

    fn text(s: &str) -> Cell<'_> {
        Cell::Text(Cow::Borrowed(s))
    }

    #[test]
    fn the_order_of_rows_does_not_matter_but_all_else_does() {
        let t = ColumnType::Text { max: None };
        let of = |rows: &[&[Cell<'_>]]| sum(&t, rows);
        assert_eq!(
            of(&[&[text("a"), text("b")], &[text("c"), text("d")]]),
            of(&[&[text("c"), text("d")], &[text("a"), text("b")]])
        );
        let one = of(&[&[text("a"), text("b")]]);
        for other in [
            of(&[&[text("b"), text("a")]]),
            of(&[&[text("ab"), text("")]]),
            of(&[&[text("a"), Cell::Null]]),
            of(&[&[text("a"), text("b")], &[text("a"), text("b")]]),
        ] {
            assert_ne!(one, other);
        }
        assert_ne!(of(&[&[text("")]]), of(&[&[Cell::Null]]));
        assert_ne!(of(&[&[text("12345678")]]), of(&[&[text("12345679")]]));
    }

    #[test]
    fn decimals_are_equal_by_value() {
        let d = ColumnType::Decimal {
            precision: None,
            scale: None,
            binary: true,
        };
        let of = |cell: Cell<'_>| sum(&d, &[&[cell]]);
        let dec = |s| Cell::Decimal(Cow::Borrowed(s));
        assert_eq!(of(dec("19.90")), of(Cell::Real(19.9)));
        assert_eq!(of(dec("-007.00")), of(Cell::Integer(-7)));
        assert_eq!(of(dec("-0.00")), of(Cell::Integer(0)));
        assert_eq!(of(Cell::Real(5.0)), of(Cell::Integer(5)));
        assert_ne!(of(dec("1.5")), of(dec("15")));
        assert_ne!(of(dec("1.5")), of(dec("-1.5")));
    }
}
