//! Instances of a version move to another one: what can move is said before anything does.

use crate::client::operate::{Migrated, MigrationRequest, Version};
use crate::tui::effect::{Done, Effect};
use crate::tui::form::{Field, Input};
use crate::tui::line::Line;
use crate::tui::overlay::Dialog;
use crate::tui::state::State;
use crate::tui::words;

/// Instances that stay are named up to here.
const NAMED: usize = 6;

/// Asks to which version the instances of this one are to move.
pub fn ask(version: &Version) -> Dialog {
    let definition = &version.definition;
    let name = format!("{} v{}", definition.key, definition.version);
    let (from, title) = (definition.id.clone(), format!("Move what runs on {name}?"));
    let running = words::count(version.instances, "running instance", "running instances");
    let text = format!(
        "It has {running}. Each goes on in the other version where it stands, with its variables and tasks. First you are told which can and which cannot."
    );
    let field = Field::new("version", "To version", Input::Number(Line::default()))
        .help("without a number the newest");
    let shown = title.clone();
    Dialog::ask(&shown, &text, vec![field], "Look", move |client, filled| {
        let number = filled.text("version");
        let request = MigrationRequest {
            from: Some(from.clone()),
            version: number.and_then(|number| number.parse().ok()),
            dry_run: true,
            ..MigrationRequest::default()
        };
        let told = client.operator()?.migrate(&request)?;
        let title = title.clone();
        Ok(Done::default().then(move |state| found(state, &title, &request, &told)))
    })
}

/// Says what can move, and moves it.
fn found(
    state: &mut State,
    title: &str,
    request: &MigrationRequest,
    told: &[Migrated],
) -> Vec<Effect> {
    let can = told.iter().filter(|one| one.problem.is_none()).count();
    let stay = stay(told);
    let Some(first) = told.first() else {
        let text = "No instance runs on it any more.";
        state.overlay =
            Some(Dialog::ask(title, text, Vec::new(), "Close", |_, _| Ok(Done::default())).into());
        return Vec::new();
    };
    let text = match can {
        0 => format!("None can move to v{}.{stay}", first.to),
        _ => format!(
            "{} can move to v{}.{stay}",
            words::count(can as u64, "instance", "instances"),
            first.to
        ),
    };
    let request = MigrationRequest {
        dry_run: false,
        ..request.clone()
    };
    let dialog = match can {
        0 => Dialog::ask(
            title,
            &text,
            Vec::new(),
            "Close",
            |_, _| Ok(Done::default()),
        ),
        _ => Dialog::ask(title, &text, Vec::new(), "Move", move |client, _| {
            let told = client.operator()?.migrate(&request)?;
            let moved = told.iter().filter(|one| one.problem.is_none()).count();
            let moved = words::count(moved as u64, "instance", "instances");
            Ok(Done::say(match told.len() {
                all if told.iter().all(|one| one.problem.is_none()) && all > 0 => {
                    format!("Moved {moved} to v{}", told[0].to)
                }
                all => format!("Moved {moved} of {all}"),
            }))
        }),
    };
    state.overlay = Some(dialog.into());
    Vec::new()
}

/// What stays, and why: the innermost reason of each.
fn stay(told: &[Migrated]) -> String {
    let staying: Vec<(&Migrated, &str)> = told
        .iter()
        .filter_map(|one| Some((one, one.problem.as_deref()?)))
        .collect();
    if staying.is_empty() {
        return String::new();
    }
    let mut text = format!(
        " {} where they are:",
        words::count(staying.len() as u64, "stays", "stay")
    );
    for (one, problem) in staying.iter().take(NAMED) {
        let name = one.title.as_deref().unwrap_or(&one.id);
        let reason = problem.lines().last().unwrap_or_default().trim();
        text += &format!("\n- {name}: {reason}");
    }
    if staying.len() > NAMED {
        text += &format!("\nand {} more", staying.len() - NAMED);
    }
    text
}
