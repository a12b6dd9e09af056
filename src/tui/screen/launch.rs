//! Launching: a process, what its start form asks, when it is due and for whom.

mod sent;

use super::inbox::{filter_line, select};
use crate::client::{Definition, InstanceDetail, StartRequest, value};
use crate::tui::effect::{self, Effect, Slot, load};
use crate::tui::form::{Field, Form, Input, names, variables};
use crate::tui::keymap::Command;
use crate::tui::line::Line;
use crate::tui::offer;
use crate::tui::sieve::{self, Sieve};
use crate::tui::state::{Page, State, refresh_team};
use crate::tui::theme::Role;
use crate::tui::ui::{Hit, Ui, inset};
use indexmap::IndexMap;
use ratatui::layout::Rect;

/// Start form fields that the desk sets from what every launch asks.
const ASKED_ANYWAY: [&str; 6] = [
    "assignee",
    "candidateUsers",
    "candidateGroups",
    "dueDate",
    "remindAt",
    "priority",
];

/// Processes that a page up or down goes.
const PAGE: usize = 10;

/// The screen.
#[derive(Default)]
pub struct Launch {
    /// What can be launched.
    pub slot: Slot<Vec<Definition>>,
    /// The process under the cursor.
    pub selected: usize,
    /// The filter over the processes.
    pub sieve: Sieve,
    /// 0 the processes, 1 the form.
    pub pane: usize,
    /// The process whose form is shown.
    pub key: Option<String>,
    /// Its form.
    pub form: Form,
    /// Start form and defaults, as the desk gave them.
    start: Slot<(
        crate::client::model::Form,
        IndexMap<String, String>,
        Vec<String>,
    )>,
    /// It is being launched.
    launching: bool,
    /// The job that is launched once more.
    again: Option<Box<InstanceDetail>>,
    /// What stood in the form before anything was typed.
    fresh: IndexMap<String, String>,
}

/// Opens the screen.
pub fn open(state: &mut State) -> Vec<Effect> {
    state.pages.push(Page::Launch(Box::default()));
    let mut effects = refresh(state);
    effects.extend(refresh_team(state));
    effects
}

impl Launch {
    /// The processes that the filter lets pass, by their places.
    fn passing(&self) -> Vec<usize> {
        let rows = self.slot.data.iter().flatten();
        let rows = rows.map(|definition| [definition.key.as_str(), name(definition)]);
        self.sieve.passing(rows)
    }
}

/// Keeps the cursor on a process that the filter lets pass.
pub fn filtered(state: &mut State) -> Vec<Effect> {
    if let Some(launch) = page(state) {
        launch.selected = sieve::kept(&launch.passing(), launch.selected);
    }
    Vec::new()
}

/// The screen, when it is the one that is shown.
pub fn page(state: &mut State) -> Option<&mut Launch> {
    match state.pages.last_mut() {
        Some(Page::Launch(launch)) => Some(launch),
        _ => None,
    }
}

/// Opens the screen with the values of an instance, to launch it once more.
pub fn again(state: &mut State) -> Vec<Effect> {
    let Some(id) = state.instance_id() else {
        return Vec::new();
    };
    vec![effect::ask(
        "the job",
        move |client| client.instance(&id),
        move |state, found| match found {
            Ok(detail) => {
                let key = detail.instance.process_definition_key.clone();
                state.pages.push(Page::Launch(Box::new(Launch {
                    key: Some(key),
                    again: Some(Box::new(detail)),
                    ..Launch::default()
                })));
                let mut effects = refresh(state);
                effects.extend(refresh_team(state));
                effects
            }
            Err(error) => state.failed(&error),
        },
    )]
}

/// Asks what can be launched.
pub fn refresh(state: &mut State) -> Vec<Effect> {
    load(
        state,
        |s| page(s).map(|l| &mut l.slot),
        refresh,
        |state| {
            let Some(launch) = page(state) else {
                return Vec::new();
            };
            if let Some(key) = launch.again.is_some().then(|| launch.key.clone()).flatten() {
                let all = launch.slot.data.as_deref().unwrap_or_default();
                let Some(at) = all.iter().position(|d| d.key == key) else {
                    state.pages.pop();
                    let text = format!("{key} cannot be launched any more");
                    state.say(text, Role::Danger);
                    return Vec::new();
                };
                launch.selected = at;
                return choose(state);
            }
            // One process needs no choice.
            let only = launch.slot.data.as_ref().is_some_and(|d| d.len() == 1);
            if only && launch.key.is_none() {
                choose(state)
            } else {
                Vec::new()
            }
        },
        "the processes",
        |client| client.definitions(),
    )
}

