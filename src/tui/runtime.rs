//! The loop: events and answers become actions, actions change the state, the state is drawn.

use super::alert;
use super::app::{App, Stage};
use super::effect::{self, Action, Effect, Question, Then};
use super::late::{Heard, LateAnswer};
use super::screen::greeting::{Greet, Greeting};
use super::screen::login::Login;
use super::screen::task::{COMPLETING, SAVING};
use super::terminal::{self, Screen};
use super::words::{Clock, Zone};
use super::{Door, Options, TuiError};
use crate::client::{Client, User};
use chrono::Utc;
use crossterm::event::{self, Event, KeyEventKind};
use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// How often the input thread looks whether it should stop.
const POLL: Duration = Duration::from_millis(100);
/// How long leaving waits for a draft that is being saved.
const LAST_DRAFT: Duration = Duration::from_secs(3);
/// How long leaving waits for the input thread, which never returns from a terminal that was
/// closed while it was reading there.
const LAST_INPUT: Duration = Duration::from_secs(1);
/// How long a signal waits for an orderly end; writing to a terminal that nobody reads from
/// never comes back.
const ORDERLY: Duration = Duration::from_secs(10);
/// How long one waits for news of the desk at once.
const WATCH: Duration = Duration::from_secs(2);
/// How long the first frame waits for the terminal's background.
const BACKGROUND: Duration = Duration::from_millis(60);
/// Actions that are taken before the next frame.
const AT_ONCE: usize = 256;

/// What arrives at the loop.
enum Message {
    /// From the person.
    Event(Event),
    /// From an effect of a session: its number among the questions, its answer.
    Answer(u64, u64, Then),
    /// An effect failed in a way it should not.
    Broken(u64, u64),
    /// Somebody came in, or not.
    Entered(crate::client::Answer<(User, Arc<dyn Client>)>),
    /// The terminal said how light its background is, later than the first frame.
    Background { light: bool },
    /// The desk's data changed.
    Changed(u64),
    /// A signal: stop, or leave.
    Suspend,
    /// Leave.
    Leave,
}

/// Runs the desk until the person leaves.
pub fn run(
    door: Arc<dyn Door>,
    user: Option<(User, Arc<dyn Client>)>,
    options: Options,
) -> Result<(), TuiError> {
    let stage = Stage::Login(match &user {
        Some(_) => Login::default(),
        None => Login::new(door.users()?),
    });
    let first = user.map(Ok);
    Loop::start(stage, Some(door), options, first).map(drop)
}

/// Greets on the first run; what the person wants.
pub fn greet(options: Options) -> Result<Greeting, TuiError> {
    let app = Loop::start(Stage::Greeting(Greet::default()), None, options, None)?;
    Ok(match app.stage {
        Stage::Greeting(Greet {
            chosen: Some(greeting),
            ..
        }) => greeting,
        _ => Greeting::Leave,
    })
}

/// True when there is nobody left to tell: the terminal was closed.
fn hung_up(error: &io::Error) -> bool {
    const EIO: i32 = 5;
    error.kind() == io::ErrorKind::BrokenPipe
        || error.raw_os_error() == Some(EIO)
        || terminal::closed()
}

fn now() -> Clock {
    Clock {
        now: Utc::now(),
        zone: Zone::Here,
    }
}

struct Loop {
    app: App,
    screen: Screen,
    door: Option<Arc<dyn Door>>,
    client: Option<Arc<dyn Client>>,
    sender: UnboundedSender<Message>,
    input: Input,
    /// Counts users who came in: answers to a former one are dropped.
    session: Arc<AtomicU64>,
    saving: Vec<tokio::task::JoinHandle<()>>,
    questions: u64,
    leaving: bool,
    /// The terminal was asked for its background.
    asked: bool,
}

