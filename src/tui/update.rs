//! What each action does to the state, and what it asks of the outside.

use super::effect::{Action, Done, Effect, act};
use super::form::{Event, path};
use super::keymap::{self, Binding, Command, Key};
use super::line::Line;
use super::overlay::{self, Dialog, Finder, Overlay};
use super::screen::{
    connections, decisions, deploy, fix, inbox, incidents, instance, jobs, launch, notes, people,
    rows, sheet, task, today, versions,
};
use super::state::{Page, Scope, State, Tab, refresh_status, refresh_team};
use super::theme::{Role, Theme};
use super::{change, mouse, operate, progress};
use crate::client::DeskError;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// The title of the question before one leaves.
const LEAVING: &str = "Leave while rows are inserted?";

/// How old the screen may grow: what becomes late does so without a change of the desk.
const STALE: chrono::Duration = chrono::Duration::seconds(15);

/// Acts.
pub fn update(state: &mut State, action: Action) -> Vec<Effect> {
    let mut effects = match action {
        Action::Key(event) => key(state, event),
        Action::Mouse(event) => mouse::mouse(state, event),
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
        Action::Leave => leave(state),
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
    effects.extend(super::offer::tables(state));
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
    let mut effects = fix::tick(state);
    effects.extend(task::tick(state));
    if state.clock.now - state.refreshed > STALE {
        effects.extend(state.refresh());
    }
    effects
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
    // Whoever goes on has read it; an error stays until it is sent away.
    let read = |t: &super::state::Toast| match t.role {
        Role::Danger => event.code == KeyCode::Esc,
        _ => state.clock.now - t.since > chrono::Duration::milliseconds(1500),
    };
    if state.toast.as_ref().is_some_and(read) {
        let error = state.toast.take().is_some_and(|t| t.role == Role::Danger);
        if error {
            return Vec::new();
        }
    }
    if state.overlay.is_some() {
        return overlay::key(state, event);
    }
    if let Some(effects) = filter_key(state, event).or_else(|| fix::key(state, event)) {
        return effects;
    }
    let clock = state.clock;
    if let Some(form) = state.form().filter(|f| f.typing) {
        let (event, text) = (form.key(event, &clock), form.takes_text());
        match event {
            Event::Ignored
                if text && key.modifiers.is_empty() && matches!(key.code, KeyCode::Char(_)) =>
            {
                return Vec::new();
            }
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
pub fn submit(state: &mut State) -> Vec<Effect> {
    match state.scope() {
        Scope::Launch => launch::submit(state),
        Scope::Form => task::complete(state),
        Scope::Deploy => deploy::submit(state),
        _ => Vec::new(),
    }
}

/// After a value of the form on the screen changed.
pub fn typed(state: &mut State) -> Vec<Effect> {
    match state.scope() {
        Scope::Launch => launch::typed(state),
        Scope::Form => {
            if let Some(task) = &mut state.inbox.task {
                task.typed(state.clock.now);
                task.conceal(&state.clock);
            }
        }
        _ => {}
    }
    Vec::new()
}

type Filter<'s> = (&'s mut Line, &'s mut bool, fn(&mut State) -> Vec<Effect>);

/// The filter of what is shown, whether it takes keys, and what follows when it has changed.
fn filter(state: &mut State) -> Option<Filter<'_>> {
    Some(match state.scope() {
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
        Scope::Incidents => {
            let list = &mut incidents::here(state)?.list;
            (&mut list.filter, &mut list.filtering, incidents::refresh)
        }
        Scope::Decisions => {
            let page = decisions::here(state)?;
            (&mut page.filter, &mut page.filtering, decisions::filtered)
        }
        Scope::Versions => {
            let sieve = &mut versions::here(state)?.sieve;
            (&mut sieve.filter, &mut sieve.filtering, versions::filtered)
        }
        Scope::Launch => {
            let sieve = &mut launch::page(state)?.sieve;
            (&mut sieve.filter, &mut sieve.filtering, launch::filtered)
        }
        _ => return None,
    })
}

/// Keys while a list is filtered; none when they mean something else.
fn filter_key(state: &mut State, event: KeyEvent) -> Option<Vec<Effect>> {
    let (filter, filtering, refresh) = filter(state)?;
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
        // The form says itself what is missing, and one Escape too many is no question.
        if binding.command == Command::Back {
            return Vec::new();
        }
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

/// Does a command, wherever it belongs.
pub fn command(state: &mut State, command: Command) -> Vec<Effect> {
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
        Scope::Preview => rows::run(state, command),
        Scope::Fix => fix::run(state, command),
        Scope::Sheet => sheet::run(state, command),
        Scope::Deploy => deploy::run(state, command),
        Scope::Decisions => decisions::run(state, command),
        Scope::Versions => versions::run(state, command),
        Scope::Incidents => incidents::run(state, command),
    };
    own.unwrap_or_else(|| shared(state, command))
}

/// Commands that mean the same on every screen.
fn shared(state: &mut State, command: Command) -> Vec<Effect> {
    match command {
        Command::Back => back(state),
        Command::Close if state.on_page() => back(state),
        Command::Close if state.in_task() => inbox::leave(state),
        Command::Close if state.tab > 0 => go(state, 0),
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
        Command::Decisions => decisions::open(state),
        Command::New => launch::open(state),
        Command::Process => look(state, 0),
        Command::History => look(state, 1),
        Command::Variables => look(state, 2),
        Command::Edit => edit_field(state),
        Command::Undo => undo(state),
        Command::Copy => copy(state),
        Command::Reassign | Command::Due | Command::Priority => change::task(state, command),
        Command::Comment => change::comment(state),
        Command::Deploy => deploy::open(state),
        Command::Again => launch::again(state),
        Command::Cancel => change::cancel(state),
        Command::Retry => change::retry(state),
        Command::StopInsertion => change::stop_insertion(state),
        Command::TakeBack => change::take_back(state),
        Command::Versions => versions::open(state),
        Command::Incidents => incidents::open(state),
        Command::Hold => operate::hold(state),
        Command::SetVariable => operate::set_variable(state),
        Command::Remove => operate::remove_variable(state),
        Command::Event => operate::event(state),
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

/// Leaves; asks before it where that takes something back. Whoever says it twice means it.
fn quit(state: &mut State) -> Vec<Effect> {
    let asked = |overlay: &Overlay| matches!(overlay, Overlay::Dialog(one) if one.title == LEAVING);
    let progress = state.status.data.iter().flat_map(|status| &status.progress);
    let here: Vec<_> = progress.filter(|one| one.here).collect();
    let Some(first) = here
        .first()
        .filter(|_| !state.overlay.as_ref().is_some_and(asked))
    else {
        return leave(state);
    };
    let more = match here.len() {
        1 => String::new(),
        n => format!(" and {} more", n - 1),
    };
    let others = state
        .status
        .data
        .as_ref()
        .is_some_and(|status| status.workers > 1);
    let next = match others {
        true => "another worker begins it anew at once",
        false => "it begins anew by itself when a desk is opened or a worker runs again",
    };
    let text = format!(
        "{}{more}: {} of the rows are on their way into the table, by this desk. If you leave now, \
         they are rolled back, and {next}. Esc stays.",
        first.title,
        progress::percent(first)
    );
    state.overlay = Some(Dialog::confirm(LEAVING, &text, "Leave", leave).into());
    Vec::new()
}

fn leave(state: &mut State) -> Vec<Effect> {
    let mut effects = task::save_at_last(state);
    effects.push(Effect::Quit);
    effects
}

fn back(state: &mut State) -> Vec<Effect> {
    launch::keep(state);
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
    launch::keep(state);
    effects.extend(fix::save(state));
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
    if fix::paste(state, text) {
        return Vec::new();
    }
    if let Some((filter, true, refresh)) = filter(state).map(|(f, on, r)| (f, *on, r)) {
        filter.insert(text, false);
        return refresh(state);
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
    act("the undo", move |client| match (undo.back)(client) {
        Err(DeskError::NotFound(why)) => {
            Ok(Done::say(format!("{} cannot be undone: {why}", undo.what)))
        }
        answer => answer.map(|()| Done::say(format!("Undid {}", undo.what))),
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
                _ => super::screen::timeline::selected(i, &state.clock)
                    .map(|fact| fact.copied())
                    .or_else(|| Some(i.id.clone())),
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
        Scope::Sheet => match state.pages.last() {
            Some(Page::Sheet(page)) if !page.masked => Some(page.text.clone()),
            _ => None,
        },
        Scope::Decisions => match state.pages.last() {
            Some(Page::Decisions(page)) => page.text(),
            _ => None,
        },
        Scope::Fix => match state.pages.last() {
            Some(Page::Fix(page)) => page
                .current()
                .and_then(|row| row.values.get(page.column)?.clone()),
            _ => None,
        },
        Scope::Versions => match state.pages.last() {
            Some(Page::Versions(page)) => page.current().map(|v| v.definition.id.clone()),
            _ => None,
        },
        Scope::Incidents => match state.pages.last() {
            Some(Page::Incidents(page)) => page.list.current().and_then(|row| row.cause.clone()),
            _ => None,
        },
        Scope::Launch | Scope::Preview | Scope::Deploy => None,
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

/// What is asked first, once a user has come in.
pub fn begin(state: &mut State) -> Vec<Effect> {
    let mut effects = refresh_status(state);
    effects.extend(state.refresh_screen());
    effects.extend(notes::refresh(state));
    effects.extend(refresh_team(state));
    effects
}
