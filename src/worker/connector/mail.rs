//! `mail-send`: one mail, given to the server of the desk's settings over SMTP (RFC 5321).

mod message;

use super::reach::{self, Line, Whom};
use super::settings::{Mail, Security};
use super::{Inputs, Trouble};
use crate::value::words::io_error;
use crate::value::{Map, Value, base64};
use chrono::{DateTime, Utc};
use message::{Mailbox, Message, stuffed};
use std::future::poll_fn;
use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::time::Duration;
use tokio::io::ReadBuf;
use tokio::time::timeout;
use zeroize::Zeroizing;

/// How long each step may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long to wait for a connection.
const CONNECT: Duration = Duration::from_secs(15);
/// Whoever gets one mail, at most.
const RECIPIENTS: usize = 100;
/// Bytes of one mail's texts, at most.
const LONGEST: usize = 8 << 20;
/// Bytes of one reply, at most.
const REPLY: usize = 64 * 1024;

/// Sends the mail; there is no answer to it. `id` names it: whoever gets it twice can tell.
pub(super) async fn run(
    inputs: &Inputs,
    settings: Option<&Mail>,
    id: &str,
    now: DateTime<Utc>,
) -> Result<Map, Trouble> {
    let settings = settings.ok_or_else(|| {
        Trouble::Never(
            "no mail server is set up: name it under [mail] in the desk's settings of \
             connectors, see docs/SETTINGS.md"
                .to_owned(),
        )
    })?;
    let [to, cc, bcc] = ["to", "cc", "bcc"].map(|name| mailboxes(inputs, name));
    let (to, cc, bcc) = (to?, cc?, bcc?);
    let everybody = [&to, &cc, &bcc].map(Vec::len).iter().sum::<usize>();
    if to.is_empty() || everybody > RECIPIENTS {
        return Err(Trouble::Never(format!(
            "a mail goes to at least one address in 'to', and to at most {RECIPIENTS} in all"
        )));
    }
    let from = inputs.text("from")?.or_else(|| settings.from.clone());
    let from = from.ok_or_else(|| {
        Trouble::Never(
            "the mail has no sender: give the parameter 'from', or from under [mail]".to_owned(),
        )
    })?;
    let mut from = mailbox("from", &from)?;
    if let Some(alias) = inputs.text("fromAlias")? {
        from.name = Some(alias);
    }
    let (text, html) = (inputs.text("text")?, inputs.text("html")?);
    let subject = inputs.text("subject")?.unwrap_or_default();
    let length = [&text, &html].map(|body| body.as_ref().map_or(0, String::len));
    if text.is_none() && html.is_none() {
        let why = "the mail is empty: give the parameter 'text' or 'html'";
        return Err(Trouble::Never(why.to_owned()));
    }
    if length.iter().sum::<usize>() + subject.len() > LONGEST {
        let most = LONGEST >> 20;
        return Err(Trouble::Never(format!(
            "the mail is longer than {most} MiB"
        )));
    }
    let message = Message {
        id,
        date: now,
        from: &from,
        to: &to,
        cc: &cc,
        subject: &subject,
        text: text.as_deref(),
        html: html.as_deref(),
    };
    let message = stuffed(&message.written());
    let recipients: Vec<&str> = [&to, &cc, &bcc]
        .into_iter()
        .flatten()
        .map(|mailbox| mailbox.address.as_str())
        .collect();
    send(settings, &from.address, &recipients, &message).await?;
    Ok(Map::new())
}

/// The addresses of a parameter: a comma list, or a list.
fn mailboxes(inputs: &Inputs, name: &str) -> Result<Vec<Mailbox>, Trouble> {
    if let Some(Value::List(items)) = inputs.0.get(name) {
        let items = items.iter().filter_map(Value::as_str);
        return items.map(|item| mailbox(name, item)).collect();
    }
    let list = inputs.text(name)?.unwrap_or_default();
    let parts = Mailbox::split(&list).into_iter();
    parts.map(|part| mailbox(name, part)).collect()
}

fn mailbox(name: &str, text: &str) -> Result<Mailbox, Trouble> {
    Mailbox::read(text).ok_or_else(|| {
        let shown: String = text.chars().filter(|c| !c.is_control()).take(80).collect();
        Trouble::Never(format!(
            "'{name}' has no mail address in {shown:?}; write it like ana@example.org"
        ))
    })
}

