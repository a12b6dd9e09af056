//! What the activities of a process say.

use super::*;

/// A user task
/// ([User Task](https://docs.camunda.org/manual/7.24/reference/bpmn20/tasks/user-task/)).
#[derive(Debug, Clone, Default)]
pub struct UserTask {
    /// `camunda:assignee` or `humanPerformer`.
    pub assignee: Option<Template>,
    /// `camunda:candidateUsers`: a comma list or an expression giving text or a list.
    pub candidate_users: Vec<Template>,
    /// `camunda:candidateGroups`.
    pub candidate_groups: Vec<Template>,
    /// `camunda:dueDate`: Date, ISO date-time or ISO period.
    pub due_date: Option<Template>,
    /// `camunda:followUpDate`.
    pub follow_up_date: Option<Template>,
    /// `camunda:priority`; 50 when absent.
    pub priority: Option<Template>,
    /// The name, which may be an expression.
    pub name: Option<Template>,
    /// The documentation, which may be an expression.
    pub description: Option<Template>,
    /// `camunda:formData`.
    pub form: Option<Form>,
    /// `camunda:formKey` or `camunda:formRef`.
    pub linked_form: Option<LinkedForm>,
    /// `camunda:taskListener`s.
    pub listeners: Vec<Listener>,
}

/// A task that a worker fetches
/// ([External Tasks](https://docs.camunda.org/manual/7.24/user-guide/process-engine/external-tasks/)).
#[derive(Debug, Clone, PartialEq)]
pub struct ExternalTask {
    /// `camunda:topic`.
    pub topic: Template,
    /// `camunda:taskPriority`.
    pub priority: Option<Template>,
    /// `camunda:errorEventDefinition`s: the code of the error that is thrown when the
    /// expression holds after a worker completed or failed.
    pub errors: Vec<ErrorRule>,
    /// `camunda:connector`: the request that the desk's own worker makes.
    pub connector: Option<Connector>,
}

/// A `camunda:connector`
/// ([Connectors](https://docs.camunda.org/manual/7.24/user-guide/process-engine/connectors/)).
#[derive(Debug, Clone, PartialEq)]
pub struct Connector {
    /// Which one.
    pub id: ConnectorId,
    /// What it is asked for; a later parameter sees those before it.
    pub inputs: Vec<Parameter>,
    /// What its answer becomes.
    pub outputs: Vec<Parameter>,
}

/// The connectors there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConnectorId {
    /// `http-connector`: one HTTP request.
    Http,
    /// `mail-send`: one mail.
    Mail,
}

impl ConnectorId {
    /// All of them.
    pub const ALL: [ConnectorId; 2] = [ConnectorId::Http, ConnectorId::Mail];

    /// Its name in a model.
    pub fn name(self) -> &'static str {
        match self {
            ConnectorId::Http => "http-connector",
            ConnectorId::Mail => "mail-send",
        }
    }

    /// The topic under which the desk's own worker finds it: one that no model is likely to have
    /// given to a worker of its own.
    pub fn topic(self) -> &'static str {
        match self {
            ConnectorId::Http => "connector:http-connector",
            ConnectorId::Mail => "connector:mail-send",
        }
    }
}

/// A condition under which an external task ends with a BPMN error.
#[derive(Debug, Clone, PartialEq)]
pub struct ErrorRule {
    /// The error's code.
    pub code: String,
    /// The condition. What the worker said becomes the error's message.
    pub condition: Template,
}

/// A service task by expression.
#[derive(Debug, Clone, PartialEq)]
pub struct ExpressionTask {
    /// `camunda:expression`.
    pub expression: Template,
    /// `camunda:resultVariable`.
    pub result_variable: Option<String>,
}

/// A script task.
#[derive(Debug, Clone, PartialEq)]
pub struct ScriptTask {
    /// The script.
    pub script: Script,
    /// `camunda:resultVariable`.
    pub result_variable: Option<String>,
}

/// A call activity
/// ([Call Activity](https://docs.camunda.org/manual/7.24/reference/bpmn20/subprocesses/call-activity/)).
#[derive(Debug, Clone)]
pub struct CallActivity {
    /// `calledElement`: the key of the process.
    pub called: Template,
    /// `camunda:calledElementBinding` with what belongs to it.
    pub binding: Binding,
    /// `camunda:in businessKey`.
    pub business_key: Option<Template>,
    /// `camunda:in`.
    pub inputs: Vec<Mapping>,
    /// `camunda:out`.
    pub outputs: Vec<Mapping>,
}

/// One `camunda:in` or `camunda:out`.
#[derive(Debug, Clone, PartialEq)]
pub struct Mapping {
    /// What is passed.
    pub source: Source,
    /// Under which name; that of the variable when absent.
    pub target: Option<String>,
    /// `camunda:local`: of the activity's own variables only.
    pub local: bool,
}

/// What a mapping passes.
#[derive(Debug, Clone, PartialEq)]
pub enum Source {
    /// `variables="all"`.
    All,
    /// `source`: one variable.
    Variable(String),
    /// `sourceExpression`.
    Expression(Template),
}

/// `multiInstanceLoopCharacteristics`
/// ([Multiple Instance](https://docs.camunda.org/manual/7.24/reference/bpmn20/tasks/task-markers/)).
#[derive(Debug, Clone, Default)]
pub struct MultiInstance {
    /// One after the other instead of all at once.
    pub sequential: bool,
    /// `loopCardinality`: how many.
    pub cardinality: Option<Template>,
    /// `camunda:collection`, or `loopDataInputRef`: one for each element.
    pub collection: Option<Template>,
    /// `camunda:elementVariable`, or `inputDataItem`.
    pub element: Option<String>,
    /// `completionCondition`, tested whenever one is done.
    pub completion: Option<Template>,
    /// `camunda:asyncBefore` of each instance.
    pub async_before: bool,
    /// `camunda:asyncAfter` of each instance.
    pub async_after: bool,
    /// `camunda:exclusive` of the jobs of the instances.
    pub exclusive: bool,
    /// `camunda:failedJobRetryTimeCycle` of the jobs of the instances.
    pub retry_time_cycle: Option<String>,
}

/// A business rule task
/// ([Invoke DMN](https://docs.camunda.org/manual/7.24/user-guide/process-engine/decisions/bpmn-cmmn/)).
#[derive(Debug, Clone)]
pub struct BusinessRuleTask {
    /// `camunda:decisionRef`.
    pub decision: Template,
    /// `camunda:decisionRefBinding` with what belongs to it.
    pub binding: Binding,
    /// `camunda:resultVariable`.
    pub result_variable: Option<String>,
    /// `camunda:mapDecisionResult`.
    pub mapping: DecisionMapping,
}

/// Which version of a definition is meant.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Binding {
    /// The newest.
    #[default]
    Latest,
    /// That of the same deployment.
    Deployment,
    /// A version by number.
    Version(Template),
    /// A version by tag.
    VersionTag(Template),
}

/// How a decision's result becomes a variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DecisionMapping {
    /// The value of the only output of the only rule.
    SingleEntry,
    /// A map of the outputs of the only rule.
    SingleResult,
    /// A list of the values of the only output.
    CollectEntries,
    /// A list of maps.
    #[default]
    ResultList,
}
