//! Whether both find the same values for random expressions.

use crate::expressions::Writer;
use crewdesk::feel::{Budget, Expression, ParseScope, Scope, Value};
use dsntk_feel::FeelScope;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Differences of a kind that are shown.
const SHOWN: usize = 5;

pub fn run(count: u64, seed: u64) {
    std::panic::set_hook(Box::new(|_| {}));
    let (mut same, mut null, mut failed) = (0u64, 0u64, 0u64);
    let mut differences: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for n in 0..count {
        let text = Writer::new(seed.wrapping_mul(1_000_003) + n).expression();
        let value = match ours(&text) {
            Ok(value) => value,
            Err(error) => {
                failed += 1;
                println!("ours fails: {text}: {error}");
                continue;
            }
        };
        null += u64::from(value.is_null());
        let found = value.to_string();
        let theirs = theirs(&text);
        if alike(&found, &theirs) {
            same += 1;
            continue;
        }
        let kind = format!("{} / {}", value.type_name(), rough(&theirs));
        differences.entry(kind).or_default().push(format!("{text}\n      ours   {found}\n      theirs {theirs}"));
    }
    for (kind, all) in &differences {
        println!("{kind}: {}", all.len());
        let mut shortest: Vec<&String> = all.iter().collect();
        shortest.sort_by_key(|text| text.len());
        shortest.iter().take(SHOWN).for_each(|text| println!("    {text}"));
    }
    let differ: usize = differences.values().map(Vec::len).sum();
    println!("{count} expressions of seed {seed}: {same} the same, {differ} differ, {failed} failed, {:.1} % null",
        null as f64 * 100.0 / count as f64);
}

fn ours(text: &str) -> Result<Value, String> {
    let parsed = Expression::parse(text, &ParseScope::new()).map_err(|e| e.to_string())?;
    let value = parsed.eval(&Scope::new(), &mut Budget::default());
    value.map_err(|e| e.to_string())
}

fn theirs(text: &str) -> String {
    let run = || {
        let scope = FeelScope::default();
        match dsntk_feel_parser::parse_expression(&scope, text, false) {
            Ok(node) => dsntk_feel_evaluator::evaluate(&scope, &node).to_string(),
            Err(error) => format!("refused: {error}"),
        }
    };
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_| "panic".to_owned())
}

/// Null is written with a reason there, texts with quotes, numbers with zeros at their ends and `-0`.
fn alike(ours: &str, theirs: &str) -> bool {
    let plain = |text: &str| text.replace([' ', '"', '\\'], "");
    let read = |text: &str| self::ours(text).map(|value| value.to_string());
    (ours == "null" && theirs.starts_with("null"))
        || plain(ours) == plain(theirs)
        || (!theirs.starts_with("null") && read(theirs).is_ok_and(|read| read == ours))
}

fn rough(theirs: &str) -> &str {
    match theirs {
        "panic" => "panic",
        null if null.starts_with("null") => "null",
        refused if refused.starts_with("refused") => "refused",
        _ => "value",
    }
}
