//! A diagram view as the picture that a terminal or a shell shows.

use super::DiagramView;
use crate::model::layout::{Grid, Options, Overlay, layout};
use crate::model::read_for_drawing;

/// Draws the process of an instance with its tokens, visits and incidents.
///
/// # Errors
/// The file is no BPMN any more, or lacks the process: a sentence that says so.
pub fn draw(view: &DiagramView, options: &Options) -> Result<Grid, String> {
    let file = format!("{}.bpmn", view.process_definition_key);
    let model = read_for_drawing(&file, view.bpmn20_xml.as_bytes()).map_err(|problems| {
        let first = problems
            .first()
            .map(ToString::to_string)
            .unwrap_or_default();
        format!("the process can not be drawn: {first}")
    })?;
    let process = model
        .processes
        .iter()
        .find(|p| p.id == view.process_definition_key)
        .ok_or_else(|| format!("{file} has no process {}", view.process_definition_key))?;
    Ok(layout(&process.named(&view.names), options, &overlay(view)))
}

fn overlay(view: &DiagramView) -> Overlay {
    let mut overlay = Overlay::new();
    for (id, &tokens) in &view.tokens {
        overlay.entry(id.clone()).or_default().tokens = tokens;
    }
    for (id, &visits) in &view.visits {
        overlay.entry(id.clone()).or_default().visits = visits;
    }
    for id in &view.incidents {
        overlay.entry(id.clone()).or_default().incident = true;
    }
    overlay
}
