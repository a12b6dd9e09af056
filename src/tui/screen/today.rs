//! The head's overview: what needs somebody, how the team does.

use super::inbox::{due_role, select, title};
use crate::client::{InstanceQuery, InstanceView, TaskQuery, TaskView, Workload};
use crate::tui::effect::{Effect, Slot, load};
use crate::tui::keymap::Command;
use crate::tui::list::{several, twins};
use crate::tui::progress;
use crate::tui::state::State;
use crate::tui::theme::Role;
use crate::tui::ui::{Hit, Ui, inset};
use crate::tui::words::{self, Urgency};
use chrono::{DateTime, Datelike, Duration, Utc};
use ratatui::layout::Rect;

/// How many of each are asked for.
const ASKED: usize = 100;

/// Something that needs somebody.
#[derive(Debug, Clone, PartialEq)]
pub struct Need {
    /// The instance.
    pub instance: String,
    /// Its open task, when that is the point.
    pub task: Option<TaskView>,
    /// Something failed.
    pub incident: bool,
    /// What it is called.
    pub title: String,
    /// What people call its process.
    pub process: String,
    /// Who has it.
    pub who: Option<String>,
    /// When it is due.
    pub due: Option<DateTime<Utc>>,
    /// It came back.
    pub came_back: bool,
}

/// What is known.
pub struct Known {
    needs: Vec<Need>,
    open: u64,
    work: Vec<Workload>,
}

/// The screen.
#[derive(Default)]
pub struct Today {
    /// What is known.
    pub slot: Slot<Known>,
    /// The row under the cursor.
    pub selected: usize,
    /// 0 what needs somebody, 1 the team; only where both do not fit.
    pub pane: usize,
}

impl Today {
    /// What is under the cursor.
    pub fn current(&self) -> Option<&Need> {
        self.slot.data.as_ref()?.needs.get(self.selected)
    }
}

/// Asks for what is late, came back or failed, and for the team's work.
pub fn refresh(state: &mut State) -> Vec<Effect> {
    let soon = state.clock.now + Duration::hours(2);
    let now = state.clock.now;
    load(
        state,
        |s| Some(&mut s.today.slot),
        refresh,
        |state| {
            let last = state
                .today
                .slot
                .data
                .as_ref()
                .map_or(0, |d| d.needs.len().saturating_sub(1));
            state.today.selected = state.today.selected.min(last);
            Vec::new()
        },
        "the overview",
        move |client| {
            let failed = client.instances(InstanceQuery {
                with_incident: true,
                limit: ASKED,
                ..InstanceQuery::default()
            })?;
            // The most urgent come first, so the first page has all that matters.
            let tasks = client.tasks(TaskQuery {
                limit: ASKED,
                ..TaskQuery::default()
            })?;
            let open = tasks.total;
            let urgent = |t: &TaskView| t.came_back || t.due.is_some_and(|due| due < soon);
            let mut needs: Vec<Need> = failed.items.iter().map(failure).collect();
            needs.extend(tasks.items.into_iter().filter(urgent).map(need));
            needs.sort_by_key(|n| {
                (
                    !n.incident,
                    n.due.is_none_or(|d| d >= now),
                    !n.came_back,
                    n.due,
                )
            });
            Ok(Known {
                needs,
                open,
                work: client.workload()?,
            })
        },
    )
}

fn failure(instance: &InstanceView) -> Need {
    Need {
        instance: instance.id.clone(),
        task: None,
        incident: true,
        title: super::jobs::title(instance).to_owned(),
        process: instance.process().to_owned(),
        who: instance.assignee.clone(),
        due: instance.due,
        came_back: false,
    }
}

fn need(task: TaskView) -> Need {
    Need {
        instance: task.process_instance_id.clone(),
        incident: false,
        title: title(&task).to_owned(),
        process: task.process().to_owned(),
        who: task.assignee.clone(),
        due: task.due,
        came_back: task.came_back,
        task: Some(task),
    }
}

/// Acts on a command; none when it is not one of this screen.
pub fn run(state: &mut State, command: Command) -> Option<Vec<Effect>> {
    let today = &mut state.today;
    let last = today
        .slot
        .data
        .as_ref()
        .map_or(0, |d| d.needs.len().saturating_sub(1));
    match command {
        Command::Up => today.selected = today.selected.saturating_sub(1),
        Command::Down => today.selected = (today.selected + 1).min(last),
        Command::PageUp | Command::Top => today.selected = 0,
        Command::PageDown | Command::Bottom => today.selected = last,
        Command::NextPane | Command::PreviousPane => today.pane = 1 - today.pane.min(1),
        Command::Open => {
            let id = today.current()?.instance.clone();
            return Some(super::instance::open(state, id, 0));
        }
        _ => return None,
    }
    Some(Vec::new())
}

