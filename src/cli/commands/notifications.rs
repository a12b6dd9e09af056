//! `crewdesk notifications`

use crate::cli::Done;
use crate::cli::output::{Output, clean, table};
use crate::cli::session::Session;
use chrono::Local;

/// More than anybody reads at once.
const MOST: usize = 500;

pub fn run(session: &Session, out: &Output, unread: bool, mark_read: bool) -> Done {
    let client = session.client()?;
    let all = client.notifications(unread, MOST)?;
    out.answer(&all, |all| {
        let rows = all.iter().map(|n| {
            vec![
                if n.read { " " } else { "*" }.into(),
                n.created
                    .with_timezone(&Local)
                    .format("%a %d %b %H:%M")
                    .to_string(),
                clean(&n.text),
            ]
        });
        table(&["", "when", "what"], rows.collect(), "Nothing to tell.")
    })?;
    if let (true, Some(newest)) = (mark_read, all.iter().map(|n| n.id).max()) {
        client.mark_read(newest)?;
    }
    Ok(())
}
