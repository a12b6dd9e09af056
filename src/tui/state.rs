//! All that the terminal knows at one moment, once a user has come in.

use super::config::Config;
use super::effect::{Done, Effect, Slot, Undo, load};
use super::form::Form;
use super::glyph::{ASCII, Glyphs, UNICODE};
use super::overlay::Overlay;
use super::progress::UnderWay;
use super::screen::connections::Connections;
use super::screen::decisions::Decisions;
use super::screen::deploy::Deploy;
use super::screen::fix::Fix;
use super::screen::inbox::Inbox;
use super::screen::incidents::{Incidents, Retrying};
use super::screen::instance::Instance;
use super::screen::jobs::Jobs;
use super::screen::launch::Launch;
use super::screen::notes::Notes;
use super::screen::people::People;
use super::screen::rows::Rows;
use super::screen::sheet::Sheet;
use super::screen::today::Today;
use super::screen::versions::Versions;
use super::theme::{Role as Paint, Theme};
use super::ui::Hit;
use super::words::Clock;
use crate::client::{DeskError, Reach, Role, Status, User};
use chrono::{DateTime, Duration, Utc};
use indexmap::IndexMap;
use ratatui::layout::{Rect, Size};

/// Where keys mean what they mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// The list of tasks.
    Inbox,
    /// A task that the reader does not have.
    Reader,
    /// The form of the reader's own task, outside its fields.
    Form,
    /// The head's overview.
    Today,
    /// The list of instances.
    Jobs,
    /// One instance.
    Instance,
    /// Launching.
    Launch,
    /// The team.
    People,
    /// Databases.
    Connections,
    /// Notifications.
    Notes,
    /// The rows that a form would insert.
    Preview,
    /// Refused rows, to be fixed.
    Fix,
    /// One text in full.
    Sheet,
    /// Deploying models.
    Deploy,
    /// Decisions, and how they came about.
    Decisions,
    /// Processes and their versions.
    Versions,
    /// What failed, and what waits for its time.
    Incidents,
}

impl Scope {
    /// All of them.
    pub const ALL: &'static [Scope] = &[
        Scope::Inbox,
        Scope::Reader,
        Scope::Form,
        Scope::Today,
        Scope::Jobs,
        Scope::Instance,
        Scope::Launch,
        Scope::People,
        Scope::Connections,
        Scope::Notes,
        Scope::Preview,
        Scope::Fix,
        Scope::Sheet,
        Scope::Deploy,
        Scope::Decisions,
        Scope::Versions,
        Scope::Incidents,
    ];

    /// What it is called in the documentation.
    pub fn name(self) -> &'static str {
        match self {
            Scope::Inbox => "inbox",
            Scope::Reader => "task",
            Scope::Form => "form",
            Scope::Today => "today",
            Scope::Jobs => "jobs",
            Scope::Instance => "instance",
            Scope::Launch => "launch",
            Scope::People => "people",
            Scope::Connections => "connections",
            Scope::Notes => "notifications",
            Scope::Preview => "preview",
            Scope::Fix => "fix rows",
            Scope::Sheet => "text",
            Scope::Deploy => "deploy",
            Scope::Decisions => "decisions",
            Scope::Versions => "processes",
            Scope::Incidents => "incidents",
        }
    }
}

/// A tab of the main screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tab {
    /// What needs the head, and how the team does.
    Today,
    /// Tasks.
    Inbox,
    /// Instances.
    Jobs,
    /// What is finished.
    Done,
    /// The team.
    People,
    /// Databases.
    Connections,
    /// Notifications.
    Notes,
}

impl Tab {
    /// The tabs of a role.
    pub fn of(role: Role) -> &'static [Tab] {
        match role {
            Role::Head => &[
                Tab::Today,
                Tab::Jobs,
                Tab::Inbox,
                Tab::People,
                Tab::Connections,
                Tab::Notes,
            ],
            Role::Employee | Role::Worker => &[Tab::Inbox, Tab::Done, Tab::Notes],
        }
    }

    /// What stands on it; the short form where there is little room.
    pub fn title(self, short: bool) -> &'static str {
        match self {
            Tab::Today => "Today",
            Tab::Inbox => "Inbox",
            Tab::Jobs => "Jobs",
            Tab::Done => "Done",
            Tab::People => "People",
            Tab::Connections if short => "Conn",
            Tab::Connections => "Connections",
            Tab::Notes => "News",
        }
    }
}

