//! Camunda's OpenAPI document as the oracle: what it promises of each operation that is served,
//! with what is there and with what nobody should send.

use crate::house::{Got, raw, request};
use crate::operations::reference;
use crate::story::Story;
use crewdesk::desk::permission::Operation as Of;
use crewdesk::rest::{Access, GROUPS, Method, Operation};
use serde_json::{Map, Value as Json, json};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

/// Notes a fault unless something is true; all are told at the end.
macro_rules! must {
    ($oracle:ident, $right:expr, $($fault:tt)*) => {
        if !$right {
            $oracle.faults.borrow_mut().insert(format!($($fault)*));
        }
    };
}

/// How deep schemas and bodies are followed.
const DEEP: usize = 6;

struct Oracle {
    story: Story,
    reference: Json,
    /// What stands for `{id}` and the like, by tag and parameter.
    known: BTreeMap<(&'static str, &'static str), String>,
    /// What was not as it must be.
    faults: RefCell<BTreeSet<String>>,
}

/// Where an id of each kind of thing is found: tag, parameter, list, its field.
#[rustfmt::skip]
pub const SAMPLES: &[(&str, &str, &str, &str)] = &[
    ("Process Instance", "id", "/process-instance", "id"),
    ("Historic Process Instance", "id", "/history/process-instance", "id"),
    ("Execution", "id", "/execution", "id"),
    ("Task", "id", "/task", "id"),
    ("Task Variable", "id", "/task", "id"),
    ("Task Local Variable", "id", "/task", "id"),
    ("Task Comment", "id", "/task", "id"),
    ("Task Attachment", "id", "/task", "id"),
    ("Task Identity Link", "id", "/task", "id"),
    ("Process Definition", "id", "/process-definition", "id"),
    ("Process Definition", "key", "/process-definition", "key"),
    ("Decision Definition", "id", "/decision-definition", "id"),
    ("Decision Definition", "key", "/decision-definition", "key"),
    ("Decision Requirements Definition", "id", "/decision-requirements-definition", "id"),
    ("Decision Requirements Definition", "key", "/decision-requirements-definition", "key"),
    ("Historic Decision Requirements Definition", "id", "/decision-requirements-definition", "id"),
    ("Deployment", "id", "/deployment", "id"),
    ("External Task", "id", "/external-task", "id"),
    ("Job", "id", "/job", "id"),
    ("Incident", "id", "/incident", "id"),
    ("Variable Instance", "id", "/variable-instance", "id"),
    ("Historic Variable Instance", "id", "/history/variable-instance", "id"),
    ("Historic Activity Instance", "id", "/history/activity-instance", "id"),
    ("Historic Decision Instance", "id", "/history/decision-instance", "id"),
    ("Historic Detail", "id", "/history/detail", "id"),
    ("Historic External Task Log", "id", "/history/external-task-log", "id"),
    ("User", "id", "/user", "id"),
    ("Group", "id", "/group", "id"),
];

impl Oracle {
    fn new() -> Option<Oracle> {
        let Some(reference) = reference() else {
            println!(
                "skipped: no OpenAPI document of Camunda 7; name one with CREWDESK_CAMUNDA_OPENAPI"
            );
            return None;
        };
        let story = Story::new();
        let mut known = BTreeMap::new();
        for (tag, parameter, list, field) in SAMPLES {
            let found = story.house.get("mara", list).good();
            if let Some(id) = found[0][field].as_str() {
                known.insert((*tag, *parameter), id.to_owned());
            }
        }
        Some(Oracle {
            story,
            reference,
            known,
            faults: RefCell::default(),
        })
    }

    /// What Camunda says of an operation; none of those that are only ours.
    fn told(&self, operation: &Operation) -> Option<&Json> {
        let method = operation.method.as_str().to_ascii_lowercase();
        let told = &self.reference["paths"][operation.path][method];
        told.is_object().then_some(told)
    }

    fn resolve<'a>(&'a self, schema: &'a Json) -> &'a Json {
        match schema["$ref"].as_str() {
            Some(name) => {
                let name = name.rsplit('/').next().unwrap();
                &self.reference["components"]["schemas"][name]
            }
            None => schema,
        }
    }

    /// A path with its parameters filled: by what is there, or by nothing that is.
    fn path(&self, tag: &str, path: &str, real: bool) -> String {
        let mut filled = String::from("/engine-rest");
        for part in path.split('/').skip(1) {
            filled.push('/');
            match part.strip_prefix('{').and_then(|p| p.strip_suffix('}')) {
                Some(parameter) => {
                    let known = self
                        .known
                        .iter()
                        .find(|((t, p), _)| *t == tag && *p == parameter);
                    match known.filter(|_| real) {
                        Some((_, id)) => filled.push_str(id),
                        None if parameter == "varName" && real => filled.push_str("amount"),
                        None => filled.push_str("nothing%20'--"),
                    }
                }
                None => filled.push_str(part),
            }
        }
        filled
    }

