//! Times of day.

use super::zone::Zone;
use super::{DAY, DAY_NANOS, SECOND, fraction, two_digits, write_fraction};
use std::cmp::Ordering;
use std::fmt;

/// A time of day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Time {
    nanos: u64,
    zone: Zone,
}

impl Time {
    /// Midnight, nowhere in particular.
    pub const MIDNIGHT: Time = Time {
        nanos: 0,
        zone: Zone::Local,
    };

    /// The time, if there is one.
    pub fn new(hour: i64, minute: i64, second: i64, nanos: u64, zone: Zone) -> Option<Time> {
        let valid =
            (0..24).contains(&hour) && (0..60).contains(&minute) && (0..60).contains(&second);
        if !valid || nanos >= SECOND as u64 {
            return None;
        }
        let seconds = (hour * 3600 + minute * 60 + second) as u64;
        Some(Time {
            nanos: seconds * SECOND as u64 + nanos,
            zone,
        })
    }

    /// Reads `HH:MM:SS[.fraction][zone]`.
    pub fn parse(text: &str) -> Option<Time> {
        let (clock, zone) = match text.find(['Z', '+', '-', '@']) {
            Some(at) => (text.get(..at)?, Zone::parse(text.get(at..)?)?),
            None => (text, Zone::Local),
        };
        let (clock, nanos) = match clock.split_once('.') {
            Some((clock, digits)) => (clock, fraction(digits)?),
            None => (clock, 0),
        };
        let mut parts = clock.split(':').map(two_digits);
        let (h, m, s) = (parts.next()??, parts.next()??, parts.next()??);
        if parts.next().is_some() {
            return None;
        }
        Time::new(h.into(), m.into(), s.into(), nanos, zone)
    }

    /// The time so many nanoseconds after midnight, less than a day.
    pub(super) fn of_nanos(nanos: u64, zone: Zone) -> Time {
        Time {
            nanos: nanos % DAY_NANOS,
            zone,
        }
    }

    /// Hour, 0 to 23.
    pub fn hour(self) -> i64 {
        (self.nanos / 3_600_000_000_000) as i64
    }
    /// Minute.
    pub fn minute(self) -> i64 {
        (self.nanos / 60_000_000_000 % 60) as i64
    }
    /// Whole second.
    pub fn second(self) -> i64 {
        (self.nanos / 1_000_000_000 % 60) as i64
    }
    /// Nanoseconds since midnight.
    pub fn nanos(self) -> i128 {
        self.nanos.into()
    }
    /// Zone.
    pub fn zone(self) -> Zone {
        self.zone
    }
    /// The same reading of the clock elsewhere.
    pub fn at(self, zone: Zone) -> Time {
        Time { zone, ..self }
    }

    /// Nanoseconds since midnight in Greenwich, for times that both have a zone or none.
    fn against(self, other: Time) -> Option<(i128, i128)> {
        if self.zone == other.zone {
            return Some((self.nanos(), other.nanos()));
        }
        match (self.zone.offset(), other.zone.offset()) {
            (Some(a), Some(b)) => {
                let utc = |t: Time, o: i32| t.nanos() - i128::from(o) * SECOND;
                Some((utc(self, a), utc(other, b)))
            }
            _ => None,
        }
    }

    /// Order, where there is one.
    pub fn compare(self, other: Time) -> Option<Ordering> {
        self.against(other).map(|(a, b)| a.cmp(&b))
    }

    /// Equality as `=` has it, to the second (DMN 1.5 §10.3.2.3.4).
    pub fn same_second(self, other: Time) -> Option<bool> {
        self.against(other)
            .map(|(a, b)| a.div_euclid(SECOND) == b.div_euclid(SECOND))
    }

    /// `self - other` in nanoseconds.
    pub fn since(self, other: Time) -> Option<i128> {
        self.against(other).map(|(a, b)| a - b)
    }

    /// Later by `nanos`, around the clock.
    pub fn plus(self, nanos: i128) -> Time {
        Time {
            nanos: (self.nanos() + nanos % DAY).rem_euclid(DAY) as u64 % DAY_NANOS,
            ..self
        }
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:02}:{:02}:{:02}",
            self.hour(),
            self.minute(),
            self.second()
        )?;
        write_fraction(f, self.nanos % SECOND as u64)?;
        self.zone.fmt(f)
    }
}