/// A screen opened over the tabs.
pub enum Page {
    /// One instance.
    Instance(Box<Instance>),
    /// Launching.
    Launch(Box<Launch>),
    /// The rows that the open task would insert.
    Preview(Rows),
    /// Refused rows of the open task, to be fixed.
    Fix(Box<Fix>),
    /// One text in full.
    Sheet(Box<Sheet>),
    /// Deploying models.
    Deploy(Box<Deploy>),
    /// Decisions, and how they came about.
    Decisions(Box<Decisions>),
    /// Processes and their versions.
    Versions(Box<Versions>),
    /// What failed, and what waits for its time.
    Incidents(Box<Incidents>),
}

/// A short message over the screen.
#[derive(Debug, Clone, PartialEq)]
pub struct Toast {
    /// What it says.
    pub text: String,
    /// How it is meant.
    pub role: Paint,
    /// When it came.
    pub since: DateTime<Utc>,
    /// When it goes by itself.
    pub until: DateTime<Utc>,
}

/// The state.
pub struct State {
    /// Who is here.
    pub me: User,
    /// The time.
    pub clock: Clock,
    /// The terminal's size.
    pub size: Size,
    /// The theme.
    pub theme: Theme,
    /// The signs.
    pub glyphs: &'static Glyphs,
    /// The settings.
    pub config: Config,
    /// The status bar's facts.
    pub status: Slot<Status>,
    /// Why the desk cannot be reached.
    pub trouble: Option<String>,
    /// How a served desk is reached just now.
    pub reach: Reach,
    /// The tab shown.
    pub tab: usize,
    /// Screens over it, the last one on top.
    pub pages: Vec<Page>,
    /// What lies on top of everything.
    pub overlay: Option<Overlay>,
    /// A short message.
    pub toast: Option<Toast>,
    /// What can be taken back, the last one first.
    pub undo: Vec<Undo>,
    /// What the desk is asked, and since when: a spinner shows what takes long.
    pub waiting: Vec<(u64, &'static str, DateTime<Utc>)>,
    /// When the desk was last asked for all that is shown: dates pass without a change there.
    pub refreshed: DateTime<Utc>,
    /// The team's names, for pickers: users, then `@groups`.
    pub team: Slot<Vec<User>>,
    /// The tables of the connections, as last listed, and when they were asked for.
    pub tables: IndexMap<String, (DateTime<Utc>, Vec<String>)>,
    /// The highest notification seen; newer ones make a toast.
    pub seen_note: Option<i64>,
    /// Tasks.
    pub inbox: Inbox,
    /// The overview.
    pub today: Today,
    /// Instances.
    pub jobs: Jobs,
    /// The team.
    pub people: People,
    /// Databases.
    pub connections: Connections,
    /// Notifications.
    pub notes: Notes,
    /// What can be clicked on the last frame.
    pub hits: Vec<(Rect, Hit)>,
    /// The last click, to know a double one.
    pub clicked: Option<(Hit, DateTime<Utc>)>,
    /// What was typed into start forms that were left, by process.
    pub launches: IndexMap<String, IndexMap<String, String>>,
    /// What is tried again just now.
    pub retrying: Option<Retrying>,
    /// Counts questions to the desk.
    pub questions: u64,
}

impl State {
    /// The state of a user who just came in.
    pub fn new(me: User, clock: Clock, size: Size, theme: Theme, config: Config) -> State {
        let mut jobs = Jobs::default();
        if me.role != Role::Head {
            jobs.mode = super::screen::jobs::Mode::Ended;
        }
        State {
            glyphs: if config.ascii { &ASCII } else { &UNICODE },
            me,
            clock,
            size,
            theme,
            config,
            status: Slot::default(),
            trouble: None,
            reach: Reach::default(),
            tab: 0,
            pages: Vec::new(),
            overlay: None,
            toast: None,
            undo: Vec::new(),
            waiting: Vec::new(),
            refreshed: clock.now,
            team: Slot::default(),
            tables: IndexMap::new(),
            seen_note: None,
            inbox: Inbox::default(),
            today: Today::default(),
            jobs,
            people: People::default(),
            connections: Connections::default(),
            notes: Notes::default(),
            hits: Vec::new(),
            clicked: None,
            launches: IndexMap::new(),
            retrying: None,
            questions: 0,
        }
    }

