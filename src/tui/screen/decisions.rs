//! Decisions: those that are deployed, or those that were made in an instance. Beside the list
//! the table with its rules, and what its cells said of the values there were, or of one's own.

use super::decision::{self, Look};
use super::entry::{self, Entry, Model, results};
use super::inbox::{filter_line, select};
use super::sheet::Sheet;
use super::table;
use super::trial::{self, Tried};
use crate::client::dmn::{Kind, TableVerdict};
use crate::tui::effect::{Effect, Slot, load};
use crate::tui::keymap::Command;
use crate::tui::line::Line;
use crate::tui::sieve;
use crate::tui::state::{Page, State};
use crate::tui::theme::Role;
use crate::tui::ui::{Hit, Ui, inset};
use crate::tui::words;
use indexmap::IndexMap;
use ratatui::layout::Rect;
use std::cell::Cell;
use std::sync::Arc;

/// Most models that are asked for before somebody looks at them.
const AHEAD: usize = 200;

/// The screen.
#[derive(Default)]
pub struct Decisions {
    /// The instance whose decisions these are; none for those that are deployed.
    pub instance: Option<String>,
    /// The list.
    pub slot: Slot<Vec<Entry>>,
    /// A model that was asked for, by the key of one of its decisions.
    pub model: Slot<(String, Model)>,
    /// How many were asked for.
    asked: usize,
    /// The line under the cursor.
    pub selected: usize,
    /// What the names have to hold.
    pub filter: Line,
    /// Whether it is being typed.
    pub filtering: bool,
    /// 0 the list, 1 the table, 2 the result.
    pub pane: usize,
    /// What was typed to try, by variable.
    pub values: IndexMap<String, String>,
    /// What came of it.
    pub tried: Option<Tried>,
    /// The rule under the cursor.
    pub rule: usize,
    /// The first rule and the first column shown; the view keeps them in bounds.
    pub first: (Cell<usize>, Cell<usize>),
    /// The first line of the result that is shown; the view keeps it in bounds.
    pub result: Cell<usize>,
}

impl Decisions {
    /// The entry under the cursor.
    pub fn current(&self) -> Option<&Entry> {
        self.slot.data.as_ref()?.get(self.selected)
    }

