//! Completing a task.

use super::*;

/// Completes the task, after asking when the preview has refused rows or failed.
pub fn complete(state: &mut State) -> Vec<Effect> {
    let clock = state.clock;
    let Some(task) = &mut state.inbox.task else {
        return Vec::new();
    };
    if task.completing {
        return Vec::new();
    }
    task.hurries = false;
    if !task.form.check(&clock) {
        task.form.typing = true;
        let wrong = task
            .form
            .fields
            .iter()
            .filter(|f| f.error.is_some())
            .count() as u64;
        state.say(
            format!(
                "{} to correct before it can be completed",
                words::count(wrong, "field", "fields")
            ),
            Role::Warning,
        );
        return Vec::new();
    }
    if let Some(found) = task
        .personal()
        .filter(|c| c.login_of(&state.me.id).is_none())
    {
        let found = found.clone();
        log_in(state, &found, complete);
        return Vec::new();
    }
    // What is asked before completing is known from the preview: whoever types fast waits for it.
    if task.detail.insertion && !task.known() && task.names_rows() {
        task.hurries = true;
        state.say("Looking at the rows first", Role::Info);
        return ask_preview(state);
    }
    if let Some(text) = task.doubt(&clock) {
        state.overlay = Some(
            Dialog::confirm("Complete all the same?", &text, "Complete", |state| {
                send(state)
            })
            .into(),
        );
        return Vec::new();
    }
    send(state)
}

/// Asks for one's own login, and goes on when the server has taken it.
pub(super) fn log_in(state: &mut State, to: &Connection, then: fn(&mut State) -> Vec<Effect>) {
    let dialog = connections::log_in(to, move |state, found| {
        if let Some(task) = &mut state.inbox.task {
            // The preview may now see what it could not.
            task.acquit();
            task.previewed.clear();
            let mut all = task.connections.iter_mut();
            if let Some(known) = all.find(|c| c.name == found.name) {
                *known = found;
            }
        }
        then(state)
    });
    state.overlay = Some(dialog.into());
}

fn send(state: &mut State) -> Vec<Effect> {
    let Some(task) = &mut state.inbox.task else {
        return Vec::new();
    };
    task.completing = true;
    task.form.typing = false;
    let (id, values, name) = (
        task.detail.task.id.clone(),
        task.values(),
        title(&task.detail.task).to_owned(),
    );
    let asked = id.clone();
    vec![effect::ask(
        COMPLETING,
        move |client| match values.get(VARIABLES) {
            Some(text) => match vars::of_lines(text) {
                Ok(said) => client.complete(&asked, said),
                Err(wrong) => Err(DeskError::Invalid(wrong.to_string())),
            },
            None => client.complete_form(&asked, &values),
        },
        move |state, answer| completed(state, &id, &name, answer),
    )]
}

fn completed(
    state: &mut State,
    id: &str,
    name: &str,
    answer: Result<(), DeskError>,
) -> Vec<Effect> {
    let here = state
        .inbox
        .task
        .as_mut()
        .filter(|t| t.detail.task.id == *id);
    match answer {
        Ok(()) => {
            if here.is_some() {
                state.inbox.task = None;
                state.inbox.pane = 0;
                state.inbox.detail.error = None;
                // What is most urgent now comes next.
                state.inbox.list.select(0);
                state.inbox.list.selected_key = None;
            }
            state.gone(id);
            state.say(format!("Completed {name}"), Role::Success);
        }
        Err(error) => {
            let mut text = error.to_string();
            if let Some(task) = here {
                task.completing = false;
                // What is in the form must outlast whatever went wrong.
                task.dirty.get_or_insert(state.clock.now);
                if let DeskError::Fields(fields) = &error {
                    let others = task.form.refuse(fields);
                    task.fold();
                    task.form.typing = true;
                    text = match others.is_empty() {
                        true => format!(
                            "{} to correct",
                            words::count(fields.len() as u64, "field", "fields")
                        ),
                        false => task.form.in_words(fields),
                    };
                }
            }
            state.say(text, Role::Danger);
        }
    }
    state.refresh()
}
