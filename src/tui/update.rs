//! What each action does to the state, and what it asks of the outside.

use super::effect::{Action, Done, Effect, act};
use super::form::{Event, path};
use super::keymap::{self, Binding, Command, Key};
use super::overlay::{self, Dialog, Finder, Overlay};
use super::screen::{connections, inbox, instance, jobs, launch, notes, people, task, today};
use super::state::{Page, Scope, State, Tab, refresh_status, refresh_team};
use super::theme::{Role, Theme};
use super::ui::Hit;
use crate::client::DeskError;
use chrono::Duration;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};

/// Acts.
pub fn update(state: &mut State, action: Action) -> Vec<Effect> {
    let mut effects = match action {
        Action::Key(event) => key(state, event),
        Action::Mouse(event) => mouse(state, event),
        Action::Paste(text) => paste(state, &text),
        Action::Resize(width, height) => {
            state.size = ratatui::layout::Size { width, height };
            // A process is laid out for the width of the screen.
            if state.scope() == Scope::Instance {
                state.refresh_screen()
            } else {
                Vec::new()
            }
        }
        Action::Tick => tick(state),
        Action::Changed => state.refresh(),
        Action::Then(then) => then(state),
        Action::Edited(Ok(text)) => edited(state, &text),
        Action::Edited(Err(why)) => {
            state.say(why, Role::Danger);
            Vec::new()
        }
        Action::Entered(_) => Vec::new(),
    };
    effects.extend(look_up(state));
    effects
}

/// A form that wants to know what continues a path gets it looked up.
fn look_up(state: &mut State) -> Option<Effect> {
    let text = state.form()?.lookup.take()?;
    Some(Effect::Local(Box::new(move || {
        let found = path::look(text);
        Box::new(move |state| {
            if let Some(form) = state.form() {
                form.found(found);
            }
            Vec::new()
        })
    })))
}

fn tick(state: &mut State) -> Vec<Effect> {
    if state
        .toast
        .as_ref()
        .is_some_and(|t| t.until <= state.clock.now)
    {
        state.toast = None;
    }
    task::tick(state)
}

fn key(state: &mut State, event: KeyEvent) -> Vec<Effect> {
    let key = Key::of(event);
    let ctrl = |c: char| key.modifiers == KeyModifiers::CONTROL && key.code == KeyCode::Char(c);
    if ctrl('c') {
        return quit(state);
    }
    if ctrl('z') {
        return vec![Effect::Suspend];
    }
    if event.code == KeyCode::Esc && state.toast.take().is_some_and(|t| t.role == Role::Danger) {
        return Vec::new();
    }
    if state.overlay.is_some() {
        return overlay::key(state, event);
    }
    if let Some(effects) = filter_key(state, event) {
        return effects;
    }
    let clock = state.clock;
    if let Some(form) = state.form().filter(|f| f.typing) {
        let (event, text) = (form.key(event, &clock), form.takes_text());
        match event {
            Event::Ignored if text && key.modifiers.is_empty() => return Vec::new(),
            Event::Ignored => {}
            Event::Submit => return submit(state),
            Event::Changed => return typed(state),
            Event::Handled | Event::Left => return Vec::new(),
        }
    }
    let scope = state.scope();
    let found = keymap::find(key, scope, &state.config.keys).or_else(|| {
        // Alt and a letter is the letter's command, also from inside a field.
        let plain = Key {
            modifiers: key.modifiers - KeyModifiers::ALT,
            ..key
        };
        (plain != key)
            .then(|| keymap::find(plain, scope, &state.config.keys))
            .flatten()
    });
    found.map_or_else(Vec::new, |binding| run(state, binding))
}

/// Presses the button of the form on the screen.
fn submit(state: &mut State) -> Vec<Effect> {
    match state.scope() {
        Scope::Launch => launch::submit(state),
        Scope::Form => task::complete(state),
        _ => Vec::new(),
    }
}

/// After a value of the form on the screen changed.
fn typed(state: &mut State) -> Vec<Effect> {
    match state.scope() {
        Scope::Launch => launch::typed(state),
        Scope::Form => {
            if let Some(task) = &mut state.inbox.task {
                task.typed(state.clock.now);
            }
        }
        _ => {}
    }
    Vec::new()
}

