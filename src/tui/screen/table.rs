//! The rules of a decision table drawn: which of them match, and which cell stopped the others;
//! below them the rule under the cursor in full.

use super::decision::Look;
use crate::client::dmn::{ColumnShown, RuleVerdict, Table, TableVerdict, TracedValue};
use crate::tui::theme::Role;
use crate::tui::ui::{Hit, Ui};
use crate::tui::words;
use ratatui::layout::Rect;
use std::cell::Cell;

/// Widest column, and how narrow one gets before the table scrolls.
const WIDEST: usize = 32;
const NARROWEST: usize = 9;
/// How wide columns are at most that pass by beside others.
const PASSING: usize = 12;
/// Lines of a pane from which on the types of columns have one of their own.
const TALL: u16 = 12;
/// And from which on expressions have one of theirs.
const TALLER: u16 = 16;

/// A cell of a rule in full.
pub struct CellText {
    /// The title of its column.
    pub title: String,
    /// What stands in it.
    pub text: String,
    /// What it said of its input, in words.
    pub said: String,
    /// How that is meant.
    role: Role,
}

/// What stands in a cell; nothing lets everything pass.
fn shown(text: &str) -> &str {
    match text.trim() {
        "" => "-",
        text => text,
    }
}

/// The most of a value that is told beside what a cell said of it, in characters.
const LONGEST_VALUE: usize = 200;

/// A value beside what a cell said of it.
fn value_text(value: &TracedValue) -> String {
    words::cut(&value.in_words(), LONGEST_VALUE, "…")
}

fn stopped_here(value: &str) -> String {
    format!("{value} is stopped here")
}

/// The cells of a rule with what they said.
pub fn cells(table: &Table, rule: usize, verdict: Option<&TableVerdict>) -> Vec<CellText> {
    let Some(texts) = table.rules.get(rule) else {
        return Vec::new();
    };
    let said = verdict.and_then(|v| v.rules.get(rule));
    let stopped = said.and_then(RuleVerdict::stopped_by);
    let mut cells = Vec::new();
    for (column, (input, text)) in table.inputs.iter().zip(&texts.input_texts).enumerate() {
        let value = verdict.and_then(|v| v.inputs.get(column));
        let value = value.map_or(String::new(), value_text);
        let passed = said.and_then(|rule| rule.cells.get(column).copied().flatten());
        let (said, role) = match (said, passed) {
            (None, _) => (String::new(), Role::Text),
            (_, Some(true)) => (format!("{value} passes"), Role::Success),
            (_, Some(false)) if stopped == Some(column) => (stopped_here(&value), Role::Danger),
            (_, Some(false)) => (format!("{value} does not pass"), Role::Muted),
            (_, None) => (format!("not known for {value}"), Role::Muted),
        };
        cells.push(CellText {
            title: input.title().to_owned(),
            text: shown(text).to_owned(),
            said,
            role,
        });
    }
    let outputs = table.outputs.iter().map(|output| output.title());
    let outputs = outputs.zip(texts.output_texts.iter().map(|text| shown(text)));
    let note = texts.description.iter().map(|text| ("note", text.as_str()));
    cells.extend(outputs.chain(note).map(|(title, text)| CellText {
        title: title.to_owned(),
        text: text.to_owned(),
        said: String::new(),
        role: Role::Text,
    }));
    cells
}

