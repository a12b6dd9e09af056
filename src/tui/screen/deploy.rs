//! Deploying models: files are chosen, what they would make is shown, and all of them are
//! deployed or none.

use super::inbox::select;
use crate::client::operate::Java;
use crate::client::{Deployment, DeskError, is_form};
use crate::tui::beside::{models_in, with_imports};
use crate::tui::effect::{Done, Effect, Slot, act, load};
use crate::tui::form::{Field, Form, Input, path};
use crate::tui::keymap::{self, Command};
use crate::tui::line::Line;
use crate::tui::state::{Page, Scope, State};
use crate::tui::theme::Role;
use crate::tui::ui::{Hit, Ui, inset};
use crate::tui::words;
use ratatui::layout::Rect;
use std::cell::Cell;
use std::path::Path;

/// Largest file that is read.
const LARGEST: u64 = 16 << 20;
/// Most files that a folder gives.
const MOST: usize = 500;

/// The screen.
#[derive(Default)]
pub struct Deploy {
    /// One field: the path of what is added.
    pub form: Form,
    /// Names and contents.
    files: Vec<(String, Vec<u8>)>,
    /// The file under the cursor.
    pub at: usize,
    /// What becomes of Java code instead of being refused.
    pub java: Java,
    /// How far problems and warnings are scrolled; the view keeps it within.
    scroll: Cell<usize>,
    /// How many lines of them are seen; the view sets it.
    height: Cell<usize>,
    /// What they would make, and what is said against them, `file:line:column: element: …` each.
    plan: Slot<Deployment>,
    deploying: bool,
}

impl Deploy {
    /// True while a file is under the cursor.
    pub fn has_file(&self) -> bool {
        self.at < self.files.len()
    }

    /// Scrolls problems and warnings by a page.
    fn scroll(&self, down: bool) {
        let step = self.height.get().saturating_sub(1).max(1);
        let at = self.scroll.get();
        self.scroll.set(match down {
            true => at.saturating_add(step),
            false => at.saturating_sub(step),
        });
    }

    fn ready(&self) -> Result<(), String> {
        match &self.plan.data {
            _ if self.files.is_empty() => Err("add a file first".to_owned()),
            _ if self.deploying => Err("it is being deployed".to_owned()),
            _ if self.plan.waiting => Err("the models are being checked".to_owned()),
            Some(plan) if plan.problems.is_empty() => Ok(()),
            Some(plan) => {
                let problems = words::count(plan.problems.len() as u64, "problem", "problems");
                Err(format!("{problems} to correct"))
            }
            None => Err(self.plan.error.clone().unwrap_or_default()),
        }
    }
}

fn here(state: &mut State) -> Option<&mut Deploy> {
    match state.pages.last_mut() {
        Some(Page::Deploy(page)) => Some(page),
        _ => None,
    }
}

/// Opens the screen.
pub fn open(state: &mut State) -> Vec<Effect> {
    let mut field = Field::new("path", "Add", Input::Path(Line::default()))
        .help("a BPMN or DMN file, or a folder of them; Enter adds it");
    field.placeholder = "path/to/model.bpmn".to_owned();
    let mut form = Form::new(vec![field], "Deploy");
    form.short = true;
    form.begin();
    // What stands here is offered at once.
    form.lookup = Some(String::new());
    state.pages.push(Page::Deploy(Box::new(Deploy {
        form,
        ..Deploy::default()
    })));
    Vec::new()
}

/// Asks what the files would make.
fn check(state: &mut State) -> Vec<Effect> {
    let Some(page) = here(state) else {
        return Vec::new();
    };
    let (files, java) = (page.files.clone(), page.java);
    if files.is_empty() {
        page.plan = Slot::default();
        return Vec::new();
    }
    load(
        state,
        |s| here(s).map(|p| &mut p.plan),
        check,
        crate::tui::effect::nothing,
        "the models",
        move |client| match client.plan_deployment(files, java) {
            // A desk of before refuses instead of telling.
            Err(DeskError::Model(problems)) => Ok(Deployment {
                id: String::new(),
                deployment_time: chrono::Utc::now(),
                deployed_process_definitions: Vec::new(),
                deployed_decision_definitions: Vec::new(),
                deployed_functions: Vec::new(),
                deployed_forms: Vec::new(),
                problems,
                warnings: Vec::new(),
            }),
            answer => answer,
        },
    )
}

