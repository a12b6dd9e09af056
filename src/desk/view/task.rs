//! User tasks, their forms and drafts.

use super::{Refusal, Variables, date};
use crate::model::Form;
use chrono::{DateTime, Utc};
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

/// A user task in a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TaskView {
    /// Its id.
    pub id: String,
    /// Name of the user task.
    pub name: String,
    /// The variable `title` of the instance: what the job is called.
    pub title: Option<String>,
    /// Description.
    pub description: Option<String>,
    /// Whose it is.
    pub assignee: Option<String>,
    /// Owner.
    pub owner: Option<String>,
    /// When it was created.
    #[serde(with = "date")]
    pub created: DateTime<Utc>,
    /// When it must be done.
    #[serde(with = "date::optional")]
    pub due: Option<DateTime<Utc>>,
    /// The due date it first had.
    #[serde(with = "date::optional")]
    pub first_due: Option<DateTime<Utc>>,
    /// Follow-up date.
    #[serde(with = "date::optional")]
    pub follow_up: Option<DateTime<Utc>>,
    /// Priority.
    pub priority: i32,
    /// The execution.
    pub execution_id: String,
    /// The instance.
    pub process_instance_id: String,
    /// The process definition.
    pub process_definition_id: String,
    /// Its key.
    pub process_definition_key: String,
    /// Its name.
    pub process_definition_name: Option<String>,
    /// BPMN id of the user task.
    pub task_definition_key: String,
    /// Business key of the instance.
    pub business_key: Option<String>,
    /// Users who may claim it.
    pub candidate_users: Vec<String>,
    /// Groups whose members may claim it.
    pub candidate_groups: Vec<String>,
    /// Who launched the instance.
    pub start_user_id: Option<String>,
    /// 2 when it came back once.
    pub round: u32,
    /// True when it came back.
    pub came_back: bool,
    /// True while its instance is suspended.
    pub suspended: bool,
}

impl TaskView {
    /// What people call its process.
    pub fn process(&self) -> &str {
        let name = self.process_definition_name.as_deref();
        name.unwrap_or(&self.process_definition_key)
    }
}

/// A user task in full, with its form.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TaskDetail {
    /// As in the list.
    #[serde(flatten)]
    pub task: TaskView,
    /// The form; empty when the model has none.
    pub form: Form,
    /// Text of each form field: the draft where there is one, else the variable, else the default.
    pub values: IndexMap<String, String>,
    /// When the draft was saved.
    #[serde(with = "date::optional")]
    pub draft_saved: Option<DateTime<Utc>>,
    /// What another desk of the same person had saved when the draft was saved over it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub draft_elsewhere: Option<DraftElsewhere>,
    /// Process variables visible from the task.
    pub variables: Variables,
    /// Why it came back.
    pub reason: Option<String>,
    /// The rows that were refused, the first of them.
    pub refusals: Vec<Refusal>,
    /// How many were refused in all.
    pub refused: u64,
    /// True when the form describes an insertion, so that a preview can be asked for.
    pub insertion: bool,
}

/// A draft that another desk of the same person saved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DraftElsewhere {
    /// When.
    #[serde(with = "date")]
    pub saved: DateTime<Utc>,
    /// Text of its fields.
    pub values: IndexMap<String, String>,
}

/// The answer to saving a draft.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DraftSaved {
    /// What the next draft is typed over.
    #[serde(with = "date")]
    pub saved: DateTime<Utc>,
    /// What another desk saved meanwhile; it is kept beside this one. After a swap, what was
    /// typed here.
    pub elsewhere: Option<DraftElsewhere>,
    /// After a swap: text of the fields of the version that is the draft now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken: Option<IndexMap<String, String>>,
}

/// Which tasks are meant.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TaskQuery {
    /// Assigned to the caller.
    pub mine: bool,
    /// The caller could claim it.
    pub claimable: bool,
    /// Past its due date.
    pub overdue: bool,
    /// Due before then.
    #[serde(with = "date::optional")]
    pub due_before: Option<DateTime<Utc>>,
    /// Came back.
    pub came_back: bool,
    /// Process definition key.
    pub key: Option<String>,
    /// This person's.
    pub assignee: Option<String>,
    /// Text in name, title or business key, any case.
    pub text: Option<String>,
    /// Of this instance.
    pub process_instance_id: Option<String>,
    /// Skip this many.
    pub offset: usize,
    /// At most this many; 0 means the default of 200.
    pub limit: usize,
}
