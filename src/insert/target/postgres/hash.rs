//! The hash that PostgreSQL itself has of a row, `hash_record_extended`: where the server comes to
//! the same sum over what stands in its table, no row needs to be sent back.
//!
//! These hashes decide in which partition of a table a row is, so that servers keep to them. One
//! that does not (another byte order, encoding or collation) comes to another sum, and its rows are
//! read.

use super::binary::Codec;
use crate::insert::types::Cell;

/// The first version that hashes rows, as `server_version_num`.
pub(super) const SINCE: u32 = 140_000;

/// The most columns: a row that is hashed has up to two for each, and a row at most 1,664.
pub(super) const COLUMNS: usize = 800;

/// From so many rows on several processes of the server are quicker than one, which waits for none.
pub(super) const SHARED: u64 = 50_000;

/// Lets them share the work: the server takes a table for small that it has not looked at since rows
/// went in.
pub(super) const SHARE: &str = "SAVEPOINT crewdesk_hash; \
    SET LOCAL min_parallel_table_scan_size = 0; SET LOCAL parallel_setup_cost = 0";

/// For all other statements that would be slower.
pub(super) const SHARE_NO_MORE: &str = "ROLLBACK TO crewdesk_hash; RELEASE crewdesk_hash";

/// Rows that were sent: how many, and the sum of their hashes.
#[derive(Debug, Clone, Default)]
pub(super) struct Sent {
    pub(super) rows: u64,
    pub(super) sum: i128,
}

impl Sent {
    /// Takes in a row by its hash.
    #[inline]
    pub(super) fn add(&mut self, row: u64) {
        // The hash of a row is a sum of those of its values: as it is, values that change places
        // with those of other rows would leave the sum of all rows the same. Of the server's mixers
        // that of floats is the quickest that takes in more than 32 bits.
        self.rows += 1;
        self.sum += i128::from(float(row.cast_signed() as f64).cast_signed());
    }
}

/// Whether the values of a type, by its number in `pg_type`, hash as their bytes do.
pub(super) fn is_known(oid: u32) -> bool {
    matches!(
        oid,
        16 | 17
            | 19
            | 20
            | 21
            | 23
            | 25
            | 700
            | 701
            | 1042
            | 1043
            | 1082
            | 1083
            | 1114
            | 1184
            | 1700
            | 2950
    )
}

/// What counts and adds up the hashes of rows with these columns.
pub(super) fn select(columns: &[(Codec, String)]) -> String {
    let columns = columns.iter().map(|(codec, column)| match codec {
        // What their own hashes leave out: the sign, and that zero is not NULL.
        Codec::Numeric => format!("{column},{column} < 0"),
        Codec::Float4 | Codec::Float8 => format!("{column},{column} IS NULL"),
        _ => column.clone(),
    });
    let columns: Vec<String> = columns.collect();
    format!(
        "SELECT count(*), sum(hashfloat8extended(hash_record_extended(ROW({}), 0)::float8, 0))",
        columns.join(",")
    )
}

/// The hash of a row and of a value behind it, which was written as these bytes without their length.
#[inline]
pub(super) fn with(row: u64, codec: Codec, cell: &Cell<'_>, bytes: &[u8]) -> u64 {
    let with = |row: u64, value: u64| (row << 5).wrapping_sub(row).wrapping_add(value);
    let row = with(row, of(codec, cell, bytes));
    match (codec, cell) {
        (Codec::Float4 | Codec::Float8, cell) => {
            with(row, word(u32::from(matches!(cell, Cell::Null))))
        }
        (Codec::Numeric, Cell::Null) => with(row, 0),
        (Codec::Numeric, _) => with(row, word(u32::from(bytes.get(4) == Some(&0x40)))),
        _ => row,
    }
}

#[inline]
fn of(codec: Codec, cell: &Cell<'_>, bytes: &[u8]) -> u64 {
    match (codec, cell) {
        (_, Cell::Null) => 0,
        (Codec::Bool | Codec::Int2 | Codec::Int4, Cell::Integer(n)) => word(*n as u32),
        (_, Cell::Integer(n) | Cell::Time(n)) => wide(*n),
        (_, Cell::Date(_)) => bytes
            .first_chunk()
            .map_or(0, |days| word(u32::from_be_bytes(*days))),
        (_, Cell::Timestamp(_)) => bytes
            .first_chunk()
            .map_or(0, |micros| wide(i64::from_be_bytes(*micros))),
        (Codec::Float4, Cell::Real(x)) => float(f64::from(*x as f32)),
        (_, Cell::Real(x)) => float(*x),
        (_, Cell::Decimal(_)) => numeric(bytes),
        (Codec::Padded, _) => {
            let blanks = bytes.iter().rev().take_while(|b| **b == b' ').count();
            text(bytes.get(..bytes.len() - blanks).unwrap_or_default())
        }
        _ => text(bytes),
    }
}

