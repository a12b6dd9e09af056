//! Whether both find the same values for random expressions, and why not: each difference is
//! traced to the smallest parts that differ, and each of these to a cause that the standard
//! settles. What has none is shown.

use crate::causes::{self, CAUSES};
use crate::expressions::Writer;
use crate::parts::Part;
use crate::sides::{Other, ours, same, theirs};
use std::collections::BTreeMap;

/// Examples of each kind that are shown.
const SHOWN: usize = 3;

pub fn run(count: u64, seed: u64) {
    std::panic::set_hook(Box::new(|_| {}));
    let (mut alike, mut null, mut failed) = (0u64, 0u64, 0u64);
    let mut explained: BTreeMap<&str, (u64, String)> = BTreeMap::new();
    let mut unexplained: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut left = 0;
    for n in 0..count {
        let marked = Writer::new(seed.wrapping_mul(1_000_003) + n).marked();
        let whole = Part::read(&marked);
        let text = whole.text();
        let value = match ours(&text) {
            Ok(value) => value,
            Err(error) => {
                failed += 1;
                println!("crewdesk fails: {text}: {error}");
                continue;
            }
        };
        null += u64::from(value.is_null());
        if matches!(theirs(&text), Other::Value(theirs) if same(&value, &theirs)) {
            alike += 1;
            continue;
        }
        let (mut known, mut unknown) = (Vec::new(), Vec::new());
        match whole.origins() {
            Err(error) => unknown.push(("not traced".to_owned(), error)),
            Ok(origins) => {
                for origin in origins {
                    match causes::of(&origin) {
                        Some(cause) => known.push((cause.name, origin.to_string())),
                        None => unknown.push((origin.shape.clone(), origin.to_string())),
                    }
                }
            }
        }
        if unknown.is_empty() {
            known.sort();
            known.dedup_by_key(|(name, _)| *name);
            for (name, shown) in known {
                let entry = explained.entry(name).or_insert((0, shown.clone()));
                entry.0 += 1;
                if shown.len() < entry.1.len() {
                    entry.1 = shown;
                }
            }
        } else {
            left += 1;
            for (shape, shown) in unknown {
                unexplained.entry(shape).or_default().push(shown);
            }
        }
    }
    for cause in CAUSES {
        let (n, example) = explained.get(cause.name).cloned().unwrap_or_default();
        println!("{n:>8} {}\n      {example}", cause.name);
    }
    for (shape, mut all) in unexplained {
        all.sort_by_key(String::len);
        println!("UNEXPLAINED {shape}: {}", all.len());
        all.iter()
            .take(SHOWN)
            .for_each(|text| println!("    {text}"));
    }
    println!(
        "{count} expressions of seed {seed}: {alike} the same, {} differ, {left} of them unexplained, {failed} failed, {:.1} % null",
        count - alike - failed,
        null as f64 * 100.0 / count as f64
    );
}
