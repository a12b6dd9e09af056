//! Every command, its keys, where it is available and why not: the one table that draws the
//! footer, the help, the palette and the documentation.

use super::state::{Scope, State};
use super::when;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use std::fmt;

/// A key with its modifiers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key {
    /// The key.
    pub code: KeyCode,
    /// Control and Alt; Shift shows in the letter.
    pub modifiers: KeyModifiers,
}

impl Key {
    /// A key as written in the configuration: `x`, `X`, `ctrl-x`, `alt-x`, `f5`, `enter`.
    pub fn parse(text: &str) -> Option<Key> {
        let (modifiers, name) = match text.rsplit_once('-').filter(|(m, _)| !m.is_empty()) {
            Some(("ctrl", name)) => (KeyModifiers::CONTROL, name),
            Some(("alt", name)) => (KeyModifiers::ALT, name),
            Some(_) => return None,
            None => (KeyModifiers::NONE, text),
        };
        let mut letters = name.chars();
        let code = match (letters.next(), letters.next()) {
            (Some(c), None) => KeyCode::Char(c),
            _ => match name {
                "enter" => KeyCode::Enter,
                "esc" => KeyCode::Esc,
                "tab" => KeyCode::Tab,
                "backtab" => KeyCode::BackTab,
                "space" => KeyCode::Char(' '),
                "up" => KeyCode::Up,
                "down" => KeyCode::Down,
                "left" => KeyCode::Left,
                "right" => KeyCode::Right,
                "home" => KeyCode::Home,
                "end" => KeyCode::End,
                "pageup" => KeyCode::PageUp,
                "pagedown" => KeyCode::PageDown,
                "delete" => KeyCode::Delete,
                "backspace" => KeyCode::Backspace,
                _ => KeyCode::F(
                    name.strip_prefix('f')?
                        .parse()
                        .ok()
                        .filter(|n| (1..=12).contains(n))?,
                ),
            },
        };
        Some(Key { code, modifiers })
    }

    /// True for a key that types a letter or a sign where one types.
    pub fn types(&self) -> bool {
        matches!(self.code, KeyCode::Char(_)) && self.modifiers.is_empty()
    }

