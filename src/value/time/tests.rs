use super::*;
use chrono::{MappedLocalTime, Timelike};
use proptest::prelude::*;

/// Central Europe in 2026: +01:00, from 29 March to 25 October (01:00 UTC) +02:00.
#[derive(Debug, Clone, Copy)]
struct Berlin;

fn hours(n: i32) -> FixedOffset {
    FixedOffset::east_opt(n * 3600).expect("an offset")
}

impl TimeZone for Berlin {
    type Offset = FixedOffset;
    fn from_offset(_: &FixedOffset) -> Self {
        Berlin
    }
    fn offset_from_local_date(&self, local: &NaiveDate) -> MappedLocalTime<FixedOffset> {
        self.offset_from_local_datetime(&local.and_time(NaiveTime::MIN))
    }
    fn offset_from_local_datetime(&self, local: &NaiveDateTime) -> MappedLocalTime<FixedOffset> {
        let fits = |h: i32| {
            let utc = *local - TimeDelta::hours(h.into());
            self.offset_from_utc_datetime(&utc) == hours(h)
        };
        match (fits(2), fits(1)) {
            (true, true) => MappedLocalTime::Ambiguous(hours(2), hours(1)),
            (true, false) => MappedLocalTime::Single(hours(2)),
            (false, true) => MappedLocalTime::Single(hours(1)),
            (false, false) => MappedLocalTime::None,
        }
    }
    fn offset_from_utc_date(&self, utc: &NaiveDate) -> FixedOffset {
        self.offset_from_utc_datetime(&utc.and_time(NaiveTime::MIN))
    }
    fn offset_from_utc_datetime(&self, utc: &NaiveDateTime) -> FixedOffset {
        let at = |text: &str| text.parse::<NaiveDateTime>().expect("a time");
        let summer = at("2026-03-29T01:00:00")..at("2026-10-25T01:00:00");
        hours(if summer.contains(utc) { 2 } else { 1 })
    }
}

fn utc(text: &str) -> DateTime<Utc> {
    text.parse().unwrap_or_else(|e| panic!("{text}: {e}"))
}

fn format_pattern<Z: TimeZone>(
    at: DateTime<Utc>,
    zone: &Z,
    pattern: &str,
) -> Result<String, TimeError> {
    DatePattern::parse(pattern)?.format(at, zone)
}

fn parse_pattern<Z: TimeZone>(
    text: &str,
    zone: &Z,
    pattern: &str,
) -> Result<DateTime<Utc>, TimeError> {
    DatePattern::parse(pattern)?.read(text, zone)
}

fn berlin(text: &str) -> DateTime<Utc> {
    parse_instant(text, &Berlin).unwrap_or_else(|e| panic!("{e}"))
}

#[test]
fn reads_every_usual_form_of_an_instant() {
    for (text, expected) in [
        ("2026-03-01T09:30:00Z", "2026-03-01T09:30:00Z"),
        ("2026-03-01T09:30z", "2026-03-01T09:30:00Z"),
        ("2026-03-01T10:30:00.000+0100", "2026-03-01T09:30:00Z"),
        ("2026-03-01T10:30:00+01:00", "2026-03-01T09:30:00Z"),
        ("2026-03-01T10:30-01", "2026-03-01T11:30:00Z"),
        ("2026-03-01T09:30:15.5Z", "2026-03-01T09:30:15.500Z"),
        ("2026-03-01 09:30:15,123999Z", "2026-03-01T09:30:15.123Z"),
        ("2026-03-01T09:30", "2026-03-01T08:30:00Z"),
        ("2026-07-01T9:30", "2026-07-01T07:30:00Z"),
        (" 2026-03-01 ", "2026-02-28T23:00:00Z"),
        ("2028-02-29", "2028-02-28T23:00:00Z"),
    ] {
        assert_eq!(parse_instant(text, &Berlin), Ok(utc(expected)), "{text}");
    }
}