    fn send(&self, operation: &Operation, path: &str, body: Option<&Json>) -> Got {
        let user = match operation.access {
            Access::May(Of::Work) => "w1",
            _ => "mara",
        };
        self.story
            .house
            .send(user, operation.method.as_str(), path, body)
    }

    /// No fault was found.
    fn end(&self) {
        let faults = self.faults.borrow();
        let told: Vec<&str> = faults.iter().map(String::as_str).collect();
        assert!(
            told.is_empty(),
            "{} faults:\n{}",
            told.len(),
            told.join("\n")
        );
    }

    /// The answer is one that Camunda's document knows: a success of a documented status and
    /// shape, or a refusal with a type and a message. A 500 only where Camunda has one.
    fn check(&self, operation: &Operation, got: &Got, at: &str) {
        let told = self.told(operation).expect("an operation of Camunda");
        let shown = String::from_utf8_lossy(&got.body);
        let shown: String = shown.chars().take(300).collect();
        let documented = &told["responses"][got.status.to_string()];
        if got.status < 300 {
            must!(
                self,
                documented.is_object(),
                "{at}: {} is not documented: {shown}",
                got.status
            );
            let schema = &documented["content"]["application/json"]["schema"];
            if schema.is_object() && got.status != 204 {
                self.fits(&got.json(), schema, at, 0);
            }
            return;
        }
        // Camunda's code wraps what its document leaves out.
        let wrapped = operation.method == Method::Put && operation.path.ends_with("{varName}");
        must!(
            self,
            wrapped || got.status < 500 || documented.is_object() || got.status == 501,
            "{at}: Camunda has no {} here: {shown}",
            got.status
        );
        let body: Json = serde_json::from_slice(&got.body).unwrap_or_default();
        must!(
            self,
            body["type"].is_string() && body["message"].is_string(),
            "{at}: {shown}"
        );
    }

    /// A value is of the type that a schema promises; what may be null is, anywhere.
    fn fits(&self, value: &Json, schema: &Json, at: &str, depth: usize) {
        let schema = self.resolve(schema);
        if depth > DEEP || value.is_null() {
            return;
        }
        let right = match schema["type"].as_str() {
            Some("string") => value.is_string(),
            Some("integer") => value.is_i64() || value.is_u64(),
            Some("number") => value.is_number(),
            Some("boolean") => value.is_boolean(),
            Some("array") => value.is_array(),
            // Camunda calls an object what may be anything.
            Some("object") if schema["properties"].is_object() => value.is_object(),
            _ => true,
        };
        must!(self, right, "{at}: {value} is no {}", schema["type"]);
        if let (Some(text), Some(of)) = (value.as_str(), schema["enum"].as_array()) {
            must!(
                self,
                of.iter().any(|one| one == text),
                "{at}: {text} is none of {of:?}"
            );
        }
        if let (Some(text), Some("date-time")) = (value.as_str(), schema["format"].as_str()) {
            let format = "%Y-%m-%dT%H:%M:%S%.3f%z";
            let read = chrono::DateTime::parse_from_str(text, format);
            must!(self, read.is_ok(), "{at}: {text} is no date of Camunda");
        }
        for item in value.as_array().into_iter().flatten() {
            self.fits(item, &schema["items"], at, depth + 1);
        }
        let properties = self.properties(schema);
        for (name, value) in value.as_object().into_iter().flatten() {
            match properties.get(name.as_str()) {
                Some(property) => self.fits(value, property, &format!("{at}.{name}"), depth + 1),
                // Camunda answers it, its document forgets it.
                None if at.starts_with("checkPassword") && name == "valid" => {}
                None => must!(self, properties.is_empty(), "{at}: Camunda knows no {name}"),
            }
        }
    }

    /// The properties of a schema and of what it consists of.
    fn properties<'a>(&'a self, schema: &'a Json) -> BTreeMap<&'a str, &'a Json> {
        let schema = self.resolve(schema);
        let own = schema["properties"].as_object().into_iter().flatten();
        let mut all: BTreeMap<_, _> = own.map(|(name, of)| (name.as_str(), of)).collect();
        for part in schema["allOf"].as_array().into_iter().flatten() {
            all.extend(self.properties(part));
        }
        all
    }

    /// A body whose fields are all of another type than promised, and one for each field.
    fn wrong_bodies(&self, told: &Json, turn: &mut usize) -> Vec<Json> {
        let schema = &told["requestBody"]["content"]["application/json"]["schema"];
        let properties = self.properties(schema);
        let mut bodies = vec![json!({}), json!([]), json!([7]), json!("text"), json!(null)];
        let mut all = Map::new();
        for (name, property) in properties {
            for wrong in turns(wrong(self.resolve(property)), turn) {
                bodies.push(json!({ name: wrong }));
                all.insert(name.to_owned(), wrong);
            }
        }
        bodies.push(Json::Object(all));
        bodies
    }
}

