//! Refused rows of a data frame, fixed one by one in a grid. What is changed is kept beside the
//! file as soon as typing rests, and the rows are checked anew.

use super::inbox::title;
use crate::client::{FixedRow, KeptPatch, RefusedRow, RefusedRows};
use crate::tui::effect::{self, Effect, Slot, load};
use crate::tui::keymap::Command;
use crate::tui::line::Line;
use crate::tui::state::{Page, State};
use crate::tui::theme::Role;
use crate::tui::words;
use chrono::{DateTime, Duration, Utc};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use std::cell::Cell;
use std::collections::BTreeSet;

/// How long typing rests before what was changed is kept.
const REST: Duration = Duration::milliseconds(600);
/// The longest value that is edited here, in bytes.
const LONGEST: usize = 4096;

/// The page.
#[derive(Default)]
pub struct Fix {
    /// The rows as the desk has them.
    pub slot: Slot<RefusedRows>,
    /// The same with what was changed here.
    pub rows: Vec<RefusedRow>,
    /// The columns.
    pub columns: Vec<String>,
    /// The cell under the cursor.
    pub row: usize,
    /// Its column.
    pub column: usize,
    /// What is typed into it.
    pub edit: Option<Line>,
    /// The numbers of rows that were changed and are not kept yet.
    changed: BTreeSet<u64>,
    /// Since when.
    since: Option<DateTime<Utc>>,
    /// They are being kept.
    saving: bool,
    /// As soon as they are the page closes.
    leaving: bool,
    /// They could not be when it was to close: the next time it closes all the same.
    failed: bool,
    /// When they were kept.
    pub kept: Option<DateTime<Utc>>,
    /// The first row and the first column shown; the view moves them.
    pub top: Cell<usize>,
    /// The same for columns.
    pub left: Cell<usize>,
}

impl Fix {
    /// The row under the cursor.
    pub fn current(&self) -> Option<&RefusedRow> {
        self.rows.get(self.row)
    }

    /// Whether something is not kept yet.
    pub fn is_dirty(&self) -> bool {
        self.since.is_some() || self.saving
    }

    /// Rows that are refused, changed and left out.
    pub fn counts(&self) -> (u64, u64, u64) {
        let count = |which: &dyn Fn(&RefusedRow) -> bool| {
            self.rows.iter().filter(|row| which(row)).count() as u64
        };
        let refused = count(&|row| !row.dropped && !row.faults.is_empty());
        let changed = count(&|row| !row.dropped && row.values != row.before);
        (refused, changed, count(&|row| row.dropped))
    }

    /// Takes what the desk has, unless something is being changed here.
    fn arrive(&mut self) {
        if self.edit.is_some() || self.is_dirty() {
            return;
        }
        let Some(found) = self.slot.data.take() else {
            return;
        };
        let first = self.columns.is_empty();
        let here = self.current().map(|row| row.record);
        self.columns.clone_from(&found.columns);
        self.rows.clone_from(&found.rows);
        let again = self.rows.iter().position(|row| Some(row.record) == here);
        self.row = again.unwrap_or(self.row.min(self.rows.len().saturating_sub(1)));
        self.column = self.column.min(self.columns.len().saturating_sub(1));
        self.slot.data = Some(found);
        if first && !self.is_fault(0, 0) {
            self.seek(true);
        }
    }

    /// Whether a cell is why its row is refused.
    pub fn is_fault(&self, row: usize, column: usize) -> bool {
        self.rows.get(row).is_some_and(|row| {
            let at = |column| row.faults.iter().any(|f| f.column == Some(column));
            !row.dropped && at(column)
        })
    }

