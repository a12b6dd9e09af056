//! One task: what it is about, why it came back, and its form.

use super::inbox::{due_role, title};
use super::preview;
use crate::client::{DeskError, Preview, TaskDetail};
use crate::tui::effect::{Done, Effect, Slot, act, load};
use crate::tui::form::Form;
use crate::tui::keymap::Command;
use crate::tui::overlay::Dialog;
use crate::tui::state::State;
use crate::tui::theme::Role;
use crate::tui::ui::{Hit, Ui};
use crate::tui::words;
use chrono::{DateTime, Duration, Utc};
use indexmap::IndexMap;
use ratatui::layout::Rect;

/// How long typing rests before a draft is saved.
const DRAFT_REST: Duration = Duration::milliseconds(300);
/// How long it rests before a preview is asked for.
const PREVIEW_REST: Duration = Duration::milliseconds(700);

/// A task and what was typed.
pub struct Task {
    /// The task as the desk has it.
    pub detail: TaskDetail,
    /// Its form.
    pub form: Form,
    /// When something was typed that is not saved.
    pub dirty: Option<DateTime<Utc>>,
    /// When the draft was saved.
    pub saved: Option<DateTime<Utc>>,
    /// The desk does not have it any more; what was typed stays here.
    pub gone: bool,
    /// It is being completed.
    pub completing: bool,
    /// The preview.
    pub preview: Slot<Preview>,
    /// The values that the preview is about.
    pub previewed: IndexMap<String, String>,
    /// The last change.
    pub changed: Option<DateTime<Utc>>,
    /// The preview takes the place of the form where both do not fit.
    pub show_preview: bool,
}

impl Task {
    fn new(detail: TaskDetail) -> Task {
        let form = Form::of(&detail.form, &detail.values, "Complete");
        Task {
            form,
            dirty: None,
            saved: detail.draft_saved,
            gone: false,
            completing: false,
            preview: Slot::default(),
            previewed: IndexMap::new(),
            changed: None,
            show_preview: false,
            detail,
        }
    }

    /// Takes news of a task; what was typed into it stays.
    pub fn arrive(place: &mut Option<Task>, detail: TaskDetail, connections: &[String]) {
        match place {
            Some(task) if task.detail.task.id == detail.task.id => {
                let untouched = task.dirty.is_none() && !task.form.typing && task.changed.is_none();
                if untouched && task.detail.values != detail.values {
                    *task = Task {
                        show_preview: task.show_preview,
                        ..Task::new(detail)
                    };
                } else {
                    task.saved = task.saved.max(detail.draft_saved);
                    task.detail = detail;
                    task.gone = false;
                }
            }
            _ => *place = Some(Task::new(detail)),
        }
        let fields = place.iter_mut().flat_map(|t| &mut t.form.fields);
        for field in fields.filter(|f| f.id == "connection") {
            field.offers = connections.to_vec();
        }
    }

    /// True when this user may fill it in.
    pub fn editable(&self, me: &str) -> bool {
        !self.gone && self.detail.task.assignee.as_deref() == Some(me)
    }

    /// Notes that something was typed.
    pub fn typed(&mut self, now: DateTime<Utc>) {
        self.dirty.get_or_insert(now);
        self.changed = Some(now);
    }

    fn about_to_be(&self) -> bool {
        self.previewed == self.form.values()
    }
}

/// Time passes: drafts are saved, previews asked for.
pub fn tick(state: &mut State) -> Vec<Effect> {
    let now = state.clock.now;
    let clock = state.clock;
    let Some(task) = &state.inbox.task else {
        return Vec::new();
    };
    if !task.editable(&state.me.id) || task.completing {
        return Vec::new();
    }
    let mut effects = Vec::new();
    let rested = |since: Option<DateTime<Utc>>, rest| since.is_some_and(|at| now - at >= rest);
    let look = state.inbox.pane == 1
        && task.detail.insertion
        && !task.preview.waiting
        && !task.about_to_be()
        && task.changed.is_none_or(|at| now - at >= PREVIEW_REST)
        && task.form.why_not(&clock).is_none();
    if rested(task.dirty, DRAFT_REST) {
        effects.extend(save_now(state));
    }
    if look {
        effects.extend(ask_preview(state));
    }
    effects
}

