//! How a task looks: its facts, why it came back, its form, its preview.

use super::inbox::{due_role, title};
use super::preview;
use super::task::Task;
use crate::tui::keymap::{self, Command};
use crate::tui::state::{Scope, State};
use crate::tui::theme::Role;
use crate::tui::ui::{Hit, Ui, inset};
use crate::tui::words;
use ratatui::layout::Rect;

/// Draws the task.
pub fn draw(state: &State, ui: &mut Ui, area: Rect, focused: bool) {
    ui.hit(area, Hit::Pane(1));
    let Some(task) = &state.inbox.task else {
        let inner = ui.pane(area, "Task", focused);
        if state.inbox.list.current().is_none() {
            if state.inbox.list.slot.data.is_some() {
                let text = "What you select on the left is shown here.";
                ui.paragraph(inset(inner), text, Role::Muted);
            }
        } else if let Some(error) = &state.inbox.detail.error {
            ui.paragraph(inset(inner), error, Role::Warning);
        }
        return;
    };
    // A third pane where there is room for it.
    let room = area.width >= 76 && ui.buf.area.width >= 100;
    let third = room && task.detail.insertion && task.preview.data.is_some();
    if third {
        let wide = (area.width * 9 / 20).min(64);
        let right = Rect {
            x: area.right() - wide,
            width: wide,
            ..area
        };
        draw_task(
            state,
            ui,
            Rect {
                width: area.width - wide,
                ..area
            },
            task,
            (focused, true),
        );
        let title = "Preview";
        let inner = ui.pane(right, title, false);
        preview::draw(ui, inset(inner), &task.preview, task.known());
        return;
    }
    draw_task(state, ui, area, task, (focused, false));
}

fn draw_task(state: &State, ui: &mut Ui, area: Rect, task: &Task, (focused, paned): (bool, bool)) {
    let narrow = ui.buf.area.width < 80;
    let name = title(&task.detail.task);
    let crumbs = format!("Inbox {} {name}", ui.glyphs.then);
    let inner = inset(ui.pane(area, if narrow { &crumbs } else { name }, focused));
    let mine = task.editable(&state.me.id);
    let mut y = inner.y + facts(ui, inner, task, &state.me.id);
    let rest = |y: u16| Rect {
        y,
        height: inner.bottom().saturating_sub(y),
        ..inner
    };
    let keys = [Command::Preview, Command::FixRows];
    let keys = mine.then(|| keys.map(|command| keys_to(state, task, command)));
    // From the list the way is long enough to be told for one of them.
    let keys = keys.map(|[all, fix]| match state.inbox.pane {
        0 => [all, String::new()],
        _ => [all, fix],
    });
    y += banner(ui, rest(y), task, keys);
    if mine {
        y += looked(ui, rest(y), task, paned);
        y += other_version(state, ui, rest(y), task);
        y += suggested(state, ui, rest(y), task);
    }
    if y < inner.bottom() {
        y += 1;
    }
    let rest = rest(y);
    let wanted = task.form.lines(rest.width) + 2;
    let place = Rect {
        height: rest.height.min(wanted),
        ..rest
    };
    if mine {
        let ready = match task.form.why_not(&ui.clock) {
            _ if task.completing => Err("it is being completed".to_owned()),
            Some(why) => Err(why),
            None => Ok(()),
        };
        task.form.draw(ui, place, focused, ready);
        let note = match (task.dirty, task.saved) {
            (Some(_), _) => "draft not saved yet".to_owned(),
            (None, Some(at)) => ui
                .clock
                .local(at)
                .format("draft saved %H:%M:%S")
                .to_string(),
            (None, None) => String::new(),
        };
        if !note.is_empty() {
            ui.corner(area, &note);
        }
    } else {
        let y = place.y;
        let who = task.detail.task.assignee.as_deref();
        let (text, button) = match who {
            _ if task.gone => (
                "The desk does not have this task any more. What was typed is still here."
                    .to_owned(),
                false,
            ),
            Some(who) => (format!("{who} has this task."), false),
            None => (
                "Free to claim. Its form opens once it is yours.".to_owned(),
                true,
            ),
        };
        let used = ui.paragraph(place, &text, Role::Muted);
        if button && y + used < inner.bottom() {
            ui.button(
                place.x,
                y + used + 1,
                place.width,
                "Claim",
                focused,
                Hit::Run(Command::Claim),
            );
        }
    }
}

/// Whose it is, when it is due, what it is about; the lines it took.
fn facts(ui: &mut Ui, area: Rect, task: &Task, me: &str) -> u16 {
    let view = &task.detail.task;
    let dot = format!(" {} ", ui.glyphs.dot);
    let mut parts = Vec::new();
    parts.extend(view.business_key.clone());
    if view.round > 1 {
        parts.push(format!("round {}", view.round));
    }
    if view.priority != 50 {
        parts.push(format!("priority {}", view.priority));
    }
    if let Some(from) = view.start_user_id.as_deref().filter(|from| *from != me) {
        parts.push(format!("from {from}"));
    }
    parts.extend(
        view.process_definition_name
            .clone()
            .filter(|_| parts.len() < 3),
    );
    let mut y = 0;
    if !parts.is_empty() {
        ui.text(area.x, area.y, area.width, &parts.join(&dot), Role::Muted);
        y += 1;
    }
    if let Some(due) = view.due
        && y < area.height
    {
        let urgency = ui.clock.urgency(view.due);
        let text = format!("due {}, {}", ui.clock.stamp(due), ui.clock.distance(due));
        let mut used = ui.text(
            area.x,
            area.y + y,
            area.width,
            &text,
            match due_role(urgency) {
                Role::Muted => Role::Text,
                role => role,
            },
        );
        if let Some(first) = view.first_due.filter(|first| *first != due) {
            let text = format!("{dot}first {}", ui.clock.stamp(first));
            used += ui.text(
                area.x + used,
                area.y + y,
                area.width - used,
                &text,
                Role::Muted,
            );
        }
        debug_assert!(used <= area.width);
        y += 1;
    }
    if let Some(text) = view.description.as_deref().filter(|t| !t.trim().is_empty())
        && area.height > 16
    {
        let place = Rect {
            y: area.y + y,
            height: 2.min(area.height - y),
            ..area
        };
        y += ui.paragraph(place, text, Role::Text);
    }
    y
}

