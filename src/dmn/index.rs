//! An index of a table's rules: which of them can match, by the column that tells most of them
//! apart. A rule that it leaves out would not have matched, failed, or had a reason to tell, so
//! that looking rules up is the same as going through all of them.

use super::table::Rule;
use crate::feel::{Kind, Span, Value};
use std::collections::HashMap;

/// Fewer rules are gone through faster than they are looked up.
const FEW: usize = 8;
/// A cell that lets more places than this pass tells little, and would make the index large.
const WIDE: usize = 32;

/// Rules by the values of one column.
#[derive(Debug, Clone)]
pub(super) struct Index {
    column: usize,
    /// What the inputs up to that column have to be: of others, cells before it may have to
    /// say why they have no verdict.
    kinds: Vec<Option<Kind>>,
    /// The ends of what cells let pass, in order.
    ends: Vec<Value>,
    /// Rules for the values before the first end, for that end, for those up to the next, …
    places: Vec<Vec<u32>>,
    /// Rules that have to be asked.
    others: Vec<u32>,
}

/// What the cells of a column let pass, by rule.
#[derive(Default)]
struct Column {
    kind: Option<Kind>,
    spans: Vec<(u32, Vec<Span>)>,
}

/// The kind that most cells of each column compare with.
fn kinds(columns: usize, rules: &[Rule]) -> Vec<Option<Kind>> {
    let mut counts: Vec<HashMap<Kind, usize>> = vec![HashMap::new(); columns];
    for (column, test) in rules.iter().flat_map(|rule| &rule.tests) {
        if let (Some(counts), Some(kind)) = (counts.get_mut(*column), test.kind()) {
            *counts.entry(kind).or_default() += 1;
        }
    }
    let most = |counts: HashMap<Kind, usize>| counts.into_iter().max_by_key(|(_, n)| *n);
    let most = counts.into_iter().map(most);
    most.map(|most| most.map(|(kind, _)| kind)).collect()
}

impl Index {
    /// The index of a table; none where it helps little.
    pub fn of(columns: usize, rules: &[Rule]) -> Option<Index> {
        if rules.len() < FEW {
            return None;
        }
        let kinds = kinds(columns, rules);
        let of = |kind: &Option<Kind>| Column {
            kind: *kind,
            spans: Vec::new(),
        };
        let mut columns: Vec<Column> = kinds.iter().map(of).collect();
        for (rule, ix) in rules.iter().zip(0u32..) {
            for (column, test) in &rule.tests {
                let column = columns.get_mut(*column)?;
                // Cells behind one that may fail or have no verdict are not reached by all.
                if test.kind().is_none() || test.kind() != column.kind {
                    break;
                }
                column.spans.extend(test.spans().map(|spans| (ix, spans)));
            }
        }
        let indexes = columns.into_iter().enumerate().map(|(column, found)| {
            Index::by(column, kinds[..=column].to_vec(), found.spans, rules.len())
        });
        let best = indexes.min_by_key(Index::cost)?;
        (best.cost() * 2 <= rules.len()).then_some(best)
    }

    fn by(
        column: usize,
        kinds: Vec<Option<Kind>>,
        spans: Vec<(u32, Vec<Span>)>,
        rules: usize,
    ) -> Index {
        let all = spans.iter().flat_map(|(_, spans)| spans);
        let mut ends: Vec<Value> = all.flat_map(Span::ends).cloned().collect();
        ends.sort_by(order);
        ends.dedup_by(|a, b| order(a, b).is_eq());
        let mut index = Index {
            column,
            kinds,
            places: vec![Vec::new(); ends.len() * 2 + 1],
            ends,
            others: Vec::new(),
        };
        let mut told = vec![false; rules];
        for (rule, spans) in spans {
            let mut places: Vec<usize> = Vec::new();
            for span in &spans {
                let low = span.low.as_ref().map_or(0, |end| index.place(end));
                let last = index.places.len() - 1;
                let high = span.high.as_ref().map_or(last, |end| index.place(end));
                places.extend((low..=high).take(WIDE + 1));
            }
            if places.len() <= WIDE {
                places.sort_unstable();
                places.dedup();
                places
                    .into_iter()
                    .for_each(|place| index.places[place].push(rule));
                told[rule as usize] = true;
            }
        }
        let others = told.iter().zip(0u32..).filter(|(told, _)| !**told);
        index.others = others.map(|(_, rule)| rule).collect();
        index
    }

    fn place(&self, value: &Value) -> usize {
        match self.ends.binary_search_by(|end| order(end, value)) {
            Ok(ix) => ix * 2 + 1,
            Err(ix) => ix * 2,
        }
    }

    /// Rules that have to be asked about a value, about.
    fn cost(&self) -> usize {
        let named: usize = self.places.iter().map(Vec::len).sum();
        self.others.len() + named.div_ceil(self.places.len())
    }

    /// The rules that may match, in order; `None` for all of them.
    pub fn candidates(&self, values: &[Value]) -> Option<Candidates<'_>> {
        let mut given = self.kinds.iter().zip(values);
        if !given.all(|(kind, value)| kind.is_none() || *kind == Kind::of(value)) {
            return None;
        }
        Some(Candidates {
            named: self.places.get(self.place(values.get(self.column)?))?,
            others: &self.others,
        })
    }
}

/// The order of values of one kind.
fn order(a: &Value, b: &Value) -> std::cmp::Ordering {
    a.compare(b).unwrap_or(std::cmp::Ordering::Equal)
}

/// Two lists of rules, as one in order.
pub(super) struct Candidates<'i> {
    named: &'i [u32],
    others: &'i [u32],
}

impl Iterator for Candidates<'_> {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        let from = match (self.named.first(), self.others.first()) {
            (Some(a), Some(b)) if a < b => &mut self.named,
            (Some(_), None) => &mut self.named,
            _ => &mut self.others,
        };
        let (first, rest) = from.split_first()?;
        *from = rest;
        Some(*first as usize)
    }
}
