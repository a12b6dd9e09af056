//! Types that only servers have: addresses, spans of time, bits and sets. Their values are texts of
//! one form here, whichever of the usual ones comes, so that what is found is what was sent.

use std::fmt::Write;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A type of a server's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Own {
    /// An address, with the bits of its network where these are not all.
    Inet,
    /// A network.
    Cidr,
    /// An address of version 4.
    Inet4,
    /// An address of version 6.
    Inet6,
    /// The address of a network card, of so many bytes.
    Mac(usize),
    /// Months, days and microseconds.
    Interval,
    /// Bits, as digits.
    Bits {
        /// How many there are at most.
        most: Option<usize>,
        /// There are as many.
        exact: bool,
    },
    /// Some of these words.
    Set(Vec<String>),
}

impl Own {
    /// A text in the one form; none of one that this type does not take.
    pub(in crate::insert) fn usual(&self, text: &str) -> Option<String> {
        match self {
            Own::Inet => Net::parse(text, false).map(|net| net.text(false)),
            Own::Cidr => Net::parse(text, true).map(|net| net.text(true)),
            Own::Inet4 => text.parse::<Ipv4Addr>().ok().map(|ip| ip.to_string()),
            Own::Inet6 => text.parse::<Ipv6Addr>().ok().map(|ip| ip.to_string()),
            Own::Mac(bytes) => {
                let found = mac(text).filter(|found| found.len() == *bytes)?;
                Some(mac_text(&found))
            }
            Own::Interval => Interval::parse(text).map(|span| span.text()),
            Own::Bits { most, exact } => {
                let digits = text.bytes().all(|b| matches!(b, b'0' | b'1'));
                let fits = most.is_none_or(|most| match exact {
                    true => text.len() == most,
                    false => text.len() <= most,
                });
                (digits && fits && !text.is_empty()).then(|| text.to_owned())
            }
            Own::Set(words) => {
                let wanted: Vec<&str> = text.split(',').filter(|word| !word.is_empty()).collect();
                let known = |word: &&str| words.iter().any(|known| known == word);
                let found = words.iter().filter(|word| wanted.contains(&word.as_str()));
                let found: Vec<&str> = found.map(String::as_str).collect();
                wanted.iter().all(known).then(|| found.join(","))
            }
        }
    }

    /// What to write instead of a text that it does not take.
    pub(super) fn hint(&self) -> String {
        match self {
            Own::Inet => "write an address such as 10.0.0.1 or 10.0.0.1/24".to_owned(),
            Own::Cidr => "write a network such as 10.0.0.0/24, without bits behind it".to_owned(),
            Own::Inet4 => "write an address such as 10.0.0.1".to_owned(),
            Own::Inet6 => "write an address such as 2001:db8::1".to_owned(),
            Own::Mac(6) => "write an address such as 08:00:2b:01:02:03".to_owned(),
            Own::Mac(_) => "write an address such as 08:00:2b:01:02:03:04:05".to_owned(),
            Own::Interval => {
                "write a span such as 1 year 2 months 3 days 04:05:06.5, or P1Y2M3DT4H".to_owned()
            }
            Own::Bits { most, exact } => match (most, exact) {
                (Some(most), true) => format!("write {most} digits, each 0 or 1"),
                (Some(most), false) => format!("write at most {most} digits, each 0 or 1"),
                (None, _) => "write digits, each 0 or 1".to_owned(),
            },
            Own::Set(words) => {
                let few: Vec<&str> = words.iter().take(10).map(String::as_str).collect();
                format!("write some of these, with commas: {}", few.join(","))
            }
        }
    }
}

/// An address and the bits of its network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::insert) struct Net {
    pub(in crate::insert) address: IpAddr,
    pub(in crate::insert) bits: u8,
}

impl Net {
    /// Of a text; of a network no bit may stand behind its own.
    pub(in crate::insert) fn parse(text: &str, network: bool) -> Option<Net> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().ok()?;
        let (all, number) = match address {
            IpAddr::V4(ip) => (32, u128::from(ip.to_bits()) << 96),
            IpAddr::V6(ip) => (128, ip.to_bits()),
        };
        let bits: u8 = match bits {
            Some(bits) if bits.bytes().all(|b| b.is_ascii_digit()) => bits.parse().ok()?,
            Some(_) => return None,
            None => all,
        };
        let behind = number.checked_shl(bits.into()).unwrap_or(0);
        (bits <= all && !(network && behind != 0)).then_some(Net { address, bits })
    }

    pub(in crate::insert) fn text(&self, network: bool) -> String {
        let all = if self.address.is_ipv4() { 32 } else { 128 };
        match self.bits == all && !network {
            true => self.address.to_string(),
            false => format!("{}/{}", self.address, self.bits),
        }
    }
}