/// That another desk saved another version, and the key that takes it; the lines it took.
fn other_version(state: &State, ui: &mut Ui, area: Rect, task: &Task) -> u16 {
    let Some(other) = task.other_version().filter(|_| area.height >= 6) else {
        return 0;
    };
    let differing = task.form.differing(&other.values);
    let what = match differing.as_slice() {
        [one] => format!("{one} differs"),
        [one, two] => format!("{one} and {two} differ"),
        more => format!("{} fields differ", more.len()),
    };
    let key = keys_to(state, task, Command::OtherDraft);
    let how = match key.is_empty() {
        true => String::new(),
        false => format!("; {key} takes it"),
    };
    let at = ui.clock.stamp(other.saved);
    let text = format!("Another version, {at}: {what}{how}");
    let place = Rect { height: 2, ..area };
    ui.paragraph(place, &text, Role::Info)
}

/// What the preview says in one line, where it has no pane of its own; the lines it took.
fn looked(ui: &mut Ui, area: Rect, task: &Task, paned: bool) -> u16 {
    if paned || !task.detail.insertion || area.height < 6 {
        return 0;
    }
    let line = Rect { height: 1, ..area };
    match &task.preview.data {
        Some(found) if task.known() => return preview::summary(ui, line, found),
        Some(_) => {
            let text = format!("The preview is {}", preview::STALE);
            return ui.paragraph(line, &text, Role::Muted);
        }
        None => {}
    }
    // What is wrong with a field stands there.
    let Some(error) = task.preview.error.as_ref().filter(|_| task.known()) else {
        return 0;
    };
    if !task.preview.fields.is_empty() {
        return 0;
    }
    let place = Rect { height: 2, ..area };
    let text = format!("Preview: {error}");
    ui.paragraph(place, &text, Role::Warning)
}

/// What the preview suggests, and the key that takes it over; the lines it took.
fn suggested(state: &State, ui: &mut Ui, area: Rect, task: &Task) -> u16 {
    let found = task.suggested();
    if found.is_empty() || area.height < 6 {
        return 0;
    }
    let said = found.iter().map(|(id, text)| match *id {
        "columns" => text.replace('\n', ", "),
        _ => text.clone(),
    });
    let said: Vec<String> = said.collect();
    let key = keys_to(state, task, Command::Suggested);
    let how = match key.is_empty() {
        true => String::new(),
        false => format!("{key} takes over what the preview suggests: "),
    };
    let place = Rect { height: 2, ..area };
    ui.paragraph(place, &format!("{how}{}", said.join(", ")), Role::Info)
}

/// The key of a command of the form, as it is pressed now.
fn keys_to(state: &State, task: &Task, command: Command) -> String {
    let key = keymap::key_of(command, Scope::Form, &state.config.keys);
    key.map_or_else(String::new, |key| {
        if state.inbox.pane == 0 {
            // In the list the key means the process: the form is opened first.
            return format!("Enter, then Alt-{key}");
        }
        let alt = task.form.typing && key.types();
        format!("{}{key}", if alt { "Alt-" } else { "" })
    })
}

/// Why it came back, the first refused rows and the keys to all of them and to fixing them; the
/// lines it took.
fn banner(ui: &mut Ui, area: Rect, task: &Task, keys: Option<[String; 2]>) -> u16 {
    let back = task.detail.task.came_back;
    let Some(reason) = task
        .detail
        .reason
        .as_deref()
        .filter(|_| back && area.height >= 6)
    else {
        return 0;
    };
    let text = format!("{} Came back: {}", ui.glyphs.back, words::sentence(reason));
    let tall = if area.height > 12 { 3 } else { 2 };
    let mut y = ui.paragraph(
        Rect {
            height: tall,
            ..area
        },
        &text,
        Role::Warning,
    );
    let (end, mut shown) = (y + (area.height / 5).max(1), 0);
    for refusal in &task.detail.refusals {
        if y >= end {
            break;
        }
        let place = Rect {
            x: area.x + 2,
            width: area.width.saturating_sub(2),
            y: area.y + y,
            height: (end - y).min(2),
        };
        y += preview::refusal(ui, place, refusal);
        shown += 1;
    }
    let more = task.detail.refused.saturating_sub(shown);
    let keys = keys.into_iter().flatten().zip(["shows", "fixes"]);
    // Of rows that are all here there is no more to show.
    let keys = keys.filter(|(key, does)| !key.is_empty() && (more > 0 || *does == "fixes"));
    let how: Vec<String> = keys
        .map(|(key, does)| format!("{key} {does} them"))
        .collect();
    if shown > 0 && (more > 0 || !how.is_empty()) {
        let more = match more {
            0 => String::new(),
            n => format!("and {} more; ", words::thousands(n)),
        };
        let text = format!("  {more}{}", how.join(", "));
        let text = text.trim_end_matches([' ', ';']);
        ui.text(area.x, area.y + y, area.width, text, Role::Muted);
        y += 1;
    }
    y
}