/// The rule under the cursor in full, as far as there is room; the lines it took.
pub fn detail(
    ui: &mut Ui,
    area: Rect,
    table: &Table,
    rule: usize,
    verdict: Option<&TableVerdict>,
) -> u16 {
    let cells = cells(table, rule, verdict);
    let titles = cells.iter().map(|cell| words::width(&cell.title)).max();
    let margin = titles.unwrap_or(0).min(usize::from(area.width) / 3) as u16 + 2;
    let room = usize::from(area.width.saturating_sub(margin)).max(1);
    // As high for every rule, so that going through them moves nothing.
    let lines = |text: &str| words::width(text).div_ceil(room).max(1);
    let columns = table.inputs.len() + table.outputs.len();
    let said = |column: usize| {
        let value = verdict.and_then(|v| v.inputs.get(column));
        value.map_or(0, |v| words::width(&stopped_here(&value_text(v))))
    };
    let said: Vec<usize> = (0..table.inputs.len()).map(said).collect();
    let needed = |rule: &crate::client::dmn::Rule| {
        let cells = rule.input_texts.iter().zip(&said).map(|(text, said)| {
            let beside = lines(text) == 1 && words::width(text) + 2 + said <= room;
            lines(text)
                + if *said > 0 && !beside {
                    said.div_ceil(room)
                } else {
                    0
                }
        });
        let outputs = rule.output_texts.iter().map(|text| lines(text));
        let more = rule.description.as_deref().map_or(0, lines);
        cells.chain(outputs).sum::<usize>() + more
    };
    let needed = table.rules.iter().map(needed).max().unwrap_or(columns);
    // A small table leaves it more.
    let rules = table.rules.len() + 1 + usize::from(verdict.is_some());
    let height = usize::from(area.height);
    let most = (height * 2 / 5).max(height.saturating_sub(rules));
    let height = (needed + 1).min(most) as u16;
    if height < 3 {
        return 0;
    }
    let mut y = area.bottom() - height;
    ui.rule(area, y, &format!("Rule {}", rule + 1));
    y += 1;
    for cell in &cells {
        let mut wrapped: Vec<(String, Role)> = Vec::new();
        wrapped.extend(
            words::wrap(&cell.text, room)
                .into_iter()
                .map(|l| (l, Role::Text)),
        );
        // What it said stands beside it where there is room, else below.
        let beside = wrapped.len() == 1
            && words::width(&wrapped[0].0) + 2 + words::width(&cell.said) <= room;
        if !beside && !cell.said.is_empty() {
            let said = words::wrap(&cell.said, room).into_iter();
            wrapped.extend(said.map(|line| (line, cell.role)));
        }
        for (ix, (line, role)) in wrapped.iter().enumerate() {
            if y >= area.bottom() {
                let more = format!(" {} Enter shows all ", ui.glyphs.ellipsis);
                ui.right(area, area.bottom() - height, &more, Role::Muted);
                return height;
            }
            if ix == 0 {
                ui.text(area.x, y, margin - 1, &cell.title, Role::Muted);
            }
            let used = ui.text(area.x + margin, y, room as u16, line, *role);
            if beside {
                let left = (room as u16).saturating_sub(used + 2);
                ui.text(area.x + margin + used + 2, y, left, &cell.said, cell.role);
            }
            y += 1;
        }
    }
    height
}

/// A column of the table.
struct Column<'t> {
    title: &'t str,
    /// What the file says of it: its expression or name, where that is not the title, and its type.
    about: Vec<String>,
    /// What its input is.
    value: String,
    kind: Kind,
    /// How wide it would like to be, and where it stands.
    width: usize,
    x: u16,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Input(usize),
    Output(usize),
    Note,
}

impl Kind {
    /// What the line takes before the first output.
    fn line(self) -> usize {
        usize::from(self == Kind::Output(0))
    }

    fn cell(self, table: &Table, rule: usize) -> &str {
        let Some(rule) = table.rules.get(rule) else {
            return "";
        };
        match self {
            Kind::Input(ix) => rule.input_texts.get(ix).map_or("-", |text| shown(text)),
            Kind::Output(ix) => rule.output_texts.get(ix).map_or("-", |text| shown(text)),
            Kind::Note => rule.description.as_deref().unwrap_or(""),
        }
    }
}

/// What a column is besides its title.
fn about(column: &ColumnShown<'_>) -> Vec<String> {
    let facts = column.facts();
    let fact = |name: &str| {
        facts
            .iter()
            .find(|(own, _)| *own == name)
            .map(|(_, text)| *text)
    };
    let own = fact("expression").or(fact("name"));
    let both = [own, fact("type")].into_iter().flatten();
    both.map(str::to_owned).collect()
}