async fn send(settings: &Mail, from: &str, to: &[&str], message: &str) -> Result<(), Trouble> {
    let host = settings.host.as_str();
    let port = settings.port.unwrap_or(match settings.tls {
        Security::Starttls => 587,
        Security::Tls => 465,
        Security::None => 25,
    });
    let line = reach::call(host, port, Whom::Anybody, CONNECT).await?;
    let (near, far) = (line.local_addr(), line.peer_addr());
    let me = match near.map(|address| address.ip()) {
        Ok(IpAddr::V4(address)) => format!("[{address}]"),
        Ok(IpAddr::V6(address)) => format!("[IPv6:{address}]"),
        Err(_) => "localhost".to_owned(),
    };
    let here = far.is_ok_and(|address| address.ip().is_loopback());
    let mail = Envelope {
        settings,
        me,
        from,
        to,
        message,
    };
    match settings.tls {
        Security::Tls => {
            let line = reach::secure(line, host, CONNECT).await?;
            let mut talk = Talk::new(line, host);
            talk.greeted().await?;
            mail.deliver(&mut talk).await
        }
        Security::Starttls => {
            let mut talk = Talk::new(line, host);
            talk.greeted().await?;
            let hello = talk.hello(&mail.me).await?;
            if !hello.offers("STARTTLS") {
                return Err(Trouble::Never(format!(
                    "{host} offers no STARTTLS; set tls under [mail] as its owner says"
                )));
            }
            talk.say("STARTTLS", "to begin TLS", &[220]).await?;
            if !talk.heard.is_empty() {
                // Said before TLS, it would be taken for said within.
                return Err(Trouble::Never(format!(
                    "{host} speaks out of turn before TLS; it is not to be trusted"
                )));
            }
            let line = reach::secure(talk.line, host, CONNECT).await?;
            mail.deliver(&mut Talk::new(line, host)).await
        }
        Security::None if settings.password.is_some() && !here => Err(Trouble::Never(format!(
            "a password is not sent to {host} in the clear; set tls under [mail]"
        ))),
        Security::None => {
            let mut talk = Talk::new(line, host);
            talk.greeted().await?;
            mail.deliver(&mut talk).await
        }
    }
}

struct Envelope<'e> {
    settings: &'e Mail,
    me: String,
    from: &'e str,
    to: &'e [&'e str],
    message: &'e str,
}

impl Envelope<'_> {
    /// Everything from the second greeting on. All recipients get it, or none.
    async fn deliver<L: Line>(&self, talk: &mut Talk<'_, L>) -> Result<(), Trouble> {
        let hello = talk.hello(&self.me).await?;
        if let (Some(user), Some(password)) = (&self.settings.user, &self.settings.password) {
            talk.log_in(&hello, user, password.expose()).await?;
        }
        let mut from = format!("MAIL FROM:<{}>", self.from);
        if !self.from.is_ascii() || self.to.iter().any(|to| !to.is_ascii()) {
            if !hello.offers("SMTPUTF8") {
                return Err(Trouble::Never(format!(
                    "{} takes no addresses with letters beyond ASCII",
                    talk.host
                )));
            }
            from.push_str(" SMTPUTF8");
        }
        talk.say(&from, "the sender", &[250]).await?;
        for to in self.to {
            let rcpt = format!("RCPT TO:<{to}>");
            talk.say(&rcpt, &format!("the recipient {to}"), &[250, 251])
                .await?;
        }
        talk.say("DATA", "the mail", &[354]).await?;
        talk.write(self.message.as_bytes()).await?;
        talk.say(".", "the mail", &[250]).await?;
        // It is sent, whatever is answered to this.
        let _ = talk.say("QUIT", "the end", &[221]).await;
        Ok(())
    }
}

/// What a server offers, a line each.
struct Hello(Vec<String>);

impl Hello {
    fn offers(&self, name: &str) -> bool {
        self.words(name).is_some()
    }

    fn words(&self, name: &str) -> Option<Vec<&str>> {
        let mut lines = self.0.iter().map(|line| line.split(' '));
        lines.find_map(|mut words| {
            let first = words.next()?;
            first.eq_ignore_ascii_case(name).then(|| words.collect())
        })
    }
}

/// A conversation.
struct Talk<'t, L> {
    line: L,
    host: &'t str,
    /// Bytes that were read and not yet understood.
    heard: Vec<u8>,
}