/// Saves the draft if something is not saved yet.
pub fn save_now(state: &mut State) -> Vec<Effect> {
    let Some(task) = state
        .inbox
        .task
        .as_mut()
        .filter(|t| t.dirty.is_some() && !t.completing)
    else {
        return Vec::new();
    };
    if task.detail.task.assignee.as_deref() != Some(&state.me.id) {
        return Vec::new();
    }
    task.dirty = None;
    let (id, draft) = (task.detail.task.id.clone(), task.form.draft());
    vec![Effect::Ask(
        SAVING,
        Box::new(move |client| {
            let answer = client.save_draft(&id, &draft);
            Box::new(move |state| {
                let now = state.clock.now;
                let here = state.inbox.task.as_mut().filter(|t| t.detail.task.id == id);
                match answer {
                    Ok(()) => {
                        if let Some(task) = here {
                            task.saved = Some(now);
                        }
                    }
                    Err(error) => {
                        if let Some(task) = here {
                            task.dirty.get_or_insert(now + Duration::seconds(5));
                        }
                        state.say(format!("The draft is not saved: {error}"), Role::Danger);
                    }
                }
                Vec::new()
            })
        }),
    )]
}

/// What saving a draft is called; leaving waits for it.
pub const SAVING: &str = "the draft";

fn ask_preview(state: &mut State) -> Vec<Effect> {
    let Some(task) = &mut state.inbox.task else {
        return Vec::new();
    };
    let (id, values) = (task.detail.task.id.clone(), task.form.values());
    task.previewed.clone_from(&values);
    load(
        state,
        |s| s.inbox.task.as_mut().map(|t| &mut t.preview),
        ask_preview,
        |state| {
            if let Some(task) = &mut state.inbox.task
                && task.preview.error.is_some()
            {
                task.preview.data = None;
            }
            Vec::new()
        },
        "the preview",
        move |client| client.preview(&id, &values),
    )
}

/// Acts on a command of the form; none when it is not one.
pub fn run(state: &mut State, command: Command) -> Option<Vec<Effect>> {
    let clock = state.clock;
    let task = state.inbox.task.as_mut()?;
    match command {
        Command::Up | Command::Down => {
            task.form.step(command == Command::Down, &clock);
            Some(Vec::new())
        }
        Command::Top | Command::Bottom => {
            task.form.go(
                if command == Command::Top {
                    0
                } else {
                    usize::MAX
                },
                &clock,
            );
            Some(Vec::new())
        }
        Command::Open if task.form.focus >= task.form.fields.len() => Some(complete(state)),
        Command::Open => {
            task.form.typing = true;
            Some(Vec::new())
        }
        Command::Complete => Some(complete(state)),
        Command::Preview => {
            task.show_preview = !task.show_preview;
            let ask = task.show_preview && !task.about_to_be();
            Some(if ask { ask_preview(state) } else { Vec::new() })
        }
        _ => None,
    }
}

/// Completes the task, after asking when the preview has refused rows.
pub fn complete(state: &mut State) -> Vec<Effect> {
    let clock = state.clock;
    let Some(task) = &mut state.inbox.task else {
        return Vec::new();
    };
    if task.completing {
        return Vec::new();
    }
    if !task.form.check(&clock) {
        task.form.typing = true;
        let wrong = task
            .form
            .fields
            .iter()
            .filter(|f| f.error.is_some())
            .count() as u64;
        state.say(
            format!(
                "{} to mend before it can be completed",
                words::count(wrong, "field", "fields")
            ),
            Role::Warning,
        );
        return Vec::new();
    }
    let refused = match &task.preview.data {
        Some(preview) if task.about_to_be() => preview.refused,
        _ => 0,
    };
    if refused > 0 {
        let rows = words::count(refused, "row", "rows");
        let text = format!(
            "{rows} would be refused. Unless the checks of the process let that pass, nothing is inserted and the task comes back to you."
        );
        state.overlay = Some(
            Dialog::confirm("Complete all the same?", &text, "Complete", |state| {
                send(state)
            })
            .into(),
        );
        return Vec::new();
    }
    send(state)
}

