//! The use cases: deploy, start, claim, complete, retry, … Each one checks who may,
//! loads, applies, stores and tells subscribers.
//!
//! Floor 6. Knows no terminal and no HTTP.
//!
//! | file | use cases |
//! |---|---|
//! | `deploy`, `shipped` | deploy models, definitions and start forms |
//! | `decision`, `requirements` | decisions as people look at them, and their files |
//! | `start`, `launch` | start an instance |
//! | `task`, `complete`, `prepare`, `form` | the inbox: claim, assign, drafts, preview, complete |
//! | `tasklist`, `filter` | tasks by their whole ids, attachments, stored filters, for the network |
//! | `external`, `fetch`, `work` | external tasks, jobs and signs of life, for workers |
//! | `listing`, `variables` | lists and variables, for the network |
//! | `event` | messages, signals, what starts by itself |
//! | `instance`, `activity`, `history`, `tell` | watch, cancel, retry |
//! | `operate`, `suspend`, `job` | versions, suspension, jobs, incidents, modification |
//! | `batch` | one thing done to many, by a worker |
//! | `restart` | ended instances begin anew |
//! | `migrate` | running instances move to another version |
//! | `announce`, `notice`, `notification`, `remind` | notifications and reminders |
//! | `people`, `permission`, `password` | users, groups, roles |
//! | `connection`, `limits`, `credentials`, `secret` | targets, who may use them, with whose password |
//! | `fix` | refused rows fixed one by one |
//! | `asked` | what a model asks about its insertions |
//! | `direct`, `landed` | an insertion without a process; what is in which table already |
//! | `settings` | how the desk is run: what evaluations may take, what is deployed |
//! | `status` | the status bar, work per person |
//! | `cleanup` | the history of what ended goes when its time to live is over |
//! | `sweep` | captured frames and notifications that nothing needs any more |

mod act;
pub mod activity;
mod announce;
pub mod asked;
pub mod batch;
mod camunda_form;
mod catalog;
pub mod cleanup;
pub mod clock;
pub mod comment;
mod complete;
mod connection;
mod content;
mod credentials;
mod decision;
pub mod deploy;
pub mod direct;
pub mod error;
pub mod event;
pub mod external;
pub mod filter;
mod fix;
pub mod form;
mod history;
pub(crate) mod imports;
pub mod incident;
mod insert_request;
pub mod insertion;
mod inside;
mod instance;
pub mod job;
pub(crate) mod landed;
pub mod launch;
mod leaving;
pub mod limits;
pub mod listing;
mod looked;
pub mod migrate;
pub mod notice;
mod notification;
pub mod once;
pub mod operate;
pub mod password;
pub mod paths;
pub mod people;
pub mod permission;
mod prepare;
mod preview;
mod previews;
mod remind;
pub mod reminder;
pub mod report;
pub mod reports;
mod requirements;
pub mod restart;
pub mod secret;
mod settings;
pub mod shipped;
mod source;
mod start;
mod status;
pub mod suspend;
pub mod sweep;
mod task;
pub mod tasklist;
pub mod team;
pub mod tell;
pub(crate) mod undo;
pub mod variables;
pub mod vars;
mod versions;
pub mod view;
mod watch;
pub mod work;

pub use crate::engine::Instruction;
pub use crate::store::{Listener, Lived, Topics, sqlite_version as database_version};
pub use clock::{Clock, Ids, ManualClock, SystemClock, Uuids};
pub use error::{DeskError, FieldError};
pub use people::{Caller, Remote};
pub use settings::{Settings, of as settings_of};

use act::Act;
use catalog::Catalog;
use chrono::{DateTime, Utc};
use once::once;
use paths::Paths;
use secret::{Key, KeySource, Vault};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::HashSet;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};
use watch::Watch;

use crate::feel::Allowance;
use crate::insert::{Forbidden, FrameStore};
use crate::store::{Options, Snapshot, Store, StoreError};

/// The property that marks with which key the secrets of a desk are encrypted.
const KEY_MARK: &str = "key";

/// Copies of frames that were begun longer ago than this and not finished never will be.
const HOUR: Duration = Duration::from_secs(3600);

/// What a desk is opened with.
pub struct DeskOptions {
    /// Where time comes from.
    pub clock: Arc<dyn Clock>,
    /// Where ids come from.
    pub ids: Arc<dyn Ids>,
    /// Where the key of the secrets comes from.
    pub key: KeySource,
    /// How the database is opened.
    pub store: Options,
    /// Deploy the models that ship with crewdesk.
    pub shipped: bool,
}