/// `hashint8extended`: a number that has room in 32 bits hashes as one of 32 bits.
fn wide(n: i64) -> u64 {
    let (low, high) = (n as u32, (n >> 32) as u32);
    word(low ^ if n >= 0 { high } else { !high })
}

/// `hashfloat8extended`.
fn float(x: f64) -> u64 {
    match x == 0.0 {
        true => 0,
        false => text(&x.to_le_bytes()),
    }
}

/// `hash_numeric_extended`: of the groups without zeros at both ends, and of their weight.
fn numeric(bytes: &[u8]) -> u64 {
    let (head, groups) = bytes.split_at(bytes.len().min(8));
    let weight = head.get(2..4).and_then(|weight| weight.first_chunk());
    let weight = i16::from_be_bytes(weight.copied().unwrap_or_default());
    // What was written has no groups of zeros at its ends.
    if groups.is_empty() {
        return u64::MAX;
    }
    let mut native = [0; 64];
    let digits = match native.get_mut(..groups.len()) {
        Some(few) => {
            few.copy_from_slice(groups);
            few.chunks_exact_mut(2).for_each(<[u8]>::reverse);
            text(few)
        }
        None => {
            let mut many = groups.to_vec();
            many.chunks_exact_mut(2).for_each(<[u8]>::reverse);
            text(&many)
        }
    };
    digits ^ i64::from(weight).cast_unsigned()
}

/// Bob Jenkins' mixing of 2006 (lookup3), as `hash_bytes_extended` has it with the seed 0.
struct Mixed {
    a: u32,
    b: u32,
    c: u32,
}

impl Mixed {
    #[inline]
    fn new(length: usize) -> Mixed {
        // Values have at most a gigabyte.
        let start = 0x9e37_79b9_u32
            .wrapping_add(length as u32)
            .wrapping_add(3_923_095);
        Mixed {
            a: start,
            b: start,
            c: start,
        }
    }

    #[inline]
    fn add(&mut self, a: u32, b: u32, c: u32) {
        self.a = self.a.wrapping_add(a);
        self.b = self.b.wrapping_add(b);
        self.c = self.c.wrapping_add(c);
    }

    #[inline]
    fn mix(&mut self) {
        let Mixed {
            mut a,
            mut b,
            mut c,
        } = *self;
        for (first, second, third) in [(4, 6, 8), (16, 19, 4)] {
            a = a.wrapping_sub(c) ^ c.rotate_left(first);
            c = c.wrapping_add(b);
            b = b.wrapping_sub(a) ^ a.rotate_left(second);
            a = a.wrapping_add(c);
            c = c.wrapping_sub(b) ^ b.rotate_left(third);
            b = b.wrapping_add(a);
        }
        *self = Mixed { a, b, c };
    }

    #[inline]
    fn end(self) -> u64 {
        let Mixed {
            mut a,
            mut b,
            mut c,
        } = self;
        c = (c ^ b).wrapping_sub(b.rotate_left(14));
        a = (a ^ c).wrapping_sub(c.rotate_left(11));
        b = (b ^ a).wrapping_sub(a.rotate_left(25));
        c = (c ^ b).wrapping_sub(b.rotate_left(16));
        a = (a ^ c).wrapping_sub(c.rotate_left(4));
        b = (b ^ a).wrapping_sub(a.rotate_left(14));
        c = (c ^ b).wrapping_sub(b.rotate_left(24));
        u64::from(b) << 32 | u64::from(c)
    }
}

/// `hash_bytes_uint32_extended`.
#[inline]
fn word(word: u32) -> u64 {
    let mut mixed = Mixed::new(4);
    mixed.add(word, 0, 0);
    mixed.end()
}