fn columns<'t>(table: &'t Table, verdict: Option<&TableVerdict>) -> Vec<Column<'t>> {
    let facts = table.columns();
    let column = |title: &'t str, kind: Kind| Column {
        title,
        about: match kind {
            Kind::Input(ix) => facts.get(ix).map_or(Vec::new(), about),
            Kind::Output(ix) => facts.get(table.inputs.len() + ix).map_or(Vec::new(), about),
            Kind::Note => Vec::new(),
        },
        value: match (kind, verdict) {
            (Kind::Input(ix), Some(verdict)) => {
                let value = verdict.inputs.get(ix);
                value.map_or(String::new(), |v| format!("= {}", v.in_words()))
            }
            _ => String::new(),
        },
        kind,
        width: 0,
        x: 0,
    };
    let inputs = table.inputs.iter().enumerate();
    let inputs = inputs.map(|(ix, input)| column(input.title(), Kind::Input(ix)));
    let outputs = table.outputs.iter().enumerate();
    let outputs = outputs.map(|(ix, output)| column(output.title(), Kind::Output(ix)));
    let mut all: Vec<Column<'t>> = inputs.chain(outputs).collect();
    if table.rules.iter().any(|rule| rule.description.is_some()) {
        all.push(column("note", Kind::Note));
    }
    for column in &mut all {
        // The sign of a cell that stops a rule takes two columns.
        let sign = if matches!(column.kind, Kind::Input(_)) {
            2
        } else {
            0
        };
        let cells = 0..table.rules.len();
        let cells = cells.map(|rule| words::width(column.kind.cell(table, rule)) + sign);
        let heads = column.about.iter().map(|line| words::width(line));
        let heads = heads.chain([words::width(column.title), words::width(&column.value)]);
        column.width = cells.chain(heads).max().unwrap_or(0).clamp(3, WIDEST);
    }
    all
}

/// Columns that take a width with a gap behind each, a wider one for the line between the
/// inputs and the outputs.
fn total(columns: &[Column<'_>], widest: usize) -> usize {
    let wide = |column: &Column<'_>| column.width.min(widest) + 2 + column.kind.line();
    columns.iter().map(wide).sum()
}

/// What a table looks like on a width: columns in sight, and the titles of the others.
struct Arranged<'t> {
    columns: Vec<Column<'t>>,
    before: Vec<&'t str>,
    after: Vec<&'t str>,
}

/// How much the rules are moved in from the left.
fn margin(table: &Table) -> u16 {
    table.rules.len().to_string().len() as u16 + 4
}

/// Whether all columns are in sight on this width.
pub fn fits(table: &Table, verdict: Option<&TableVerdict>, width: u16) -> bool {
    let mut columns = columns(table, verdict);
    columns.retain(|column| column.kind != Kind::Note);
    let room = usize::from(width.saturating_sub(margin(table))) + 2;
    total(&columns, NARROWEST) <= room
}

/// The widest that columns may be so that all of them fit.
fn widest(columns: &[Column<'_>], room: usize) -> Option<usize> {
    let mut widths = (NARROWEST..=WIDEST).rev();
    widths.find(|widest| total(columns, *widest) <= room)
}

/// Chooses the columns in sight. The outputs stay where there is room for them beside the inputs,
/// which pass by; else all columns do. `left` is the first that is shown of those that pass.
fn arrange<'t>(
    mut columns: Vec<Column<'t>>,
    area: Rect,
    margin: u16,
    left: &Cell<usize>,
) -> Arranged<'t> {
    let room = usize::from(area.width.saturating_sub(margin)) + 2;
    if total(&columns, WIDEST) > room {
        // The rule under the cursor shows its note.
        columns.retain(|column| column.kind != Kind::Note);
    }
    let narrow = |columns: &mut [Column<'t>], most: usize| {
        let widths = columns.iter_mut().map(|column| &mut column.width);
        widths.for_each(|width| *width = (*width).min(most));
    };
    let (mut before, mut after) = (Vec::new(), Vec::new());
    match widest(&columns, room) {
        // The widest columns give way first.
        Some(most) => {
            left.set(0);
            narrow(&mut columns, most);
        }
        None => {
            let is_input = |column: &Column<'t>| matches!(column.kind, Kind::Input(_));
            let split = columns.iter().take_while(|column| is_input(column)).count();
            let mut outputs = columns.split_off(split);
            let beside = widest(&outputs, room / 2).filter(|_| !columns.is_empty());
            if beside.is_none() {
                columns.append(&mut outputs);
            }
            let passing = room.saturating_sub(total(&outputs, beside.unwrap_or(PASSING)));
            let fit = |columns: &[Column<'t>]| total(columns, PASSING) <= passing;
            let last = (0..columns.len()).find(|from| fit(&columns[*from..]));
            let last = last.unwrap_or(columns.len().saturating_sub(1));
            let from = left.get().min(last);
            left.set(from);
            before.extend(columns.drain(..from).map(|column| column.title));
            let seen = (1..=columns.len()).rev().find(|n| fit(&columns[..*n]));
            let rest = columns.split_off(seen.unwrap_or(1).min(columns.len()));
            after.extend(rest.iter().map(|column| column.title));
            columns.append(&mut outputs);
            // What is left of the room is theirs.
            let most = widest(&columns, room).unwrap_or(PASSING);
            narrow(&mut columns, most);
        }
    }
    let mut x = area.x + margin;
    for column in &mut columns {
        x += column.kind.line() as u16;
        column.width = column.width.min(area.right().saturating_sub(x).into());
        column.x = x;
        x += column.width as u16 + 2;
    }
    Arranged {
        columns,
        before,
        after,
    }
}

