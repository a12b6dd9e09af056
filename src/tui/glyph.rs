//! The signs of the screens, in Unicode and in ASCII.

/// One set of signs; each takes one column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Glyphs {
    /// True for the set that any terminal shows.
    pub ascii: bool,
    /// Where a text was cut.
    pub ellipsis: &'static str,
    /// Before the selected line.
    pub cursor: &'static str,
    /// Late.
    pub late: &'static str,
    /// Came back.
    pub back: &'static str,
    /// Free to claim.
    pub free: &'static str,
    /// An incident.
    pub incident: &'static str,
    /// Well done.
    pub done: &'static str,
    /// Cancelled.
    pub cancelled: &'static str,
    /// Somebody said something.
    pub comment: &'static str,
    /// Running.
    pub running: &'static str,
    /// Marked.
    pub mark: &'static str,
    /// Unread.
    pub unread: &'static str,
    /// A choice that opens.
    pub open: &'static str,
    /// Something that is folded.
    pub folded: &'static str,
    /// Between the parts of a path.
    pub then: &'static str,
    /// Chosen among others.
    pub radio_on: &'static str,
    /// Not chosen.
    pub radio_off: &'static str,
    /// Stands for a letter of a secret.
    pub secret: &'static str,
    /// More above.
    pub above: &'static str,
    /// More below.
    pub below: &'static str,
    /// More to the left.
    pub left: &'static str,
    /// More to the right.
    pub right: &'static str,
    /// Between two facts in one line.
    pub dot: &'static str,
    /// A full cell of a gauge.
    pub full: &'static str,
    /// An empty cell of a gauge.
    pub empty: &'static str,
    /// A line in a rule.
    pub rule: &'static str,
    /// A separator of columns.
    pub column: &'static str,
    /// Eight heights, the lowest first.
    pub bars: [&'static str; 8],
    /// Pictures of a spinner.
    pub spinner: [&'static str; 8],
}

/// What modern terminals show.
pub const UNICODE: Glyphs = Glyphs {
    ascii: false,
    ellipsis: "…",
    cursor: "▌",
    late: "!",
    back: "↩",
    free: "+",
    incident: "⚠",
    done: "✓",
    cancelled: "×",
    comment: "❝",
    running: "●",
    mark: "◆",
    unread: "•",
    open: "▾",
    folded: "▸",
    then: "›",
    radio_on: "◉",
    radio_off: "○",
    secret: "•",
    above: "↑",
    below: "↓",
    left: "←",
    right: "→",
    dot: "·",
    full: "━",
    empty: "─",
    rule: "─",
    column: "│",
    bars: ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"],
    spinner: ["⣾", "⣽", "⣻", "⢿", "⡿", "⣟", "⣯", "⣷"],
};

/// What every terminal shows.
pub const ASCII: Glyphs = Glyphs {
    ascii: true,
    ellipsis: "~",
    cursor: ">",
    late: "!",
    back: "<",
    free: "+",
    incident: "!",
    done: "v",
    cancelled: "x",
    comment: "\"",
    running: "*",
    mark: "#",
    unread: "*",
    open: "v",
    folded: ">",
    then: ">",
    radio_on: "*",
    radio_off: "o",
    secret: "*",
    above: "^",
    below: "v",
    left: "<",
    right: ">",
    dot: "-",
    full: "#",
    empty: ".",
    rule: "-",
    column: "|",
    bars: [".", ".", ":", ":", "-", "=", "#", "#"],
    spinner: ["|", "/", "-", "\\", "|", "/", "-", "\\"],
};

#[cfg(test)]
mod tests {
    use super::*;
    use unicode_width::UnicodeWidthStr;

    #[test]
    fn one_column_each() {
        for set in [UNICODE, ASCII] {
            let mut all = vec![
                set.ellipsis,
                set.cursor,
                set.late,
                set.back,
                set.free,
                set.incident,
                set.done,
                set.cancelled,
                set.running,
                set.mark,
                set.unread,
                set.open,
                set.then,
                set.radio_on,
                set.radio_off,
                set.secret,
                set.above,
                set.below,
                set.left,
                set.right,
                set.dot,
                set.full,
                set.empty,
                set.rule,
                set.column,
            ];
            all.extend(set.bars);
            all.extend(set.spinner);
            for sign in all {
                assert_eq!(sign.width(), 1, "{sign}");
                assert!(!set.ascii || sign.is_ascii(), "{sign}");
            }
        }
    }
}
