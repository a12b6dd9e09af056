//! Why an instance can not move, in plain words: what clients of Camunda read names Java classes.

/// A refusal, a line for each activity: `id: why`.
pub(super) fn plain(refusal: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    let mut about = String::new();
    for line in refusal.lines() {
        let text = line.trim();
        if let Some(element) = heading(text) {
            about = element;
        } else if line.starts_with('\t') {
            lines.push(format!("{about}: {}", reason(text)));
        } else if !text.starts_with("ENGINE-2300") || !text.ends_with(':') {
            lines.push(text.to_owned());
        }
    }
    lines.join("\n")
}

/// What the following lines are about.
fn heading(text: &str) -> Option<String> {
    let instruction = text.strip_prefix("Migration instruction ");
    if let Some(instruction) = instruction.and_then(|rest| rest.strip_suffix(" is not valid:")) {
        return Some(pair(
            instruction,
            "sourceActivityId='",
            "targetActivityId='",
            '\'',
        ));
    }
    let place = text.strip_prefix("Cannot migrate ")?.strip_suffix(':')?;
    let id = place.split_once('\'')?.1.trim_end_matches('\'');
    Some(id.split(':').next().unwrap_or(id).to_owned())
}

/// `old to new`, or one id where both are the same.
fn pair(text: &str, old: &str, new: &str, end: char) -> String {
    let of = |mark: &str| {
        let after = text.split_once(mark).map_or("", |(_, after)| after);
        after.split(end).next().unwrap_or_default().to_owned()
    };
    let (old, new) = (of(old), of(new));
    match old == new {
        true => old,
        false => format!("{old} to {new}"),
    }
}

fn reason(text: &str) -> String {
    if text.starts_with("There is no migration instruction for this instance's activity") {
        return "the other version has no activity of this id; say which one takes its place"
            .to_owned();
    }
    if let Some(kinds) = text.strip_prefix("Activities have incompatible types (") {
        let kinds = kinds.trim_end_matches(')');
        let (here, there) = kinds
            .split_once(" is not compatible with ")
            .unwrap_or((kinds, ""));
        return format!(
            "it is another kind of activity there: {} here, {} there",
            kind(here),
            kind(there)
        );
    }
    if let Some((_, mappings)) = text.split_once("': ValidatingMigrationInstructionImpl") {
        let targets = mappings.split("ValidatingMigrationInstructionImpl");
        let targets: Vec<String> = targets
            .map(|one| {
                pair(
                    one,
                    "sourceActivity=Activity(",
                    "targetActivity=Activity(",
                    ')',
                )
            })
            .collect();
        return format!("it is said twice where it goes: {}", targets.join(", "));
    }
    text.to_owned()
}

/// `UserTaskActivityBehavior` is a user task.
fn kind(behavior: &str) -> String {
    // That of a call activity is a CallActivityBehavior.
    let name = match behavior.strip_suffix("ActivityBehavior") {
        Some("Call") | None => behavior.trim_end_matches("Behavior"),
        Some(name) => name,
    };
    let mut words = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.extend(letter.to_lowercase());
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_name_activities_and_no_classes() {
        let plan = "ENGINE-23001 Migration plan for process definition 'a:1:x' to 'a:2:y' is not valid:\n\t Migration instruction MigrationInstructionImpl{sourceActivityId='pay', targetActivityId='ship', updateEventTrigger='false'} is not valid:\n\t\tActivities have incompatible types (UserTaskActivityBehavior is not compatible with ExternalTaskActivityBehavior)\n\t\tThere are multiple mappings for source activity id 'pay': ValidatingMigrationInstructionImpl{sourceActivity=Activity(pay), targetActivity=Activity(a)}, ValidatingMigrationInstructionImpl{sourceActivity=Activity(pay), targetActivity=Activity(b)}";
        assert_eq!(
            plain(plan),
            "pay to ship: it is another kind of activity there: user task here, external task there\n\
             pay to ship: it is said twice where it goes: pay to a, pay to b"
        );
        let instance = "ENGINE-23004 Cannot migrate process instance 'p':\n\tCannot migrate activity instance 'pay:0199':\n\t\tThere is no migration instruction for this instance's activity\n\tCannot migrate transition instance 'add:7':\n\t\tTarget activity is not asyncBefore";
        assert_eq!(
            plain(instance),
            "pay: the other version has no activity of this id; say which one takes its place\n\
             add: Target activity is not asyncBefore"
        );
        assert_eq!(
            plain("it runs on this version already"),
            "it runs on this version already"
        );
    }
}
