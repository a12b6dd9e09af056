//! Numbers of cells that are days or times: serial numbers of days, told by their format
//! (ECMA-376, part 1, 18.8.30 and 18.17.4).

use chrono::{Duration, NaiveDate, NaiveDateTime};

/// What a format makes of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Shows {
    #[default]
    Number,
    Day,
    Time,
    /// Hours that may be more than a day has.
    Elapsed,
    DayAndTime,
}

impl Shows {
    /// By the number of a built-in format.
    pub(super) fn built_in(id: u32) -> Shows {
        match id {
            14..=17 | 27..=31 | 36 | 50..=58 => Shows::Day,
            18..=21 | 32..=35 | 45 | 47 => Shows::Time,
            46 => Shows::Elapsed,
            22 => Shows::DayAndTime,
            _ => Shows::Number,
        }
    }

    /// By the code of a format such as `dd/mm/yyyy hh:mm`: its first section counts.
    pub(super) fn of_code(code: &str) -> Shows {
        let (mut day, mut time, mut elapsed) = (false, false, false);
        let mut signs = code.chars();
        while let Some(sign) = signs.next() {
            match sign.to_ascii_lowercase() {
                '"' => drop(signs.find(|c| *c == '"')),
                '\\' | '_' | '*' => drop(signs.next()),
                '[' => {
                    let inside: String = signs.by_ref().take_while(|c| *c != ']').collect();
                    let counted = |c: char| matches!(c.to_ascii_lowercase(), 'h' | 'm' | 's');
                    elapsed |= !inside.is_empty() && inside.chars().all(counted);
                    time |= elapsed;
                }
                ';' => break,
                'y' | 'd' => day = true,
                'h' | 's' => time = true,
                'm' => day |= !time && !code.to_ascii_lowercase().contains(['h', 's']),
                '0' | '#' | '?' if !time => return Shows::Number,
                'g' if code.eq_ignore_ascii_case("general") => return Shows::Number,
                _ => {}
            }
        }
        match (day, time) {
            (false, false) => Shows::Number,
            (true, false) => Shows::Day,
            (false, true) if elapsed => Shows::Elapsed,
            (false, true) => Shows::Time,
            (true, true) => Shows::DayAndTime,
        }
    }

    /// The day or time that a number is, as usual; none where it is but a number.
    pub(super) fn text(self, serial: f64, since_1904: bool) -> Option<String> {
        if self == Shows::Number || !(0.0..2_958_466.0).contains(&serial) {
            return None;
        }
        // Excel counts two days that were never there: the one before the first, and the 29th of
        // February 1900. What stands for no value, or for a time, is not made a day of.
        let never = !since_1904 && matches!(serial as u32, 0 | 60);
        if never && matches!(self, Shows::Day | Shows::DayAndTime) {
            return None;
        }
        // As fine as spreadsheets keep it.
        let millis = (serial * 86_400_000.0).round() as i64;
        let at = epoch(serial, since_1904)? + Duration::milliseconds(millis);
        let fraction = at.and_utc().timestamp_subsec_millis();
        let clock = if fraction == 0 {
            "%H:%M:%S"
        } else {
            "%H:%M:%S%.3f"
        };
        let midnight = millis % 86_400_000 == 0;
        if self == Shows::Elapsed {
            let hours = millis / 3_600_000;
            return Some(format!(
                "{hours:02}:{}",
                at.format(clock.trim_start_matches("%H:"))
            ));
        }
        Some(match self {
            Shows::Time if serial < 1.0 => at.format(clock).to_string(),
            Shows::Day if midnight => at.format("%Y-%m-%d").to_string(),
            _ => at.format(&format!("%Y-%m-%d {clock}")).to_string(),
        })
    }
}

/// Day 0. The 29th of February 1900, which never was, is day 60.
fn epoch(serial: f64, since_1904: bool) -> Option<NaiveDateTime> {
    let day = match since_1904 {
        true => NaiveDate::from_ymd_opt(1904, 1, 1),
        false if serial < 60.0 => NaiveDate::from_ymd_opt(1899, 12, 31),
        false => NaiveDate::from_ymd_opt(1899, 12, 30),
    };
    day?.and_hms_opt(0, 0, 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_tell_days_and_times_from_numbers() {
        for (code, shows) in [
            ("General", Shows::Number),
            ("0.00", Shows::Number),
            ("#,##0 \"days\"", Shows::Number),
            ("[Red]0.0", Shows::Number),
            ("dd/mm/yyyy", Shows::Day),
            ("mmm\\-yy", Shows::Day),
            ("[$-407]d. mmmm yyyy;@", Shows::Day),
            ("h:mm:ss", Shows::Time),
            ("[h]:mm", Shows::Elapsed),
            ("[mm]:ss", Shows::Elapsed),
            ("yyyy-mm-dd hh:mm:ss.000", Shows::DayAndTime),
        ] {
            assert_eq!(Shows::of_code(code), shows, "{code}");
        }
        assert_eq!(Shows::built_in(14), Shows::Day);
        assert_eq!(Shows::built_in(2), Shows::Number);
    }

    #[test]
    fn serial_numbers_are_days() {
        let day = |serial, since| Shows::Day.text(serial, since).unwrap();
        assert_eq!(day(1.0, false), "1900-01-01");
        assert_eq!(day(59.0, false), "1900-02-28");
        assert_eq!(day(61.0, false), "1900-03-01");
        assert_eq!(day(46387.0, false), "2026-12-31");
        assert_eq!(day(44925.0, true), "2026-12-31");
        assert_eq!(day(46387.5, false), "2026-12-31 12:00:00");
        let at = Shows::DayAndTime.text(46387.4298611111, false);
        assert_eq!(at.as_deref(), Some("2026-12-31 10:19:00"));
        assert_eq!(Shows::Time.text(0.25, false).as_deref(), Some("06:00:00"));
        let elapsed = |serial| Shows::Elapsed.text(serial, false).unwrap();
        assert_eq!(elapsed(0.25), "06:00:00");
        assert_eq!(elapsed(1.104166666666667), "26:30:00");
        assert_eq!(elapsed(100.0 + 1.5 / 86_400.0), "2400:00:01.500");
        assert_eq!(Shows::Day.text(-1.0, false), None);
        // Days that no calendar has: the one before the first, and the 29th of February 1900.
        for serial in [0.0, 0.5, 60.0, 60.25] {
            assert_eq!(Shows::Day.text(serial, false), None, "{serial}");
            assert_eq!(Shows::DayAndTime.text(serial, false), None, "{serial}");
        }
        assert_eq!(day(0.0, true), "1904-01-01");
        assert_eq!(day(60.0, true), "1904-03-01");
        assert_eq!(Shows::Number.text(1.0, false), None);
    }
}