    /// The key of an event.
    pub fn of(event: KeyEvent) -> Key {
        let modifiers = event.modifiers & (KeyModifiers::CONTROL | KeyModifiers::ALT);
        Key {
            code: event.code,
            modifiers,
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.modifiers.contains(KeyModifiers::CONTROL) {
            f.write_str("^")?;
        }
        if self.modifiers.contains(KeyModifiers::ALT) {
            f.write_str("Alt-")?;
        }
        match self.code {
            KeyCode::Char(' ') => f.write_str("Space"),
            KeyCode::Char(c) if self.modifiers.contains(KeyModifiers::CONTROL) => {
                write!(f, "{}", c.to_ascii_uppercase())
            }
            KeyCode::Char(c) => write!(f, "{c}"),
            KeyCode::F(n) => write!(f, "F{n}"),
            KeyCode::BackTab => f.write_str("S-Tab"),
            KeyCode::PageUp => f.write_str("PgUp"),
            KeyCode::PageDown => f.write_str("PgDn"),
            KeyCode::Delete => f.write_str("Del"),
            code => write!(f, "{code:?}"),
        }
    }
}

macro_rules! commands {
    ($($(#[doc = $doc:literal])* $variant:ident $name:literal),* $(,)?) => {
        /// What a key, a click or the palette can do.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[allow(missing_docs)]
        pub enum Command { $($variant),* }

        impl Command {
            /// All of them.
            pub const ALL: &'static [Command] = &[$(Command::$variant),*];

            /// The name in the configuration.
            pub fn name(self) -> &'static str {
                match self { $(Command::$variant => $name),* }
            }
        }
    };
}

commands! {
    Up "up", Down "down", Left "left", Right "right",
    PageUp "page-up", PageDown "page-down", Top "top", Bottom "bottom",
    Open "open", Back "back", NextPane "next-pane", PreviousPane "previous-pane",
    Filter "filter", Mark "mark", MarkAll "mark-all", ListMode "list-mode",
    Claim "claim", Complete "complete", Unclaim "give-back", Preview "preview", Suggested "suggested", Fold "more-fields", Edit "editor",
    Reassign "reassign", Due "due", Priority "priority",
    New "new", Again "again", Comment "comment", Cancel "cancel", Retry "retry", StopInsertion "stop-insertion", TakeBack "take-back",
    Deploy "deploy", Process "process", Variables "variables", History "history", Decisions "decisions", Try "try",
    EditPerson "edit-person", EditConnection "edit-connection", Login "login", FixRows "fix-rows", Revert "as-it-was", Password "password", Test "test", OtherDraft "other-draft", Remove "remove", Versions "processes", Incidents "incidents", Hold "suspend-activate", Move "move", SetVariable "set-variable", Event "event", RunNow "run-now", Topics "delegates-as-topics", Listeners "without-java-listeners", ReadAll "read-all",
    Tab1 "tab-1", Tab2 "tab-2", Tab3 "tab-3", Tab4 "tab-4", Tab5 "tab-5", Tab6 "tab-6",
    NextTab "next-tab", PreviousTab "previous-tab",
    Notifications "notifications", Palette "palette", Help "help", Undo "undo", Copy "copy",
    Mouse "mouse", NextTheme "next-theme", SwitchUser "switch-user",
    Redraw "redraw", Suspend "suspend", Close "close", Quit "quit",
}

impl Command {
    /// The command of this name.
    pub fn named(name: &str) -> Option<Command> {
        Command::ALL.iter().copied().find(|c| c.name() == name)
    }
}

/// One row of the table.
pub struct Binding {
    /// The command.
    pub command: Command,
    /// Its keys, the first one is shown.
    pub keys: &'static [&'static str],
    /// The screens on which the keys mean it.
    pub scopes: &'static [Scope],
    /// Two words for the footer.
    pub label: &'static str,
    /// A sentence for the help and the palette.
    pub help: &'static str,
    /// Its place in the footer, the smallest first; 0 keeps it out.
    pub hint: u8,
    /// Whether it can be done now, and else why not.
    pub when: fn(&State) -> Result<(), String>,
}

use Scope::*;
const PANES: &[Scope] = &[Inbox, Reader, Form, Today, Instance, Launch, Decisions];
const TASKS: &[Scope] = &[Inbox, Reader, Form, Today, Jobs, Instance];

const fn row(
    command: Command,
    keys: &'static [&'static str],
    scopes: &'static [Scope],
    label: &'static str,
    help: &'static str,
    hint: u8,
    when: fn(&State) -> Result<(), String>,
) -> Binding {
    Binding {
        command,
        keys,
        scopes,
        label,
        help,
        hint,
        when,
    }
}

