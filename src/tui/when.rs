//! When a command is available, and in words why it is not.

use super::form::Form;
use super::screen::entry::Entry;
use super::screen::inbox::title;
use super::screen::incidents::Row;
use super::state::{Page, Scope, State};
use crate::client::operate::Version;

type Why = Result<(), String>;

fn unless(ok: bool, why: &str) -> Why {
    if ok { Ok(()) } else { Err(why.to_owned()) }
}

/// At any time.
pub fn always(_: &State) -> Why {
    Ok(())
}

/// Something is selected.
pub fn row(state: &State) -> Why {
    let some = match state.scope() {
        Scope::Inbox => state.inbox.list.current().is_some(),
        Scope::Jobs => state.jobs.list.current().is_some(),
        Scope::Today => state.today.current().is_some(),
        Scope::Notes => state.notes.list.current().is_some(),
        Scope::Incidents => incident_row(state).is_some(),
        _ => true,
    };
    unless(some, "nothing is selected")
}

/// Something in the timeline or among the variables of an instance.
pub fn detail(state: &State) -> Why {
    let some = state
        .instance()
        .is_some_and(|i| i.pane > 0 && i.slot.data.is_some());
    unless(some, "Tab goes to the timeline and the variables first")
}

/// A decision that can be read.
pub fn decision(state: &State) -> Why {
    let page = match state.pages.last() {
        Some(Page::Decisions(page)) => page.current(),
        _ => None,
    };
    let is = |entry: &Entry| entry.decision().is_some() || entry.knowledge().is_some();
    let read = page.is_some_and(is);
    unless(read, "there is no decision that can be read")
}

/// A decision that was tried with values of one's own.
pub fn tried(state: &State) -> Why {
    let tried = match state.pages.last() {
        Some(Page::Decisions(page)) => page.tried().is_some(),
        _ => false,
    };
    unless(tried, "you have tried no values of your own")
}

/// For team heads.
pub fn head(state: &State) -> Why {
    unless(state.is_head(), "only a team head can")
}

/// A task that could be claimed, or marked ones.
pub fn claim(state: &State) -> Why {
    if !state.inbox.list.marks.is_empty() && state.inbox.pane == 0 {
        return Ok(());
    }
    match state.task() {
        None => Err("no task is selected".to_owned()),
        Some(task) => match task.assignee.as_deref() {
            Some(who) if who == state.me.id => {
                Err(format!("{} is yours already; Enter opens it", title(task)))
            }
            Some(who) => Err(format!("{who} has it; ask {who} to hand it over")),
            None => Ok(()),
        },
    }
}

/// The form is right.
pub fn complete(state: &State) -> Why {
    match &state.inbox.task {
        Some(task) if task.completing => Err("it is being completed".to_owned()),
        Some(task) => task.form.why_not(&state.clock).map_or(Ok(()), Err),
        None => Err("no task is open".to_owned()),
    }
}

/// The reader's own task.
pub fn unclaim(state: &State) -> Why {
    let mine = state
        .task()
        .is_some_and(|t| t.assignee.as_deref() == Some(&state.me.id));
    unless(mine, "it is not yours")
}

/// Another desk saved another version of the form.
pub fn other_draft(state: &State) -> Why {
    let other = state.inbox.task.as_ref().and_then(|t| t.other_version());
    unless(other.is_some(), "there is none")
}

/// The form is about an insertion.
pub fn preview(state: &State) -> Why {
    let insertion = state
        .inbox
        .task
        .as_ref()
        .is_some_and(|t| t.detail.insertion);
    unless(insertion, "this form inserts no rows")
}

/// The preview suggests something that the form can take.
pub fn suggested(state: &State) -> Why {
    let task = state.inbox.task.as_ref();
    let mine = task.filter(|task| task.editable(&state.me.id));
    if mine.is_some_and(|task| task.preview.data.is_some() && !task.known()) {
        return Err("the preview is of what was typed before; the next comes".to_owned());
    }
    unless(
        mine.is_some_and(|task| !task.suggested().is_empty()),
        "the preview suggests nothing",
    )
}

/// The form has fields that are folded away.
pub fn folds(state: &State) -> Why {
    let form = match state.pages.last() {
        Some(Page::Launch(page)) => Some(&page.form),
        _ => state.inbox.task.as_ref().map(|task| &task.form),
    };
    unless(form.is_some_and(Form::has_folds), "no field is folded away")
}