/// Draws the screen.
pub fn draw(state: &State, ui: &mut Ui, area: Rect) {
    let Some(known) = &state.today.slot.data else {
        let inner = ui.pane(area, "Today", true);
        let text = state
            .today
            .slot
            .error
            .as_deref()
            .unwrap_or("Asking the desk how things stand");
        ui.paragraph(inset(inner), text, Role::Muted);
        return;
    };
    if area.width < 80 {
        if state.today.pane == 0 {
            needs(state, ui, area, known);
        } else {
            team(state, ui, area, known);
        }
        return;
    }
    let wide = area.width * 11 / 20;
    needs(
        state,
        ui,
        Rect {
            width: wide,
            ..area
        },
        known,
    );
    let right = Rect {
        x: area.x + wide,
        width: area.width - wide,
        ..area
    };
    let running: Vec<_> = state.under_way().collect();
    let tall = (known.work.len() as u16 + 4).min(right.height * 3 / 5);
    team(
        state,
        ui,
        Rect {
            height: tall,
            ..right
        },
        known,
    );
    let lower = Rect {
        y: right.y + tall,
        height: right.height - tall,
        ..right
    };
    let inserting = progress::height(running.len(), lower.width, lower.height / 2);
    let week_tall = (lower.height - inserting).min(7);
    week(
        ui,
        Rect {
            height: week_tall,
            ..lower
        },
        known,
    );
    if inserting > 2 {
        let place = Rect {
            y: lower.y + week_tall,
            height: inserting,
            ..lower
        };
        progress::pane(ui, place, &running, None, "");
    }
}