fn send(state: &mut State) -> Vec<Effect> {
    let Some(task) = &mut state.inbox.task else {
        return Vec::new();
    };
    task.completing = true;
    task.form.typing = false;
    let (id, values, name) = (
        task.detail.task.id.clone(),
        task.form.values(),
        title(&task.detail.task).to_owned(),
    );
    vec![Effect::Ask(
        "the completion",
        Box::new(move |client| {
            let answer = client.complete_form(&id, &values);
            Box::new(move |state| completed(state, &id, &name, answer))
        }),
    )]
}

fn completed(
    state: &mut State,
    id: &str,
    name: &str,
    answer: Result<(), DeskError>,
) -> Vec<Effect> {
    let here = state
        .inbox
        .task
        .as_mut()
        .filter(|t| t.detail.task.id == *id);
    match answer {
        Ok(()) => {
            if here.is_some() {
                state.inbox.task = None;
                state.inbox.pane = 0;
            }
            state.say(format!("Completed {name}"), Role::Success);
        }
        Err(error) => {
            let mut text = error.to_string();
            if let Some(task) = here {
                task.completing = false;
                // What is in the form must outlast whatever went wrong.
                task.dirty.get_or_insert(state.clock.now);
                if let DeskError::Fields(fields) = &error {
                    let others = task.form.refuse(fields);
                    task.form.typing = true;
                    if others.is_empty() {
                        text = format!(
                            "{} to mend",
                            words::count(fields.len() as u64, "field", "fields")
                        );
                    }
                }
            }
            state.say(text, Role::Danger);
        }
    }
    state.refresh()
}

/// A dialog that gives the task to somebody.
pub fn reassign(ids: Vec<(String, Option<String>)>, name: &str, known: Vec<String>) -> Dialog {
    use crate::tui::form::{Field, Input};
    let people: Vec<String> = known.into_iter().filter(|n| !n.starts_with('@')).collect();
    let shown = people.join(", ");
    let to = Field::new("to", "To", Input::Names(Default::default(), people))
        .help(&format!("{shown}; empty makes it free to claim"));
    let name = name.to_owned();
    Dialog::ask(
        &format!("Reassign {name}"),
        "",
        vec![to],
        "Reassign",
        move |client, form| {
            let to = form.text("to");
            for (id, _) in &ids {
                client.assign(id, to.as_deref())?;
            }
            let ids = ids.clone();
            let who = to.unwrap_or_else(|| "whoever claims it".to_owned());
            Ok(Done::say(format!("Gave {name} to {who}")).undo(
                format!("giving {name} to {who}"),
                move |client| {
                    ids.iter()
                        .try_for_each(|(id, before)| client.assign(id, before.as_deref()).map(drop))
                },
            ))
        },
    )
}

/// A dialog that moves the due date.
pub fn due(ids: Vec<(String, Option<DateTime<Utc>>)>, name: &str) -> Dialog {
    use crate::tui::form::{Field, Input};
    let when = Field::new("due", "Due", Input::When(Default::default()));
    let name = name.to_owned();
    Dialog::ask(
        &format!("Due date of {name}"),
        "",
        vec![when],
        "Set due date",
        move |client, form| {
            let at = form.when("due");
            for (id, _) in &ids {
                client.set_due(id, at)?;
            }
            let ids = ids.clone();
            Ok(Done::say(if at.is_some() {
                format!("Moved the due date of {name}")
            } else {
                format!("{name} has no due date now")
            })
            .undo(format!("the due date of {name}"), move |client| {
                ids.iter()
                    .try_for_each(|(id, before)| client.set_due(id, *before).map(drop))
            }))
        },
    )
}

/// A dialog that sets the priority.
pub fn priority(id: String, before: i32, name: &str) -> Dialog {
    use crate::tui::form::{Field, Input};
    let number = Field::new(
        "priority",
        "Priority",
        Input::Number(crate::tui::line::Line::new(before.to_string())),
    )
    .required()
    .help("50 is usual; higher comes first");
    let name = name.to_owned();
    Dialog::ask(
        &format!("Priority of {name}"),
        "",
        vec![number],
        "Set priority",
        move |client, form| {
            let wanted = form
                .text("priority")
                .and_then(|t| t.parse().ok())
                .unwrap_or(before);
            client.set_priority(&id, wanted)?;
            let id = id.clone();
            Ok(Done::say(format!("Priority {wanted} for {name}"))
                .undo(format!("the priority of {name}"), move |client| {
                    client.set_priority(&id, before).map(drop)
                }))
        },
    )
}