/// Draws the rules; what is not in sight, in words.
pub fn draw(ui: &mut Ui, area: Rect, table: &Table, look: &Look<'_>) -> Option<String> {
    let mut area = area;
    let margin = margin(table);
    let columns = columns(table, look.verdict);
    let all = table.inputs.len() + table.outputs.len();
    let seen = arrange(columns, area, margin, &look.first.1);
    if !(seen.before.is_empty() && seen.after.is_empty()) && area.height > 4 {
        hidden(ui, area, &seen);
        area.y += 1;
        area.height -= 1;
    }
    let columns = seen.columns;
    let head = heads(ui, area, &columns, look.verdict.is_some());
    let top = area.y + head;
    let rows = usize::from(area.height.saturating_sub(head));
    let count = table.rules.len();
    let rule = look.rule.map(|rule| rule.min(count.saturating_sub(1)));
    let at = rule.unwrap_or(look.first.0.get());
    let first = look
        .first
        .0
        .get()
        .min(at)
        .max((at + 1).saturating_sub(rows));
    let first = first.min(count.saturating_sub(rows));
    look.first.0.set(first);
    for (y, ix) in (top..).zip((first..count).take(rows)) {
        let line = Rect {
            y,
            height: 1,
            ..area
        };
        let verdict = look.verdict.and_then(|v| v.rules.get(ix));
        row(ui, line, margin - 4, &columns, table, ix, verdict);
        if rule == Some(ix) {
            super::inbox::select(ui, line, true, true);
        }
        ui.hit(line, Hit::Row(1, ix));
    }
    let drawn = count.saturating_sub(first).min(rows) as u16;
    line_between(ui, area, head + drawn, &columns);
    let mut unseen = Vec::new();
    let shown = columns.iter().filter(|c| c.kind != Kind::Note).count();
    if shown < all {
        unseen.push(format!("{shown} of {all} columns"));
    }
    if rows < count || rule.is_some() {
        let number = |n: usize| words::thousands(n as u64);
        let at = rule.map_or(first, |rule| rule);
        unseen.push(format!("rule {} of {}", number(at + 1), number(count)));
    }
    (!unseen.is_empty()).then(|| unseen.join(&format!(" {} ", ui.glyphs.dot)))
}

