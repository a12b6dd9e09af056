//! Messages and signals from outside, and processes that start by an event or the clock.

use crate::office::*;
use crewdesk::client::{Client, InstanceQuery};
use crewdesk::desk::event::{Message, Reached};
use crewdesk::desk::variables::Scope;
use crewdesk::desk::{Caller, DeskError, Remote};
use crewdesk::value::{Map, Value};
use std::time::Duration;

fn process(key: &str, inside: &str) -> String {
    format!(
        r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="t">
        <message id="order" name="order" /><message id="paid" name="paid" /><signal id="alarm" name="alarm" />
        <process id="{key}" isExecutable="true" camunda:historyTimeToLive="P30D">{inside}</process></definitions>"#
    )
}

const SHOP: &str = r#"
    <startEvent id="ordered"><messageEventDefinition messageRef="order" /></startEvent>
    <intermediateCatchEvent id="wait"><messageEventDefinition messageRef="paid" /></intermediateCatchEvent>
    <userTask id="pack" /> <userTask id="stop" />
    <boundaryEvent id="alarmed" attachedToRef="pack"><signalEventDefinition signalRef="alarm" /></boundaryEvent>
    <sequenceFlow id="a" sourceRef="ordered" targetRef="wait" /> <sequenceFlow id="b" sourceRef="wait" targetRef="pack" />
    <sequenceFlow id="c" sourceRef="alarmed" targetRef="stop" />"#;

fn message(name: &str, key: Option<&str>) -> Message {
    Message {
        name: name.into(),
        business_key: key.map(str::to_owned),
        ..Message::default()
    }
}

fn id_of(reached: &[Reached]) -> String {
    let [reached] = reached else {
        panic!("{reached:?}")
    };
    reached.process_instance_id().to_owned()
}

fn hours(hours: u64) -> Duration {
    Duration::from_secs(hours * 3600)
}

fn tasks(office: &Office, instance: &str) -> Vec<String> {
    let detail = office.client("mara").instance(instance).unwrap();
    detail
        .tasks
        .iter()
        .map(|task| task.task_definition_key.clone())
        .collect()
}

#[test]
fn a_message_starts_an_instance_or_finds_the_one_that_waits() {
    let office = Office::new();
    office.deploy("shop.bpmn", &process("shop", SHOP));
    let mara = Caller::User("mara".into());
    let desk = &office.desk;
    let start = |key: &str, size: i32| {
        let order = Message {
            variables: Map::from_iter([("size".to_owned(), Value::Integer(size))]),
            ..message("order", Some(key))
        };
        id_of(&desk.correlate(&mara, order).unwrap())
    };
    let (one, two) = (start("K1", 1), start("K2", 2));
    let unclear = desk.correlate(&mara, message("paid", None)).unwrap_err();
    assert!(
        unclear.to_string().contains("2 executions match"),
        "{unclear}"
    );
    let reached = desk.correlate(&mara, message("paid", Some("K1"))).unwrap();
    assert_eq!(
        (id_of(&reached), tasks(&office, &one)),
        (one.clone(), vec!["pack".to_owned()])
    );
    let by_size = Message {
        keys: Map::from_iter([("size".to_owned(), Value::Long(2))]),
        local_variables: Map::from_iter([("note".to_owned(), "x".into())]),
        ..message("paid", None)
    };
    assert_eq!(id_of(&desk.correlate(&mara, by_size.clone()).unwrap()), two);
    let nobody = desk.correlate(&mara, by_size).unwrap_err();
    assert!(matches!(nobody, DeskError::Invalid(_)), "{nobody}");
    let all = Message {
        all: true,
        ..message("paid", None)
    };
    assert_eq!(desk.correlate(&mara, all).unwrap(), []);
    let employee = Caller::User("ana".into());
    let forbidden = desk.correlate(&employee, message("order", None));
    assert!(matches!(forbidden, Err(DeskError::Forbidden(_))));
}

#[test]
fn a_signal_reaches_all_instances_and_starts_processes() {
    let office = Office::new();
    office.deploy("shop.bpmn", &process("shop", SHOP));
    let guard = r#"<startEvent id="s"><signalEventDefinition signalRef="alarm" /></startEvent> <userTask id="look" />
        <sequenceFlow id="a" sourceRef="s" targetRef="look" />"#;
    office.deploy("guard.bpmn", &process("guard", guard));
    let thrower = r#"<startEvent id="s" /> <endEvent id="e"><signalEventDefinition signalRef="alarm" /></endEvent>
        <sequenceFlow id="a" sourceRef="s" targetRef="e" />"#;
    office.deploy("thrower.bpmn", &process("thrower", thrower));
    let mara = Caller::User("mara".into());
    let mut shops = Vec::new();
    for key in ["K1", "K2"] {
        let id = id_of(
            &office
                .desk
                .correlate(&mara, message("order", Some(key)))
                .unwrap(),
        );
        office
            .desk
            .correlate(&mara, message("paid", Some(key)))
            .unwrap();
        shops.push(id);
    }
    let client = office.client("mara");
    client
        .start(crewdesk::client::StartRequest {
            key: "thrower".into(),
            ..Default::default()
        })
        .unwrap();
    for shop in &shops {
        assert_eq!(
            tasks(&office, shop),
            ["stop"],
            "one transaction reaches all"
        );
    }
    let guards = || {
        let query = InstanceQuery {
            key: Some("guard".into()),
            ..InstanceQuery::default()
        };
        client.instances(query).unwrap().total
    };
    assert_eq!(guards(), 1);
    office
        .desk
        .signal(&mara, "alarm", None, Map::new())
        .unwrap();
    assert_eq!(guards(), 2);
    office
        .desk
        .signal(&mara, "nobody hears", None, Map::new())
        .unwrap();
}