/// Enter: adds what the field names, or deploys when it names nothing.
pub fn submit(state: &mut State) -> Vec<Effect> {
    let Some(page) = here(state) else {
        return Vec::new();
    };
    page.form.focus = 0;
    let text = page.form.text("path");
    let Some(text) = text else {
        return deploy(state);
    };
    vec![Effect::Local(Box::new(move || {
        let read = read(&path::expand(&text));
        Box::new(move |state| {
            let Some(page) = here(state) else {
                return Vec::new();
            };
            match read {
                Ok(files) => {
                    for file in files {
                        page.files.retain(|(name, _)| *name != file.0);
                        page.files.push(file);
                    }
                    if let Some(field) = page.form.focused() {
                        field.set("");
                        (field.error, field.note) = (None, None);
                    }
                    page.form.popup = None;
                    check(state)
                }
                Err(why) => {
                    if let Some(field) = page.form.focused() {
                        field.error = Some(why);
                    }
                    Vec::new()
                }
            }
        })
    }))]
}

fn deploy(state: &mut State) -> Vec<Effect> {
    let Some(page) = here(state) else {
        return Vec::new();
    };
    if let Err(why) = page.ready() {
        state.say(format!("Deploy: {why}"), Role::Info);
        return Vec::new();
    }
    page.deploying = true;
    let (files, java) = (page.files.clone(), page.java);
    act("the deployment", move |client| {
        let made = match java == Java::default() {
            true => client.deploy(files),
            false => client
                .operator()
                .and_then(|desk| desk.deploy_as(files, java)),
        };
        let undo = |state: &mut State| {
            if let Some(page) = here(state) {
                page.deploying = false;
            }
        };
        let made = match made {
            Ok(made) => made,
            Err(error) => {
                let text = error.to_string();
                return Ok(Done::default().then(move |state| {
                    undo(state);
                    state.say(text, Role::Danger);
                    Vec::new()
                }));
            }
        };
        let processes = made.deployed_process_definitions.iter();
        let processes = processes.map(|d| format!("{} v{}", d.key, d.version));
        let decisions = made.deployed_decision_definitions.iter();
        let decisions = decisions.map(|d| format!("{} v{}", d.key, d.version));
        let functions = made.deployed_functions.iter().map(|f| f.name.clone());
        let new: Vec<String> = processes.chain(decisions).chain(functions).collect();
        let say = match new.is_empty() {
            true => "Nothing is new: the desk has these models already".to_owned(),
            false => format!("Deployed {}", new.join(", ")),
        };
        Ok(Done::say(say).then(|state| {
            if here(state).is_some() {
                state.pages.pop();
            }
            Vec::new()
        }))
    })
}

/// The model at a path, or all of a folder, with what lies beside them that they import or name.
fn read(path: &Path) -> Result<Vec<(String, Vec<u8>)>, String> {
    let meta = std::fs::metadata(path).map_err(|e| format!("{}: {e}", path.display()))?;
    let (folder, paths) = match (meta.is_file(), meta.is_dir()) {
        (true, _) => (path.parent().unwrap_or(path), vec![path.to_owned()]),
        (_, true) => (path, models_in(path).map_err(|e| e.to_string())?),
        _ => return Err("this is neither a file nor a folder".to_owned()),
    };
    if paths.len() > MOST {
        return Err(format!("this folder has more than {MOST} models"));
    }
    let content = |path: &Path| one(path).map(|(_, content)| content);
    let own = paths
        .iter()
        .map(|path| Ok((path.display().to_string(), content(path)?)));
    let files = with_imports(own.collect::<Result<_, String>>()?, content)?;
    let named = |(name, content): (String, Vec<u8>)| {
        let inside = Path::new(&name).strip_prefix(folder).ok();
        (
            inside.map_or(name.clone(), |p| p.display().to_string()),
            content,
        )
    };
    Ok(files.into_iter().map(named).collect())
}

fn one(path: &Path) -> Result<(String, Vec<u8>), String> {
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned());
    let name = name.ok_or("name a file")?;
    let size = std::fs::metadata(path).map_or(0, |m| m.len());
    if size > LARGEST {
        return Err(format!(
            "{name} is too large for a model: {}",
            words::bytes(size)
        ));
    }
    let bytes = std::fs::read(path).map_err(|e| format!("{name}: {e}"))?;
    Ok((name, bytes))
}

/// Acts on a command; none when it is not one of this screen.
pub fn run(state: &mut State, command: Command) -> Option<Vec<Effect>> {
    let page = here(state)?;
    let last = page.files.len().saturating_sub(1);
    match command {
        Command::Up => page.at = page.at.saturating_sub(1),
        Command::Down => page.at = (page.at + 1).min(last),
        Command::Top => page.at = 0,
        Command::Bottom => page.at = last,
        Command::Open => page.form.typing = true,
        Command::Complete => return Some(deploy(state)),
        Command::PageUp => page.scroll(false),
        Command::PageDown => page.scroll(true),
        Command::Topics => {
            page.java.delegates_as_topics = !page.java.delegates_as_topics;
            return Some(check(state));
        }
        Command::Listeners => {
            page.java.without_listeners = !page.java.without_listeners;
            return Some(check(state));
        }
        Command::Remove => {
            if page.has_file() {
                page.files.remove(page.at);
                page.at = page.at.min(page.files.len().saturating_sub(1));
            }
            return Some(check(state));
        }
        _ => return None,
    }
    Some(Vec::new())
}