    /// True for a team head.
    pub fn is_head(&self) -> bool {
        self.me.role == Role::Head
    }

    /// The tab shown.
    pub fn tab(&self) -> Tab {
        let tabs = Tab::of(self.me.role);
        tabs[self.tab.min(tabs.len() - 1)]
    }

    /// Where keys go now.
    pub fn scope(&self) -> Scope {
        match self.pages.last() {
            Some(Page::Instance(_)) => Scope::Instance,
            Some(Page::Launch(_)) => Scope::Launch,
            Some(Page::Preview(_)) => Scope::Preview,
            Some(Page::Fix(_)) => Scope::Fix,
            Some(Page::Sheet(_)) => Scope::Sheet,
            Some(Page::Deploy(_)) => Scope::Deploy,
            Some(Page::Decisions(_)) => Scope::Decisions,
            Some(Page::Versions(_)) => Scope::Versions,
            Some(Page::Incidents(_)) => Scope::Incidents,
            None => match self.tab() {
                Tab::Today => Scope::Today,
                Tab::Jobs | Tab::Done => Scope::Jobs,
                Tab::People => Scope::People,
                Tab::Connections => Scope::Connections,
                Tab::Notes => Scope::Notes,
                Tab::Inbox => match (&self.inbox.task, self.inbox.pane) {
                    (Some(task), 1) if task.editable(&self.me.id) => Scope::Form,
                    (Some(_), 1) => Scope::Reader,
                    _ => Scope::Inbox,
                },
            },
        }
    }

    /// The form that keys and pastes go to.
    pub fn form(&mut self) -> Option<&mut Form> {
        let scope = self.scope();
        if let Some(overlay) = &mut self.overlay {
            return match overlay {
                Overlay::Dialog(dialog) => Some(&mut dialog.form),
                Overlay::Finder(_) => None,
            };
        }
        match scope {
            Scope::Launch => match self.pages.last_mut() {
                Some(Page::Launch(launch)) if launch.pane == 1 => Some(&mut launch.form),
                _ => None,
            },
            Scope::Deploy => match self.pages.last_mut() {
                Some(Page::Deploy(page)) => Some(&mut page.form),
                _ => None,
            },
            Scope::Form => self.inbox.task.as_mut().map(|t| &mut t.form),
            _ => None,
        }
    }

    /// The open instance, when one is on top.
    pub fn instance(&self) -> Option<&Instance> {
        match self.pages.last() {
            Some(Page::Instance(instance)) => Some(instance),
            _ => None,
        }
    }

    /// Says something.
    pub fn say(&mut self, text: impl Into<String>, role: Paint) {
        let text = text.into();
        let seconds = if role == Paint::Danger { 12 } else { 5 };
        let since = self.clock.now;
        self.toast = Some(Toast {
            since,
            until: since + Duration::seconds(seconds),
            text,
            role,
        });
    }

    /// After the desk did something: says so, keeps how to undo it, looks at what changed.
    pub fn done(&mut self, done: Done) -> Vec<Effect> {
        if !done.say.is_empty() {
            let hint = if done.undo.is_some() {
                "   u undoes it"
            } else {
                ""
            };
            self.say(format!("{}{hint}", done.say), Paint::Success);
        }
        if let Some(undo) = done.undo {
            self.undo.push(undo);
            if self.undo.len() > 50 {
                self.undo.remove(0);
            }
        }
        let mut effects = done.then.map_or_else(Vec::new, |then| then(self));
        effects.extend(self.refresh());
        effects
    }

