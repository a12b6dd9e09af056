//! The process as drawn, its tokens on it, and beside it the tree of what runs.

use super::instance::{Instance, Known};
use crate::client::model::layout::{self, Grid, Marks, Overlay};
use crate::client::model::{layout::Role as Ink, read_for_drawing, readable};
use crate::client::{ActivityView, DiagramView};
use crate::tui::keymap::Command;
use crate::tui::theme::Role;
use crate::tui::ui::{Hit, Ui};
use ratatui::layout::Rect;

/// A process laid out.
#[derive(Debug)]
pub struct Drawing {
    /// Name of the process.
    pub name: String,
    grid: Grid,
    /// The node to keep in sight: the first one with a token or an incident.
    here: Option<String>,
}

impl Drawing {
    /// Lays out a process with what an instance has to say, within a width where that is possible.
    /// Takes a while: off the screen's thread.
    pub fn of(view: &DiagramView, width: usize, ascii: bool) -> Result<Drawing, String> {
        let model =
            read_for_drawing(&view.name, view.bpmn20_xml.as_bytes()).map_err(|problems| {
                problems.first().map_or_else(
                    || "the model has no process".to_owned(),
                    ToString::to_string,
                )
            })?;
        let wanted = model
            .processes
            .iter()
            .find(|p| p.id == view.process_definition_key);
        let process = wanted
            .or(model.processes.first())
            .ok_or_else(|| "the model has no process".to_owned())?;
        let mut marks = Overlay::new();
        let at =
            |marks: &mut Overlay, id: &String| -> Marks { marks.remove(id).unwrap_or_default() };
        for (id, tokens) in &view.tokens {
            let mark = Marks {
                tokens: *tokens,
                ..at(&mut marks, id)
            };
            marks.insert(id.clone(), mark);
        }
        for (id, visits) in &view.visits {
            let mark = Marks {
                visits: *visits,
                ..at(&mut marks, id)
            };
            marks.insert(id.clone(), mark);
        }
        for id in &view.incidents {
            let mark = Marks {
                incident: true,
                ..at(&mut marks, id)
            };
            marks.insert(id.clone(), mark);
        }
        let here = view
            .incidents
            .first()
            .or_else(|| view.tokens.keys().next())
            .cloned();
        let process = process.named(&view.names);
        let grid = layout::layout_within(&process, width, ascii, &marks);
        Ok(Drawing {
            name: view.name.clone(),
            grid,
            here,
        })
    }

    /// Rows.
    pub fn height(&self) -> u16 {
        self.grid.height.min(usize::from(u16::MAX) - 2) as u16
    }

    /// The picture as text.
    pub fn text(&self) -> String {
        self.grid.lines().join("\n")
    }

    /// How far to move the picture so that the token is seen.
    fn follow(&self, width: usize, height: usize) -> (usize, usize) {
        let Some(node) = self.here.as_ref().and_then(|id| self.grid.node(id)) else {
            return (0, 0);
        };
        let centre = |at: usize, size: usize, room: usize, all: usize| {
            (at + size / 2)
                .saturating_sub(room / 2)
                .min(all.saturating_sub(room))
        };
        (
            centre(node.x, node.width, width, self.grid.width),
            centre(node.y, node.height, height, self.grid.height),
        )
    }
}

/// Moves the picture; a move from where it follows the token begins there.
pub fn pan(page: &Instance, command: Command) {
    let (x, y) = page.pan.get().unwrap_or(page.seen.get());
    page.pan.set(match command {
        Command::Left => Some((x.saturating_sub(8), y)),
        Command::Right => Some((x.saturating_add(8), y)),
        Command::Up => Some((x, y.saturating_sub(2))),
        Command::Down => Some((x, y.saturating_add(2))),
        Command::PageUp => Some((x, y.saturating_sub(10))),
        Command::PageDown => Some((x, y.saturating_add(10))),
        Command::Bottom => Some((u16::MAX, y)),
        _ => None,
    });
}