#[test]
fn a_timer_starts_instances_until_a_new_version_replaces_it() {
    let office = Office::new();
    let timer = |cycle: &str| {
        let inside = format!(
            r#"<startEvent id="s"><timerEventDefinition><timeCycle>{cycle}</timeCycle></timerEventDefinition></startEvent> <userTask id="t" />
            <sequenceFlow id="a" sourceRef="s" targetRef="t" />"#
        );
        process("clock", &inside)
    };
    office.deploy("clock.bpmn", &timer("R3/PT1H"));
    let run = || {
        let jobs = office.desk.acquire_jobs(&Caller::Desk, "w", 10).unwrap();
        for job in &jobs {
            assert!(office.desk.execute_job(&Caller::Desk, job).unwrap());
        }
        jobs.len()
    };
    assert_eq!(run(), 0);
    for _ in 0..3 {
        office.clock.advance(hours(1));
        assert_eq!(run(), 1);
    }
    office.clock.advance(hours(5));
    assert_eq!(run(), 0, "three times and no more");
    office.deploy("clock.bpmn", &timer("0 0 * * * *"));
    office.deploy("clock.bpmn", &timer("0 30 * * * *"));
    office.clock.advance(hours(1));
    assert_eq!(run(), 1, "the newest version alone starts");
}

#[test]
fn one_message_starts_one_process() {
    let office = Office::new();
    office.deploy("shop.bpmn", &process("shop", SHOP));
    office.deploy("shop.bpmn", &process("shop", &SHOP.replace("pack", "wrap")));
    let files = vec![("other.bpmn".to_owned(), process("other", SHOP).into_bytes())];
    let refused = office.client("mara").deploy(files).unwrap_err();
    assert!(
        refused
            .to_string()
            .contains("already is a message event subscription"),
        "{refused}"
    );
    let mara = Caller::User("mara".into());
    let id = id_of(
        &office
            .desk
            .correlate(&mara, message("order", None))
            .unwrap(),
    );
    office.desk.correlate(&mara, message("paid", None)).unwrap();
    assert_eq!(tasks(&office, &id), ["wrap"], "the newest version");
}

/// A user task whose form asks for a secret and a data frame.
const ASKS: &str = r#"
    <userTask id="ask"><extensionElements><camunda:formData>
      <camunda:formField id="token" label="Token" type="string"><camunda:properties>
        <camunda:property id="widget" value="secret" /></camunda:properties></camunda:formField>
      <camunda:formField id="dataFrame" label="Frame" type="string"><camunda:properties>
        <camunda:property id="widget" value="file" /></camunda:properties></camunda:formField>
    </camunda:formData></extensionElements></userTask>"#;

