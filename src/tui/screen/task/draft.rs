//! Drafts: saved while one types, and what another desk has saved meanwhile.

use super::*;

/// Time passes: drafts are saved, previews asked for.
pub fn tick(state: &mut State) -> Vec<Effect> {
    let now = state.clock.now;
    let clock = state.clock;
    let Some(task) = &state.inbox.task else {
        return Vec::new();
    };
    if !task.editable(&state.me.id) || task.completing {
        return Vec::new();
    }
    let mut effects = Vec::new();
    let rested = |since: Option<DateTime<Utc>>, rest| since.is_some_and(|at| now - at >= rest);
    let look = state.inbox.pane == 1
        && task.detail.insertion
        && !task.preview.waiting
        && !task.about_to_be()
        && task.can_look()
        && task.changed.is_none_or(|at| now - at >= PREVIEW_REST)
        && task.form.why_not(&clock).is_none();
    // One after the other: the next is about what the last one left.
    if !task.saving && rested(task.dirty, DRAFT_REST) {
        effects.extend(save_now(state));
    }
    if look {
        effects.extend(ask_preview(state));
    }
    effects
}

/// Saves the draft if something is not saved yet and the task is not about to be gone.
pub fn save_now(state: &mut State) -> Vec<Effect> {
    match &state.inbox.task {
        Some(task) if !task.completing => save_at_last(state),
        _ => Vec::new(),
    }
}

/// Saves the draft also of a task that is being completed: nobody will see how that went.
pub fn save_at_last(state: &mut State) -> Vec<Effect> {
    let Some(task) = state.inbox.task.as_mut().filter(|t| t.dirty.is_some()) else {
        return Vec::new();
    };
    if task.detail.task.assignee.as_deref() != Some(&state.me.id) {
        return Vec::new();
    }
    vec![keep(task, false)]
}

/// Saves what is typed; or takes the other version, and keeps what is typed in its place.
pub(super) fn keep(task: &mut Task, swap: bool) -> Effect {
    (task.dirty, task.saving) = (None, true);
    let (id, draft) = (
        task.detail.task.id.clone(),
        task.with_patch(task.form.draft()),
    );
    let base = task.base;
    let saved = id.clone();
    effect::ask(
        SAVING,
        move |client| match swap {
            true => client.swap_draft(&saved, &draft, base),
            false => client.save_draft(&saved, &draft, base),
        },
        move |state, answer| {
            kept(state, &id, answer);
            Vec::new()
        },
    )
}

fn kept(state: &mut State, id: &str, answer: Result<DraftSaved, DeskError>) {
    let (now, clock) = (state.clock.now, state.clock);
    let mut here = state.inbox.task.as_mut().filter(|t| t.detail.task.id == id);
    if let Some(task) = &mut here {
        task.saving = false;
    }
    match (answer, here) {
        (Err(error), here) => {
            if let Some(task) = here {
                task.dirty.get_or_insert(now + Duration::seconds(5));
            }
            state.say(format!("The draft is not saved: {error}"), Role::Danger);
        }
        // Typed on meanwhile: that is what stays, and the next draft tells of the other version.
        (Ok(draft), Some(task)) if draft.taken.is_some() && task.dirty.is_some() => {}
        (Ok(draft), here) => {
            let mut from = None;
            if let Some(task) = here {
                task.saved = Some(now);
                task.base = Some(draft.saved);
                if let Some(texts) = &draft.taken {
                    task.form.fill(texts);
                    task.patch = texts.get(PATCH).cloned().or(task.patch.take());
                    task.patched = reading(&task.form);
                    task.changed = Some(now);
                    task.fold();
                    task.conceal(&clock);
                    from = task.detail.draft_elsewhere.take().map(|other| other.saved);
                }
                if draft.elsewhere.is_some() {
                    task.detail.draft_elsewhere.clone_from(&draft.elsewhere);
                }
            }
            match (draft.taken, draft.elsewhere) {
                (Some(_), _) => {
                    let of = from.map_or(String::new(), |at| format!(" of {}", clock.stamp(at)));
                    let text = format!("This is the version{of}; the one before is kept");
                    state.say(text, Role::Info);
                }
                (None, Some(other)) => {
                    let at = clock.stamp(other.saved);
                    let text =
                        format!("This form was changed elsewhere at {at}; both versions are kept");
                    state.say(text, Role::Warning);
                }
                (None, None) => {}
            }
        }
    }
}

/// What saving a draft is called; leaving waits for it.
pub const SAVING: &str = "the draft";
/// What is awaited while a task is being completed.
pub const COMPLETING: &str = "the completion";

/// Takes what stands over the data frame now, and has it checked at once.
pub fn patch(state: &mut State, id: &str, hash: String) -> Vec<Effect> {
    let now = state.clock.now;
    let task = state.inbox.task.as_mut();
    if let Some(task) = task.filter(|task| task.detail.task.id == id) {
        task.patch = Some(hash);
        task.patched = reading(&task.form);
        task.typed(now);
        task.changed = Some(now - PREVIEW_REST);
    }
    save_now(state)
}