#[test]
fn refuses_what_is_no_instant() {
    for text in [
        "",
        "tomorrow",
        "2026-13-01",
        "2026-02-29",
        "26-01-01",
        "2026-03-01T25:00",
        "2026-03-01T10",
        "2026-03-01T10:30:60",
        "2026-03-01T10:30:00.",
        "2026-03-01T10:30+1",
        "2026-03-01T10:30+01:",
        "2026-03-01T10:30+99:00",
        "2026-03-01T10:30Zx",
        "01/03/2026",
        "2026-03-01T",
        "2026-٠3-01",
    ] {
        let error = parse_instant(text, &Utc).expect_err(text).to_string();
        assert!(
            error.contains("is no date; expected such as 2026-11-30T14:00"),
            "{error}"
        );
    }
    assert_eq!(
        parse_instant("0000-01-01", &Utc),
        Err(TimeError::OutOfRange)
    );
    assert_eq!(
        parse_instant("9999-12-31T23:59", &hours(-2)),
        Err(TimeError::OutOfRange)
    );
}

#[test]
fn camundas_text_comes_back() {
    let at = utc("2026-03-01T09:30:15.123Z");
    assert_eq!(instant(&camunda(at)), Some(at));
    assert_eq!(camunda(at).len(), "2013-01-23T14:42:45.000+0200".len());
    // The last there is, where clocks show another year already.
    let last = utc("9999-12-31T23:30:00Z");
    assert_eq!(camunda_in(last, &hours(2)), "9999-12-31T23:30:00.000+0000");
    assert_eq!(camunda_in(last, &hours(-2)), "9999-12-31T21:30:00.000-0200");
    assert_eq!(instant(&camunda(last)), Some(last));
}

#[test]
fn clocks_that_change() {
    // 02:30 does not exist on 29 March: as far behind the skip.
    assert_eq!(berlin("2026-03-29T02:30"), utc("2026-03-29T01:30:00Z"));
    // 02:30 comes twice on 25 October: the first.
    assert_eq!(berlin("2026-10-25T02:30"), utc("2026-10-25T00:30:00Z"));
    // A day keeps the time of day, 24 hours do not.
    let before = berlin("2026-03-28T12:00");
    for (period, after) in [("P1D", "2026-03-29T12:00"), ("PT24H", "2026-03-29T13:00")] {
        let period = super::super::Period::parse(period).expect("a period");
        assert_eq!(period.after_in(before, &Berlin), Some(berlin(after)));
    }
}

#[test]
fn formats_java_patterns() {
    let at = berlin("2026-03-05T15:04:09.07");
    for (pattern, expected) in [
        ("dd.MM.yyyy HH:mm", "05.03.2026 15:04"),
        ("d/M/yy h:m:s a", "5/3/26 3:4:9 PM"),
        ("EEE, d MMM yyyy", "Thu, 5 Mar 2026"),
        ("EEEE MMMM", "Thursday March"),
        ("yyyy-MM-dd'T'HH:mm:ss.SSSZ", "2026-03-05T15:04:09.070+0100"),
        ("X XX XXX z", "+01 +0100 +01:00 GMT+01:00"),
        ("'o''clock' ''", "o'clock '"),
        ("D u k K", "64 4 15 3"),
        ("y yyyyy", "2026 02026"),
        ("", ""),
        ("ä→", "ä→"),
    ] {
        assert_eq!(
            format_pattern(at, &Berlin, pattern).as_deref(),
            Ok(expected),
            "{pattern}"
        );
    }
    let midnight = utc("2026-03-05T00:00:00Z");
    assert_eq!(
        format_pattern(midnight, &Utc, "k K h a X z").as_deref(),
        Ok("24 0 12 AM Z UTC")
    );
    for pattern in ["q", "'open", "XXXX", &"y".repeat(300)] {
        let error = format_pattern(at, &Utc, pattern).expect_err(pattern);
        assert!(matches!(error, TimeError::Pattern { .. }), "{error}");
    }
}

#[test]
fn knows_patterns_that_name_a_day() {
    for (pattern, has) in [("dd.MM.yy", true), ("HH:mm", false), ("'d' MM.yyyy", false)] {
        assert_eq!(
            DatePattern::parse(pattern).map(|p| p.has_date()),
            Ok(has),
            "{pattern}"
        );
    }
}

