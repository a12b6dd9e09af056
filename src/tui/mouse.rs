//! What a click and the wheel mean.

use super::effect::Effect;
use super::form::{Event, Popup};
use super::keymap::{self, Command};
use super::overlay::{self, Overlay};
use super::screen::{decisions, inbox, incidents, launch};
use super::state::{Page, Scope, State};
use super::ui::Hit;
use super::update::{command, go, run, submit, typed};
use chrono::Duration;
use crossterm::event::{KeyCode, KeyEvent, MouseButton, MouseEvent, MouseEventKind};

/// Acts on what the mouse did.
pub fn mouse(state: &mut State, event: MouseEvent) -> Vec<Effect> {
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
            let Some(form) = state.form() else {
                return Vec::new();
            };
            form.go(at, &clock);
            // A click on the label only goes there.
            let event = match column.checked_sub(x) {
                Some(column) => form.click(column, columns, &clock),
                None => Event::Handled,
            };
            if event == Event::Changed && state.overlay.is_none() {
                typed(state)
            } else {
                Vec::new()
            }
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
        Scope::Instance | Scope::Launch | Scope::Decisions => match state.pages.last_mut() {
            Some(Page::Instance(page)) if pane < 3 => page.pane = pane,
            Some(Page::Decisions(page)) if pane < 3 => page.pane = pane,
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
        Scope::Decisions => return decisions::go(state, at),
        Scope::Versions => {
            if let Some(Page::Versions(page)) = state.pages.last_mut() {
                page.selected = at;
            }
        }
        Scope::Incidents => {
            if let Some(page) = incidents::here(state) {
                page.list.select(at);
            }
        }
        Scope::Fix => {
            if let Some(Page::Fix(page)) = state.pages.last_mut() {
                page.row = at;
            }
        }
        Scope::Deploy => {
            if let Some(Page::Deploy(page)) = state.pages.last_mut() {
                (page.at, page.form.typing) = (at, false);
            }
        }
        Scope::Instance => {
            if let Some(Page::Instance(page)) = state.pages.last_mut()
                && let Some(place) = page.pane.checked_sub(1).and_then(|p| page.at.get_mut(p))
            {
                *place = at;
            }
        }
        _ => {}
    }
    Vec::new()
}
