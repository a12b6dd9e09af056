//! Where data frames go: databases by name, and whether they answer.

use super::inbox::select;
use crate::client::{
    Connection, ConnectionLimits, ConnectionTest, Credentials, DeskError, FieldError, TypedLogin,
};
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
pub struct Connections {
    /// The connections.
    pub slot: Slot<Vec<Connection>>,
    /// The row under the cursor.
    pub selected: usize,
    /// The last test, and of which connection.
    pub test: Slot<(String, ConnectionTest)>,
}

impl Connections {
    /// The connection under the cursor.
    pub fn current(&self) -> Option<&Connection> {
        self.slot.data.as_ref()?.get(self.selected)
    }
}

/// Asks for the connections.
pub fn refresh(state: &mut State) -> Vec<Effect> {
    load(
        state,
        |s| Some(&mut s.connections.slot),
        refresh,
        |state| {
            let last = state
                .connections
                .slot
                .data
                .as_ref()
                .map_or(0, |d| d.len().saturating_sub(1));
            state.connections.selected = state.connections.selected.min(last);
            Vec::new()
        },
        "the connections",
        |client| client.connections(),
    )
}

/// Tries the connection under the cursor.
pub fn test(state: &mut State) -> Vec<Effect> {
    let Some(current) = state.connections.current() else {
        return Vec::new();
    };
    if current.credentials == Credentials::Asked {
        state.overlay = Some(try_with(current).into());
        return Vec::new();
    }
    let name = current.name.clone();
    load(
        state,
        |s| Some(&mut s.connections.test),
        test,
        crate::tui::effect::nothing,
        "the connection",
        move |client| client.test_connection(&name).map(|found| (name, found)),
    )
}

/// Acts on a command; none when it is not one of this screen.
pub fn run(state: &mut State, command: Command) -> Option<Vec<Effect>> {
    let all = &mut state.connections;
    let last = all
        .slot
        .data
        .as_ref()
        .map_or(0, |d| d.len().saturating_sub(1));
    match command {
        Command::Up => all.selected = all.selected.saturating_sub(1),
        Command::Down => all.selected = (all.selected + 1).min(last),
        Command::Top => all.selected = 0,
        Command::Bottom => all.selected = last,
        Command::Test => return Some(test(state)),
        Command::New => state.overlay = Some(add().into()),
        Command::EditConnection => state.overlay = Some(edit(all.current()?).into()),
        Command::Password => {
            let current = all.current()?.clone();
            match current.credentials {
                Credentials::Shared => state.overlay = Some(rotate(&current.name).into()),
                Credentials::Personal => {
                    let dialog = log_in(&current, |_, _| Vec::new());
                    state.overlay = Some(dialog.into());
                }
                Credentials::Asked => state.say(
                    format!("{} asks for the password in each job", current.name),
                    Role::Info,
                ),
            }
        }
        Command::Remove => {
            let name = all.current()?.name.clone();
            let text = format!(
                "Jobs that name {name} cannot insert until it is added again. The database itself and its data stay as they are."
            );
            let dialog = Dialog::ask(
                &format!("Remove the connection {name}?"),
                &text,
                Vec::new(),
                "Remove",
                move |client, _| {
                    client.remove_connection(&name)?;
                    Ok(Done::say(format!("Removed the connection {name}")))
                },
            );
            state.overlay = Some(dialog.into());
        }
        _ => return None,
    }
    Some(Vec::new())
}

