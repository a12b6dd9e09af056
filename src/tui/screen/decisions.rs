//! Decisions: those that are deployed, or those that were made in an instance. Beside the list
//! the table with its rules, and what its cells said of the values there were, or of one's own.

use super::decision::{self, Look};
use super::inbox::select;
use super::sheet::Sheet;
use super::trial::{self, Tried};
use crate::client::dmn::{self, Decision, DecisionTrace, Definitions, TableVerdict};
use crate::client::{Answer, Client, DecisionInstance};
use crate::tui::effect::{Effect, Slot, load};
use crate::tui::keymap::Command;
use crate::tui::state::{Page, State};
use crate::tui::theme::Role;
use crate::tui::ui::{Hit, Ui, inset};
use crate::tui::words::{self, Clock};
use chrono::{DateTime, Utc};
use indexmap::IndexMap;
use ratatui::layout::Rect;
use std::cell::{Cell, OnceCell};
use std::collections::HashMap;
use std::sync::Arc;

/// The screen.
#[derive(Default)]
pub struct Decisions {
    /// The instance whose decisions these are; none for those that are deployed.
    pub instance: Option<String>,
    /// The list.
    pub slot: Slot<Vec<Entry>>,
    /// The model of the decision under the cursor, by its key.
    pub model: Slot<(String, Model)>,
    /// The line under the cursor.
    pub selected: usize,
    /// 0 the list, 1 the table.
    pub pane: usize,
    /// What was typed to try, by variable.
    pub values: IndexMap<String, String>,
    /// What came of it.
    pub tried: Option<Tried>,
    /// The rule under the cursor.
    pub rule: usize,
    /// The first rule and the first column shown; the view keeps them in bounds.
    pub first: (Cell<usize>, Cell<usize>),
}

/// The model that a decision is in.
#[derive(Clone)]
pub enum Model {
    /// Not asked for yet.
    Awaited,
    /// Its file is gone, or this version can not read it.
    Unreadable,
    /// Compiled.
    Known(Arc<Definitions>),
}

/// A decision, or one that was made.
pub struct Entry {
    /// Its key.
    pub key: String,
    /// What people read.
    pub name: String,
    /// The version, or when; empty for what another one required.
    note: String,
    model: Model,
    /// How it was made, where it was.
    past: Option<Past>,
    /// What the cells said then.
    verdict: OnceCell<Option<TableVerdict>>,
}

/// A decision that was made.
struct Past {
    at: DateTime<Utc>,
    /// All that was decided together, and which of it this is.
    together: Arc<[DecisionTrace]>,
    ix: usize,
}

impl Past {
    fn trace(&self) -> Option<&DecisionTrace> {
        self.together.get(self.ix)
    }
}

impl Decisions {
    /// The entry under the cursor.
    pub fn current(&self) -> Option<&Entry> {
        self.slot.data.as_ref()?.get(self.selected)
    }

    /// All that was decided together with the entry under the cursor.
    pub fn together(&self) -> &[Entry] {
        let all = self.slot.data.as_deref().unwrap_or_default();
        let alone = |entry: &Entry| !entry.note.is_empty();
        let upto = all.get(..=self.selected).unwrap_or_default();
        let from = upto.iter().rposition(alone).unwrap_or(0);
        let more = all.iter().skip(from + 1).position(alone);
        let end = more.map_or(all.len(), |more| from + 1 + more);
        all.get(from..end).unwrap_or_default()
    }

    /// What came of values of one's own, where that is of the entry under the cursor.
    pub fn tried(&self) -> Option<&Tried> {
        let key = &self.current()?.key;
        self.tried.as_ref().filter(|tried| tried.is_of(key))
    }

    /// What is copied: the result that is shown, else the key of the decision.
    pub fn text(&self) -> Option<String> {
        let entry = self.current()?;
        let results = match self.tried() {
            Some(tried) => Some(tried.results(&entry.key)),
            None => entry.past().map(results),
        };
        let text = results.map(|lines| lines.join("\n"));
        Some(text.unwrap_or_else(|| entry.key.clone()))
    }
}

impl Entry {
    fn new(key: &str, name: Option<&str>, note: String, model: Model) -> Entry {
        Entry {
            key: key.to_owned(),
            name: name.unwrap_or(key).to_owned(),
            note,
            model,
            past: None,
            verdict: OnceCell::new(),
        }
    }

