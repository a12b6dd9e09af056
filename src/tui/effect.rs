//! What `update` asks the outside for, and what comes back.

use super::state::State;
use crate::client::{Answer, Client, DeskError, FieldError, User};
use crossterm::event::{KeyEvent, MouseEvent};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// Something that happened.
pub enum Action {
    /// A key was pressed.
    Key(KeyEvent),
    /// The mouse did something.
    Mouse(MouseEvent),
    /// Text was pasted.
    Paste(String),
    /// The terminal has another size.
    Resize(u16, u16),
    /// Leave, and do not ask: whoever sends a signal hears no question.
    Leave,
    /// Time passes.
    Tick,
    /// The desk's data changed.
    Changed,
    /// An effect is over.
    Then(Then),
    /// A user came in.
    Entered(Answer<(User, Arc<dyn Client>)>),
    /// The editor was closed: the text, or why there is none.
    Edited(Result<String, String>),
}

/// What an effect's answer does to the state.
pub type Then = Box<dyn FnOnce(&mut State) -> Vec<Effect> + Send>;

/// A question to the desk, asked on a blocking thread.
pub type Question = Box<dyn FnOnce(&dyn Client) -> Then + Send>;

/// A way to take something back.
pub type Back = Arc<dyn Fn(&dyn Client) -> Answer<()> + Send + Sync>;

/// Something to do outside; the view never waits for it.
pub enum Effect {
    /// Ask the desk, on a blocking thread. The text says what is awaited.
    Ask(&'static str, Question),
    /// Do something on this machine, on a blocking thread.
    Local(Box<dyn FnOnce() -> Then + Send>),
    /// Come in as this user.
    Enter(String, Option<String>),
    /// Watch the desk of the user who came in.
    Watch(Arc<dyn Client>),
    /// Let the person edit this text in their editor; the second is the file's extension.
    Edit(String, &'static str),
    /// Put this on the clipboard.
    Copy(String),
    /// Tell somebody who looks elsewhere.
    Alert(String),
    /// Take or leave the mouse.
    Mouse(bool),
    /// Stop until the shell continues us.
    Suspend,
    /// Draw everything anew.
    Redraw,
    /// Leave.
    Quit,
}

/// What can be taken back, and how.
#[derive(Clone)]
pub struct Undo {
    /// What is taken back: "claimed orders 17 Nov".
    pub what: String,
    /// The tasks or instances that it is about.
    pub about: Vec<String>,
    /// How.
    pub back: Back,
}

/// An action that the desk carried out.
#[derive(Default)]
pub struct Done {
    /// What to tell.
    pub say: String,
    /// How to take it back.
    pub undo: Option<Undo>,
    /// What happens next.
    pub then: Option<Then>,
}

impl Done {
    /// Done, and this is said of it.
    pub fn say(text: impl Into<String>) -> Self {
        Done {
            say: text.into(),
            ..Done::default()
        }
    }

    /// It can be undone like this.
    pub fn undo(
        mut self,
        what: impl Into<String>,
        about: Vec<String>,
        back: impl Fn(&dyn Client) -> Answer<()> + Send + Sync + 'static,
    ) -> Self {
        self.undo = Some(Undo {
            what: what.into(),
            about,
            back: Arc::new(back),
        });
        self
    }

    /// And then this.
    pub fn then(mut self, then: impl FnOnce(&mut State) -> Vec<Effect> + Send + 'static) -> Self {
        self.then = Some(Box::new(then));
        self
    }
}

/// Asks the desk, and does this with its answer. A fault of the desk's own is an answer, too:
/// whoever waits for one would wait for ever.
pub fn ask<T: Send + 'static>(
    what: &'static str,
    ask: impl FnOnce(&dyn Client) -> Answer<T> + Send + 'static,
    then: impl FnOnce(&mut State, Answer<T>) -> Vec<Effect> + Send + 'static,
) -> Effect {
    Effect::Ask(
        what,
        Box::new(move |client| {
            let answer = catch_unwind(AssertUnwindSafe(|| ask(client)));
            let answer = answer.unwrap_or_else(|_| Err(fault()));
            Box::new(move |state| then(state, answer))
        }),
    )
}

/// What a panic is to the person who asked.
pub fn fault() -> DeskError {
    DeskError::Conflict(
        "the desk stumbled over a fault of its own; look whether it was done, then try again"
            .to_owned(),
    )
}

/// Asks the desk to do something and tells the person how it went.
pub fn act(
    what: &'static str,
    deed: impl FnOnce(&dyn Client) -> Answer<Done> + Send + 'static,
) -> Vec<Effect> {
    vec![ask(what, deed, |state, answer| match answer {
        Ok(done) => state.done(done),
        Err(error) => state.failed(&error),
    })]
}

/// Something loaded from the desk, kept while the next answer is awaited.
#[derive(Debug)]
pub struct Slot<T> {
    /// The last answer.
    pub data: Option<T>,
    /// Why there is no newer one.
    pub error: Option<String>,
    /// The same, as errors of fields of a form, where it is that.
    pub fields: Vec<FieldError>,
    /// An answer is awaited.
    pub waiting: bool,
    /// It changed again meanwhile: ask once more.
    stale: bool,
    /// The number of the question, so that an answer to a former owner of this place is dropped.
    asked: u64,
}

impl<T> Default for Slot<T> {
    fn default() -> Self {
        Slot {
            data: None,
            error: None,
            fields: Vec::new(),
            waiting: false,
            stale: false,
            asked: 0,
        }
    }
}

/// Finds a slot in the state, if the screen it belongs to is still there.
pub type Lens<T> = fn(&mut State) -> Option<&mut Slot<T>>;

/// Loads a slot. One question at a time is under way for each; `again` asks the next one when
/// the first became stale, and `after` follows each answer.
pub fn load<T: Send + 'static>(
    state: &mut State,
    lens: Lens<T>,
    again: fn(&mut State) -> Vec<Effect>,
    after: fn(&mut State) -> Vec<Effect>,
    what: &'static str,
    ask: impl FnOnce(&dyn Client) -> Answer<T> + Send + 'static,
) -> Vec<Effect> {
    let asked = state.questions + 1;
    let Some(slot) = lens(state) else {
        return Vec::new();
    };
    if slot.waiting {
        slot.stale = true;
        return Vec::new();
    }
    slot.waiting = true;
    slot.asked = asked;
    state.questions = asked;
    vec![self::ask(what, ask, move |state, answer| {
        let connected = !matches!(answer, Err(DeskError::Storage(_)));
        let trouble = answer.as_ref().err().map(ToString::to_string);
        let Some(slot) = lens(state).filter(|s| s.asked == asked) else {
            return Vec::new();
        };
        slot.waiting = false;
        let stale = std::mem::take(&mut slot.stale);
        slot.fields.clear();
        match answer {
            Ok(data) => (slot.data, slot.error) = (Some(data), None),
            Err(error) => {
                slot.error = Some(error.to_string());
                if let DeskError::Fields(fields) = error {
                    slot.fields = fields;
                }
            }
        }
        state.trouble = if connected { None } else { trouble };
        let mut effects = after(state);
        if stale {
            effects.extend(again(state));
        }
        effects
    })]
}

/// Nothing more to do after an answer.
pub fn nothing(_: &mut State) -> Vec<Effect> {
    Vec::new()
}