    /// Goes to the next cell that is refused, or the one before.
    fn seek(&mut self, forward: bool) {
        let (wide, high) = (self.columns.len().max(1), self.rows.len());
        let cells = wide * high;
        let here = self.row * wide + self.column;
        let wrong = |at: usize| {
            let (row, column) = (at / wide, at % wide);
            let Some(found) = self.rows.get(row).filter(|row| !row.dropped) else {
                return false;
            };
            // Of a row that is refused as a whole the first cell stands for it.
            let whole = column == 0 && found.faults.iter().any(|f| f.column.is_none());
            whole || self.is_fault(row, column)
        };
        let step = |n: usize| match forward {
            true => (here + n) % cells,
            false => (here + cells - n) % cells,
        };
        if let Some(at) = (1..cells).map(step).find(|at| wrong(*at)) {
            (self.row, self.column) = (at / wide, at % wide);
        }
    }

    /// Notes that a row was changed.
    fn touch(&mut self, now: DateTime<Utc>) {
        if let Some(record) = self.current().map(|row| row.record) {
            self.changed.insert(record);
            self.since = Some(now);
        }
    }

    /// Begins to type into the cell; why it can not be.
    fn begin(&mut self) -> Result<(), &'static str> {
        let row = self.current().ok_or("there is no row")?;
        if row.dropped {
            return Err("the row is left out; Alt-x takes it back");
        }
        let value = row.values.get(self.column).ok_or("there is no cell")?;
        let text = written(value.as_deref());
        if text.contains(char::is_control) {
            return Err(
                "the value has several lines; correct the file itself, or leave the row out",
            );
        }
        if text.len() >= LONGEST {
            return Err("the value is too long to be edited here; correct the file itself");
        }
        self.edit = Some(Line::new(text));
        Ok(())
    }

    /// Takes what was typed.
    fn accept(&mut self, now: DateTime<Utc>) -> Result<(), &'static str> {
        let Some(line) = self.edit.take() else {
            return Ok(());
        };
        if line.text().len() > LONGEST {
            self.edit = Some(line);
            return Err("this is too long for a cell");
        }
        let (column, new) = (self.column, read(line.text()));
        let row = self.rows.get_mut(self.row);
        let Some(row) = row.filter(|row| row.values.get(column) != Some(&new)) else {
            return Ok(());
        };
        if let Some(value) = row.values.get_mut(column) {
            *value = new;
        }
        // Whether it is right now is known when it is checked.
        row.faults.retain(|fault| fault.column != Some(column));
        self.touch(now);
        Ok(())
    }

    /// What is to be kept.
    fn take_changes(&mut self) -> Vec<FixedRow> {
        let changed = std::mem::take(&mut self.changed);
        self.since = None;
        let rows = self.rows.iter().filter(|row| changed.contains(&row.record));
        let fixed = rows.map(|row| {
            let cells = self.columns.iter().zip(row.values.iter().zip(&row.before));
            // Of a row that is none all cells are new as soon as one is.
            let all = row.broken && row.values != row.before;
            let cells = cells.filter(|(_, (new, old))| all || new != old);
            FixedRow {
                record: row.record,
                dropped: row.dropped,
                cells: cells
                    .map(|(name, (new, _))| (name.clone(), new.clone()))
                    .collect(),
            }
        });
        fixed.collect()
    }
}

/// A value as one types it: nothing is NULL, two quotes are the empty text.
fn written(value: Option<&str>) -> &str {
    match value {
        None => "",
        Some("") => "\"\"",
        Some(text) => text,
    }
}

fn read(text: &str) -> Option<String> {
    match text {
        "" => None,
        "\"\"" => Some(String::new()),
        text => Some(text.to_owned()),
    }
}

/// The page, when it is on top.
pub fn page(state: &mut State) -> Option<&mut Fix> {
    match state.pages.last_mut() {
        Some(Page::Fix(page)) => Some(page),
        _ => None,
    }
}

/// Opens the page over the form.
pub fn open(state: &mut State) -> Vec<Effect> {
    state.pages.push(Page::Fix(Box::default()));
    refresh(state)
}

/// Asks for the rows.
pub fn refresh(state: &mut State) -> Vec<Effect> {
    let Some(task) = &state.inbox.task else {
        return Vec::new();
    };
    let (id, values) = (task.detail.task.id.clone(), task.values());
    load(
        state,
        |s| page(s).map(|page| &mut page.slot),
        refresh,
        |state| {
            if let Some(page) = page(state) {
                page.arrive();
            }
            Vec::new()
        },
        "the refused rows",
        move |client| client.refused_rows(&id, &values),
    )
}

