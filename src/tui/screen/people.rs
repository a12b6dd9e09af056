//! The team: who has how much to do, and how it went this week.

use super::inbox::select;
use crate::client::{Role as Post, User, Workload, check_name, check_password};
use crate::tui::effect::{Done, Effect, Slot, load};
use crate::tui::form::{Field, Input, names};
use crate::tui::keymap::Command;
use crate::tui::line::Line;
use crate::tui::overlay::{Dialog, Filled};
use crate::tui::state::State;
use crate::tui::theme::Role;
use crate::tui::ui::{Hit, Ui, inset};
use crate::tui::words;
use ratatui::layout::Rect;

/// The screen.
#[derive(Default)]
pub struct People {
    /// Users and their work; the last entry of the work is what is open to claim.
    pub slot: Slot<(Vec<User>, Vec<Workload>)>,
    /// The row under the cursor.
    pub selected: usize,
}

impl People {
    /// The user under the cursor.
    pub fn current(&self) -> Option<&User> {
        self.slot.data.as_ref()?.0.get(self.selected)
    }
}

/// Asks for the team and its work.
pub fn refresh(state: &mut State) -> Vec<Effect> {
    load(
        state,
        |s| Some(&mut s.people.slot),
        refresh,
        |state| {
            let last = state
                .people
                .slot
                .data
                .as_ref()
                .map_or(0, |d| d.0.len().saturating_sub(1));
            state.people.selected = state.people.selected.min(last);
            Vec::new()
        },
        "the team",
        |client| Ok((client.users()?, client.workload()?)),
    )
}

/// Acts on a command; none when it is not one of this screen.
pub fn run(state: &mut State, command: Command) -> Option<Vec<Effect>> {
    let people = &mut state.people;
    let last = people
        .slot
        .data
        .as_ref()
        .map_or(0, |d| d.0.len().saturating_sub(1));
    match command {
        Command::Up => people.selected = people.selected.saturating_sub(1),
        Command::Down => people.selected = (people.selected + 1).min(last),
        Command::Top => people.selected = 0,
        Command::Bottom => people.selected = last,
        Command::New => state.overlay = Some(add(groups_of(people)).into()),
        Command::EditPerson => {
            let user = people.current()?.clone();
            let groups = groups_of(people);
            state.overlay = Some(edit(&user, groups).into());
        }
        Command::Remove => {
            let user = people.current()?.id.clone();
            let work = people.slot.data.as_ref().map(|(_, work)| work.as_slice());
            let work = work.unwrap_or_default().iter();
            let open = work
                .filter(|w| w.user_id.as_ref() == Some(&user))
                .map(|w| w.open)
                .sum();
            let others = state.names().into_iter();
            let others = others
                .filter(|n| !n.starts_with('@') && *n != user)
                .collect();
            state.overlay = Some(remove(user, open, others).into());
        }
        Command::Password => {
            let user = people.current()?.id.clone();
            state.overlay = Some(password(user).into());
        }
        _ => return None,
    }
    Some(Vec::new())
}

/// All groups that anybody is in.
fn groups_of(people: &People) -> Vec<String> {
    let users = people.slot.data.as_ref().map(|(users, _)| users.as_slice());
    let mut groups: Vec<String> = users
        .unwrap_or_default()
        .iter()
        .flat_map(|u| u.groups.clone())
        .collect();
    groups.sort_unstable();
    groups.dedup();
    groups
}

fn role_field(role: Post) -> Field {
    let roles = ["employee", "head", "worker"].map(|r| (r.to_owned(), r.to_owned()));
    let at = match role {
        Post::Employee => 0,
        Post::Head => 1,
        Post::Worker => 2,
    };
    Field::new("role", "Role", Input::Choice(roles.to_vec(), Some(at)))
        .help("heads launch and watch, workers are programs")
}

fn groups_field(known: Vec<String>, groups: &[String]) -> Field {
    let line = Line::new(groups.join(", "));
    let mut field = Field::new("groups", "Groups", Input::Names(line, known))
        .help("members claim what it is offered; new names are fine");
    field.open = true;
    field
}

fn role_of(filled: &Filled) -> Post {
    match filled.text("role").as_deref() {
        Some("head") => Post::Head,
        Some("worker") => Post::Worker,
        _ => Post::Employee,
    }
}

fn groups_in(filled: &Filled) -> Vec<String> {
    let groups = filled.text("groups").unwrap_or_default();
    names(&groups)
        .map(|g| g.trim_start_matches('@').to_owned())
        .collect()
}