    /// A task or instance is gone: what was done to it cannot be taken back any more.
    pub fn gone(&mut self, id: &str) {
        self.undo.retain(|undo| !undo.about.iter().any(|a| a == id));
    }

    /// After the desk refused: says why, and looks at how things are now.
    pub fn failed(&mut self, error: &DeskError) -> Vec<Effect> {
        self.say(error.to_string(), Paint::Danger);
        self.refresh()
    }

    /// Asks the desk again for everything that is shown.
    pub fn refresh(&mut self) -> Vec<Effect> {
        self.refreshed = self.clock.now;
        let mut effects = refresh_status(self);
        effects.extend(super::screen::notes::refresh(self));
        effects.extend(self.refresh_screen());
        effects
    }

    /// Asks the desk again for what the screen on top shows.
    pub fn refresh_screen(&mut self) -> Vec<Effect> {
        use super::screen::*;
        match self.scope() {
            Scope::Instance => instance::refresh(self),
            Scope::Launch => launch::refresh(self),
            Scope::Inbox | Scope::Reader | Scope::Form | Scope::Preview => inbox::refresh(self),
            Scope::Today => today::refresh(self),
            Scope::Jobs => jobs::refresh(self),
            Scope::People => people::refresh(self),
            Scope::Connections => connections::refresh(self),
            Scope::Decisions => decisions::refresh(self),
            Scope::Versions => versions::refresh(self),
            Scope::Incidents => incidents::refresh(self),
            Scope::Notes | Scope::Fix | Scope::Sheet | Scope::Deploy => Vec::new(),
        }
    }

    /// The insertions that are not over, those that wait first.
    pub fn under_way(&self) -> impl Iterator<Item = UnderWay<'_>> {
        let status = self.status.data.as_ref();
        let held = status.into_iter().flat_map(|status| &status.held);
        let running = status.into_iter().flat_map(|status| &status.progress);
        let held = held.map(UnderWay::Held);
        held.chain(running.map(UnderWay::Running))
    }

    /// Those that one sent.
    pub fn sent(&self) -> Vec<UnderWay<'_>> {
        let me = Some(self.me.id.as_str());
        self.under_way().filter(|one| one.sender() == me).collect()
    }

    /// Those that commands act on: in the inbox one's own, else that of the instance.
    pub fn inserting(&self) -> Vec<UnderWay<'_>> {
        let instance = self.instance_id();
        let mut found = match self.scope() {
            Scope::Inbox => self.sent(),
            // Below what one has done stands what one has sent.
            _ if self.pages.is_empty() && self.tab() == Tab::Done => self.sent(),
            _ => self
                .under_way()
                .filter(|one| Some(one.instance()) == instance.as_deref())
                .collect(),
        };
        found.retain(|one| one.can_stop());
        found
    }

    /// Names for pickers: everybody who works, then the groups with an `@`.
    pub fn names(&self) -> Vec<String> {
        let users = self.team.data.as_deref().unwrap_or_default();
        let people = users.iter().filter(|u| u.role != Role::Worker);
        let mut names: Vec<String> = people.clone().map(|u| u.id.clone()).collect();
        let mut groups: Vec<String> = people
            .flat_map(|u| &u.groups)
            .map(|g| format!("@{g}"))
            .collect();
        groups.sort_unstable();
        groups.dedup();
        names.extend(groups);
        names
    }
}

/// Asks for the status bar's facts.
pub fn refresh_status(state: &mut State) -> Vec<Effect> {
    load(
        state,
        |s| Some(&mut s.status),
        refresh_status,
        super::effect::nothing,
        "the status",
        |client| client.status(),
    )
}

/// Asks for the team, for pickers.
pub fn refresh_team(state: &mut State) -> Vec<Effect> {
    load(
        state,
        |s| Some(&mut s.team),
        refresh_team,
        super::screen::launch::team_is_here,
        "the team",
        |client| client.users(),
    )
}