/// Time passes: what was changed is kept.
pub fn tick(state: &mut State) -> Vec<Effect> {
    let now = state.clock.now;
    match page(state) {
        Some(page) if !page.saving && page.since.is_some_and(|at| now - at >= REST) => save(state),
        _ => Vec::new(),
    }
}

/// Keeps what was changed on the page, if anything is not kept yet.
pub fn save(state: &mut State) -> Vec<Effect> {
    let Some(task) = &state.inbox.task else {
        return Vec::new();
    };
    let (id, values) = (task.detail.task.id.clone(), task.values());
    let Some(here) = page(state).filter(|page| page.since.is_some() && !page.saving) else {
        return Vec::new();
    };
    let rows = here.take_changes();
    here.saving = true;
    let numbers: Vec<u64> = rows.iter().map(|row| row.record).collect();
    let asked = id.clone();
    vec![effect::ask(
        "the fixed rows",
        move |client| client.fix_rows(&asked, &values, &rows),
        move |state, answer| match answer {
            Ok(kept) => saved(state, &id, &kept),
            Err(error) => {
                let now = state.clock.now;
                let mut hint = "";
                if let Some(page) = page(state) {
                    page.saving = false;
                    page.changed.extend(numbers);
                    page.since = Some(now + Duration::seconds(5));
                    if page.leaving && page.failed {
                        return give_up(state, &error.to_string());
                    }
                    if std::mem::take(&mut page.leaving) {
                        page.failed = true;
                        hint = ". Esc tries once more and leaves";
                    }
                }
                // An error that asks to be sent away would take that Esc.
                state.say(format!("Nothing is kept yet: {error}{hint}"), Role::Warning);
                Vec::new()
            }
        },
    )]
}

/// Leaves without what could not be kept.
fn give_up(state: &mut State, why: &str) -> Vec<Effect> {
    let lost = page(state).map_or(0, |page| page.changed.len() as u64);
    state.pages.pop();
    let rows = words::count(lost, "changed row is", "changed rows are");
    state.say(format!("{rows} not kept: {why}"), Role::Danger);
    state.refresh_screen()
}

fn saved(state: &mut State, id: &str, kept: &KeptPatch) -> Vec<Effect> {
    let now = state.clock.now;
    let mut effects = super::task::patch(state, id, kept.patch.clone());
    let Some(page) = page(state) else {
        return effects;
    };
    (page.saving, page.failed, page.kept) = (false, false, Some(now));
    match (page.leaving, page.since) {
        (true, Some(_)) => effects.extend(save(state)),
        (true, None) => {
            state.pages.pop();
            state.say(told(kept), Role::Success);
            effects.extend(state.refresh_screen());
        }
        (false, None) if page.edit.is_none() => effects.extend(refresh(state)),
        (false, _) => {}
    }
    effects
}

/// What is kept now.
fn told(kept: &KeptPatch) -> String {
    let changed = words::count(kept.changed, "row is changed", "rows are changed");
    match (kept.changed, kept.dropped) {
        (0, 0) => "All rows are as in the file".to_owned(),
        (_, 0) => changed,
        (0, n) => words::count(n, "row is left out", "rows are left out"),
        (_, n) => format!("{changed}, {} left out", words::thousands(n)),
    }
}

