//! What is suspicious about a decision table: rules that overlap where they may not, values
//! that no rule is for, rules that never count, cells that can not match their column.
//!
//! Cells compare their input with constants, so a column falls apart into few regions in which
//! all values are alike. One value of each stands for it. Tables with other cells are judged as
//! far as that goes, and it is said how far.

mod cell;
mod name;
mod policy;
mod region;

use super::script::Test;
use super::{Definitions, Dialect, HitPolicy, Kind, Table};
use crate::feel::Value;
use crate::model::{Position, Severity};
use name::{Known, Names};
use region::Region;
use serde::Serialize;
use std::collections::HashMap;
use std::fmt;

/// Most findings of a kind in a table.
const MOST: usize = 20;
/// Of more it is said how many, up to so many.
const COUNTED: usize = 1_000;
/// Most columns of a table that is looked at.
const WIDEST: usize = 64;
/// Most cells, pairs of rules and combinations of regions looked at.
const PATIENCE: usize = 5_000_000;

/// Something that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// The decision or business knowledge model with the table.
    pub decision: String,
    /// Which of these it is.
    pub part: Kind,
    /// What it is.
    pub kind: FindingKind,
    /// An error when an evaluation would fail, or could never have meant that.
    pub severity: Severity,
    /// The line of the file in which the cell begins, else the first of its rules, else the
    /// table; from 1.
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
    /// A cell that can not match values of its column, or does not give one.
    Type,
    /// A value that is not among those of its column.
    Value,
    /// A name that nothing gives.
    Name,
    /// What the hit policy or the aggregation can not work with.
    Policy,
    /// What could not be judged.
    Unknown,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} '{}': {}", self.part, self.decision, self.message)
    }
}

/// Checks every table of a model, those inside of boxed expressions included.
pub fn check(definitions: &Definitions) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut look = |owner: &str, table: &Table, names: Option<&Known<'_>>| {
        let check = Check::new(definitions, owner, table);
        check.policy(&mut findings);
        if let Some(names) = names {
            check.names(names, &mut findings);
        }
        check.run(&mut findings);
    };
    let names = Names::of(definitions);
    let known = names.of_decisions();
    for decision in definitions.own() {
        if let Some(table) = decision.table() {
            look(&decision.id, table, Some(&known));
        }
    }
    for boxed in definitions.boxed.iter() {
        let names = names.inside(boxed);
        look(&boxed.owner, &boxed.table, names.as_ref());
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
    definitions: &'t Definitions,
    owner: &'t str,
    table: &'t Table,
    /// For each column its regions, with the rules that match there.
    columns: Vec<Vec<(Region, Rules)>>,
    /// For each column the rules that match null, which is in no region.
    nulls: Vec<Rules>,
    /// Rules with a cell that can not be judged.
    unknown: Vec<usize>,
    looked: usize,
}

impl<'t> Check<'t> {
    fn new(definitions: &'t Definitions, owner: &'t str, table: &'t Table) -> Self {
        let words = table.rules.len().div_ceil(64).max(1);
        let mut unknown = Vec::new();
        let (mut columns, mut nulls) = (Vec::new(), Vec::new());
        let mut looked = 0;
        for column in 0..table.inputs.len() {
            let cells: Vec<_> = table.rules.iter().map(|rule| rule.cell(column)).collect();
            let regions = region::regions(&table.inputs[column], &cells);
            looked += regions.len() * cells.len();
            if looked >= PATIENCE {
                columns.push(Vec::new());
                nulls.push(vec![0u64; words]);
                continue;
            }
            let mut judge = |passes: &dyn Fn(&Test) -> Option<bool>| {
                let mut rules = vec![0u64; words];
                for (ix, cell) in cells.iter().enumerate() {
                    match cell.map_or(Some(true), passes) {
                        Some(true) => rules[ix / 64] |= 1 << (ix % 64),
                        Some(false) => {}
                        None if unknown.contains(&ix) => {}
                        None => unknown.push(ix),
                    }
                }
                rules
            };
            nulls.push(judge(&|cell| cell.judge(&Value::Null)));
            let mut judged = Vec::new();
            if regions.is_empty() {
                // No cell names a value: what one lets pass, all others do not.
                let none = |cell: &Test| cell.constants().map(|_| false);
                judged.push((Region::anything(), judge(&none)));
            }
            for region in regions {
                let rules = judge(&|cell| cell.judge(&region.value));
                judged.push((region, rules));
            }
            columns.push(judged);
        }
        unknown.sort_unstable();
        Check {
            definitions,
            owner,
            table,
            columns,
            nulls,
            unknown,
            looked,
        }
    }