    /// The model that it is in.
    pub fn definitions(&self) -> Option<&Arc<Definitions>> {
        match &self.model {
            Model::Known(definitions) => Some(definitions),
            _ => None,
        }
    }

    /// The decision itself.
    pub fn decision(&self) -> Option<&Decision> {
        let decision = self.definitions()?.decisions.get(&self.key)?;
        Some(decision)
    }

    /// How it was made, where it was.
    pub fn past(&self) -> Option<&DecisionTrace> {
        self.past.as_ref()?.trace()
    }

    fn verdict(&self) -> Option<&TableVerdict> {
        let judge = || {
            let past = self.past.as_ref()?;
            dmn::verdict_of(self.definitions()?, &past.together, past.ix, past.at)
        };
        self.verdict.get_or_init(judge).as_ref()
    }
}

/// The results of a decision in words, one for each rule that counts.
pub fn results(trace: &DecisionTrace) -> Vec<String> {
    let value = |v: &dmn::TracedValue| named(&v.name, &v.value["value"]);
    if let Some(result) = &trace.result {
        return vec![value(result)];
    }
    let rule = |rule: &dmn::RuleTrace| {
        let all: Vec<String> = rule.outputs.iter().map(value).collect();
        format!("rule {}: {}", rule.number, all.join(", "))
    };
    match trace.rules.as_slice() {
        [] => vec!["no rule matches".to_owned()],
        rules => rules.iter().map(rule).collect(),
    }
}

/// A value with its name, where it has one.
pub fn named(name: &str, value: &serde_json::Value) -> String {
    match name {
        "" => value.to_string(),
        name => format!("{name} = {value}"),
    }
}

/// Opens the decisions: of the open instance, or all that are deployed.
pub fn open(state: &mut State) -> Vec<Effect> {
    let instance = state.instance().map(|i| i.id.clone());
    state.pages.push(Page::Decisions(Box::new(Decisions {
        instance,
        ..Decisions::default()
    })));
    refresh(state)
}

fn page(state: &mut State) -> Option<&mut Decisions> {
    match state.pages.last_mut() {
        Some(Page::Decisions(page)) => Some(page),
        _ => None,
    }
}

/// Asks for the list. What is deployed does not change while it is looked at.
pub fn refresh(state: &mut State) -> Vec<Effect> {
    let clock = state.clock;
    let Some(page) = page(state) else {
        return Vec::new();
    };
    let instance = page.instance.clone();
    if page.slot.data.is_some() && instance.is_none() {
        return look(state);
    }
    load(
        state,
        |s| self::page(s).map(|page| &mut page.slot),
        refresh,
        |state| {
            if let Some(page) = self::page(state) {
                let last = page.slot.data.as_ref().map_or(0, Vec::len);
                page.selected = page.selected.min(last.saturating_sub(1));
            }
            look(state)
        },
        "the decisions",
        move |client| match instance {
            Some(instance) => made(client, &instance, &clock),
            None => deployed(client),
        },
    )
}

fn deployed(client: &dyn Client) -> Answer<Vec<Entry>> {
    let known = client.decisions()?.into_iter();
    let entry = |known: crate::client::DecisionDefinition| {
        let note = format!("v{}", known.version);
        Entry::new(&known.key, known.name.as_deref(), note, Model::Awaited)
    };
    Ok(known.map(entry).collect())
}

/// Each decision that was made, below it those that it required.
fn made(client: &dyn Client, instance: &str, clock: &Clock) -> Answer<Vec<Entry>> {
    let mut models: HashMap<String, Model> = HashMap::new();
    let mut entries = Vec::new();
    for made in client.evaluated(instance)? {
        let DecisionInstance {
            model: file, trace, ..
        } = made;
        let compile = || match file.and_then(|file| file.definitions()) {
            Some(definitions) => Model::Known(Arc::new(definitions)),
            None => Model::Unreadable,
        };
        let model = models
            .entry(made.decision_definition_id)
            .or_insert_with(compile);
        let at = made.evaluation_time;
        let together: Arc<[DecisionTrace]> = trace.into();
        for (ix, trace) in together.iter().enumerate().rev() {
            let note = match ix + 1 == together.len() {
                true => clock.ago(at),
                false => String::new(),
            };
            entries.push(Entry {
                past: Some(Past {
                    at,
                    together: together.clone(),
                    ix,
                }),
                ..Entry::new(&trace.decision, Some(&trace.name), note, model.clone())
            });
        }
    }
    Ok(entries)
}

