//! A decision drawn: its table, or its expression; below it the result, which scrolls.

use super::table;
use crate::client::dmn::{self, Decision, Definitions, Knowledge, Logic, Table, TableVerdict};
use crate::client::feel::Reason;
use crate::tui::theme::Role;
use crate::tui::ui::{Hit, Ui};
use crate::tui::words;
use ratatui::layout::Rect;
use std::cell::Cell;

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
    /// What it was given, in words.
    pub given: &'a [String],
    /// The rule under the cursor.
    pub rule: Option<usize>,
    /// The first rule and the first column shown; drawing keeps them in bounds.
    pub first: &'a (Cell<usize>, Cell<usize>),
    /// The first line of the result that is shown, kept in bounds likewise; whether it has the keys.
    pub scrolled: (&'a Cell<usize>, bool),
}

impl Look<'_> {
    /// Whether there is no result.
    pub fn is_empty(&self) -> bool {
        self.results.is_empty() && self.failed.is_none()
    }

    /// What went wrong, the results, and why something was null.
    pub fn lines(&self) -> Vec<(String, Role)> {
        let counts = |verdict: &TableVerdict| verdict.rules.iter().any(|rule| rule.counts);
        let role = match self.verdict.is_none_or(counts) {
            true => Role::Success,
            false => Role::Muted,
        };
        let mut lines: Vec<(String, Role)> = Vec::new();
        lines.extend(self.failed.map(|error| (error.to_owned(), Role::Danger)));
        lines.extend(self.results.iter().map(|result| (result.clone(), role)));
        lines.extend(self.given.iter().map(|given| (given.clone(), Role::Muted)));
        // What is wrong in one expression stands together, the expression once.
        for reasons in self.reasons.chunk_by(|a, b| a.expression == b.expression) {
            let mut messages: Vec<&str> = reasons.iter().map(|r| r.message.as_str()).collect();
            messages.dedup();
            let messages = messages.into_iter().map(|why| format!("null: {why}"));
            lines.extend(messages.map(|line| (line, Role::Muted)));
            let expression = &reasons[0].expression;
            lines.push((format!("in `{expression}`"), Role::Muted));
        }
        lines
    }
}

/// The text of a decision that is no table.
pub fn expression(decision: &Decision) -> Option<String> {
    match &decision.logic {
        Logic::Expression(script) => Some(script.source().to_owned()),
        Logic::Table(_) => None,
    }
}

/// What the file says of a decision and of the columns of its table.
pub fn about(definitions: &Definitions, key: &str) -> Option<String> {
    let (dialect, because) = (definitions.dialect, definitions.because);
    let mut lines = vec![
        format!("key: {key}"),
        format!("dialect: {}, as {because}", dialect.name()),
        format!("    {}", dialect.ways()),
    ];
    let mut listed = |name: &str, all: &[String]| {
        if !all.is_empty() {
            lines.push(format!("{name}: {}", all.join(", ")));
        }
    };
    let decision = definitions.decisions.get(key);
    let required = decision.map_or(Vec::new(), |d| definitions.required_by(d));
    listed("requires", &required);
    if let Some(knowledge) = definitions.knowledge.get(key) {
        listed("called with", &knowledge.signature());
        listed("gives", knowledge.gives());
    } else {
        let asked = dmn::variables(definitions, key);
        let asked = asked.unwrap_or_default();
        let asked: Vec<String> = asked.iter().map(ToString::to_string).collect();
        listed("asks for", &asked);
    }
    if let Some(table) = definitions.table(key) {
        let aggregation = table.aggregation.map_or(String::new(), |a| format!(" {a}"));
        let (policy, words) = (table.hit_policy, table.policy_words());
        lines.push(format!("hit policy: {policy}{aggregation}, {words}"));
        for column in table.columns() {
            lines.push(String::new());
            lines.push(format!("{} {}", column.kind, column.title));
            let facts = column.facts().into_iter();
            lines.extend(facts.map(|(name, text)| format!("    {name}: {text}")));
        }
    }
    Some(lines.join("\n"))
}