#[test]
fn parses_java_patterns() {
    for (text, pattern, expected) in [
        ("05.03.2026", "dd.MM.yyyy", "2026-03-05T00:00"),
        ("5.3.2026", "dd.MM.yyyy", "2026-03-05T00:00"),
        ("05/03/26 3:04 pm", "dd/MM/yy h:mm a", "2026-03-05T15:04"),
        ("12:30 AM", "hh:mm a", "1970-01-01T00:30"),
        ("24:15", "kk:mm", "1970-01-01T00:15"),
        ("05/03/99", "dd/MM/yy", "1999-03-05T00:00"),
        ("05/03/26", "dd/MM/yyyy", "2026-03-05T00:00"),
        ("20260305150409", "yyyyMMddHHmmss", "2026-03-05T15:04:09"),
        ("Thu, 5 Mar 2026", "EEE, d MMM yyyy", "2026-03-05T00:00"),
        ("5 march 2026", "d MMMM yyyy", "2026-03-05T00:00"),
        (
            "2026-03-05T15:04:09.070+0300",
            "yyyy-MM-dd'T'HH:mm:ss.SSSZ",
            "2026-03-05T15:04:09.07+03",
        ),
        ("2026-03-05 15 Z", "yyyy-MM-dd HH X", "2026-03-05T15:00Z"),
        (
            "2026-03-05 15 GMT+02:00",
            "yyyy-MM-dd HH z",
            "2026-03-05T15:00+02",
        ),
        ("at 2026", "'at' yyyy", "2026-01-01T00:00"),
    ] {
        assert_eq!(
            parse_pattern(text, &Berlin, pattern),
            Ok(berlin(expected)),
            "{text}"
        );
    }
    for (text, pattern) in [
        ("31.02.2026", "dd.MM.yyyy"),
        ("05.03.2026 x", "dd.MM.yyyy"),
        ("05-03-2026", "dd.MM.yyyy"),
        ("x", "dd"),
        ("05.03.202", "dd.MM.yyyy"),
        ("005.03.2026", "dd.MM.yyyy"),
        ("", "dd"),
        ("13:00 PM", "hh:mm a"),
        ("25:00", "HH:mm"),
        ("Xyz", "MMM"),
        ("2026-03-05", "yyyy-MM-ddZ"),
    ] {
        let error = parse_pattern(text, &Berlin, pattern)
            .expect_err(text)
            .to_string();
        assert_eq!(
            error,
            format!("'{text}' is no date of the pattern '{pattern}'")
        );
    }
}

#[test]
fn reads_what_people_type() {
    // A Thursday.
    let now = berlin("2026-03-05T15:00");
    for (text, expected) in [
        ("in 2h", "2026-03-05T17:00"),
        ("+2d", "2026-03-07T15:00"),
        ("90m", "2026-03-05T16:30"),
        ("2h10", "2026-03-05T17:10"),
        ("in 2h10", "2026-03-05T17:10"),
        ("1h30m", "2026-03-05T16:30"),
        ("in 1 hour 30 minutes", "2026-03-05T16:30"),
        ("3 weeks", "2026-03-26T15:00"),
        ("30d", "2026-04-04T15:00"),
        ("1 month", "2026-04-05T15:00"),
        ("PT2H", "2026-03-05T17:00"),
        ("P1M", "2026-04-05T15:00"),
        ("fri 17:00", "2026-03-06T17:00"),
        ("Friday 9:00", "2026-03-06T09:00"),
        ("thu 17:00", "2026-03-05T17:00"),
        ("thu 15:00", "2026-03-12T15:00"),
        ("wed", "2026-03-11T23:59"),
        ("thurs", "2026-03-05T23:59"),
        ("today 17:30", "2026-03-05T17:30"),
        ("today 9:00", "2026-03-05T09:00"),
        ("today", "2026-03-05T23:59"),
        ("tomorrow 9:00", "2026-03-06T09:00"),
        ("TOMORROW", "2026-03-06T23:59"),
        ("17:30", "2026-03-05T17:30"),
        ("9:00", "2026-03-06T09:00"),
        ("2026-11-30", "2026-11-30T23:59"),
        ("2026-11-30 14:00", "2026-11-30T14:00"),
        ("2026-11-30T14:00:00.000+0100", "2026-11-30T14:00"),
        ("  in 2h  ", "2026-03-05T17:00"),
    ] {
        assert_eq!(
            parse_when(text, now, &Berlin),
            Ok(berlin(expected)),
            "{text}"
        );
    }
}

