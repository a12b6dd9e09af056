//! Random structured processes: blocks with one way in and one way out, inside each other.

use proptest::prelude::*;
use std::fmt::Write;

/// A piece of a process with one way in and one way out.
#[derive(Debug, Clone)]
pub enum Block {
    Pass,
    User {
        timer: Option<bool>,
    },
    External,
    Wait,
    Letter,
    Sequence(Vec<Block>),
    Parallel(Vec<Block>),
    Exclusive(Vec<Block>),
    Loop(Box<Block>, u8),
    Scope(Box<Block>, bool),
    Async(Box<Block>),
    Inclusive(Vec<Block>),
    Events,
    Multi(Box<Block>, u8, bool),
    Handled(Box<Block>, bool),
    /// So many tasks that can be undone, a block, and what undoes them.
    Undoable(Box<Block>, u8),
    Escalating(Box<Block>, bool),
    Condition,
    Throw,
    /// Adds one to a variable.
    Count,
    /// A user task with inputs and outputs.
    Mapped,
    /// Several user tasks: how many, one after the other, with jobs.
    Tasks(u8, bool, bool),
    /// A user task with an event on its boundary.
    Guarded(Event, bool),
    /// A scope with an event sub-process inside.
    Watched(Box<Block>, Event, bool),
    /// A scope that ends with an error which is caught at its boundary, or in it.
    Failing(Box<Block>, bool),
    /// A transaction that may be cancelled.
    Transaction(Box<Block>),
    /// A scope of several paths, each of which may end all of it.
    Ending(Vec<Block>, u8),
    /// A task from which all flows lead on whose conditions hold.
    Forked(Vec<Block>),
    /// Another process.
    Call(Box<Block>),
    /// A scope that is undone as a whole, and what undoes it.
    Undone(Box<Block>, bool),
}

/// What may happen beside an activity.
#[derive(Debug, Clone, Copy)]
pub enum Event {
    Message,
    Signal,
    Timer,
    Cycle,
    Condition,
    Escalation,
}

const EVENTS: [Event; 6] = [
    Event::Message,
    Event::Signal,
    Event::Timer,
    Event::Cycle,
    Event::Condition,
    Event::Escalation,
];

impl Event {
    pub fn definition(self) -> &'static str {
        match self {
            Event::Message => r#"<messageEventDefinition messageRef="letter" />"#,
            Event::Signal => r#"<signalEventDefinition signalRef="alarm" />"#,
            Event::Timer => {
                "<timerEventDefinition><timeDuration>PT1M</timeDuration></timerEventDefinition>"
            }
            Event::Cycle => {
                "<timerEventDefinition><timeCycle>R2/PT1M</timeCycle></timerEventDefinition>"
            }
            Event::Condition => {
                r#"<conditionalEventDefinition><condition xsi:type="tFormalExpression">${choice > 1}</condition></conditionalEventDefinition>"#
            }
            Event::Escalation => {
                r#"<escalationEventDefinition escalationRef="lateness" camunda:escalationCodeVariable="code" />"#
            }
        }
    }
}

pub fn events() -> impl Strategy<Value = Event> {
    proptest::sample::select(EVENTS.as_slice())
}