    /// The entries that the filter lets pass, by their places.
    fn passing(&self) -> Vec<usize> {
        let wanted = self.filter.text().trim().to_lowercase();
        let all = self.slot.data.as_deref().unwrap_or_default();
        let passes = |entry: &Entry| {
            let texts = [&entry.name, &entry.key];
            texts
                .iter()
                .any(|text| text.to_lowercase().contains(&wanted))
        };
        (0..all.len()).filter(|ix| passes(&all[*ix])).collect()
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

    /// How many decisions are in files that are read only when somebody looks at them: what else is
    /// in these is not listed.
    fn unread(&self) -> usize {
        let awaited = |entry: &&Entry| matches!(entry.model, Model::Awaited);
        match self.asked < AHEAD {
            true => 0,
            false => self.slot.data.iter().flatten().filter(awaited).count(),
        }
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

    /// What is shown of the entry under the cursor besides the decision itself.
    fn look(&self, clock: words::Clock) -> Option<Look<'_>> {
        let entry = self.current()?;
        let (heading, results, failed) = match (self.tried(), entry.at()) {
            (Some(tried), _) => {
                let heading = "with your values".to_owned();
                (heading, tried.results(&entry.key), tried.failed())
            }
            (None, Some(at)) => {
                let results = entry.past().map(results).unwrap_or_default();
                (clock.stamp(at), results, None)
            }
            (None, None) => Default::default(),
        };
        Some(Look {
            verdict: verdict(self),
            heading,
            results,
            failed,
            reasons: match self.tried() {
                Some(tried) => tried.reasons(&entry.key),
                None => entry.past().map_or(&[], |trace| trace.reasons.as_slice()),
            },
            given: self.tried().map_or(&[], |tried| tried.given(&entry.key)),
            rule: (self.pane == 1).then_some(self.rule),
            first: &self.first,
            scrolled: (&self.result, self.pane == 2),
        })
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

/// The screen, when it is open.
pub fn here(state: &mut State) -> Option<&mut Decisions> {
    match state.pages.last_mut() {
        Some(Page::Decisions(page)) => Some(page),
        _ => None,
    }
}

/// Asks for the list. What is deployed does not change while it is looked at.
pub fn refresh(state: &mut State) -> Vec<Effect> {
    let clock = state.clock;
    let Some(page) = here(state) else {
        return Vec::new();
    };
    let instance = page.instance.clone();
    if page.slot.data.is_some() && instance.is_none() {
        return look(state);
    }
    load(
        state,
        |s| here(s).map(|page| &mut page.slot),
        refresh,
        filtered,
        "the decisions",
        move |client| match instance {
            Some(instance) => entry::made(client, &instance, &clock),
            None => entry::deployed(client),
        },
    )
}

/// Keeps the cursor on an entry that the filter lets pass.
pub fn filtered(state: &mut State) -> Vec<Effect> {
    let Some(page) = here(state) else {
        return Vec::new();
    };
    let passing = page.passing();
    if !passing.contains(&page.selected) {
        choose(page, passing.first().copied().unwrap_or(0));
    }
    look(state)
}

/// Asks for the model of the decision under the cursor, then for those of the others, unless
/// they are known.
fn look(state: &mut State) -> Vec<Effect> {
    let Some(page) = here(state) else {
        return Vec::new();
    };
    let awaited = |entry: &&Entry| matches!(entry.model, Model::Awaited);
    let others = page.slot.data.iter().flatten();
    let others = others.filter(|_| page.asked < AHEAD && page.model.error.is_none());
    let next = page.current().into_iter().chain(others).find(awaited);
    let Some(key) = next.map(|entry| entry.key.clone()) else {
        return Vec::new();
    };
    if !page.model.waiting {
        page.asked += 1;
    }
    load(
        state,
        |s| here(s).map(|page| &mut page.model),
        look,
        |state| {
            let Some(page) = here(state) else {
                return Vec::new();
            };
            match page.model.data.take() {
                Some((key, model)) => known(page, &key, &model),
                None => return Vec::new(),
            }
            look(state)
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

/// Takes the model of a decision, which is that of all in its file, and lists what else is in it.
fn known(page: &mut Decisions, key: &str, model: &Model) {
    let chosen = page.current().map(|entry| (entry.key.clone(), entry.kind));
    let Some(all) = &mut page.slot.data else {
        return;
    };
    let is = |entry: &Entry| entry.key == key && entry.kind == Kind::Decision;
    let Some(at) = all.iter().position(is) else {
        return;
    };
    let beside: Vec<usize> = (0..all.len())
        .filter(|ix| *ix == at || all[*ix].is_beside(&all[at]))
        .collect();
    for ix in beside {
        all[ix].model = model.clone();
    }
    let functions = all[at].functions();
    all.extend(functions);
    all.sort_by_cached_key(Entry::order);
    let again = |entry: &Entry| {
        chosen
            .as_ref()
            .is_some_and(|(key, kind)| entry.key == *key && entry.kind == *kind)
    };
    page.selected = all.iter().position(again).unwrap_or(0);
}

/// Goes to an entry.
fn choose(page: &mut Decisions, at: usize) {
    if at != page.selected {
        page.selected = at;
        page.rule = 0;
        page.first = Default::default();
        page.result.set(0);
    }
}

/// Goes to a decision of the list, or to a rule of the table.
pub fn go(state: &mut State, at: usize) -> Vec<Effect> {
    let Some(page) = here(state) else {
        return Vec::new();
    };
    if page.pane == 1 {
        let table = page.current().and_then(Entry::table);
        let rules = table.map_or(0, |table| table.rules.len());
        page.rule = at.min(rules.saturating_sub(1));
        return Vec::new();
    }
    let last = page.slot.data.as_ref().map_or(0, Vec::len);
    choose(page, at.min(last.saturating_sub(1)));
    look(state)
}

/// Acts on a command; none when it is not one of this screen.
pub fn run(state: &mut State, command: Command) -> Option<Vec<Effect>> {
    let step = usize::from(state.size.height / 2).max(1);
    let clock = state.clock;
    let page = here(state)?;
    let left = &page.first.1;
    match command {
        Command::NextPane => page.pane = next_pane(page, clock, 1),
        Command::PreviousPane => page.pane = next_pane(page, clock, 2),
        Command::Left => left.set(left.get().saturating_sub(1)),
        Command::Right => left.set(left.get() + 1),
        Command::Filter => (page.pane, page.filtering) = (0, true),
        Command::Back if page.pane > 0 => page.pane = 0,
        Command::Back if !page.filter.is_empty() => page.filter.set(""),
        Command::Open if page.pane == 0 => page.pane = 1,
        Command::Open | Command::Variables => {
            let sheet = match (command, page.pane) {
                (Command::Variables, _) => about(page)?,
                (_, 2) => whole_result(page, clock)?,
                _ => whole_rule(page)?,
            };
            state.pages.push(Page::Sheet(Box::new(sheet)));
        }
        Command::Try => state.overlay = Some(trial::ask(page)?.into()),
        Command::Remove => {
            page.tried = None;
            page.pane = page.pane.min(1);
        }
        _ => return to_place(state, command, step),
    }
    Some(Vec::new())
}

/// Moves in the pane that has the keys.
fn to_place(state: &mut State, command: Command, step: usize) -> Option<Vec<Effect>> {
    let page = here(state)?;
    match page.pane {
        0 => {
            let passing = page.passing();
            let at = passing.iter().position(|ix| *ix == page.selected);
            let to = sieve::place(command, at.unwrap_or(0), step)?;
            let to = to.min(passing.len().saturating_sub(1));
            let to = passing.get(to).copied();
            Some(to.map_or(Vec::new(), |to| go(state, to)))
        }
        1 => {
            let to = sieve::place(command, page.rule, step)?;
            Some(go(state, to))
        }
        _ => {
            page.result
                .set(sieve::place(command, page.result.get(), step)?);
            Some(Vec::new())
        }
    }
}

/// The pane so many further; the result is one when there is one.
fn next_pane(page: &Decisions, clock: words::Clock, by: usize) -> usize {
    let result = page.look(clock).is_some_and(|look| !look.is_empty());
    let panes = if result { 3 } else { 2 };
    match by {
        1 => (page.pane + 1) % panes,
        _ => (page.pane + panes - 1) % panes,
    }
}

/// The rule under the cursor with what its cells said, in full; an expression likewise.
fn whole_rule(page: &Decisions) -> Option<Sheet> {
    let entry = page.current()?;
    if let Some(knowledge) = entry.knowledge().filter(|k| k.table().is_none()) {
        let text = match knowledge.source() {
            Some(source) => source.to_owned(),
            None => decision::inside(entry.definitions()?, knowledge),
        };
        return Some(Sheet::new(
            &entry.name,
            knowledge.kind().name(),
            String::new(),
            text,
        ));
    }
    let (name, text) = match entry.table() {
        Some(table) => {
            let number = page.rule + 1;
            let cells = table::cells(table, page.rule, verdict(page));
            let lines = cells.iter().map(|cell| match cell.said.as_str() {
                "" => format!("{}: {}", cell.title, cell.text),
                said => format!("{}: {}\n    {said}", cell.title, cell.text),
            });
            let all: Vec<String> = lines.collect();
            (format!("rule {number}"), all.join("\n"))
        }
        None => {
            let text = decision::expression(entry.decision()?)?;
            ("expression".to_owned(), text)
        }
    };
    Some(Sheet::new(&entry.name, &name, String::new(), text))
}

/// The result with all its reasons.
fn whole_result(page: &Decisions, clock: words::Clock) -> Option<Sheet> {
    let look = page.look(clock)?;
    let lines: Vec<String> = look.lines().into_iter().map(|(line, _)| line).collect();
    let name = &page.current()?.name;
    let sheet = Sheet::new(name, "result", look.heading, lines.join("\n"));
    Some(sheet.prose())
}

/// What the file says of the decision and of its columns.
fn about(page: &Decisions) -> Option<Sheet> {
    let entry = page.current()?;
    let text = decision::about(entry.definitions()?, &entry.key)?;
    let sheet = Sheet::new(&entry.name, "what the file says", String::new(), text);
    Some(sheet.prose())
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
    let (mut list, mut beside) = (area, area);
    list.width = (area.width / 4).clamp(22, 34);
    beside.x += list.width;
    beside.width = area.width.saturating_sub(list.width);
    // A wide table that has the keys takes the place of the list.
    let one = area.width < 80 || page.pane > 0 && !fits(page, beside.width);
    if one {
        (list, beside) = (area, area);
    }
    if !one || page.pane == 0 {
        draw_list(page, ui, list);
    }
    if !one || page.pane > 0 {
        draw_decision(page, ui, beside, one);
    }
}

/// Whether all columns of the table are in sight on this width of a pane.
fn fits(page: &Decisions, width: u16) -> bool {
    let table = page.current().and_then(Entry::table);
    table.is_none_or(|table| table::fits(table, verdict(page), width.saturating_sub(4)))
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
    let passing = page.passing();
    let inner = filter_line(ui, inner, (&page.filter, page.filtering), passing.len());
    if passing.is_empty() {
        let text = format!(
            "No decision matches \"{}\". Esc shows all.",
            page.filter.text()
        );
        ui.paragraph(inset(inner), &text, Role::Muted);
        return;
    }
    let at = passing.iter().position(|ix| *ix == page.selected);
    let at = at.unwrap_or(0);
    ui.corner(area, &format!("{} of {}", at + 1, passing.len()));
    let mut rows = usize::from(inner.height);
    if page.unread() > 0 && rows > 2 {
        rows -= 1;
        let text = format!(
            "functions of {} more show once looked at",
            words::thousands(page.unread() as u64)
        );
        let y = inner.bottom() - 1;
        ui.text(
            inner.x + 2,
            y,
            inner.width.saturating_sub(2),
            &text,
            Role::Muted,
        );
    }
    let first = (at + 1).saturating_sub(rows);
    for (y, ix) in (inner.y..).zip(passing.into_iter().skip(first).take(rows)) {
        let entry = &all[ix];
        let line = Rect {
            y,
            height: 1,
            ..inner
        };
        let used = ui.right(line, y, &format!("{} ", entry.note), Role::Muted);
        // What another one required stands below it.
        let within = if entry.note.is_empty() { 2 } else { 0 };
        let room = line.width.saturating_sub(used + 3 + within);
        let twin = |other: &Entry| other.name == entry.name && other.key != entry.key;
        let name = match all.iter().any(twin) {
            // Two of one name are told apart by their keys.
            true => {
                let key = words::cut_middle(&entry.key, usize::from(room / 2), ui.glyphs.ellipsis);
                let left = usize::from(room).saturating_sub(words::width(&key) + 1);
                let name = words::cut(&entry.name, left, ui.glyphs.ellipsis);
                format!("{name} {key}")
            }
            false => words::cut(&entry.name, room.into(), ui.glyphs.ellipsis),
        };
        ui.text(line.x + 2 + within, y, room, &name, Role::Text);
        select(ui, line, ix == page.selected, page.pane == 0);
        ui.hit(line, Hit::Row(0, ix));
    }
}

fn draw_decision(page: &Decisions, ui: &mut Ui, area: Rect, alone: bool) {
    let entry = page.current();
    let name = entry.map_or("Decision", |entry| entry.name.as_str());
    let name = match alone {
        true => format!("Decisions {} {name}", ui.glyphs.then),
        false => name.to_owned(),
    };
    let inner = ui.pane(area, &name, page.pane > 0);
    ui.hit(area, Hit::Pane(1));
    let Some(entry) = entry else {
        return;
    };
    if let (Some(definitions), Some(knowledge), Some(look)) =
        (entry.definitions(), entry.knowledge(), page.look(ui.clock))
    {
        let all = (&**definitions, knowledge);
        if let Some(corner) = decision::draw_function(ui, inset(inner), all, &look) {
            ui.corner(area, &corner);
        }
        return;
    }
    let (Some(definitions), Some(decision)) = (entry.definitions(), entry.decision()) else {
        let text = match (&entry.model, &page.model.error) {
            (Model::Awaited, Some(error)) => error,
            (Model::Awaited, None) => "Asking the desk for the decision",
            _ => "The file of this decision is gone, or this version of crewdesk cannot read it.",
        };
        ui.paragraph(inset(inner), text, Role::Muted);
        return;
    };
    let Some(look) = page.look(ui.clock) else {
        return;
    };
    if let Some(corner) = decision::draw(ui, inset(inner), (definitions, decision), &look) {
        ui.corner(area, &corner);
    }
}