/// Asks for the start form of the process under the cursor.
fn choose(state: &mut State) -> Vec<Effect> {
    let Some(launch) = page(state) else {
        return Vec::new();
    };
    let Some(definition) = launch
        .slot
        .data
        .as_ref()
        .and_then(|d| d.get(launch.selected))
    else {
        return Vec::new();
    };
    let key = definition.key.clone();
    if launch.key.as_ref() == Some(&key) && !launch.form.fields.is_empty() {
        launch.pane = 1;
        launch.form.typing = true;
        return Vec::new();
    }
    keep(state);
    if let Some(launch) = page(state) {
        launch.key = Some(key.clone());
        launch.form = Form::default();
    }
    load(
        state,
        |s| page(s).map(|l| &mut l.start),
        choose,
        |state| {
            build(state);
            Vec::new()
        },
        "the start form",
        move |client| {
            let (form, values) = client.start_form(&key)?;
            let connections = client.connections().unwrap_or_default();
            Ok((
                form,
                values,
                connections.into_iter().map(|c| c.name).collect(),
            ))
        },
    )
}

/// Keeps what was typed for the next time that this process is to be launched.
pub fn keep(state: &mut State) {
    let State {
        pages, launches, ..
    } = state;
    let Some(Page::Launch(launch)) = pages.last() else {
        return;
    };
    let Some(key) = launch
        .key
        .clone()
        .filter(|_| !launch.form.fields.is_empty())
    else {
        return;
    };
    let typed = launch.form.draft();
    if typed == launch.fresh {
        launches.shift_remove(&key);
    } else {
        launches.insert(key, typed);
    }
}

/// Makes the form: the model's fields, then what every launch asks, with what was typed before.
fn build(state: &mut State) {
    let team = state.names();
    let names = team.clone();
    let Some(launch) = page(state) else {
        return;
    };
    let Some((model, values, connections)) = launch.start.data.take() else {
        return;
    };
    let mut fields: Vec<Field> = model
        .fields
        .iter()
        .filter(|f| !ASKED_ANYWAY.contains(&f.id.as_str()))
        .map(|f| Field::of(f, values.get(&f.id).map_or("", String::as_str)))
        .collect();
    for field in fields.iter_mut().filter(|f| f.id == "connection") {
        field.offers.clone_from(&connections);
    }
    let each = vec![
        ("each".to_owned(), "one instance each".to_owned()),
        ("first".to_owned(), "the first may claim".to_owned()),
    ];
    let priority = values.get("priority").filter(|p| !p.trim().is_empty());
    fields.extend([
        Field::new("@for", "For", Input::Names(Line::default(), team))
            .help("people or @groups, separated by commas; empty is free to claim for all"),
        Field::new("@each", "Several", Input::Choice(each, Some(0))).hidden(),
        Field::new("@due", "Due", Input::When(Line::default())),
        Field::new(
            "@priority",
            "Priority",
            Input::Number(Line::new(priority.map_or("50", String::as_str))),
        )
        .help("50 is usual; higher comes first"),
    ]);
    if model.business_key.is_none() {
        fields.push(
            Field::new("@key", "Business key", Input::Text(Line::default()))
                .help("what others call this job, such as orders/2026-01-31"),
        );
    }
    if model.fields.is_empty() {
        fields.push(variables::field(""));
    }
    launch.form = Form::new(fields, "Launch");
    offer::team(&mut launch.form, &names);
    launch.fresh = launch.form.draft();
    launch.pane = 1;
    let key = launch.key.clone().unwrap_or_default();
    let before = state.launches.get(&key).cloned();
    let Some(launch) = page(state) else {
        return;
    };
    for field in &mut launch.form.fields {
        if let Some(text) = before.as_ref().and_then(|b| b.get(&field.id)) {
            field.set(text);
        }
    }
    let again = launch.again.take();
    if let Some(detail) = &again {
        repeat(&mut launch.form, detail, &model);
    }
    launch.form.begin();
    typed(state);
    if again.is_some() {
        state.say(
            "The values of the last time; say when it is due",
            Role::Info,
        );
    } else if before.is_some() {
        state.say("What you typed before is here again", Role::Info);
    }
}

