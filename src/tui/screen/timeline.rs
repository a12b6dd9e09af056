//! What happened in an instance, and what it knows: variables, tasks, what runs.

use super::instance::Known;
use crate::client::{HistoryEntry, InstanceDetail};
use crate::tui::theme::Role;
use crate::tui::ui::{Hit, Ui};
use crate::tui::words::{self, Clock};
use ratatui::layout::Rect;

/// The sign and role of a kind of event.
fn sign(ui: &Ui, entry: &HistoryEntry) -> (&'static str, Role) {
    let glyphs = ui.glyphs;
    match entry.kind.as_str() {
        "cameBack" => (glyphs.back, Role::Warning),
        "incident" => (glyphs.incident, Role::Incident),
        "cancelled" => (glyphs.cancelled, Role::Danger),
        "completed" | "ended" => (glyphs.done, Role::Success),
        "started" | "inserted" | "checked" => (glyphs.running, Role::Info),
        _ => (glyphs.dot, Role::Muted),
    }
}

/// When, as short as the day allows.
fn stamp(clock: &Clock, entry: &HistoryEntry) -> String {
    let (here, today) = (clock.local(entry.time), clock.local(clock.now));
    let format = if here.date_naive() == today.date_naive() {
        "%H:%M"
    } else {
        "%-d %b %H:%M"
    };
    here.format(format).to_string()
}

/// Draws the timeline, scrolled from its end: what happened last is what one looks for.
pub fn draw(ui: &mut Ui, area: Rect, known: &Known, back: usize, focused: bool) {
    ui.hit(area, Hit::Pane(1));
    let title = if area.width > 60 {
        "Timeline, newest first"
    } else {
        "Timeline"
    };
    let inner = ui.pane(area, title, focused);
    let total = known.history.len();
    if total > usize::from(inner.height) {
        ui.corner(area, &format!("{} of {total}", back + 1));
    }
    let wide = known
        .history
        .iter()
        .map(|e| words::width(&stamp(&ui.clock, e)))
        .max()
        .unwrap_or(5) as u16;
    let mut y = inner.y;
    for entry in known.history.iter().rev().skip(back) {
        if y >= inner.bottom() {
            break;
        }
        let at = stamp(&ui.clock, entry);
        ui.right(
            Rect {
                width: wide + 1,
                ..inner
            },
            y,
            &at,
            Role::Muted,
        );
        let (sign, role) = sign(ui, entry);
        ui.text(inner.x + wide + 2, y, 1, sign, role);
        let x = inner.x + wide + 4;
        let columns = inner.right().saturating_sub(x);
        let text = match entry.round {
            Some(round) if round > 1 => format!("{} (round {round})", entry.text),
            _ => entry.text.clone(),
        };
        let role = if matches!(role, Role::Muted | Role::Info | Role::Success) {
            Role::Text
        } else {
            role
        };
        let lines = words::wrap(&text, columns.into());
        let shown = if focused { 4 } else { 2 };
        for line in lines.iter().take(shown) {
            if y < inner.bottom() {
                ui.text(x, y, columns, line, role);
                y += 1;
            }
        }
        if lines.len() > shown {
            ui.text(
                inner.right().saturating_sub(1),
                y.saturating_sub(1),
                1,
                ui.glyphs.ellipsis,
                Role::Muted,
            );
        }
    }
}

/// Lines of the details.
pub fn details_len(detail: &InstanceDetail) -> usize {
    detail.variables.len() + detail.tasks.len() + detail.incident_list.len() + 8
}

/// Draws variables and what else is known.
pub fn details(ui: &mut Ui, area: Rect, detail: &InstanceDetail, skip: usize, focused: bool) {
    ui.hit(area, Hit::Pane(2));
    let inner = ui.pane(area, "Variables", focused);
    let longest = detail
        .variables
        .keys()
        .map(|k| words::width(k))
        .max()
        .unwrap_or(0);
    let wide = (longest as u16).min(inner.width * 2 / 5);
    let instance = &detail.instance;
    let mut lines: Vec<(String, String, Role)> = detail
        .variables
        .iter()
        .map(|(name, value)| {
            let (text, role) = shown(value, &ui.clock);
            (name.clone(), text, role)
        })
        .collect();
    let mut fact = |name: &str, text: String| lines.push((name.to_owned(), text, Role::Text));
    fact("", String::new());
    fact("instance", instance.id.clone());
    fact(
        "started",
        format!(
            "{} by {}",
            ui.clock.stamp(instance.start_time),
            instance.start_user_id.as_deref().unwrap_or("the desk")
        ),
    );
    if let Some(end) = instance.end_time {
        fact("ended", ui.clock.stamp(end));
    }
    for task in &detail.tasks {
        let who = task.assignee.as_deref().unwrap_or("free to claim");
        fact(
            "task",
            format!("{}, {who}, priority {}", task.name, task.priority),
        );
    }
    for incident in &detail.incident_list {
        let text = incident
            .incident_message
            .clone()
            .unwrap_or_else(|| incident.incident_type.clone());
        lines.push(("incident".to_owned(), text, Role::Danger));
    }
    if lines.len() > inner.height.into() {
        ui.corner(area, &format!("{} of {}", skip + 1, lines.len()));
    }
    for (i, (name, text, role)) in lines
        .iter()
        .skip(skip)
        .take(inner.height.into())
        .enumerate()
    {
        let y = inner.y + i as u16;
        let wide = wide.max(8).min(inner.width);
        ui.text(inner.x, y, wide, name, Role::Muted);
        let x = inner.x + wide + 1;
        let columns = inner.right().saturating_sub(x);
        let text = text.lines().next().unwrap_or("");
        // Ids and paths differ at their ends.
        let text = match text.contains(' ') {
            true => words::cut(text, columns.into(), ui.glyphs.ellipsis),
            false => words::cut_middle(text, columns.into(), ui.glyphs.ellipsis),
        };
        ui.text(x, y, columns, &text, *role);
    }
}

/// A typed value as people read it; a secret shows only that it is one.
fn shown(value: &serde_json::Value, clock: &Clock) -> (String, Role) {
    if value
        .pointer("/valueInfo/secret")
        .and_then(serde_json::Value::as_bool)
        == Some(true)
    {
        return ("****** (secret)".to_owned(), Role::Muted);
    }
    let kind = value
        .get("type")
        .and_then(serde_json::Value::as_str)
        .unwrap_or("");
    match value.get("value") {
        None | Some(serde_json::Value::Null) => ("null".to_owned(), Role::Muted),
        Some(serde_json::Value::String(text)) if kind == "Date" => {
            let at = chrono::DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.3f%z");
            (
                at.map_or_else(|_| text.clone(), |at| clock.stamp(at.to_utc())),
                Role::Text,
            )
        }
        Some(serde_json::Value::String(text)) => (text.clone(), Role::Text),
        Some(serde_json::Value::Number(n)) => (n.to_string(), Role::Info),
        Some(other) => (other.to_string(), Role::Text),
    }
}
