//! Dialogs that change work: whose it is, when it is due, whether it goes on.

use super::effect::{self, Done, Effect, act};
use super::form::{Field, Input};
use super::keymap::Command;
use super::line::Line;
use super::overlay::Dialog;
use super::screen::{inbox, instance, jobs};
use super::state::{Scope, State};
use super::theme::Role;
use super::words;
use crate::client::{Answer, TaskView};
use chrono::{DateTime, Utc};

/// The tasks that a change of assignee or dates is about, and what they are called together.
pub fn task(state: &mut State, command: Command) -> Vec<Effect> {
    let tasks: Vec<TaskView> = match state.scope() {
        Scope::Inbox => state.inbox.list.chosen().into_iter().cloned().collect(),
        Scope::Reader | Scope::Form => state.task().cloned().into_iter().collect(),
        Scope::Today => state
            .today
            .current()
            .and_then(|n| n.task.clone())
            .into_iter()
            .collect(),
        _ => Vec::new(),
    };
    if tasks.is_empty() {
        // An instance's tasks are known to the desk only.
        let ids: Vec<String> = match state.scope() {
            Scope::Jobs => state
                .jobs
                .list
                .chosen()
                .iter()
                .map(|i| i.id.clone())
                .collect(),
            _ => state.instance_id().into_iter().collect(),
        };
        return vec![effect::ask(
            "its task",
            move |client| ids.iter().map(|id| client.instance(id)).collect(),
            move |state, found: Answer<Vec<_>>| match found {
                Ok(details) => {
                    let tasks: Vec<_> = details.into_iter().flat_map(|d| d.tasks).collect();
                    ask_change(state, command, tasks)
                }
                Err(error) => state.failed(&error),
            },
        )];
    }
    ask_change(state, command, tasks)
}

fn ask_change(state: &mut State, command: Command, tasks: Vec<TaskView>) -> Vec<Effect> {
    let Some(first) = tasks.first() else {
        state.say("There is no open task to change", Role::Info);
        return Vec::new();
    };
    let name = match tasks.as_slice() {
        [one] => inbox::title(one).to_owned(),
        many => words::count(many.len() as u64, "task", "tasks"),
    };
    // Without its instance a task is gone, too.
    let ids = |t: &TaskView| [t.id.clone(), t.process_instance_id.clone()];
    let about: Vec<String> = tasks.iter().flat_map(ids).collect();
    let dialog = match command {
        Command::Reassign => {
            let before = tasks
                .iter()
                .map(|t| (t.id.clone(), t.assignee.clone()))
                .collect();
            reassign(
                before,
                state.is_head().then_some(about),
                &name,
                state.names(),
            )
        }
        Command::Due => {
            let same = tasks.iter().all(|t| t.due == first.due);
            let now = match first.due {
                _ if !same => "They are due at different times now.".to_owned(),
                Some(due) => format!(
                    "Now due {}, {}.",
                    state.clock.stamp(due),
                    state.clock.distance(due)
                ),
                None => "No due date now.".to_owned(),
            };
            let ids = tasks.iter().map(|t| (t.id.clone(), t.due)).collect();
            due(ids, about, &name, &format!("{now} Empty means none."))
        }
        _ => priority(first.id.clone(), about, first.priority, inbox::title(first)),
    };
    state.overlay = Some(dialog.into());
    Vec::new()
}