/// An instance that can be looked into.
pub fn instance(state: &State) -> Why {
    unless(state.instance_id().is_some(), "nothing is selected")
}

/// A task that may be given to somebody else.
pub fn reassign(state: &State) -> Why {
    match state.scope() {
        Scope::Inbox | Scope::Reader | Scope::Form => {
            let mine = state
                .task()
                .is_some_and(|t| t.assignee.as_deref() == Some(&state.me.id));
            unless(
                state.task().is_some() && (mine || state.is_head()),
                "only its assignee or a team head can",
            )
        }
        _ => instance_open(state),
    }
}

/// A task whose dates may be moved.
pub fn due(state: &State) -> Why {
    head(state)?;
    match state.scope() {
        Scope::Inbox | Scope::Reader | Scope::Form => {
            unless(state.task().is_some(), "no task is selected")
        }
        _ => instance_open(state),
    }
}

fn instance_open(state: &State) -> Why {
    head(state)?;
    instance(state)?;
    unless(!state.instance_ended(), "it has ended")
}

/// An instance that can be cancelled.
pub fn cancel(state: &State) -> Why {
    if state.scope() == Scope::Jobs && !state.jobs.list.marks.is_empty() {
        return head(state);
    }
    instance_open(state)
}

/// An instance that a head may change by hand.
pub fn running(state: &State) -> Why {
    instance_open(state)
}

/// A variable under the cursor of an instance.
pub fn variable(state: &State) -> Why {
    instance_open(state)?;
    unless(
        super::operate::on_variable(state),
        "Tab goes to the variables first",
    )
}

/// A version of a process is selected.
pub fn version(state: &State) -> Why {
    unless(version_row(state).is_some(), "no version is selected")
}

/// A version on which nothing runs.
pub fn unused(state: &State) -> Why {
    match version_row(state) {
        None => Err("no version is selected".to_owned()),
        Some(version) if version.instances > 0 => Err("instances run on it".to_owned()),
        Some(_) => Ok(()),
    }
}

/// A version on which something runs.
pub fn occupied(state: &State) -> Why {
    match version_row(state) {
        None => Err("no version is selected".to_owned()),
        Some(version) => unless(version.instances > 0, "nothing runs on it"),
    }
}

/// The row of an instance.
pub fn of_instance(state: &State) -> Why {
    let some = incident_row(state).is_some_and(|row| row.instance.is_some() || row.batch.is_some());
    unless(some, "it belongs to no instance")
}

/// Something failed for good: the row, or one of those that are marked.
pub fn failed(state: &State) -> Why {
    let some = chosen(state).iter().any(|row| row.failed());
    unless(some, "it did not fail for good")
}

/// A job: the row, or one of those that are marked.
pub fn job(state: &State) -> Why {
    let some = chosen(state).iter().any(|row| row.job.is_some());
    unless(some, "it is no job")
}

/// A job that waits for its time.
pub fn timed(state: &State) -> Why {
    let timed = |row: &&Row| row.job.is_some() && !row.failed();
    let some = chosen(state).iter().any(timed);
    unless(some, "it waits for no time")
}

fn chosen(state: &State) -> Vec<&Row> {
    match state.pages.last() {
        Some(Page::Incidents(page)) => page.list.chosen(),
        _ => Vec::new(),
    }
}

fn incident_row(state: &State) -> Option<&Row> {
    match state.pages.last() {
        Some(Page::Incidents(page)) => page.list.current(),
        _ => None,
    }
}

fn version_row(state: &State) -> Option<&Version> {
    match state.pages.last() {
        Some(Page::Versions(page)) => page.current(),
        _ => None,
    }
}

/// An instance in which something failed.
pub fn retry(state: &State) -> Why {
    instance_open(state)?;
    unless(state.instance_incidents() > 0, "nothing failed")
}

/// A running insertion.
pub fn insertion(state: &State) -> Why {
    unless(!state.inserting().is_empty(), "no insertion is running")
}

/// A finished insertion that can be taken back.
pub fn undoable(state: &State) -> Why {
    let found = state.instance().and_then(|page| page.detail());
    let Some(insertion) = found.and_then(|detail| detail.insertion.as_ref()) else {
        return Err("nothing was inserted here".to_owned());
    };
    if insertion.undone.is_some() {
        return Err("it was taken back already".to_owned());
    }
    unless(
        insertion.undo_until.is_some(),
        "it was not made undoable, or that time is over",
    )
}