/// Draws what stands over the rules: titles, in two lines where there is room for them, then what
/// the columns are, then their values; the lines it took.
fn heads(ui: &mut Ui, area: Rect, columns: &[Column<'_>], judged: bool) -> u16 {
    let tall = area.height >= TALL;
    let long = |column: &Column<'_>| words::width(column.title) > column.width;
    let titles = if tall && columns.iter().any(long) {
        2
    } else {
        1
    };
    let most = columns.iter().map(|column| column.about.len()).max();
    let abouts = match most.unwrap_or(0) {
        _ if !tall => 0,
        most => most.min(if area.height >= TALLER { 2 } else { 1 }),
    };
    for column in columns {
        let role = match column.kind {
            Kind::Input(_) => Role::Accent,
            Kind::Output(_) => Role::Info,
            Kind::Note => Role::Muted,
        };
        let (wide, mut y) = (column.width as u16, area.y);
        let place = Rect {
            x: column.x,
            y,
            width: wide,
            height: titles,
        };
        match titles {
            1 => ui.text(column.x, y, wide, column.title, role),
            _ => {
                let title = cut_words(column.title, column.width, ui.glyphs.ellipsis);
                ui.paragraph(place, &title, role)
            }
        };
        y += titles;
        let about = match abouts {
            1 => vec![column.about.join(": ")],
            _ => column.about.clone(),
        };
        for (y, line) in (y..).zip(about.iter().take(abouts)) {
            ui.text(column.x, y, wide, line, Role::Muted);
        }
        y += abouts as u16;
        ui.text(column.x, y, wide, &column.value, Role::Text);
    }
    titles + abouts as u16 + u16::from(judged)
}

/// A title whose words are cut that are too long for a line, and not broken.
fn cut_words(title: &str, wide: usize, ellipsis: &str) -> String {
    let cut = |word| words::cut(word, wide, ellipsis);
    let words: Vec<String> = title.split(' ').map(cut).collect();
    words.join(" ")
}

/// A line over the titles that names the columns on both sides.
fn hidden(ui: &mut Ui, area: Rect, seen: &Arranged<'_>) {
    let half = area.width / 2;
    let used = match seen.before.is_empty() {
        true => 0,
        false => {
            // The nearest comes last.
            let names: Vec<&str> = seen.before.iter().rev().copied().collect();
            let text = format!("{} {}", ui.glyphs.left, names.join(", "));
            let room = if seen.after.is_empty() {
                area.width
            } else {
                half
            };
            ui.text(area.x, area.y, room, &text, Role::Info)
        }
    };
    if !seen.after.is_empty() {
        let more = words::count(seen.after.len() as u64, "more", "more");
        let room = usize::from(area.width.saturating_sub(used + 4));
        let text = format!("{more}: {}", seen.after.join(", "));
        let text = words::cut(&text, room, ui.glyphs.ellipsis);
        let text = format!("{text} {}", ui.glyphs.right);
        ui.right(area, area.y, &text, Role::Info);
    }
}

/// A line between the inputs and the outputs.
fn line_between(ui: &mut Ui, area: Rect, height: u16, columns: &[Column<'_>]) {
    let output = |column: &&Column<'_>| matches!(column.kind, Kind::Output(0));
    let Some(first) = columns.iter().find(output) else {
        return;
    };
    for y in area.y..(area.y + height).min(area.bottom()) {
        ui.text(
            first.x.saturating_sub(2),
            y,
            1,
            ui.glyphs.column,
            Role::Border,
        );
    }
}

fn row(
    ui: &mut Ui,
    line: Rect,
    digits: u16,
    columns: &[Column<'_>],
    table: &Table,
    ix: usize,
    verdict: Option<&RuleVerdict>,
) {
    let (sign, role) = match verdict {
        Some(rule) if rule.counts => (ui.glyphs.done, Role::Success),
        Some(rule) if rule.matches => (ui.glyphs.radio_off, Role::Success),
        Some(_) => ("", Role::Muted),
        None => ("", Role::Text),
    };
    let stopped = verdict.and_then(RuleVerdict::stopped_by);
    let in_sight = |at: usize| columns.iter().any(|c| c.kind == Kind::Input(at));
    let sign = match stopped {
        // The cell that stopped it has no room to say so.
        Some(at) if !in_sight(at) => ui.glyphs.cancelled,
        _ => sign,
    };
    let wide = usize::from(digits);
    let number = format!("{:>wide$} {sign}", ix + 1);
    ui.text(line.x + 1, line.y, digits + 2, &number, role);
    for column in columns {
        let (sign, role) = match (column.kind, verdict) {
            (Kind::Note, _) => ("", Role::Muted),
            // The first cell that stopped the rule is told by a sign, too.
            (Kind::Input(at), _) if stopped == Some(at) => (ui.glyphs.cancelled, Role::Danger),
            (Kind::Input(at), Some(rule)) => match rule.cells.get(at).copied().flatten() {
                Some(true) => ("", Role::Success),
                Some(false) => ("", Role::Muted),
                None => ("?", Role::Muted),
            },
            _ => ("", role),
        };
        let cell = column.kind.cell(table, ix);
        let text = match sign {
            "" => cell.to_owned(),
            sign => format!("{sign} {cell}"),
        };
        // A cell is one line; the rule under the cursor is shown in full below.
        let text = text.replace(['\n', '\t'], " ");
        ui.text(column.x, line.y, column.width as u16, &text, role);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_word_of_a_title_is_cut_and_not_broken() {
        assert_eq!(cut_words("Creditworthiness", 15, "…"), "Creditworthine…");
        assert_eq!(
            cut_words("Date of the last order", 5, "…"),
            "Date of the last order"
        );
    }
}