/// Gives an unclaimed task back, as a plain act.
pub fn give_back(id: String, name: String) -> Vec<Effect> {
    act("giving back", move |client| {
        client.unclaim(&id)?;
        Ok(Done::say(format!("Gave back {name}")))
    })
}

/// Draws the task.
pub fn draw(state: &State, ui: &mut Ui, area: Rect, focused: bool) {
    ui.hit(area, Hit::Pane(1));
    let Some(task) = &state.inbox.task else {
        let inner = ui.pane(area, "Task", focused);
        if let Some(error) = &state.inbox.detail.error {
            ui.paragraph(inner, error, Role::Warning);
        } else if state.inbox.list.current().is_none() && state.inbox.list.slot.data.is_some() {
            ui.paragraph(
                inner,
                "What you select on the left is shown here.",
                Role::Muted,
            );
        }
        return;
    };
    // A third pane where there is room for it, else the preview goes below or instead.
    let third = area.width >= 76
        && task.detail.insertion
        && (task.show_preview || task.preview.data.is_some());
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
            focused,
            false,
        );
        let title = "Preview";
        let inner = ui.pane(right, title, false);
        preview::draw(ui, inner, &task.preview);
        return;
    }
    draw_task(state, ui, area, task, focused, task.show_preview);
}

fn draw_task(state: &State, ui: &mut Ui, area: Rect, task: &Task, focused: bool, below: bool) {
    let narrow = ui.buf.area.width < 80;
    let name = title(&task.detail.task);
    let crumbs = format!("Inbox {} {name}", ui.glyphs.then);
    let inner = ui.pane(area, if narrow { &crumbs } else { name }, focused);
    let inner = Rect {
        x: inner.x + 1,
        width: inner.width.saturating_sub(2),
        ..inner
    };
    let mine = task.editable(&state.me.id);
    let mut y = inner.y + facts(ui, inner, task, &state.me.id);
    let rest = |y: u16| Rect {
        y,
        height: inner.bottom().saturating_sub(y),
        ..inner
    };
    y += banner(ui, rest(y), task);
    if y < inner.bottom() {
        y += 1;
    }
    let rest = rest(y);
    if below && rest.height < 16 {
        preview::draw(ui, rest, &task.preview);
        return;
    }
    let height = if below {
        (rest.height / 2).max(rest.height.saturating_sub(12))
    } else {
        rest.height
    };
    let wanted = task.form.lines(rest.width) + 2;
    let place = Rect {
        height: height.min(wanted),
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
    if below {
        let y = place.bottom() + 1;
        let rest = Rect {
            y,
            height: inner.bottom().saturating_sub(y),
            ..inner
        };
        ui.rule(rest, y.saturating_sub(1), "Preview");
        preview::draw(ui, rest, &task.preview);
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
        let text = format!("due {}, {}", ui.clock.stamp(due), ui.clock.due(due));
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

/// Why it came back, and the first refused rows; the lines it took.
fn banner(ui: &mut Ui, area: Rect, task: &Task) -> u16 {
    let Some(reason) = task
        .detail
        .reason
        .as_deref()
        .filter(|_| task.detail.task.came_back)
    else {
        return 0;
    };
    if area.height < 6 {
        return 0;
    }
    let text = format!("{} Came back: {}", ui.glyphs.back, words::sentence(reason));
    let mut y = ui.paragraph(
        Rect {
            height: if area.height > 12 { 3 } else { 2 },
            ..area
        },
        &text,
        Role::Warning,
    );
    let shown = if area.height > 14 { 4 } else { 1 };
    for refusal in task.detail.refusals.iter().take(shown) {
        preview::refusal(
            ui,
            Rect {
                y: area.y + y,
                height: 1,
                ..area
            },
            refusal,
        );
        y += 1;
    }
    let more = task
        .detail
        .refused
        .saturating_sub(shown.min(task.detail.refusals.len()) as u64);
    if more > 0 {
        let text = format!("  and {} more", words::thousands(more));
        ui.text(area.x, area.y + y, area.width, &text, Role::Muted);
        y += 1;
    }
    y
}