    fn run(mut self, findings: &mut Vec<Finding>) {
        let mut found = Vec::new();
        self.cells(&mut found);
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

    /// A finding about rules.
    fn finding(&self, kind: FindingKind, rules: Vec<usize>, message: String) -> Finding {
        let first = rules.first().and_then(|number| number.checked_sub(1));
        let rule = first.and_then(|ix| self.table.rules.get(ix));
        let at = rule.map_or(self.table.position, |rule| rule.position);
        self.finding_at(at, kind, rules, message)
    }

    /// A finding about an entry of a rule, counted from zero over inputs and outputs.
    fn finding_in(&self, kind: FindingKind, rule: usize, entry: usize, message: &str) -> Finding {
        let at = self.table.rules.get(rule).map(|rule| rule.place(entry));
        let message = format!("rule {}: {message}", rule + 1);
        self.finding_at(
            at.unwrap_or(self.table.position),
            kind,
            vec![rule + 1],
            message,
        )
    }

    fn finding_at(
        &self,
        at: Position,
        kind: FindingKind,
        rules: Vec<usize>,
        message: String,
    ) -> Finding {
        Finding {
            decision: self.owner.to_owned(),
            part: match self.definitions.decisions.contains_key(self.owner) {
                true => Kind::Decision,
                false => Kind::BusinessKnowledgeModel,
            },
            kind,
            severity: match kind {
                FindingKind::Overlap | FindingKind::Type | FindingKind::Policy => Severity::Error,
                // What Camunda does not hold values to, and where it sees all variables.
                FindingKind::Value | FindingKind::Name if self.is_standard() => Severity::Error,
                _ => Severity::Warning,
            },
            line: at.line,
            column: at.column,
            rules,
            message,
        }
    }

    fn is_standard(&self) -> bool {
        self.definitions.dialect == Dialect::Standard
    }

    fn never(&self, column: usize, rule: usize) -> bool {
        let regions = &self.columns[column];
        let matches = |rules: &Rules| rules[rule / 64] & (1 << (rule % 64)) != 0;
        !self.unknown.contains(&rule)
            && !regions.is_empty()
            && regions.iter().all(|(_, rules)| !matches(rules))
            && !matches(&self.nulls[column])
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
            places.extend(self.place(column, shared));
        }
        Some(told(&places))
    }

    /// Regions of a column; `None` when they are all there is.
    fn place<'r>(&'r self, column: usize, mut regions: Vec<&'r Region>) -> Option<Place<'r>> {
        let title = self.table.inputs[column].title();
        if regions.len() == self.columns[column].len() {
            return None;
        }
        regions.sort_by_key(|region| region.other);
        Some(Place { title, regions })
    }

