//! Questions and commands: sent, and sent again while the line is down, for a while. A command
//! carries a key, by which the server knows it again: one whose answer was lost is not done
//! twice.

use super::address::Address;
use super::line::{Broken, Content, Line, Message, Reply, lock};
use super::refusal;
use crate::client::{Answer, DeskError};
use hyper::Method;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::runtime::{Handle, Runtime};

/// How long nothing may happen while an answer is awaited.
const PATIENCE: Duration = Duration::from_secs(60);
/// The same for what may take its time, such as an insertion.
const LONG: Duration = Duration::from_secs(4 * 60 * 60);
/// How long a server that went away is called again.
const ENDURANCE: Duration = Duration::from_secs(20);
/// Pauses between two calls: the first, and the longest.
const PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(2));
/// Commands without an answer whose keys are kept.
const UNANSWERED: usize = 256;
/// For how long the same command given again is the one whose answer was lost; later it is meant
/// anew.
const MEMORY: Duration = Duration::from_secs(120);
/// The same for what takes long.
const LONG_MEMORY: Duration = Duration::from_secs(3_600);

/// What is plain in a path.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// A path of these parts, each encoded.
pub(super) fn path(parts: &[&str]) -> String {
    parts.iter().fold(String::new(), |mut path, part| {
        path.push('/');
        path.extend(utf8_percent_encode(part, PLAIN));
        path
    })
}

/// The same with a query string.
pub(super) fn query(parts: &[&str], pairs: &[(&str, &str)]) -> String {
    let mut path = path(parts);
    for (i, (name, value)) in pairs.iter().enumerate() {
        path.push(if i == 0 { '?' } else { '&' });
        path.push_str(name);
        path.push('=');
        path.extend(utf8_percent_encode(value, PLAIN));
    }
    path
}

/// Who asks. Its threads end with it.
pub(super) struct Ask {
    pub(super) line: Arc<Line>,
    runtime: Option<Runtime>,
    /// Somebody answered once: who is away now may come back.
    known: AtomicBool,
    /// The server knows a command again by its key; of another one it is not known what a
    /// command that is sent again would do.
    remembers: AtomicBool,
    /// Keys of commands whose answer is still missing, by what was asked: whoever asks the same
    /// again means the same.
    unanswered: Mutex<HashMap<[u8; 32], (String, Instant)>>,
}

