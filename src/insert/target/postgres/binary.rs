//! Values in PostgreSQL's binary format, as COPY takes and gives them.

use super::protocol::Body;
use crate::insert::target::server::Lost;
use crate::insert::types::{Cell, Decimal, Interval, Net, mac, mac_text};
use std::borrow::Cow;
use std::net::IpAddr;

/// The beginning of a copy: its mark, no flags, no extension.
pub(super) const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
/// Its end.
pub(super) const TRAILER: [u8; 2] = (-1_i16).to_be_bytes();

/// Days from 1970 to 2000, where PostgreSQL begins to count.
const EPOCH_DAYS: i32 = 10_957;
const EPOCH_MICROS: i64 = EPOCH_DAYS as i64 * 86_400_000_000;

/// How a column's values are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Codec {
    Bool,
    Int2,
    Int4,
    Int8,
    Float4,
    Float8,
    Numeric,
    Text,
    /// Text whose blanks at the end say nothing.
    Padded,
    Jsonb,
    Bytes,
    Date,
    Time,
    Timestamp,
    Uuid,
    Inet,
    Cidr,
    Mac,
    Interval,
    Bits,
}

impl Codec {
    /// The codec of a type by its number in `pg_type`; enumerations are written as text.
    pub(super) fn of(oid: u32, is_enum: bool) -> Option<Codec> {
        Some(match oid {
            16 => Codec::Bool,
            17 => Codec::Bytes,
            20 => Codec::Int8,
            21 => Codec::Int2,
            23 => Codec::Int4,
            19 | 25 | 114 | 1043 => Codec::Text,
            1042 => Codec::Padded,
            700 => Codec::Float4,
            701 => Codec::Float8,
            1082 => Codec::Date,
            1083 => Codec::Time,
            1114 | 1184 => Codec::Timestamp,
            1700 => Codec::Numeric,
            2950 => Codec::Uuid,
            869 => Codec::Inet,
            650 => Codec::Cidr,
            829 | 774 => Codec::Mac,
            1186 => Codec::Interval,
            1560 | 1562 => Codec::Bits,
            3802 => Codec::Jsonb,
            _ if is_enum => Codec::Text,
            _ => return None,
        })
    }

    /// Writes a value with its length.
    #[inline]
    pub(super) fn write(self, cell: &Cell<'_>, out: &mut Vec<u8>) {
        let at = out.len();
        out.extend_from_slice(&(-1_i32).to_be_bytes());
        match (self, cell) {
            (_, Cell::Null) => return,
            (Codec::Bool, Cell::Integer(n)) => out.push(u8::from(*n != 0)),
            // Checked before: each fits.
            (Codec::Int2, Cell::Integer(n)) => out.extend_from_slice(&(*n as i16).to_be_bytes()),
            (Codec::Int4, Cell::Integer(n)) => out.extend_from_slice(&(*n as i32).to_be_bytes()),
            (_, Cell::Integer(n)) => out.extend_from_slice(&n.to_be_bytes()),
            (Codec::Float4, Cell::Real(x)) => out.extend_from_slice(&(*x as f32).to_be_bytes()),
            (_, Cell::Real(x)) => out.extend_from_slice(&x.to_be_bytes()),
            (_, Cell::Decimal(text)) => numeric(text, out),
            (_, Cell::Date(days)) => out.extend_from_slice(&(days - EPOCH_DAYS).to_be_bytes()),
            (_, Cell::Time(micros)) => out.extend_from_slice(&micros.to_be_bytes()),
            (_, Cell::Timestamp(micros)) => {
                out.extend_from_slice(&(micros - EPOCH_MICROS).to_be_bytes())
            }
            (Codec::Jsonb, Cell::Text(text)) => {
                out.push(1);
                out.extend_from_slice(text.as_bytes());
            }
            (Codec::Inet | Codec::Cidr, Cell::Text(text)) => net(text, self == Codec::Cidr, out),
            (Codec::Mac, Cell::Text(text)) => out.extend(mac(text).unwrap_or_default()),
            (Codec::Interval, Cell::Text(text)) => {
                let span = Interval::parse(text).unwrap_or_default();
                out.extend_from_slice(&span.micros.to_be_bytes());
                out.extend_from_slice(&span.days.to_be_bytes());
                out.extend_from_slice(&span.months.to_be_bytes());
            }
            (Codec::Bits, Cell::Text(text)) => bits(text.as_bytes(), out),
            (_, Cell::Text(text)) => out.extend_from_slice(text.as_bytes()),
            (_, Cell::Blob(bytes)) => out.extend_from_slice(bytes),
        }
        let length = i32::try_from(out.len() - at - 4).unwrap_or(i32::MAX);
        if let Some(place) = out.get_mut(at..at + 4) {
            place.copy_from_slice(&length.to_be_bytes());
        }
    }

