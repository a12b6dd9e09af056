//! Tasks, the most urgent first, and beside them the one that is selected.

use super::paper;
use super::task::{self, Task};
use crate::client::{Client, Connection, TaskDetail, TaskQuery, TaskView};
use crate::tui::effect::{Done, Effect, Slot, act, load};
use crate::tui::keymap::Command;
use crate::tui::line::Line;
use crate::tui::list::{Item, List, WINDOW, Window};
use crate::tui::offer;
use crate::tui::progress;
use crate::tui::state::State;
use crate::tui::theme::Role;
use crate::tui::ui::{Hit, Ui, inset};
use crate::tui::words::{self, Clock, Urgency};
use ratatui::layout::Rect;
use std::collections::HashSet;

/// The inbox.
#[derive(Default)]
pub struct Inbox {
    /// Own tasks, then those that can be claimed.
    pub list: List<TaskView>,
    /// The selected task as the desk has it.
    pub detail: Slot<(TaskDetail, Vec<Connection>)>,
    /// The same with what was typed into its form.
    pub task: Option<Task>,
    /// 0 the list, 1 the task.
    pub pane: usize,
    /// The task that is to be opened as soon as it is here.
    pub opening: Option<String>,
}

/// Asks for the rows around the selection, and for the selected task.
pub fn refresh(state: &mut State) -> Vec<Effect> {
    let (from, text) = (state.inbox.list.from(), state.inbox.list.text());
    let mut effects = load(
        state,
        |s| Some(&mut s.inbox.list.slot),
        refresh,
        arrived,
        "tasks",
        move |client| window(client, from, text),
    );
    if state.inbox.task.is_some() {
        effects.extend(refresh_task(state));
    }
    effects
}

/// Own tasks and claimable ones are two lists of the desk and one of ours.
fn window(
    client: &dyn Client,
    from: usize,
    text: Option<String>,
) -> Result<Window<TaskView>, crate::client::DeskError> {
    let query = |mine: bool, offset: usize, limit: usize| TaskQuery {
        mine,
        claimable: !mine,
        text: text.clone(),
        offset,
        limit: limit.max(1),
        ..TaskQuery::default()
    };
    let mine = client.tasks(query(true, from, WINDOW))?;
    let own = mine.total as usize;
    let mut items = mine.items;
    let room = WINDOW.saturating_sub(items.len());
    let free = client.tasks(query(false, from.saturating_sub(own), room))?;
    if room > 0 && from + items.len() >= own {
        items.extend(free.items);
    }
    let total = own + free.total as usize;
    Ok(Window {
        offset: from.min(total),
        items,
        total,
        first_part: own,
    })
}

fn arrived(state: &mut State) -> Vec<Effect> {
    state.inbox.list.settle();
    forget(state);
    let mut effects = selected(state);
    if state.inbox.list.hungry() {
        effects.extend(refresh(state));
    }
    effects
}

/// What an employee did to tasks that are neither theirs nor free any more cannot be undone. A
/// head's list does not hold all the tasks that a head may change.
fn forget(state: &mut State) {
    let list = &state.inbox.list;
    let Some(window) = list.slot.data.as_ref().filter(|w| w.items.len() == w.total) else {
        return;
    };
    if state.me.role == crate::client::Role::Head || list.text().is_some() {
        return;
    }
    let here = |id: &String| window.items.iter().any(|task| task.id == *id);
    state.undo.retain(|undo| undo.about.iter().all(here));
}

/// After the selection moved: saves the draft of the task that is left, asks for the new one.
pub fn selected(state: &mut State) -> Vec<Effect> {
    let wanted = state.inbox.list.current().map(|t| t.id.clone());
    let here = state.inbox.task.as_ref().map(|t| t.detail.task.id.clone());
    if state.inbox.pane == 1 && here.is_some() {
        // Whoever is in a task stays there, whatever the list does.
        return Vec::new();
    }
    if state.inbox.opening != wanted {
        state.inbox.opening = None;
    }
    let mut effects = Vec::new();
    if wanted != here {
        effects.extend(task::save_now(state));
        state.inbox.task = None;
        state.inbox.detail.error = None;
        if wanted.is_some() {
            effects.extend(refresh_task(state));
        }
    }
    if state.inbox.list.hungry() {
        effects.extend(refresh(state));
    }
    effects
}

fn wanted(state: &State) -> Option<String> {
    match (&state.inbox.task, state.inbox.pane) {
        (Some(task), 1) => Some(task.detail.task.id.clone()),
        _ => state.inbox.list.current().map(|t| t.id.clone()),
    }
}