#[test]
fn what_events_bring_is_kept_as_forms_would_keep_it() {
    let office = Office::new();
    let by = |id: &str, event: &str| {
        format!(
            r#"<startEvent id="{id}">{event}</startEvent>
            <sequenceFlow id="f{id}" sourceRef="{id}" targetRef="ask" />"#
        )
    };
    let inside = by("m", r#"<messageEventDefinition messageRef="order" />"#)
        + &by("s", r#"<signalEventDefinition signalRef="alarm" />"#)
        + ASKS;
    office.deploy("asks.bpmn", &process("asks", &inside));
    let mara = Caller::User("mara".into());
    let given = |name: &str| Map::from_iter([(name.to_owned(), Value::from("hunter2"))]);
    let order = |variables: Map| Message {
        variables,
        ..message("order", None)
    };
    office.desk.correlate(&mara, order(given("token"))).unwrap();
    office
        .desk
        .signal(&mara, "alarm", None, given("token"))
        .unwrap();
    let client = office.client("mara");
    let started = client.instances(InstanceQuery::default()).unwrap().items;
    assert_eq!(started.len(), 2);
    for instance in started {
        let shown = client.instance(&instance.id).unwrap();
        assert_eq!(shown.variables["token"]["valueInfo"]["secret"], true);
    }
    let refused = [
        office
            .desk
            .correlate(&mara, order(given("dataFrameCapture")))
            .map(drop),
        office
            .desk
            .signal(&mara, "alarm", None, given("dataFrameCapture"))
            .map(drop),
    ];
    for refused in refused {
        let refused = refused.unwrap_err().to_string();
        assert!(refused.contains("dataFrameCapture"), "{refused}");
    }
}

#[test]
fn files_of_the_desk_are_no_targets_for_others_whichever_way() {
    let office = Office::new();
    let inside = format!(
        r#"<startEvent id="m"><messageEventDefinition messageRef="order" /></startEvent>
        <sequenceFlow id="f" sourceRef="m" targetRef="ask" />{ASKS}"#
    );
    office.deploy("asks.bpmn", &process("asks", &inside));
    let desk = &office.desk;
    let far = Caller::Remote(Remote {
        user: Some("mara".into()),
        once: None,
    });
    let near = Caller::User("mara".into());
    let file = || Map::from_iter([("databaseName".to_owned(), "/tmp/other.db".into())]);
    let order = |variables: Map| Message {
        variables,
        ..message("order", None)
    };
    let refused = desk.correlate(&far, order(file())).unwrap_err();
    assert!(refused.to_string().contains("no targets for others"));
    let id = id_of(&desk.correlate(&near, order(file())).unwrap());
    let scope = Scope::Instance(&id);
    let emptied = Map::from_iter([("connection".to_owned(), Value::Null)]);
    for (set, remove) in [
        (file(), vec![]),
        (emptied, vec![]),
        (Map::new(), vec!["connection".to_owned()]),
    ] {
        let refused = desk.change_variables(&far, scope, false, set.clone(), remove.clone());
        assert!(refused.is_err(), "{set:?} {remove:?}");
        desk.change_variables(&near, scope, false, set, remove)
            .unwrap();
    }
}

#[test]
fn a_timer_that_can_not_start_tries_again_later_and_a_head_is_told_and_helps() {
    let office = Office::new();
    let inside = r#"<startEvent id="s"><timerEventDefinition><timeCycle>R/PT1H</timeCycle></timerEventDefinition></startEvent>
        <serviceTask id="t" camunda:expression="${nobody.knows}" />
        <sequenceFlow id="a" sourceRef="s" targetRef="t" />"#;
    office.deploy("clock.bpmn", &process("clock", inside));
    let mara = Caller::User("mara".into());
    let desk = &office.desk;
    let ready = || desk.acquire_jobs(&Caller::Desk, "w", 10).unwrap();
    office.clock.advance(hours(1));
    let mut job = String::new();
    for _ in 0..3 {
        let [id] = ready().try_into().unwrap();
        assert!(!desk.execute_job(&Caller::Desk, &id).unwrap());
        assert_eq!(ready(), Vec::<String>::new(), "not at once");
        office.clock.advance(Duration::from_secs(60));
        job = id;
    }
    assert_eq!(ready(), Vec::<String>::new(), "three tries");
    assert_eq!(office.told("mara"), ["incident"]);
    let tries = |tries| desk.set_job_retries(&mara, std::slice::from_ref(&job), tries, None);
    assert!(tries(-1).is_err());
    tries(1).unwrap();
    assert_eq!(ready(), [job.clone()]);
    // Suspended, it stays so whatever is done to its timer.
    desk.suspend_process(&mara, "clock", None, true, false)
        .unwrap();
    tries(2).unwrap();
    office.clock.advance(hours(1));
    assert_eq!(ready(), Vec::<String>::new());
}

#[test]
fn a_signal_that_reaches_too_many_is_refused_and_reaches_nobody() {
    let office = Office::new();
    office.deploy("shop.bpmn", &process("shop", SHOP));
    let mara = Caller::User("mara".into());
    let ordered = office.desk.correlate(&mara, message("order", Some("7")));
    let instance = id_of(&ordered.unwrap());
    office.desk.correlate(&mara, message("paid", None)).unwrap();
    assert_eq!(tasks(&office, &instance), ["pack"]);
    // Ten thousand more of the same kind.
    let file = rusqlite::Connection::open(office.folder.path().join("desk.db")).unwrap();
    let more = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)
        INSERT INTO event_subscription (id, root_id, process_instance_id, execution_id, kind, name, activity_id, created)
        SELECT 'more-' || i, 'none', 'none', 'none', kind, name, activity_id, created
        FROM event_subscription, n WHERE kind = 'signal' AND name = 'alarm'";
    assert_eq!(file.execute(more, []).unwrap(), 10_000);
    let desk = office.again();
    let refused = desk.signal(&mara, "alarm", None, Map::new()).unwrap_err();
    let told = refused.to_string();
    assert!(
        told.contains("'alarm'") && told.contains("10000 receivers"),
        "{told}"
    );
    assert_eq!(tasks(&office, &instance), ["pack"], "nothing is half done");
    let one = "DELETE FROM event_subscription WHERE id = 'more-1'";
    file.execute(one, []).unwrap();
    desk.signal(&mara, "alarm", None, Map::new()).unwrap();
    assert_eq!(tasks(&office, &instance), ["stop"]);
}