    /// Reads a value as it was written.
    #[inline]
    pub(super) fn read<'a>(self, bytes: &'a [u8]) -> Result<Cell<'a>, Lost> {
        let mut body = Body(bytes);
        let text = |bytes: &'a [u8]| {
            Cell::Text(match std::str::from_utf8(bytes) {
                Ok(text) => text.into(),
                Err(_) => String::from_utf8_lossy(bytes),
            })
        };
        Ok(match self {
            Codec::Bool => Cell::Integer(i64::from(body.array::<1>()? != [0])),
            Codec::Int2 => Cell::Integer(body.i16()?.into()),
            Codec::Int4 => Cell::Integer(body.i32()?.into()),
            Codec::Int8 => Cell::Integer(i64::from_be_bytes(body.array()?)),
            Codec::Float4 => Cell::Real(f32::from_be_bytes(body.array()?).into()),
            Codec::Float8 => Cell::Real(f64::from_be_bytes(body.array()?)),
            Codec::Numeric => match special(bytes) {
                Some(name) => Cell::Text(name.into()),
                None => Cell::Decimal(read_numeric(body)?.into()),
            },
            Codec::Date => Cell::Date(body.i32()?.saturating_add(EPOCH_DAYS)),
            Codec::Time => Cell::Time(i64::from_be_bytes(body.array()?)),
            Codec::Timestamp => {
                Cell::Timestamp(i64::from_be_bytes(body.array()?).saturating_add(EPOCH_MICROS))
            }
            Codec::Text | Codec::Padded => text(bytes),
            Codec::Jsonb => text(bytes.get(1..).unwrap_or_default()),
            Codec::Bytes | Codec::Uuid => Cell::Blob(Cow::Borrowed(bytes)),
            Codec::Inet | Codec::Cidr => {
                Cell::Text(read_net(body)?.text(self == Codec::Cidr).into())
            }
            Codec::Mac => Cell::Text(mac_text(bytes).into()),
            Codec::Interval => {
                let span = Interval {
                    micros: i64::from_be_bytes(body.array()?),
                    days: body.i32()?,
                    months: body.i32()?,
                };
                Cell::Text(span.text().into())
            }
            Codec::Bits => {
                let count = usize::try_from(body.i32()?).unwrap_or_default();
                let digits = body.0.iter().flat_map(|byte| {
                    (0..8).map(move |bit| if byte >> (7 - bit) & 1 == 1 { '1' } else { '0' })
                });
                Cell::Text(digits.take(count).collect::<String>().into())
            }
        })
    }
}

/// An address: its family, the bits of its network, whether it is one, its bytes.
fn net(text: &str, network: bool, out: &mut Vec<u8>) {
    let Some(net) = Net::parse(text, network) else {
        return;
    };
    let (family, bytes) = match net.address {
        IpAddr::V4(ip) => (2, ip.octets().to_vec()),
        IpAddr::V6(ip) => (3, ip.octets().to_vec()),
    };
    let length = if family == 2 { 4 } else { 16 };
    out.extend([family, net.bits, u8::from(network), length]);
    out.extend(bytes);
}

