//! A content checksum over rows that does not depend on their order.
//!
//! Each value is hashed to 128 bits, and those of a row, column after column, to 128 bits of the
//! row; the checksum is the sum of these hashes. It finds accidents (a value changed on its way,
//! a row lost or doubled), it is no defence against somebody who forges rows.

use super::types::{Cell, ColumnType, Decimal};

const SEED: [u64; 2] = [0x243f_6a88_85a3_08d3, 0x1319_8a2e_0370_7344];
const KEYS: [u64; 2] = [0x9e37_79b9_7f4a_7c15, 0xc2b2_ae3d_27d4_eb4f];

/// The hash of a value, or of a row, fed with those of its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hash([u64; 2]);

impl Default for Hash {
    /// Of a row without columns.
    fn default() -> Hash {
        Hash(SEED)
    }
}

impl Hash {
    /// Of a value. The same value hashes alike whether it was read from the frame or from the
    /// table.
    #[inline]
    pub(super) fn of(kind: &ColumnType, cell: &Cell<'_>) -> Hash {
        match cell {
            Cell::Null => Hash::word(1, 0),
            Cell::Integer(n) if kind.keeps_digits() => {
                Hash::decimal(&Decimal::parse_or_zero(&n.to_string()))
            }
            Cell::Integer(n) => Hash::word(2, n.cast_unsigned()),
            // Who keeps numbers in binary digits makes 5.0 a 5 or not, as it likes.
            Cell::Real(x) => match kind.compares_by_value().then(|| whole(*x)).flatten() {
                Some(n) => Hash::word(2, n.cast_unsigned()),
                // +0.0 turns -0.0, which no database promises to keep, into 0.0.
                None => Hash::word(3, (x + 0.0).to_bits()),
            },
            Cell::Decimal(text) => Hash::decimal(&Decimal::parse_or_zero(text)),
            // How such a document is written, only the target knows.
            Cell::Text(_) if matches!(kind, ColumnType::Json { rewritten: true }) => {
                Hash::word(12, 0)
            }
            Cell::Text(text) if matches!(kind, ColumnType::Text { padded: true, .. }) => {
                Hash::default().bytes(4, text.trim_end_matches(' ').as_bytes())
            }
            Cell::Text(text) => Hash::default().bytes(4, text.as_bytes()),
            Cell::Blob(bytes) => Hash::default().bytes(8, bytes),
            Cell::Date(days) => Hash::word(9, i64::from(*days).cast_unsigned()),
            Cell::Time(micros) => Hash::word(10, micros.cast_unsigned()),
            Cell::Timestamp(micros) => Hash::word(11, micros.cast_unsigned()),
        }
    }

    /// Of a decimal number, whatever its superfluous zeros.
    pub(super) fn decimal(number: &Decimal<'_>) -> Hash {
        let whole = if number.negative { 6 } else { 5 };
        let hash = Hash::default().bytes(whole, number.whole.as_bytes());
        hash.bytes(7, number.fraction.as_bytes())
    }

    /// Takes in the next column of a row.
    #[inline]
    pub(super) fn add(&mut self, Hash([a, b]): Hash) {
        *self = self.pair(a, b);
    }

    /// The bits.
    pub(super) fn lanes(self) -> [u64; 2] {
        self.0
    }

    #[inline]
    fn word(tag: u64, word: u64) -> Hash {
        Hash::default().pair(word, tag << 60)
    }

    /// Takes in 16 bytes.
    #[inline]
    fn pair(self, a: u64, b: u64) -> Hash {
        let [x, y] = self.0;
        let fold = |p: u64, q: u64| {
            let product = u128::from(p) * u128::from(q);
            (product as u64) ^ ((product >> 64) as u64)
        };
        // Each lane sees both words, in another place and under another key.
        Hash([
            fold(x ^ a, b ^ KEYS[0]).wrapping_add(y.rotate_left(29)) ^ KEYS[1],
            fold(y ^ b, a ^ KEYS[1]).wrapping_add(x.rotate_left(41)) ^ KEYS[0],
        ])
    }

    #[inline]
    fn bytes(mut self, tag: u8, bytes: &[u8]) -> Hash {
        let (pairs, rest) = bytes.as_chunks::<16>();
        for pair in pairs {
            self = self.block(u128::from_le_bytes(*pair));
        }
        // What is left never fills its block: its last byte says what and how much it is.
        let mark = u128::from(tag) << 124 | (rest.len() as u128) << 120;
        self.block(short(rest) | mark)
    }