/// Keys while a list is filtered; none when they mean something else.
fn filter_key(state: &mut State, event: KeyEvent) -> Option<Vec<Effect>> {
    let (filter, filtering, refresh): (_, _, fn(&mut State) -> Vec<Effect>) = match state.scope() {
        Scope::Inbox => (
            &mut state.inbox.list.filter,
            &mut state.inbox.list.filtering,
            inbox::refresh,
        ),
        Scope::Jobs => (
            &mut state.jobs.list.filter,
            &mut state.jobs.list.filtering,
            jobs::refresh,
        ),
        _ => return None,
    };
    if !*filtering {
        return None;
    }
    match event.code {
        KeyCode::Esc => {
            *filtering = false;
            filter.set("");
            Some(refresh(state))
        }
        KeyCode::Enter => {
            *filtering = false;
            Some(Vec::new())
        }
        KeyCode::Up | KeyCode::Down | KeyCode::PageUp | KeyCode::PageDown | KeyCode::Tab => None,
        _ => {
            let before = filter.text().to_owned();
            if !filter.key(event) {
                return None;
            }
            let changed = filter.text() != before;
            Some(if changed { refresh(state) } else { Vec::new() })
        }
    }
}

/// Does what a row of the keymap says, or tells why not.
pub fn run(state: &mut State, binding: &Binding) -> Vec<Effect> {
    if let Err(why) = (binding.when)(state) {
        // The form says itself what is missing.
        if binding.command != Command::Complete {
            state.say(
                format!("{}: {why}", super::words::sentence(binding.label)),
                Role::Info,
            );
            return Vec::new();
        }
    }
    command(state, binding.command)
}

fn command(state: &mut State, command: Command) -> Vec<Effect> {
    let own = match state.scope() {
        Scope::Form => task::run(state, command).or_else(|| inbox::run(state, command)),
        Scope::Inbox | Scope::Reader => inbox::run(state, command),
        Scope::Today => today::run(state, command),
        Scope::Jobs => jobs::run(state, command),
        Scope::Instance => instance::run(state, command),
        Scope::Launch => launch::run(state, command),
        Scope::People => people::run(state, command),
        Scope::Connections => connections::run(state, command),
        Scope::Notes => notes::run(state, command),
    };
    own.unwrap_or_else(|| shared(state, command))
}

/// Commands that mean the same on every screen.
fn shared(state: &mut State, command: Command) -> Vec<Effect> {
    match command {
        Command::Back => back(state),
        Command::Close if state.on_page() => back(state),
        Command::Close | Command::Quit => quit(state),
        Command::Tab1 => go(state, 0),
        Command::Tab2 => go(state, 1),
        Command::Tab3 => go(state, 2),
        Command::Tab4 => go(state, 3),
        Command::Tab5 => go(state, 4),
        Command::Tab6 => go(state, 5),
        Command::NextTab | Command::PreviousTab => {
            let len = Tab::of(state.me.role).len();
            let step = if command == Command::NextTab {
                1
            } else {
                len - 1
            };
            go(state, (state.tab + step) % len)
        }
        Command::Notifications => {
            let at = Tab::of(state.me.role).iter().position(|t| *t == Tab::Notes);
            at.map_or_else(Vec::new, |at| go(state, at))
        }
        Command::Palette | Command::Help => {
            let help = command == Command::Help;
            state.overlay = Some(Overlay::Finder(Finder {
                help,
                ..Finder::default()
            }));
            Vec::new()
        }
        Command::New => launch::open(state),
        Command::Process => look(state, 0),
        Command::History => look(state, 1),
        Command::Variables => look(state, 2),
        Command::Edit => edit_field(state),
        Command::Undo => undo(state),
        Command::Copy => copy(state),
        Command::Reassign | Command::Due | Command::Priority => change_task(state, command),
        Command::Cancel => cancel(state),
        Command::Retry => retry(state),
        Command::StopInsertion => stop_insertion(state),
        Command::Mouse => {
            state.config.mouse = !state.config.mouse;
            let on = state.config.mouse;
            state.say(
                if on {
                    "The mouse clicks"
                } else {
                    "The mouse selects text"
                },
                Role::Info,
            );
            vec![Effect::Mouse(on)]
        }
        Command::NextTheme => {
            let at = Theme::ALL
                .iter()
                .position(|t| *t == state.theme)
                .unwrap_or(0);
            state.theme = Theme::ALL[(at + 1) % Theme::ALL.len()];
            state.say(format!("Theme {}", state.theme.name()), Role::Info);
            Vec::new()
        }
        Command::SwitchUser => {
            let mut effects = task::save_now(state);
            effects.push(Effect::Enter(String::new(), None));
            effects
        }
        Command::Redraw => {
            let mut effects = vec![Effect::Redraw];
            effects.extend(state.refresh());
            effects
        }
        Command::Suspend => vec![Effect::Suspend],
        _ => Vec::new(),
    }
}