/// Fills in what a job was launched with. When it was due is past.
fn repeat(form: &mut Form, detail: &InstanceDetail, model: &crate::client::model::Form) {
    let value = |name: &str| -> Option<value::Value> {
        let typed = detail.variables.get(name)?;
        value::json::from_typed(typed).ok().filter(|v| !v.is_null())
    };
    let text = |name: &str| value(name).map(|v| v.to_string()).unwrap_or_default();
    for field in &model.fields {
        if let (Some(value), Some(shown)) = (
            value(&field.id),
            form.fields.iter_mut().find(|f| f.id == field.id),
        ) && !shown.is_secret()
        {
            shown.set(&field.text(&value));
        }
    }
    let groups = text("candidateGroups");
    let groups = names(&groups).map(|g| format!("@{g}"));
    let (assignee, users) = (text("assignee"), text("candidateUsers"));
    let people: Vec<String> = match assignee.is_empty() {
        false => vec![assignee],
        true => names(&users).map(str::to_owned).chain(groups).collect(),
    };
    let key = detail.instance.business_key.clone().unwrap_or_default();
    for (id, text) in [
        ("@for", people.join(", ")),
        ("@priority", text("priority")),
        ("@key", key),
    ] {
        if let Some(field) = form.fields.iter_mut().find(|f| f.id == id)
            && !text.is_empty()
        {
            field.set(&text);
        }
    }
}

/// The team has arrived: pickers may offer it.
pub fn team_is_here(state: &mut State) -> Vec<Effect> {
    let team = state.names();
    if let Some(launch) = page(state) {
        for field in &mut launch.form.fields {
            if let Input::Names(_, known) = &mut field.input {
                known.clone_from(&team);
            }
        }
    }
    Vec::new()
}

/// After something was typed: several people raise a question.
pub fn typed(state: &mut State) {
    let clock = state.clock;
    let Some(launch) = page(state) else {
        return;
    };
    launch.form.conceal(&value::Map::new(), &clock);
    let people = launch.form.text("@for").unwrap_or_default();
    let several = names(&people).filter(|n| !n.starts_with("@")).count() > 1;
    let each = launch.form.fields.iter_mut().find(|f| f.id == "@each");
    if let Some(each) = each {
        each.hidden = !several;
    }
}

/// Acts on a command; none when it is not one of this screen.
pub fn run(state: &mut State, command: Command) -> Option<Vec<Effect>> {
    let clock = state.clock;
    let launch = page(state)?;
    let in_form = launch.pane == 1;
    Some(match command {
        Command::NextPane | Command::PreviousPane if in_form => {
            launch.pane = 0;
            Vec::new()
        }
        Command::NextPane | Command::PreviousPane => choose(state),
        Command::Up if in_form => {
            launch.form.step(false, &clock);
            Vec::new()
        }
        Command::Down if in_form => {
            launch.form.step(true, &clock);
            Vec::new()
        }
        Command::Filter => {
            launch.pane = 0;
            launch.sieve.run(command);
            Vec::new()
        }
        Command::Back if launch.sieve.run(command) => filtered(state),
        Command::Open if !in_form && launch.passing().is_empty() => Vec::new(),
        Command::Open if !in_form => choose(state),
        Command::Open if launch.form.focus >= launch.form.fields.len() => submit(state),
        Command::Open => {
            launch.form.open_fold();
            launch.form.typing = true;
            Vec::new()
        }
        Command::Fold if in_form => {
            launch.form.fold(&clock);
            Vec::new()
        }
        Command::Complete if in_form => submit(state),
        _ => {
            let to = sieve::moved(&launch.passing(), launch.selected, command, PAGE)?;
            launch.selected = to;
            Vec::new()
        }
    })
}

/// Selects a process.
pub fn pick(state: &mut State, index: usize) -> Vec<Effect> {
    let Some(launch) = page(state) else {
        return Vec::new();
    };
    launch.selected = index;
    choose(state)
}

/// Checks the form and launches.
pub fn submit(state: &mut State) -> Vec<Effect> {
    let clock = state.clock;
    let Some(launch) = page(state) else {
        return Vec::new();
    };
    let Some(key) = launch.key.clone().filter(|_| !launch.launching) else {
        return Vec::new();
    };
    let form = &mut launch.form;
    if !form.check(&clock) {
        form.typing = true;
        return Vec::new();
    }
    let mut variables = variables::typed(form);
    let own = |field: &&Field| !field.id.starts_with('@') && !field.hidden;
    for field in form.fields.iter().filter(own) {
        if let Some(value) = field.value(&clock) {
            variables.insert(field.id.clone(), value);
        }
    }
    let chosen = form.text("@for").unwrap_or_default();
    let (groups, people): (Vec<&str>, Vec<&str>) = names(&chosen).partition(|n| n.starts_with("@"));
    let people: Vec<String> = people.into_iter().map(str::to_owned).collect();
    let groups: Vec<String> = groups
        .into_iter()
        .map(|g| g.trim_start_matches('@').to_owned())
        .collect();
    let request = StartRequest {
        key,
        business_key: form.text("@key"),
        variables,
        due: form.text("@due").and_then(|t| clock.when(&t)),
        priority: form.text("@priority").and_then(|t| t.parse().ok()),
        ..StartRequest::default()
    };
    let one_each = form.text("@each").as_deref() == Some("each") && groups.is_empty();
    let requests: Vec<StartRequest> = match people.len() {
        1 if groups.is_empty() => vec![StartRequest {
            assignee: people.into_iter().next(),
            ..request
        }],
        2.. if one_each => people
            .into_iter()
            .map(|p| StartRequest {
                assignee: Some(p),
                ..request.clone()
            })
            .collect(),
        _ => vec![StartRequest {
            candidate_users: people,
            candidate_groups: groups,
            ..request
        }],
    };
    launch.launching = true;
    sent::send(requests)
}