/// Asks for the task that is shown.
pub fn refresh_task(state: &mut State) -> Vec<Effect> {
    let Some(id) = wanted(state) else {
        return Vec::new();
    };
    load(
        state,
        |s| Some(&mut s.inbox.detail),
        refresh_task,
        |state| {
            let wanted = wanted(state);
            let team = state.names();
            let State { inbox, clock, .. } = state;
            if let Some((detail, connections)) = inbox.detail.data.take() {
                if wanted.as_deref() == Some(detail.task.id.as_str()) {
                    Task::arrive(&mut inbox.task, detail, connections);
                    if let Some(task) = &mut inbox.task {
                        offer::team(&mut task.form, &team);
                        task.conceal(clock);
                        if task.detail.insertion {
                            offer::reading(&mut task.form, task.preview.data.as_ref());
                        }
                    }
                }
                if wanted.is_some()
                    && inbox
                        .opening
                        .take_if(|id| Some(&*id) == wanted.as_ref())
                        .is_some()
                {
                    open(state);
                }
            } else if let (Some(task), Some(_)) = (&mut inbox.task, &inbox.detail.error) {
                task.gone = true;
            }
            Vec::new()
        },
        "the task",
        move |client| {
            let detail = client.task(&id)?;
            // Whoever may fill it in is offered the names.
            let names = if detail.insertion {
                client.connections().unwrap_or_default()
            } else {
                Vec::new()
            };
            Ok((detail, names))
        },
    )
}

/// Acts on a command; none when it is not the inbox's.
pub fn run(state: &mut State, command: Command) -> Option<Vec<Effect>> {
    Some(match command {
        Command::Open | Command::NextPane | Command::PreviousPane if state.inbox.pane == 0 => {
            open(state);
            Vec::new()
        }
        Command::NextPane | Command::PreviousPane => leave(state),
        Command::Claim => claim(state),
        Command::Back if state.inbox.pane == 1 => leave(state),
        Command::Back => {
            state.inbox.list.marks.clear();
            if state.inbox.list.filter.is_empty() {
                return Some(Vec::new());
            }
            state.inbox.list.filter.set("");
            refresh(state)
        }
        Command::Unclaim => {
            let task = state.task()?.clone();
            let name = title(&task).to_owned();
            act("giving back", move |client| {
                client.unclaim(&task.id)?;
                let id = task.id.clone();
                Ok(Done::say(format!("Gave back {name}")).undo(
                    format!("giving back {name}"),
                    vec![id.clone()],
                    move |c| c.claim(&id).map(drop),
                ))
            })
        }
        _ if state.inbox.pane == 0 => {
            if !state.inbox.list.run(command) {
                return None;
            }
            selected(state)
        }
        _ => return None,
    })
}

/// Goes into the task; its own form can be typed into at once.
pub fn open(state: &mut State) {
    if let Some(task) = &mut state.inbox.task {
        state.inbox.pane = 1;
        if task.editable(&state.me.id) {
            task.form.begin();
        }
    } else {
        // Pressed before the task came: done when it does.
        state.inbox.opening = wanted(state);
    }
}

/// Back to the list; the draft is saved.
pub fn leave(state: &mut State) -> Vec<Effect> {
    let mut effects = task::save_now(state);
    state.inbox.pane = 0;
    if let Some(task) = &mut state.inbox.task {
        task.form.typing = false;
        task.form.popup = None;
    }
    effects.extend(selected(state));
    effects
}

fn claim(state: &mut State) -> Vec<Effect> {
    let me = state.me.id.clone();
    let chosen: Vec<TaskView> = match (&state.inbox.task, state.inbox.pane) {
        (Some(task), 1) => vec![task.detail.task.clone()],
        _ => state.inbox.list.chosen().into_iter().cloned().collect(),
    };
    let free: Vec<TaskView> = chosen
        .into_iter()
        .filter(|t| t.assignee.as_deref() != Some(&me))
        .collect();
    let Some(first) = free.first() else {
        return Vec::new();
    };
    if free.len() == 1 {
        state.inbox.list.selected_key = Some(first.id.clone());
    }
    act("the claim", move |client| {
        let mut taken = Vec::new();
        let mut lost = None;
        for task in &free {
            match client.claim(&task.id) {
                Ok(_) => taken.push(task.clone()),
                Err(error) => lost = Some(error),
            }
        }
        if taken.is_empty()
            && let Some(error) = lost
        {
            return Err(error);
        }
        let what = match (taken.as_slice(), &lost) {
            ([one], None) => title(one).to_owned(),
            (many, None) => words::count(many.len() as u64, "task", "tasks"),
            (many, Some(error)) => format!("{} of {}; {error}", many.len(), free.len()),
        };
        let ids: Vec<String> = taken.into_iter().map(|t| t.id).collect();
        let claimed = ids.clone();
        Ok(Done::say(format!("Claimed {what}"))
            .undo(format!("the claim of {what}"), ids.clone(), move |client| {
                ids.iter().try_for_each(|id| client.unclaim(id).map(drop))
            })
            .then(move |state| {
                state.inbox.list.marks.clear();
                // Whoever reads that it is claimed may type at once, before it is read anew.
                let open = state.inbox.task.as_mut();
                if let Some(task) = open.filter(|t| claimed.contains(&t.detail.task.id)) {
                    task.detail.task.assignee = Some(state.me.id.clone());
                }
                Vec::new()
            }))
    })
}