/// Values that a schema does not allow.
fn wrong(schema: &Json) -> Vec<Json> {
    match schema["type"].as_str() {
        Some("string") if schema["format"] == "date-time" => {
            vec![
                json!("yesterday"),
                json!("2013-02-30T00:00:00.000+0200"),
                json!({}),
            ]
        }
        Some("string") => vec![
            json!({"a": []}),
            json!("\u{0}'; DROP TABLE task; --"),
            json!("x".repeat(70_000)),
        ],
        Some("integer" | "number") => vec![
            json!("many"),
            json!(-1),
            json!(i64::MAX),
            json!(1e300),
            json!([]),
        ],
        Some("boolean") => vec![json!("perhaps"), json!(2), json!({})],
        Some("array") => vec![
            json!("x"),
            json!({"0": 1}),
            json!([null]),
            json!([{"a": {"b": [[]]}}]),
        ],
        _ => vec![
            json!(7),
            json!("x"),
            json!([[]]),
            json!({"": {"value": {}, "type": "Nothing"}}),
        ],
    }
}

/// One of several hostile values in turn, all of them where `CREWDESK_ORACLE` is set.
fn turns<T>(values: Vec<T>, turn: &mut usize) -> impl Iterator<Item = T> {
    let (all, count) = (std::env::var_os("CREWDESK_ORACLE").is_some(), values.len());
    *turn += 1;
    let mine = *turn % count.max(1);
    let values = values.into_iter().enumerate();
    values
        .filter(move |(i, _)| all || *i == mine)
        .map(|(_, value)| value)
}

fn served() -> impl Iterator<Item = (&'static str, &'static Operation)> {
    let groups = GROUPS.iter().filter(|group| group.tag != "crewdesk");
    groups
        .flat_map(|group| {
            group
                .operations
                .iter()
                .map(|operation| (group.tag, operation))
        })
        .filter(|(_, operation)| operation.served())
}

#[test]
fn what_is_read_has_the_promised_shape() {
    let Some(oracle) = Oracle::new() else { return };
    let mut found = 0;
    for (tag, operation) in served() {
        let Some(told) = oracle.told(operation) else {
            continue;
        };
        let queries = told["requestBody"]["content"]["application/json"]["schema"]["$ref"]
            .as_str()
            .is_some_and(|name| name.ends_with("QueryDto"));
        let body = match operation.method {
            Method::Get => None,
            Method::Post if queries => Some(json!({})),
            _ => continue,
        };
        for real in [true, false] {
            let path = oracle.path(tag, operation.path, real);
            let got = oracle.send(operation, &path, body.as_ref());
            found += usize::from(got.status < 300 && real);
            oracle.check(operation, &got, &format!("{} {path}", operation.id));
        }
    }
    assert!(
        found > 120,
        "only {found} operations found something to show"
    );
}

#[test]
fn hostile_input_is_refused_as_camunda_does() {
    let Some(oracle) = Oracle::new() else { return };
    let mut turn = 0;
    for (tag, operation) in served() {
        let Some(told) = oracle.told(operation) else {
            continue;
        };
        let real = operation.method != Method::Delete;
        for real in [false, real] {
            let path = oracle.path(tag, operation.path, real);
            for parameter in told["parameters"].as_array().into_iter().flatten() {
                if parameter["in"] != "query" {
                    continue;
                }
                let name = parameter["name"].as_str().unwrap();
                let query = |value: &str| format!("{path}?{name}={value}");
                let values = vec![
                    "%00'%22--",
                    "-1",
                    "99999999999999999999",
                    "",
                    "a,,b",
                    "%FF%FE",
                ];
                for value in turns(values, &mut turn) {
                    let got = oracle.send(operation, &query(value), None);
                    oracle.check(
                        operation,
                        &got,
                        &format!("{} {}", operation.id, query(value)),
                    );
                }
            }
            if told["requestBody"]["content"]["application/json"].is_object() {
                for body in oracle.wrong_bodies(told, &mut turn) {
                    let got = oracle.send(operation, &path, Some(&body));
                    let shown: String = body.to_string().chars().take(80).collect();
                    let at = format!("{} {path} {shown}", operation.id);
                    oracle.check(operation, &got, &at);
                }
                let user = match operation.access {
                    Access::May(Of::Work) => "w1",
                    _ => "mara",
                };
                let deep = "[".repeat(100_000);
                let broken = vec![
                    "{",
                    "{\"a\":",
                    "\u{0}",
                    "nonsense",
                    "{\"a\":1e999}",
                    deep.as_str(),
                ];
                for broken in turns(broken, &mut turn) {
                    let method = operation.method.as_str();
                    let json = "application/json";
                    let sent = request(user, method, &path, json, Some(broken.as_bytes()));
                    let got = raw(oracle.story.house.address, &sent);
                    let shown: String = broken.chars().take(20).collect();
                    must!(
                        oracle,
                        got.status == 400 || got.status == 404,
                        "{} {path} {shown}: {}",
                        operation.id,
                        got.status
                    );
                }
            }
        }
    }
    oracle.end();
    // It still lives, and tells what it told before.
    assert!(
        oracle
            .story
            .house
            .get("mara", "/process-instance/count")
            .good()["count"]
            .as_i64()
            > Some(0)
    );
}