/// Draws the screen.
pub fn draw(state: &State, ui: &mut Ui, area: Rect) {
    let Some(Page::Launch(launch)) = state.pages.last() else {
        return;
    };
    let narrow = area.width < 80;
    let wide = if narrow {
        area.width
    } else {
        (area.width / 3).clamp(26, 40)
    };
    if !narrow || launch.pane == 0 {
        processes(
            ui,
            Rect {
                width: wide,
                ..area
            },
            launch,
        );
    }
    if narrow && launch.pane == 0 {
        return;
    }
    let place = if narrow {
        area
    } else {
        Rect {
            x: area.x + wide,
            width: area.width - wide,
            ..area
        }
    };
    ui.hit(place, Hit::Pane(1));
    let definition = launch
        .slot
        .data
        .as_ref()
        .and_then(|d| d.iter().find(|d| Some(&d.key) == launch.key.as_ref()));
    let title = definition.map_or("Launch".to_owned(), |d| {
        format!("Launch {} {}", ui.glyphs.then, name(d))
    });
    let inner = inset(ui.pane(place, &title, launch.pane == 1));
    if launch.form.fields.is_empty() {
        let text = match &launch.start.error {
            Some(error) => error.as_str(),
            None => "Choose a process with Enter; its start form opens here.",
        };
        ui.paragraph(
            inner,
            text,
            if launch.start.error.is_some() {
                Role::Danger
            } else {
                Role::Muted
            },
        );
        return;
    }
    let mut y = inner.y;
    if let Some(text) = definition.and_then(|d| d.description.as_deref())
        && inner.height > 16
    {
        y += ui.paragraph(Rect { height: 2, ..inner }, text, Role::Muted) + 1;
    }
    let rest = Rect {
        y,
        height: inner.bottom() - y,
        ..inner
    };
    let wanted = launch.form.lines(rest.width) + 2;
    let ready = match launch.form.why_not(&ui.clock) {
        _ if launch.launching => Err("launching".to_owned()),
        Some(why) => Err(why),
        None => Ok(()),
    };
    launch.form.draw(
        ui,
        Rect {
            height: rest.height.min(wanted),
            ..rest
        },
        launch.pane == 1,
        ready,
    );
}

fn name(definition: &Definition) -> &str {
    definition.name.as_deref().unwrap_or(&definition.key)
}

fn processes(ui: &mut Ui, area: Rect, launch: &Launch) {
    ui.hit(area, Hit::Pane(0));
    let inner = ui.pane(area, "Launch a process", launch.pane == 0);
    let Some(definitions) = &launch.slot.data else {
        let text = launch.slot.error.as_deref().unwrap_or("Asking the desk");
        ui.paragraph(inner, text, Role::Muted);
        return;
    };
    if definitions.is_empty() {
        ui.paragraph(
            inner,
            "No process is deployed that you may start. `crewdesk deploy FILE` adds one.",
            Role::Muted,
        );
    }
    let passing = launch.passing();
    let filter = (&launch.sieve.filter, launch.sieve.filtering);
    let inner = filter_line(ui, inner, filter, passing.len());
    if passing.is_empty() && !definitions.is_empty() {
        let text = format!(
            "No process matches \"{}\". Esc shows all.",
            launch.sieve.filter.text()
        );
        ui.paragraph(inner, &text, Role::Muted);
    }
    let at = passing.iter().position(|ix| *ix == launch.selected);
    let first = at.unwrap_or(0);
    let first = first.saturating_sub(usize::from(inner.height.saturating_sub(1)));
    let shown = passing.iter().skip(first).take(inner.height.into());
    for (i, &ix) in shown.enumerate() {
        let definition = &definitions[ix];
        let line = Rect {
            y: inner.y + i as u16,
            height: 1,
            ..inner
        };
        let version = format!("v{} ", definition.version);
        let used = ui.right(line, line.y, &version, Role::Muted);
        ui.text(
            line.x + 2,
            line.y,
            line.width.saturating_sub(used + 3),
            name(definition),
            Role::Text,
        );
        select(ui, line, ix == launch.selected, launch.pane == 0);
        ui.hit(line, Hit::Row(0, ix));
    }
}
