//! One task: what it is about, why it came back, and its form.

mod complete;
mod draft;

use super::connections;
use super::inbox::title;
use super::rows::Rows;
use crate::client::vars::{self, VARIABLES};
use crate::client::{
    Connection, Credentials, DeskError, DraftElsewhere, DraftSaved, FieldError, Preview,
    TaskDetail, value,
};
use crate::tui::effect::{self, Effect, Slot, load};
use crate::tui::form::{Form, variables};
use crate::tui::keymap::Command;
use crate::tui::overlay::Dialog;
use crate::tui::state::{Page, State};
use crate::tui::theme::Role;
use crate::tui::words::{self, Clock};
use chrono::{DateTime, Duration, Utc};
use indexmap::IndexMap;
use std::sync::Arc;

pub use complete::complete;
use complete::log_in;
use draft::keep;
pub use draft::{COMPLETING, SAVING, patch, save_at_last, save_now, tick};

/// How long typing rests before a draft is saved.
const DRAFT_REST: Duration = Duration::milliseconds(300);
/// How long it rests before a preview is asked for.
const PREVIEW_REST: Duration = Duration::milliseconds(700);

/// What an insertion asks about a server of its own: only without a connection does it matter.
const OWN_SERVER: [&str; 4] = ["serverName", "databaseName", "userName", "password"];

/// Beside the data frame: what stands over it, rows that were fixed.
const PATCH: &str = "dataFramePatch";

/// What of these a connection asks each time that keeps no password.
const ASKED: [&str; 2] = ["userName", "password"];

/// The connection whose rows are the data frame, and the query that it is asked.
const SOURCE: &str = "sourceConnection";
const SOURCE_QUERY: &str = "sourceQuery";

/// A task and what was typed.
pub struct Task {
    /// The task as the desk has it.
    pub detail: TaskDetail,
    /// Its form.
    pub form: Form,
    /// When something was typed that is not saved.
    pub dirty: Option<DateTime<Utc>>,
    /// A draft is being saved.
    pub saving: bool,
    /// When the draft was saved.
    pub saved: Option<DateTime<Utc>>,
    /// The draft that is typed over, as the desk knows it.
    pub base: Option<DateTime<Utc>>,
    /// The desk does not have it any more; what was typed stays here.
    pub gone: bool,
    /// It is being completed.
    pub completing: bool,
    /// It is to be completed as soon as the preview of it is here.
    pub hurries: bool,
    /// The preview.
    pub preview: Slot<Preview>,
    /// The fields at which its errors stand.
    blamed: Vec<String>,
    /// The values that the preview is about.
    pub previewed: IndexMap<String, String>,
    /// The last change.
    pub changed: Option<DateTime<Utc>>,
    /// The data frame that rows were fixed of, as the form named it then.
    patched: Reading,
    /// What stands over that; empty where rows that were fixed are as they were.
    pub patch: Option<String>,
    /// The connections that may be chosen.
    pub connections: Vec<Connection>,
    /// Held as long as this is shown.
    open: Arc<()>,
}

/// Where a data frame comes from, and how it is read: else its rows are others.
type Reading = [Option<String>; 11];

fn reading(form: &Form) -> Reading {
    [
        "dataFrame",
        SOURCE,
        SOURCE_QUERY,
        "skipLines",
        "header",
        "trim",
        "sheet",
        "separator",
        "quote",
        "escape",
        "encoding",
    ]
    .map(|field| form.text(field))
}

impl Task {
    fn new(detail: TaskDetail) -> Task {
        let asks = !detail.form.fields.is_empty() || detail.task.process_instance_id.is_empty();
        let form = match asks {
            true => Form::of(&detail.form, &detail.values, "Complete"),
            false => {
                let before = detail.values.get(VARIABLES).map_or("", String::as_str);
                Form::new(vec![variables::field(before)], "Complete")
            }
        };
        let patched = reading(&form);
        Task {
            form,
            dirty: None,
            saving: false,
            saved: detail.draft_saved,
            base: detail.draft_saved,
            gone: false,
            completing: false,
            hurries: false,
            preview: Slot::default(),
            blamed: Vec::new(),
            previewed: IndexMap::new(),
            changed: None,
            patched,
            patch: detail.values.get(PATCH).cloned(),
            connections: Vec::new(),
            open: Arc::default(),
            detail,
        }
    }