/// Acts on a command; none when it is not one of this page.
pub fn run(state: &mut State, command: Command) -> Option<Vec<Effect>> {
    let now = state.clock.now;
    let page = page(state)?;
    let last = page.rows.len().saturating_sub(1);
    let wide = page.columns.len().saturating_sub(1);
    match command {
        Command::Up => page.row = page.row.saturating_sub(1),
        Command::Down => page.row = (page.row + 1).min(last),
        Command::PageUp => page.row = page.row.saturating_sub(10),
        Command::PageDown => page.row = (page.row + 10).min(last),
        Command::Top => page.row = 0,
        Command::Bottom => page.row = last,
        Command::Left => page.column = page.column.saturating_sub(1),
        Command::Right => page.column = (page.column + 1).min(wide),
        Command::NextPane => page.seek(true),
        Command::PreviousPane => page.seek(false),
        Command::Open => {
            if let Err(why) = page.begin() {
                state.say(format!("Edit: {why}"), Role::Info);
            }
        }
        Command::Remove => {
            let row = page.rows.get_mut(page.row)?;
            row.dropped = !row.dropped;
            page.touch(now);
        }
        Command::Revert => {
            let row = page.rows.get_mut(page.row)?;
            (row.dropped, row.values) = (false, row.before.clone());
            page.touch(now);
        }
        Command::Back | Command::Close => {
            // What was changed is kept first, without waiting for typing to rest.
            if page.is_dirty() {
                let again = std::mem::replace(&mut page.leaving, true);
                if page.failed && page.saving && again {
                    return Some(give_up(state, "the desk does not answer"));
                }
                if state.inbox.task.is_none() {
                    return Some(give_up(state, "the task is gone"));
                }
                return Some(save(state));
            }
            state.pages.pop();
            return Some(state.refresh_screen());
        }
        _ => return None,
    }
    Some(Vec::new())
}

/// Keys while a cell is typed into; none when they mean something else.
pub fn key(state: &mut State, key: KeyEvent) -> Option<Vec<Effect>> {
    let now = state.clock.now;
    if page(state)?.edit.is_none() {
        return begin_by_typing(state, key);
    }
    let page = page(state)?;
    let line = page.edit.as_mut()?;
    let accepted = match key.code {
        KeyCode::Esc => {
            page.edit = None;
            Ok(())
        }
        KeyCode::Enter => page.accept(now),
        KeyCode::Tab | KeyCode::BackTab => {
            let accepted = page.accept(now);
            if accepted.is_ok() {
                page.seek(key.code == KeyCode::Tab);
            }
            accepted
        }
        KeyCode::Up | KeyCode::Down => {
            let accepted = page.accept(now);
            let last = page.rows.len().saturating_sub(1);
            if accepted.is_ok() {
                page.row = match key.code {
                    KeyCode::Up => page.row.saturating_sub(1),
                    _ => (page.row + 1).min(last),
                };
            }
            accepted
        }
        KeyCode::F(_) => return None,
        _ => {
            line.key(key);
            Ok(())
        }
    };
    if let Err(why) = accepted {
        state.say(format!("Edit: {why}"), Role::Warning);
    }
    Some(Vec::new())
}

/// What is typed onto a cell takes the place of its value, as in a spreadsheet.
fn begin_by_typing(state: &mut State, key: KeyEvent) -> Option<Vec<Effect>> {
    let page = page(state)?;
    let plain = (key.modifiers - KeyModifiers::SHIFT).is_empty();
    if !plain || !matches!(key.code, KeyCode::Char(_)) {
        return None;
    }
    match page.begin() {
        Err(why) => state.say(format!("Edit: {why}"), Role::Info),
        Ok(()) => {
            if let Some(line) = &mut page.edit {
                line.set("");
                line.key(key);
            }
        }
    }
    Some(Vec::new())
}

/// Pastes into the cell that is typed into, else in place of its value; false when there is none.
pub fn paste(state: &mut State, text: &str) -> bool {
    if let Some(page) = page(state)
        && page.edit.is_none()
        && page.begin().is_ok()
        && let Some(line) = &mut page.edit
    {
        line.set("");
    }
    match page(state).and_then(|page| page.edit.as_mut()) {
        Some(line) => {
            line.insert(text.trim_end_matches(['\r', '\n']), false);
            true
        }
        None => false,
    }
}

/// What the page is called.
pub fn heading(state: &State) -> String {
    let task = state.inbox.task.as_ref();
    task.map_or_else(String::new, |task| title(&task.detail.task).to_owned())
}