/// Draws the process or the tree.
pub fn draw(ui: &mut Ui, area: Rect, page: &Instance, known: &Known, focused: bool) {
    ui.hit(area, Hit::Pane(0));
    let drawing = match &known.drawing {
        Ok(drawing) if !page.tree => drawing,
        Ok(_) => {
            let inner = ui.pane(area, "What runs", focused);
            tree(ui, inner, &known.detail.activities);
            return;
        }
        Err(why) => {
            let inner = ui.pane(area, "What runs (the process cannot be drawn)", focused);
            let used = ui.paragraph(
                Rect {
                    height: inner.height.min(2),
                    ..inner
                },
                why,
                Role::Warning,
            );
            let rest = Rect {
                y: inner.y + used,
                height: inner.height - used,
                ..inner
            };
            tree(ui, rest, &known.detail.activities);
            return;
        }
    };
    let times = if ui.glyphs.ascii { "x" } else { "×" };
    let title = format!(
        "{}: (*) is here now, {times}2 visited twice, ! failed",
        drawing.name
    );
    let inner = ui.pane(area, &title, focused);
    let (width, height) = (usize::from(inner.width), usize::from(inner.height));
    let (wide, tall) = (drawing.grid.width, drawing.grid.height);
    let (left, top) = match page.pan.get() {
        Some((x, y)) => {
            let at = (
                usize::from(x).min(wide.saturating_sub(width)),
                usize::from(y).min(tall.saturating_sub(height)),
            );
            page.pan.set(Some((at.0 as u16, at.1 as u16)));
            at
        }
        None => {
            let at = drawing.follow(width, height);
            page.seen.set((at.0 as u16, at.1 as u16));
            at
        }
    };
    // What fits is centred; what does not says that there is more.
    let dx = (width.saturating_sub(wide) / 2) as u16;
    let dy = (height.saturating_sub(tall) / 2) as u16;
    for y in 0..height.min(tall) {
        for x in 0..width.min(wide) {
            let Some(cell) = drawing.grid.cell(left + x, top + y) else {
                continue;
            };
            let role = match cell.role {
                Ink::Empty => continue,
                Ink::Border => Role::Muted,
                Ink::Highlight => Role::Accent,
                Ink::Label => Role::Text,
                Ink::Flow => Role::Border,
                Ink::Token => Role::Token,
                Ink::Incident => Role::Incident,
                Ink::Muted => Role::Muted,
            };
            if !cell.symbol.is_empty() {
                ui.text(
                    inner.x + dx + x as u16,
                    inner.y + dy + y as u16,
                    2,
                    &cell.symbol,
                    role,
                );
            }
        }
    }
    if wide > width || tall > height {
        let more = format!(
            "{}-{} of {wide} columns, arrows move",
            left + 1,
            (left + width).min(wide)
        );
        ui.corner(area, &more);
    }
}

/// The running activities, indented by what encloses them.
fn tree(ui: &mut Ui, area: Rect, activities: &[ActivityView]) {
    if activities.is_empty() {
        ui.text(
            area.x,
            area.y,
            area.width,
            "Nothing runs any more.",
            Role::Muted,
        );
        return;
    }
    for (i, activity) in activities.iter().take(area.height.into()).enumerate() {
        let mut depth = 0;
        let mut at = activity;
        while let Some(parent) = at
            .parent_activity_instance_id
            .as_ref()
            .and_then(|id| activities.iter().find(|a| a.id == *id))
        {
            depth += 1;
            at = parent;
            if depth > 16 {
                break;
            }
        }
        let y = area.y + i as u16;
        let indent = "  ".repeat(depth);
        let name = activity
            .activity_name
            .as_deref()
            .unwrap_or(&activity.activity_id);
        let since = format!(
            "  {} since {}",
            activity.activity_type,
            ui.clock.stamp(activity.start_time)
        );
        ui.pieces(
            area.x,
            y,
            area.width,
            &[
                (&indent, Role::Text),
                (ui.glyphs.running, Role::Token),
                (" ", Role::Text),
                (&readable(name), Role::Text),
                (&since, Role::Muted),
            ],
        );
    }
}