/// The bytes of the address of a network card, however they are parted.
pub(in crate::insert) fn mac(text: &str) -> Option<Vec<u8>> {
    let parted = text.chars().find(|c| matches!(c, ':' | '-' | '.'));
    if let Some(sign) = parted {
        let first = text.split(sign).next().map_or(0, str::len);
        let usual = if sign == '.' {
            first == 4
        } else {
            first == 2 || first == 6
        };
        if !usual || text.split(sign).any(|part| part.len() != first) {
            return None;
        }
    }
    let digits: Vec<u32> = text
        .chars()
        .filter(|c| Some(*c) != parted)
        .map(|c| c.to_digit(16))
        .collect::<Option<_>>()?;
    let pairs = digits.chunks(2).map(|pair| match pair {
        [high, low] => u8::try_from(high * 16 + low).ok(),
        _ => None,
    });
    pairs.collect()
}

pub(in crate::insert) fn mac_text(bytes: &[u8]) -> String {
    let pairs: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    pairs.join(":")
}

const SECOND: i64 = 1_000_000;

/// A span of time: a month has no number of days, and a day no number of hours.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::insert) struct Interval {
    pub(in crate::insert) months: i32,
    pub(in crate::insert) days: i32,
    pub(in crate::insert) micros: i64,
}

impl Interval {
    /// Of `1 year 2 months 3 days -04:05:06.5`, or of `P1Y2M3DT4H5M6.5S`.
    pub(in crate::insert) fn parse(text: &str) -> Option<Interval> {
        let text = text.trim();
        let mut span = Interval::default();
        if let Some(iso) = text.strip_prefix('P') {
            span.add_iso(iso)?;
            return Some(span);
        }
        let mut words = text.split_whitespace().peekable();
        words.peek()?;
        while let Some(word) = words.next() {
            if word.contains(':') {
                span.add(clock(word)?, Unit::Micro)?;
                continue;
            }
            let at = word.find(|c: char| c.is_alphabetic()).unwrap_or(word.len());
            let (number, unit) = word.split_at(at);
            let unit = if unit.is_empty() { words.next()? } else { unit };
            span.add_number(number, Unit::of(unit)?)?;
        }
        Some(span)
    }

    fn add_iso(&mut self, text: &str) -> Option<()> {
        let (days, clock) = text.split_once('T').unwrap_or((text, ""));
        let mut any = false;
        for (part, units) in [(days, "YMWD"), (clock, "HMS")] {
            let mut rest = part;
            while let Some(at) = rest.find(|c: char| c.is_ascii_uppercase()) {
                let (number, unit) = rest.split_at(at);
                let unit_sign = unit.chars().next().filter(|sign| units.contains(*sign))?;
                let unit = match (unit_sign, units) {
                    ('Y', _) => Unit::Year,
                    ('M', "YMWD") => Unit::Month,
                    ('W', _) => Unit::Week,
                    ('D', _) => Unit::Day,
                    ('H', _) => Unit::Hour,
                    ('M', _) => Unit::Minute,
                    _ => Unit::Second,
                };
                self.add_number(number, unit)?;
                rest = rest.get(at + 1..)?;
                any = true;
            }
            if !rest.is_empty() {
                return None;
            }
        }
        any.then_some(())
    }

    /// Adds so many of a unit; only seconds have a fraction.
    fn add_number(&mut self, number: &str, unit: Unit) -> Option<()> {
        match unit {
            Unit::Second => self.add(seconds(number)?, Unit::Micro),
            unit => self.add(number.parse().ok()?, unit),
        }
    }

    fn add(&mut self, number: i64, unit: Unit) -> Option<()> {
        let small = |of: i32, by: i64| {
            let sum = number.checked_mul(by)?.checked_add(of.into())?;
            i32::try_from(sum).ok()
        };
        let micros = |by: i64| number.checked_mul(by)?.checked_add(self.micros);
        match unit {
            Unit::Year => self.months = small(self.months, 12)?,
            Unit::Month => self.months = small(self.months, 1)?,
            Unit::Week => self.days = small(self.days, 7)?,
            Unit::Day => self.days = small(self.days, 1)?,
            Unit::Hour => self.micros = micros(3600 * SECOND)?,
            Unit::Minute => self.micros = micros(60 * SECOND)?,
            Unit::Second => self.micros = micros(SECOND)?,
            Unit::Micro => self.micros = micros(1)?,
        }
        Some(())
    }

    /// As PostgreSQL writes it.
    pub(in crate::insert) fn text(&self) -> String {
        let mut parts = Vec::new();
        let mut part = |n: i32, one: &str, many: &str| {
            if n != 0 {
                parts.push(format!("{n} {}", if n == 1 { one } else { many }));
            }
        };
        part(self.months / 12, "year", "years");
        part(self.months % 12, "mon", "mons");
        part(self.days, "day", "days");
        if self.micros != 0 || parts.is_empty() {
            let sign = if self.micros < 0 { "-" } else { "" };
            let micros = self.micros.unsigned_abs();
            let (seconds, fraction) = (micros / 1_000_000, micros % 1_000_000);
            let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
            let mut clock = format!("{sign}{hours:02}:{minutes:02}:{:02}", seconds % 60);
            if fraction != 0 {
                let digits = format!("{fraction:06}");
                let _ = write!(clock, ".{}", digits.trim_end_matches('0'));
            }
            parts.push(clock);
        }
        parts.join(" ")
    }
}