fn add(groups: Vec<String>) -> Dialog {
    let fields = vec![
        Field::new("name", "Name", Input::Text(Line::default()))
            .required()
            .rule(check_name)
            .help("the login name: letters, digits, dots and dashes"),
        role_field(Post::Employee),
        groups_field(groups, &[]),
        Field::new("password", "Password", Input::Secret(Line::secret()))
            .rule(check_password)
            .help("optional; without one, choosing the name is enough"),
    ];
    Dialog::ask("Add a person", "", fields, "Add", |client, filled| {
        let name = filled.text("name").unwrap_or_default();
        let password = filled.text("password");
        let user = client.add_user(
            &name,
            role_of(filled),
            &groups_in(filled),
            password.as_deref(),
        )?;
        Ok(Done::say(format!("Added {}", user.id)))
    })
}

/// Role and groups; the password has a dialog of its own.
fn edit(user: &User, groups: Vec<String>) -> Dialog {
    let fields = vec![role_field(user.role), groups_field(groups, &user.groups)];
    let before = user.clone();
    Dialog::ask(
        &format!("Edit {}", user.id),
        "",
        fields,
        "Save",
        move |client, filled| {
            let id = before.id.clone();
            client.change_user(&id, Some(role_of(filled)), Some(&groups_in(filled)))?;
            let before = before.clone();
            Ok(Done::say(format!("Changed {id}")).undo(
                format!("the change of {id}"),
                Vec::new(),
                move |client| {
                    let (role, groups) = (Some(before.role), Some(before.groups.as_slice()));
                    client.change_user(&before.id, role, groups).map(drop)
                },
            ))
        },
    )
}

fn remove(user: String, open: u64, others: Vec<String>) -> Dialog {
    let tasks = match open {
        0 => format!("{user} has no open task."),
        1 => format!("{user} has 1 open task: it goes to whom you name, else it is free to claim."),
        n => format!(
            "{user} has {} open tasks: they go to whom you name, else they are free to claim.",
            words::thousands(n)
        ),
    };
    let text = format!(
        "{tasks} What comes back to {user} later goes the same way. What {user} did stays in the history."
    );
    let mut to = Field::new("to", "Hand over to", Input::Text(Line::default()))
        .help("Space lists all; empty makes them free to claim");
    to.offers = others;
    to.placeholder = "whoever claims them".to_owned();
    Dialog::ask(
        &format!("Remove {user}?"),
        &text,
        vec![to],
        "Remove",
        move |client, filled| {
            let gone = client.remove_user(&user, filled.text("to").as_deref())?;
            let tasks = words::count(gone.tasks, "task", "tasks");
            Ok(Done::say(match (gone.tasks, &gone.successor) {
                (0, _) => format!("Removed {user}"),
                (_, Some(to)) => format!("Removed {user}; {to} has {tasks} more"),
                (n, None) => {
                    let are = if n == 1 { "is" } else { "are" };
                    format!("Removed {user}; {tasks} {are} free to claim")
                }
            }))
        },
    )
}

fn password(user: String) -> Dialog {
    let fields = vec![
        Field::new("password", "New password", Input::Secret(Line::secret()))
            .help("empty removes the password: choosing the name is enough then"),
    ];
    Dialog::ask(
        &format!("Password of {user}"),
        "",
        fields,
        "Set password",
        move |client, filled| {
            let password = filled.text("password");
            client.set_password(&user, password.as_deref())?;
            let what = if password.is_some() {
                "Set the password of"
            } else {
                "Removed the password of"
            };
            Ok(Done::say(format!("{what} {user}")))
        },
    )
}