pub fn cancel(state: &mut State) -> Vec<Effect> {
    let ids: Vec<String> = match state.scope() {
        Scope::Jobs => state
            .jobs
            .list
            .chosen()
            .iter()
            .filter(|i| !i.ended)
            .map(|i| i.id.clone())
            .collect(),
        _ => state.instance_id().into_iter().collect(),
    };
    let name = match (state.scope(), ids.len()) {
        (_, 2..) => words::count(ids.len() as u64, "instance", "instances"),
        (Scope::Jobs, _) => state
            .jobs
            .list
            .current()
            .map_or(String::new(), |i| jobs::title(i).to_owned()),
        (Scope::Today, _) => state
            .today
            .current()
            .map_or(String::new(), |n| n.title.clone()),
        _ => state
            .instance()
            .and_then(|i| i.detail())
            .map_or(String::new(), |d| jobs::title(&d.instance).to_owned()),
    };
    let reason = Field::new("reason", "Reason", Input::Text(Line::default()))
        .required()
        .help("kept, and told to whoever has the task");
    let text = "Open tasks and what was typed into their forms are gone; a running insertion is rolled back. What was inserted before stays. This cannot be undone.";
    let dialog = Dialog::ask(
        &format!("Cancel {name}?"),
        text,
        vec![reason],
        "Cancel the work",
        move |client, filled| {
            let reason = filled.text("reason").unwrap_or_default();
            for id in &ids {
                client.cancel(id, &reason)?;
            }
            let ids = ids.clone();
            Ok(Done::say(format!("Cancelled {name}")).then(move |state| {
                state.jobs.list.marks.clear();
                ids.iter().for_each(|id| state.gone(id));
                Vec::new()
            }))
        },
    );
    state.overlay = Some(dialog.into());
    Vec::new()
}

/// Says something about the task, or about the instance where there is no task.
pub fn comment(state: &mut State) -> Vec<Effect> {
    let in_inbox = matches!(state.scope(), Scope::Inbox | Scope::Reader | Scope::Form);
    let task = state.task().filter(|_| in_inbox).map(|t| t.id.clone());
    let Some(instance) = state.instance_id() else {
        return Vec::new();
    };
    let field = Field::new("text", "Comment", Input::Lines(Box::default()))
        .required()
        .help("Tab goes on, ^O opens your editor");
    let dialog = Dialog::ask(
        "Comment",
        "Everybody who sees the job reads it in the history.",
        vec![field],
        "Say it",
        move |client, form| {
            let text = form.text("text").unwrap_or_default();
            match &task {
                Some(task) => client.comment_task(task, &text)?,
                None => client.comment_instance(&instance, &text)?,
            }
            Ok(Done::say("Said; it stands in the history"))
        },
    );
    state.overlay = Some(dialog.into());
    Vec::new()
}

pub fn retry(state: &mut State) -> Vec<Effect> {
    let Some(id) = state.instance_id() else {
        return Vec::new();
    };
    act("the retry", move |client| {
        let n = client.retry(&id)?;
        Ok(Done::say(match n {
            0 => "Nothing failed that could be tried again".to_owned(),
            n => words::count(
                n.into(),
                "failed step is tried again",
                "failed steps are tried again",
            ),
        }))
    })
}

pub fn stop_insertion(state: &mut State) -> Vec<Effect> {
    let running = state.inserting().into_iter();
    let running: Vec<(String, String)> = running
        .map(|one| (one.instance().to_owned(), one.title().to_owned()))
        .collect();
    let Some((_, first)) = running.first() else {
        return Vec::new();
    };
    let (question, fields) = match running.len() {
        1 => (format!("Stop inserting {first}?"), Vec::new()),
        _ => {
            let titles = running.iter().enumerate();
            let titles = titles.map(|(at, (_, title))| (at.to_string(), title.clone()));
            let choice = Input::Choice(titles.collect(), Some(0));
            let which = Field::new("which", "Which", choice).required();
            ("Stop which insertion?".to_owned(), vec![which])
        }
    };
    let text = "Its rows are rolled back, none of them stays in the table, and the task comes back to whoever sent it.";
    let dialog = Dialog::ask(
        &question,
        text,
        fields,
        "Stop the insertion",
        move |client, filled| {
            let which = filled.text("which").and_then(|at| at.parse().ok());
            let Some((id, title)) = running.get(which.unwrap_or(0)) else {
                return Ok(Done::say("No insertion is running any more".to_owned()));
            };
            client.cancel_insertion(id)?;
            Ok(Done::say(format!("Stopped inserting {title}")))
        },
    );
    state.overlay = Some(dialog.into());
    Vec::new()
}

