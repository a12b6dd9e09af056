//! How much of what Camunda's public tests document is covered, topic by topic, counted from the
//! tests themselves:
//!
//! - `/// ExclusiveGatewayTest.testDefaultSequenceFlow` above a test: it covers this case. A line a
//!   case, in any file under `tests/`.
//! - `// not applicable: SignalEventTest.testA, SignalEventTest.testB: why`, on one line: crewdesk has
//!   nothing that these cases could be asked of.
//! - `// differs: TimerTest.testC: how`, on one line: crewdesk does otherwise.
//!
//! `UPDATE_DOCS=1 cargo test --test engine coverage` writes the table in docs/CONFORMANCE.md anew.
//! `CAMUNDA_TESTS=…/engine/src/test` also checks that every case named exists there, and that every
//! case without Java is named or stands in `OPEN`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// A test class: its name, how many of its cases have a model, and how many of these no Java in it.
type Class = (&'static str, usize, usize);

/// The topics, each with the classes that document it, as counted in operaton/operaton at 57f31339.
/// A class of (0, 0) makes its models by Java.
#[rustfmt::skip]
const TOPICS: &[(&str, &[Class])] = &[
    ("Exclusive gateway", &[
        ("ExclusiveGatewayTest", 17, 13),
        ("DefaultSequenceFlowTest", 1, 1),
        ("ConditionalSequenceFlowTest", 3, 2),
        ("UncontrolledFlowTest", 2, 2),
    ]),
    ("Implicit fork", &[
        ("ConditionalSequenceFlowTest", 3, 2),
        ("UncontrolledFlowTest", 2, 2),
        ("DefaultSequenceFlowTest", 1, 1),
    ]),
    ("Parallel gateway", &[
        ("ParallelGatewayTest", 9, 7),
    ]),
    ("Inclusive gateway", &[
        ("InclusiveGatewayTest", 23, 21),
    ]),
    ("Event-based gateway", &[
        ("EventBasedGatewayTest", 6, 6),
    ]),
    ("Message", &[
        ("MessageCorrelationTest", 59, 57),
        ("MessageCorrelationByLocalVariablesTest", 0, 0),
        ("MessageStartEventTest", 14, 12),
        ("MessageIntermediateEventTest", 6, 6),
        ("MessageBoundaryEventTest", 11, 11),
        ("MessageNonInterruptingBoundaryEventTest", 9, 9),
        ("MessageEventSubprocessTest", 23, 18),
        ("ReceiveTaskTest", 16, 16),
    ]),
    ("Signal", &[
        ("SignalEventTest", 25, 21),
        ("SignalEventExpressionNameTest", 9, 8),
        ("SignalEventPayloadTest", 7, 7),
        ("SignalEventReceivedBuilderTest", 0, 0),
        ("SignalEndEventTest", 4, 4),
    ]),
    ("Timers", &[
        ("BoundaryTimerEventTest", 13, 13),
        ("BoundaryTimerNonInterruptingEventTest", 20, 15),
        ("IntermediateTimerEventTest", 7, 7),
        ("StartTimerEventTest", 42, 14),
        ("TimeExpressionTest", 6, 6),
        ("TimerRecalculationTest", 2, 1),
        ("UpdateDuedateOnRecurringTimerTest", 0, 0),
    ]),
    ("Listeners", &[
        ("ExecutionListenerTest", 11, 0),
    ]),
    ("Error", &[
        ("BoundaryErrorEventTest", 58, 25),
        ("ErrorEventSubProcessTest", 23, 6),
        ("ErrorEndEventTest", 4, 4),
        ("BpmnErrorTest", 0, 0),
        ("UnhandledBpmnErrorTest", 4, 4),
    ]),
    ("Escalation", &[
        ("EscalationEventTest", 31, 31),
        ("EscalationEventSubprocessTest", 30, 30),
        ("EscalationActivityInstanceTreeTest", 5, 5),
    ]),
    ("Event sub-process", &[
        ("MessageEventSubprocessTest", 23, 18),
        ("ErrorEventSubProcessTest", 23, 6),
        ("InterruptingEventSubProcessTest", 5, 5),
        ("EscalationEventSubprocessTest", 30, 30),
        ("StartTimerEventTest", 42, 14),
        ("SubProcessTest", 16, 14),
    ]),
    ("Multi-instance", &[
        ("MultiInstanceTest", 71, 42),
        ("AsyncAfterTest", 26, 24),
    ]),
    ("Transaction / compensation", &[
        ("CompensateEventTest", 51, 34),
        ("CompensateEventOrderTest", 0, 0),
        ("TransactionSubProcessTest", 18, 9),
        ("CompensateEventHistoryTest", 4, 4),
    ]),
    ("Terminate end", &[
        ("TerminateEndEventTest", 16, 12),
        ("EndEventTest", 1, 0),
    ]),
    ("Call activity", &[
        ("CallActivityTest", 46, 43),
        ("CallActivityDelegateMappingTest", 14, 0),
    ]),
    ("Async + job retry + incident", &[
        ("AsyncAfterTest", 26, 24),
        ("AsyncTaskTest", 33, 7),
        ("AsyncStartEventTest", 8, 7),
        ("AsyncEndEventTest", 4, 2),
        ("FoxJobRetryCmdTest", 19, 0),
        ("JobRetryCmdWithDefaultPropertyTest", 2, 0),
        ("FoxFailedJobParseListenerTest", 12, 12),
        ("IncidentTest", 13, 0),
        ("ManagementServiceTest", 21, 5),
        ("JobDefinitionDeploymentTest", 9, 9),
    ]),
    ("Task lifecycle", &[
        ("TaskServiceTest", 58, 51),
        ("TaskListenerEventLifecycleTest", 0, 0),
        ("TaskQueryTest", 157, 72),
        ("TaskIdentityLinksTest", 4, 4),
        ("DelegateTaskTest", 1, 0),
    ]),
    ("User task attributes", &[
        ("TaskAssignmentExtensionsTest", 4, 4),
        ("TaskCandidateTest", 8, 8),
        ("TaskAssigneeTest", 1, 1),
        ("TaskDueDateExtensionsTest", 3, 3),
        ("TaskFollowUpDateExtensionsTest", 3, 3),
        ("TaskPriorityExtensionsTest", 2, 2),
        ("InitiatorTest", 1, 1),
        ("UserTaskTest", 5, 4),
    ]),
    ("Forms", &[
        ("FormDataTest", 8, 8),
        ("FormServiceTest", 51, 33),
        ("BuiltInValidatorsTest", 0, 0),
        ("DateFormTypeTest", 0, 0),
        ("HtmlFormEngineTest", 10, 10),
        ("RetrieveCamundaFormRefTest", 8, 8),
        ("UserTaskCamundaFormDefinitionParseTest", 4, 4),
    ]),
    ("Variables + IO mapping", &[
        ("InputOutputTest", 66, 29),
        ("InputOutputEventTest", 12, 8),
        ("ExecutionVariablesTest", 10, 10),
        ("PrimitiveTypeValueSerializationTest", 0, 0),
        ("VariableInstanceQueryTest", 81, 73),
        ("SkipOutputMappingOnCanceledActitivitesTest", 4, 4),
    ]),
    ("External task", &[
        ("ExternalTaskServiceTest", 156, 155),
        ("ExternalTaskQueryTest", 40, 40),
        ("ExternalTaskSupportTest", 0, 0),
        ("ExternalTaskParseTest", 3, 3),
    ]),
    ("Business rule task", &[
        ("DmnBusinessRuleTaskTest", 12, 12),
        ("DmnBusinessRuleTaskResultMappingTest", 14, 13),
    ]),
    ("History levels", &[
        ("HistoricActivityInstanceTest", 42, 34),
        ("HistoricActivityInstanceStateTest", 19, 19),
        ("HistoricVariableInstanceTest", 66, 38),
        ("HistoricProcessInstanceTest", 64, 46),
        ("HistoryTimeToLiveDeploymentTest", 7, 7),
        ("FullHistoryTest", 33, 29),
        ("HistoricIncidentTest", 17, 0),
        ("HistoricJobLogTest", 29, 6),
    ]),
    ("Conditional events", &[
        ("IntermediateConditionalEventTest", 9, 9),
        ("BoundaryConditionalEventTest", 16, 16),
        ("EventSubProcessStartConditionalEventTest", 14, 12),
        ("ConditionalStartEventTest", 19, 19),
        ("ConditionalEventWithSpecificVariableEventTest", 0, 0),
    ]),
    ("Suspension / modification / delete", &[
        ("ProcessInstanceSuspensionTest", 61, 61),
        ("ProcessDefinitionSuspensionTest", 59, 29),
        ("ProcessInstanceModificationTest", 57, 50),
        ("ProcessInstanceModificationMultiInstanceTest", 32, 32),
        ("RuntimeServiceTest", 103, 90),
    ]),
    ("Migration", &[
        ("MigrateSuspendedInstanceTest", 0, 0),
        ("MigrationAddBoundaryEventsTest", 0, 0),
        ("MigrationAddMultiInstanceTest", 0, 0),
        ("MigrationAddSubprocessTest", 0, 0),
        ("MigrationBoundaryEventsTest", 0, 0),
        ("MigrationCallActivityTest", 0, 0),
        ("MigrationCompensationTest", 0, 0),
        ("MigrationEventBasedGatewayTest", 0, 0),
        ("MigrationEventSubProcessTest", 0, 0),
        ("MigrationExternalTaskTest", 0, 0),
        ("MigrationGatewayTest", 0, 0),
        ("MigrationHistoricActivityInstanceTest", 0, 0),
        ("MigrationHorizontalScopeChangeTest", 0, 0),
        ("MigrationIntermediateConditionalEventTest", 0, 0),
        ("MigrationMultiInstanceTest", 0, 0),
        ("MigrationPlanCreationTest", 0, 0),
        ("MigrationPlanGenerationTest", 0, 0),
        ("MigrationProcessInstanceTest", 0, 0),
        ("MigrationReceiveTaskTest", 0, 0),
        ("MigrationRemoveBoundaryEventsTest", 0, 0),
        ("MigrationRemoveMultiInstanceTest", 0, 0),
        ("MigrationRemoveSubprocessTest", 0, 0),
        ("MigrationSignalCatchEventTest", 0, 0),
        ("MigrationTimerBoundryEventTest", 0, 0),
        ("MigrationTransitionInstancesTest", 0, 0),
        ("MigrationUserOperationLogTest", 0, 0),
        ("MigrationUserTaskTest", 0, 0),
    ]),
    ("Parsing", &[
        ("BpmnParseTest", 29, 23),
        ("BpmnDeploymentTest", 21, 9),
        ("RepositoryServiceTest", 44, 29),
    ]),
];

/// The cases whose model has no Java in it and that no test names yet, a class a line.
const OPEN: &[(&str, &str)] = &[];

fn open() -> BTreeSet<Case> {
    let of = |(class, methods): &(&str, &str)| {
        let class = (*class).to_owned();
        let cases = methods.split(' ').map(|m| (class.clone(), m.to_owned()));
        cases.collect::<Vec<_>>()
    };
    OPEN.iter().flat_map(of).collect()
}

/// What the tests say of the cases.
#[derive(Default)]
struct Said {
    covered: BTreeSet<Case>,
    not_applicable: BTreeMap<Case, String>,
    differs: BTreeMap<Case, String>,
}

/// Class and method.
type Case = (String, String);

fn case(text: &str) -> Option<Case> {
    let (class, method) = text.trim().split_once('.')?;
    let word = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let right = class.ends_with("Test") && !method.is_empty() && word(class) && word(method);
    right.then(|| (class.to_owned(), method.to_owned()))
}

impl Said {
    /// Reads one line, which is `place` in a message.
    fn read(&mut self, line: &str, place: &str) {
        let line = line.trim();
        if let Some(case) = line.strip_prefix("/// ").and_then(case) {
            self.covered.insert(case);
        }
        for (mark, into) in [
            ("// not applicable: ", &mut self.not_applicable),
            ("// differs: ", &mut self.differs),
        ] {
            let Some(text) = line.strip_prefix(mark) else {
                continue;
            };
            let (cases, why) = text.split_once(": ").unwrap_or((text, ""));
            assert!(!why.is_empty(), "{place} gives no reason: {line}");
            for name in cases.split(',') {
                let case = case(name).unwrap_or_else(|| panic!("{place}: {name} is no case"));
                into.insert(case, why.to_owned());
            }
        }
    }

    fn all() -> Said {
        let mut said = Said::default();
        let mut folders = vec![root().join("tests")];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
                let path = entry.path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|e| e == "rs") {
                    let text = std::fs::read_to_string(&path).expect("a source file");
                    let place = path.display().to_string();
                    text.lines().for_each(|line| said.read(line, &place));
                }
            }
        }
        said
    }

    fn cases(&self) -> impl Iterator<Item = &Case> {
        let aside = self.not_applicable.keys().chain(self.differs.keys());
        self.covered.iter().chain(aside)
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn of<'a>(cases: impl Iterator<Item = &'a Case>, class: &str) -> usize {
    cases.filter(|case| case.0 == class).count()
}

