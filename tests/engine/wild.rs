//! Random wild processes: any elements, with arrows from anywhere to anywhere. They may get
//! stuck, go round without end, or fail; few of them make sense.

use crate::blocks::{Event, Writer, events};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// What is in a scope, and arrows from one to another by position, with a condition.
#[derive(Debug, Clone)]
pub struct Graph {
    nodes: Vec<Thing>,
    arrows: Vec<(u8, u8, u8)>,
}

#[derive(Debug, Clone)]
enum Thing {
    Activity(Work, Around),
    Scope(Box<Graph>, bool, Around),
    Watch(Box<Graph>, Beside, bool),
    Gateway(Gateway),
    Catch(Event),
    Throw(Throw),
    End(Throw),
}

#[derive(Debug, Clone, Copy)]
enum Work {
    Pass,
    Count,
    User,
    External,
    Letter,
    Trigger,
}

#[derive(Debug, Clone)]
enum Gateway {
    Exclusive,
    Parallel,
    Inclusive,
    Events(Event, Event),
}

/// What an event throws; what has no meaning at a place is left out there.
#[derive(Debug, Clone, Copy)]
enum Throw {
    Nothing,
    Signal,
    Escalation,
    Compensation,
    Terminate,
    Error,
    Cancel,
}

/// What else an activity has.
#[derive(Debug, Clone)]
struct Around {
    boundary: Option<(Beside, bool)>,
    multi: Option<(u8, bool, bool)>,
    undo: bool,
    asynchronous: bool,
}

/// What an activity or scope catches.
#[derive(Debug, Clone, Copy)]
enum Beside {
    Event(Event),
    Error(bool),
}

impl Beside {
    fn definition(self) -> &'static str {
        match self {
            Beside::Event(event) => event.definition(),
            Beside::Error(true) => r#"<errorEventDefinition errorRef="broken" />"#,
            Beside::Error(false) => "<errorEventDefinition />",
        }
    }

    fn interrupts(self, asked: bool) -> bool {
        asked || matches!(self, Beside::Error(_))
    }
}

fn beside() -> impl Strategy<Value = Beside> {
    prop_oneof![
        3 => events().prop_map(Beside::Event),
        1 => any::<bool>().prop_map(Beside::Error),
    ]
}

fn around() -> impl Strategy<Value = Around> {
    (
        proptest::option::of((beside(), any::<bool>())),
        proptest::option::weighted(0.2, (0..4u8, any::<bool>(), any::<bool>())),
        proptest::bool::weighted(0.2),
        proptest::bool::weighted(0.2),
    )
        .prop_map(|(boundary, multi, undo, asynchronous)| Around {
            boundary,
            multi,
            undo,
            asynchronous,
        })
}

fn throws() -> impl Strategy<Value = Throw> {
    proptest::sample::select(vec![
        Throw::Nothing,
        Throw::Signal,
        Throw::Escalation,
        Throw::Compensation,
        Throw::Terminate,
        Throw::Error,
        Throw::Cancel,
    ])
}

fn simple() -> impl Strategy<Value = Thing> {
    let work = proptest::sample::select(vec![
        Work::Pass,
        Work::Count,
        Work::User,
        Work::User,
        Work::External,
        Work::Letter,
        Work::Trigger,
    ]);
    let gateway = prop_oneof![
        2 => Just(Gateway::Exclusive),
        3 => Just(Gateway::Parallel),
        3 => Just(Gateway::Inclusive),
        1 => (events(), events()).prop_map(|(a, b)| Gateway::Events(a, b)),
    ];
    prop_oneof![
        5 => (work, around()).prop_map(|(work, around)| Thing::Activity(work, around)),
        4 => gateway.prop_map(Thing::Gateway),
        1 => events().prop_map(Thing::Catch),
        2 => throws().prop_map(Thing::Throw),
        2 => throws().prop_map(Thing::End),
    ]
}

fn graph(things: impl Strategy<Value = Thing>) -> impl Strategy<Value = Graph> {
    let arrows = proptest::collection::vec((any::<u8>(), any::<u8>(), 0..8u8), 0..12);
    (proptest::collection::vec(things, 1..7), arrows)
        .prop_map(|(nodes, arrows)| Graph { nodes, arrows })
}