#[derive(Debug, Clone, Copy)]
enum Unit {
    Year,
    Month,
    Week,
    Day,
    Hour,
    Minute,
    Second,
    Micro,
}

impl Unit {
    fn of(word: &str) -> Option<Unit> {
        Some(match word.to_ascii_lowercase().as_str() {
            "year" | "years" | "yr" | "yrs" | "y" => Unit::Year,
            "month" | "months" | "mon" | "mons" => Unit::Month,
            "week" | "weeks" | "w" => Unit::Week,
            "day" | "days" | "d" => Unit::Day,
            "hour" | "hours" | "hr" | "hrs" | "h" => Unit::Hour,
            "minute" | "minutes" | "min" | "mins" | "m" => Unit::Minute,
            "second" | "seconds" | "sec" | "secs" | "s" => Unit::Second,
            _ => return None,
        })
    }
}

/// Microseconds of `6.5`.
fn seconds(text: &str) -> Option<i64> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let all = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let fraction = fraction.trim_end_matches('0');
    if !all(whole) || fraction.len() > 6 || !(fraction.is_empty() || all(fraction)) {
        return None;
    }
    let micros: i64 = format!("{fraction:0<6}").parse().ok()?;
    let whole: i64 = whole.parse().ok()?;
    whole
        .checked_mul(SECOND)?
        .checked_add(micros)?
        .checked_mul(sign)
}

/// Microseconds of `-04:05:06.5`, which may have any number of hours.
fn clock(text: &str) -> Option<i64> {
    let (sign, text) = match text.strip_prefix('-') {
        Some(text) => (-1, text),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let mut parts = text.split(':');
    let (hours, minutes) = (parts.next()?, parts.next()?);
    let second = parts.next().map_or(Some(0), seconds)?;
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if parts.next().is_some() || !digits(hours) || !digits(minutes) {
        return None;
    }
    let (hours, minutes): (i64, i64) = (hours.parse().ok()?, minutes.parse().ok()?);
    if minutes > 59 || !(0..60 * SECOND).contains(&second) {
        return None;
    }
    let minutes = hours.checked_mul(60)?.checked_add(minutes)?;
    let micros = minutes.checked_mul(60 * SECOND)?.checked_add(second)?;
    micros.checked_mul(sign)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_way_of_writing_has_one_form() {
        let bits = Own::Bits {
            most: Some(3),
            exact: true,
        };
        let set = Own::Set(["a", "b", "c"].map(str::to_owned).to_vec());
        for (own, text, usual) in [
            (&Own::Inet, "10.0.0.1/32", "10.0.0.1"),
            (&Own::Inet, "10.0.0.1/24", "10.0.0.1/24"),
            (&Own::Inet, "2001:0DB8::1/128", "2001:db8::1"),
            (&Own::Cidr, "10.0.0.0/8", "10.0.0.0/8"),
            (&Own::Cidr, "0.0.0.0/0", "0.0.0.0/0"),
            (&Own::Cidr, "10.0.0.1", "10.0.0.1/32"),
            (&Own::Mac(6), "08-00-2B-01-02-03", "08:00:2b:01:02:03"),
            (&Own::Mac(6), "0800.2b01.0203", "08:00:2b:01:02:03"),
            (&Own::Interval, "1 year 14 months", "2 years 2 mons"),
            (&Own::Interval, "1 days 02:03:04.500000", "1 day 02:03:04.5"),
            (&Own::Interval, "-1 days +23:59:59", "-1 days 23:59:59"),
            (
                &Own::Interval,
                "P1Y2M3DT4H5M6.5S",
                "1 year 2 mons 3 days 04:05:06.5",
            ),
            (&Own::Interval, "90 min", "01:30:00"),
            (&Own::Interval, "0 s", "00:00:00"),
            (&Own::Interval, "-100:00:01", "-100:00:01"),
            (&bits, "101", "101"),
            (&set, "c,a,c", "a,c"),
            (&set, "", ""),
        ] {
            assert_eq!(own.usual(text).as_deref(), Some(usual), "{text}");
            assert_eq!(own.usual(usual).as_deref(), Some(usual), "{usual}");
        }
        for (own, texts) in [
            (
                &Own::Inet,
                &["10.0.0", "10.0.0.1/33", "10.0.0.1/+8", "x", ""][..],
            ),
            (&Own::Cidr, &["10.0.0.1/8", "2001:db8::1/64"]),
            (
                &Own::Mac(6),
                &[
                    "08:00:2b:01:02",
                    "x8:00:2b:01:02:03",
                    "0:8:002b010203",
                    "08:00-2b:01:02:03",
                    "",
                ],
            ),
            (
                &Own::Interval,
                &[
                    "",
                    "P",
                    "PT",
                    "1",
                    "1 fortnight",
                    "1.5 days",
                    "1:60",
                    "P1S",
                    "99999999999 years",
                ],
            ),
            (&bits, &["10", "1010", "102", ""]),
            (&set, &["a,d", "A"]),
        ] {
            for text in texts {
                assert_eq!(own.usual(text), None, "{text}");
                assert!(own.hint().starts_with("write "));
            }
        }
    }
}