/// Draws the screen.
pub fn draw(state: &State, ui: &mut Ui, area: Rect) {
    let Some(Page::Deploy(page)) = state.pages.last() else {
        return;
    };
    ui.hit(area, Hit::Pane(0));
    let mut title = "Deploy models, all or none".to_owned();
    if page.java.delegates_as_topics {
        title += "; Java code becomes external tasks";
    }
    if page.java.without_listeners {
        title += "; without Java listeners";
    }
    let inner = inset(ui.pane(area, &title, true));
    // The form comes last, so that its offers lie over the files.
    let middle = Rect {
        y: inner.y + 3,
        height: inner.height.saturating_sub(5),
        ..inner
    };
    files(state, ui, middle, page);
    page.form.draw(ui, inner, true, page.ready());
}

fn files(state: &State, ui: &mut Ui, area: Rect, page: &Deploy) {
    if page.files.is_empty() {
        let text = "What would be new and what is wrong with it is shown before anything is deployed. Running jobs stay on the version they began with.";
        ui.paragraph(area, text, Role::Muted);
        return;
    }
    let plan = page.plan.data.as_ref();
    let problems = plan.map_or(&[][..], |plan| plan.problems.as_slice());
    let fits = plan.filter(|plan| plan.problems.is_empty());
    let room = usize::from(area.height);
    let shown = page.files.len().min((room / 2).max(1));
    let top = (page.at + 1).saturating_sub(shown);
    let wide = page.files.iter().map(|(name, _)| words::width(name)).max();
    let wide = (wide.unwrap_or(0) as u16).min(area.width / 2);
    for (i, (name, bytes)) in page.files.iter().enumerate().skip(top).take(shown) {
        let line = Rect {
            y: area.y + (i - top) as u16,
            height: 1,
            ..area
        };
        let wrong = problems.iter().filter(|p| about(p, name)).count() as u64;
        let (sign, role, text) = match fits {
            _ if wrong > 0 => {
                let text = words::count(wrong, "problem", "problems");
                (ui.glyphs.incident, Role::Danger, text)
            }
            Some(plan) => {
                let new = news(plan, name);
                let known = new.is_empty();
                let text = if known { "no change".to_owned() } else { new };
                let role = if known { Role::Muted } else { Role::Success };
                (ui.glyphs.done, role, text)
            }
            None => (" ", Role::Muted, String::new()),
        };
        ui.text(line.x + 1, line.y, 1, sign, role);
        ui.text(line.x + 3, line.y, wide, name, Role::Text);
        let size = Rect {
            x: line.x + 3 + wide + 1,
            width: 8.min(line.right().saturating_sub(line.x + 4 + wide)),
            ..line
        };
        ui.right(size, line.y, &words::bytes(bytes.len() as u64), Role::Muted);
        let x = size.right() + 2;
        ui.text(x, line.y, line.right().saturating_sub(x), &text, role);
        select(ui, line, i == page.at && !page.form.typing, true);
        ui.hit(line, Hit::Row(0, i));
    }
    let warnings = plan.map_or(&[][..], |plan| plan.warnings.as_slice());
    let below = Rect {
        y: (area.y + shown as u16 + 1).min(area.bottom()),
        height: area.height.saturating_sub(shown as u16 + 1),
        ..area
    };
    let [problems, warnings] =
        [problems, warnings].map(|told| told.iter().map(|text| with_keys(state, text)).collect());
    said(ui, below, page, problems, warnings);
}

/// Draws problems and warnings from where they are scrolled to.
fn said(ui: &mut Ui, area: Rect, page: &Deploy, problems: Vec<String>, warnings: Vec<String>) {
    // Where, which text, in which role: lines of the screen.
    let mut lines: Vec<(u16, String, Role)> = Vec::new();
    for (heading, told, role) in [
        ("PROBLEMS", problems, Role::Danger),
        ("WARNINGS", warnings, Role::Warning),
    ] {
        if told.is_empty() {
            continue;
        }
        let heading = format!("{heading} {}", words::thousands(told.len() as u64));
        lines.push((0, heading, role));
        for line in told {
            let line = line.replacen("warning: ", "", 1);
            let (place, text) = line.split_once(": ").unwrap_or(("", &line));
            lines.push((0, place.to_owned(), Role::Muted));
            let columns = area.width.saturating_sub(4).max(1);
            let wrapped = words::wrap(text, columns.into());
            lines.extend(wrapped.into_iter().map(|text| (3, text, Role::Text)));
        }
    }
    let room = usize::from(area.height);
    page.height.set(room);
    let top = page.scroll.get().min(lines.len().saturating_sub(room));
    page.scroll.set(top);
    for (i, (indent, text, role)) in lines.iter().skip(top).take(room).enumerate() {
        let x = area.x + 1 + indent;
        let columns = area.right().saturating_sub(x);
        ui.text(x, area.y + i as u16, columns, text, *role);
    }
    if lines.len() > room && room > 0 {
        let more = format!(
            "lines {}-{} of {}, PgDn",
            top + 1,
            top + room.min(lines.len()),
            lines.len()
        );
        ui.right(area, area.y, &more, Role::Muted);
    }
}