fn quit(state: &mut State) -> Vec<Effect> {
    let mut effects = task::save_now(state);
    effects.push(Effect::Quit);
    effects
}

fn back(state: &mut State) -> Vec<Effect> {
    state.pages.pop();
    state.refresh_screen()
}

/// Goes to a tab; pages over it are closed, a draft is saved.
pub fn go(state: &mut State, tab: usize) -> Vec<Effect> {
    if tab >= Tab::of(state.me.role).len() {
        return Vec::new();
    }
    let mut effects = if state.tab() == Tab::Inbox {
        inbox::leave(state)
    } else {
        Vec::new()
    };
    state.pages.clear();
    state.tab = tab;
    effects.extend(state.refresh_screen());
    effects
}

fn look(state: &mut State, pane: usize) -> Vec<Effect> {
    let effects = if state.scope() == Scope::Form {
        task::save_now(state)
    } else {
        Vec::new()
    };
    let Some(id) = state.instance_id() else {
        return effects;
    };
    effects
        .into_iter()
        .chain(instance::open(state, id, pane))
        .collect()
}

/// Opens the focused field in the person's editor.
pub fn edit_field(state: &mut State) -> Vec<Effect> {
    let Some(field) = state
        .form()
        .and_then(|f| f.focused())
        .filter(|f| !f.readonly)
    else {
        return Vec::new();
    };
    if field.is_secret() {
        state.say(
            "A secret is not given to an editor: it would leave it in a file",
            Role::Warning,
        );
        return Vec::new();
    }
    let suffix = match field.id.as_str() {
        "query" => "sql",
        _ if field.pasted() => "csv",
        _ => "txt",
    };
    vec![Effect::Edit(field.text(), suffix)]
}

fn edited(state: &mut State, text: &str) -> Vec<Effect> {
    let clock = state.clock;
    let changed = state.form().map(|form| form.edited(text, &clock)) == Some(Event::Changed);
    if changed && state.overlay.is_none() {
        typed(state)
    } else {
        Vec::new()
    }
}

fn paste(state: &mut State, text: &str) -> Vec<Effect> {
    let clock = state.clock;
    if let Some(Overlay::Finder(finder)) = &mut state.overlay {
        finder.line.insert(text, false);
        return Vec::new();
    }
    match state.scope() {
        Scope::Inbox if state.inbox.list.filtering => {
            state.inbox.list.filter.insert(text, false);
            return inbox::refresh(state);
        }
        Scope::Jobs if state.jobs.list.filtering => {
            state.jobs.list.filter.insert(text, false);
            return jobs::refresh(state);
        }
        _ => {}
    }
    let changed = match state.form() {
        Some(form) if form.typing => form.paste(text, &clock) == Event::Changed,
        _ => false,
    };
    if changed && state.overlay.is_none() {
        typed(state)
    } else {
        Vec::new()
    }
}

fn undo(state: &mut State) -> Vec<Effect> {
    let Some(undo) = state.undo.pop() else {
        return Vec::new();
    };
    act("the undo", move |client| {
        (undo.back)(client)?;
        Ok(Done::say(format!("Undid {}", undo.what)))
    })
}