    /// Takes news of a task; what was typed into it stays.
    pub fn arrive(place: &mut Option<Task>, detail: TaskDetail, connections: Vec<Connection>) {
        match place {
            Some(task) if task.detail.task.id == detail.task.id => {
                let untouched = task.dirty.is_none() && !task.form.typing && task.changed.is_none();
                if untouched && task.detail.values != detail.values {
                    let opened = std::mem::take(&mut task.form.opened);
                    *task = Task::new(detail);
                    task.form.opened.extend(opened);
                } else {
                    task.saved = task.saved.max(detail.draft_saved);
                    task.detail = detail;
                    task.gone = false;
                }
            }
            _ => *place = Some(Task::new(detail)),
        }
        if let Some(task) = place {
            let fields = task.form.fields.iter_mut();
            for field in fields.filter(|f| ["connection", SOURCE].contains(&f.id.as_str())) {
                field.offers = connections.iter().map(|c| c.name.clone()).collect();
                field.closed = task.detail.insertion;
            }
            task.connections = connections;
            task.fold();
        }
    }

    /// Hides what the form of an insertion asks in vain while a connection is given, and the key
    /// where the mode has none.
    fn fold(&mut self) {
        let asks = self.connection().map(|c| c.credentials) == Some(Credentials::Asked);
        let modes = self.connection().map(|c| c.limits.modes.clone());
        let mode = self.form.fields.iter_mut().find(|f| f.id == "mode");
        if let Some(mode) = mode.filter(|_| self.detail.insertion) {
            mode.only(&modes.unwrap_or_default());
        }
        let form = &mut self.form;
        let given = self.detail.insertion && form.text("connection").is_some();
        let key = match form.text("mode").as_deref() {
            Some("upsert") => "the primary key of the table",
            Some("create") => "none: the table gets no primary key",
            _ => "",
        };
        let mut hid = false;
        for field in &mut form.fields {
            if self.detail.insertion && field.id == "keyColumns" {
                field.hidden = key.is_empty() && field.error.is_none();
                field.placeholder = key.to_owned();
            }
            if OWN_SERVER.contains(&field.id.as_str()) {
                let asked = asks && ASKED.contains(&field.id.as_str());
                field.hidden = given && !asked && field.error.is_none();
                hid |= field.hidden;
            }
        }
        let from = form.text(SOURCE).is_some() || !self.detail.insertion;
        for field in form.fields.iter_mut().filter(|f| f.id == SOURCE_QUERY) {
            field.hidden = !from && field.error.is_none() && field.text().trim().is_empty();
        }
        for field in form.fields.iter_mut().filter(|f| f.id == "connection") {
            field.aside = hid.then_some("own server: clear Connection");
        }
    }

    /// The texts of the form, and what stands over its data frame.
    pub fn values(&self) -> IndexMap<String, String> {
        self.with_patch(self.form.values())
    }

    fn with_patch(&self, mut texts: IndexMap<String, String>) -> IndexMap<String, String> {
        if let Some(patch) = &self.patch {
            let patch = if self.is_patched() {
                patch.as_str()
            } else {
                ""
            };
            texts.insert(PATCH.to_owned(), patch.to_owned());
        }
        texts
    }

    /// Rows of its data frame were fixed: of this one, read like this.
    pub fn is_patched(&self) -> bool {
        let any = self.patch.as_ref().is_some_and(|patch| !patch.is_empty());
        any && self.patched == reading(&self.form)
    }

    /// The connection that the form names.
    pub fn connection(&self) -> Option<&Connection> {
        let name = self.form.text("connection")?;
        let mut all = self.connections.iter();
        all.find(|c| self.detail.insertion && c.name == name)
    }

