//! A decision drawn: its table with its rules, which of them match, and which cell stopped the
//! others; or its expression. Below it the rule under the cursor in full, and the result.

use crate::client::dmn::{Decision, Logic, RuleVerdict, Table, TableVerdict};
use crate::client::feel::Reason;
use crate::tui::theme::Role;
use crate::tui::ui::{Hit, Ui};
use crate::tui::words;
use ratatui::layout::Rect;
use std::cell::Cell;

/// Widest column, and how narrow one gets before the table scrolls.
const WIDEST: usize = 32;
const NARROWEST: usize = 9;
/// Most lines of results and reasons.
const RESULTS: usize = 4;

/// What is shown of a decision besides itself.
pub struct Look<'a> {
    /// What the cells said.
    pub verdict: Option<&'a TableVerdict>,
    /// Over the results: whose or when they are.
    pub heading: String,
    /// The results in words; empty when there are none.
    pub results: Vec<String>,
    /// What went wrong.
    pub failed: Option<&'a str>,
    /// Why something was null.
    pub reasons: &'a [Reason],
    /// The rule under the cursor.
    pub rule: Option<usize>,
    /// The first rule and the first column shown; drawing keeps them in bounds.
    pub first: &'a (Cell<usize>, Cell<usize>),
}

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
fn value_text(value: &serde_json::Value) -> String {
    words::cut(&value.to_string(), LONGEST_VALUE, "…")
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
        let value = value.map_or(String::new(), |v| value_text(&v.value["value"]));
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

/// The text of a decision that is no table.
pub fn expression(decision: &Decision) -> Option<String> {
    match &decision.logic {
        Logic::Expression(script) => Some(script.source().to_owned()),
        Logic::Table(_) => None,
    }
}

/// Draws the decision; what the corner of its pane says.
pub fn draw(ui: &mut Ui, area: Rect, decision: &Decision, look: &Look<'_>) -> Option<String> {
    let mut body = area;
    body.height -= results(ui, area, look);
    let dot = ui.glyphs.dot;
    let requires = match decision.requires.as_slice() {
        [] => String::new(),
        some => format!(" {dot} requires {}", some.join(", ")),
    };
    let kind = match &decision.logic {
        Logic::Expression(_) => "expression".to_owned(),
        Logic::Table(table) => {
            let aggregation = table.aggregation.map_or(String::new(), |a| format!(" {a}"));
            let rules = words::count(table.rules.len() as u64, "rule", "rules");
            format!("{}{aggregation} {dot} {rules}", table.hit_policy)
        }
    };
    let matching = look.verdict.map_or(String::new(), |verdict| {
        let matching = verdict.rules.iter().filter(|rule| rule.matches).count();
        match matching {
            0 => format!(" {dot} none matches"),
            1 => format!(" {dot} 1 matches"),
            n => format!(" {dot} {} match", words::thousands(n as u64)),
        }
    });
    let pieces = [
        (kind.as_str(), Role::Muted),
        (&matching, Role::Text),
        (&requires, Role::Muted),
    ];
    ui.pieces(body.x, body.y, body.width, &pieces);
    body.y += 1;
    body.height = body.height.saturating_sub(1);
    match &decision.logic {
        Logic::Expression(script) => {
            body.y += 1;
            body.height = body.height.saturating_sub(1);
            ui.paragraph(body, script.source(), Role::Text);
            None
        }
        Logic::Table(table) => {
            if let Some(rule) = look.rule {
                body.height -= detail(ui, body, table, rule, look.verdict);
            }
            rules(ui, body, table, look)
        }
    }
}

/// The results at the bottom; the lines they took.
fn results(ui: &mut Ui, area: Rect, look: &Look<'_>) -> u16 {
    let mut lines: Vec<(String, Role)> = Vec::new();
    if let Some(error) = look.failed {
        let folded = words::wrap(error, area.width.into());
        lines.extend(folded.into_iter().map(|line| (line, Role::Danger)));
    }
    let role = if look
        .verdict
        .is_some_and(|v| v.rules.iter().all(|rule| !rule.counts))
    {
        Role::Muted
    } else {
        Role::Success
    };
    for result in &look.results {
        let folded = words::wrap(result, area.width.into());
        lines.extend(folded.into_iter().map(|line| (line, role)));
    }
    let more = lines.len().saturating_sub(RESULTS);
    lines.truncate(RESULTS);
    if more > 0 {
        let text = format!("{} more", words::thousands(more as u64));
        lines.push((text, Role::Muted));
    }
    let reason = |reason: &Reason| {
        let text = format!("null: {} in `{}`", reason.message, reason.expression);
        (text, Role::Muted)
    };
    let mut reasons: Vec<_> = look.reasons.iter().map(reason).collect();
    reasons.dedup();
    lines.extend(reasons.into_iter().take(2));
    let room = usize::from(area.height / 3);
    lines.truncate(room);
    if lines.is_empty() {
        return 0;
    }
    let height = lines.len() as u16 + 1;
    let y = area.bottom() - height;
    ui.rule(
        area,
        y,
        &format!("Result {} {}", ui.glyphs.dot, look.heading),
    );
    for (y, (line, role)) in (y + 1..).zip(&lines) {
        ui.text(area.x, y, area.width, line, *role);
    }
    height
}

/// The rule under the cursor in full, as far as there is room; the lines it took.
fn detail(
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
        value.map_or(0, |v| {
            words::width(&stopped_here(&value_text(&v.value["value"])))
        })
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

fn columns<'t>(table: &'t Table, verdict: Option<&TableVerdict>) -> Vec<Column<'t>> {
    let column = |title: &'t str, kind: Kind| Column {
        title,
        value: match (kind, verdict) {
            (Kind::Input(ix), Some(verdict)) => {
                let value = verdict.inputs.get(ix);
                value.map_or(String::new(), |v| format!("= {}", v.value["value"]))
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
        let heads = [words::width(column.title), words::width(&column.value)];
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

/// Draws the rules; what is not in sight, in words.
fn rules(ui: &mut Ui, area: Rect, table: &Table, look: &Look<'_>) -> Option<String> {
    let mut columns = columns(table, look.verdict);
    let digits = table.rules.len().to_string().len() as u16;
    let margin = digits + 4;
    let room = usize::from(area.width.saturating_sub(margin)) + 2;
    if total(&columns, WIDEST) > room {
        // The rule under the cursor shows its note.
        columns.retain(|column| column.kind != Kind::Note);
    }
    // The widest columns give way first; when all are narrow the table scrolls.
    let fits = (NARROWEST..=WIDEST).rev();
    let fits = fits
        .into_iter()
        .find(|widest| total(&columns, *widest) <= room);
    let widest = fits.unwrap_or(WIDEST / 2);
    let last = (0..columns.len()).find(|from| total(&columns[*from..], widest) <= room);
    let last = last.unwrap_or(columns.len().saturating_sub(1));
    let left = look.first.1.get().min(last);
    look.first.1.set(left);
    let all = columns.len();
    columns.drain(..left);
    let mut x = area.x + margin;
    columns.retain_mut(|column| {
        column.width = column.width.min(widest);
        x += column.kind.line() as u16;
        let room = usize::from(area.right().saturating_sub(x));
        if room < column.width.min(NARROWEST) {
            x = area.right();
            return false;
        }
        column.width = column.width.min(room);
        column.x = x;
        x += column.width as u16 + 2;
        true
    });
    for column in &columns {
        let role = match column.kind {
            Kind::Input(_) => Role::Accent,
            Kind::Output(_) => Role::Info,
            Kind::Note => Role::Muted,
        };
        let wide = column.width as u16;
        ui.text(column.x, area.y, wide, column.title, role);
        ui.text(column.x, area.y + 1, wide, &column.value, Role::Text);
    }
    let head = 1 + u16::from(look.verdict.is_some());
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
        row(ui, line, digits, &columns, table, ix, verdict);
        if rule == Some(ix) {
            super::inbox::select(ui, line, true, true);
        }
        ui.hit(line, Hit::Row(1, ix));
    }
    line_between(
        ui,
        area,
        head + count.saturating_sub(first).min(rows) as u16,
        &columns,
    );
    let mut unseen = Vec::new();
    if columns.len() < all {
        let (from, to) = (left + 1, left + columns.len());
        unseen.push(format!("columns {from}-{to} of {all}"));
    }
    if rows < count || rule.is_some() {
        let number = |n: usize| words::thousands(n as u64);
        let at = rule.map_or(first, |rule| rule);
        unseen.push(format!("rule {} of {}", number(at + 1), number(count)));
    }
    (!unseen.is_empty()).then(|| unseen.join(&format!(" {} ", ui.glyphs.dot)))
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
