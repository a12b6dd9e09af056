//! What is suspicious about a decision table: rules that overlap where they may not, values
//! that no rule is for, rules that never count, cells that can not match their column.
//!
//! Cells compare their input with constants, so a column falls apart into few regions in which
//! all values are alike. One value of each stands for it. Tables with other cells are judged as
//! far as that goes, and it is said how far.

mod region;

use super::{Decision, Definitions, HitPolicy, Table};
use crate::feel::Value;
use region::Region;
use serde::Serialize;
use std::collections::HashMap;
use std::fmt;

/// Most findings of a kind in a table.
const MOST: usize = 20;
/// Most columns of a table that is looked at.
const WIDEST: usize = 64;
/// Most cells, pairs of rules and combinations of regions looked at.
const PATIENCE: usize = 5_000_000;

/// Something that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// The decision.
    pub decision: String,
    /// What it is.
    pub kind: FindingKind,
    /// The line of the file in which the first of its rules begins, else the table; from 1.
    pub line: u32,
    /// The column there, in characters from 1.
    pub column: u32,
    /// The rules that it is about, from one.
    pub rules: Vec<usize>,
    /// A sentence.
    pub message: String,
}

/// What may be found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum FindingKind {
    /// Rules match together although the hit policy forbids that.
    Overlap,
    /// Values that no rule is for.
    Gap,
    /// A rule that never counts.
    Unreachable,
    /// A cell that can not match values of its column.
    Type,
    /// What could not be judged.
    Unknown,
}

impl FindingKind {
    /// True when an evaluation would fail, or could never have meant that.
    pub fn is_error(self) -> bool {
        matches!(self, FindingKind::Overlap | FindingKind::Type)
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "decision '{}': {}", self.decision, self.message)
    }
}

/// Checks every table of a model.
pub fn check(definitions: &Definitions) -> Vec<Finding> {
    let mut findings = Vec::new();
    for decision in definitions.own() {
        if let Some(table) = decision.table() {
            Check::new(decision, table).run(&mut findings);
        }
    }
    findings
}

/// Rules as bits.
type Rules = Vec<u64>;

fn empty(rules: &Rules) -> bool {
    rules.iter().all(|word| *word == 0)
}

fn both(a: &Rules, b: &Rules) -> Rules {
    a.iter().zip(b).map(|(a, b)| a & b).collect()
}

struct Check<'t> {
    decision: &'t Decision,
    table: &'t Table,
    /// For each column its regions, with the rules that match there.
    columns: Vec<Vec<(Region, Rules)>>,
    /// Rules with a cell that can not be judged.
    unknown: Vec<usize>,
    looked: usize,
}

impl<'t> Check<'t> {
    fn new(decision: &'t Decision, table: &'t Table) -> Self {
        let words = table.rules.len().div_ceil(64).max(1);
        let mut unknown = Vec::new();
        let mut columns = Vec::new();
        let mut looked = 0;
        for column in 0..table.inputs.len() {
            let cells: Vec<_> = table.rules.iter().map(|rule| rule.cell(column)).collect();
            let regions = region::regions(&table.inputs[column], &cells);
            looked += regions.len() * cells.len();
            if looked >= PATIENCE {
                columns.push(Vec::new());
                continue;
            }
            let mut judged = Vec::new();
            for region in regions {
                let mut rules = vec![0u64; words];
                for (ix, cell) in cells.iter().enumerate() {
                    match cell.map_or(Some(true), |cell| cell.judge(&region.value)) {
                        Some(true) => rules[ix / 64] |= 1 << (ix % 64),
                        Some(false) => {}
                        None if unknown.contains(&ix) => {}
                        None => unknown.push(ix),
                    }
                }
                judged.push((region, rules));
            }
            columns.push(judged);
        }
        unknown.sort_unstable();
        Check {
            decision,
            table,
            columns,
            unknown,
            looked,
        }
    }

    fn run(mut self, findings: &mut Vec<Finding>) {
        let mut found = Vec::new();
        self.types(&mut found);
        if self.columns.len() > WIDEST {
            self.looked = PATIENCE;
        }
        self.overlaps(&mut found);
        self.unreachable(&mut found);
        if self.unknown.is_empty() {
            self.gaps(&mut found);
        } else {
            let rules: Vec<usize> = self.unknown.iter().map(|ix| ix + 1).collect();
            let message = format!(
                "not every cell of {} {} compares with constants; such rules are left out here, and gaps are not looked for",
                if rules.len() == 1 { "rule" } else { "rules" },
                numbers(&rules)
            );
            found.push(self.finding(FindingKind::Unknown, rules, message));
        }
        if self.looked >= PATIENCE {
            let message = "the table is too large to look at every combination".to_owned();
            found.push(self.finding(FindingKind::Unknown, Vec::new(), message));
        }
        findings.append(&mut found);
    }