pub fn take_back(state: &mut State) -> Vec<Effect> {
    let found = state.instance().and_then(|page| page.detail());
    let Some((id, title, insertion)) = found.and_then(|detail| {
        let title = super::screen::jobs::title(&detail.instance).to_owned();
        Some((
            detail.instance.id.clone(),
            title,
            detail.insertion.as_ref()?,
        ))
    }) else {
        return Vec::new();
    };
    let text = format!(
        "{}. If somebody has touched them since, nothing is changed. A job of its own does it; \
         its history says how it ended.",
        insertion.undo_words()
    );
    let dialog = Dialog::ask(
        &format!("Take back the insertion of {title}?"),
        &text,
        Vec::new(),
        "Take it back",
        move |client, _| {
            let job = client.undo_insertion(&id)?;
            let said = format!("Taking back the insertion of {title}; this is the job");
            Ok(Done::say(said).then(|state| instance::open(state, job.id, 1)))
        },
    );
    state.overlay = Some(dialog.into());
    Vec::new()
}

/// A dialog that gives the task to somebody.
fn reassign(
    ids: Vec<(String, Option<String>)>,
    about: Option<Vec<String>>,
    name: &str,
    known: Vec<String>,
) -> Dialog {
    let people: Vec<String> = known.into_iter().filter(|n| !n.starts_with('@')).collect();
    let mut to = Field::new("to", "To", Input::Text(Line::default()))
        .help("Space lists all; empty makes it free to claim");
    to.offers = people;
    let name = name.to_owned();
    Dialog::ask(
        &format!("Reassign {name}"),
        "",
        vec![to],
        "Reassign",
        move |client, form| {
            let to = form.text("to");
            for (id, _) in &ids {
                client.assign(id, to.as_deref())?;
            }
            let who = to.unwrap_or_else(|| "whoever claims it".to_owned());
            let done = Done::say(format!("Gave {name} to {who}"));
            let ids = ids.clone();
            // What an employee gave away is not theirs to take back.
            let Some(about) = about.clone() else {
                return Ok(done);
            };
            Ok(
                done.undo(format!("giving {name} to {who}"), about, move |client| {
                    ids.iter()
                        .try_for_each(|(id, before)| client.assign(id, before.as_deref()).map(drop))
                }),
            )
        },
    )
}

/// A dialog that moves the due date.
fn due(
    ids: Vec<(String, Option<DateTime<Utc>>)>,
    about: Vec<String>,
    name: &str,
    now: &str,
) -> Dialog {
    let when = Field::new("due", "Due", Input::When(Line::default()));
    let name = name.to_owned();
    Dialog::ask(
        &format!("Due date of {name}"),
        now,
        vec![when],
        "Set due date",
        move |client, form| {
            let at = form.when("due");
            for (id, _) in &ids {
                client.set_due(id, at)?;
            }
            let ids = ids.clone();
            Ok(Done::say(if at.is_some() {
                format!("Moved the due date of {name}")
            } else {
                format!("{name} has no due date now")
            })
            .undo(
                format!("the due date of {name}"),
                about.clone(),
                move |client| {
                    ids.iter()
                        .try_for_each(|(id, before)| client.set_due(id, *before).map(drop))
                },
            ))
        },
    )
}

/// A dialog that sets the priority.
fn priority(id: String, about: Vec<String>, before: i32, name: &str) -> Dialog {
    let number = Field::new(
        "priority",
        "Priority",
        Input::Number(Line::new(before.to_string())),
    )
    .required()
    .help("50 is usual; higher comes first");
    let name = name.to_owned();
    Dialog::ask(
        &format!("Priority of {name}"),
        "",
        vec![number],
        "Set priority",
        move |client, form| {
            let wanted = form
                .text("priority")
                .and_then(|t| t.parse().ok())
                .unwrap_or(before);
            client.set_priority(&id, wanted)?;
            let id = id.clone();
            Ok(Done::say(format!("Priority {wanted} for {name}")).undo(
                format!("the priority of {name}"),
                about.clone(),
                move |client| client.set_priority(&id, before).map(drop),
            ))
        },
    )
}