/// Asks for the model of the decision under the cursor, unless it is known.
fn look(state: &mut State) -> Vec<Effect> {
    let Some(entry) = page(state).and_then(|page| page.current()) else {
        return Vec::new();
    };
    if !matches!(entry.model, Model::Awaited) {
        return Vec::new();
    }
    let key = entry.key.clone();
    load(
        state,
        |s| page(s).map(|page| &mut page.model),
        look,
        |state| {
            let Some(page) = page(state) else {
                return Vec::new();
            };
            let arrived = page.model.data.take();
            for entry in page.slot.data.iter_mut().flatten() {
                if let Some((_, model)) = arrived.as_ref().filter(|(key, _)| *key == entry.key) {
                    entry.model = model.clone();
                }
            }
            Vec::new()
        },
        "the decision",
        move |client| {
            let model = match client.decision(&key)?.definitions() {
                Some(definitions) => Model::Known(Arc::new(definitions)),
                None => Model::Unreadable,
            };
            Ok((key, model))
        },
    )
}

/// Goes to a decision of the list, or to a rule of the table.
pub fn go(state: &mut State, at: usize) -> Vec<Effect> {
    let Some(page) = page(state) else {
        return Vec::new();
    };
    let rules = page.current().and_then(Entry::decision);
    let rules = rules
        .and_then(Decision::table)
        .map_or(0, |table| table.rules.len());
    if page.pane == 1 {
        page.rule = at.min(rules.saturating_sub(1));
        return Vec::new();
    }
    let last = page.slot.data.as_ref().map_or(0, Vec::len);
    let at = at.min(last.saturating_sub(1));
    if at != page.selected {
        page.selected = at;
        page.rule = 0;
        page.first = Default::default();
    }
    look(state)
}

/// Acts on a command; none when it is not one of this screen.
pub fn run(state: &mut State, command: Command) -> Option<Vec<Effect>> {
    let step = usize::from(state.size.height / 2).max(1);
    let page = page(state)?;
    let left = &page.first.1;
    let at = match page.pane {
        0 => page.selected,
        _ => page.rule,
    };
    let to = match command {
        Command::Up => at.saturating_sub(1),
        Command::Down => at + 1,
        Command::PageUp => at.saturating_sub(step),
        Command::PageDown => at + step,
        Command::Top => 0,
        Command::Bottom => usize::MAX,
        Command::NextPane | Command::PreviousPane => {
            page.pane = 1 - page.pane.min(1);
            at
        }
        Command::Left => {
            left.set(left.get().saturating_sub(1));
            at
        }
        Command::Right => {
            left.set(left.get() + 1);
            at
        }
        Command::Open if page.pane == 0 => {
            page.pane = 1;
            at
        }
        Command::Open => {
            let sheet = whole_rule(page)?;
            state.pages.push(Page::Sheet(Box::new(sheet)));
            return Some(Vec::new());
        }
        Command::Try => {
            state.overlay = Some(trial::ask(page)?.into());
            return Some(Vec::new());
        }
        Command::Remove => {
            page.tried = None;
            at
        }
        _ => return None,
    };
    Some(match to == at {
        true => Vec::new(),
        false => go(state, to),
    })
}

/// The rule under the cursor with what its cells said, in full; an expression likewise.
fn whole_rule(page: &Decisions) -> Option<Sheet> {
    let entry = page.current()?;
    let decision = entry.decision()?;
    let (name, text) = match decision.table() {
        Some(table) => {
            let number = page.rule + 1;
            let cells = decision::cells(table, page.rule, verdict(page));
            let lines = cells.iter().map(|cell| match cell.said.as_str() {
                "" => format!("{}: {}", cell.title, cell.text),
                said => format!("{}: {}\n    {said}", cell.title, cell.text),
            });
            let all: Vec<String> = lines.collect();
            (format!("rule {number}"), all.join("\n"))
        }
        None => ("expression".to_owned(), decision::expression(decision)?),
    };
    Some(Sheet::new(&entry.name, &name, String::new(), text))
}