    fn finding(&self, kind: FindingKind, rules: Vec<usize>, message: String) -> Finding {
        let first = rules.first().and_then(|number| number.checked_sub(1));
        let rule = first.and_then(|ix| self.table.rules.get(ix));
        let at = rule.map_or(self.table.position, |rule| rule.position);
        Finding {
            decision: self.decision.id.clone(),
            kind,
            line: at.line,
            column: at.column,
            rules,
            message,
        }
    }

    /// Cells of constants that are never of the column's type, or match nothing at all.
    fn types(&self, found: &mut Vec<Finding>) {
        for (column, input) in self.table.inputs.iter().enumerate() {
            for (ix, rule) in self.table.rules.iter().enumerate() {
                if found.len() >= MOST {
                    return;
                }
                let (Some(cell), Some(text)) = (rule.cell(column), rule.input_texts.get(column))
                else {
                    continue;
                };
                let message = match (&input.declared, region::wrong_type(input, cell)) {
                    (Some(_), Some(other)) => format!(
                        "rule {}: `{text}` is {}, but {} is {}",
                        ix + 1,
                        with_article(other),
                        input.title(),
                        with_article(&input.type_name())
                    ),
                    _ if self.never(column, ix) => {
                        format!("rule {}: `{text}` matches nothing", ix + 1)
                    }
                    _ => continue,
                };
                found.push(self.finding(FindingKind::Type, vec![ix + 1], message));
            }
        }
    }

    fn never(&self, column: usize, rule: usize) -> bool {
        let regions = &self.columns[column];
        let matches = |rules: &Rules| rules[rule / 64] & (1 << (rule % 64)) != 0;
        !self.unknown.contains(&rule)
            && !regions.is_empty()
            && regions.iter().all(|(_, rules)| !matches(rules))
    }

    /// Where two rules match together.
    fn together(&self, a: usize, b: usize) -> Option<String> {
        let mut places = Vec::new();
        let bit = |rules: &Rules, ix: usize| rules[ix / 64] & (1 << (ix % 64)) != 0;
        for (column, regions) in self.columns.iter().enumerate() {
            let shared: Vec<&Region> = regions
                .iter()
                .filter(|(_, rules)| bit(rules, a) && bit(rules, b))
                .map(|(region, _)| region)
                .collect();
            if shared.is_empty() && !regions.is_empty() {
                return None;
            }
            places.extend(self.place(column, &shared));
        }
        Some(if places.is_empty() {
            "everything".to_owned()
        } else {
            places.join(", ")
        })
    }

    /// The regions of a column in words; `None` when they are all there is.
    fn place(&self, column: usize, regions: &[&Region]) -> Option<String> {
        let title = self.table.inputs[column].title();
        if regions.len() == self.columns[column].len() {
            return None;
        }
        let mut words: Vec<&str> = regions.iter().map(|r| r.text.as_str()).collect();
        words.sort_by_key(|word| *word == region::OTHER);
        words.dedup();
        if words.len() > 3 {
            words.truncate(3);
            words.push("…");
        }
        Some(format!("{title} {}", words.join(" or ")))
    }

    fn overlaps(&mut self, found: &mut Vec<Finding>) {
        let policy = self.table.hit_policy;
        if !matches!(policy, HitPolicy::Unique | HitPolicy::Any) {
            return;
        }
        let before = found.len();
        for a in 0..self.table.rules.len() {
            for b in a + 1..self.table.rules.len() {
                self.looked += 1;
                if found.len() - before >= MOST || self.looked >= PATIENCE {
                    return;
                }
                if self.unknown.contains(&a) || self.unknown.contains(&b) {
                    continue;
                }
                let (one, other) = (&self.table.rules[a], &self.table.rules[b]);
                if policy == HitPolicy::Any && one.output_texts == other.output_texts {
                    continue;
                }
                let Some(place) = self.together(a, b) else {
                    continue;
                };
                let message = match policy {
                    HitPolicy::Any => format!(
                        "rules {} and {} both match {place} but do not give the same, as ANY asks",
                        a + 1,
                        b + 1
                    ),
                    _ => format!(
                        "rules {} and {} both match {place}; UNIQUE allows one",
                        a + 1,
                        b + 1
                    ),
                };
                let rules = vec![a + 1, b + 1];
                found.push(self.finding(FindingKind::Overlap, rules, message));
            }
        }
    }