    /// The connection that the form names, where each has a login of their own.
    pub fn personal(&self) -> Option<&Connection> {
        let found = self.connection();
        found.filter(|c| c.credentials == Credentials::Personal)
    }

    /// True when this user may fill it in.
    pub fn editable(&self, me: &str) -> bool {
        !self.gone && self.detail.task.assignee.as_deref() == Some(me)
    }

    /// Notes that something was typed.
    pub fn typed(&mut self, now: DateTime<Utc>) {
        self.dirty.get_or_insert(now);
        self.changed = Some(now);
        self.acquit();
        self.fold();
    }

    /// Hides what the form hides with what stands in it.
    pub fn conceal(&mut self, clock: &Clock) {
        if !self.form.conceals() {
            return;
        }
        let typed = self.detail.variables.iter().filter_map(|(name, typed)| {
            let value = value::json::from_typed(typed).ok()?;
            Some((name.clone(), value))
        });
        self.form.conceal(&typed.collect(), clock);
    }

    /// Shows at the fields what the preview found wrong with them.
    fn blame(&mut self) {
        self.acquit();
        let errors = match &self.preview.data {
            _ if !self.known() => return,
            Some(preview) => &preview.errors,
            None => &self.preview.fields,
        };
        let errors: Vec<FieldError> = errors.clone();
        if errors.is_empty() {
            return;
        }
        self.preview.error = self
            .preview
            .error
            .take()
            .map(|_| self.form.in_words(&errors));
        self.form.blame(&errors);
        self.blamed = errors.into_iter().map(|error| error.field).collect();
        self.fold();
    }

    /// What the preview found wrong may be right now.
    fn acquit(&mut self) {
        let blamed = std::mem::take(&mut self.blamed);
        let fields = self.form.fields.iter_mut();
        for field in fields.filter(|field| blamed.contains(&field.id)) {
            field.error = None;
        }
    }

    /// The version that another desk saved, where it says something else.
    pub fn other_version(&self) -> Option<&DraftElsewhere> {
        let other = self.detail.draft_elsewhere.as_ref();
        other.filter(|other| !self.form.differing(&other.values).is_empty())
    }

    /// The form names rows: a file, pasted ones, or a query.
    fn names_rows(&self) -> bool {
        ["dataFrame", SOURCE_QUERY]
            .iter()
            .any(|id| self.form.text(id).is_some())
    }

    /// There is something to preview, or what only the desk can say.
    fn can_look(&self) -> bool {
        self.form.field(SOURCE_QUERY).is_none() || self.names_rows()
    }

    /// What the preview suggests for fields of the form: their ids and texts.
    pub fn suggested(&self) -> Vec<(&'static str, String)> {
        let Some(preview) = self.preview.data.as_ref().filter(|_| self.known()) else {
            return Vec::new();
        };
        let columns = preview.mapping.as_ref().map(|lines| {
            match self.form.text("columns") {
                // What is said already stays.
                Some(said) => format!("{said}\n{lines}"),
                None => lines.clone(),
            }
        });
        let nulls = preview.null_text.as_ref().map(|texts| {
            let said = self.form.text("nullText");
            said.map_or(texts.clone(), |said| format!("{said},{texts}"))
        });
        let all = [
            ("skipLines", preview.skip_lines.clone()),
            ("escape", preview.escape.clone()),
            ("columns", columns),
            ("nullText", nulls),
            ("trim", preview.trim.clone()),
            ("booleanFormat", preview.boolean_format.clone()),
            ("dateFormat", preview.date_format.clone()),
            ("numberFormat", preview.number_format.clone()),
        ];
        let all = all.into_iter().filter_map(|(id, text)| {
            let open = self.form.field(id).is_some_and(|f| !f.readonly);
            Some((id, text.filter(|_| open)?))
        });
        all.collect()
    }