impl<'t, L: Line> Talk<'t, L> {
    fn new(line: L, host: &'t str) -> Talk<'t, L> {
        let heard = Vec::new();
        Talk { line, host, heard }
    }

    async fn greeted(&mut self) -> Result<(), Trouble> {
        let reply = self.reply().await?;
        self.expect(reply, "to talk", &[220], true).map(drop)
    }

    async fn hello(&mut self, me: &str) -> Result<Hello, Trouble> {
        let lines = self.say(&format!("EHLO {me}"), "EHLO", &[250]).await?;
        Ok(Hello(lines))
    }

    async fn log_in(&mut self, hello: &Hello, user: &str, password: &str) -> Result<(), Trouble> {
        let ways = hello.words("AUTH").unwrap_or_default();
        let offered = |way: &str| ways.iter().any(|offered| offered.eq_ignore_ascii_case(way));
        let what = format!("the login of {user}");
        let mut steps = Vec::new();
        if offered("PLAIN") {
            let both = Zeroizing::new(format!("\0{user}\0{password}"));
            let both = Zeroizing::new(base64::encode(both.as_bytes()));
            steps.push((Zeroizing::new(format!("AUTH PLAIN {}", *both)), 235));
        } else if offered("LOGIN") {
            let encoded = |text: &str| Zeroizing::new(base64::encode(text.as_bytes()));
            steps.push((Zeroizing::new("AUTH LOGIN".to_owned()), 334));
            steps.push((encoded(user), 334));
            steps.push((encoded(password), 235));
        } else {
            return Err(Trouble::Never(format!(
                "{} offers no login by a password that is spoken here (PLAIN or LOGIN)",
                self.host
            )));
        }
        for (line, code) in steps {
            self.write(line.as_bytes()).await?;
            self.write(b"\r\n").await?;
            let reply = self.reply().await?;
            // What is answered to a password is told to nobody.
            self.expect(reply, &what, &[code], false)?;
        }
        Ok(())
    }

    /// Says a line and hears its reply, which must have one of these codes.
    async fn say(&mut self, line: &str, what: &str, codes: &[u16]) -> Result<Vec<String>, Trouble> {
        let line = format!("{line}\r\n");
        self.write(line.as_bytes()).await?;
        let reply = self.reply().await?;
        self.expect(reply, what, codes, true)
    }

    fn expect(
        &self,
        (code, lines): (u16, Vec<String>),
        what: &str,
        codes: &[u16],
        quote: bool,
    ) -> Result<Vec<String>, Trouble> {
        if codes.contains(&code) {
            return Ok(lines);
        }
        let said: String = lines
            .join(" ")
            .chars()
            .filter(|c| !c.is_control())
            .take(200)
            .collect();
        let said = if quote {
            format!(" {said}")
        } else {
            String::new()
        };
        let told = format!("{} refuses {what}: {code}{said}", self.host);
        Err(match code {
            500..=599 => Trouble::Never(told),
            _ => Trouble::Again(told),
        })
    }

    /// One reply of one or more lines (RFC 5321 §4.2).
    async fn reply(&mut self) -> Result<(u16, Vec<String>), Trouble> {
        let host = self.host;
        let strange = || Trouble::Again(format!("{host} does not speak SMTP there"));
        let mut lines = Vec::new();
        let mut length = 0;
        loop {
            let line = self.read_line().await?;
            length += line.len();
            let code = line.get(..3).and_then(|code| code.parse::<u16>().ok());
            let Some(code) = code.filter(|_| length <= REPLY) else {
                return Err(strange());
            };
            lines.push(line.get(4..).unwrap_or_default().to_owned());
            if line.as_bytes().get(3) != Some(&b'-') {
                return Ok((code, lines));
            }
        }
    }

    async fn read_line(&mut self) -> Result<String, Trouble> {
        loop {
            if let Some(end) = self.heard.iter().position(|&byte| byte == b'\n') {
                let line: Vec<u8> = self.heard.drain(..=end).collect();
                let line = String::from_utf8_lossy(&line);
                return Ok(line.trim_end_matches(['\r', '\n']).to_owned());
            }
            if self.heard.len() > REPLY {
                let host = self.host;
                return Err(Trouble::Again(format!("{host} does not speak SMTP there")));
            }
            let mut room = [0; 4096];
            let mut room = ReadBuf::new(&mut room);
            let line = &mut self.line;
            let read = poll_fn(|context| Pin::new(&mut *line).poll_read(context, &mut room));
            said(self.host, timeout(PATIENCE, read).await)?;
            if room.filled().is_empty() {
                let host = self.host;
                return Err(Trouble::Again(format!("{host}: the line was cut")));
            }
            self.heard.extend_from_slice(room.filled());
        }
    }

    async fn write(&mut self, mut bytes: &[u8]) -> Result<(), Trouble> {
        while !bytes.is_empty() {
            let line = &mut self.line;
            let write = poll_fn(|context| Pin::new(&mut *line).poll_write(context, bytes));
            let written = said(self.host, timeout(PATIENCE, write).await)?;
            if written == 0 {
                let host = self.host;
                return Err(Trouble::Again(format!("{host}: the line was cut")));
            }
            bytes = bytes.get(written..).unwrap_or_default();
        }
        let line = &mut self.line;
        let flush = poll_fn(|context| Pin::new(&mut *line).poll_flush(context));
        said(self.host, timeout(PATIENCE, flush).await)
    }
}

/// What came of a step with this host.
fn said<T>(
    host: &str,
    step: Result<io::Result<T>, tokio::time::error::Elapsed>,
) -> Result<T, Trouble> {
    match step {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(Trouble::Again(format!("{host}: {}", io_error(&error)))),
        Err(_) => Err(Trouble::Again(format!("{host} does not answer"))),
    }
}