    /// Rules that an earlier one always comes before.
    fn unreachable(&mut self, found: &mut Vec<Finding>) {
        if self.table.hit_policy != HitPolicy::First {
            return;
        }
        for rule in 1..self.table.rules.len() {
            if self.unknown.contains(&rule) || self.columns.iter().any(Vec::is_empty) {
                continue;
            }
            let mut earlier = self.all(rule);
            self.unknown
                .iter()
                .for_each(|ix| earlier[ix / 64] &= !(1 << (ix % 64)));
            if !self.uncovered(0, &earlier, Some(rule), &mut Vec::new(), &mut |_| true)
                && self.looked < PATIENCE
                && (0..self.columns.len()).all(|column| !self.never(column, rule))
            {
                let message = format!(
                    "rule {} never counts: the rules before it match everything it matches",
                    rule + 1
                );
                found.push(self.finding(FindingKind::Unreachable, vec![rule + 1], message));
            }
        }
    }

    fn gaps(&mut self, found: &mut Vec<Finding>) {
        // An output with a default needs no rule; COLLECT and the like may give nothing.
        let defaulted = self.table.outputs.iter().any(|o| o.default.is_some());
        if defaulted || self.table.rules.is_empty() || self.table.hit_policy.is_multiple() {
            return;
        }
        let all = self.all(self.table.rules.len());
        let mut gaps: Vec<Vec<Vec<usize>>> = Vec::new();
        self.uncovered(0, &all, None, &mut Vec::new(), &mut |path| {
            gaps.push(path.to_vec());
            gaps.len() >= MOST
        });
        for path in gaps {
            let mut places = Vec::new();
            for (column, regions) in path.iter().enumerate() {
                let regions: Vec<&Region> = regions
                    .iter()
                    .map(|ix| &self.columns[column][*ix].0)
                    .collect();
                places.extend(self.place(column, &regions));
            }
            let message = format!("no rule is for {}", places.join(", "));
            found.push(self.finding(FindingKind::Gap, Vec::new(), message));
        }
    }

    fn all(&self, count: usize) -> Rules {
        let mut rules = vec![0u64; self.table.rules.len().div_ceil(64).max(1)];
        (0..count).for_each(|ix| rules[ix / 64] |= 1 << (ix % 64));
        rules
    }

    /// Looks for combinations of regions that none of the rules match, within those that
    /// `inside` matches; `tell` says when to stop. True when it stopped.
    ///
    /// As deep as there are columns.
    fn uncovered(
        &mut self,
        column: usize,
        rules: &Rules,
        inside: Option<usize>,
        path: &mut Vec<Vec<usize>>,
        tell: &mut dyn FnMut(&[Vec<usize>]) -> bool,
    ) -> bool {
        let here = self.columns.get(column).map_or(0, Vec::len);
        self.looked += 1 + here * rules.len();
        if self.looked >= PATIENCE {
            return false;
        }
        if column == self.columns.len() {
            return empty(rules) && tell(path);
        }
        // Regions with the same rules are one.
        let mut groups: Vec<(Rules, Vec<usize>)> = Vec::new();
        let mut known: HashMap<Rules, usize> = HashMap::new();
        for (ix, (_, matching)) in self.columns[column].iter().enumerate() {
            let counts = inside.is_none_or(|rule| matching[rule / 64] & (1 << (rule % 64)) != 0);
            if !counts {
                continue;
            }
            let left = both(rules, matching);
            match known.get(&left) {
                Some(group) => groups[*group].1.push(ix),
                None => {
                    known.insert(left.clone(), groups.len());
                    groups.push((left, vec![ix]));
                }
            }
        }
        for (left, regions) in groups {
            path.push(regions);
            let stop = if empty(&left) && inside.is_none() {
                tell(path)
            } else {
                self.uncovered(column + 1, &left, inside, path, tell)
            };
            path.pop();
            if stop {
                return true;
            }
        }
        false
    }
}

fn numbers(rules: &[usize]) -> String {
    let all: Vec<String> = rules.iter().map(usize::to_string).collect();
    all.join(", ")
}

fn with_article(of: &str) -> String {
    let article = if of.starts_with(['a', 'e', 'i', 'o', 'u']) {
        "an"
    } else {
        "a"
    };
    format!("{article} {of}")
}

/// A value and the words for it.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => format!("\"{text}\""),
        other => other.to_string(),
    }
}