fn table(said: &Said) -> String {
    let mut text = String::from(
        "| topic | cases there | without Java | covered | not applicable | differing | open |\n\
         |---|---|---|---|---|---|---|\n",
    );
    let left = open();
    for (topic, classes) in TOPICS {
        let [
            mut all,
            mut free,
            mut covered,
            mut aside,
            mut differing,
            mut open,
        ] = [0; 6];
        for (class, cases, java_free) in *classes {
            let counts = [
                of(said.covered.iter(), class),
                of(said.not_applicable.keys(), class),
                of(said.differs.keys(), class),
            ];
            all += cases;
            free += java_free;
            covered += counts[0];
            aside += counts[1];
            differing += counts[2];
            open += of(left.iter(), class);
        }
        let numbers = [all, free, covered, aside, differing, open].map(|n| n.to_string());
        let _ = writeln!(text, "| {topic} | {} |", numbers.join(" | "));
    }
    for (title, cases) in [
        ("Differing", &said.differs),
        ("Not applicable", &said.not_applicable),
    ] {
        let mut reasons: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for ((class, method), why) in cases {
            let names = reasons.entry(why).or_default();
            names.push(format!("`{class}.{method}`"));
        }
        if !reasons.is_empty() {
            let _ = writeln!(text, "\n{title}:\n");
        }
        for (why, names) in reasons {
            let _ = writeln!(text, "- {why}: {}", names.join(", "));
        }
    }
    text
}