impl Loop {
    fn start(
        stage: Stage,
        door: Option<Arc<dyn Door>>,
        options: Options,
        first: Option<crate::client::Answer<(User, Arc<dyn Client>)>>,
    ) -> Result<App, TuiError> {
        let (theme, ask) = match options.config.theme {
            Some(theme) => (theme, false),
            None => terminal::theme(),
        };
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .max_blocking_threads(16)
            .enable_all()
            .build()?;
        terminal::restore_on_panic();
        let screen = Screen::take(options.config.mouse)?;
        let (sender, receiver) = unbounded_channel();
        let size = screen.size()?;
        if ask {
            terminal::ask_background()?;
        }
        let input = Input::start(sender.clone(), ask);
        let mut this = Loop {
            app: App::new(stage, now(), size, theme, options.config),
            screen,
            door,
            client: None,
            sender,
            input,
            session: Arc::new(AtomicU64::new(0)),
            saving: Vec::new(),
            questions: 0,
            leaving: false,
            asked: ask,
        };
        let result = runtime.block_on(this.turn(receiver, first));
        this.input.stop();
        this.session.fetch_add(1, Ordering::SeqCst);
        // Threads that wait for the desk end with the process.
        runtime.shutdown_background();
        terminal::give_back();
        result?;
        Ok(this.app)
    }

    async fn turn(
        &mut self,
        mut receiver: UnboundedReceiver<Message>,
        first: Option<crate::client::Answer<(User, Arc<dyn Client>)>>,
    ) -> io::Result<()> {
        let mut result = self.rounds(&mut receiver, first).await;
        if result.is_err() {
            // The terminal is gone, what was typed is not.
            let effects = self.app.update(Action::Leave);
            for effect in effects {
                if let Effect::Ask(what, ask) = effect {
                    self.ask(what, ask);
                }
            }
        }
        if result.as_ref().is_err_and(hung_up) {
            result = Ok(());
        }
        // What was typed is worth a moment.
        let drafts = std::mem::take(&mut self.saving);
        let _ = tokio::time::timeout(LAST_DRAFT, async {
            for draft in drafts {
                let _ = draft.await;
            }
        })
        .await;
        result
    }

    async fn rounds(
        &mut self,
        receiver: &mut UnboundedReceiver<Message>,
        first: Option<crate::client::Answer<(User, Arc<dyn Client>)>>,
    ) -> io::Result<()> {
        signals(self.sender.clone())?;
        if let Some(first) = first {
            self.take(Message::Entered(first))?;
        }
        if self.asked {
            self.hear_background(receiver).await?;
        }
        loop {
            self.app.clock = now();
            self.sync_clock();
            let app = &mut self.app;
            self.screen.draw(|frame| app.draw(frame))?;
            if self.leaving {
                break;
            }
            let pause = if self.app.lively() {
                Duration::from_millis(80)
            } else {
                Duration::from_secs(1)
            };
            match tokio::time::timeout(pause, receiver.recv()).await {
                Ok(Some(message)) => {
                    self.take(message)?;
                    for _ in 0..AT_ONCE {
                        match receiver.try_recv() {
                            Ok(message) => self.take(message)?,
                            Err(_) => break,
                        }
                    }
                }
                Ok(None) => break,
                Err(_) => {}
            }
            self.app.clock = now();
            let effects = self.app.update(Action::Tick);
            self.perform(effects)?;
        }
        Ok(())
    }

    /// Gives the terminal a moment to tell its background, so that the first frame has the right
    /// colours; what else arrives is taken as usual.
    async fn hear_background(
        &mut self,
        receiver: &mut UnboundedReceiver<Message>,
    ) -> io::Result<()> {
        let until = tokio::time::Instant::now() + BACKGROUND;
        while let Ok(Some(message)) = tokio::time::timeout_at(until, receiver.recv()).await {
            let heard = matches!(message, Message::Background { .. });
            self.take(message)?;
            if heard {
                break;
            }
        }
        Ok(())
    }

    fn sync_clock(&mut self) {
        if let Stage::Desk(state) = &mut self.app.stage {
            state.clock = self.app.clock;
            if let Some(client) = &self.client {
                state.reach = client.reach();
            }
        }
    }

    fn take(&mut self, message: Message) -> io::Result<()> {
        self.app.clock = now();
        let session = self.session.load(Ordering::SeqCst);
        let action = match message {
            Message::Event(Event::Key(key)) if key.kind != KeyEventKind::Release => {
                Action::Key(key)
            }
            Message::Event(Event::Mouse(mouse)) => Action::Mouse(mouse),
            Message::Event(Event::Paste(text)) => Action::Paste(text),
            Message::Event(Event::Resize(width, height)) => Action::Resize(width, height),
            Message::Event(_) => return Ok(()),
            Message::Answer(of, question, then) => {
                self.answered(question);
                if of != session {
                    return Ok(());
                }
                Action::Then(then)
            }
            Message::Background { light } => {
                self.app.background(light);
                return Ok(());
            }
            Message::Broken(of, question) => {
                self.answered(question);
                if of != session {
                    return Ok(());
                }
                Action::Then(Box::new(|state| state.failed(&effect::fault())))
            }
            Message::Entered(answer) => {
                if answer.is_ok() {
                    self.session.fetch_add(1, Ordering::SeqCst);
                }
                Action::Entered(answer)
            }
            Message::Changed(of) if of == session => Action::Changed,
            Message::Changed(_) => return Ok(()),
            Message::Suspend => return self.perform(vec![Effect::Suspend]),
            Message::Leave => Action::Leave,
        };
        let effects = self.app.update(action);
        self.perform(effects)
    }

