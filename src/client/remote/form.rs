//! Forms of a server that has Camunda's paths alone: the fields in the process's file.

use crate::client::model::{self, Form};

/// The form of a user task in a BPMN file; none where it has none there.
pub(super) fn of_task(bpmn: &str, key: &str, task: &str) -> Option<Form> {
    let model = model::read_for_drawing("process.bpmn", bpmn.as_bytes()).ok()?;
    let process = model.processes.iter().find(|process| process.id == key)?;
    match &process.node(task)?.kind {
        model::NodeKind::UserTask(found) => found.form.clone(),
        _ => None,
    }
}

/// The start form in a BPMN file.
pub(super) fn of_start(bpmn: &str, key: &str) -> Option<Form> {
    let model = model::read_for_drawing("process.bpmn", bpmn.as_bytes()).ok()?;
    let process = model.processes.iter().find(|process| process.id == key)?;
    process.start_form().cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_stands_in_the_process() {
        let bpmn = r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="t">
          <process id="p" isExecutable="true"><startEvent id="s"/><sequenceFlow id="f" sourceRef="s" targetRef="t"/>
          <userTask id="t"><extensionElements><camunda:formData><camunda:formField id="x" label="X" type="long"/></camunda:formData></extensionElements></userTask>
          <serviceTask id="j" camunda:class="org.example.Java"/></process></definitions>"#;
        assert_eq!(
            of_task(bpmn, "p", "t").expect("a form").fields[0].label,
            "X"
        );
        assert!(of_task(bpmn, "p", "j").is_none());
        assert!(of_start(bpmn, "p").is_none());
    }
}