/// What a task is called.
pub fn title(task: &TaskView) -> &str {
    match &task.title {
        Some(title) if !title.trim().is_empty() => title,
        _ => &task.name,
    }
}

/// The heading under which a task stands.
fn section(index: usize, own: usize, task: &TaskView, clock: &Clock) -> &'static str {
    if index >= own {
        return "TO CLAIM";
    }
    match clock.urgency(task.due) {
        Urgency::Late => "LATE",
        _ if task.came_back => "CAME BACK",
        Urgency::Soon | Urgency::Today => "TODAY",
        Urgency::Week => "WEEK",
        Urgency::Later => "LATER",
    }
}

/// The sign and role of a task in a list.
pub fn sign(ui: &Ui, task: &TaskView, free: bool) -> (&'static str, Role) {
    if ui.clock.urgency(task.due) == Urgency::Late {
        (ui.glyphs.late, Role::Danger)
    } else if task.came_back {
        (ui.glyphs.back, Role::Warning)
    } else if free {
        (ui.glyphs.free, Role::Info)
    } else {
        (" ", Role::Text)
    }
}

/// The role of a due date.
pub fn due_role(urgency: Urgency) -> Role {
    match urgency {
        Urgency::Late => Role::Danger,
        Urgency::Soon => Role::Warning,
        _ => Role::Muted,
    }
}

/// Draws the screen.
pub fn draw(state: &State, ui: &mut Ui, area: Rect) {
    let inbox = &state.inbox;
    // Where there is little room, who is in a task has all of it: a preview needs it.
    let narrow = area.width < if inbox.pane == 1 { 100 } else { 80 };
    let area = progress::below(state, ui, area, "X stops it");
    if narrow && inbox.pane == 1 {
        paper::draw(state, ui, area, true);
        return;
    }
    let wide = if narrow {
        area.width
    } else {
        // A preview beside the form needs the room more than the list does.
        let least = if area.width < 140 && inbox.pane == 1 {
            32
        } else {
            44
        };
        (area.width * 3 / 8).clamp(32, least)
    };
    let (left, right) = (
        Rect {
            width: wide,
            ..area
        },
        Rect {
            x: area.x + wide,
            width: area.width - wide,
            ..area
        },
    );
    draw_list(state, ui, left);
    if !narrow {
        paper::draw(state, ui, right, inbox.pane == 1);
    }
}

fn draw_list(state: &State, ui: &mut Ui, area: Rect) {
    let (list, focused) = (&state.inbox.list, state.inbox.pane == 0);
    ui.hit(area, Hit::Pane(0));
    let inner = list_pane(ui, area, list, "Inbox, most urgent first", focused);
    let total = list.total();
    if inner.height == 0 {
        return;
    }
    let Some(window) = &list.slot.data else {
        let text = list
            .slot
            .error
            .clone()
            .unwrap_or_else(|| "Asking the desk for your tasks".to_owned());
        ui.paragraph(inset(inner), &text, Role::Muted);
        return;
    };
    if total == 0 {
        empty(ui, inner, list.text());
        return;
    }
    let clock = ui.clock;
    let heading = |index: usize| {
        list.get(index)
            .map(|t| section(index, window.first_part, t, &clock))
    };
    let headed = |index: usize, top: usize| index == top || heading(index) != heading(index - 1);
    // Lines from one row to another, headings included.
    let lines =
        |from: usize, to: usize| (from..=to).map(|i| 1 + usize::from(headed(i, from))).sum();
    let top = list.scrolled(inner.height.into(), lines);
    let about = (list.twins(), list.several());
    let mut y = inner.y;
    for index in top..total {
        if headed(index, top) && heading(index).is_some() {
            if y + 1 >= inner.bottom() {
                break;
            }
            let name = list
                .get(index)
                .map_or("", |t| section(index, window.first_part, t, &clock));
            let count = (total - window.first_part) as u64;
            let text = if name == "TO CLAIM" {
                format!("{name} {}", words::thousands(count))
            } else {
                name.to_owned()
            };
            let role = match name {
                "LATE" => Role::Danger,
                "CAME BACK" => Role::Warning,
                _ => Role::Muted,
            };
            ui.text(inner.x + 1, y, inner.width - 1, &text, role);
            y += 1;
        }
        if y >= inner.bottom() {
            break;
        }
        let line = Rect {
            y,
            height: 1,
            ..inner
        };
        let free = index >= window.first_part;
        row(ui, line, (list, &about), index, free, focused);
        y += 1;
    }
}

