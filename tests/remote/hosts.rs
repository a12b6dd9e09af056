//! Two hosts, each a network namespace, and a line between them that is cut and restored while
//! commands are under way: what was answered is there, and nothing is done twice.

use super::{PASSWORD, Serving, away, house};
use crate::support::{House, Ran, Running};
use serde_json::Value;
use std::collections::HashMap;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

/// Jobs that are begun, claimed and completed.
const JOBS: usize = 9;

const MODEL: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="t">
  <process id="line" isExecutable="true">
    <startEvent id="start"/>
    <sequenceFlow id="f1" sourceRef="start" targetRef="one"/>
    <userTask id="one" name="One" camunda:candidateGroups="sales"/>
    <sequenceFlow id="f2" sourceRef="one" targetRef="two"/>
    <userTask id="two" name="Two" camunda:assignee="ben"/>
    <sequenceFlow id="f3" sourceRef="two" targetRef="end"/>
    <endEvent id="end"/>
  </process>
</definitions>"#;

fn ip(args: &[&str]) -> bool {
    let ran = Command::new("ip").args(args).output();
    ran.is_ok_and(|ran| ran.status.success())
}

/// Two namespaces with a cable; gone with the test.
struct Hosts {
    server: String,
    client: String,
}

impl Hosts {
    /// None where this account may not make any.
    fn new() -> Option<Hosts> {
        let id = std::process::id();
        let hosts = Hosts {
            server: format!("crewdesk-s{id}"),
            client: format!("crewdesk-c{id}"),
        };
        let (s, c) = (hosts.server.as_str(), hosts.client.as_str());
        let made = ip(&["netns", "add", s])
            && ip(&["netns", "add", c])
            && ip(&[
                "link", "add", "cable", "netns", s, "type", "veth", "peer", "name", "cable",
                "netns", c,
            ])
            && ip(&["-n", s, "addr", "add", "10.213.7.1/24", "dev", "cable"])
            && ip(&["-n", c, "addr", "add", "10.213.7.2/24", "dev", "cable"])
            && ip(&["-n", s, "link", "set", "lo", "up"])
            && ip(&["-n", s, "link", "set", "cable", "up"])
            && ip(&["-n", c, "link", "set", "cable", "up"]);
        made.then_some(hosts)
    }

    fn cable(&self, up: bool) {
        let state = if up { "up" } else { "down" };
        assert!(ip(&["-n", &self.server, "link", "set", "cable", state]));
    }

    /// The same command on one of the hosts.
    fn on(host: &str, command: &Command) -> Command {
        let mut there = Command::new("ip");
        there
            .args(["netns", "exec", host])
            .arg(command.get_program());
        there.args(command.get_args());
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => there.env(name, value),
                None => there.env_remove(name),
            };
        }
        if let Some(folder) = command.get_current_dir() {
            there.current_dir(folder);
        }
        there
    }

    fn far(&self, house: &House, user: &str, args: &[&str]) -> Ran {
        let command = away(house, "http://10.213.7.1:8080", user, args);
        Running::start(Hosts::on(&self.client, &command), "").end()
    }

    /// Does something until it is answered that it is done; how often the answer was lost.
    fn insist(&self, house: &House, user: &str, args: &[&str], done: &[&str]) -> (Ran, usize) {
        let mut lost = 0;
        loop {
            let ran = self.far(house, user, args);
            if ran.ok() || lost > 0 && done.iter().any(|word| ran.err.contains(word)) {
                return (ran, lost);
            }
            let down = ["not reachable", "is not known"];
            assert!(
                down.iter().any(|word| ran.err.contains(word)),
                "{args:?}: {ran:?}"
            );
            lost += usize::from(ran.err.contains("is not known"));
        }
    }
}

impl Drop for Hosts {
    fn drop(&mut self) {
        ip(&["netns", "del", &self.server]);
        ip(&["netns", "del", &self.client]);
    }
}