/// The table.
#[rustfmt::skip]
pub const BINDINGS: &[Binding] = &[
    row(Command::Open, &["enter"], &[Inbox, Today, Jobs, Notes], "open", "Open what is selected", 1, when::row),
    row(Command::Open, &["enter"], &[Form, Launch], "go on", "Type into the field, or press the button", 1, when::always),
    row(Command::Open, &["enter"], &[Instance], "open", "Open the variable or the event in full", 1, when::detail),
    row(Command::Claim, &["c"], &[Inbox, Reader], "claim", "Claim the task, or all marked ones", 2, when::claim),
    row(Command::Complete, &["c"], &[Form], "complete", "Complete the task with what the form says", 2, when::complete),
    row(Command::Complete, &["c"], &[Launch], "launch", "Launch with what the form says", 2, when::always),
    row(Command::New, &["n"], &[Today, Jobs], "launch", "Launch an instance of a process", 3, when::head),
    row(Command::New, &["n"], &[People], "add user", "Add a person to the team", 3, when::head),
    row(Command::New, &["n"], &[Connections], "add", "Add a connection to a database", 3, when::head),
    row(Command::Preview, &["p"], &[Form, Preview], "preview", "Look at the rows before they are sent, and at all that were refused", 3, when::preview),
    row(Command::Suggested, &["s"], &[Form, Preview], "take over", "Put what the preview suggests into the form: columns, date and number format", 2, when::suggested),
    row(Command::Fold, &["e"], &[Form, Launch], "more fields", "Show the fields that are folded away, or fold them again", 4, when::folds),
    row(Command::FixRows, &["f"], &[Form, Preview], "fix rows", "Fix the refused rows one by one, or leave them out", 4, when::fix),
    row(Command::Open, &["enter"], &[Fix], "edit", "Edit the value of the cell; what is typed at once takes its place; empty is NULL, \"\" the empty text", 1, when::refused_row),
    row(Command::NextPane, &["tab"], &[Fix], "next refused", "Go to the next cell that is refused", 2, when::refused_row),
    row(Command::PreviousPane, &["backtab"], &[Fix], "refused before", "Go to the cell before that is refused", 0, when::refused_row),
    row(Command::Remove, &["alt-x"], &[Fix], "leave out", "Leave the row out, or take it back", 3, when::refused_row),
    row(Command::Revert, &["alt-r"], &[Fix], "as it was", "Give the row back what the file says", 4, when::refused_row),
    row(Command::OtherDraft, &["b"], &[Form], "other version", "Take the version that another desk of yours saved; again brings this one back", 3, when::other_draft),
    row(Command::Login, &["L"], &[Form], "login", "Store your own login for the connection, or change it", 0, when::login),
    row(Command::Edit, &["ctrl-o", "o"], &[Form, Launch], "editor", "Edit the field in your own editor", 4, when::always),
    row(Command::Process, &["p"], &[Inbox, Reader, Today, Jobs, Instance], "process", "Show the process as drawn, with its tokens", 5, when::instance),
    row(Command::History, &["h"], &[Inbox, Reader, Form, Today, Jobs, Instance], "history", "Show what happened so far", 8, when::instance),
    row(Command::Variables, &["v"], &[Inbox, Reader, Form, Today, Jobs, Instance], "variables", "Show the variables of the instance", 9, when::instance),
    row(Command::Decisions, &["e"], &[Instance], "decisions", "See how the decisions of the instance came about", 10, when::always),
    row(Command::Decisions, &["e"], &[Inbox, Today, Jobs], "decisions", "Look at the decisions that are deployed, and try them", 16, when::always),
    row(Command::Open, &["enter"], &[Decisions], "open", "Go to the rules; there, show the rule in full", 1, when::decision),
    row(Command::Variables, &["v"], &[Decisions], "in full", "Show what the file says of the decision and its columns: expressions, types, values, defaults", 4, when::decision),
    row(Command::Try, &["t"], &[Decisions], "try", "Try the decision with values of your own", 2, when::decision),
    row(Command::Remove, &["x"], &[Decisions], "own values off", "Take your own values away", 3, when::tried),
    row(Command::Reassign, &["r"], TASKS, "reassign", "Give the task to somebody else", 5, when::reassign),
    row(Command::Due, &["d"], TASKS, "due", "Move the due date, and the reminder with it", 6, when::due),
    row(Command::Priority, &["P"], TASKS, "priority", "Set the priority", 0, when::due),
    row(Command::Deploy, &["D"], &[Today, Jobs, Launch], "deploy", "Deploy BPMN and DMN files, all or none", 11, when::head),
    row(Command::Open, &["enter"], &[Deploy], "add a file", "Name a file or a folder to add", 1, when::always),
    row(Command::Complete, &["c"], &[Deploy], "deploy", "Deploy all of these files", 2, when::always),
    row(Command::Topics, &["T"], &[Deploy], "Java as topics", "Let Java code become external tasks of its name, or refuse it", 4, when::always),
    row(Command::Listeners, &["L"], &[Deploy], "Java listeners", "Leave out listeners that name Java code, or refuse them", 5, when::always),
    row(Command::Remove, &["x"], &[Deploy], "leave out", "Leave the file out", 3, when::file),
    row(Command::Comment, &["m"], TASKS, "comment", "Say something; it stands in the history", 14, when::instance),
    row(Command::Again, &["N"], &[Jobs, Instance], "again", "Launch once more with the same values", 10, when::again),
    row(Command::Unclaim, &["U"], &[Inbox, Form], "give back", "Give the task back to those who may claim it", 0, when::unclaim),
    row(Command::Cancel, &["x"], &[Today, Jobs, Instance], "cancel", "Cancel the instance; asks and wants a reason", 7, when::cancel),
    row(Command::Retry, &["t"], &[Today, Jobs, Instance], "retry", "Try what failed once more", 4, when::retry),
    row(Command::StopInsertion, &["X"], &[Inbox, Today, Jobs, Instance], "stop insertion", "Stop the running insertion; nothing of it is kept", 7, when::insertion),
    row(Command::TakeBack, &["B"], &[Instance], "take back", "Take the finished insertion back, while nobody has touched its rows", 7, when::undoable),
    row(Command::Versions, &["V"], &[Today, Jobs], "processes", "Look at processes and their versions: what runs on each; suspend or delete one", 17, when::head),
    row(Command::Incidents, &["i"], &[Today, Jobs], "incidents", "Look at what failed and why, and at jobs; try again one, some or all", 15, when::head),
    row(Command::Incidents, &["i"], &[Instance], "jobs", "Look at the jobs and incidents of the instance: run one now, move its date", 15, when::head),
    row(Command::Open, &["enter"], &[Versions], "what runs", "Show the instances of the version", 1, when::version),
    row(Command::Hold, &["s"], &[Versions], "suspend", "Suspend or activate the version, and its instances if you say so", 2, when::version),
    row(Command::Move, &["m"], &[Versions], "move", "Move what runs on the version to another one: what can is said first", 5, when::occupied),
    row(Command::Remove, &["x"], &[Versions], "delete", "Delete the version, when nothing runs on it", 4, when::unused),
    row(Command::ListMode, &["f"], &[Versions], "all versions", "Show all versions, or only the newest", 3, when::always),
    row(Command::Open, &["enter"], &[Incidents], "open", "Open the instance; suspend, retry or cancel the batch", 1, when::of_instance),
    row(Command::Retry, &["t"], &[Incidents], "retry", "Try again what failed: the row, or all marked ones", 2, when::failed),
    row(Command::RunNow, &["c"], &[Incidents], "run now", "Run the job now, due or not, or all marked ones", 3, when::job),
    row(Command::Due, &["d"], &[Incidents], "due", "Move the due date of the job, or of all marked ones", 5, when::timed),
    row(Command::Hold, &["s"], &[Incidents], "suspend", "Suspend the job so that no worker takes it, or activate it; or all marked ones", 6, when::job),
    row(Command::Priority, &["P"], &[Incidents], "priority", "Set the priority of the job, or of all marked ones", 7, when::job),
    row(Command::ListMode, &["f"], &[Incidents], "show", "Show incidents, jobs that wait, or both", 4, when::always),
    row(Command::Hold, &["s"], &[Jobs, Instance], "suspend", "Suspend the instance so that nothing in it goes on, or activate it", 18, when::running),
    row(Command::SetVariable, &["E"], &[Instance], "set variable", "Set the variable under the cursor, or a new one", 17, when::running),
    row(Command::Remove, &["delete"], &[Instance], "delete variable", "Delete the variable under the cursor", 0, when::variable),
    row(Command::Event, &["w"], &[Instance], "send event", "Send a message or signal that the instance waits for", 16, when::running),
    row(Command::ListMode, &["f"], &[Jobs], "show", "Show open, ended, failed or all instances", 4, when::always),
    row(Command::Password, &["s"], &[People], "password", "Set a password", 4, when::person),
    row(Command::EditPerson, &["enter", "e"], &[People], "edit", "Change the role and the groups of a person", 1, when::person_head),
    row(Command::Remove, &["x"], &[People], "remove", "Remove a person; their open tasks are passed on", 5, when::person_head),
    row(Command::Test, &["t"], &[Connections], "test", "Try the connection and list its tables", 2, when::connection),
    row(Command::EditConnection, &["enter", "e"], &[Connections], "edit", "Change whose password it uses, and who may use it for what", 1, when::connection_head),
    row(Command::Password, &["s"], &[Connections], "password", "Set a new password: the one for all, else your own", 4, when::connection),
    row(Command::Remove, &["x"], &[Connections], "remove", "Remove the connection; data stays where it is", 4, when::connection_head),
    row(Command::ReadAll, &["a"], &[Notes], "all read", "Mark all notifications as read", 2, when::unread),
    row(Command::Filter, &["/"], &[Inbox, Jobs, Incidents, Decisions, Launch, Versions], "filter", "Filter as you type", 3, when::always),
    row(Command::Mark, &["space"], &[Inbox, Jobs, Incidents], "mark", "Mark the row, to act on several at once", 10, when::row),
    row(Command::MarkAll, &["a"], &[Inbox, Jobs, Incidents], "mark all", "Mark all loaded rows, or none", 0, when::row),
    row(Command::NextPane, &["tab"], PANES, "next pane", "Go to the next pane", 11, when::always),
    row(Command::PreviousPane, &["backtab"], PANES, "previous pane", "Go to the previous pane", 0, when::always),
    row(Command::Back, &["esc"], &[Inbox, Reader, Form, Launch, Today, Jobs, Instance, People, Connections, Notes, Preview, Fix, Sheet, Deploy, Decisions, Versions, Incidents], "back", "Go back; nothing typed is lost", 12, when::deep),
    row(Command::Undo, &["u"], Scope::ALL, "undo", "Take back the last claim, reassignment or date", 9, when::undo),
    row(Command::Copy, &["y"], Scope::ALL, "copy", "Copy what is selected to the clipboard", 0, when::always),
    row(Command::Palette, &[":", "ctrl-p"], Scope::ALL, "commands", "Find a command by its name", 20, when::always),
    row(Command::Notifications, &["!"], Scope::ALL, "notifications", "Show the notifications", 0, when::always),
    row(Command::Tab1, &["1"], Scope::ALL, "first tab", "Go to the first tab", 0, when::always),
    row(Command::Tab2, &["2"], Scope::ALL, "second tab", "Go to the second tab", 0, when::always),
    row(Command::Tab3, &["3"], Scope::ALL, "third tab", "Go to the third tab", 0, when::always),
    row(Command::Tab4, &["4"], Scope::ALL, "fourth tab", "Go to the fourth tab", 0, when::head),
    row(Command::Tab5, &["5"], Scope::ALL, "fifth tab", "Go to the fifth tab", 0, when::head),
    row(Command::Tab6, &["6"], Scope::ALL, "sixth tab", "Go to the sixth tab", 0, when::head),
    row(Command::NextTab, &["]"], Scope::ALL, "next tab", "Go to the next tab", 0, when::always),
    row(Command::PreviousTab, &["["], Scope::ALL, "previous tab", "Go to the previous tab", 0, when::always),
    row(Command::Up, &["up", "k"], Scope::ALL, "up", "One line up", 0, when::always),
    row(Command::Down, &["down", "j"], Scope::ALL, "down", "One line down", 0, when::always),
    row(Command::Left, &["left"], Scope::ALL, "left", "Left, in what is wider than the screen", 0, when::always),
    row(Command::Right, &["right", "l"], Scope::ALL, "right", "Right, in what is wider than the screen", 0, when::always),
    row(Command::PageUp, &["pageup"], Scope::ALL, "page up", "One page up", 0, when::always),
    row(Command::PageDown, &["pagedown"], Scope::ALL, "page down", "One page down", 0, when::always),
    row(Command::Top, &["g", "home"], Scope::ALL, "top", "To the first line", 0, when::always),
    row(Command::Bottom, &["G", "end"], Scope::ALL, "bottom", "To the last line", 0, when::always),
    row(Command::Mouse, &["f2"], Scope::ALL, "mouse", "Take or leave the mouse, so that text can be selected", 0, when::always),
    row(Command::NextTheme, &["f3"], Scope::ALL, "theme", "Try the next theme", 0, when::always),
    row(Command::SwitchUser, &["f4"], Scope::ALL, "switch user", "Leave and choose another user", 0, when::always),
    row(Command::Redraw, &["ctrl-l", "f5"], Scope::ALL, "redraw", "Ask the desk again and draw everything anew", 0, when::always),
    row(Command::Suspend, &["ctrl-z"], Scope::ALL, "suspend", "Back to the shell; `fg` continues", 0, when::always),
    row(Command::Close, &["q"], Scope::ALL, "close", "Close this screen, the program from the first one", 13, when::always),
    row(Command::Quit, &["ctrl-c"], Scope::ALL, "quit", "Leave; drafts are saved", 0, when::always),
    row(Command::Help, &["?", "f1"], Scope::ALL, "help", "Show all keys; type to search", 0, when::always),
];