pub fn blocks() -> impl Strategy<Value = Block> {
    let leaf = prop_oneof![
        Just(Block::Pass),
        proptest::option::of(any::<bool>()).prop_map(|timer| Block::User { timer }),
        Just(Block::External),
        Just(Block::Wait),
        Just(Block::Letter),
        Just(Block::Events),
        Just(Block::Condition),
        Just(Block::Throw),
        Just(Block::Count),
        Just(Block::Mapped),
        (0..4u8, any::<bool>(), any::<bool>()).prop_map(|(n, s, a)| Block::Tasks(n, s, a)),
        (events(), any::<bool>()).prop_map(|(event, i)| Block::Guarded(event, i)),
    ];
    leaf.prop_recursive(4, 24, 3, |inner| {
        let several = proptest::collection::vec(inner.clone(), 2..4);
        prop_oneof![
            several.clone().prop_map(Block::Sequence),
            several.clone().prop_map(Block::Parallel),
            several.clone().prop_map(Block::Inclusive),
            (inner.clone(), 0..4u8, any::<bool>())
                .prop_map(|(body, count, sequential)| Block::Multi(body.into(), count, sequential)),
            (inner.clone(), any::<bool>())
                .prop_map(|(body, interrupting)| Block::Handled(body.into(), interrupting)),
            (inner.clone(), 1..4u8).prop_map(|(body, tasks)| Block::Undoable(body.into(), tasks)),
            (inner.clone(), any::<bool>())
                .prop_map(|(body, interrupting)| Block::Escalating(body.into(), interrupting)),
            several.clone().prop_map(Block::Exclusive),
            (inner.clone(), events(), any::<bool>()).prop_map(|(body, event, i)| Block::Watched(
                body.into(),
                event,
                i
            )),
            (inner.clone(), any::<bool>()).prop_map(|(body, at)| Block::Failing(body.into(), at)),
            inner
                .clone()
                .prop_map(|body| Block::Transaction(body.into())),
            (several.clone(), any::<u8>()).prop_map(|(parts, ends)| Block::Ending(parts, ends)),
            several.prop_map(Block::Forked),
            inner.clone().prop_map(|body| Block::Call(body.into())),
            (inner.clone(), any::<bool>()).prop_map(|(body, own)| Block::Undone(body.into(), own)),
            (inner.clone(), 1..3u8).prop_map(|(body, rounds)| Block::Loop(body.into(), rounds)),
            (inner.clone(), any::<bool>())
                .prop_map(|(body, guard)| Block::Scope(body.into(), guard)),
            inner.prop_map(|body| Block::Async(body.into())),
        ]
    })
}

/// Writes a block as BPMN and gives its first and last node.
#[derive(Default)]
pub struct Writer {
    pub xml: String,
    pub count: u32,
    pub asynchronous: bool,
    called: Vec<(String, String)>,
}

impl Writer {
    pub fn node(&mut self, element: &str, attributes: &str, body: &str) -> String {
        self.count += 1;
        let id = format!("n{}", self.count);
        let asynchronous = match std::mem::take(&mut self.asynchronous) {
            true if self.count.is_multiple_of(2) || element == "eventBasedGateway" => {
                r#"camunda:asyncBefore="true""#
            }
            true => r#"camunda:asyncBefore="true" camunda:asyncAfter="true""#,
            false => "",
        };
        writeln!(
            self.xml,
            r#"<{element} id="{id}" {asynchronous} {attributes}>{body}</{}>"#,
            element.split(' ').next().unwrap_or_default()
        )
        .expect("writes");
        id
    }

    pub fn flow(&mut self, from: &str, to: &str) {
        writeln!(self.xml, "{from} -> {to}").expect("writes");
    }

