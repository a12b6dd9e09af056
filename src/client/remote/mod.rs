//! The client of a desk that is served elsewhere: Camunda's REST API where that suffices, and
//! what `GET /crewdesk` says there is beside it.
//!
//! | file | is |
//! |---|---|
//! | `address`, `line`, `body` | where the server is, one exchange with it |
//! | `ask`, `refusal` | questions and commands, sent again while the line is down; answers |
//! | `enter` | who one is there |
//! | `desk`, `operate`, `drafts` | the desk by its own operations |
//! | `camunda`, `form` | tasks by Camunda's paths alone, for any server of that API |
//! | `frames`, `forms`, `shelf`, `watch` | files that are sent; forms that were seen; drafts that are not sent yet; live updates |

mod address;
mod ask;
mod body;
mod camunda;
mod desk;
mod drafts;
mod enter;
mod form;
mod forms;
mod frames;
mod line;
mod operate;
mod refusal;
mod shelf;
mod watch;

pub use enter::Server;

use super::{Answer, DeskError};
use ask::Ask;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use watch::Feed;

/// The live updates of a server, followed from the first time somebody waits for one.
#[derive(Default)]
struct News(OnceLock<Arc<Feed>>);

impl News {
    fn wait(
        &self,
        ask: &Ask,
        path: Option<&'static [&'static str]>,
        seen: u64,
        at_most: Duration,
    ) -> u64 {
        let feed = self.0.get_or_init(|| {
            let feed = Arc::new(Feed::default());
            if let Some(handle) = ask.handle() {
                let follow = watch::follow(ask.line.clone(), Arc::downgrade(&feed), path);
                handle.spawn(follow);
            }
            feed
        });
        feed.wait(seen, at_most)
    }
}

/// The refusal of what a server does not have.
fn not_offered<T>(ask: &Ask, what: &str) -> Answer<T> {
    Err(DeskError::Invalid(format!(
        "{} does not offer {what}; do it where its database is",
        ask.line.address
    )))
}