fn add() -> Dialog {
    let fields = vec![
        Field::new("name", "Name", Input::Text(Line::default()))
            .required()
            .help("what the team calls it, such as sales"),
        Field::new("url", "URL", Input::Text(Line::default()))
            .required()
            .help("sqlite:PATH or postgres://USER@HOST/DB or mariadb://…"),
        whose(Credentials::Shared),
        Field::new("password", "Password", Input::Secret(Line::secret()))
            .help("optional; of all, kept encrypted, never shown"),
        Field::new("replace", "Replace", Input::Check(false))
            .help("yes takes the place of a connection of this name"),
    ];
    Dialog::ask("Add a connection", "", fields, "Add", |client, filled| {
        let name = filled.text("name").unwrap_or_default();
        let url = filled.text("url").unwrap_or_default();
        let password = filled.text("password");
        let replaced = client.replaced_by(&name, &url, password.as_deref())?;
        if let Some(old) = replaced.filter(|_| filled.text("replace").as_deref() != Some("true")) {
            return Err(DeskError::Fields(vec![FieldError {
                field: "replace".to_owned(),
                message: format!(
                    "there is a {name} already, to {}; say yes, or choose another name",
                    old.url
                ),
            }]));
        }
        let kind = kind_of(filled);
        if password.is_some() && kind != Credentials::Shared {
            return Err(DeskError::Fields(vec![FieldError {
                field: "password".to_owned(),
                message: "leave it empty: there is none for all".to_owned(),
            }]));
        }
        let added = client.add_connection(&name, &url, password.as_deref())?;
        if kind != added.credentials {
            client.set_credentials(&name, kind)?;
        }
        Ok(Done::say(format!(
            "Added the connection {name}; t tries it"
        )))
    })
}

/// Whose user and password a connection uses.
fn whose(now: Credentials) -> Field {
    let labels = ["the team's", "everybody's own", "asked in each job"];
    let all = Credentials::ALL.iter().zip(labels);
    let options = all.map(|(kind, label)| (kind.as_str().to_owned(), label.to_owned()));
    let at = Credentials::ALL.iter().position(|kind| *kind == now);
    Field::new("credentials", "Login", Input::Choice(options.collect(), at))
        .help("a login that is not used any more is forgotten")
}

fn kind_of(filled: &Filled) -> Credentials {
    let kind = filled
        .text("credentials")
        .and_then(|kind| kind.parse().ok());
    kind.unwrap_or_default()
}

/// Whose password a connection uses, and who may use it for what.
fn edit(connection: &Connection) -> Dialog {
    let limits = &connection.limits;
    let list = |id: &str, label: &str, texts: &[String], help: &str| {
        Field::new(id, label, Input::Text(Line::new(texts.join(", ")))).help(help)
    };
    let fields = vec![
        whose(connection.credentials),
        list(
            "groups",
            "Groups",
            &limits.groups,
            "only these, such as sales, billing; empty is everybody",
        ),
        list(
            "tables",
            "Tables",
            &limits.tables,
            "only these, such as orders, stock_*; empty is all",
        ),
        list(
            "modes",
            "Modes",
            &limits.modes,
            "only these, such as append, upsert; empty is all",
        ),
    ];
    let before = connection.clone();
    Dialog::ask(
        &format!("Edit {}", connection.name),
        "",
        fields,
        "Save",
        move |client, filled| {
            let texts = |id: &str| {
                let text = filled.text(id).unwrap_or_default();
                names(&text).map(str::to_owned).collect()
            };
            let limits = ConnectionLimits {
                groups: texts("groups"),
                tables: texts("tables"),
                modes: texts("modes"),
                without_ledger: before.limits.without_ledger,
            };
            let mut strange = None;
            if limits != before.limits {
                client.limit_connection(&before.name, &limits)?;
                strange = limits.strange(&client.users()?);
            }
            let kind = kind_of(filled);
            if kind != before.credentials {
                client.set_credentials(&before.name, kind)?;
            }
            let strange = strange.map_or(String::new(), |strange| format!("; but {strange}"));
            Ok(Done::say(format!("Changed {}{strange}", before.name)))
        },
    )
}