fn copy(state: &mut State) -> Vec<Effect> {
    let text = match state.scope() {
        Scope::Instance => state.instance().and_then(|i| {
            let known = i.slot.data.as_ref()?;
            match (&known.drawing, i.pane) {
                (Ok(drawing), 0) => Some(drawing.text()),
                (_, 1) => {
                    let line = |e: &crate::client::HistoryEntry| {
                        format!(
                            "{}  {}",
                            state.clock.local(e.time).format("%Y-%m-%d %H:%M:%S"),
                            e.text
                        )
                    };
                    Some(
                        known
                            .history
                            .iter()
                            .map(line)
                            .collect::<Vec<_>>()
                            .join("\n"),
                    )
                }
                _ => Some(i.id.clone()),
            }
        }),
        Scope::Connections => state.connections.current().map(|c| c.url.clone()),
        Scope::People => state.people.current().map(|u| u.id.clone()),
        Scope::Notes => state.notes.list.current().map(|n| n.text.clone()),
        Scope::Form => state
            .form()
            .and_then(|f| f.focused())
            .filter(|f| !f.is_secret())
            .map(|f| f.text()),
        Scope::Inbox | Scope::Reader => state.task().map(|t| t.id.clone()),
        Scope::Jobs | Scope::Today => state.instance_id(),
        Scope::Launch => None,
    };
    match text.filter(|t| !t.is_empty()) {
        Some(text) => {
            let what = if text.contains('\n') {
                "it".to_owned()
            } else {
                super::words::cut(&text, 40, state.glyphs.ellipsis)
            };
            state.say(format!("Copied {what}"), Role::Info);
            vec![Effect::Copy(text)]
        }
        None => Vec::new(),
    }
}

/// The tasks that a change of assignee or dates is about, and what they are called together.
fn change_task(state: &mut State, command: Command) -> Vec<Effect> {
    let tasks: Vec<crate::client::TaskView> = match state.scope() {
        Scope::Inbox => state.inbox.list.chosen().into_iter().cloned().collect(),
        Scope::Reader | Scope::Form => state.task().cloned().into_iter().collect(),
        Scope::Today => state
            .today
            .current()
            .and_then(|n| n.task.clone())
            .into_iter()
            .collect(),
        _ => Vec::new(),
    };
    if tasks.is_empty() {
        // An instance's tasks are known to the desk only.
        let ids: Vec<String> = match state.scope() {
            Scope::Jobs => state
                .jobs
                .list
                .chosen()
                .iter()
                .map(|i| i.id.clone())
                .collect(),
            _ => state.instance_id().into_iter().collect(),
        };
        return vec![Effect::Ask(
            "its task",
            Box::new(move |client| {
                let found: Result<Vec<_>, DeskError> =
                    ids.iter().map(|id| client.instance(id)).collect();
                Box::new(move |state| match found {
                    Ok(details) => {
                        let tasks: Vec<_> = details.into_iter().flat_map(|d| d.tasks).collect();
                        ask_change(state, command, tasks)
                    }
                    Err(error) => state.failed(&error),
                })
            }),
        )];
    }
    ask_change(state, command, tasks)
}

fn ask_change(
    state: &mut State,
    command: Command,
    tasks: Vec<crate::client::TaskView>,
) -> Vec<Effect> {
    let Some(first) = tasks.first() else {
        state.say("There is no open task to change", Role::Info);
        return Vec::new();
    };
    let name = match tasks.as_slice() {
        [one] => inbox::title(one).to_owned(),
        many => super::words::count(many.len() as u64, "task", "tasks"),
    };
    let dialog = match command {
        Command::Reassign => {
            let before = tasks
                .iter()
                .map(|t| (t.id.clone(), t.assignee.clone()))
                .collect();
            task::reassign(before, &name, state.names())
        }
        Command::Due => task::due(tasks.iter().map(|t| (t.id.clone(), t.due)).collect(), &name),
        _ => task::priority(first.id.clone(), first.priority, inbox::title(first)),
    };
    state.overlay = Some(dialog.into());
    Vec::new()
}