impl Ask {
    /// A line to a server; nobody is called yet.
    pub(super) fn new(address: Address) -> Answer<Ask> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("crewdesk-line")
            .enable_all()
            .build()
            .map_err(|e| {
                DeskError::Storage(format!("the line to the server can not start: {e}"))
            })?;
        Ok(Ask {
            line: Arc::new(Line::new(address)?),
            runtime: Some(runtime),
            known: AtomicBool::new(false),
            remembers: AtomicBool::new(false),
            unanswered: Mutex::default(),
        })
    }

    /// The server knows commands again by their keys.
    pub(super) fn is_remembered(&self) {
        self.remembers.store(true, Ordering::Relaxed);
    }

    /// Where what goes on beside runs.
    pub(super) fn handle(&self) -> Option<&Handle> {
        self.runtime.as_ref().map(Runtime::handle)
    }

    /// Looks.
    pub(super) fn get<T: DeserializeOwned>(&self, path: String) -> Answer<T> {
        let reply = self.send(message(Method::GET, path, Content::None))?;
        refusal::read(&self.line.address, reply)
    }

    /// Looks, where what is asked for stands in the body.
    pub(super) fn look<T: DeserializeOwned>(
        &self,
        path: String,
        body: &impl Serialize,
    ) -> Answer<T> {
        let reply = self.send(message(Method::POST, path, json(body)?))?;
        refusal::read(&self.line.address, reply)
    }

    /// The same where the look may take long.
    pub(super) fn look_long<T: DeserializeOwned>(
        &self,
        path: String,
        body: &impl Serialize,
    ) -> Answer<T> {
        let reply = self.send(Message {
            patience: LONG,
            ..message(Method::POST, path, json(body)?)
        })?;
        refusal::read(&self.line.address, reply)
    }

    /// Does something.
    pub(super) fn post<T: DeserializeOwned>(&self, path: String, body: Json) -> Answer<T> {
        self.command(Method::POST, path, body)
    }

    /// Does something by this method.
    pub(super) fn command<T: DeserializeOwned>(
        &self,
        method: Method,
        path: String,
        body: Json,
    ) -> Answer<T> {
        let content = match body {
            Json::Null => Content::None,
            body => json(&body)?,
        };
        let reply = self.once(message(method, path, content))?;
        refusal::read(&self.line.address, reply)
    }

    /// Does something that may take long; without `again` it is sent once alone.
    pub(super) fn long<T: DeserializeOwned>(
        &self,
        path: String,
        body: Json,
        again: bool,
    ) -> Answer<T> {
        let message = Message {
            patience: LONG,
            again,
            ..message(Method::POST, path, json(&body)?)
        };
        let reply = match again {
            true => self.once(message),
            false => self.send(message),
        };
        refusal::read(&self.line.address, reply?)
    }

    /// Sends files in a form.
    pub(super) fn form<T: DeserializeOwned>(
        &self,
        path: String,
        files: &[(String, Vec<u8>)],
        changes: bool,
    ) -> Answer<T> {
        let boundary = uuid::Uuid::now_v7().simple().to_string();
        let mut form = Vec::new();
        for (i, (name, content)) in files.iter().enumerate() {
            // A name can not end its line.
            let name: String = name
                .chars()
                .map(|c| if c.is_control() || c == '"' { '_' } else { c })
                .collect();
            let head = format!(
                "--{boundary}\r\nContent-Disposition: form-data; name=\"file{i}\"; filename=\"{name}\"\r\nContent-Type: application/octet-stream\r\n\r\n"
            );
            form.extend_from_slice(head.as_bytes());
            form.extend_from_slice(content);
            form.extend_from_slice(b"\r\n");
        }
        form.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
        let message = message(Method::POST, path, Content::Form(form.into(), boundary));
        let reply = match changes {
            true => self.once(message),
            false => self.send(message),
        };
        refusal::read(&self.line.address, reply?)
    }

    /// Sends a file of this machine.
    pub(super) fn file<T: DeserializeOwned>(
        &self,
        path: String,
        file: &Path,
        size: u64,
    ) -> Answer<T> {
        let content = Content::File(file.to_owned(), size);
        let reply = self.send(message(Method::PUT, path, content));
        self.line.sent();
        refusal::read(&self.line.address, reply?)
    }

    /// Sends what is done once, however often it is sent.
    fn once(&self, message: Message) -> Answer<Reply> {
        let mut hash = Sha256::new();
        hash.update(format!("{} {}\n", message.method, message.path));
        match &message.content {
            Content::Json(body) => hash.update(body),
            // Its boundary is another each time: files are named anew, and make no new version.
            Content::Form(..) | Content::File(..) | Content::None => {}
        }
        let hash: [u8; 32] = hash.finalize().into();
        let kept = match message.content {
            Content::Form(..) => None,
            _ => lock(&self.unanswered).remove(&hash),
        };
        let long = message.patience >= LONG;
        let most = if long { LONG_MEMORY } else { MEMORY };
        let kept = kept.filter(|(_, since)| since.elapsed() < most);
        let key = kept.map_or_else(|| uuid::Uuid::now_v7().to_string(), |(key, _)| key);
        let answer = self.send(Message {
            key: Some(key.clone()),
            again: message.again && self.remembers.load(Ordering::Relaxed),
            ..message
        });
        // Also a server that is not done with it yet, or broke down over it.
        let open = match &answer {
            Ok(reply) => reply.status >= 500,
            Err(error) => matches!(error, DeskError::Storage(_)),
        };
        if open {
            let mut unanswered = lock(&self.unanswered);
            unanswered.retain(|_, (_, since)| since.elapsed() < LONG_MEMORY);
            if unanswered.len() < UNANSWERED {
                unanswered.insert(hash, (key, Instant::now()));
            }
        }
        answer
    }

    /// Sends until somebody answers or it has lasted too long.
    pub(super) fn send(&self, message: Message) -> Answer<Reply> {
        let (mut since, mut pause, mut heard) = (None, PAUSES.0, false);
        loop {
            let broken = match self.call(&message) {
                Ok(reply) if !matches!(reply.status, 502..=504) => {
                    self.line.heard(true);
                    self.known.store(true, Ordering::Relaxed);
                    return Ok(reply);
                }
                Ok(_) => Broken::after("what stands before it does not reach it"),
                Err(broken) if broken.too_large => {
                    self.line.heard(true);
                    return Err(self.too_large(&message, &broken.why));
                }
                Err(broken) => broken,
            };
            heard |= broken.sent;
            let since = *since.get_or_insert_with(Instant::now);
            let known = self.known.load(Ordering::Relaxed);
            if known {
                self.line.heard(false);
            }
            let again = known && (message.again || !broken.sent);
            if !again || since.elapsed() > ENDURANCE {
                return Err(self.gone(&message, heard, &broken.why));
            }
            std::thread::sleep(pause);
            pause = (pause * 2).min(PAUSES.1);
        }
    }

    /// Sends once, on the line's own thread: this one may be part of another runtime.
    fn call(&self, message: &Message) -> Result<Reply, Broken> {
        let ended = || Broken::before("the line is closed");
        let runtime = self.runtime.as_ref().ok_or_else(ended)?;
        let (tell, told) = std::sync::mpsc::sync_channel(1);
        let (line, message) = (self.line.clone(), message.clone());
        runtime.spawn(async move {
            let _ = tell.send(line.exchange(&message).await);
        });
        told.recv().unwrap_or_else(|_| Err(ended()))
    }

    /// Asking again would come to the same.
    fn too_large(&self, message: &Message, why: &str) -> DeskError {
        let address = &self.line.address;
        DeskError::Invalid(match message.changes() {
            true => format!(
                "{address} has done it, and its answer is too large to show ({why}); look at what became of it"
            ),
            false => format!("the answer of {address} is too large ({why}); ask for less"),
        })
    }

    fn gone(&self, message: &Message, heard: bool, why: &str) -> DeskError {
        let address = &self.line.address;
        DeskError::Storage(
            match (
                heard && message.changes(),
                self.known.load(Ordering::Relaxed),
            ) {
                (true, _) => format!(
                    "the answer of {address} was lost ({why}): whether it is done is not known; look before you do it again"
                ),
                (false, true) => {
                    format!("{address} is not reachable ({why}): nothing was done; try again later")
                }
                (false, false) => {
                    format!("{address} is not reachable ({why}): is crewdesk serve running there?")
                }
            },
        )
    }
}

impl Drop for Ask {
    fn drop(&mut self) {
        // Whoever waits on it is gone.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

fn message(method: Method, path: String, content: Content) -> Message {
    Message {
        method,
        path,
        content,
        key: None,
        patience: PATIENCE,
        again: true,
    }
}

fn json(body: &impl Serialize) -> Answer<Content> {
    let json = serde_json::to_vec(body);
    let json = json.map_err(|e| DeskError::Invalid(format!("this can not be sent: {e}")))?;
    Ok(Content::Json(json.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_path_stay_parts() {
        assert_eq!(path(&["tasks", "a/b?c", "ü"]), "/tasks/a%2Fb%3Fc/%C3%BC");
        let found = query(&["x"], &[("name", "a&b"), ("n", "1")]);
        assert_eq!(found, "/x?name=a%26b&n=1");
    }
}