    #[inline]
    fn block(self, block: u128) -> Hash {
        self.pair(block as u64, (block >> 64) as u64)
    }
}

/// Fewer than 16 bytes as a number, the first one least.
#[inline]
fn short(bytes: &[u8]) -> u128 {
    // Two pieces that meet or overlap: what both have is shifted out of the second.
    let two = |first: u64, last: u64, size: usize| {
        let behind = bytes.len() - size;
        let last = match behind {
            0 => 0,
            behind => last >> (8 * (size - behind)),
        };
        u128::from(first) | u128::from(last) << (8 * size)
    };
    if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        two(u64::from_le_bytes(*first), u64::from_le_bytes(*last), 8)
    } else if let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) {
        let wide = |bytes: &[u8; 4]| u64::from(u32::from_le_bytes(*bytes));
        two(wide(first), wide(last), 4)
    } else {
        let each = bytes.iter().rev();
        each.fold(0, |number, byte| number << 8 | u128::from(*byte))
    }
}

/// The whole number that a float is, if it is one of 64 bits.
fn whole(x: f64) -> Option<i64> {
    let range = -9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0;
    (x.fract() == 0.0 && range.contains(&x)).then_some(x as i64)
}

/// The sum of hashes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Checksum([u64; 2]);

impl Checksum {
    #[inline]
    pub(super) fn add(&mut self, hash: Hash) {
        for (sum, lane) in self.0.iter_mut().zip(hash.0) {
            *sum = sum.wrapping_add(lane);
        }
    }

    /// Takes the rows of another sum away.
    pub(super) fn subtract(&mut self, other: &Checksum) {
        for (sum, lane) in self.0.iter_mut().zip(other.0) {
            *sum = sum.wrapping_sub(lane);
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
            let mut hash = Hash::default();
            row.iter().for_each(|cell| hash.add(Hash::of(kind, cell)));
            sum.add(hash);
        }
        sum.to_string()
    }

    fn text(s: &str) -> Cell<'_> {
        Cell::Text(Cow::Borrowed(s))
    }

    #[test]
    fn the_order_of_rows_does_not_matter_but_all_else_does() {
        let t = ColumnType::Text {
            max: None,
            padded: false,
        };
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
        let kind = |binary| ColumnType::Decimal {
            precision: None,
            scale: None,
            binary,
        };
        let exact = |cell: Cell<'_>| sum(&kind(false), &[&[cell]]);
        let dec = |s| Cell::Decimal(Cow::Borrowed(s));
        assert_eq!(exact(dec("19.90")), exact(dec("+019.9")));
        assert_eq!(exact(dec("-007.00")), exact(Cell::Integer(-7)));
        assert_eq!(exact(dec("-0.00")), exact(Cell::Integer(0)));
        assert_ne!(exact(dec("1.5")), exact(dec("15")));
        assert_ne!(exact(dec("1.5")), exact(dec("-1.5")));
        let binary = |cell: Cell<'_>| sum(&kind(true), &[&[cell]]);
        assert_eq!(binary(Cell::Real(5.0)), binary(Cell::Integer(5)));
        assert_eq!(binary(Cell::Real(-0.0)), binary(Cell::Integer(0)));
        assert_ne!(binary(Cell::Real(1.5)), binary(Cell::Real(-1.5)));
        assert_ne!(binary(Cell::Real(1e19)), binary(Cell::Integer(i64::MAX)));
    }

    #[test]
    fn no_byte_of_a_long_text_is_overlooked() {
        let t = ColumnType::Text {
            max: None,
            padded: false,
        };
        let long = "0123456789abcdef".repeat(3);
        for length in [1, 7, 15, 16, 17, 31, 32, 48] {
            let of = |s: &str| sum(&t, &[&[text(s)]]);
            let right = long.get(..length).unwrap();
            for at in 0..length {
                let mut wrong = right.to_owned();
                wrong.replace_range(at..=at, "x");
                assert_ne!(of(right), of(&wrong), "{length} {at}");
            }
            assert_ne!(of(right), of(&format!("{right}\0")));
        }
    }

    #[test]
    fn a_short_text_is_the_number_of_its_bytes() {
        let bytes: Vec<u8> = (1..16).collect();
        for length in 0..16 {
            let mut wide = [0; 16];
            wide[..length].copy_from_slice(&bytes[..length]);
            assert_eq!(short(&bytes[..length]), u128::from_le_bytes(wide));
        }
    }
}
