//! Rows of a prepared statement: numbers, days and times in binary, which the server writes in
//! half of the time of texts. Chapter "Binary Protocol Resultset Row" of its manual.

use super::protocol::Values;
use crate::insert::target::server::Lost;
use crate::insert::types::{Cell, ColumnType, day};

/// How the values of a column are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// Whole numbers of so many bytes.
    Whole {
        bytes: usize,
        unsigned: bool,
    },
    Float,
    Double,
    /// A day, or a day and a time.
    Day,
    Clock,
    /// All else.
    Text,
}

/// Says of a column that its number has no sign.
const UNSIGNED: u8 = 0x20;

impl Shape {
    /// By the description of a column.
    pub(super) fn of(packet: &[u8]) -> Result<Shape, Lost> {
        let mut values = Values(packet);
        // The catalogue, the schema, the table by two names, the column by two.
        for _ in 0..6 {
            values.next()?;
        }
        let [_, _, _, _, _, _, _, kind, flags, ..] = values.0 else {
            return Err(Lost::Nonsense("a column that is cut off"));
        };
        let whole = |bytes| Shape::Whole {
            bytes,
            unsigned: flags & UNSIGNED != 0,
        };
        Ok(match kind {
            1 => whole(1),
            2 | 13 => whole(2),
            3 | 9 => whole(4),
            8 => whole(8),
            4 => Shape::Float,
            5 => Shape::Double,
            7 | 10 | 12 => Shape::Day,
            11 => Shape::Clock,
            _ => Shape::Text,
        })
    }

    /// The next value, as a column of this type keeps it.
    fn read<'a>(self, body: &mut Values<'a>, kind: &ColumnType) -> Result<Cell<'a>, Lost> {
        let cell = match self {
            Shape::Whole { bytes, unsigned } => {
                let number = whole(body.bytes(bytes)?, unsigned);
                match (kind, i64::try_from(number)) {
                    (ColumnType::Integer { .. } | ColumnType::Boolean, Ok(n)) => Cell::Integer(n),
                    _ => return Ok(kind.found(number.to_string().as_bytes()).to_static()),
                }
            }
            Shape::Float => Cell::Real(f32::from_le_bytes(body.array()?).into()),
            Shape::Double => Cell::Real(f64::from_le_bytes(body.array()?)),
            Shape::Day => {
                let written = body.short()?;
                let (days, micros) = (written.days(), written.clock(4));
                match (kind, days) {
                    (ColumnType::Date(_), Some(days)) => Cell::Date(days),
                    (ColumnType::Timestamp(_), Some(days)) => {
                        Cell::Timestamp(i64::from(days) * DAY + micros)
                    }
                    _ => Cell::Text(written.day_text().into()),
                }
            }
            Shape::Clock => {
                let written = body.short()?;
                let (days, micros) = (written.number(1, 4), written.clock(5));
                match (written.at(0), days) {
                    (0, 0) => Cell::Time(micros),
                    (negative, days) => Cell::Text(clock_text(negative != 0, days, micros).into()),
                }
            }
            Shape::Text => {
                let value = body.next()?.flatten();
                return Ok(value.map_or(Cell::Null, |value| kind.found(value)));
            }
        };
        Ok(cell)
    }
}

/// Reads a row of columns of these shapes and types.
pub(super) fn row(
    packet: &[u8],
    shapes: &[Shape],
    kinds: &[&ColumnType],
    each: &mut dyn FnMut(Cell<'_>),
) -> Result<(), Lost> {
    let mut body = Values(packet);
    body.bytes(1)?;
    // A bit for each column, behind two that mean nothing.
    let nulls = body.bytes((shapes.len() + 2).div_ceil(8))?;
    for (at, (shape, kind)) in shapes.iter().zip(kinds).enumerate() {
        let bit = at + 2;
        let null = nulls
            .get(bit / 8)
            .is_some_and(|byte| byte >> (bit % 8) & 1 == 1);
        each(match null {
            true => Cell::Null,
            false => shape.read(&mut body, kind)?,
        });
    }
    Ok(())
}

const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400 * SECOND;

fn whole(bytes: &[u8], unsigned: bool) -> i128 {
    let mut wide = [0; 16];
    for (to, from) in wide.iter_mut().zip(bytes) {
        *to = *from;
    }
    let number = i128::from_le_bytes(wide);
    let bits = 8 * bytes.len();
    match unsigned || number >> (bits - 1) & 1 == 0 {
        true => number,
        false => number - (1 << bits),
    }
}

/// The bytes of a day or a time; those that are left out are zero.
struct Written<'a>(&'a [u8]);

impl Written<'_> {
    fn at(&self, index: usize) -> u8 {
        self.0.get(index).copied().unwrap_or(0)
    }

    fn number(&self, from: usize, bytes: usize) -> i64 {
        let bytes = (from..from + bytes).rev();
        bytes.fold(0, |n, at| n << 8 | i64::from(self.at(at)))
    }

    /// Days since 1970; none for what is no day.
    fn days(&self) -> Option<i32> {
        let year = i32::try_from(self.number(0, 2)).ok()?;
        day(year, self.at(2).into(), self.at(3).into()).filter(|_| year > 0)
    }

    /// Microseconds of hours, minutes, seconds and what follows.
    fn clock(&self, from: usize) -> i64 {
        let of = |index: usize| i64::from(self.at(from + index));
        ((of(0) * 60 + of(1)) * 60 + of(2)) * SECOND + self.number(from + 3, 4)
    }

    fn day_text(&self) -> String {
        let day = format!(
            "{:04}-{:02}-{:02}",
            self.number(0, 2),
            self.at(2),
            self.at(3)
        );
        match self.0.len() > 4 {
            true => format!("{day} {}", clock_text(false, 0, self.clock(4))),
            false => day,
        }
    }
}

