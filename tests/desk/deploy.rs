//! Deploying models.

use crate::office::*;
use crewdesk::client::{Client, Embedded, StartRequest};
use crewdesk::desk::{DeskError, shipped};
use crewdesk::model::Java;

fn file(name: &str, text: &str) -> (String, Vec<u8>) {
    (name.to_owned(), text.as_bytes().to_vec())
}

#[test]
fn a_new_desk_has_what_ships_and_opening_again_adds_nothing() {
    let office = Office::new();
    office.again();
    let definitions = office.client("mara").definitions().unwrap();
    let keys: Vec<_> = definitions
        .iter()
        .map(|d| (d.key.as_str(), d.version))
        .collect();
    assert_eq!(keys, [("database-insertion", 1), ("spark-insertion", 1)]);
    assert!(definitions[0].id.starts_with("database-insertion:1:"));
    assert!(
        office.client("ana").definitions().unwrap().is_empty(),
        "employees start nothing unasked"
    );
}

#[test]
fn unchanged_files_make_no_new_version_and_changed_ones_do() {
    let office = Office::new();
    let mara = office.client("mara");
    let shipped = shipped::FILES
        .iter()
        .map(|(name, bytes)| ((*name).to_owned(), bytes.to_vec()));
    let again = mara.deploy(shipped.collect()).unwrap();
    assert!(again.deployed_process_definitions.is_empty());
    assert!(again.deployed_decision_definitions.is_empty());

    assert_eq!(
        mara.deploy(vec![file("p.bpmn", PLAIN)])
            .unwrap()
            .deployed_process_definitions[0]
            .version,
        1
    );
    assert!(
        mara.deploy(vec![file("p.bpmn", PLAIN)])
            .unwrap()
            .deployed_process_definitions
            .is_empty()
    );
    let changed = PLAIN.replace("Do it", "Do it well");
    let deployed = mara.deploy(vec![file("p.bpmn", &changed)]).unwrap();
    assert_eq!(deployed.deployed_process_definitions[0].version, 2);
    let id = office.launch(crewdesk::client::StartRequest {
        key: "plain".into(),
        ..Default::default()
    });
    assert_eq!(mara.task(&id).unwrap().task.name, "Do it well");
}

#[test]
fn all_problems_of_all_files_come_at_once_and_nothing_is_deployed() {
    let office = Office::new();
    let mara = office.client("mara");
    let broken = PLAIN.replace("targetRef=\"end\"", "targetRef=\"nowhere\"");
    let files = vec![
        file("good.bpmn", PLAIN),
        file("broken.bpmn", &broken.replace("\"plain\"", "\"other\"")),
        file("text.dmn", "no xml"),
        file("notes.txt", "what is this"),
    ];
    let Err(DeskError::Model(problems)) = mara.deploy(files) else {
        panic!("deployed");
    };
    for name in ["broken.bpmn:", "text.dmn:", "notes.txt:1:1:"] {
        assert!(
            problems.iter().any(|p| p.starts_with(name)),
            "{name} {problems:#?}"
        );
    }
    assert!(!problems.iter().any(|p| p.starts_with("good.bpmn")));
    assert_eq!(mara.definitions().unwrap().len(), 2);
    let twice = vec![file("a.bpmn", PLAIN), file("b.bpmn", PLAIN)];
    assert!(matches!(mara.deploy(twice), Err(DeskError::Model(_))));
}

#[test]
fn a_decision_that_is_missing_is_a_warning() {
    let office = Office::new();
    let (name, bytes) = shipped::FILES[0];
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    let text = text.replace("decisionRef=\"insertion-check\"", "decisionRef=\"no-such\"");
    let deployed = office
        .client("mara")
        .deploy(vec![file(name, &text)])
        .unwrap();
    assert!(
        deployed
            .warnings
            .iter()
            .any(|w| w.contains("no-such") && w.contains("warning")),
        "{:?}",
        deployed.warnings
    );
}