fn read_net(mut body: Body<'_>) -> Result<Net, Lost> {
    let [family, bits, ..] = body.array::<4>()?;
    let address = match family {
        2 => IpAddr::from(body.array::<4>()?),
        _ => IpAddr::from(body.array::<16>()?),
    };
    Ok(Net { address, bits })
}

/// Bits: how many, then themselves, eight a byte.
fn bits(digits: &[u8], out: &mut Vec<u8>) {
    let count = i32::try_from(digits.len()).unwrap_or(i32::MAX);
    out.extend_from_slice(&count.to_be_bytes());
    out.extend(digits.chunks(8).map(|eight| {
        let bits = eight.iter().enumerate();
        bits.fold(0, |byte, (at, digit)| {
            byte | u8::from(*digit == b'1') << (7 - at)
        })
    }));
}

/// A number in groups of four decimal digits: how many, the weight of the first, sign, digits
/// to show behind the point, the groups.
fn numeric(text: &str, out: &mut Vec<u8>) {
    let number = Decimal::parse_or_zero(text);
    // Zeros at the end of the fraction do not count, but they are shown.
    let shown = text
        .split_once('.')
        .map_or(0, |(_, fraction)| fraction.len());
    let (whole, fraction) = (number.whole.as_bytes(), number.fraction.as_bytes());
    let groups_before = whole.len().div_ceil(4);
    let start = out.len();
    out.extend_from_slice(&[0; 8]);
    let (mut count, mut first, mut last) = (0_usize, None, 0_usize);
    let mut push = |digits: &[u8], pad: usize| {
        let value = digits
            .iter()
            .fold(0_u16, |n, d| n * 10 + u16::from(d - b'0'));
        let value = value * 10_u16.pow(u32::try_from(pad).unwrap_or_default());
        count += 1;
        if value != 0 {
            first = first.or(Some(count - 1));
            last = count;
        }
        out.extend_from_slice(&value.to_be_bytes());
    };
    let (head, groups) = whole.split_at(whole.len() - whole.len() / 4 * 4);
    if !head.is_empty() {
        push(head, 0);
    }
    groups.chunks(4).for_each(|group| push(group, 0));
    fraction
        .chunks(4)
        .for_each(|group| push(group, 4 - group.len()));
    let first = first.unwrap_or(last);
    out.truncate(start + 8 + 2 * last);
    out.drain(start + 8..start + 8 + 2 * first);
    let small = |n: usize| i16::try_from(n).unwrap_or(i16::MAX);
    let weight = small(groups_before) - 1 - small(first);
    let head = [
        small(last - first).to_be_bytes(),
        (if last == first { 0 } else { weight }).to_be_bytes(),
        (if number.negative { 0x4000_i16 } else { 0 }).to_be_bytes(),
        small(shown).to_be_bytes(),
    ];
    if let Some(place) = out.get_mut(start..start + 8) {
        place.copy_from_slice(head.as_flattened());
    }
}

/// The name of what is a `numeric` and no number: no frame writes these, a trigger may.
fn special(bytes: &[u8]) -> Option<&'static str> {
    match bytes.get(4..6) {
        Some([0xC0, 0]) => Some("NaN"),
        Some([0xD0, 0]) => Some("Infinity"),
        Some([0xF0, 0]) => Some("-Infinity"),
        _ => None,
    }
}