fn cancel(state: &mut State) -> Vec<Effect> {
    use super::form::{Field, Input};
    let ids: Vec<String> = match state.scope() {
        Scope::Jobs => state
            .jobs
            .list
            .chosen()
            .iter()
            .filter(|i| !i.ended)
            .map(|i| i.id.clone())
            .collect(),
        _ => state.instance_id().into_iter().collect(),
    };
    let name = match (state.scope(), ids.len()) {
        (_, 2..) => super::words::count(ids.len() as u64, "instance", "instances"),
        (Scope::Jobs, _) => state
            .jobs
            .list
            .current()
            .map_or(String::new(), |i| jobs::title(i).to_owned()),
        (Scope::Today, _) => state
            .today
            .current()
            .map_or(String::new(), |n| n.title.clone()),
        _ => state
            .instance()
            .and_then(|i| i.detail())
            .map_or(String::new(), |d| jobs::title(&d.instance).to_owned()),
    };
    let reason = Field::new("reason", "Reason", Input::Text(Default::default()))
        .required()
        .help("it stands in the history, and whoever has the task is told");
    let text = "Open tasks and what was typed into their forms are gone; a running insertion is rolled back. What was inserted before stays. This cannot be undone.";
    let dialog = Dialog::ask(
        &format!("Cancel {name}?"),
        text,
        vec![reason],
        "Cancel the work",
        move |client, filled| {
            let reason = filled.text("reason").unwrap_or_default();
            for id in &ids {
                client.cancel(id, &reason)?;
            }
            Ok(Done::say(format!("Cancelled {name}")).then(|state| {
                state.jobs.list.marks.clear();
                Vec::new()
            }))
        },
    );
    state.overlay = Some(dialog.into());
    Vec::new()
}

fn retry(state: &mut State) -> Vec<Effect> {
    let Some(id) = state.instance_id() else {
        return Vec::new();
    };
    act("the retry", move |client| {
        let n = client.retry(&id)?;
        Ok(Done::say(match n {
            0 => "Nothing failed that could be tried again".to_owned(),
            n => format!(
                "{} once more",
                super::words::count(n.into(), "try", "tries")
            ),
        }))
    })
}

fn stop_insertion(state: &mut State) -> Vec<Effect> {
    let instance = state.instance_id();
    let me = state.me.id.clone();
    let in_inbox = matches!(state.scope(), Scope::Inbox);
    let running = state.status.data.as_ref().and_then(|s| {
        s.progress.iter().find(|p| match in_inbox {
            true => p.assignee.as_deref() == Some(&me),
            false => Some(&p.process_instance_id) == instance.as_ref(),
        })
    });
    let Some((id, title)) = running.map(|p| (p.process_instance_id.clone(), p.title.clone()))
    else {
        return Vec::new();
    };
    let text = "Its rows are rolled back, none of them stays in the table, and the task comes back to whoever sent it.";
    let dialog = Dialog::ask(
        &format!("Stop inserting {title}?"),
        text,
        Vec::new(),
        "Stop the insertion",
        move |client, _| {
            client.cancel_insertion(&id)?;
            Ok(Done::say(format!("Stopped inserting {title}")))
        },
    );
    state.overlay = Some(dialog.into());
    Vec::new()
}

fn mouse(state: &mut State, event: MouseEvent) -> Vec<Effect> {
    let wheel = match event.kind {
        MouseEventKind::ScrollUp => Some(Command::Up),
        MouseEventKind::ScrollDown => Some(Command::Down),
        MouseEventKind::Down(MouseButton::Left) => None,
        _ => return Vec::new(),
    };
    let at = (event.column, event.row);
    let hit = state
        .hits
        .iter()
        .rev()
        .find(|(area, _)| area.contains(at.into()))
        .map(|(_, hit)| *hit);
    if let Some(direction) = wheel {
        if state.overlay.is_some() {
            let code = if direction == Command::Up {
                KeyCode::Up
            } else {
                KeyCode::Down
            };
            return overlay::key(state, KeyEvent::from(code));
        }
        if state.form().is_some_and(|f| f.takes_text()) {
            return Vec::new();
        }
        let mut effects = Vec::new();
        for _ in 0..3 {
            effects.extend(command(state, direction));
        }
        return effects;
    }
    let Some(hit) = hit else {
        return Vec::new();
    };
    let twice = state
        .clicked
        .replace((hit, state.clock.now))
        .is_some_and(|(before, when)| {
            before == hit && state.clock.now - when < Duration::milliseconds(400)
        });
    click(state, hit, event.column, twice)
}