/// Draws the decision; what the corner of its pane says.
pub fn draw(
    ui: &mut Ui,
    area: Rect,
    (definitions, decision): (&Definitions, &Decision),
    look: &Look<'_>,
) -> Option<String> {
    let mut body = area;
    body.height -= result(ui, area, look);
    let dot = ui.glyphs.dot;
    let requires = match definitions.required_by(decision).as_slice() {
        [] => String::new(),
        some => format!(" {dot} requires {}", some.join(", ")),
    };
    let kind = match &decision.logic {
        Logic::Expression(_) => "expression".to_owned(),
        Logic::Table(table) => policy(table, dot),
    };
    let matching = matching(look, dot);
    let dialect = format!(" {dot} {}", definitions.dialect.name());
    let pieces = [
        (kind.as_str(), Role::Muted),
        (&matching, Role::Text),
        (&dialect, Role::Muted),
        (&requires, Role::Muted),
    ];
    ui.pieces(body.x, body.y, body.width, &pieces);
    body.y += 1;
    body.height = body.height.saturating_sub(1);
    match &decision.logic {
        Logic::Expression(script) => {
            body.y += 1;
            body.height = body.height.saturating_sub(1);
            source(ui, body, script.source());
            None
        }
        Logic::Table(table) => rules(ui, body, table, look),
    }
}

/// The hit policy of a table and how many rules it has.
fn policy(table: &Table, dot: &str) -> String {
    let aggregation = table.aggregation.map_or(String::new(), |a| format!(" {a}"));
    let rules = words::count(table.rules.len() as u64, "rule", "rules");
    format!("{}{aggregation} {dot} {rules}", table.hit_policy)
}

/// How many rules match.
fn matching(look: &Look<'_>, dot: &str) -> String {
    look.verdict.map_or(String::new(), |verdict| {
        let matching = verdict.rules.iter().filter(|rule| rule.matches).count();
        match matching {
            0 => format!(" {dot} none matches"),
            1 => format!(" {dot} 1 matches"),
            n => format!(" {dot} {} match", words::thousands(n as u64)),
        }
    })
}

/// Draws a table above the rule under the cursor; what the corner of its pane says.
fn rules(ui: &mut Ui, mut area: Rect, table: &Table, look: &Look<'_>) -> Option<String> {
    if let Some(rule) = look.rule {
        area.height -= table::detail(ui, area, table, rule, look.verdict);
    }
    table::draw(ui, area, table, look)
}

/// Draws a decision service or business knowledge model: what it is called with, what it gives, its
/// function; below the result. What the corner of its pane says.
pub fn draw_function(
    ui: &mut Ui,
    area: Rect,
    (definitions, knowledge): (&Definitions, &Knowledge),
    look: &Look<'_>,
) -> Option<String> {
    let mut body = area;
    body.height -= result(ui, area, look);
    let (kind, dot) = (knowledge.kind().name(), ui.glyphs.dot);
    let table = knowledge.table();
    let policy = table.map(|table| policy(table, dot));
    let matching = matching(look, dot);
    let kind = match policy {
        Some(_) => format!(" {dot} {kind} {dot} {}", definitions.dialect.name()),
        None => format!("{kind} {dot} {}", definitions.dialect.name()),
    };
    let pieces = [
        (policy.as_deref().unwrap_or_default(), Role::Muted),
        (&matching, Role::Text),
        (&kind, Role::Muted),
    ];
    ui.pieces(body.x, body.y, body.width, &pieces);
    let mut lines = vec![format!("called with {}", knowledge.signature().join(", "))];
    let gives = knowledge.gives().iter();
    let gives = gives.map(|id| definitions.decisions.get(id).map_or(id, |d| &d.name));
    let gives: Vec<&str> = gives.map(String::as_str).collect();
    if !gives.is_empty() {
        lines.push(format!("gives {}", gives.join(", ")));
    }
    let down = |body: &mut Rect, lines: u16| {
        body.y += lines;
        body.height = body.height.saturating_sub(lines);
    };
    down(&mut body, 1);
    for text in lines {
        let used = ui.paragraph(body, &text, Role::Text);
        down(&mut body, used);
    }
    if let Some(table) = table {
        return rules(ui, body, table, look);
    }
    down(&mut body, 1);
    match knowledge.source() {
        Some(text) => source(ui, body, text),
        None => source(ui, body, &inside(definitions, knowledge)),
    }
    None
}

