//! Batches as rows among incidents and jobs: how far they are, and what is done to them.

use crate::client::operate::BatchView;
use crate::tui::effect::Done;
use crate::tui::overlay::Dialog;
use crate::tui::words;

/// How far a batch is, in words.
pub fn progress(batch: &BatchView) -> String {
    let (done, all) = (
        words::thousands(batch.completed),
        words::thousands(batch.total),
    );
    let mut text = format!("{done} of {all} done");
    if batch.failed > 0 {
        text += &format!(", {} failed", words::thousands(batch.failed));
    }
    match &batch.stopped {
        Some(why) => text += &format!(", stopped: {why}"),
        None if batch.suspended => text += ", suspended",
        None => {}
    }
    text
}

/// Asks what is to become of a batch.
pub fn ask(id: &str, title: &str, progress: &str, suspended: bool) -> Dialog {
    use crate::tui::form::{Field, Input};
    let hold = if suspended {
        ("activate", "goes on, on your behalf if it was stopped")
    } else {
        ("suspend", "waits until it is let go on")
    };
    let options = [
        hold,
        ("retry", "tries again what failed in it"),
        ("cancel", "ends here; what is done stays done"),
    ];
    let options = options.map(|(id, label)| (id.to_owned(), label.to_owned()));
    let field = Field::new("what", "It", Input::Choice(options.to_vec(), Some(0)));
    let (id, name) = (id.to_owned(), title.to_owned());
    let text = format!("{progress}. A worker does what is left, one by one.");
    Dialog::ask(title, &text, vec![field], "Do it", move |client, filled| {
        let desk = client.operator()?;
        match filled.text("what").as_deref() {
            Some("retry") => {
                let items = words::count(desk.retry_batch(&id)?, "item", "items");
                Ok(Done::say(format!("{items} of the batch tried again")))
            }
            Some("cancel") => {
                desk.cancel_batch(&id)?;
                Ok(Done::say(format!("Cancelled the batch {name}")))
            }
            what => {
                let suspend = what == Some("suspend");
                desk.suspend_batch(&id, suspend)?;
                let said = if suspend { "Suspended" } else { "Activated" };
                let id = id.clone();
                Ok(Done::say(format!("{said} the batch {name}")).undo(
                    format!("the change of the batch {name}"),
                    Vec::new(),
                    move |client| client.operator()?.suspend_batch(&id, !suspend),
                ))
            }
        }
    })
}
