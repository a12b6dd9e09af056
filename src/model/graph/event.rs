//! What the events of a process say.

use super::*;

/// What starts, interrupts or continues.
#[derive(Debug, Clone, PartialEq)]
pub enum Trigger {
    /// None event.
    None,
    /// Timer event.
    Timer(Timer),
    /// Message event; the name may be an expression.
    Message(Template),
    /// Signal event; the name may be an expression.
    Signal(Template),
    /// Error event.
    Error {
        /// The code it catches; `None` catches every error.
        code: Option<String>,
        /// `camunda:errorCodeVariable`.
        code_variable: Option<String>,
        /// `camunda:errorMessageVariable`.
        message_variable: Option<String>,
    },
    /// Escalation event.
    Escalation {
        /// The code it catches; `None` catches every escalation.
        code: Option<String>,
        /// `camunda:escalationCodeVariable`.
        code_variable: Option<String>,
    },
    /// Conditional event.
    Condition(Box<Conditional>),
    /// Compensation event.
    Compensation,
    /// Cancel event of a transaction.
    Cancel,
    /// The target of link events of this name.
    Link(String),
}

/// A condition that is tested whenever a variable changes.
#[derive(Debug, Clone, PartialEq)]
pub struct Conditional {
    /// What must be true.
    pub condition: Script,
    /// `camunda:variableName`: only changes of this variable count.
    pub variable: Option<String>,
    /// `camunda:variableEvents`: of `create`, `update`, `delete`; empty for all.
    pub events: Vec<String>,
}

impl Conditional {
    /// True when it is to be tested once a variable has changed in this way.
    pub fn hears(&self, name: &str, event: &str) -> bool {
        self.variable
            .as_ref()
            .is_none_or(|variable| variable == name)
            && (self.events.is_empty() || self.events.iter().any(|heard| heard == event))
    }

    /// The variables without which what did not hold when it was tested last does not hold now;
    /// none if it does not hear of every change, or depends on more.
    pub fn reads(&self) -> Option<&[String]> {
        match &self.condition {
            Script::Juel(template) if self.variable.is_none() && self.events.is_empty() => {
                template.depends_on()
            }
            _ => None,
        }
    }
}

/// What an event throws.
#[derive(Debug, Clone, PartialEq)]
pub enum Throw {
    /// Nothing.
    None,
    /// The end of its scope.
    Terminate,
    /// The end of its transaction, which is compensated first.
    Cancel,
    /// A BPMN error.
    Error {
        /// The error's code.
        code: String,
        /// The error's message.
        message: Option<Template>,
    },
    /// An escalation.
    Escalation {
        /// The escalation's code.
        code: Option<String>,
    },
    /// A signal, to everybody who waits for it.
    Signal {
        /// The signal's name.
        name: Template,
        /// `camunda:in`: the variables that it carries.
        payload: Vec<Mapping>,
        /// `camunda:in businessKey`: that of the instances that it starts.
        business_key: Option<Template>,
    },
    /// A message, sent by an expression or a worker; without either nothing is sent.
    Message(Option<Box<Sender>>),
    /// Compensation of what has been completed around it.
    Compensation {
        /// Of this activity alone.
        activity: Option<NodeIx>,
    },
    /// On to the catching link event of that name.
    Link(String),
}

/// Who sends the message of a throwing event.
#[derive(Debug, Clone, PartialEq)]
pub enum Sender {
    /// A worker.
    External(ExternalTask),
    /// An expression.
    Expression(ExpressionTask),
}

/// A timer definition, BPMN 2.0 §10.5.5.
#[derive(Debug, Clone, PartialEq)]
pub enum Timer {
    /// `timeDate`: ISO 8601, or an expression that gives text or a Date.
    Date(Template),
    /// `timeDuration`: an ISO 8601 period.
    Duration(Template),
    /// `timeCycle`: `R[n]/[start/]duration`, or cron of six fields.
    Cycle(Template),
}

impl Timer {
    /// Its expression.
    pub fn template(&self) -> &Template {
        match self {
            Timer::Date(template) | Timer::Duration(template) | Timer::Cycle(template) => template,
        }
    }
}

/// A start event.
#[derive(Debug, Clone)]
pub struct StartEvent {
    /// What starts it.
    pub trigger: Trigger,
    /// `isInterrupting`, of an event sub-process.
    pub interrupting: bool,
    /// `camunda:formData`.
    pub form: Option<Form>,
    /// `camunda:formKey` or `camunda:formRef`.
    pub linked_form: Option<LinkedForm>,
    /// `camunda:initiator`: the variable that takes the starter's id.
    pub initiator: Option<String>,
}

/// A form that the model does not hold itself
/// ([External Task Forms](https://docs.camunda.org/manual/7.24/user-guide/task-forms/)).
#[derive(Debug, Clone, PartialEq)]
pub enum LinkedForm {
    /// `camunda:formKey`.
    Key(Template),
    /// `camunda:formRef`: the id of a Camunda Form, and which version of it; never one by its tag.
    Reference(Template, Binding),
}

impl LinkedForm {
    /// True where it is the same for every task.
    pub fn is_literal(&self) -> bool {
        match self {
            LinkedForm::Key(key) => key.is_literal(),
            LinkedForm::Reference(form, Binding::Version(version)) => {
                form.is_literal() && version.is_literal()
            }
            LinkedForm::Reference(form, _) => form.is_literal(),
        }
    }
}

/// A boundary event.
#[derive(Debug, Clone)]
pub struct BoundaryEvent {
    /// The activity it is attached to.
    pub attached_to: NodeIx,
    /// `cancelActivity`.
    pub interrupting: bool,
    /// What triggers it.
    pub trigger: Trigger,
}
