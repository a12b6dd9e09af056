//! Draws the list and what is known of the row under the cursor.

use super::{Mode, Row};
use crate::tui::list::{Item, List};
use crate::tui::screen::inbox::{count_marks, list_pane, select};
use crate::tui::state::{Page, State};
use crate::tui::theme::Role;
use crate::tui::ui::{Hit, Ui, inset};
use crate::tui::words;
use chrono::{DateTime, Utc};
use ratatui::layout::Rect;
use std::collections::{HashMap, HashSet};

/// Draws the screen.
pub fn draw(state: &State, ui: &mut Ui, area: Rect) {
    let Some(Page::Incidents(page)) = state.pages.last() else {
        return;
    };
    ui.hit(area, Hit::Pane(0));
    let list = &page.list;
    let mut title = page.mode.title().to_owned();
    if page.instance.is_some() {
        title += " of this instance";
    }
    count_marks(ui, list, &mut title);
    if let Some(run) = &state.retrying {
        let (done, all) = run.share();
        let (done, all) = (words::thousands(done as u64), words::thousands(all as u64));
        let dot = ui.glyphs.dot;
        title += &format!(" {dot} trying again, {done} of {all}");
    }
    let inner = list_pane(ui, area, list, &title, true);
    let total = list.total();
    if list.slot.data.is_none() {
        let text = list.slot.error.as_deref();
        let text = text.unwrap_or("Asking the desk for jobs and incidents");
        ui.paragraph(inset(inner), text, Role::Muted);
        return;
    }
    if total == 0 {
        let text = match (list.text(), page.mode) {
            (Some(filter), _) => format!("Nothing matches \"{filter}\". Esc shows all."),
            (None, Mode::Failed) => "No incident: nothing failed.".to_owned(),
            (None, Mode::Waiting) => "No job waits for its time.".to_owned(),
            (None, Mode::All) => "Nothing failed, and no job waits.".to_owned(),
        };
        ui.paragraph(inset(inner), &text, Role::Muted);
        return;
    }
    let below = (inner.height / 3).clamp(3, 8);
    let columns = Columns::of(inner.width);
    let heads = ["job", "activity", "kind", "prio", "tries", "when", "cause"];
    columns.put(ui, inner, heads.map(|text| (text.to_owned(), Role::Muted)));
    let rows = Rect {
        y: inner.y + 1,
        height: inner.height.saturating_sub(1 + below),
        ..inner
    };
    let (twins, several) = (twins(list), list.several());
    let top = list.scrolled(rows.height.into(), |a, b| b - a + 1);
    for (i, index) in (top..total).take(rows.height.into()).enumerate() {
        let line = Rect {
            y: rows.y + i as u16,
            height: 1,
            ..rows
        };
        if let Some(row) = list.get(index) {
            if list.marks.contains(&row.key()) {
                ui.text(line.x + 1, line.y, 1, ui.glyphs.mark, Role::Accent);
            }
            let alike = twins.contains(row.title.as_str());
            shown(ui, line, &columns, row, (alike, several));
        }
        select(ui, line, index == list.selected, true);
        ui.hit(line, Hit::Row(0, index));
    }
    if let Some(row) = list.current() {
        let place = Rect {
            y: rows.bottom(),
            height: below,
            ..inner
        };
        detail(ui, place, row);
    }
}

/// Widths of the columns; 0 leaves one out.
struct Columns([u16; 7]);

impl Columns {
    fn of(width: u16) -> Columns {
        let cause = if width >= 100 { width * 2 / 5 } else { 0 };
        let kind = if width >= 76 { 18 } else { 0 };
        let priority = if width >= 76 { 5 } else { 0 };
        let (tries, when) = (5, 11);
        let gaps = 3 + [cause, kind, priority]
            .map(|w| u16::from(w > 0))
            .iter()
            .sum::<u16>();
        let rest = width.saturating_sub(5 + cause + kind + priority + tries + when + gaps);
        let activity = (rest * 2 / 5).min(26);
        Columns([
            rest - activity,
            activity,
            kind,
            priority,
            tries,
            when,
            cause,
        ])
    }

    fn put(&self, ui: &mut Ui, area: Rect, texts: [(String, Role); 7]) {
        let beside = Rect {
            x: area.x + 4,
            width: area.width.saturating_sub(4),
            ..area
        };
        ui.columns(beside, self.0, texts, &[3, 4]);
    }
}