/// Draws the screen.
pub fn draw(state: &State, ui: &mut Ui, area: Rect) {
    ui.hit(area, Hit::Pane(0));
    let inner = ui.pane(area, "People", true);
    let Some((users, work)) = &state.people.slot.data else {
        let text = state
            .people
            .slot
            .error
            .as_deref()
            .unwrap_or("Asking the desk for the team");
        ui.paragraph(inset(inner), text, Role::Muted);
        return;
    };
    ui.corner(
        area,
        &format!("{} of {}", state.people.selected + 1, users.len()),
    );
    table_header(ui, inner);
    let most = work.iter().map(|w| w.open).max().unwrap_or(1).max(1);
    let rows = Rect {
        y: inner.y + 1,
        height: inner.height.saturating_sub(1),
        ..inner
    };
    let mut y = rows.y;
    let first = state
        .people
        .selected
        .saturating_sub(usize::from(rows.height.saturating_sub(3)));
    for (i, user) in users.iter().enumerate().skip(first) {
        if y >= rows.bottom() {
            return;
        }
        let line = Rect {
            y,
            height: 1,
            ..rows
        };
        let load = work.iter().find(|w| w.user_id.as_ref() == Some(&user.id));
        row(ui, line, &user.id, Some(user), load, most);
        select(ui, line, i == state.people.selected, true);
        ui.hit(line, Hit::Row(0, i));
        y += 1;
    }
    if let Some(open) = work.iter().find(|w| w.user_id.is_none())
        && y < rows.bottom()
    {
        row(
            ui,
            Rect {
                y,
                height: 1,
                ..rows
            },
            "free to claim",
            None,
            Some(open),
            most,
        );
        y += 2;
    }
    let me = users.get(state.people.selected);
    if let Some(user) = me
        && y < rows.bottom()
    {
        let groups = if user.groups.is_empty() {
            "no group".to_owned()
        } else {
            user.groups.join(", ")
        };
        let password = if user.has_password {
            "has a password"
        } else {
            "no password"
        };
        let text = format!("{}: {groups} {} {password}", user.id, ui.glyphs.dot);
        ui.text(
            rows.x + 2,
            y,
            rows.width.saturating_sub(2),
            &text,
            Role::Muted,
        );
    }
}

/// Columns of numbers: heading and width.
const NUMBERS: [(&str, u16); 5] = [
    ("open", 6),
    ("late", 6),
    ("done", 6),
    ("in time", 9),
    ("back", 6),
];

/// The widths of the name and of the bar at a width of the pane.
fn widths(width: u16) -> (u16, u16, bool) {
    let numbers: u16 = NUMBERS.iter().map(|(_, w)| w).sum();
    let role = if width >= 72 { 10 } else { 0 };
    let rest = width.saturating_sub(numbers + role + 2 + 9);
    let name = 14.min(rest.max(8));
    (name, rest.saturating_sub(name + 1).min(24), role > 0)
}

fn table_header(ui: &mut Ui, area: Rect) {
    let (name, bar, role) = widths(area.width);
    let mut x = area.x + 2;
    ui.text(x, area.y, name, "name", Role::Muted);
    x += name;
    if role {
        ui.text(x, area.y, 10, "role", Role::Muted);
        x += 10;
    }
    for (heading, wide) in NUMBERS {
        ui.right(
            Rect {
                x,
                width: wide.min(area.right().saturating_sub(x)),
                ..area
            },
            area.y,
            heading,
            Role::Muted,
        );
        x += wide;
    }
    ui.text(x + 2, area.y, 7, "7 days", Role::Muted);
    if bar > 5 {
        ui.text(x + 10, area.y, bar, "work", Role::Muted);
    }
}

fn row(
    ui: &mut Ui,
    area: Rect,
    title: &str,
    user: Option<&User>,
    work: Option<&Workload>,
    most: u64,
) {
    let (name, bar, with_role) = widths(area.width);
    let mut x = area.x + 2;
    ui.text(
        x,
        area.y,
        name.saturating_sub(1),
        title,
        if user.is_some() {
            Role::Text
        } else {
            Role::Muted
        },
    );
    x += name;
    if with_role {
        let post = user.map_or("", |u| match u.role {
            Post::Head => "head",
            Post::Employee => "employee",
            Post::Worker => "worker",
        });
        ui.text(x, area.y, 9, post, Role::Muted);
        x += 10;
    }
    let Some(work) = work else {
        return;
    };
    let share = (work.in_time * 100)
        .checked_div(work.done)
        .map_or_else(|| "-".to_owned(), |p| format!("{p} %"));
    let numbers = [
        work.open.to_string(),
        work.late.to_string(),
        work.done.to_string(),
        share,
        work.came_back.to_string(),
    ];
    for (i, (text, (_, wide))) in numbers.iter().zip(NUMBERS).enumerate() {
        let role = match (i, work.late, work.came_back) {
            (1, 1.., _) => Role::Danger,
            (4, _, 1..) => Role::Warning,
            (1 | 4, ..) => Role::Muted,
            _ => Role::Text,
        };
        ui.right(
            Rect {
                x,
                width: wide.min(area.right().saturating_sub(x)),
                ..area
            },
            area.y,
            text,
            role,
        );
        x += wide;
    }
    let days = area.right().saturating_sub(x + 2).min(7);
    let best = work.per_day.iter().copied().max().unwrap_or(0);
    ui.sparkline(x + 2, area.y, days, &work.per_day, best, Role::Success);
    if bar > 5 {
        let role = if work.late > 0 {
            Role::Warning
        } else {
            Role::Info
        };
        ui.gauge(x + 10, area.y, bar, work.open as f64 / most as f64, role);
    }
}