/// What a decision service does: the decisions that it makes, in their order.
pub fn inside(definitions: &Definitions, knowledge: &Knowledge) -> String {
    let mut lines = Vec::new();
    for decision in definitions.made_by(knowledge) {
        match &decision.logic {
            Logic::Table(table) => {
                let rules = words::count(table.rules.len() as u64, "rule", "rules");
                lines.push(format!(
                    "{} (table, {}, {rules})",
                    decision.name, table.hit_policy
                ));
            }
            Logic::Expression(script) => {
                lines.push(format!("{} (expression)", decision.name));
                let source = script.source().trim().lines();
                lines.extend(source.map(|line| format!("    {line}")));
            }
        }
    }
    lines.join("\n")
}

/// Draws an expression as it stands, its indentation included.
fn source(ui: &mut Ui, area: Rect, text: &str) {
    let lines = text
        .lines()
        .flat_map(|line| words::fold(line, area.width.into()));
    let lines: Vec<String> = lines.collect();
    let room = usize::from(area.height);
    for (y, line) in (area.y..).zip(lines.iter().take(room)) {
        ui.text(area.x, y, area.width, line, Role::Text);
    }
    if lines.len() > room && room > 0 {
        let more = format!(" {} Enter shows all ", ui.glyphs.ellipsis);
        ui.right(area, area.bottom() - 1, &more, Role::Muted);
    }
}

/// The result at the bottom, in as many lines as it needs up to a third of the pane, or up to two
/// thirds when it has the keys; the lines it took.
fn result(ui: &mut Ui, area: Rect, look: &Look<'_>) -> u16 {
    let wrapped = look.lines().into_iter().flat_map(|(text, role)| {
        let lines = words::wrap(&text, area.width.into()).into_iter();
        lines.map(move |line| (line, role))
    });
    let lines: Vec<(String, Role)> = wrapped.collect();
    let (top, focused) = look.scrolled;
    let share = if focused { 2 } else { 1 };
    let room = usize::from(area.height * share / 3).saturating_sub(1);
    let shown = lines.len().min(room);
    if shown == 0 {
        return 0;
    }
    let first = top.get().min(lines.len() - shown);
    top.set(first);
    let height = shown as u16 + 1;
    let y = area.bottom() - height;
    ui.rule(
        area,
        y,
        &format!("Result {} {}", ui.glyphs.dot, look.heading),
    );
    if shown < lines.len() {
        let keys = if focused { "Enter" } else { "Tab" };
        let (from, to, all) = (first + 1, first + shown, lines.len());
        let text = format!(" {from}-{to} of {all} {} {keys} ", ui.glyphs.dot);
        ui.right(area, y, &text, Role::Muted);
    }
    if focused {
        let place = Rect {
            x: area.x.saturating_sub(1),
            y: y + 1,
            width: 1,
            height: height - 1,
        };
        for line in place.rows() {
            ui.text(line.x, line.y, 1, ui.glyphs.cursor, Role::Accent);
        }
    }
    let place = Rect { y, height, ..area };
    ui.hit(place, Hit::Pane(2));
    for (y, (line, role)) in (y + 1..).zip(&lines[first..first + shown]) {
        ui.text(area.x, y, area.width, line, *role);
    }
    height
}