/// What is an option on the command line is a key here.
fn with_keys(state: &State, text: &str) -> String {
    let options = [
        (Command::Topics, "deploy with --delegates-as-topics"),
        (Command::Listeners, "deploy with --without-java-listeners"),
    ];
    let mut text = text.to_owned();
    for (command, option) in options {
        if let Some(key) = keymap::key_of(command, Scope::Deploy, &state.config.keys) {
            let alt = if key.types() { "Alt-" } else { "" };
            text = text.replace(option, &format!("press {alt}{key}"));
        }
    }
    text
}

/// True when a problem is one of this file.
fn about(problem: &str, name: &str) -> bool {
    problem
        .strip_prefix(name)
        .is_some_and(|rest| rest.starts_with(':'))
}

/// The versions that a file would make.
fn news(plan: &Deployment, name: &str) -> String {
    let processes = plan.deployed_process_definitions.iter();
    let processes = processes
        .filter(|d| d.resource == name)
        .map(|d| (d.key.as_str(), d.version));
    let decisions = plan.deployed_decision_definitions.iter();
    let decisions = decisions
        .filter(|d| d.resource == name)
        .map(|d| (d.key.as_str(), d.version));
    let version = |(key, version): (&str, i32)| match version {
        1 => format!("{key} is new"),
        n => format!("{key} v{} becomes v{n}", n - 1),
    };
    let functions = plan.deployed_functions.iter();
    let functions = functions
        .filter(|f| f.resource == name)
        .map(|f| format!("{} {}", f.kind, f.name));
    let forms = plan.deployed_forms.iter().filter(|form| *form == name);
    let forms = forms.map(|form| match is_form(form) {
        true => "a new form".to_owned(),
        false => "a new script".to_owned(),
    });
    processes
        .chain(decisions)
        .map(version)
        .chain(functions)
        .chain(forms)
        .collect::<Vec<_>>()
        .join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::DecisionDefinition;

    #[test]
    fn each_file_shows_its_own_decisions() {
        let decision = |key: &str, resource: &str| DecisionDefinition {
            id: String::new(),
            key: key.to_owned(),
            name: None,
            version: 1,
            resource: resource.to_owned(),
            deployment_id: String::new(),
        };
        let plan = Deployment {
            id: String::new(),
            deployment_time: chrono::Utc::now(),
            deployed_process_definitions: Vec::new(),
            deployed_decision_definitions: vec![decision("a", "a.dmn"), decision("b", "b.dmn")],
            deployed_functions: Vec::new(),
            deployed_forms: Vec::new(),
            problems: Vec::new(),
            warnings: Vec::new(),
        };
        assert_eq!(news(&plan, "a.dmn"), "a is new");
        assert_eq!(news(&plan, "b.dmn"), "b is new");
        assert_eq!(news(&plan, "c.dmn"), "");
    }

    #[test]
    fn a_folder_gives_models_forms_and_what_processes_name() {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |name: &str, content: &str| {
            std::fs::write(folder.path().join(name), content).expect("a file");
        };
        std::fs::create_dir(folder.path().join("lib")).expect("a folder");
        let process = r#"<definitions><a x="deployment://lib/sum.js" y="deployment://../b.js" z="deployment://a.form"/></definitions>"#;
        write("p.bpmn", process);
        for name in ["a.form", "d.DMN", "lib/sum.js", "other.js", "notes.txt"] {
            write(name, "");
        }
        let names = |path: &Path| {
            let found = read(path).expect("the files").into_iter();
            found.map(|(name, _)| name).collect::<Vec<_>>()
        };
        let all = ["a.form", "d.DMN", "p.bpmn", "lib/sum.js"];
        assert_eq!(names(folder.path()), all);
        let of_one = ["p.bpmn", "lib/sum.js", "a.form"];
        assert_eq!(names(&folder.path().join("p.bpmn")), of_one);
    }
}