#[test]
fn the_table_is_what_the_tests_say() {
    let (begin, end) = ("<!-- topics -->\n", "<!-- end of topics -->");
    let path = root().join("docs/CONFORMANCE.md");
    let text = std::fs::read_to_string(&path).expect("the documentation");
    let (head, rest) = text.split_once(begin).expect("the mark before the table");
    let (_, tail) = rest.split_once(end).expect("the mark behind the table");
    let expected = format!("{head}{begin}{}{end}{tail}", table(&Said::all()));
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, expected).expect("written");
    } else {
        let how = "UPDATE_DOCS=1 cargo test --test engine coverage";
        assert!(
            text == expected,
            "docs/CONFORMANCE.md is out of date: {how}"
        );
    }
}

#[test]
fn no_case_is_said_twice_or_of_a_class_without_a_topic() {
    let said = Said::all();
    let classes: BTreeSet<&str> = TOPICS.iter().flat_map(|t| t.1).map(|c| c.0).collect();
    let mut seen = BTreeSet::new();
    for case in said.cases() {
        assert!(seen.insert(case), "{case:?} is covered and is not");
        assert!(classes.contains(case.0.as_str()), "{case:?} has no topic");
    }
    for case in open() {
        assert!(
            !seen.contains(&case),
            "{case:?} is named, and stands in OPEN"
        );
    }
}