    /// Puts it there.
    fn take_suggested(&mut self, now: DateTime<Utc>) -> Vec<String> {
        let texts = self.suggested().into_iter();
        let texts: IndexMap<String, String> = texts.map(|(id, t)| (id.to_owned(), t)).collect();
        let labels = self.form.differing(&texts).into_iter().map(str::to_owned);
        let labels = labels.collect();
        self.form.fill(&texts);
        self.typed(now);
        labels
    }

    /// The preview is of what is typed now, or failed for it.
    pub fn known(&self) -> bool {
        self.about_to_be() && !self.preview.waiting
    }

    fn about_to_be(&self) -> bool {
        self.previewed == self.values()
    }

    /// Why completing it as it is will probably bring it back.
    fn doubt(&self, clock: &Clock) -> Option<String> {
        if !self.about_to_be() {
            return None;
        }
        let mut doubts = Vec::new();
        match (&self.preview.data, &self.preview.error) {
            (Some(preview), _) if preview.refused > 0 => {
                let rows = words::count(preview.refused, "row", "rows");
                doubts.push(format!(
                    "{rows} would be refused. Unless the checks of the process let that pass, nothing is inserted and the task comes back to you."
                ));
            }
            (Some(preview), _) if preview.before.is_some() => {
                let before = preview.before.as_ref();
                let told = before.map(|before| before.sentence(&clock.stamp(before.at)));
                let told = told.unwrap_or_default();
                doubts.push(format!("{told}. It may be there twice."));
            }
            // Without a file there is nothing to preview, and a worker looks elsewhere.
            (None, Some(error)) if self.names_rows() => doubts.push(format!(
                "The preview failed: {error}. The insertion will probably fail in the same way and the task come back to you."
            )),
            _ => {}
        }
        if self.form.text("mode").as_deref() == Some("replace") {
            let table = self.form.text("tableName").unwrap_or_default();
            let back = match self.form.text("undoable").as_deref() {
                Some("true") => "can be brought back while nobody has touched the new ones",
                _ => "can not be brought back: it is not undoable",
            };
            doubts.push(format!(
                "All rows that are in {table} now are deleted first. They {back}."
            ));
        }
        (!doubts.is_empty()).then(|| doubts.join(" "))
    }
}

fn ask_preview(state: &mut State) -> Vec<Effect> {
    let Some(task) = &mut state.inbox.task else {
        return Vec::new();
    };
    let (id, values) = (task.detail.task.id.clone(), task.values());
    task.previewed.clone_from(&values);
    let open = Arc::downgrade(&task.open);
    load(
        state,
        |s| s.inbox.task.as_mut().map(|t| &mut t.preview),
        ask_preview,
        |state| {
            if let Some(task) = &mut state.inbox.task {
                if task.preview.error.is_some() {
                    task.preview.data = None;
                }
                task.blame();
                crate::tui::offer::reading(&mut task.form, task.preview.data.as_ref());
                if task.hurries && !task.preview.waiting && task.about_to_be() {
                    return complete(state);
                }
            }
            Vec::new()
        },
        "the preview",
        move |client| client.preview_while(&id, &values, &|| open.strong_count() > 0),
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
            task.form.open_fold();
            task.form.typing = true;
            Some(Vec::new())
        }
        Command::Fold => {
            task.form.fold(&clock);
            Some(Vec::new())
        }
        Command::Complete => Some(complete(state)),
        Command::Login => {
            let found = task.personal()?.clone();
            log_in(state, &found, |_| Vec::new());
            Some(Vec::new())
        }
        Command::FixRows => Some(super::fix::open(state)),
        Command::OtherDraft => Some(vec![keep(task, true)]),
        Command::Suggested => {
            let labels = task.take_suggested(state.clock.now);
            state.say(format!("Taken over: {}", labels.join(", ")), Role::Info);
            Some(Vec::new())
        }
        Command::Preview => {
            let ask = !task.about_to_be() && task.form.why_not(&clock).is_none();
            state.pages.push(Page::Preview(Rows::default()));
            Some(if ask { ask_preview(state) } else { Vec::new() })
        }
        _ => None,
    }
}