/// The titles that rows of several instances have.
fn twins(list: &List<Row>) -> HashSet<&str> {
    let mut first = HashMap::new();
    let mut found = HashSet::new();
    for row in list.slot.data.iter().flat_map(|window| &window.items) {
        let title = row.title.as_str();
        if *first.entry(title).or_insert(&row.instance) != &row.instance {
            found.insert(title);
        }
    }
    found
}

fn shown(ui: &mut Ui, line: Rect, columns: &Columns, row: &Row, (alike, several): (bool, bool)) {
    let (sign, role) = match (row.failed(), &row.cause) {
        (true, _) => (ui.glyphs.incident, Role::Incident),
        (false, Some(_)) if row.batch.is_some() => (ui.glyphs.running, Role::Info),
        (false, Some(_)) => (ui.glyphs.back, Role::Warning),
        (false, None) => (ui.glyphs.running, Role::Info),
    };
    ui.text(line.x + 2, line.y, 1, sign, role);
    let when = match (row.since, row.due) {
        (Some(since), _) => (ui.clock.ago(since), Role::Muted),
        (None, _) if row.suspended => ("suspended".to_owned(), Role::Warning),
        (None, Some(due)) if due <= ui.clock.now => ("now".to_owned(), Role::Text),
        // A timer of a task without a due date stands in the year 3000.
        (None, Some(due)) if far(ui, due) => ("-".to_owned(), Role::Muted),
        (None, Some(due)) => (ui.clock.distance(due), Role::Text),
        (None, None) => (String::new(), Role::Muted),
    };
    let cause = row.cause.as_deref().unwrap_or_default();
    let cause = cause.lines().next().unwrap_or_default();
    let tries = row.retries.map_or_else(String::new, |n| n.to_string());
    let priority = row.priority.map_or_else(String::new, |n| n.to_string());
    let place = Rect {
        x: line.x + 4,
        width: columns.0[0].min(line.width.saturating_sub(4)),
        ..line
    };
    let twin = row.instance.as_deref().filter(|_| alike);
    let used = ui.title(place, &row.title, twin);
    let process = row.process().filter(|key| several && *key != row.title);
    if let Some(process) = process {
        ui.process(place, used, process);
    }
    columns.put(
        ui,
        line,
        [
            (String::new(), Role::Text),
            (row.activity.clone(), Role::Text),
            (row.kind.clone(), Role::Muted),
            (priority, Role::Text),
            (
                tries,
                if row.failed() {
                    Role::Danger
                } else {
                    Role::Text
                },
            ),
            when,
            (cause.to_owned(), role),
        ],
    );
}

/// True for a time that nobody waits for.
fn far(ui: &Ui, due: DateTime<Utc>) -> bool {
    due - ui.clock.now > chrono::TimeDelta::days(36_500)
}

/// The row under the cursor in full.
fn detail(ui: &mut Ui, area: Rect, row: &Row) {
    ui.rule(area, area.y, "");
    let place = inset(Rect {
        y: area.y + 1,
        height: area.height.saturating_sub(1),
        ..area
    });
    let dot = ui.glyphs.dot;
    let when = match (row.since, row.due) {
        (Some(since), _) if row.batch.is_some() => format!("since {}", ui.clock.stamp(since)),
        (Some(since), _) => format!("failed {}", ui.clock.stamp(since)),
        (None, Some(due)) if far(ui, due) => "not due by itself".to_owned(),
        (None, Some(due)) => format!("due {}, {}", ui.clock.stamp(due), ui.clock.distance(due)),
        (None, None) => String::new(),
    };
    let mut first = format!(
        "{} {dot} {} {dot} {} {dot} {when}",
        row.key, row.activity, row.kind
    );
    if let Some(priority) = row.priority.filter(|n| *n != 0) {
        first += &format!(" {dot} priority {priority}");
    }
    if row.suspended && row.batch.is_none() {
        first += &format!(" {dot} suspended: no worker takes it");
    }
    ui.text(place.x, place.y, place.width, &first, Role::Muted);
    let (text, role) = match &row.cause {
        Some(cause) => (cause.as_str(), Role::Text),
        None => ("It has not failed.", Role::Muted),
    };
    let rest = Rect {
        y: place.y + 1,
        height: place.height.saturating_sub(1),
        ..place
    };
    ui.paragraph(rest, text, role);
}