/// Where the public tests lie, every case that is named is one of theirs.
#[test]
fn every_case_that_is_named_exists() {
    let Some(folder) = std::env::var_os("CAMUNDA_TESTS") else {
        eprintln!("skipped: CAMUNDA_TESTS does not name the folder engine/src/test of Camunda");
        return;
    };
    let classes = sources(Path::new(&folder));
    let said = Said::all();
    let missing: Vec<&Case> = said
        .cases()
        .filter(|(class, method)| {
            let source = classes.get(class).map_or("", |(_, source)| source.as_str());
            !source.contains(&format!(" {method}("))
        })
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// Where the public tests lie, every case without Java is named or stands in `OPEN`.
#[test]
fn every_case_without_java_is_named_or_open() {
    let Some(folder) = std::env::var_os("CAMUNDA_TESTS") else {
        eprintln!("skipped: CAMUNDA_TESTS does not name the folder engine/src/test of Camunda");
        return;
    };
    let classes: BTreeSet<&str> = TOPICS.iter().flat_map(|t| t.1).map(|c| c.0).collect();
    let mut told = open();
    told.extend(Said::all().cases().cloned());
    let mut free = BTreeSet::new();
    let resources = Path::new(&folder).join("resources");
    for (name, (package, source)) in sources(&Path::new(&folder).join("java")) {
        if classes.contains(name.as_str()) {
            let cases = without_java(&resources.join(package), &resources, &name, &source);
            free.extend(cases.into_iter().map(|method| (name.clone(), method)));
        }
    }
    let silent: Vec<&Case> = free.difference(&told).collect();
    assert!(!free.is_empty() && silent.is_empty(), "{silent:?}");
    let gone: Vec<Case> = open().difference(&free).cloned().collect();
    assert!(gone.is_empty(), "{gone:?}");
}

/// The cases of a class that deploy models, none of which names Java code.
fn without_java(package: &Path, resources: &Path, class: &str, source: &str) -> Vec<String> {
    let quoted = |text: &str| -> Vec<String> {
        let parts = text.split('"').skip(1).step_by(2);
        parts.map(str::to_owned).collect()
    };
    let constant = |line: &str| {
        let (name, value) = line.split_once("String ")?.1.split_once('=')?;
        let values: Vec<String> = quoted(value);
        Some((name.trim().to_owned(), values.first()?.clone()))
    };
    let constants: BTreeMap<String, String> = source.lines().filter_map(constant).collect();
    let (mut found, mut above) = (Vec::new(), String::new());
    for line in source.lines().map(str::trim) {
        if let Some(rest) = line.strip_prefix("public void ") {
            let method = rest.split('(').next().unwrap_or_default().to_owned();
            let above = std::mem::take(&mut above);
            let deployed = above.split_once("@Deployment").map(|(_, named)| named);
            if let Some(named) = deployed.filter(|_| above.contains("@Test")) {
                let mut files: Vec<String> = quoted(named);
                let words = named.split(|c: char| !c.is_alphanumeric() && c != '_');
                files.extend(words.filter_map(|word| constants.get(word).cloned()));
                let mut models: Vec<PathBuf> = files.iter().map(|f| resources.join(f)).collect();
                if models.is_empty() {
                    let ends = [".bpmn20.xml", ".bpmn"].map(|end| format!("{class}.{method}{end}"));
                    models.extend(ends.map(|name| package.join(name)));
                }
                let texts: Vec<String> = models.iter().filter_map(|path| read(path)).collect();
                if !texts.is_empty() && !texts.iter().any(|text| names_java(text)) {
                    found.push(method);
                }
            }
        } else if line.is_empty() || line.starts_with(['*', '/', '}']) || line.ends_with([';', '{'])
        {
            above.clear();
        } else {
            above.push_str(line);
            above.push('\n');
        }
    }
    found
}

fn read(path: &Path) -> Option<String> {
    std::fs::read_to_string(path).ok()
}

/// Whether a model names a class, a bean or a script in Groovy.
fn names_java(model: &str) -> bool {
    let bean = |rest: &str| {
        let word = rest.find(|c: char| !c.is_alphanumeric() && c != '_');
        word.is_some_and(|at| at > 0 && rest[at..].starts_with('.'))
    };
    let words = [
        ":class=",
        "delegateExpression=",
        "\"groovy\"",
        "class=\"org",
    ];
    words.iter().any(|word| model.contains(word))
        || model.split("xpression=\"${").skip(1).any(bean)
        || model.split("xpression=\"#{").skip(1).any(bean)
}

/// The sources of all test classes, by name, with the folders of their packages.
fn sources(folder: &Path) -> BTreeMap<String, (PathBuf, String)> {
    let mut sources: BTreeMap<String, (PathBuf, String)> = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(open) = folders.pop() {
        for entry in std::fs::read_dir(&open).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "java") {
                let name = path.file_stem().unwrap_or_default().to_string_lossy();
                let package = open.strip_prefix(folder).expect("below it").to_owned();
                let of = sources.entry(name.into_owned()).or_default();
                of.0 = package;
                of.1 += &read(&path).unwrap_or_default();
            }
        }
    }
    sources
}

#[test]
fn lines_are_read_as_they_are_meant() {
    let mut said = Said::default();
    for line in [
        "    /// ATest.one",
        "/// ATest.one",
        "/// Not a case. ATest.two",
        "// not applicable: ATest.three, BTest.four: Java alone",
        "// differs: ATest.five: it is green here",
    ] {
        said.read(line, "here");
    }
    let case = |class: &str, method: &str| (class.to_owned(), method.to_owned());
    assert_eq!(said.covered, BTreeSet::from([case("ATest", "one")]));
    assert_eq!(said.not_applicable[&case("BTest", "four")], "Java alone");
    assert_eq!(said.differs[&case("ATest", "five")], "it is green here");
    assert_eq!(said.cases().count(), 4);
    assert!(
        table(&said).contains("\nNot applicable:\n\n- Java alone: `ATest.three`, `BTest.four`")
    );
}