#[test]
fn says_what_people_may_type() {
    let now = berlin("2026-03-05T15:00");
    for text in [
        "",
        "soon",
        "in",
        "in 2",
        "2x",
        "fr 9:00",
        "fri 25:00",
        "fri 9",
        "tomorrow x",
        "2026-02-30",
        "30.11.2026",
        "in -2h",
        "2h10 30",
        "PT",
        "in 99999999999h",
    ] {
        let error = parse_when(text, now, &Berlin).expect_err(text);
        assert!(matches!(error, TimeError::When(_)), "{text}: {error}");
        assert!(
            error.to_string().contains("in 2h, +2d, 90m, fri 17:00"),
            "{error}"
        );
    }
    assert_eq!(
        parse_when("999999999d", now, &Berlin),
        Err(TimeError::OutOfRange)
    );
    let long = parse_when(&"x".repeat(5000), now, &Berlin).expect_err("long");
    assert!(long.to_string().len() < 300);
}

#[test]
fn tells_how_far_away() {
    let now = utc("2026-03-05T15:00:00Z");
    for (seconds, text) in [
        (0, "now"),
        (20, "in 20s"),
        (59, "in 59s"),
        (-59, "late 59s"),
        (60, "in 1m"),
        (42 * 60 + 30, "in 42m"),
        (2 * 3600 + 600, "in 2h10"),
        (2 * 3600, "in 2h00"),
        (86_399, "in 23h59"),
        (86_400, "in 1d"),
        (3 * 86_400 + 5, "in 3d"),
        (-300, "late 5m"),
        (-(2 * 3600 + 600), "late 2h10"),
        (-86_400 * 4, "late 4d"),
        (86_400 * 365 * 150, "in 54750d"),
        (86_400 * 365 * 500, "never"),
    ] {
        assert_eq!(relative(now + TimeDelta::seconds(seconds), now), text);
    }
}

proptest! {
    #[test]
    fn nothing_panics(
        text in "\\PC{0,20}|[0-9TZPWDHMS:.+ a-z-]{0,28}|(in |\\+)?[0-9]{1,12} ?[a-z]{0,7}",
        pattern in "[yMdHhkKmsSaEuDZXz' .:/-]{0,16}",
        seconds in -99_999_999_999_i64..399_999_999_999,
    ) {
        let now = DateTime::from_timestamp(seconds, 0).expect("a time");
        let _ = parse_instant(&text, &Berlin);
        let _ = parse_when(&text, now, &Berlin);
        let _ = parse_pattern(&text, &Berlin, &pattern);
        let _ = format_pattern(now, &Berlin, &pattern);
        let _ = relative(now, utc("2026-03-05T15:00:00Z"));
    }

    #[test]
    fn patterns_come_back(millis in 0_i64..4_000_000_000_000) {
        let at = DateTime::from_timestamp_millis(millis).expect("a time");
        for pattern in ["yyyy-MM-dd'T'HH:mm:ss.SSSZ", "EEEE, d. MMMM yyyy hh:mm:ss.SSS a XXX"] {
            let text = format_pattern(at, &Berlin, pattern).expect("text");
            prop_assert_eq!(parse_pattern(&text, &Berlin, pattern), Ok(at), "{}", text);
        }
        let day = format_pattern(at, &Utc, "yyyyMMdd").expect("text");
        let midnight = at.with_nanosecond(0).map(|at| at.date_naive().and_time(NaiveTime::MIN).and_utc());
        prop_assert_eq!(parse_pattern(&day, &Utc, "yyyyMMdd").ok(), midnight);
    }

    #[test]
    fn periods_and_their_reverse_meet(days in 0_i64..4000, minutes in 0_i64..100_000, start in 0_i64..3_000_000_000) {
        let at = DateTime::from_timestamp(start, 0).expect("a time");
        let forth = super::super::Period::parse(&format!("P{days}DT{minutes}M")).expect("a period");
        let later = forth.after_in(at, &Utc).expect("in range");
        prop_assert_eq!(later - at, TimeDelta::days(days) + TimeDelta::minutes(minutes));
        let back = super::super::Period::parse(&format!("-P{days}DT{minutes}M")).expect("a period");
        prop_assert_eq!(back.after_in(later, &Utc), Some(at));
    }
}