/// Keys that a person has given to commands.
pub type Overrides = std::collections::BTreeMap<Command, Vec<Key>>;

/// The keys of a row.
pub fn keys(binding: &Binding, overrides: &Overrides) -> Vec<Key> {
    match overrides.get(&binding.command) {
        Some(keys) => keys.clone(),
        None => binding.keys.iter().filter_map(|k| Key::parse(k)).collect(),
    }
}

/// The key of a command on a screen, as it is set; none where it has none.
pub fn key_of(command: Command, scope: Scope, overrides: &Overrides) -> Option<Key> {
    let row = active(scope).find(|binding| binding.command == command)?;
    keys(row, overrides).into_iter().next()
}

/// The rows that hold on a screen.
pub fn active(scope: Scope) -> impl Iterator<Item = &'static Binding> {
    BINDINGS.iter().filter(move |b| b.scopes.contains(&scope))
}

/// What a key means on a screen. A person's own key wins over one that ships.
pub fn find(key: Key, scope: Scope, overrides: &Overrides) -> Option<&'static Binding> {
    let own = active(scope).find(|b| {
        overrides
            .get(&b.command)
            .is_some_and(|keys| keys.contains(&key))
    });
    own.or_else(|| active(scope).find(|b| keys(b, overrides).contains(&key)))
}

/// All keys as a table in Markdown.
pub fn markdown() -> String {
    let mut out = String::from(
        "# Keys\n\nThe table is made from the program's keymap. The names are those that `[keys]` in the\nconfiguration takes, such as `claim = [\"c\", \"ctrl-g\"]`.\n\n| key | name | what it does | where |\n|---|---|---|---|\n",
    );
    for binding in BINDINGS {
        let keys: Vec<String> = keys(binding, &Overrides::new())
            .iter()
            .map(|k| format!("`{k}`"))
            .collect();
        let place = if binding.scopes.len() == Scope::ALL.len() {
            "everywhere".to_owned()
        } else {
            binding
                .scopes
                .iter()
                .map(|s| s.name())
                .collect::<Vec<_>>()
                .join(", ")
        };
        out += &format!(
            "| {} | {} | {} | {place} |\n",
            keys.join(" "),
            binding.command.name(),
            binding.help
        );
    }
    out
}
