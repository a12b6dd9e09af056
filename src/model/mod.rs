//! BPMN XML, with the extensions that Camunda Modeler writes, as an immutable, checked process graph.
//!
//! Floor 2. Describes, never runs anything.

pub mod diagram;
pub mod figure;
pub mod form;
pub mod graph;
mod kind;
pub mod layout;
pub mod lint;
mod named;
pub mod problem;
pub mod read;
pub mod retry;
pub mod script;
pub mod xml;

pub use diagram::{Bounds, Diagram};
pub use figure::Figure;
pub use form::{Constraint, FieldError, FieldType, Form, FormField, Widget};
pub use graph::{Flow, FlowIx, Lane, Node, NodeIx, NodeKind, Process};
pub use named::{is_expression, readable};
pub use problem::{Position, Problem, Severity};
pub use read::{Java, Model, read, read_as, read_deployed, read_for_drawing};
pub use script::Script;