impl Default for DeskOptions {
    fn default() -> Self {
        DeskOptions {
            clock: Arc::new(SystemClock),
            ids: Arc::new(Uuids),
            key: KeySource::default(),
            store: Options::default(),
            shipped: true,
        }
    }
}

/// A team's desk in this process. Share it by `Arc`; every use case takes the caller.
pub struct Desk {
    store: Store,
    watch: Watch,
    paths: Paths,
    told: Mutex<Told>,
    /// Insertions without a process that run now, by the marks of their requests.
    inserting: Mutex<HashSet<String>>,
    core: Arc<Core>,
}

/// What this process has told already, so that it need not ask the database each time.
#[derive(Default)]
struct Told {
    /// When it last looked.
    looked: Option<DateTime<Utc>>,
    /// Tasks that are due soon, with their due dates.
    soon: HashSet<(String, DateTime<Utc>)>,
    /// Since when no worker is alive though work waits.
    lonely: Option<DateTime<Utc>>,
    /// When it last looked whether frames are to be swept.
    swept: Option<DateTime<Utc>>,
    /// When it last looked whether histories are to go.
    cleaned: Option<DateTime<Utc>>,
}

/// The rows that a team was made of, by which one knows whether they are the same still.
type KnownTeam = (Arc<[crate::store::User]>, Arc<team::Team>);

/// What a command needs inside its transaction.
struct Core {
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    vault: Vault,
    catalog: Catalog,
    frames: FrameStore,
    settings: Settings,
    /// Everybody, as the last command that asked saw them.
    team: Mutex<Option<KnownTeam>>,
    /// What was captured to be fixed.
    looked: looked::Memory,
    previews: previews::Previews,
}

impl std::fmt::Debug for Desk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Desk({})", self.paths.database.display())
    }
}

impl Desk {
    /// Opens the desk of this database; a new one is made with the models that ship.
    pub fn open(path: &Path, options: DeskOptions) -> Result<Arc<Desk>, DeskError> {
        let store = Store::open(path, options.store)?;
        let paths = Paths::of(store.path());
        // A desk that has secrets already needs the key they have: a new one would not help.
        let known = store.read(|read| read.property(KEY_MARK))?;
        let vault = Vault::new(&Key::find(&options.key, &paths.key, known.is_none())?);
        let settings = settings::read(&paths.settings)?;
        let frames = FrameStore::new(&paths.frames)?.without(paths.databases());
        let desk = Desk {
            watch: Watch::new(&store),
            store,
            paths,
            told: Mutex::default(),
            inserting: Mutex::default(),
            core: Arc::new(Core {
                clock: options.clock,
                ids: options.ids,
                vault,
                catalog: Catalog::default(),
                frames,
                settings,
                team: Mutex::default(),
                looked: looked::Memory::default(),
                previews: previews::Previews::default(),
            }),
        };
        desk.check_key()?;
        desk.core.frames.sweep(SystemTime::now(), HOUR)?;
        desk.define_missing_jobs()?;
        desk.define_missing_requirements()?;
        if options.shipped {
            desk.deploy_shipped()?;
        }
        Ok(Arc::new(desk))
    }

    /// The desk's files.
    pub fn paths(&self) -> &Paths {
        &self.paths
    }

    /// What evaluations may take.
    pub fn allowance(&self) -> Allowance {
        self.core.settings.expressions
    }

    /// Where captured frames are kept.
    pub fn frames(&self) -> &FrameStore {
        &self.core.frames
    }

    /// The desk's clock.
    pub fn clock(&self) -> &dyn Clock {
        self.core.clock.as_ref()
    }

    /// What must never be the target of an insertion: this desk's database, and any other's.
    pub fn forbidden_targets(&self) -> Forbidden {
        Forbidden {
            files: self.paths.databases(),
            application_id: Some(crate::store::APPLICATION_ID),
        }
    }

    /// Waits until something changed since `seen` (0 at first) or the time is over; the new mark.
    pub fn wait_for_change(&self, seen: u64, at_most: Duration) -> u64 {
        self.watch.wait(&self.store, seen, at_most)
    }

    /// Calls back after each commit with what changed, until the listener is dropped. It must
    /// not wait and should only wake somebody.
    pub fn listen(&self, callback: impl Fn(Topics) + Send + Sync + 'static) -> Listener {
        self.store.listen(callback)
    }