fn read_numeric(mut body: Body<'_>) -> Result<String, Lost> {
    let (mut left, weight) = (body.i16()?, i32::from(body.i16()?));
    let (sign, shown) = (body.array::<2>()?, body.i16()?.max(0));
    let mut text = String::new();
    match sign {
        [0, 0] => {}
        [0x40, 0] => text.push('-'),
        _ => return Err(Lost::Nonsense("a number that is none")),
    }
    let start = text.len();
    let behind = i32::from(shown.unsigned_abs().div_ceil(4));
    // The groups up to the point, then those behind it; those that are left out are zero.
    for at in (-behind..=weight.max(0)).rev() {
        let group = if at <= weight && left > 0 {
            left -= 1;
            body.i16()?.unsigned_abs()
        } else {
            0
        };
        if at == -1 {
            text.push('.');
        }
        for power in [1000, 100, 10, 1] {
            let digit = (group / power % 10) as u8;
            let leads = text.len() == start && digit == 0 && (at, power) != (0, 1);
            if !leads {
                text.push(char::from(b'0' + digit));
            }
        }
    }
    let surplus = usize::try_from(4 * behind - i32::from(shown)).unwrap_or_default();
    text.truncate(text.len() - surplus);
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn there_and_back(codec: Codec, cell: &Cell<'_>) -> Cell<'static> {
        let mut bytes = Vec::new();
        codec.write(cell, &mut bytes);
        let (length, rest) = bytes.split_at(4);
        let length = i32::from_be_bytes(length.try_into().unwrap());
        assert_eq!(usize::try_from(length).unwrap(), rest.len());
        codec.read(rest).unwrap().to_static()
    }

    #[test]
    fn numbers_have_the_bytes_of_the_manual() {
        for (text, bytes) in [
            // From `SELECT numeric_send(…)` of a server.
            ("0", "0000000000000000"),
            ("1", "00010000000000000001"),
            ("-12345.678", "0003000140000003000109291a7c"),
            ("0.0001", "0001ffff000000040001"),
            ("10000", "00010001000000000001"),
            ("1.50", "000200000000000200011388"),
        ] {
            let mut out = Vec::new();
            numeric(text, &mut out);
            let hex: String = out.iter().map(|b| format!("{b:02x}")).collect();
            assert_eq!(hex, bytes, "{text}");
        }
    }

    #[test]
    fn values_at_their_limits_come_back() {
        for (codec, cell) in [
            (Codec::Int2, Cell::Integer(-32_768)),
            (Codec::Int4, Cell::Integer(2_147_483_647)),
            (Codec::Int8, Cell::Integer(i64::MIN)),
            (Codec::Bool, Cell::Integer(1)),
            (Codec::Float8, Cell::Real(-1.5e300)),
            (Codec::Float4, Cell::Real(f64::from(0.1_f32))),
            (Codec::Date, Cell::Date(-719_162)),
            (Codec::Time, Cell::Time(86_399_999_999)),
            (Codec::Timestamp, Cell::Timestamp(253_402_300_799_999_999)),
            (Codec::Text, Cell::Text("ü\n𝄞".into())),
            (Codec::Jsonb, Cell::Text("{}".into())),
            (Codec::Bytes, Cell::Blob(vec![0, 255].into())),
            (Codec::Inet, Cell::Text("10.1.2.3/8".into())),
            (Codec::Inet, Cell::Text("2001:db8::1".into())),
            (Codec::Cidr, Cell::Text("10.0.0.0/8".into())),
            (Codec::Mac, Cell::Text("08:00:2b:01:02:03".into())),
            (
                Codec::Interval,
                Cell::Text("-1 years 3 days -04:05:06.5".into()),
            ),
            (Codec::Bits, Cell::Text("1010000011".into())),
        ] {
            assert_eq!(there_and_back(codec, &cell), cell, "{codec:?}");
        }
    }

    proptest! {
        #[test]
        fn each_digit_of_a_number_comes_back(text in "-?(0|[1-9][0-9]{0,30})(\\.[0-9]{1,30})?") {
            let Cell::Decimal(back) = there_and_back(Codec::Numeric, &Cell::Decimal(text.as_str().into()))
                else { panic!("no number") };
            prop_assert_eq!(Decimal::parse(&back), Decimal::parse(&text));
            let shown = |text: &str| text.split_once('.').map_or(0, |(_, f)| f.len());
            prop_assert_eq!(shown(&back), shown(&text));
        }
    }
}