/// A new password for all.
fn rotate(name: &str) -> Dialog {
    let password = Field::new("password", "New password", Input::Secret(Line::secret()))
        .required()
        .help("kept encrypted, never shown");
    let text = "The server is asked first whether it takes it. Jobs under way use the new one.";
    let title = format!("Password of {name}");
    let name = name.to_owned();
    Dialog::ask(
        &title,
        text,
        vec![password],
        "Set password",
        move |client, filled| {
            let password = filled.text("password").unwrap_or_default();
            client.rotate_connection(&name, &password)?;
            Ok(Done::say(format!("{name} uses the new password")))
        },
    )
}

/// Tries a connection that asks each time, with what is typed for this once.
fn try_with(connection: &Connection) -> Dialog {
    let password = Field::new("password", "Password", Input::Secret(Line::secret()))
        .required()
        .help("for this once; it is kept nowhere");
    let name = connection.name.clone();
    Dialog::ask(
        &format!("Try {name}"),
        &format!("{name} asks for the password in each job, and so here."),
        vec![user_name(connection), password],
        "Try it",
        move |client, filled| {
            let (user, password) = (filled.text("userName"), filled.text("password"));
            let login = TypedLogin {
                user_name: user.as_deref(),
                password: password.as_deref().unwrap_or_default(),
            };
            let found = (name.clone(), client.try_connection(&name, login)?);
            Ok(Done::say(format!("Tried {name}")).then(|state| {
                state.connections.test = Slot::default();
                state.connections.test.data = Some(found);
                Vec::new()
            }))
        },
    )
}

/// As whom the database knows one.
fn user_name(connection: &Connection) -> Field {
    let mut user = Field::new("userName", "User name", Input::Text(Line::default()))
        .help("as the database knows you");
    match connection.url.contains('@') {
        true => user.placeholder = "the one in the connection's URL".to_owned(),
        false => user.required = true,
    }
    user
}

/// One's own login; `then` hears of the connection as it is with it.
pub fn log_in(
    connection: &Connection,
    then: impl Fn(&mut State, Connection) -> Vec<Effect> + Clone + Send + Sync + 'static,
) -> Dialog {
    let password = Field::new("password", "Password", Input::Secret(Line::secret()))
        .required()
        .help("kept encrypted, for you alone");
    let name = connection.name.clone();
    let title = format!("Log in to {name}");
    let text = format!("{name} takes everybody's own login. Yours is tried, then kept.");
    Dialog::ask(
        &title,
        &text,
        vec![user_name(connection), password],
        "Log in",
        move |client, filled| {
            let password = filled.text("password").unwrap_or_default();
            let found = client.log_in(&name, filled.text("userName").as_deref(), &password)?;
            let then = then.clone();
            let done = Done::say(format!("Your login for {name} is kept"));
            Ok(done.then(move |state| then(state, found)))
        },
    )
}

