//! What the fields of forms are chosen from: people, groups, connections and their tables.
//!
//! A choice is an offer, never a demand: what is typed stays.

use super::effect::{self, Effect};
use super::form::Form;
use super::state::State;
use crate::client::Preview;

/// The field that names a connection.
const CONNECTION: &str = "connection";
/// The field that names a table of it.
const TABLE: &str = "tableName";
/// What usually stands between two values.
const SEPARATORS: [&str; 4] = [",", ";", "tab", "|"];
/// How characters are usually written.
const ENCODINGS: [&str; 4] = ["UTF-8", "windows-1252", "UTF-16LE", "ISO-8859-15"];
/// How numbers are usually written.
const NUMBERS: [&str; 4] = ["1.234,56", "1,234.56", "1 234,56", "1'234.56"];
/// How truths are written in other languages.
const BOOLEANS: [&str; 4] = ["ja/nein", "wahr/falsch", "oui/non", "vrai/faux"];
/// How days are usually written.
const DATES: [&str; 9] = [
    "dd.MM.yyyy",
    "dd/MM/yyyy",
    "MM/dd/yyyy",
    "yyyy/MM/dd",
    "dd-MM-yyyy",
    "yyyyMMdd",
    "dd.MM.yyyy HH:mm",
    "dd-MMM-yyyy",
    "dd.MM.yy",
];
/// How long a list of tables is offered before it is asked for anew, in seconds.
const FRESH: i64 = 60;

/// Offers people and groups in the fields that Camunda's models name them by.
pub fn team(form: &mut Form, names: &[String]) {
    let people = names.iter().filter(|n| !n.starts_with('@'));
    let groups = names.iter().filter_map(|n| n.strip_prefix('@'));
    let (people, groups): (Vec<String>, Vec<String>) = (
        people.cloned().collect(),
        groups.map(str::to_owned).collect(),
    );
    for field in &mut form.fields {
        match field.id.as_str() {
            "assignee" | "owner" => field.offers.clone_from(&people),
            "candidateUsers" => field.list_of(&people),
            "candidateGroups" => field.list_of(&groups),
            _ => {}
        }
    }
}

/// Offers how a frame may be written, and shows what was found out about it.
pub fn reading(form: &mut Form, preview: Option<&Preview>) {
    let found = preview.and_then(|p| p.separator.as_deref());
    let dates = preview.and_then(|p| p.date_format.as_deref());
    let numbers = preview.and_then(|p| p.number_format.as_deref());
    let shown = |s: Option<&str>| s.map_or("found out".to_owned(), |s| format!("{s}  found"));
    for field in &mut form.fields {
        match field.id.as_str() {
            "separator" => {
                field.offers = SEPARATORS.map(str::to_owned).to_vec();
                field.placeholder = shown(found);
            }
            "skipLines" => field.placeholder = "none; the header is the first".to_owned(),
            "header" => {
                field.offers = ["yes", "no"].map(str::to_owned).to_vec();
                field.placeholder = "the first line names the columns".to_owned();
            }
            "quote" => {
                field.offers = ["\"", "'", "none"].map(str::to_owned).to_vec();
                field.placeholder = shown(preview.and_then(|p| p.quote.as_deref()));
            }
            "escape" => {
                field.offers = ["\\", "none"].map(str::to_owned).to_vec();
                field.placeholder = "none".to_owned();
            }
            "encoding" => {
                field.offers = ENCODINGS.map(str::to_owned).to_vec();
                field.placeholder = shown(preview.and_then(|p| p.encoding.as_deref()));
            }
            "sheet" => {
                field.offers = preview.map(|p| p.sheets.clone()).unwrap_or_default();
                let sheet = preview.and_then(|p| p.sheet.clone());
                field.placeholder = sheet.unwrap_or_else(|| "the first of a workbook".to_owned());
            }
            "undoable" => {
                field.offers = ["yes", "no"].map(str::to_owned).to_vec();
                field.placeholder = "no; yes lets you take it back for 7 days".to_owned();
            }
            "nullText" => field.placeholder = "only what is empty".to_owned(),
            "trim" => {
                field.offers = ["yes", "no", "all"].map(str::to_owned).to_vec();
                field.placeholder = "blanks around values stay".to_owned();
            }
            "numberFormat" => {
                let usual = NUMBERS.iter().filter(|n| Some(**n) != numbers);
                let all = numbers.iter().chain(usual);
                field.offers = all.map(|n| (*n).to_owned()).collect();
                field.placeholder = match numbers {
                    Some(format) => format!("1234.56; these look like {format}"),
                    None => "1234.56".to_owned(),
                };
            }
            "timeZone" => field.placeholder = "UTC, where a column keeps the zone".to_owned(),
            "booleanFormat" => {
                field.offers = BOOLEANS.map(str::to_owned).to_vec();
                field.placeholder = "true/false, yes/no, 1/0".to_owned();
            }
            "dateFormat" => {
                let usual = DATES.iter().filter(|d| Some(**d) != dates);
                field.offers = dates.iter().chain(usual).map(|d| (*d).to_owned()).collect();
                field.placeholder = match dates {
                    Some(format) => format!("yyyy-MM-dd; these look like {format}"),
                    None => "yyyy-MM-dd".to_owned(),
                };
            }
            _ => {}
        }
    }
}

/// Offers the tables of the connection that the form on the screen names; asks for them where
/// they are not known.
pub fn tables(state: &mut State) -> Option<Effect> {
    let now = state.clock.now;
    let form = state.form()?;
    form.field(TABLE)?;
    let name = form.text(CONNECTION).unwrap_or_default();
    // While a name is being typed nothing is asked.
    let known = form.field(CONNECTION)?.offers.contains(&name);
    let listed = state.tables.get(&name).cloned();
    let form = state.form()?;
    let field = form.fields.iter_mut().find(|f| f.id == TABLE)?;
    match &listed {
        Some((_, tables)) if known => {
            if field.offers != *tables {
                field.offers.clone_from(tables);
            }
        }
        _ => field.offers.clear(),
    }
    if !known || listed.is_some_and(|(at, _)| (now - at).num_seconds() < FRESH) {
        return None;
    }
    state.tables.entry(name.clone()).or_default().0 = now;
    let asked = name.clone();
    Some(effect::ask(
        "the tables",
        // What cannot be listed can be typed; the preview says what is wrong.
        move |client| client.test_connection(&asked),
        move |state, found| {
            if let Ok(found) = found {
                state.tables.insert(name, (state.clock.now, found.tables));
            }
            Vec::new()
        },
    ))
}