/// A time that is none of a day.
fn clock_text(negative: bool, days: i64, micros: i64) -> String {
    let seconds = days * 86_400 + micros / SECOND;
    let (sign, fraction) = (if negative { "-" } else { "" }, micros % SECOND);
    let clock = format!(
        "{sign}{:02}:{:02}:{:02}",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    );
    match fraction {
        0 => clock,
        fraction => format!("{clock}.{fraction:06}"),
    }
}

impl<'a> Values<'a> {
    fn bytes(&mut self, count: usize) -> Result<&'a [u8], Lost> {
        let split = self.0.split_at_checked(count);
        let (bytes, rest) = split.ok_or(Lost::Nonsense("a row that is cut off"))?;
        self.0 = rest;
        Ok(bytes)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Lost> {
        Ok(self.bytes(N)?.try_into().unwrap_or([0; N]))
    }

    /// Bytes with their number before them.
    fn short(&mut self) -> Result<Written<'a>, Lost> {
        let [length] = self.array()?;
        Ok(Written(self.bytes(length.into())?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::insert::types::Moment;

    const POINT: Moment = Moment::Point {
        zoned: false,
        digits: 6,
        years: (1, 9999),
    };

    fn cells(
        packet: &[u8],
        shapes: &[Shape],
        kinds: &[&ColumnType],
    ) -> Result<Vec<Cell<'static>>, Lost> {
        let mut cells = Vec::new();
        let mut each = |cell: Cell<'_>| cells.push(cell.to_static());
        row(packet, shapes, kinds, &mut each).map(|()| cells)
    }

    fn read(shape: Shape, kind: &ColumnType, bytes: &[u8]) -> Cell<'static> {
        let packet = [&[0, 0], bytes].concat();
        cells(&packet, &[shape], &[kind]).expect("a row").remove(0)
    }

    #[test]
    fn whole_numbers_have_their_sign_and_size() {
        let kind = ColumnType::Integer {
            min: i64::MIN,
            max: i64::MAX,
        };
        for (bytes, unsigned, n) in [
            (&[0xff][..], false, -1),
            (&[0xff], true, 255),
            (&[0, 0x80], false, -32_768),
            (&[1, 0, 0, 0x80], true, 2_147_483_649),
            (&[0, 0, 0, 0, 0, 0, 0, 0x80], false, i64::MIN),
        ] {
            let shape = Shape::Whole {
                bytes: bytes.len(),
                unsigned,
            };
            assert_eq!(read(shape, &kind, bytes), Cell::Integer(n));
        }
        let digits = ColumnType::Decimal {
            precision: Some(20),
            scale: Some(0),
            binary: false,
        };
        let shape = Shape::Whole {
            bytes: 8,
            unsigned: true,
        };
        let most = Cell::Decimal("18446744073709551615".into());
        assert_eq!(read(shape, &digits, &[0xff; 8]), most);
    }

    #[test]
    fn days_and_times_are_those_that_are_meant() {
        let at = |bytes: &[u8]| [&[u8::try_from(bytes.len()).unwrap()], bytes].concat();
        let day = |bytes: &[u8]| read(Shape::Day, &ColumnType::Date(POINT), &at(bytes));
        assert_eq!(day(&[0xb2, 7, 1, 2]), Cell::Date(1));
        assert_eq!(day(&[]), Cell::Text("0000-00-00".into()));
        assert_eq!(day(&[0xe9, 7, 2, 30]), Cell::Text("2025-02-30".into()));
        let both = |bytes: &[u8]| read(Shape::Day, &ColumnType::Timestamp(POINT), &at(bytes));
        assert_eq!(both(&[0xb2, 7, 1, 2]), Cell::Timestamp(DAY));
        let clock = [0xb2, 7, 1, 1, 1, 1, 1];
        assert_eq!(both(&clock), Cell::Timestamp(3_661_000_000));
        let fine = [&clock[..], &500_000_u32.to_le_bytes()].concat();
        assert_eq!(both(&fine), Cell::Timestamp(3_661_500_000));
        let time = |bytes: &[u8]| read(Shape::Clock, &ColumnType::Time(POINT), &at(bytes));
        assert_eq!(time(&[]), Cell::Time(0));
        assert_eq!(time(&[0, 0, 0, 0, 0, 23, 59, 59]), Cell::Time(DAY - SECOND));
        let before = Cell::Text("-26:00:01".into());
        assert_eq!(time(&[1, 1, 0, 0, 0, 2, 0, 1]), before);
    }

    #[test]
    fn what_is_not_there_is_null_and_what_is_cut_off_is_no_row() {
        let text = ColumnType::Text {
            max: None,
            padded: false,
        };
        let (shapes, kinds) = ([Shape::Text; 7], [&text; 7]);
        // The first and the seventh, whose bit is the first of the next byte.
        let packet = [0, 0b100, 1, 1, b'a', 0, 1, b'b', 1, b'c', 1, b'd'];
        let cells = cells(&packet, &shapes, &kinds).expect("a row");
        let nulls: Vec<bool> = cells.iter().map(|cell| *cell == Cell::Null).collect();
        assert_eq!(nulls, [true, false, false, false, false, false, true]);
        let double = ColumnType::Real {
            single: false,
            endless: false,
        };
        for cut in [&[][..], &[0], &[0, 0], &[0, 0, 1]] {
            assert!(row(cut, &[Shape::Double], &[&double], &mut |_| {}).is_err());
        }
    }
}