#[test]
fn a_line_that_is_cut_loses_nothing_that_was_answered() {
    let Some(hosts) = Hosts::new() else {
        eprintln!("skipped: this account may not make network namespaces");
        return;
    };
    let house = house();
    let set = ["user", "passwd", "mara", "--password-stdin"];
    let model = house.write("line.bpmn", MODEL);
    house.good("mara", &["deploy", &model]);
    assert!(house.run_with("mara", &set, PASSWORD).ok());
    let serving = |house: &House, args: &[&str]| Hosts::on(&hosts.server, &house.command("", args));
    let _served = Serving::start_with(&house, "10.213.7.1:8080", serving);

    let (over, next, cuts) = (
        AtomicBool::new(false),
        AtomicUsize::new(0),
        AtomicUsize::new(0),
    );
    // How often the answer of each start was lost for good.
    let lost: Mutex<HashMap<String, usize>> = Mutex::default();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            // Long and short breaks of every kind, the same in each run.
            for (up, down) in [(400, 300), (150, 1200), (700, 100), (90, 2500), (900, 600)]
                .into_iter()
                .cycle()
            {
                std::thread::sleep(Duration::from_millis(up));
                if over.load(Ordering::SeqCst) {
                    return;
                }
                hosts.cable(false);
                cuts.fetch_add(1, Ordering::SeqCst);
                std::thread::sleep(Duration::from_millis(down));
                hosts.cable(true);
            }
        });
        let workers: Vec<_> = (0..3)
            .map(|_| {
                scope.spawn(|| {
                    loop {
                        let job = next.fetch_add(1, Ordering::SeqCst);
                        if job >= JOBS {
                            return;
                        }
                        let key = format!("job-{job}");
                        let start = ["--json", "start", "line", "--business-key", &key, "--again"];
                        let (ran, unknown) = hosts.insist(&house, "mara", &start, &[]);
                        lost.lock().unwrap().insert(key, unknown);
                        let instance = ran.json()["id"].as_str().unwrap().to_owned();
                        let show = ["--json", "instance", "show", &instance];
                        let shown = hosts.insist(&house, "mara", &show, &[]).0.json();
                        let task = shown["tasks"][0]["id"].as_str().unwrap().to_owned();
                        let claim = ["task", "claim", &task];
                        hosts.insist(&house, "ana", &claim, &[]);
                        let complete = ["task", "complete", &task];
                        hosts.insist(&house, "ana", &complete, &["no task", "is completed"]);
                    }
                })
            })
            .collect();
        let ended: Vec<_> = workers.into_iter().map(|worker| worker.join()).collect();
        over.store(true, Ordering::SeqCst);
        assert!(ended.iter().all(Result::is_ok));
    });
    hosts.cable(true);
    let far = |args: &[&str]| -> Value { hosts.far(&house, "mara", args).json() };
    let all = far(&["--json", "instance", "list"]);
    let lost = lost.into_inner().unwrap();
    let mut claims = 0;
    for (key, unknown) in &lost {
        let of = all.as_array().unwrap().iter();
        let of: Vec<_> = of.filter(|i| i["businessKey"] == key.as_str()).collect();
        assert!(
            (1..=1 + unknown).contains(&of.len()),
            "{key}: {unknown} {of:?}"
        );
        let past = |instance: &Value| -> Vec<String> {
            let id = instance["id"].as_str().unwrap();
            let past = far(&["--json", "instance", "history", id]);
            let kinds = past.as_array().unwrap().iter();
            kinds
                .map(|e| e["kind"].as_str().unwrap().to_owned())
                .collect()
        };
        let worked: Vec<_> = of.into_iter().map(past).collect();
        let times = |kind: &str| worked.iter().flatten().filter(|k| *k == kind).count();
        assert_eq!(
            (times("claimed"), times("completed")),
            (1, 1),
            "{key}: {worked:?}"
        );
        claims += 1;
    }
    assert_eq!(claims, JOBS);
    eprintln!(
        "{} cuts, {} answers lost for good",
        cuts.into_inner(),
        lost.values().sum::<usize>()
    );
}