/// A process of scopes at most three deep.
pub fn graphs() -> impl Strategy<Value = Graph> {
    let around_one = |inner: BoxedStrategy<Graph>| {
        prop_oneof![
            6 => simple(),
            2 => (inner.clone(), any::<bool>(), around())
                .prop_map(|(graph, transaction, around)| {
                    Thing::Scope(graph.into(), transaction, around)
                }),
            1 => (inner, beside(), any::<bool>())
                .prop_map(|(graph, event, i)| Thing::Watch(graph.into(), event, i)),
        ]
    };
    let innermost = graph(simple()).boxed();
    let middle = graph(around_one(innermost)).boxed();
    graph(around_one(middle))
}

/// The elements of the process.
pub fn wild(graph: &Graph) -> String {
    let mut writer = Writer::default();
    graph.write(&mut writer, r#"<startEvent id="start" />"#, false);
    writer.xml
}

impl Graph {
    /// Writes the scope, which begins at `start`.
    fn write(&self, writer: &mut Writer, start: &str, transaction: bool) {
        writeln!(writer.xml, "{start}").expect("writes");
        let start = start.split('"').nth(1).expect("an id").to_owned();
        let mut places = Places {
            sources: Vec::new(),
            targets: Vec::new(),
            exclusive: BTreeSet::new(),
        };
        for thing in &self.nodes {
            thing.write(writer, &mut places, transaction);
        }
        let Some(first) = places.targets.first() else {
            return;
        };
        let mut flows: BTreeMap<&str, BTreeMap<&str, u8>> = BTreeMap::new();
        flows.entry(&start).or_default().insert(first, 0);
        if !places.sources.is_empty() {
            for &(from, to, condition) in &self.arrows {
                let from = &places.sources[usize::from(from) % places.sources.len()];
                let to = &places.targets[usize::from(to) % places.targets.len()];
                flows.entry(from).or_default().insert(to, condition);
            }
        }
        for gateway in &places.exclusive {
            flows.entry(gateway).or_insert_with(|| {
                let last = places.targets.last().expect("there is a first");
                BTreeMap::from([(last.as_str(), 0)])
            });
        }
        for (from, to) in flows {
            let exclusive = places.exclusive.contains(from);
            let last = to.len() - 1;
            for (n, (to, condition)) in to.into_iter().enumerate() {
                // The last flow of an exclusive gateway becomes its default.
                let condition = match exclusive {
                    true if n == last => "",
                    true => CONDITIONS[usize::from(condition % 4)],
                    false if condition < 4 => "",
                    false => CONDITIONS[usize::from(condition % 4)],
                };
                let condition = match condition {
                    "" => String::new(),
                    condition => format!(" if {condition}"),
                };
                writeln!(writer.xml, "{from} -> {to}{condition}").expect("writes");
            }
        }
    }
}

const CONDITIONS: [&str; 4] = [
    "${choice == 0}",
    "${choice >= 1}",
    "${count < 3}",
    "${choice != 2}",
];

/// From where and to where arrows may lead.
struct Places {
    sources: Vec<String>,
    targets: Vec<String>,
    exclusive: BTreeSet<String>,
}

impl Places {
    fn both(&mut self, id: &str) {
        self.sources.push(id.to_owned());
        self.targets.push(id.to_owned());
    }
}

impl Throw {
    fn definition(self, ends: bool, transaction: bool) -> &'static str {
        match self {
            Throw::Signal => r#"<signalEventDefinition signalRef="alarm" />"#,
            Throw::Escalation => r#"<escalationEventDefinition escalationRef="lateness" />"#,
            Throw::Compensation => "<compensateEventDefinition />",
            Throw::Terminate if ends => "<terminateEventDefinition />",
            Throw::Error if ends => r#"<errorEventDefinition errorRef="broken" />"#,
            Throw::Cancel if ends && transaction => "<cancelEventDefinition />",
            _ => "",
        }
    }
}

