//! How long a history stays.

/// A century: no history is kept by date for longer.
pub const MOST_DAYS: u32 = 36_500;

/// The days of a time to live as models write it: `P30D`, or a number; none for an empty one.
pub fn days_to_live(text: &str) -> Result<Option<u32>, String> {
    let text = text.trim();
    let number = text
        .strip_prefix('P')
        .and_then(|rest| rest.strip_suffix('D'))
        .unwrap_or(text);
    match number {
        "" if text.is_empty() => Ok(None),
        number => match number.parse() {
            Ok(days) if days <= MOST_DAYS => Ok(Some(days)),
            _ => Err(format!(
                "Cannot parse historyTimeToLive '{text}': expected days, such as P30D or 30, at most {MOST_DAYS}"
            )),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_to_live_are_days() {
        assert_eq!(days_to_live("P30D"), Ok(Some(30)));
        assert_eq!(days_to_live(" 7 "), Ok(Some(7)));
        assert_eq!(days_to_live(""), Ok(None));
        assert_eq!(days_to_live("P36500D"), Ok(Some(36_500)));
        for bad in ["P1M", "-1", "P-1D", "soon", "P", "P36501D"] {
            assert!(days_to_live(bad).is_err(), "{bad}");
        }
    }
}