    fn answered(&mut self, question: u64) {
        if let Stage::Desk(state) = &mut self.app.stage {
            state.waiting.retain(|(id, ..)| *id != question);
        }
    }

    fn perform(&mut self, effects: Vec<Effect>) -> io::Result<()> {
        for effect in effects {
            match effect {
                Effect::Ask(what, ask) => self.ask(what, ask),
                Effect::Local(run) => {
                    self.spawn(run);
                }
                Effect::Enter(user, password) => self.enter(user, password),
                Effect::Watch(client) => {
                    self.client = Some(client.clone());
                    self.watch(client);
                }
                Effect::Edit(text, suffix) => {
                    let screen = &mut self.screen;
                    let edited = self
                        .input
                        .without(|| screen.lend(|| terminal::edit(&text, suffix)))?;
                    let effects = self.app.update(Action::Edited(edited));
                    self.perform(effects)?;
                }
                Effect::Copy(text) => {
                    if let Some(sequence) = alert::copy(&text) {
                        self.screen.signal(&sequence)?;
                    }
                }
                Effect::Alert(text) => {
                    if let Some(sequence) = alert::alert(self.app.config.alerts, &text) {
                        self.screen.signal(&sequence)?;
                    }
                }
                Effect::Mouse(on) => self.screen.mouse(on)?,
                Effect::Suspend => {
                    let screen = &mut self.screen;
                    self.input.without(|| screen.lend(terminal::stop))?;
                }
                Effect::Redraw => self.screen.redraw()?,
                Effect::Quit => self.leaving = true,
            }
        }
        Ok(())
    }

    fn ask(&mut self, what: &'static str, ask: Question) {
        let Some(client) = self.client.clone() else {
            return;
        };
        let question = self.spawn(move || ask(client.as_ref()));
        if let Stage::Desk(state) = &mut self.app.stage {
            state.waiting.push((question.0, what, state.clock.now));
        }
        self.saving.retain(|task| !task.is_finished());
        if matches!(what, SAVING | COMPLETING) {
            self.saving.push(question.1);
        }
    }

    fn spawn(
        &mut self,
        run: impl FnOnce() -> Then + Send + 'static,
    ) -> (u64, tokio::task::JoinHandle<()>) {
        self.questions += 1;
        let (question, session) = (self.questions, self.session.load(Ordering::SeqCst));
        let sender = self.sender.clone();
        let task = tokio::task::spawn_blocking(move || {
            let answer = std::panic::catch_unwind(std::panic::AssertUnwindSafe(run));
            // Nobody listens any more once the person has left.
            let _ = sender.send(match answer {
                Ok(then) => Message::Answer(session, question, then),
                Err(_) => Message::Broken(session, question),
            });
        });
        (question, task)
    }

    /// Lets somebody in, or shows who could come in when no name is given.
    fn enter(&mut self, user: String, password: Option<String>) {
        let Some(door) = self.door.clone() else {
            return;
        };
        if user.is_empty() {
            self.session.fetch_add(1, Ordering::SeqCst);
            self.client = None;
            match door.users() {
                Ok(users) => self.app.stage = Stage::Login(Login::new(users)),
                Err(_) => self.leaving = true,
            }
            return;
        }
        let sender = self.sender.clone();
        tokio::task::spawn_blocking(move || {
            let come_in = || -> crate::client::Answer<(User, Arc<dyn Client>)> {
                let client = door.enter(&user, password.as_deref())?;
                Ok((client.whoami()?, client))
            };
            let answer = std::panic::catch_unwind(std::panic::AssertUnwindSafe(come_in));
            let answer = answer.unwrap_or_else(|_| Err(effect::fault()));
            let _ = sender.send(Message::Entered(answer));
        });
    }