/// Draws the screen.
pub fn draw(state: &State, ui: &mut Ui, area: Rect) {
    let all = &state.connections;
    let found = all
        .current()
        .and_then(|c| all.test.data.as_ref().filter(|(name, _)| *name == c.name));
    let split = area.width >= 80;
    let shown = all.current().is_some() || split;
    let lower = if shown && !split { area.height / 2 } else { 0 };
    let wide = if split {
        area.width * 3 / 5
    } else {
        area.width
    };
    let list = Rect {
        width: wide,
        height: area.height - lower,
        ..area
    };
    ui.hit(list, Hit::Pane(0));
    let inner = ui.pane(list, "Connections", true);
    draw_list(state, ui, inner);
    if let Some(all) = &all.slot.data
        && !all.is_empty()
    {
        ui.corner(
            list,
            &format!("{} of {}", state.connections.selected + 1, all.len()),
        );
    }
    if !shown {
        return;
    }
    let place = if split {
        Rect {
            x: area.x + wide,
            width: area.width - wide,
            ..area
        }
    } else {
        Rect {
            y: area.y + list.height,
            height: lower,
            ..area
        }
    };
    let title = all.current().map_or("Connection", |c| c.name.as_str());
    let mut inner = inset(ui.pane(place, title, false));
    if let Some(current) = all.current() {
        let used = facts(state, ui, inner, current) + 1;
        inner.y += used.min(inner.height);
        inner.height = inner.height.saturating_sub(used);
    }
    match (found, &all.test.error) {
        (Some((_, test)), _) => {
            let (sign, role) = if test.ok {
                (ui.glyphs.done, Role::Success)
            } else {
                (ui.glyphs.late, Role::Danger)
            };
            let text = format!("{sign} {} ({} ms)", test.message, test.millis);
            let mut y = inner.y + ui.paragraph(inner, &text, role) + 1;
            if !test.tables.is_empty() && y < inner.bottom() {
                ui.text(
                    inner.x,
                    y,
                    inner.width,
                    &words::count(test.tables.len() as u64, "table", "tables"),
                    Role::Muted,
                );
                y += 1;
            }
            for table in &test.tables {
                if y < inner.bottom() {
                    ui.text(
                        inner.x + 2,
                        y,
                        inner.width.saturating_sub(2),
                        table,
                        Role::Text,
                    );
                    y += 1;
                }
            }
        }
        (None, Some(error)) => {
            ui.paragraph(inner, error, Role::Danger);
        }
        (None, None) if all.test.waiting => {
            ui.paragraph(inner, "Trying the connection", Role::Muted);
        }
        (None, None) if all.current().is_some() => {
            ui.paragraph(
                inner,
                "t tries the connection and lists its tables.",
                Role::Muted,
            );
        }
        _ => {}
    }
}

/// How one gets in and who may; the lines it took.
fn facts(state: &State, ui: &mut Ui, area: Rect, current: &Connection) -> u16 {
    let password = current.password_words(&state.me.id, ui.clock.now);
    let logins = match current.logins.len() {
        0 => String::new(),
        n => format!(", {}", words::count(n as u64, "login", "logins")),
    };
    let mut lines = vec![(format!("Password: {password}{logins}"), Role::Text)];
    if !current.limits.is_empty() {
        lines.push((words::sentence(&current.limits.words()), Role::Info));
    }
    let mut y = area.y;
    for (text, role) in lines {
        let rest = Rect {
            y,
            height: area.bottom().saturating_sub(y),
            ..area
        };
        y += ui.paragraph(rest, &text, role);
    }
    y - area.y
}

fn draw_list(state: &State, ui: &mut Ui, inner: Rect) {
    let Some(all) = &state.connections.slot.data else {
        let text = state
            .connections
            .slot
            .error
            .as_deref()
            .unwrap_or("Asking the desk for the connections");
        ui.paragraph(inset(inner), text, Role::Muted);
        return;
    };
    if all.is_empty() {
        ui.paragraph(
            inset(inner),
            "No connection yet. Press n to add the first database.",
            Role::Muted,
        );
        return;
    }
    let name = all
        .iter()
        .map(|c| words::width(&c.name))
        .max()
        .unwrap_or(0)
        .clamp(8, 20) as u16;
    let first = state
        .connections
        .selected
        .saturating_sub(usize::from(inner.height.saturating_sub(1)));
    for (i, connection) in all.iter().enumerate().skip(first).take(inner.height.into()) {
        let line = Rect {
            y: inner.y + (i - first) as u16,
            height: 1,
            ..inner
        };
        ui.text(line.x + 2, line.y, name, &connection.name, Role::Text);
        let x = line.x + 2 + name + 2;
        let secret = match connection.credentials {
            Credentials::Shared if connection.has_password => " password kept ",
            Credentials::Shared => "",
            Credentials::Personal => " own login ",
            Credentials::Asked => " asks ",
        };
        let used = ui.right(line, line.y, secret, Role::Muted);
        let room = line.right().saturating_sub(x + used);
        let url = words::cut_middle(&connection.url, room.into(), ui.glyphs.ellipsis);
        ui.text(x, line.y, room, &url, Role::Muted);
        select(ui, line, i == state.connections.selected, true);
        ui.hit(line, Hit::Row(0, i));
    }
}
