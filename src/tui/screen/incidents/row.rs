//! What is listed: incidents, jobs, held insertions, batches.

use crate::client::HeldInsertion;
use crate::client::operate::{BatchView, IncidentView, JobView, key_of};
use crate::tui::list::Item;
use crate::tui::screen::batches;
use chrono::{DateTime, Utc};

/// What is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// What failed for good.
    #[default]
    Failed,
    /// What will run by itself.
    Waiting,
    /// Both.
    All,
}

impl Mode {
    pub(super) fn next(self) -> Mode {
        match self {
            Mode::Failed => Mode::Waiting,
            Mode::Waiting => Mode::All,
            Mode::All => Mode::Failed,
        }
    }

    pub(super) fn title(self) -> &'static str {
        match self {
            Mode::Failed => "Incidents",
            Mode::Waiting => "Jobs that wait",
            Mode::All => "Incidents and jobs",
        }
    }
}

/// A job, an incident, or both in one.
#[derive(Debug, Clone)]
pub struct Row {
    pub(super) incident: Option<String>,
    /// The batch, where it is one, and whether it is suspended.
    pub batch: Option<(String, bool)>,
    /// The job, where it is one and no external task.
    pub job: Option<String>,
    /// The instance; a timer that starts instances has none.
    pub instance: Option<String>,
    pub(super) title: String,
    pub(super) key: String,
    pub(super) activity: String,
    pub(super) kind: String,
    /// Why it failed, the last time.
    pub cause: Option<String>,
    pub(super) retries: Option<i32>,
    pub(super) priority: Option<i64>,
    pub(super) suspended: bool,
    pub(super) due: Option<DateTime<Utc>>,
    pub(super) since: Option<DateTime<Utc>>,
}

impl Item for Row {
    fn key(&self) -> String {
        let batch = self.batch.as_ref().map(|(id, _)| id);
        let ids = [self.job.as_ref(), self.incident.as_ref(), batch];
        let id = ids.into_iter().flatten().chain(&self.instance).next();
        id.cloned().unwrap_or_default()
    }

    fn process(&self) -> Option<&str> {
        self.batch.is_none().then_some(self.key.as_str())
    }
}

impl Row {
    /// True when a new try must be given by a person.
    pub fn failed(&self) -> bool {
        self.incident.is_some()
    }

    pub(super) fn of(job: JobView) -> Row {
        let key = key_of(&job.process_definition_id).to_owned();
        Row {
            incident: None,
            batch: None,
            title: job.title.unwrap_or_else(|| key.clone()),
            key,
            instance: job.process_instance_id,
            activity: job.activity_id,
            kind: job.kind,
            cause: job.exception_message,
            retries: Some(job.retries),
            priority: Some(job.priority),
            suspended: job.suspended,
            due: Some(job.retry_date.unwrap_or(job.due_date)),
            since: None,
            job: Some(job.id),
        }
    }

    pub(super) fn failure(incident: IncidentView) -> Row {
        let key = incident.key().to_owned();
        let kind = match incident.incident_type.as_str() {
            "failedExternalTask" => "external task",
            other => other,
        };
        Row {
            title: incident.title.unwrap_or_else(|| key.clone()),
            key,
            batch: None,
            job: None,
            instance: Some(incident.process_instance_id),
            activity: incident.activity_id,
            kind: kind.to_owned(),
            cause: incident.incident_message,
            retries: Some(0),
            priority: None,
            suspended: false,
            due: None,
            since: Some(incident.incident_timestamp),
            incident: Some(incident.id),
        }
    }

    /// An insertion that is tried again by itself.
    pub(super) fn held(held: HeldInsertion) -> Row {
        Row {
            incident: None,
            batch: None,
            job: None,
            instance: Some(held.process_instance_id),
            title: held.title,
            key: held.process_definition_key,
            activity: held.activity_id,
            kind: "external task".to_owned(),
            cause: Some(held.message),
            retries: Some(held.retries),
            priority: None,
            suspended: false,
            due: held.next,
            since: None,
        }
    }

    pub(super) fn batch(batch: BatchView) -> Row {
        Row {
            incident: None,
            job: None,
            instance: None,
            title: batch.kind.clone(),
            key: batch.user_id.clone().unwrap_or_default(),
            activity: String::new(),
            kind: "batch".to_owned(),
            cause: Some(batches::progress(&batch)),
            retries: None,
            priority: None,
            suspended: batch.suspended,
            due: None,
            since: Some(batch.created),
            batch: Some((batch.id, batch.suspended)),
        }
    }

    pub(super) fn has(&self, words: &str) -> bool {
        let fields = [
            self.title.as_str(),
            &self.key,
            &self.activity,
            &self.kind,
            self.cause.as_deref().unwrap_or_default(),
        ];
        let text = fields.join("\n").to_lowercase();
        words.split_whitespace().all(|word| text.contains(word))
    }
}