    /// A desk knows by a mark with which key its secrets are encrypted, and refuses another.
    fn check_key(&self) -> Result<(), DeskError> {
        let mark = self.core.vault.fingerprint().to_owned();
        let known = self.store.read(|read| read.property(KEY_MARK))?;
        let known = match known {
            Some(known) => known,
            None => self.store.write(move |tx| {
                if tx.read().property(KEY_MARK)?.is_none() {
                    tx.put_property(KEY_MARK, &mark)?;
                }
                Ok::<_, DeskError>(tx.read().property(KEY_MARK)?.unwrap_or(mark.clone()))
            })?,
        };
        match known == self.core.vault.fingerprint() {
            true => Ok(()),
            false => Err(DeskError::Storage(format!(
                "the secrets of this desk are encrypted with another key; restore {} or set {} to the key it was set up with",
                self.paths.key.display(),
                secret::KEY_VARIABLE
            ))),
        }
    }

    /// Runs a command of a caller in the write transaction and waits until it is on disk.
    /// One whose request was done before is not done again and answers the same.
    fn act<T: Serialize + DeserializeOwned + Send + 'static>(
        &self,
        caller: &Caller,
        mut work: impl FnMut(&mut Act<'_, '_>) -> Result<T, DeskError> + Send + 'static,
    ) -> Result<T, DeskError> {
        let core = self.core.clone();
        let caller = caller.clone();
        let step = caller.once().map_or(0, |(_, once)| once.step());
        self.store.write(move |tx| {
            let team = core.team(tx)?;
            let user = caller.among(&team)?;
            once(tx, &core, &caller, step, |tx| {
                work(&mut Act::new(tx, &core, user, caller.is_remote()))
            })
        })
    }

    /// The same for what may be done again: locks that are taken, say.
    fn act_each<T: Send + 'static>(
        &self,
        caller: &Caller,
        mut work: impl FnMut(&mut Act<'_, '_>) -> Result<T, DeskError> + Send + 'static,
    ) -> Result<T, DeskError> {
        let core = self.core.clone();
        let caller = caller.clone();
        self.store.write(move |tx| {
            let team = core.team(tx)?;
            let user = caller.among(&team)?;
            work(&mut Act::new(tx, &core, user, caller.is_remote()))
        })
    }

    /// Reads on behalf of a caller, without waiting for writers.
    fn look<T>(
        &self,
        caller: &Caller,
        work: impl FnOnce(&Look<'_, '_>) -> Result<T, DeskError>,
    ) -> Result<T, DeskError> {
        self.store.read(|read| {
            work(&Look {
                user: caller.user(read)?,
                now: self.core.clock.now(),
                core: &self.core,
                read,
            })
        })
    }
}

/// One reading of one caller.
struct Look<'a, 'c> {
    read: &'a Snapshot<'c>,
    core: &'a Core,
    now: DateTime<Utc>,
    user: Option<view::User>,
}

impl Look<'_, '_> {
    /// Checks the table of permissions. The desk itself may do everything.
    fn require(&self, operation: permission::Operation, own: bool) -> Result<(), DeskError> {
        match &self.user {
            Some(user) => permission::require(user.role, operation, own),
            None => Ok(()),
        }
    }
}

impl From<StoreError> for DeskError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound { .. } | StoreError::TaskDone { .. } => {
                DeskError::NotFound(error.to_string())
            }
            StoreError::Ambiguous { .. } => DeskError::Invalid(error.to_string()),
            // It is the command that fails, and would again: the database is as usable as before.
            StoreError::Value { .. } | StoreError::Panicked { .. } => {
                DeskError::Engine(error.to_string())
            }
            error => DeskError::Storage(error.to_string()),
        }
    }
}

impl DeskError {
    /// Whether an insertion was stopped, and nothing of it kept.
    pub fn is_cancelled(&self) -> bool {
        let cancelled = crate::insert::InsertError::Cancelled.to_string();
        matches!(self, DeskError::Invalid(told) if *told == cancelled)
    }
}

impl From<crate::insert::InsertError> for DeskError {
    fn from(error: crate::insert::InsertError) -> Self {
        match error.field() {
            Some(field) => DeskError::Fields(vec![FieldError {
                field: field.to_owned(),
                message: error.to_string(),
            }]),
            None => DeskError::Invalid(error.to_string()),
        }
    }
}