#[test]
fn a_plan_says_what_would_be_new_and_makes_nothing() {
    let office = Office::new();
    let mara = office.client("mara");
    let before = mara.definitions().unwrap();
    let file = include_bytes!("../../process-models/database-insertion.bpmn");
    let same = vec![("database-insertion.bpmn".to_owned(), file.to_vec())];
    assert!(
        mara.plan_deployment(same, Java::default())
            .unwrap()
            .deployed_process_definitions
            .is_empty()
    );
    let text = String::from_utf8_lossy(file).replace("Database insertion", "Insertion");
    let plan = mara
        .plan_deployment(
            vec![("a.bpmn".to_owned(), text.into_bytes())],
            Java::default(),
        )
        .unwrap();
    let [new] = plan.deployed_process_definitions.as_slice() else {
        panic!("{plan:?}");
    };
    assert_eq!((new.key.as_str(), new.version), ("database-insertion", 2));
    assert_eq!(mara.definitions().unwrap(), before);
    // All that is wrong and all that is doubtful in all files, at once.
    let (empty, model) = (b"<a".to_vec(), |inside: &str| {
        format!(
            r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="t"><process id="p" isExecutable="true">{inside}</process></definitions>"#
        )
        .into_bytes()
    });
    let doubtful = model(r#"<startEvent id="s"/><userTask id="island"/>"#);
    let java = model(
        r#"<startEvent id="s"/><sequenceFlow id="f" sourceRef="s" targetRef="j"/><serviceTask id="j" camunda:class="org.example.Send"/>"#,
    );
    let named = |name: &str, bytes: &Vec<u8>| (name.to_owned(), bytes.clone());
    let broken = vec![
        named("b.bpmn", &empty),
        named("c.bpmn", &empty),
        named("d.bpmn", &doubtful),
    ];
    let plan = mara.plan_deployment(broken, Java::default()).unwrap();
    for file in ["b.bpmn:", "c.bpmn:"] {
        assert!(
            plan.problems.iter().any(|p| p.starts_with(file)),
            "{plan:?}"
        );
    }
    let island = |p: &String| p.starts_with("d.bpmn:1:") && p.contains("island");
    assert!(plan.warnings.iter().any(island), "{plan:?}");
    let refused = mara
        .plan_deployment(vec![named("j.bpmn", &java)], Java::default())
        .unwrap();
    assert!(
        refused.problems.iter().any(|p| p.contains("j: ")),
        "{refused:?}"
    );
    let topics = mara
        .plan_deployment(vec![named("j.bpmn", &java)], Java::THROUGH)
        .unwrap();
    assert_eq!(topics.problems, Vec::<String>::new());
    assert_eq!(topics.deployed_process_definitions.len(), 1);
    let hears = model(
        r#"<startEvent id="s"/><sequenceFlow id="f" sourceRef="s" targetRef="t"/><userTask id="t" camunda:assignee="ghost"><extensionElements><camunda:taskListener event="create" class="org.example.Audit"/></extensionElements></userTask>"#,
    );
    let hears = || vec![named("l.bpmn", &hears)];
    let refused = mara.plan_deployment(hears(), Java::default()).unwrap();
    assert!(
        refused.problems[0].contains("--without-java-listeners to leave it out"),
        "{refused:?}"
    );
    let left_out = Java {
        without_listeners: true,
        ..Java::default()
    };
    let plan = mara.plan_deployment(hears(), left_out).unwrap();
    assert_eq!(plan.problems, Vec::<String>::new());
    let warned = |words: &str| plan.warnings.iter().any(|w| w.contains(words));
    assert!(
        warned("('org.example.Audit') is left out: nothing hears its event"),
        "{plan:?}"
    );
    assert!(warned("nobody on this desk is called ghost"), "{plan:?}");
    mara.operator()
        .unwrap()
        .deploy_as(hears(), left_out)
        .unwrap();
    let request = StartRequest {
        key: "p".into(),
        ..StartRequest::default()
    };
    let started = mara.start(request).unwrap();
    assert!(
        started
            .warnings
            .iter()
            .any(|w| w.starts_with("t: nobody on this desk is called ghost")),
        "{started:?}"
    );
    // A desk may be run so that nobody has to ask for it.
    std::fs::write(
        office.folder.path().join("desk.db.settings.toml"),
        "[deployment]\ndelegates-as-topics = true\n",
    )
    .unwrap();
    let desk = office.again();
    let mara = Embedded::new(desk.clone(), desk.as_user("mara", None).unwrap());
    let plan = mara.plan_deployment(vec![named("j.bpmn", &java)], Java::default());
    assert_eq!(plan.unwrap().problems, Vec::<String>::new());
    let made = mara.deploy(vec![named("j.bpmn", &java)]).unwrap();
    assert_eq!(made.deployed_process_definitions.len(), 1);
}

/// A model of a namespace that imports another one.
fn model(namespace: &str, import: &str, content: &str) -> String {
    let import = match import {
        "" => String::new(),
        namespace => format!(
            "\n<import name=\"base\" namespace=\"{namespace}\" importType=\"https://www.omg.org/spec/DMN/20230324/MODEL/\"/>"
        ),
    };
    format!(
        "<definitions xmlns=\"https://www.omg.org/spec/DMN/20230324/MODEL/\" id=\"{namespace}-id\" name=\"{namespace}\" namespace=\"{namespace}\">{import}{content}</definitions>"
    )
}

fn rate(percent: u32) -> String {
    let decision = format!(
        "<decision id=\"rate\" name=\"rate\"><variable name=\"rate\" typeRef=\"number\"/><literalExpression><text>{percent}</text></literalExpression></decision>"
    );
    model("rates", "", &decision)
}

fn price(import: &str) -> String {
    let decision = format!(
        "<decision id=\"price\" name=\"price\"><variable name=\"price\" typeRef=\"number\"/>\
         <informationRequirement id=\"q\"><requiredDecision href=\"{import}#rate\"/></informationRequirement>\
         <literalExpression><text>base.rate * 2</text></literalExpression></decision>"
    );
    model("prices", import, &decision)
}

#[test]
fn a_decision_model_imports_one_that_is_deployed_and_keeps_it_as_it_was() {
    let office = Office::new();
    let mara = office.client("mara");
    let price_now = || {
        let definitions = mara.decision("price").unwrap().definitions().unwrap();
        let found = crewdesk::dmn::evaluate(
            &definitions,
            "price",
            &Default::default(),
            chrono::Utc::now(),
            &mut Default::default(),
        );
        found.unwrap().results[0]["price"].to_string()
    };
    mara.deploy(vec![file("rates.dmn", &rate(5))]).unwrap();
    let made = mara
        .deploy(vec![file("prices.dmn", &price("rates"))])
        .unwrap();
    let made: Vec<&str> = made
        .deployed_decision_definitions
        .iter()
        .map(|d| d.key.as_str())
        .collect();
    assert_eq!(made, ["price"], "what is imported is not deployed again");
    assert_eq!(price_now(), "10");
    // The imported model changes; who imports it does so when it is deployed again.
    mara.deploy(vec![file("rates.dmn", &rate(7))]).unwrap();
    assert_eq!(price_now(), "10");
    let again = mara
        .deploy(vec![file("prices.dmn", &price("rates"))])
        .unwrap();
    assert_eq!(again.deployed_decision_definitions[0].version, 2);
    assert_eq!(price_now(), "14");
    // Files of one deployment come before deployed ones, whatever their order.
    let both = vec![
        file("prices.dmn", &price("rates")),
        file("rates.dmn", &rate(9)),
    ];
    mara.deploy(both).unwrap();
    assert_eq!(price_now(), "18");
    let nothing = vec![
        file("prices.dmn", &price("rates")),
        file("rates.dmn", &rate(9)),
    ];
    let nothing = mara.deploy(nothing).unwrap();
    assert!(nothing.deployed_decision_definitions.is_empty());
}

/// However many are newer, and whether they are imported or import themselves.
#[test]
fn what_is_imported_is_found_among_very_many_models() {
    let office = Office::new();
    let mara = office.client("mara");
    mara.deploy(vec![file("rates.dmn", &rate(5))]).unwrap();
    let between = |n: usize| {
        let content = constant(&format!("c{n}"));
        file(
            &format!("{n}.dmn"),
            &model(&format!("other{n}"), "", &content),
        )
    };
    for part in [0..300, 300..600] {
        mara.deploy(part.map(between).collect()).unwrap();
    }
    let through = constant("through");
    let through = vec![file("through.dmn", &model("through", "rates", &through))];
    mara.deploy(through).unwrap();
    mara.deploy(vec![file("prices.dmn", &price("rates"))])
        .unwrap();
    let last = model("last", "through", &constant("last"));
    mara.deploy(vec![file("last.dmn", &last)]).unwrap();
    let kept = mara.decision("last").unwrap().files;
    let kept: Vec<&str> = kept.iter().map(|f| f.name.as_str()).collect();
    assert_eq!(kept, ["last.dmn", "rates.dmn", "through.dmn"]);
}

#[test]
fn missing_imports_and_circles_are_refused_with_their_place() {
    let office = Office::new();
    let mara = office.client("mara");
    let refused = |files| match mara.deploy(files) {
        Err(DeskError::Model(problems)) => problems,
        other => panic!("{other:?}"),
    };
    let missing = refused(vec![file("prices.dmn", &price("nowhere"))]);
    assert!(
        missing[0].starts_with("prices.dmn:2:1:") && missing[0].contains("'nowhere' is not there"),
        "{missing:?}"
    );
    let circle = refused(vec![
        file("a.dmn", &model("a", "b", &constant("one"))),
        file("b.dmn", &model("b", "a", &constant("two"))),
    ]);
    assert!(
        circle
            .iter()
            .any(|p| p.contains(":2:1:") && p.contains("in a circle")),
        "{circle:?}"
    );
    let own = refused(vec![file("a.dmn", &model("a", "a", &constant("one")))]);
    assert!(own[0].starts_with("a.dmn:2:1:"), "{own:?}");
    assert!(
        mara.decisions()
            .unwrap()
            .iter()
            .all(|d| d.key != "one" && d.key != "price")
    );
}

fn constant(id: &str) -> String {
    format!(
        "<decision id=\"{id}\" name=\"{id}\"><literalExpression><text>1</text></literalExpression></decision>"
    )
}

#[test]
fn a_script_in_a_file_of_its_own_comes_along_with_its_process() {
    let office = Office::new();
    let mara = office.client("mara");
    let model = r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="t">
        <process id="sum" isExecutable="true" camunda:historyTimeToLive="P1D"><startEvent id="s"/><sequenceFlow id="a" sourceRef="s" targetRef="j"/>
        <scriptTask id="j" scriptFormat="javascript" camunda:resource="deployment://sum.js" camunda:resultVariable="sum"/>
        <sequenceFlow id="b" sourceRef="j" targetRef="u"/><userTask id="u"/></process></definitions>"#;
    let deploy = |script: &str| {
        let files = vec![file("sum.bpmn", model), file("scripts/sum.js", script)];
        mara.deploy(files)
    };
    let told = mara
        .deploy(vec![file("sum.bpmn", model)])
        .unwrap_err()
        .to_string();
    assert!(
        told.contains("'deployment://sum.js') is not among these files"),
        "{told}"
    );
    let told = deploy("1 +").unwrap_err().to_string();
    assert!(
        told.contains("sum.bpmn:3:") && told.contains("the script is wrong"),
        "{told}"
    );
    for (script, version, sum) in [("1 + 1", 1, 2), ("2 + 1", 2, 3)] {
        let deployed = deploy(script).unwrap().deployed_process_definitions;
        assert_eq!(deployed[0].version, version);
        // As another process of the desk reads it.
        let again = office.again();
        let mara = Embedded::new(again.clone(), again.as_user("mara", None).unwrap());
        let started = mara.start(StartRequest {
            key: "sum".into(),
            ..StartRequest::default()
        });
        let detail = mara.instance(&started.unwrap().id).unwrap();
        assert_eq!(detail.variables["sum"]["value"], sum);
    }
    assert!(
        deploy("2 + 1")
            .unwrap()
            .deployed_process_definitions
            .is_empty()
    );
}