fn needs(state: &State, ui: &mut Ui, area: Rect, known: &Known) {
    let today = &state.today;
    ui.hit(area, Hit::Pane(0));
    let count = known.needs.len();
    let inner = ui.pane(area, &format!("Needs you {count}"), true);
    if known.needs.is_empty() {
        let open = words::count(known.open, "task is", "tasks are");
        let text = format!(
            "{} Nothing is late, nothing came back, nothing failed. {open} open.",
            ui.glyphs.done
        );
        ui.paragraph(inset(inner), &text, Role::Success);
        return;
    }
    ui.corner(area, &format!("{} of {count}", today.selected + 1));
    // Headings make the reason readable without knowing the signs.
    let group = |need: &Need, clock: &words::Clock| match (need.incident, clock.urgency(need.due)) {
        (true, _) => "INCIDENT",
        (_, Urgency::Late) => "LATE",
        _ if need.came_back => "CAME BACK",
        _ => "DUE SOON",
    };
    let clock = ui.clock;
    let headed = |i: usize, top: usize| {
        i == top || group(&known.needs[i], &clock) != group(&known.needs[i - 1], &clock)
    };
    let lines = |from: usize, to: usize| {
        (from..=to)
            .map(|i| 1 + usize::from(headed(i, from)))
            .sum::<usize>()
    };
    let mut top = today.selected.saturating_sub(usize::from(inner.height));
    while top < today.selected && lines(top, today.selected) > inner.height.into() {
        top += 1;
    }
    if lines(0, today.selected) <= inner.height.into() {
        top = 0;
    }
    let twins = twins(known.needs.iter().map(|need| need.title.as_str()));
    let several = several(known.needs.iter().map(|need| need.process.as_str()));
    let mut y = inner.y;
    for (i, need) in known.needs.iter().enumerate().skip(top) {
        if headed(i, top) && y < inner.bottom() {
            let name = group(need, &clock);
            let role = match name {
                "INCIDENT" => Role::Incident,
                "LATE" => Role::Danger,
                _ => Role::Warning,
            };
            ui.text(inner.x + 1, y, inner.width - 1, name, role);
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
        let twin = twins.contains(need.title.as_str());
        row(ui, line, need, (twin, several));
        select(
            ui,
            line,
            i == today.selected,
            today.pane == 0 || area.width >= 80,
        );
        ui.hit(line, Hit::Row(0, i));
        y += 1;
    }
}

fn row(ui: &mut Ui, line: Rect, need: &Need, (twin, several): (bool, bool)) {
    let late = ui.clock.urgency(need.due) == Urgency::Late;
    let (sign, role) = match (need.incident, late, need.came_back) {
        (true, ..) => (ui.glyphs.incident, Role::Incident),
        (_, true, _) => (ui.glyphs.late, Role::Danger),
        (_, _, true) => (ui.glyphs.back, Role::Warning),
        _ => (" ", Role::Text),
    };
    ui.text(line.x + 2, line.y, 1, sign, role);
    let due = need.due.map_or_else(String::new, |d| ui.clock.due(d));
    let right = Rect {
        width: line.width.saturating_sub(1),
        ..line
    };
    ui.right(right, line.y, &due, due_role(ui.clock.urgency(need.due)));
    let who = need
        .who
        .as_deref()
        .unwrap_or(if need.incident { "" } else { "open" });
    let who_x = line.right().saturating_sub(21);
    ui.text(
        who_x,
        line.y,
        8,
        who,
        if need.who.is_some() {
            Role::Text
        } else {
            Role::Muted
        },
    );
    let place = Rect {
        x: line.x + 4,
        width: who_x.saturating_sub(line.x + 5),
        ..line
    };
    let twin = twin.then_some(need.instance.as_str());
    let used = ui.title(place, &need.title, twin);
    if several && need.process != need.title {
        ui.process(place, used, &need.process);
    }
}

fn team(state: &State, ui: &mut Ui, area: Rect, known: &Known) {
    ui.hit(area, Hit::Pane(1));
    let inner = ui.pane(area, "People", state.today.pane == 1 && area.width < 80);
    let most = known.work.iter().map(|w| w.open).max().unwrap_or(1).max(1);
    let heading = Rect { height: 1, ..inner };
    ui.right(
        Rect {
            width: 18.min(heading.width),
            ..heading
        },
        inner.y,
        "open",
        Role::Muted,
    );
    ui.right(
        Rect {
            width: 24.min(heading.width),
            ..heading
        },
        inner.y,
        "late",
        Role::Muted,
    );
    for (i, work) in known.work.iter().filter(|work| !work.left).enumerate() {
        let y = inner.y + 1 + i as u16;
        if y >= inner.bottom() {
            break;
        }
        let name = work.user_id.as_deref().unwrap_or("free to claim");
        let role = if work.user_id.is_some() {
            Role::Text
        } else {
            Role::Muted
        };
        ui.text(inner.x + 1, y, 13, name, role);
        let line = Rect {
            y,
            height: 1,
            ..inner
        };
        ui.right(
            Rect {
                width: 18.min(line.width),
                ..line
            },
            y,
            &words::thousands(work.open),
            Role::Text,
        );
        let (late, role) = if work.late > 0 {
            (words::thousands(work.late), Role::Danger)
        } else {
            (String::new(), Role::Muted)
        };
        ui.right(
            Rect {
                width: 24.min(line.width),
                ..line
            },
            y,
            &late,
            role,
        );
        let room = inner.width.saturating_sub(27).min(24);
        if room > 3 {
            let role = if work.late > 0 {
                Role::Warning
            } else {
                Role::Info
            };
            ui.gauge(inner.x + 26, y, room, work.open as f64 / most as f64, role);
        }
    }
}

fn week(ui: &mut Ui, area: Rect, known: &Known) {
    if area.height < 3 {
        return;
    }
    let inner = inset(ui.pane(area, "Last seven days", false));
    let sum = |of: fn(&Workload) -> u64| known.work.iter().map(of).sum::<u64>();
    let (done, in_time, back) = (sum(|w| w.done), sum(|w| w.in_time), sum(|w| w.came_back));
    let share = (in_time * 100)
        .checked_div(done)
        .map_or_else(|| "-".to_owned(), |p| format!("{p} % by first date"));
    let days = known
        .work
        .iter()
        .map(|w| w.per_day.len())
        .max()
        .unwrap_or(0);
    let per_day: Vec<u64> = (0..days)
        .map(|d| known.work.iter().filter_map(|w| w.per_day.get(d)).sum())
        .collect();
    let facts = [
        ("done", words::thousands(done)),
        ("in time", share),
        ("came back", words::thousands(back)),
    ];
    for (i, (name, text)) in facts.iter().enumerate() {
        let y = inner.y + i as u16;
        if y < inner.bottom() {
            ui.pieces(
                inner.x,
                y,
                inner.width,
                &[(&format!("{name:<11}"), Role::Muted), (text, Role::Text)],
            );
        }
    }
    let y = inner.y + 3;
    if y < inner.bottom() && days > 0 {
        ui.text(inner.x, y, 11, "a day", Role::Muted);
        let best = per_day.iter().copied().max().unwrap_or(0);
        let today = ui.clock.local(ui.clock.now).weekday();
        // Where not all of them fit, the last ones do.
        let room = usize::from(inner.width.saturating_sub(11) / 4);
        let first = days.saturating_sub(room);
        for (i, n) in per_day.iter().enumerate().skip(first) {
            let x = inner.x + 11 + (i - first) as u16 * 4;
            ui.sparkline(x, y, 1, &[*n], best, Role::Success);
            ui.text(x + 1, y, 2, &n.to_string(), Role::Text);
            if y + 1 < inner.bottom() {
                let ago = (days - 1 - i) as i64;
                let day = (0..ago).fold(today, |day, _| day.pred());
                ui.text(x, y + 1, 2, &day.to_string()[..2], Role::Muted);
            }
        }
    }
}