fn click(state: &mut State, hit: Hit, column: u16, twice: bool) -> Vec<Effect> {
    let clock = state.clock;
    match hit {
        Hit::Run(wanted) => {
            let scope = state.scope();
            let binding = keymap::active(scope).find(|b| b.command == wanted);
            binding.map_or_else(Vec::new, |b| run(state, b))
        }
        Hit::Tab(at) => go(state, at),
        Hit::Dismiss => {
            if state.toast.take().is_none() {
                state.overlay = None;
            }
            Vec::new()
        }
        Hit::Choice(at) => match &state.overlay {
            Some(Overlay::Finder(_)) => overlay::choose(state, at),
            _ => pick_offer(state, at),
        },
        Hit::Button => match state.overlay {
            Some(_) => overlay::submit(state),
            None => {
                if let Some(form) = state.form() {
                    form.go(usize::MAX, &clock);
                }
                submit(state)
            }
        },
        Hit::Field(at, x, columns) => {
            if state.overlay.is_none() {
                focus_pane(state, 1);
            }
            if let Some(form) = state.form() {
                form.go(at, &clock);
                form.typing = true;
                if let Some(line) = form.focused().and_then(|f| f.line()) {
                    line.click(column.saturating_sub(x).into(), columns.into());
                }
            }
            Vec::new()
        }
        Hit::Pane(at) => focus_pane(state, at),
        Hit::Row(pane, at) => {
            let mut effects = focus_pane(state, pane);
            effects.extend(select_row(state, at));
            if twice {
                effects.extend(command(state, Command::Open));
            }
            effects
        }
    }
}

/// Takes a line of the popup over a field.
fn pick_offer(state: &mut State, at: usize) -> Vec<Effect> {
    use super::form::Popup;
    let clock = state.clock;
    let Some(form) = state.form() else {
        return Vec::new();
    };
    match &mut form.popup {
        Some(Popup::Options(row)) => *row = at,
        Some(Popup::Offers(_, row)) => *row = Some(at),
        _ => return Vec::new(),
    }
    form.typing = true;
    let changed = form.key(KeyEvent::from(KeyCode::Enter), &clock) == Event::Changed;
    if changed && state.overlay.is_none() {
        typed(state)
    } else {
        Vec::new()
    }
}

fn focus_pane(state: &mut State, pane: usize) -> Vec<Effect> {
    match state.scope() {
        Scope::Inbox if pane == 1 => inbox::open(state),
        Scope::Reader | Scope::Form if pane == 0 => return inbox::leave(state),
        Scope::Today if pane < 2 => state.today.pane = pane,
        Scope::Instance | Scope::Launch => match state.pages.last_mut() {
            Some(Page::Instance(page)) if pane < 3 => page.pane = pane,
            Some(Page::Launch(page)) if pane < 2 && !page.form.fields.is_empty() => {
                page.pane = pane
            }
            _ => {}
        },
        _ => {}
    }
    Vec::new()
}

fn select_row(state: &mut State, at: usize) -> Vec<Effect> {
    match state.scope() {
        Scope::Inbox => {
            state.inbox.list.select(at);
            return inbox::selected(state);
        }
        Scope::Jobs => state.jobs.list.select(at),
        Scope::Notes => state.notes.list.select(at),
        Scope::Today => state.today.selected = at,
        Scope::People => state.people.selected = at,
        Scope::Connections => state.connections.selected = at,
        Scope::Launch => return launch::pick(state, at),
        _ => {}
    }
    Vec::new()
}

/// What is asked first, once a user has come in.
pub fn begin(state: &mut State) -> Vec<Effect> {
    let mut effects = refresh_status(state);
    effects.extend(state.refresh_screen());
    effects.extend(notes::refresh(state));
    effects.extend(refresh_team(state));
    effects
}