impl Thing {
    fn write(&self, writer: &mut Writer, places: &mut Places, transaction: bool) {
        match self {
            Thing::Activity(work, around) => {
                let (element, attributes) = match work {
                    Work::Pass => ("task", ""),
                    Work::Count => (
                        "serviceTask",
                        r#"camunda:expression="${count + 1}" camunda:resultVariable="count""#,
                    ),
                    Work::User => ("userTask", ""),
                    Work::External => (
                        "serviceTask",
                        r#"camunda:type="external" camunda:topic="t""#,
                    ),
                    Work::Letter => ("receiveTask", r#"messageRef="letter""#),
                    Work::Trigger => ("receiveTask", ""),
                };
                writer.asynchronous = around.asynchronous;
                let id = writer.node(element, attributes, &around.multi());
                places.both(&id);
                around.write(writer, places, &id);
            }
            Thing::Scope(graph, transaction, around) => {
                let element = if *transaction {
                    "transaction"
                } else {
                    "subProcess"
                };
                let id = writer.within(element, &around.multi(), |inside| {
                    inside.count += 1;
                    let start = format!(r#"<startEvent id="s{}" />"#, inside.count);
                    graph.write(inside, &start, *transaction);
                });
                places.both(&id);
                around.write(writer, places, &id);
                if *transaction {
                    let attached = format!(r#"attachedToRef="{id}""#);
                    let cancel = "<cancelEventDefinition />";
                    let boundary = writer.node("boundaryEvent", &attached, cancel);
                    places.sources.push(boundary);
                }
            }
            Thing::Watch(graph, event, interrupting) => {
                let element = r#"subProcess triggeredByEvent="true""#;
                writer.within(element, "", |inside| {
                    inside.count += 1;
                    let start = format!(
                        r#"<startEvent id="s{}" isInterrupting="{}">{}</startEvent>"#,
                        inside.count,
                        event.interrupts(*interrupting),
                        event.definition()
                    );
                    graph.write(inside, &start, false);
                });
            }
            Thing::Gateway(Gateway::Events(a, b)) => {
                let gate = writer.node("eventBasedGateway", "", "");
                for event in [a, b] {
                    let event = match event {
                        // Nobody waits for an escalation.
                        Event::Escalation => Event::Signal,
                        event => *event,
                    };
                    let id = writer.node("intermediateCatchEvent", "", event.definition());
                    writer.flow(&gate, &id);
                    places.sources.push(id);
                }
                places.targets.push(gate);
            }
            Thing::Gateway(gateway) => {
                let element = match gateway {
                    Gateway::Parallel => "parallelGateway",
                    Gateway::Inclusive => "inclusiveGateway",
                    _ => "exclusiveGateway",
                };
                let id = writer.node(element, "", "");
                places.both(&id);
                if matches!(gateway, Gateway::Exclusive) {
                    places.exclusive.insert(id);
                }
            }
            Thing::Catch(event) => {
                let event = match event {
                    Event::Escalation => Event::Signal,
                    event => *event,
                };
                let id = writer.node("intermediateCatchEvent", "", event.definition());
                places.both(&id);
            }
            Thing::Throw(throw) => {
                let definition = throw.definition(false, false);
                places.both(&writer.node("intermediateThrowEvent", "", definition));
            }
            Thing::End(throw) => {
                let id = writer.node("endEvent", "", throw.definition(true, transaction));
                places.targets.push(id);
            }
        }
    }
}

impl Around {
    fn multi(&self) -> String {
        let Some((count, sequential, enough)) = self.multi else {
            return String::new();
        };
        let condition = match enough {
            true => "<completionCondition>${nrOfCompletedInstances >= 2}</completionCondition>",
            false => "",
        };
        format!(
            r#"<multiInstanceLoopCharacteristics isSequential="{sequential}"><loopCardinality>{count}</loopCardinality>{condition}</multiInstanceLoopCharacteristics>"#
        )
    }

    fn write(&self, writer: &mut Writer, places: &mut Places, id: &str) {
        let attached = format!(r#"attachedToRef="{id}""#);
        if let Some((event, interrupting)) = self.boundary {
            let interrupting = event.interrupts(interrupting);
            let attributes = format!(r#"{attached} cancelActivity="{interrupting}""#);
            let boundary = writer.node("boundaryEvent", &attributes, event.definition());
            places.sources.push(boundary);
        }
        if self.undo {
            let compensation = "<compensateEventDefinition />";
            let boundary = writer.node("boundaryEvent", &attached, compensation);
            let undo = writer.node("userTask", r#"isForCompensation="true""#, "");
            let ends = format!(r#"sourceRef="{boundary}" targetRef="{undo}""#);
            writer.node("association", &ends, "");
        }
    }
}
