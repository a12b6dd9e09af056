//! One text in full: a variable, an entry of a timeline. JSON is laid out, long lines are folded,
//! a secret stays masked.

use crate::client::ColumnFacts;
use crate::tui::effect::Effect;
use crate::tui::keymap::Command;
use crate::tui::state::{Page, State};
use crate::tui::theme::Role;
use crate::tui::ui::{Hit, Ui, inset};
use crate::tui::words;
use ratatui::layout::Rect;
use std::cell::{Cell, RefCell};

/// Most bytes that are laid out; the clipboard gets all of them.
const MOST: usize = 1 << 20;

/// The page.
#[derive(Debug, Default)]
pub struct Sheet {
    /// What it belongs to.
    pub of: String,
    /// What it is.
    pub name: String,
    /// What else is known of it, such as its type.
    pub note: String,
    /// The text.
    pub text: String,
    /// It is JSON: names stand out.
    pub json: bool,
    /// Its lines are broken between words.
    pub prose: bool,
    /// It must not be copied: there is only a mask here.
    pub masked: bool,
    /// The first line shown; the view keeps it in bounds.
    top: Cell<usize>,
    /// Lines of the last frame; the view sets it.
    height: Cell<usize>,
    /// The lines at the width of the last frame.
    folded: RefCell<(u16, Vec<String>)>,
}

/// The variable that holds what is known of each column of an insertion.
pub const COLUMN_FACTS: &str = "columnFacts";

/// What is known of columns, as a table.
fn columns(facts: &[ColumnFacts]) -> String {
    let heads = ColumnFacts::HEADS.map(str::to_owned);
    let rows: Vec<[String; 7]> = facts.iter().map(ColumnFacts::cells).collect();
    let mut lines = vec![String::new(); rows.len() + 1];
    for at in 0..heads.len() {
        let cell = |row: &[String; 7]| row.get(at).cloned().unwrap_or_default();
        let cells: Vec<String> = std::iter::once(&heads).chain(&rows).map(cell).collect();
        // A column that says nothing has no place.
        if cells.iter().skip(1).all(String::is_empty) {
            continue;
        }
        let wide = cells.iter().map(|cell| words::width(cell)).max();
        for (line, cell) in lines.iter_mut().zip(&cells) {
            let room = wide.unwrap_or(0) - words::width(cell) + 2;
            *line += cell;
            line.extend(std::iter::repeat_n(' ', room));
        }
    }
    let lines: Vec<&str> = lines.iter().map(|line| line.trim_end()).collect();
    lines.join("\n")
}

impl Sheet {
    /// A page with this text.
    pub fn new(of: &str, name: &str, note: String, text: String) -> Sheet {
        Sheet {
            of: of.to_owned(),
            name: name.to_owned(),
            note,
            text,
            ..Sheet::default()
        }
    }

    /// The same of sentences.
    pub fn prose(self) -> Sheet {
        Sheet {
            prose: true,
            ..self
        }
    }

    /// A typed variable as the desk gives it.
    pub fn variable(of: &str, name: &str, value: &serde_json::Value) -> Sheet {
        let kind = value.get("type").and_then(|t| t.as_str()).unwrap_or("");
        let mut sheet = Sheet::new(of, name, kind.to_owned(), String::new());
        if super::timeline::is_secret(value) {
            sheet.text = "****** (a secret: only the worker that needs it gets it)".to_owned();
            sheet.masked = true;
            return sheet;
        }
        let laid_out = |v: &serde_json::Value| serde_json::to_string_pretty(v).unwrap_or_default();
        let structured = |text: &str| {
            serde_json::from_str::<serde_json::Value>(text)
                .ok()
                .filter(|v| v.is_object() || v.is_array())
        };
        let facts = value.get("value").filter(|_| name == COLUMN_FACTS);
        let facts = facts.map(ColumnFacts::of_variable).unwrap_or_default();
        if !facts.is_empty() {
            sheet.text = columns(&facts);
            return sheet;
        }
        match value.get("value") {
            None | Some(serde_json::Value::Null) => sheet.text = "null".to_owned(),
            Some(serde_json::Value::String(text)) => match structured(text) {
                Some(value) => (sheet.text, sheet.json) = (laid_out(&value), true),
                None => sheet.text.clone_from(text),
            },
            Some(other) => (sheet.text, sheet.json) = (laid_out(other), true),
        }
        if sheet.text.len() > 80 {
            let size = words::bytes(sheet.text.len() as u64);
            sheet.note = format!("{kind}, {size}");
        }
        sheet
    }

    fn fold(&self, columns: u16) {
        let mut folded = self.folded.borrow_mut();
        if folded.0 == columns {
            return;
        }
        let most = MOST.min(self.text.len());
        let end = (0..=most).rev().find(|at| self.text.is_char_boundary(*at));
        let shown = &self.text[..end.unwrap_or(0)];
        let mut lines: Vec<String> = shown
            .lines()
            .flat_map(|line| match self.prose {
                true => words::wrap_indented(line, columns.into()),
                false => words::fold(line, columns.into()),
            })
            .collect();
        if shown.len() < self.text.len() {
            let rest = words::bytes((self.text.len() - shown.len()) as u64);
            lines.push(format!("{rest} more; y copies all of it"));
        }
        *folded = (columns, lines);
    }
}

/// Acts on a command; none when it is not one of this page.
pub fn run(state: &mut State, command: Command) -> Option<Vec<Effect>> {
    let Some(Page::Sheet(page)) = state.pages.last() else {
        return None;
    };
    let (top, step) = (page.top.get(), page.height.get().saturating_sub(2).max(1));
    page.top.set(match command {
        Command::Up => top.saturating_sub(1),
        Command::Down => top.saturating_add(1),
        Command::PageUp => top.saturating_sub(step),
        Command::PageDown => top.saturating_add(step),
        Command::Top => 0,
        Command::Bottom => usize::MAX,
        _ => return None,
    });
    Some(Vec::new())
}

/// Draws the page.
pub fn draw(state: &State, ui: &mut Ui, area: Rect) {
    let Some(Page::Sheet(page)) = state.pages.last() else {
        return;
    };
    ui.hit(area, Hit::Pane(0));
    let mut title = format!("{} {} {}", page.of, ui.glyphs.then, page.name);
    if !page.note.is_empty() {
        title += &format!(" {} {}", ui.glyphs.dot, page.note);
    }
    let inner = inset(ui.pane(area, &title, true));
    page.fold(inner.width);
    let folded = page.folded.borrow();
    let (lines, room) = (&folded.1, usize::from(inner.height));
    let top = page.top.get().min(lines.len().saturating_sub(room));
    page.top.set(top);
    page.height.set(room);
    for (i, line) in lines.iter().skip(top).take(room).enumerate() {
        let y = inner.y + i as u16;
        match line
            .find("\": ")
            .filter(|_| page.json && line.trim_start().starts_with('"'))
        {
            Some(at) => {
                let (name, value) = line.split_at(at + 2);
                let pieces = [(name, Role::Muted), (value, Role::Text)];
                ui.pieces(inner.x, y, inner.width, &pieces);
            }
            None => {
                let role = if page.masked { Role::Muted } else { Role::Text };
                ui.text(inner.x, y, inner.width, line, role);
            }
        }
    }
    if lines.len() > room {
        let last = (top + room).min(lines.len());
        let number = |n: usize| words::thousands(n as u64);
        ui.corner(
            area,
            &format!(
                "{}-{} of {}",
                number(top + 1),
                number(last),
                number(lines.len())
            ),
        );
    }
}
