//! Reading, held by the model that ships and by one broken fixture for each problem.

mod graph;
mod problems;
mod xml;

use super::{Model, read};
use crate::model::{Node, Process};

const NAMESPACES: &str = "xmlns=\"http://www.omg.org/spec/BPMN/20100524/MODEL\" \
    xmlns:camunda=\"http://camunda.org/schema/1.0/bpmn\" \
    xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"";

/// A file whose second line is the first one of `content`.
fn definitions(content: &str) -> String {
    format!("<definitions {NAMESPACES} id=\"d\">\n{content}\n</definitions>")
}

/// A process that starts, does what is given, and ends; `content` begins in line 3.
fn process(content: &str) -> String {
    definitions(&format!(
        "<process id=\"p\" isExecutable=\"true\">\n{content}\n</process>"
    ))
}

/// The same with start and end around the node `x` in `content`.
fn around(content: &str) -> String {
    process(&format!(
        "{content}\n<startEvent id=\"s\"/><endEvent id=\"e\"/>\
         <sequenceFlow id=\"f1\" sourceRef=\"s\" targetRef=\"x\"/>\
         <sequenceFlow id=\"f2\" sourceRef=\"x\" targetRef=\"e\"/>"
    ))
}

fn model(xml: &str) -> Model {
    read("a.bpmn", xml.as_bytes()).unwrap()
}

fn one(xml: &str) -> Process {
    model(xml).processes.remove(0)
}

fn node(xml: &str, id: &str) -> Node {
    one(xml).node(id).unwrap().clone()
}

/// What is wrong with a file, or only worth knowing.
fn findings(xml: &str) -> Vec<String> {
    let problems = match read("a.bpmn", xml.as_bytes()) {
        Ok(model) => model.warnings,
        Err(problems) => problems,
    };
    problems.iter().map(ToString::to_string).collect()
}