fn verdict(page: &Decisions) -> Option<&TableVerdict> {
    let entry = page.current()?;
    match page.tried() {
        Some(tried) => tried.verdict(&entry.key),
        None => entry.verdict(),
    }
}

/// Draws the screen.
pub fn draw(state: &State, ui: &mut Ui, area: Rect) {
    let Some(Page::Decisions(page)) = state.pages.last() else {
        return;
    };
    let one = area.width < 80;
    let (mut list, mut table) = (area, area);
    if !one {
        list.width = (area.width / 4).clamp(22, 34);
        table.x += list.width;
        table.width -= list.width;
    }
    if !one || page.pane == 0 {
        draw_list(page, ui, list);
    }
    if !one || page.pane == 1 {
        draw_decision(page, ui, table);
    }
}

fn draw_list(page: &Decisions, ui: &mut Ui, area: Rect) {
    let title = match page.instance {
        Some(_) => "Decisions made",
        None => "Decisions",
    };
    let inner = ui.pane(area, title, page.pane == 0);
    ui.hit(area, Hit::Pane(0));
    let all = match &page.slot.data {
        Some(all) if !all.is_empty() => all,
        found => {
            let text = match (found, &page.slot.error, &page.instance) {
                (None, Some(error), _) => error,
                (None, None, _) => "Asking the desk for the decisions",
                (_, _, Some(_)) => "No decision was made in this instance yet.",
                _ => "No decision is deployed: crewdesk deploy FILE.dmn",
            };
            ui.paragraph(inset(inner), text, Role::Muted);
            return;
        }
    };
    ui.corner(area, &format!("{} of {}", page.selected + 1, all.len()));
    let rows = usize::from(inner.height);
    let first = (page.selected + 1).saturating_sub(rows);
    for (y, (ix, entry)) in (inner.y..).zip(all.iter().enumerate().skip(first).take(rows)) {
        let line = Rect {
            y,
            height: 1,
            ..inner
        };
        let used = ui.right(line, y, &format!("{} ", entry.note), Role::Muted);
        // What another one required stands below it.
        let within = if entry.note.is_empty() { 2 } else { 0 };
        let room = line.width.saturating_sub(used + 3 + within);
        let name = words::cut(&entry.name, room.into(), ui.glyphs.ellipsis);
        ui.text(line.x + 2 + within, y, room, &name, Role::Text);
        select(ui, line, ix == page.selected, page.pane == 0);
        ui.hit(line, Hit::Row(0, ix));
    }
}

fn draw_decision(page: &Decisions, ui: &mut Ui, area: Rect) {
    let focused = page.pane == 1;
    let entry = page.current();
    let name = entry.map_or("Decision", |entry| entry.name.as_str());
    let inner = ui.pane(area, name, focused);
    ui.hit(area, Hit::Pane(1));
    let Some(entry) = entry else {
        return;
    };
    let Some(decision) = entry.decision() else {
        let text = match (&entry.model, &page.model.error) {
            (Model::Awaited, Some(error)) => error,
            (Model::Awaited, None) => "Asking the desk for the decision",
            _ => "The file of this decision is gone, or this version of crewdesk cannot read it.",
        };
        ui.paragraph(inset(inner), text, Role::Muted);
        return;
    };
    let tried = page.tried();
    let (heading, results, failed) = match (tried, &entry.past) {
        (Some(tried), _) => {
            let heading = "with your values".to_owned();
            (heading, tried.results(&entry.key), tried.failed())
        }
        (None, Some(past)) => {
            let results = past.trace().map(results).unwrap_or_default();
            (ui.clock.stamp(past.at), results, None)
        }
        (None, None) => (String::new(), Vec::new(), None),
    };
    let look = Look {
        verdict: verdict(page),
        heading,
        results,
        failed,
        reasons: match tried {
            Some(tried) => tried.reasons(&entry.key),
            None => entry.past().map_or(&[], |trace| trace.reasons.as_slice()),
        },
        rule: focused.then_some(page.rule),
        first: &page.first,
    };
    if let Some(corner) = decision::draw(ui, inset(inner), decision, &look) {
        ui.corner(area, &corner);
    }
}