fn row(
    ui: &mut Ui,
    line: Rect,
    (list, (twins, several)): (&List<TaskView>, &(HashSet<&str>, bool)),
    index: usize,
    free: bool,
    focused: bool,
) {
    let Some(task) = list.get(index) else {
        ui.text(
            line.x + 4,
            line.y,
            line.width.saturating_sub(4),
            ui.glyphs.ellipsis,
            Role::Muted,
        );
        select(ui, line, index == list.selected, focused);
        return;
    };
    let (sign, role) = sign(ui, task, free);
    if list.marks.contains(&task.id) {
        ui.text(line.x + 1, line.y, 1, ui.glyphs.mark, Role::Accent);
    }
    ui.text(line.x + 2, line.y, 1, sign, role);
    let (due, due_role) = match task.due {
        Some(due) => (ui.clock.due(due), due_role(ui.clock.urgency(task.due))),
        None => (String::new(), Role::Muted),
    };
    let right = Rect {
        width: line.width.saturating_sub(1),
        ..line
    };
    let used = ui.right(right, line.y, &due, due_role);
    let place = Rect {
        x: line.x + 4,
        width: line.width.saturating_sub(6 + used),
        ..line
    };
    let alike = twins.contains(title(task));
    let twin = alike.then_some(task.process_instance_id.as_str());
    let used = ui.title(place, title(task), twin);
    if *several && task.process() != title(task) {
        ui.process(place, used, task.process());
    }
    select(ui, line, index == list.selected, focused);
    ui.hit(line, Hit::Row(0, index));
}

/// Marks the selected line of a list.
pub fn select(ui: &mut Ui, line: Rect, selected: bool, focused: bool) {
    if selected {
        ui.paint(
            line,
            if focused {
                Role::Selection
            } else {
                Role::SelectionDim
            },
        );
        let role = if focused {
            Role::Selection
        } else {
            Role::SelectionDim
        };
        ui.text(line.x, line.y, 1, ui.glyphs.cursor, role);
    }
}

/// The pane of a list: its title, where one is in it, and its filter; what is left for the rows.
pub fn list_pane<T: Item>(
    ui: &mut Ui,
    area: Rect,
    list: &List<T>,
    title: &str,
    focused: bool,
) -> Rect {
    let inner = ui.pane(area, title, focused);
    let total = list.total();
    if total > 0 {
        let position = words::thousands(list.selected as u64 + 1);
        let all = words::thousands(total as u64);
        ui.corner(area, &format!("{position} of {all}"));
    }
    filter_line(ui, inner, (&list.filter, list.filtering), total)
}

/// Adds to the title of a list how many of its rows are marked.
pub fn count_marks<T>(ui: &Ui, list: &List<T>, title: &mut String) {
    if !list.marks.is_empty() {
        let marked = words::thousands(list.marks.len() as u64);
        *title += &format!(" {} {marked} marked", ui.glyphs.dot);
    }
}

/// The filter over a list, when there is one; what is left for the rows.
pub fn filter_line(
    ui: &mut Ui,
    area: Rect,
    (filter, filtering): (&Line, bool),
    total: usize,
) -> Rect {
    if (!filtering && filter.is_empty()) || area.height < 3 {
        return area;
    }
    let found = words::count(total as u64, "match", "matches");
    let used = ui.right(area, area.y, &found, Role::Muted) + 1;
    let place = Rect {
        x: area.x + 2,
        width: area.width.saturating_sub(2 + used),
        y: area.y,
        height: 1,
    };
    ui.text(area.x, area.y, 1, "/", Role::Accent);
    ui.paint(place, Role::Field);
    let (text, cursor) = filter.window(place.width.into(), None);
    ui.text(place.x, place.y, place.width, &text, Role::Field);
    if filtering {
        ui.cursor = Some((place.x + cursor as u16, place.y).into());
    }
    Rect {
        y: area.y + 1,
        height: area.height - 1,
        ..area
    }
}

fn empty(ui: &mut Ui, area: Rect, filter: Option<String>) {
    let text = match filter {
        Some(filter) => format!("No task matches \"{filter}\". Esc shows all of them."),
        None => "Nothing to do: no task is yours and none is free to claim.".to_owned(),
    };
    ui.paragraph(inset(area), &text, Role::Muted);
}

impl State {
    /// The task that commands act on.
    pub fn task(&self) -> Option<&TaskView> {
        match (&self.inbox.task, self.inbox.pane) {
            (Some(task), 1) => Some(&task.detail.task),
            _ => self.inbox.list.current(),
        }
    }
}
