//! Texts that stand for no value in the files of other programs: suggested as NULL, never taken for it
//! unless somebody says so.

/// Such texts, whatever their case.
const OFTEN: [&str; 14] = [
    "NULL", "NA", "N/A", "#N/A", "NaN", "None", "nil", SURE, "(null)", "k.A.", "-", "--", "?", ".",
];
/// How `mysqldump --tab`, `SELECT … INTO OUTFILE` and PostgreSQL's `COPY` write NULL. Nobody means
/// the text.
const SURE: &str = "\\N";

/// Whether a text often means NULL.
pub(super) fn is_often(text: &str) -> bool {
    OFTEN.iter().any(|null| null.eq_ignore_ascii_case(text))
}

/// Whether it hardly means anything else, also among texts.
pub(super) fn is_sure(text: &str) -> bool {
    text == SURE
}

/// Why a value is refused that often means NULL, with what to do about it.
pub(super) fn advised(text: &str, reason: String, in_table: bool) -> String {
    if !is_often(text) {
        return reason;
    }
    if is_sure(text) && in_table {
        let what = reason.split("; ").next().unwrap_or_default();
        return format!(
            "{what}; where {text} is the NULL of a text export of a database, say so under escape: \\"
        );
    }
    // That it should be written otherwise helps nobody who means NULL.
    let what = reason.split("; ").next().unwrap_or_default();
    format!("{what}; where {text} means that there is no value, say so under null text: {text}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_often_means_null_is_told_with_what_to_say() {
        assert_eq!(
            advised(
                "\\N",
                "\"\\\\N\" is not DATE; write a day".to_owned(),
                false
            ),
            "\"\\\\N\" is not DATE; where \\N means that there is no value, say so under null \
             text: \\N"
        );
        let other = "\"x\" is not DATE; write a day".to_owned();
        assert_eq!(advised("x", other.clone(), true), other);
        let told = advised("\\N", "x is not DATE; y".to_owned(), true);
        assert!(told.ends_with("say so under escape: \\"), "{told}");
        assert!(is_often("null") && is_often("n/a") && !is_often("Nina"));
        assert!(is_sure("\\N") && !is_sure("NULL") && !is_sure("\\n"));
    }
}