    /// Waits for changes of the desk on a thread of its own, as long as this user is here.
    fn watch(&self, client: Arc<dyn Client>) {
        let (sender, session) = (self.sender.clone(), self.session.clone());
        let mine = session.load(Ordering::SeqCst);
        std::thread::spawn(move || {
            let mut seen = client.wait_for_change(0, Duration::ZERO);
            while session.load(Ordering::SeqCst) == mine && !sender.is_closed() {
                let mark = client.wait_for_change(seen, WATCH);
                if mark != seen {
                    seen = mark;
                    if sender.send(Message::Changed(mine)).is_err() {
                        return;
                    }
                }
            }
        });
    }
}

/// Reads the terminal's events on a thread of its own, which can be held back.
struct Input {
    held: Arc<AtomicBool>,
    ended: Arc<AtomicBool>,
    reading: Arc<Mutex<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Input {
    fn start(sender: UnboundedSender<Message>, asked: bool) -> Input {
        let mut input = Input {
            held: Arc::default(),
            ended: Arc::default(),
            reading: Arc::default(),
            thread: None,
        };
        let (held, ended, reading) = (
            input.held.clone(),
            input.ended.clone(),
            input.reading.clone(),
        );
        let mut late = LateAnswer::new(asked, Instant::now());
        input.thread = Some(std::thread::spawn(move || {
            while !ended.load(Ordering::SeqCst) {
                if held.load(Ordering::SeqCst) {
                    std::thread::sleep(Duration::from_millis(5));
                    continue;
                }
                let turn = reading.lock().unwrap_or_else(PoisonError::into_inner);
                // crossterm reads from a closed terminal again and again, and never returns.
                let event = match terminal::closed() {
                    true => Err(io::ErrorKind::UnexpectedEof.into()),
                    false => match event::poll(POLL) {
                        Ok(true) => event::read(),
                        Ok(false) => continue,
                        Err(error) => Err(error),
                    },
                };
                drop(turn);
                let sent = match event {
                    Ok(event) => match late.hear(&event, Instant::now()) {
                        Heard::Event => sender.send(Message::Event(event)),
                        Heard::Part => continue,
                        Heard::Background { light } => sender.send(Message::Background { light }),
                    },
                    // The terminal is gone: leave, and save what was typed.
                    Err(_) => {
                        let _ = sender.send(Message::Leave);
                        return;
                    }
                };
                if sent.is_err() {
                    return;
                }
            }
        }));
        input
    }

    /// Runs something that reads the terminal itself.
    fn without<T>(&self, run: impl FnOnce() -> T) -> T {
        self.held.store(true, Ordering::SeqCst);
        let turn = self.reading.lock().unwrap_or_else(PoisonError::into_inner);
        let result = run();
        drop(turn);
        self.held.store(false, Ordering::SeqCst);
        result
    }

    /// Leaves the terminal to whoever comes next: nothing that is typed now is taken from them.
    fn stop(&mut self) {
        self.ended.store(true, Ordering::SeqCst);
        let Some(thread) = self.thread.take() else {
            return;
        };
        let until = Instant::now() + LAST_INPUT;
        while !thread.is_finished() && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

/// Signals that would end the program leave it in order; one that would stop it gives the
/// terminal back first.
fn signals(sender: UnboundedSender<Message>) -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut term = signal(SignalKind::terminate())?;
    let mut hangup = signal(SignalKind::hangup())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut quit = signal(SignalKind::quit())?;
    tokio::spawn({
        let sender = sender.clone();
        async move {
            tokio::select! {
                _ = term.recv() => {}
                _ = hangup.recv() => {}
                _ = interrupt.recv() => {}
                _ = quit.recv() => {}
            }
            let _ = sender.send(Message::Leave);
            // This task ends with the desk; an editor that has the terminal is waited for.
            tokio::time::sleep(ORDERLY).await;
            while !terminal::taken() {
                tokio::time::sleep(POLL).await;
            }
            std::process::exit(1);
        }
    });
    // SIGTSTP has this number on Linux, macOS and the BSDs alike only where listed.
    let number = if cfg!(any(target_os = "linux", target_os = "android")) {
        20
    } else {
        18
    };
    let mut stop = signal(SignalKind::from_raw(number))?;
    tokio::spawn(async move {
        while stop.recv().await.is_some() {
            if sender.send(Message::Suspend).is_err() {
                return;
            }
        }
    });
    Ok(())
}
