//! Variables of instances, executions and tasks: the same operations for every resource that
//! has them. A resource says which scope its path means.

use super::call::{Call, variable};
use super::multipart;
use super::reply::{Answer, Fault, Reply};
use crate::desk::DeskError;
use crate::desk::variables::Scope;
use crate::value::{FileValue, Map, Value, json};
use serde_json::Value as Json;

/// Whose variables an operation is about.
pub trait Whose {
    /// Those of this very scope alone, without the ones around it.
    const LOCAL: bool;
    /// What the id in the path means.
    fn scope(call: &Call) -> Scope<'_>;
}

/// `/process-instance/{id}/variables`
pub struct Instance;
/// `/execution/{id}/localVariables`
pub struct ExecutionLocal;
/// `/task/{id}/variables`
pub struct Task;
/// `/task/{id}/localVariables`
pub struct TaskLocal;

impl Whose for Instance {
    const LOCAL: bool = false;
    fn scope(call: &Call) -> Scope<'_> {
        Scope::Instance(call.param("id"))
    }
}

impl Whose for ExecutionLocal {
    const LOCAL: bool = true;
    fn scope(call: &Call) -> Scope<'_> {
        Scope::Execution(call.param("id"))
    }
}

impl Whose for Task {
    const LOCAL: bool = false;
    fn scope(call: &Call) -> Scope<'_> {
        Scope::Task(call.param("id"))
    }
}

impl Whose for TaskLocal {
    const LOCAL: bool = true;
    fn scope(call: &Call) -> Scope<'_> {
        Scope::Task(call.param("id"))
    }
}

/// Typed variables by name.
pub fn typed(variables: &Map, deserialize: bool) -> Json {
    let typed = variables.iter();
    Json::Object(
        typed
            .map(|(name, value)| (name.clone(), json::typed(value, deserialize)))
            .collect(),
    )
}

/// Camunda wraps what goes wrong with variables as 500, also what is not there.
fn wrapped(error: DeskError) -> Fault {
    match error {
        DeskError::NotFound(message) => Fault::new(500, "RestException", message).with_code(0),
        error => error.into(),
    }
}

/// `GET …/variables`
pub fn shown<W: Whose>(call: &Call) -> Answer {
    let deserialize = flag(call, "deserializeValues")?;
    let found = call
        .desk
        .variables(&call.caller, W::scope(call), W::LOCAL)
        .map_err(wrapped)?;
    Ok(typed(&found, deserialize).into())
}

fn flag(call: &Call, name: &str) -> Result<bool, Fault> {
    Ok(call.query_flag(name)?.unwrap_or(true))
}

fn found<W: Whose>(call: &Call) -> Result<Value, Fault> {
    let name = call.param("varName");
    let mut found = call
        .desk
        .variables(&call.caller, W::scope(call), W::LOCAL)
        .map_err(wrapped)?;
    found.shift_remove(name).ok_or_else(|| {
        Fault::not_found(format!(
            "{} variable with name {name} does not exist",
            what(W::scope(call))
        ))
    })
}

fn what(scope: Scope<'_>) -> &'static str {
    match scope {
        Scope::Instance(_) => "process instance",
        Scope::Execution(_) => "execution",
        Scope::Task(_) => "task",
    }
}

/// Sets and removes in one transaction.
fn changed<W: Whose>(call: &Call, set: Map, remove: Vec<String>) -> Answer {
    let done = (call.desk).change_variables(&call.caller, W::scope(call), W::LOCAL, set, remove);
    done.map_err(wrapped)?;
    Ok(Reply::None)
}

/// `GET …/variables/{varName}`
pub fn one<W: Whose>(call: &Call) -> Answer {
    // One value alone is not opened unless asked.
    let deserialize = call.query_flag("deserializeValue")?.unwrap_or(true);
    Ok(json::typed(&found::<W>(call)?, deserialize).into())
}

/// `PUT …/variables/{varName}`
pub fn set<W: Whose>(call: &Call) -> Answer {
    let name = call.param("varName");
    let given = variable(&call.json()?).map_err(|fault| {
        let message = format!(
            "Cannot put {} variable {name}: {}",
            what(W::scope(call)),
            fault.message
        );
        Fault { message, ..fault }
    })?;
    let set = [(name.to_owned(), given)].into_iter().collect();
    changed::<W>(call, set, Vec::new())
}

/// `DELETE …/variables/{varName}`
pub fn delete<W: Whose>(call: &Call) -> Answer {
    let names = vec![call.param("varName").to_owned()];
    changed::<W>(call, Map::new(), names)
}

/// `POST …/variables`: modifications and deletions in one transaction.
pub fn change<W: Whose>(call: &Call) -> Answer {
    let body = call.object()?;
    let set = body.variables("modifications").map_err(|fault| {
        let message = format!(
            "Cannot modify variables for {} {}: {}",
            what(W::scope(call)),
            call.param("id"),
            fault.message
        );
        Fault { message, ..fault }
    })?;
    let remove = body.texts("deletions")?.unwrap_or_default();
    changed::<W>(call, set, remove)
}

/// `GET …/variables/{varName}/data`
pub fn data<W: Whose>(call: &Call) -> Answer {
    bytes(found::<W>(call)?, call.param("varName"))
}

/// The bytes of a value.
pub fn bytes(value: Value, name: &str) -> Answer {
    let octets = "application/octet-stream";
    Ok(match value {
        Value::Bytes(bytes) => Reply::Bytes {
            content_type: octets.to_owned(),
            filename: None,
            bytes,
        },
        Value::File(file) => {
            let mut content_type = file.mimetype.unwrap_or_else(|| octets.to_owned());
            if let Some(encoding) = file.encoding {
                content_type.push_str("; charset=");
                content_type.push_str(&encoding);
            }
            Reply::Bytes {
                content_type,
                filename: Some(file.filename),
                bytes: file.content,
            }
        }
        Value::Null => Reply::Bytes {
            content_type: octets.to_owned(),
            filename: None,
            bytes: Vec::new(),
        },
        other => {
            return Err(Fault::invalid(format!(
                "Value of variable {name} is not a binary value but of type {}",
                other.type_name()
            )));
        }
    })
}

/// `POST …/variables/{varName}/data`: a form with the parts `data` and `valueType`.
pub fn set_data<W: Whose>(call: &Call) -> Answer {
    let name = call.param("varName");
    let kind = call.content_type.as_deref().unwrap_or_default();
    let parts = multipart::parts(kind, &call.body)?;
    let part = |wanted: &str| parts.iter().find(|part| part.name == wanted);
    let data = part("data").ok_or_else(|| Fault::invalid("the form has no part named data"))?;
    let value_type = part("valueType").map(multipart::Part::text);
    let value = match value_type.as_deref() {
        Some("File") => {
            let mime = data.content_type.as_deref().unwrap_or_default();
            let (mime, rest) = mime.split_once(';').unwrap_or((mime, ""));
            let encoding = rest.split_once("charset=").map(|(_, name)| name);
            let text = |text: &str| (!text.is_empty()).then(|| text.trim().to_owned());
            Value::File(Box::new(FileValue {
                filename: data.filename.clone().unwrap_or_else(|| name.to_owned()),
                mimetype: text(mime),
                encoding: encoding.and_then(text),
                content: data.bytes.clone(),
            }))
        }
        Some("Bytes") | None => Value::Bytes(data.bytes.clone()),
        Some(other) => {
            return Err(Fault::invalid(format!("Unsupported value type '{other}'")));
        }
    };
    let set = [(name.to_owned(), value)].into_iter().collect();
    changed::<W>(call, set, Vec::new())
}