/// A person is selected.
pub fn person(state: &State) -> Why {
    unless(state.people.current().is_some(), "nobody is selected")
}

/// A person is selected, by a head.
pub fn person_head(state: &State) -> Why {
    head(state)?;
    person(state)
}

/// An instance whose launch can be repeated.
pub fn again(state: &State) -> Why {
    head(state)?;
    instance(state)
}

/// A file that would be deployed.
pub fn file(state: &State) -> Why {
    let some = matches!(state.pages.last(), Some(Page::Deploy(page)) if page.has_file());
    unless(some, "no file is selected")
}

/// A connection is selected.
pub fn connection(state: &State) -> Why {
    unless(
        state.connections.current().is_some(),
        "no connection is selected",
    )
}

/// A connection is selected, by a head.
pub fn connection_head(state: &State) -> Why {
    head(state)?;
    connection(state)
}

/// Rows of the form's data frame are refused, or were fixed.
pub fn fix(state: &State) -> Why {
    preview(state)?;
    let task = state.inbox.task.as_ref();
    let some = task.is_some_and(|task| {
        let now = task.preview.data.as_ref().map_or(0, |p| p.refused);
        now > 0 || !task.detail.refusals.is_empty() || task.is_patched()
    });
    unless(some, "no row is refused, as far as is known")
}

/// A row of the grid.
pub fn refused_row(state: &State) -> Why {
    let some = matches!(state.pages.last(), Some(Page::Fix(page)) if page.current().is_some());
    unless(some, "there is no row")
}

/// The form names a connection for which everybody has a login of their own.
pub fn login(state: &State) -> Why {
    let task = state.inbox.task.as_ref();
    let personal = task.is_some_and(|t| t.personal().is_some());
    unless(
        personal,
        "the connection has one login for all, or asks in the form",
    )
}

/// There are unread notifications.
pub fn unread(state: &State) -> Why {
    unless(state.notes.unread() > 0, "all are read")
}

/// There is something to go back from.
pub fn deep(state: &State) -> Why {
    let filtered = match state.scope() {
        Scope::Inbox => !state.inbox.list.filter.is_empty() || !state.inbox.list.marks.is_empty(),
        Scope::Jobs => {
            let list = &state.jobs.list;
            !list.filter.is_empty() || !list.marks.is_empty() || state.jobs.only.is_some()
        }
        Scope::Reader | Scope::Form => true,
        _ => false,
    };
    unless(
        filtered || !state.pages.is_empty(),
        "this is the first screen",
    )
}

/// Something can be taken back.
pub fn undo(state: &State) -> Why {
    unless(!state.undo.is_empty(), "nothing to undo")
}

impl State {
    /// The instance that commands act on.
    pub fn instance_id(&self) -> Option<String> {
        match self.scope() {
            Scope::Instance => self.instance().map(|i| i.id.clone()),
            Scope::Inbox | Scope::Reader | Scope::Form | Scope::Preview | Scope::Fix => {
                self.task().map(|t| t.process_instance_id.clone())
            }
            Scope::Jobs => self.jobs.list.current().map(|i| i.id.clone()),
            Scope::Today => self.today.current().map(|n| n.instance.clone()),
            Scope::Notes => self
                .notes
                .list
                .current()
                .and_then(|n| n.process_instance_id.clone()),
            _ => None,
        }
    }

    fn instance_ended(&self) -> bool {
        match self.scope() {
            Scope::Instance => self
                .instance()
                .and_then(|i| i.detail())
                .is_some_and(|d| d.instance.ended),
            Scope::Jobs => self.jobs.list.current().is_some_and(|i| i.ended),
            _ => false,
        }
    }

    fn instance_incidents(&self) -> u32 {
        match self.scope() {
            Scope::Instance => self
                .instance()
                .and_then(|i| i.detail())
                .map_or(0, |d| d.instance.incidents),
            Scope::Jobs => self.jobs.list.current().map_or(0, |i| i.incidents),
            Scope::Today => u32::from(self.today.current().is_some_and(|n| n.incident)),
            _ => 0,
        }
    }

    /// True when a page lies over the tabs.
    pub fn on_page(&self) -> bool {
        !self.pages.is_empty()
    }

    /// True inside a task of the inbox.
    pub fn in_task(&self) -> bool {
        matches!(self.scope(), Scope::Reader | Scope::Form)
    }

    /// True where nothing is left to close but the program.
    pub fn first_screen(&self) -> bool {
        !self.on_page() && !self.in_task() && self.tab == 0
    }
}