    fn block(&mut self, block: &Block) -> (String, String) {
        let single = |id: String| (id.clone(), id);
        match block {
            Block::Pass => single(self.node("task", "", "")),
            Block::External => {
                let attributes = r#"camunda:type="external" camunda:topic="t""#;
                single(self.node("serviceTask", attributes, ""))
            }
            Block::Wait => {
                let timer = "<timerEventDefinition><timeDuration>PT1M</timeDuration></timerEventDefinition>";
                single(self.node("intermediateCatchEvent", "", timer))
            }
            Block::Letter => single(self.node("receiveTask", r#"messageRef="letter""#, "")),
            Block::User { timer: None } => single(self.node("userTask", "", "")),
            Block::User {
                timer: Some(interrupting),
            } => {
                let task = self.node("userTask", "", "");
                let merge = self.node("exclusiveGateway", "", "");
                self.flow(&task, &merge);
                let timer = "<timerEventDefinition><timeDuration>PT1M</timeDuration></timerEventDefinition>";
                let attributes =
                    format!(r#"attachedToRef="{task}" cancelActivity="{interrupting}""#);
                let boundary = self.node("boundaryEvent", &attributes, timer);
                // What does not interrupt ends by itself.
                let after = self.node("task", "", "");
                self.flow(&boundary, &after);
                if *interrupting {
                    self.flow(&after, &merge);
                }
                (task, merge)
            }
            Block::Sequence(parts) => {
                let mut ends: Option<(String, String)> = None;
                for part in parts {
                    let (first, last) = self.block(part);
                    ends = Some(match ends {
                        None => (first, last),
                        Some((start, previous)) => {
                            self.flow(&previous, &first);
                            (start, last)
                        }
                    });
                }
                ends.expect("at least one part")
            }
            Block::Parallel(parts) => self.fork("parallelGateway", parts, None),
            Block::Inclusive(parts) => self.fork("inclusiveGateway", parts, Some("${choice")),
            Block::Throw => {
                let signal = r#"<signalEventDefinition signalRef="alarm" />"#;
                single(self.node("intermediateThrowEvent", "", signal))
            }
            Block::Condition => {
                let condition = r#"<conditionalEventDefinition><condition xsi:type="tFormalExpression">${choice != 1}</condition></conditionalEventDefinition>"#;
                single(self.node("intermediateCatchEvent", "", condition))
            }
            Block::Events => {
                let gate = self.node("eventBasedGateway", "", "");
                let merge = self.node("exclusiveGateway", "", "");
                for definition in [
                    r#"<messageEventDefinition messageRef="letter" />"#,
                    r#"<signalEventDefinition signalRef="alarm" />"#,
                    "<timerEventDefinition><timeDuration>PT1M</timeDuration></timerEventDefinition>",
                ] {
                    let event = self.node("intermediateCatchEvent", "", definition);
                    self.flow(&gate, &event);
                    self.flow(&event, &merge);
                }
                (gate, merge)
            }
            Block::Multi(body, count, sequential) => {
                let loops = format!(
                    r#"<multiInstanceLoopCharacteristics isSequential="{sequential}"><loopCardinality>{count}</loopCardinality><completionCondition>${{nrOfCompletedInstances >= 2}}</completionCondition></multiInstanceLoopCharacteristics>"#
                );
                single(self.scope(&loops, body, |_, last| last.to_owned()))
            }
            Block::Handled(body, interrupting) => single(self.scope("", body, |inside, last| {
                let before = std::mem::take(&mut inside.xml);
                let start = inside.node(
                    "startEvent",
                    &format!(r#"isInterrupting="{interrupting}""#),
                    r#"<messageEventDefinition messageRef="letter" />"#,
                );
                let pass = inside.node("task", "", "");
                inside.flow(&start, &pass);
                let handler = std::mem::replace(&mut inside.xml, before);
                let handler = format!("\n{handler}");
                inside.node("subProcess", r#"triggeredByEvent="true""#, &handler);
                last.to_owned()
            })),
            Block::Undoable(body, tasks) => {
                let first = self.undoable_task();
                let mut last = first.clone();
                for _ in 1..*tasks {
                    let next = self.undoable_task();
                    self.flow(&last, &next);
                    last = next;
                }
                let (next, end) = self.block(body);
                let throw = "<compensateEventDefinition />";
                let throw = self.node("intermediateThrowEvent", "", throw);
                self.flow(&last, &next);
                self.flow(&end, &throw);
                (first, throw)
            }
            Block::Escalating(body, interrupting) => {
                let escalation = r#"<escalationEventDefinition escalationRef="lateness" />"#;
                let scope = self.scope("", body, |inside, last| {
                    let throw = inside.node("intermediateThrowEvent", "", escalation);
                    inside.flow(last, &throw);
                    throw
                });
                let merge = self.node("exclusiveGateway", "", "");
                self.flow(&scope, &merge);
                let attributes =
                    format!(r#"attachedToRef="{scope}" cancelActivity="{interrupting}""#);
                let boundary = self.node("boundaryEvent", &attributes, escalation);
                let after = self.node("task", "", "");
                self.flow(&boundary, &after);
                if *interrupting {
                    self.flow(&after, &merge);
                }
                (scope, merge)
            }
            Block::Exclusive(parts) => self.fork("exclusiveGateway", parts, Some("${choice")),
            Block::Loop(body, rounds) => {
                let merge = self.node("exclusiveGateway", "", "");
                let (first, last) = self.block(body);
                let variable = format!("rounds{}", self.count);
                let zero =
                    format!(r#"camunda:expression="${{0}}" camunda:resultVariable="{variable}""#);
                let zero = self.node("serviceTask", &zero, "");
                self.flow(&zero, &merge);
                let count = format!(
                    r#"camunda:expression="${{{variable} + 1}}" camunda:resultVariable="{variable}""#
                );
                let count = self.node("serviceTask", &count, "");
                let again = self.node("exclusiveGateway", "", "");
                let done = self.node("task", "", "");
                self.flow(&merge, &first);
                self.flow(&last, &count);
                self.flow(&count, &again);
                writeln!(self.xml, "{again} -> {merge} if ${{{variable} < {rounds}}}")
                    .expect("writes");
                writeln!(self.xml, "{again} -> {done} if ${{{variable} >= {rounds}}}")
                    .expect("writes");
                (zero, done)
            }
            Block::Scope(body, guard) => {
                let scope = self.scope("", body, |_, last| last.to_owned());
                if !*guard {
                    return single(scope);
                }
                let merge = self.node("exclusiveGateway", "", "");
                let letter = r#"<messageEventDefinition messageRef="letter" />"#;
                let boundary = self.node(
                    "boundaryEvent",
                    &format!(r#"attachedToRef="{scope}""#),
                    letter,
                );
                self.flow(&scope, &merge);
                self.flow(&boundary, &merge);
                (scope, merge)
            }
            Block::Count => {
                let add = r#"camunda:expression="${count + 1}" camunda:resultVariable="count""#;
                single(self.node("serviceTask", add, ""))
            }
            Block::Mapped => {
                let mapping = r#"<extensionElements><camunda:inputOutput><camunda:inputParameter name="mine">${choice + 1}</camunda:inputParameter><camunda:outputParameter name="count">${mine + 1}</camunda:outputParameter></camunda:inputOutput></extensionElements>"#;
                single(self.node("userTask", "", mapping))
            }
            Block::Tasks(count, sequential, jobs) => {
                let loops = format!(
                    r#"<multiInstanceLoopCharacteristics isSequential="{sequential}" camunda:asyncBefore="{jobs}" camunda:asyncAfter="{jobs}"><loopCardinality>{count}</loopCardinality><completionCondition>${{choice == 2}}</completionCondition></multiInstanceLoopCharacteristics>"#
                );
                single(self.node("userTask", "", &loops))
            }
            Block::Guarded(event, interrupting) => {
                let task = self.node("userTask", "", "");
                self.guarded(task, event.definition(), *interrupting)
            }
            Block::Watched(body, event, interrupting) => {
                single(self.scope("", body, |inside, last| {
                    let attributes = format!(r#"isInterrupting="{interrupting}""#);
                    inside.within("subProcess triggeredByEvent=\"true\"", "", |inside| {
                        let start = inside.node("startEvent", &attributes, event.definition());
                        let pass = inside.node("userTask", "", "");
                        inside.flow(&start, &pass);
                    });
                    last.to_owned()
                }))
            }
            Block::Failing(body, inner) => {
                let error = r#"<errorEventDefinition errorRef="broken" camunda:errorCodeVariable="code" camunda:errorMessageVariable="message" />"#;
                let scope = self.within("subProcess", "", |inside| {
                    let start = inside.node("startEvent", "", "");
                    let (first, last) = inside.block(body);
                    let end = inside.node("endEvent", "", error);
                    inside.flow(&start, &first);
                    inside.flow(&last, &end);
                    if *inner {
                        inside.within("subProcess triggeredByEvent=\"true\"", "", |inside| {
                            let start = inside.node("startEvent", "", error);
                            let pass = inside.node("userTask", "", "");
                            inside.flow(&start, &pass);
                        });
                    }
                });
                self.guarded(scope, error, true)
            }
            Block::Transaction(body) => {
                let scope = self.within("transaction", "", |inside| {
                    let start = inside.node("startEvent", "", "");
                    let (first, last) = inside.block(&Block::Undoable(body.clone(), 2));
                    let choice = inside.node("exclusiveGateway", "", "");
                    let end = inside.node("endEvent", "", "");
                    let cancel = inside.node("endEvent", "", "<cancelEventDefinition />");
                    inside.flow(&start, &first);
                    inside.flow(&last, &choice);
                    writeln!(inside.xml, "{choice} -> {end} if ${{choice == 1}}").expect("writes");
                    writeln!(inside.xml, "{choice} -> {cancel} if ${{choice != 1}}")
                        .expect("writes");
                });
                self.guarded(scope, "<cancelEventDefinition />", true)
            }
            Block::Ending(parts, ends) => single(self.within("subProcess", "", |inside| {
                let start = inside.node("startEvent", "", "");
                let fork = inside.node("parallelGateway", "", "");
                inside.flow(&start, &fork);
                for (n, part) in parts.iter().enumerate() {
                    let (first, last) = inside.block(part);
                    let end = match (usize::from(*ends) + n) % 5 {
                        0 => "<terminateEventDefinition />",
                        1 => r#"<signalEventDefinition signalRef="alarm" />"#,
                        2 => r#"<escalationEventDefinition escalationRef="lateness" />"#,
                        3 => "<compensateEventDefinition />",
                        _ => "",
                    };
                    let end = inside.node("endEvent", "", end);
                    inside.flow(&fork, &first);
                    inside.flow(&last, &end);
                }
            })),
            Block::Forked(parts) => {
                let fork = self.node("task", "", "");
                let join = self.node("inclusiveGateway", "", "");
                for (n, part) in parts.iter().enumerate() {
                    let (first, last) = self.block(part);
                    match n {
                        0 => self.flow(&fork, &first),
                        _ => writeln!(self.xml, "{fork} -> {first} if ${{choice >= {n}}}")
                            .expect("writes"),
                    }
                    self.flow(&last, &join);
                }
                (fork, join)
            }
            Block::Call(body) => {
                let mut other = Writer {
                    xml: String::new(),
                    count: self.count + 1,
                    asynchronous: false,
                    called: std::mem::take(&mut self.called),
                };
                other.process(body);
                self.called = other.called;
                self.count = other.count;
                let key = format!("called{}", self.count);
                self.called.push((key.clone(), other.xml));
                let mapping = r#"<extensionElements><camunda:in source="choice" target="choice" /><camunda:in source="choice" target="count" /><camunda:out source="count" target="count" /></extensionElements>"#;
                single(self.node(
                    "callActivity",
                    &format!(r#"calledElement="{key}""#),
                    mapping,
                ))
            }
            Block::Undone(body, own) => {
                let scope = self.scope("", &Block::Undoable(body.clone(), 2), |inside, last| {
                    if *own {
                        inside.within("subProcess triggeredByEvent=\"true\"", "", |inside| {
                            let compensation = "<compensateEventDefinition />";
                            let start = inside.node("startEvent", "", compensation);
                            let undo = inside.node("userTask", "", "");
                            let throw = inside.node("intermediateThrowEvent", "", compensation);
                            inside.flow(&start, &undo);
                            inside.flow(&undo, &throw);
                        });
                    }
                    last.to_owned()
                });
                let only = format!(r#"<compensateEventDefinition activityRef="{scope}" />"#);
                let throw = self.node("intermediateThrowEvent", "", &only);
                self.flow(&scope, &throw);
                (scope, throw)
            }
            Block::Async(body) => {
                self.asynchronous = true;
                self.block(body)
            }
        }
    }

    /// A task, with another one that undoes it.
    fn undoable_task(&mut self) -> String {
        let task = self.node("userTask", "", "");
        let attached = format!(r#"attachedToRef="{task}""#);
        let boundary = self.node("boundaryEvent", &attached, "<compensateEventDefinition />");
        let undo = self.node("userTask", r#"isForCompensation="true""#, "");
        let ends = format!(r#"sourceRef="{boundary}" targetRef="{undo}""#);
        self.node("association", &ends, "");
        task
    }

    /// Another way out of an activity, through an event on its boundary.
    fn guarded(&mut self, activity: String, event: &str, interrupting: bool) -> (String, String) {
        let merge = self.node("exclusiveGateway", "", "");
        self.flow(&activity, &merge);
        let attributes = format!(r#"attachedToRef="{activity}" cancelActivity="{interrupting}""#);
        let boundary = self.node("boundaryEvent", &attributes, event);
        let after = self.node("task", "", "");
        self.flow(&boundary, &after);
        if interrupting {
            self.flow(&after, &merge);
        }
        (activity, merge)
    }

    /// A whole process.
    fn process(&mut self, block: &Block) {
        let start = self.node("startEvent", "", "");
        let (first, last) = self.block(block);
        let end = self.node("endEvent", "", "");
        self.flow(&start, &first);
        self.flow(&last, &end);
    }

    /// A sub-process around a block, with what else is put inside; that says what its end
    /// comes after.
    fn scope(
        &mut self,
        before: &str,
        body: &Block,
        more: impl FnOnce(&mut Writer, &str) -> String,
    ) -> String {
        self.within("subProcess", before, |inside| {
            let start = inside.node("startEvent", "", "");
            let (first, last) = inside.block(body);
            inside.flow(&start, &first);
            let last = more(inside, &last);
            let end = inside.node("endEvent", "", "");
            inside.flow(&last, &end);
        })
    }

    /// A scope with what is written inside.
    pub fn within(
        &mut self,
        element: &str,
        before: &str,
        write: impl FnOnce(&mut Writer),
    ) -> String {
        let mut inside = Writer {
            xml: String::new(),
            count: self.count + 1,
            asynchronous: false,
            called: std::mem::take(&mut self.called),
        };
        write(&mut inside);
        let body = format!("{before}\n{}", inside.xml);
        self.called = inside.called;
        let scope = self.node(element, "", &body);
        self.count = self.count.max(inside.count);
        scope
    }

    fn fork(&mut self, gateway: &str, parts: &[Block], choice: Option<&str>) -> (String, String) {
        let fork = self.node(gateway, "", "");
        let join = self.node(gateway, "", "");
        let sign = if gateway == "inclusiveGateway" {
            "<="
        } else {
            "=="
        };
        for (n, part) in parts.iter().enumerate() {
            let (first, last) = self.block(part);
            match choice {
                Some(choice) if n + 1 == parts.len() => {
                    writeln!(self.xml, "{fork} -> {first} if {choice} >= {n}}}").expect("writes");
                }
                Some(choice) => {
                    writeln!(self.xml, "{fork} -> {first} if {choice} {sign} {n}}}")
                        .expect("writes");
                }
                None => self.flow(&fork, &first),
            }
            self.flow(&last, &join);
        }
        (fork, join)
    }
}

/// The elements of a process, and of those that it calls, by key.
pub fn model(block: &Block) -> (String, Vec<(String, String)>) {
    let mut writer = Writer::default();
    writer.process(block);
    (writer.xml, writer.called)
}
