//! A launch on its way: one instance or one for each of several people.

use super::page;
use crate::client::{Client, DeskError, InstanceView, StartRequest};
use crate::tui::effect::{self, Done, Effect};
use crate::tui::overlay::Dialog;
use crate::tui::screen::jobs;
use crate::tui::state::State;
use crate::tui::theme::Role;
use crate::tui::words;

pub(super) fn send(requests: Vec<StartRequest>) -> Vec<Effect> {
    let asked = requests.clone();
    vec![effect::ask(
        "the launch",
        move |client| Ok(start_all(client, &asked)),
        move |state, answer| {
            let answer = answer.unwrap_or_else(|error| (Vec::new(), Some(error)));
            launched(state, requests, answer)
        },
    )]
}

/// Starts one after the other until one can not be: what was started, and why that one was not.
/// The business key of one launch may stand for several people.
fn start_all(
    client: &dyn Client,
    requests: &[StartRequest],
) -> (Vec<InstanceView>, Option<DeskError>) {
    let mut started = Vec::new();
    for request in requests {
        let allow = request.allow_same_business_key || !started.is_empty();
        let one = client.start(StartRequest {
            allow_same_business_key: allow,
            ..request.clone()
        });
        match one {
            Ok(one) => started.push(one),
            Err(error) => return (started, Some(error)),
        }
    }
    (started, None)
}

/// Some were launched and the next was not: those are done, the form is about the others.
fn launched_in_part(state: &mut State, done: usize, left: &[StartRequest]) {
    let names = left
        .iter()
        .filter_map(|request| request.assignee.as_deref());
    let names: Vec<_> = names.collect();
    let what = words::count(done as u64, "instance", "instances");
    let text = format!("Launched {what}; not launched: {}", names.join(", "));
    if let Some(launch) = page(state) {
        let people = [("@for".to_owned(), names.join(", "))];
        launch.form.fill(&people.into_iter().collect());
    }
    state.say(text, Role::Warning);
}

fn launched(
    state: &mut State,
    mut requests: Vec<StartRequest>,
    (started, error): (Vec<InstanceView>, Option<DeskError>),
) -> Vec<Effect> {
    if let Some(launch) = page(state) {
        launch.launching = false;
    }
    if error.is_some() && !started.is_empty() {
        requests.drain(..started.len().min(requests.len()));
        launched_in_part(state, started.len(), &requests);
    }
    match error {
        None => {
            if let Some(request) = requests.first() {
                state.launches.shift_remove(&request.key);
            }
            if page(state).is_some() {
                state.pages.pop();
            }
            let what = match started.as_slice() {
                [one] => jobs::title(one).to_owned(),
                many => words::count(many.len() as u64, "instance", "instances"),
            };
            if let Some(first) = started.first() {
                state.jobs.list.selected_key = Some(first.id.clone());
            }
            let doubt = started.iter().flat_map(|one| &one.warnings).next();
            let doubt = doubt.map_or_else(String::new, |text| format!("; mind: {text}"));
            state.done(Done::say(format!("Launched {what}{doubt}")))
        }
        Some(DeskError::SameBusinessKey { key, instance }) => {
            let text = format!(
                "The instance {instance} has the business key {key} and is still active. Launch another one only if this is another job."
            );
            let dialog = Dialog::confirm(
                "Launch it twice?",
                &text,
                "Launch all the same",
                move |_| {
                    for request in &mut requests {
                        request.allow_same_business_key = true;
                    }
                    send(requests)
                },
            );
            state.overlay = Some(dialog.into());
            Vec::new()
        }
        Some(DeskError::Fields(fields)) => {
            let mut others = Vec::new();
            if let Some(launch) = page(state) {
                others = launch.form.refuse(&fields);
                launch.form.typing = true;
            }
            if !others.is_empty() {
                state.say(others.join("; "), Role::Danger);
            }
            Vec::new()
        }
        Some(error) => state.failed(&error),
    }
}
