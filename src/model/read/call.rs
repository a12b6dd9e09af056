//! Call activities with what they pass, and multi-instance activities.

use super::super::graph::{CallActivity, Mapping, MultiInstance, NodeKind, Source};
use super::super::xml::{Element, Namespace};
use super::{Reader, Template, camunda, camunda_text, extensions, is_false, is_true};

impl Reader<'_> {
    pub(super) fn call_activity(&mut self, element: &Element, id: &str) -> Option<NodeKind> {
        if let Some(case) = camunda(element, "caseRef") {
            let message = "a case (caseRef) does not run here: call a process by calledElement";
            self.error(case.position, Some(id), message);
            return None;
        }
        let called = element.attribute("calledElement");
        let Some(called) = called.filter(|a| !a.value.trim().is_empty()) else {
            let message = "Missing attribute 'calledElement' or 'caseRef': name the called process";
            self.error(element.position, Some(id), message);
            return None;
        };
        let called = self.template(called.value.trim(), called.position, id);
        let binding = self.binding(element, id, "calledElement");
        let business_key = self.business_key(element, id)?;
        let inputs = self.mappings(element, id, "in");
        let outputs = self.mappings(element, id, "out");
        Some(NodeKind::CallActivity(Box::new(CallActivity {
            called: called?,
            binding: binding?,
            business_key,
            inputs,
            outputs,
        })))
    }

    /// `camunda:in businessKey`, if there is one.
    pub(super) fn business_key(&mut self, element: &Element, id: &str) -> Option<Option<Template>> {
        let key = extensions(element, "in").find_map(|e| e.attribute("businessKey"));
        match key {
            Some(key) => self.template(&key.value, key.position, id).map(Some),
            None => Some(None),
        }
    }

    /// `camunda:in` or `camunda:out`.
    pub(super) fn mappings(&mut self, element: &Element, id: &str, name: &str) -> Vec<Mapping> {
        extensions(element, name)
            .filter(|mapping| mapping.attribute("businessKey").is_none())
            .filter_map(|mapping| self.mapping(mapping, id))
            .collect()
    }

    fn mapping(&mut self, mapping: &Element, id: &str) -> Option<Mapping> {
        let local = is_true(mapping.attribute("local"));
        if let Some(variables) = mapping.attribute("variables") {
            if variables.value.trim() != "all" {
                let message = "Invalid value for attribute 'variables': the only one is 'all'";
                self.error(variables.position, Some(id), message);
                return None;
            }
            return Some(Mapping {
                source: Source::All,
                target: None,
                local,
            });
        }
        let (source, expression) = (
            mapping.attribute("source"),
            mapping.attribute("sourceExpression"),
        );
        let Some((given, what)) = source
            .map(|a| (a, "source"))
            .or(expression.map(|a| (a, "sourceExpression")))
        else {
            let message = "Missing parameter 'source' or 'sourceExpression' when passing variables";
            self.error(
                mapping.position,
                Some(id),
                format!("{message}: name the variable"),
            );
            return None;
        };
        if given.value.trim().is_empty() {
            let message = format!("Empty attribute '{what}' when passing variables: name one");
            self.error(given.position, Some(id), message);
            return None;
        }
        let Some(target) = mapping
            .attribute("target")
            .filter(|a| !a.value.trim().is_empty())
        else {
            let message = "Missing attribute 'target' when attribute 'source' or \
                           'sourceExpression' is set: name the variable it becomes";
            self.error(mapping.position, Some(id), message);
            return None;
        };
        let source = match what {
            "source" => Source::Variable(given.value.clone()),
            _ => Source::Expression(self.template(&given.value, given.position, id)?),
        };
        Some(Mapping {
            source,
            target: Some(target.value.clone()),
            local,
        })
    }

    /// `multiInstanceLoopCharacteristics` of an activity.
    pub(super) fn multi_instance(
        &mut self,
        element: &Element,
        id: &str,
    ) -> Option<Box<MultiInstance>> {
        let loops = element.first(Namespace::Bpmn, "multiInstanceLoopCharacteristics")?;
        let mut multi = MultiInstance {
            sequential: is_true(loops.attribute("isSequential")),
            async_before: is_true(camunda(loops, "asyncBefore"))
                || is_true(camunda(loops, "async")),
            async_after: is_true(camunda(loops, "asyncAfter")),
            exclusive: !is_false(camunda(loops, "exclusive")),
            retry_time_cycle: self.retry_time_cycle(loops),
            element: camunda_text(loops, "elementVariable"),
            ..MultiInstance::default()
        };
        let text = |name| {
            let child = loops.first(Namespace::Bpmn, name)?;
            let text = child.text.trim();
            (!text.is_empty()).then_some((text, child.position))
        };
        if let Some((text, at)) = text("loopCardinality") {
            multi.cardinality = self.template(text, at, id);
        }
        if let Some((text, at)) = text("completionCondition") {
            multi.completion = self.template(text, at, id);
        }
        let attribute = camunda(loops, "collection").map(|a| (a.value.trim(), a.position));
        // A name alone means the variable.
        if let Some((text, at)) = text("loopDataInputRef").or(attribute) {
            let text = match text.contains("${") || text.contains("#{") {
                true => text.to_owned(),
                false => format!("${{execution.getVariable('{}')}}", text.replace('\'', "")),
            };
            multi.collection = self.template(&text, at, id);
        }
        if let Some(item) = loops.first(Namespace::Bpmn, "inputDataItem") {
            let name = item.attribute("name").map(|a| a.value.clone());
            multi.element = name.or(multi.element);
        }
        let message = match (&multi.cardinality, &multi.collection, &multi.element) {
            (None, None, None) => {
                "Either loopCardinality or loopDataInputRef/camunda:collection must be set. Say \
                 how many instances there are"
            }
            (_, None, Some(_)) => {
                "LoopDataInputRef/camunda:collection must be set when using inputDataItem or \
                 camunda:elementVariable. Name the collection"
            }
            _ => return Some(Box::new(multi)),
        };
        self.error(loops.position, Some(id), message);
        None
    }
}
