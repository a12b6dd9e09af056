//! Aggregations that lack what they work with.

use super::{Check, Finding, FindingKind, MOST, shown, with_article};
use crate::dmn::script::Script;
use crate::dmn::table::{Aggregation, HitPolicy, number_in};
use crate::feel::Value;
use crate::model::Severity;

/// Types whose values can not be added.
const NO_NUMBERS: [&str; 4] = ["string", "boolean", "date", "time"];

impl Check<'_> {
    /// Looks at the aggregation.
    pub(super) fn policy(&self, found: &mut Vec<Finding>) {
        let aggregates = self.table.hit_policy == HitPolicy::Collect;
        let aggregation = self.table.aggregation.filter(|_| aggregates);
        match aggregation {
            None | Some(Aggregation::Count) => {}
            Some(aggregation) => self.aggregation(aggregation, found),
        }
    }

    /// Aggregations over what is no number.
    fn aggregation(&self, aggregation: Aggregation, found: &mut Vec<Finding>) {
        let Some(output) = self.table.outputs.first() else {
            return;
        };
        let name = output.written.type_name.as_deref().unwrap_or_default();
        if NO_NUMBERS.contains(&name) {
            let at = output.written.position;
            let of = with_article(name);
            let message = format!("{}, but {} is {of}", takes(aggregation), output.title());
            found.push(self.over(aggregation, name == "boolean", |kind| {
                self.finding_at(at, kind, Vec::new(), message)
            }));
            return;
        }
        let before = found.len();
        for (ix, rule) in self.table.rules.iter().enumerate() {
            let entry = rule.outputs.first().and_then(Option::as_ref);
            let Some(constant) = entry.and_then(Script::constant) else {
                continue;
            };
            let converted = output.type_ref.as_ref();
            let converted = converted.map(|of| of.convert(constant.clone()));
            let value = converted.and_then(Result::ok).unwrap_or(constant);
            let read = self.table.reads_numbers() && number_in(&value).is_some();
            if read || matches!(value, Value::Number(_) | Value::Null) {
                continue;
            }
            if found.len() - before >= MOST {
                return;
            }
            let (text, of) = (shown(&value), with_article(value.type_name()));
            let message = format!("{}, but {text} is {of}", takes(aggregation));
            let order = value.compare(&value).is_none();
            found.push(self.over(aggregation, order, |kind| {
                self.finding_in(kind, ix, self.table.inputs.len(), &message)
            }));
        }
    }

    /// SUM fails of what is no number, MIN and MAX of what has no order; of texts and dates they
    /// go by their order, where Camunda 7 fails.
    fn over(
        &self,
        aggregation: Aggregation,
        unordered: bool,
        finding: impl FnOnce(FindingKind) -> Finding,
    ) -> Finding {
        let fails = aggregation == Aggregation::Sum || unordered;
        let mut finding = finding(FindingKind::Policy);
        if !fails {
            finding.severity = Severity::Warning;
            finding.message += ": it is compared as such, and Camunda 7 refuses it";
        }
        finding
    }
}

fn takes(aggregation: Aggregation) -> String {
    match aggregation {
        Aggregation::Sum => "SUM adds numbers".to_owned(),
        other => format!("{other} compares numbers"),
    }
}