    fn overlaps(&mut self, found: &mut Vec<Finding>) {
        let policy = self.table.hit_policy;
        if !matches!(policy, HitPolicy::Unique | HitPolicy::Any) {
            return;
        }
        let mut count = 0;
        for a in 0..self.table.rules.len() {
            for b in a + 1..self.table.rules.len() {
                self.looked += 1;
                if count > COUNTED || self.looked >= PATIENCE {
                    break;
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
                count += 1;
                if count > MOST {
                    continue;
                }
                let message = match policy {
                    HitPolicy::Any => format!(
                        "rules {} and {} both match {place}; they do not give the same, as ANY asks",
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
        self.untold(
            FindingKind::Overlap,
            count,
            "pairs of rules that overlap",
            found,
        );
    }

    /// Rules that an earlier one always comes before.
    fn unreachable(&mut self, found: &mut Vec<Finding>) {
        if self.table.hit_policy != HitPolicy::First {
            return;
        }
        let before = found.len();
        for rule in 1..self.table.rules.len() {
            if found.len() - before >= MOST {
                return;
            }
            if self.unknown.contains(&rule) || self.columns.iter().any(Vec::is_empty) {
                continue;
            }
            let mut earlier = self.all(rule);
            self.unknown
                .iter()
                .for_each(|ix| earlier[ix / 64] &= !(1 << (ix % 64)));
            if (0..self.columns.len()).any(|column| self.never(column, rule)) {
                continue;
            }
            let covered = |check: &mut Self, nulls| {
                let within = Some((rule, nulls));
                !check.uncovered(0, &earlier, within, &mut Vec::new(), &mut |_| true)
                    && check.looked < PATIENCE
            };
            if !covered(self, false) {
                continue;
            }
            let number = rule + 1;
            let alone = (0..rule).find(|earlier| self.covers(*earlier, rule));
            let message = match (alone, covered(self, true)) {
                (Some(earlier), _) => format!(
                    "rule {number} never counts: rule {} before it matches everything it matches. Move it up, or remove it",
                    earlier + 1
                ),
                (None, true) => format!(
                    "rule {number} never counts: the rules before it match everything it matches. Move it up, or remove it"
                ),
                // What is left for the last rule may be meant.
                (None, false) if self.table.rules[rule].tests.is_empty() => continue,
                (None, false) => format!(
                    "rule {number} counts only where an input is null: the rules before it match everything else that it matches"
                ),
            };
            found.push(self.finding(FindingKind::Unreachable, vec![number], message));
        }
    }

    /// Whether a rule matches wherever another one does.
    fn covers(&self, rule: usize, other: usize) -> bool {
        let bit = |rules: &Rules, ix: usize| rules[ix / 64] & (1 << (ix % 64)) != 0;
        let regions = self.columns.iter().flatten().map(|(_, rules)| rules);
        let mut regions = regions.chain(&self.nulls);
        !self.unknown.contains(&rule) && regions.all(|rules| bit(rules, rule) || !bit(rules, other))
    }

    fn gaps(&mut self, found: &mut Vec<Finding>) {
        // An output with a default needs no rule; COLLECT and the like may give nothing.
        let defaulted = self.table.outputs.iter().any(|o| o.default.is_some());
        if defaulted || self.table.rules.is_empty() || self.table.hit_policy.is_multiple() {
            return;
        }
        let all = self.all(self.table.rules.len());
        let mut gaps: Vec<Vec<Vec<usize>>> = Vec::new();
        let mut count = 0;
        self.uncovered(0, &all, None, &mut Vec::new(), &mut |path| {
            if count < MOST {
                gaps.push(path.to_vec());
            }
            count += 1;
            count > COUNTED
        });
        for path in gaps {
            let mut places = Vec::new();
            for (column, regions) in path.iter().enumerate() {
                let regions = regions.iter().map(|ix| &self.columns[column][*ix].0);
                places.extend(self.place(column, regions.collect()));
            }
            let message = format!("no rule is for {}", told(&places));
            let gap = self.finding(FindingKind::Gap, Vec::new(), message);
            found.push(gap);
        }
        self.untold(FindingKind::Gap, count, "places that no rule is for", found);
    }

    /// Says how many findings of a kind there are beside those that are told.
    fn untold(&self, kind: FindingKind, count: usize, what: &str, found: &mut Vec<Finding>) {
        let more = match count.saturating_sub(MOST) {
            0 => return,
            _ if count > COUNTED => format!("more than {}", COUNTED - MOST),
            more => more.to_string(),
        };
        let message = format!("and {more} more {what}. Mend those above first");
        found.push(self.finding(kind, Vec::new(), message));
    }

    fn all(&self, count: usize) -> Rules {
        let mut rules = vec![0u64; self.table.rules.len().div_ceil(64).max(1)];
        (0..count).for_each(|ix| rules[ix / 64] |= 1 << (ix % 64));
        rules
    }

    /// Looks for combinations of regions that none of the rules match, within those that
    /// a rule `inside` matches, nulls included if so said; `tell` says when to stop. True when it
    /// stopped.
    ///
    /// As deep as there are columns.
    fn uncovered(
        &mut self,
        column: usize,
        rules: &Rules,
        inside: Option<(usize, bool)>,
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
        let null = inside.is_some_and(|(_, nulls)| nulls);
        let null = null.then_some(&self.nulls[column]);
        let regions = self.columns[column].iter().map(|(_, rules)| rules);
        for (ix, matching) in regions.chain(null).enumerate() {
            let bit = |rule: usize| matching[rule / 64] & (1 << (rule % 64)) != 0;
            let counts = inside.is_none_or(|(rule, _)| bit(rule));
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

/// Regions of a column that are not all there is.
struct Place<'r> {
    title: &'r str,
    regions: Vec<&'r Region>,
}

/// Places in words, with an example where they do not name one themselves.
fn told(places: &[Place<'_>]) -> String {
    if places.is_empty() {
        return "everything".to_owned();
    }
    let place = |place: &Place<'_>| {
        let mut words = region::in_words(&place.regions);
        words.dedup();
        if words.len() > 3 {
            words.truncate(3);
            words.push("…".to_owned());
        }
        format!("{} {}", place.title, words.join(" or "))
    };
    let all: Vec<String> = places.iter().map(place).collect();
    let exact = |place: &Place<'_>| matches!(place.regions.as_slice(), [one] if one.exact);
    if places.iter().all(exact) {
        return all.join(", ");
    }
    let example = |place: &Place<'_>| {
        let region = place.regions.iter().find(|region| region.exact);
        let region = region.or(place.regions.first());
        let value = region.map(|region| match region.other || region.exact {
            true => region.text.clone(),
            false => format!("= {}", shown(&region.value)),
        });
        format!("{} {}", place.title, value.unwrap_or_default())
    };
    let examples: Vec<String> = places.iter().map(example).collect();
    match examples == all {
        true => all.join(", "),
        false => format!("{}, for example {}", all.join(", "), examples.join(", ")),
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

fn text_of(value: &Value) -> Option<&str> {
    match value {
        Value::String(text) => Some(text),
        _ => None,
    }
}