/// `hash_bytes_extended`.
#[inline]
fn text(bytes: &[u8]) -> u64 {
    let mut mixed = Mixed::new(bytes.len());
    let (blocks, rest) = bytes.as_chunks::<12>();
    let word = |bytes: &[u8], at: usize| {
        let four = bytes.get(at..).and_then(|rest| rest.first_chunk());
        u32::from_le_bytes(four.copied().unwrap_or_default())
    };
    for block in blocks {
        mixed.add(word(block, 0), word(block, 4), word(block, 8));
        mixed.mix();
    }
    let mut last = [0; 12];
    if let Some(place) = last.get_mut(..rest.len()) {
        place.copy_from_slice(rest);
    }
    // The lowest byte of the third word is the length's.
    mixed.add(word(&last, 0), word(&last, 4), word(&last, 8) << 8);
    mixed.end()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(codec: Codec, cell: Cell<'_>) -> i64 {
        let mut bytes = Vec::new();
        codec.write(&cell, &mut bytes);
        super::of(codec, &cell, &bytes[4..]).cast_signed()
    }

    /// From `SELECT hash_record_extended(ROW(…), 0)` of a server.
    #[test]
    fn values_have_the_hashes_of_the_server() {
        let decimal = |text: &'static str| Cell::Decimal(text.into());
        let text = |text: &'static str| Cell::Text(text.into());
        for (codec, cell, hash) in [
            (Codec::Bool, Cell::Integer(1), -3670598878359251130),
            (Codec::Bool, Cell::Integer(0), 4154612158245552303),
            (Codec::Int2, Cell::Integer(-32_768), 8455483389771436374),
            (
                Codec::Int4,
                Cell::Integer(2_147_483_647),
                -9109110466470504941,
            ),
            (Codec::Int4, Cell::Integer(-1), -1888257769727981238),
            (Codec::Int8, Cell::Integer(i64::MIN), -9109110466470504941),
            (
                Codec::Int8,
                Cell::Integer(5_000_000_000),
                -5263616605311196344,
            ),
            (Codec::Int8, Cell::Integer(-7), -4284878795861022465),
            (Codec::Float8, Cell::Real(1.5), 6158159405676898674),
            (Codec::Float8, Cell::Real(-0.0), 0),
            (
                Codec::Float4,
                Cell::Real(f64::from(0.1_f32)),
                45699830491884902,
            ),
            (Codec::Numeric, decimal("0"), -1),
            (Codec::Numeric, decimal("0.00"), -1),
            (Codec::Numeric, decimal("1"), -7507508252608306360),
            (Codec::Numeric, decimal("-1"), -7507508252608306360),
            (Codec::Numeric, decimal("1.50"), -8828336294488843818),
            (Codec::Numeric, decimal("10000"), -7507508252608306359),
            (Codec::Numeric, decimal("0.0001"), 7507508252608306359),
            (Codec::Numeric, decimal("-12345.678"), -7224554725567017098),
            (
                Codec::Numeric,
                decimal("99999999999999999999999999999999999999.5"),
                -5566580673373383313,
            ),
            (Codec::Numeric, decimal("100000000"), -7507508252608306358),
            (Codec::Text, text(""), -6939563903564495251),
            (Codec::Text, text("a"), 3591986179850072241),
            (Codec::Text, text("straße"), 5740803663018022390),
            (Codec::Text, text("0123456789a"), -2337649911100070775),
            (Codec::Text, text("0123456789ab"), -300982144080685429),
            (Codec::Text, text("0123456789abc"), 4688655838450958077),
            (
                Codec::Text,
                text("0123456789abcdef0123456789"),
                1847133920234170120,
            ),
            (Codec::Padded, text("DE   "), 5410582183158325357),
            (Codec::Padded, text("DE"), 5410582183158325357),
            (Codec::Date, Cell::Date(20_409), -6968301294799486719),
            (Codec::Date, Cell::Date(-165), 1839150757541435120),
            (Codec::Time, Cell::Time(37_139_123_456), 2183622234434693264),
            (
                Codec::Timestamp,
                Cell::Timestamp(1_763_374_739_000_000),
                -4405157794066288975,
            ),
            (
                Codec::Bytes,
                Cell::Blob(vec![0, 255, 16].into()),
                2701127179041872690,
            ),
        ] {
            assert_eq!(of(codec, cell.clone()), hash, "{codec:?} {cell:?}");
        }
    }

    /// From `SELECT hashfloat8extended(…::bigint::float8, 0)` of a server.
    #[test]
    fn rows_add_up_as_on_the_server() {
        let mut sent = Sent::default();
        for (row, hash) in [
            (-4_713_415_726_116_468_502_i64, -14_933_577_906_579_038_i128),
            (i64::MAX, -4_792_127_277_684_734_202),
            (0, 0),
        ] {
            let before = sent.sum;
            sent.add(row.cast_unsigned());
            assert_eq!(sent.sum - before, hash, "{row}");
        }
        assert_eq!(sent.rows, 3);
    }

    #[test]
    fn a_row_hashes_its_values_in_their_order_and_knows_the_signs_of_numbers() {
        let row = |cells: &[(Codec, Cell<'_>)]| {
            cells.iter().fold(0, |row, (codec, cell)| {
                let mut bytes = Vec::new();
                codec.write(cell, &mut bytes);
                with(row, *codec, cell, &bytes[4..])
            })
        };
        let amount = |text: &'static str| (Codec::Numeric, Cell::Decimal(text.into()));
        let cells = |amount| {
            [
                (Codec::Int4, Cell::Integer(1)),
                (Codec::Padded, Cell::Text("DE".into())),
                (Codec::Text, Cell::Null),
                amount,
            ]
        };
        // ROW(1, 'DE'::char(2), NULL::text, 19.90, 19.90 < 0)
        assert_eq!(
            row(&cells(amount("19.90"))).cast_signed(),
            -4713415726116468502
        );
        assert_ne!(row(&cells(amount("-19.90"))), row(&cells(amount("19.90"))));
        assert_eq!(row(&cells(amount("-0"))), row(&cells(amount("0.0"))));
        let real = |cell| row(&[(Codec::Float8, cell)]);
        assert_ne!(real(Cell::Null), real(Cell::Real(0.0)));
    }
}
