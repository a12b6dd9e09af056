//! What can go wrong with a server says what to do next, and keeps nothing.

use super::place::{Kind, PASSWORD, Place, Server, entry, job};
use crewdesk::insert::{
    Cancel, Check, ConnectionUrl, Facts, FrameStore, InsertError, Insertion, Password, Phase,
    Source, Verdict, run,
};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

fn servers() -> impl Iterator<Item = Place> {
    Place::all()
        .into_iter()
        .filter(|place| place.kind != Kind::Sqlite)
}

fn with(place: &Place, change: impl Fn(&mut crewdesk::insert::ServerUrl)) -> ConnectionUrl {
    match place.url() {
        ConnectionUrl::Server(mut url) => {
            change(&mut url);
            ConnectionUrl::Server(url)
        }
        other => other,
    }
}

#[test]
fn the_way_in_is_refused_in_words() {
    for place in servers() {
        place.sql("CREATE TABLE $t(id INTEGER)");
        let kind = place.kind;
        let said = |change: &dyn Fn(&mut crewdesk::insert::Insertion)| {
            let mut insertion = place.insertion("id\n1\n");
            change(&mut insertion);
            let error = job(&insertion, "w").unwrap_err();
            let text = error.to_string();
            assert!(!text.contains(PASSWORD), "{text}");
            (text, error.is_transient(), error.field())
        };
        let (text, transient, field) = said(&|i| i.password = Some(Password::new("wrong")));
        assert!(
            text.contains("refuses") && text.contains("check user and password"),
            "{text}"
        );
        assert_eq!((transient, field), (false, Some("connection")), "{kind:?}");
        let (text, ..) = said(&|i| i.password = None);
        assert!(text.contains("password"), "{kind:?} {text}");
        let (text, ..) = said(&|i| i.target = with(&place, |url| url.database = "nowhere".into()));
        assert!(
            text.contains("check the name of the database"),
            "{kind:?} {text}"
        );
        let (text, ..) = said(&|i| i.target = with(&place, |url| url.user.clear()));
        assert!(text.contains("who logs in"), "{kind:?} {text}");
        let (text, transient, _) = said(&|i| i.target = with(&place, |url| url.port = 1));
        assert!(
            text.contains("can not be reached") && transient,
            "{kind:?} {text}"
        );
        let (text, ..) =
            said(&|i| i.target = with(&place, |url| url.tls = crewdesk::insert::Tls::Require));
        assert!(text.contains("no TLS"), "{kind:?} {text}");
    }
}

#[test]
fn a_right_that_is_missing_is_named() {
    for place in servers() {
        place.sql("CREATE TABLE $t(id INTEGER)");
        let user = format!("u{}", place.table);
        place.sql(&place
            .choose(
                "",
                "CREATE USER $u PASSWORD 'secret'",
                "CREATE USER $u@'127.0.0.1' IDENTIFIED BY 'secret'; GRANT SELECT ON test.$t TO $u@'127.0.0.1'",
            )
            .replace("$u", &user));
        let mut insertion = place.insertion("id\n1\n");
        insertion.target = with(&place, |url| url.user.clone_from(&user));
        insertion.password = Some(Password::new("secret"));
        let error = job(&insertion, "right").unwrap_err().to_string();
        assert!(error.contains("GRANT"), "{:?} {error}", place.kind);
        assert_eq!(place.sql("SELECT count(*) FROM $t"), ["0"]);
    }
}

#[test]
fn all_rights_that_are_missing_are_named_at_once() {
    use crewdesk::insert::{Mode, preview};
    for place in servers() {
        place.sql("CREATE TABLE $t(id INTEGER PRIMARY KEY, v INTEGER)");
        // The ledger is there.
        assert!(place.insert("id,v\n9,9\n").committed);
        let user = format!("r{}", place.table);
        place.sql(
            &place
                .choose(
                    "",
                    "CREATE USER $u PASSWORD 'secret'; GRANT INSERT ON $t TO $u; \
                 GRANT SELECT, INSERT ON crewdesk_ledger TO $u",
                    "CREATE USER $u@'127.0.0.1' IDENTIFIED BY 'secret'; \
                 GRANT INSERT ON test.$t TO $u@'127.0.0.1'; \
                 GRANT SELECT, INSERT ON test.crewdesk_ledger TO $u@'127.0.0.1'",
                )
                .replace("$u", &user),
        );
        let kind = place.kind;
        for (mode, rights) in [
            (Mode::Append, "GRANT SELECT ON"),
            (Mode::Replace, "GRANT SELECT, DELETE ON"),
            (Mode::Upsert, "GRANT SELECT, UPDATE ON"),
        ] {
            let mut insertion = place.insertion("id,v\n1,2\n");
            insertion.target = with(&place, |url| url.user.clone_from(&user));
            insertion.password = Some(Password::new("secret"));
            insertion.mode = mode;
            let seen = preview(&insertion, 10, &Cancel::new())
                .unwrap_err()
                .to_string();
            assert!(seen.contains(rights), "{kind:?} {mode}: {seen}");
            let error = job(&insertion, "rights").unwrap_err().to_string();
            assert!(error.contains(rights), "{kind:?} {mode}: {error}");
            if (kind, mode) == (Kind::MariaDb, Mode::Upsert) {
                assert!(
                    error.contains("GRANT CREATE TEMPORARY TABLES ON `test`.*"),
                    "{error}"
                );
            }
        }
        assert_eq!(place.sql("SELECT count(*) FROM $t"), ["1"]);
    }
}

#[test]
fn a_lock_of_somebody_else_is_waited_for_and_told() {
    for place in servers().filter(|place| place.kind == Kind::Postgres) {
        place.sql("CREATE TABLE $t(id INTEGER)");
        let (ready, wait) = std::sync::mpsc::channel();
        std::thread::scope(|scope| {
            let other = scope.spawn(|| {
                ready.send(()).unwrap();
                place.sql("BEGIN; LOCK TABLE $t; SELECT pg_sleep(6); COMMIT")
            });
            wait.recv().unwrap();
            let locked =
                "SELECT count(*) FROM pg_locks WHERE relation = '$t'::regclass AND granted";
            while place.sql(locked) == ["0"] {
                std::thread::yield_now();
            }
            let error = job(&place.insertion("id\n1\n"), "lock").unwrap_err();
            assert!(
                matches!(error, InsertError::Busy { seconds: 2, .. }),
                "{error}"
            );
            other.join().unwrap();
        });
    }
}

#[test]
fn replacing_does_not_sweep_other_tables() {
    for place in servers() {
        place.sql("CREATE TABLE $t(id INTEGER PRIMARY KEY)");
        place.sql("CREATE TABLE $t_child(up INTEGER, FOREIGN KEY (up) REFERENCES $t(id) ON DELETE CASCADE)");
        place.sql("INSERT INTO $t VALUES (1)");
        place.sql("INSERT INTO $t_child VALUES (1)");
        let mut insertion = place.insertion("id\n2\n");
        insertion.mode = crewdesk::insert::Mode::Replace;
        let error = job(&insertion, "sweep").unwrap_err().to_string();
        assert!(
            error.contains("would also delete or change rows"),
            "{error}"
        );
        assert_eq!(place.sql("SELECT id FROM $t"), ["1"]);
    }
}

#[test]
fn a_server_that_is_killed_in_the_middle_keeps_nothing() {
    for kind in [Kind::Postgres, Kind::MariaDb] {
        for at in [Phase::Inserting, Phase::Checking] {
            let Some(server) = Server::start(kind) else {
                continue;
            };
            server
                .try_sql("CREATE TABLE t(id INTEGER PRIMARY KEY, v VARCHAR(200))")
                .unwrap();
            let server = std::sync::Mutex::new(server);
            let dir = tempfile::tempdir().unwrap();
            let store = crewdesk::insert::FrameStore::new(dir.path()).unwrap();
            let mut text = String::from("id,v\n");
            (0..60_000).for_each(|i| text += &format!("{i},{}\n", "x".repeat(100)));
            let source = crewdesk::insert::Source::Text(&text);
            let captured = store
                .capture(source, &mut |_, _| {}, &Cancel::new())
                .unwrap();
            let url = server.lock().unwrap().url();
            let mut insertion = crewdesk::insert::Insertion::new(
                url.parse().unwrap(),
                "t",
                store.open(&captured.hash).unwrap(),
            );
            insertion.password = Some(Password::new(PASSWORD));
            let mut killed = false;
            let mut progress = |p: crewdesk::insert::Progress| {
                if p.phase == at && !killed {
                    killed = true;
                    server.lock().unwrap().kill();
                }
            };
            let mut judge = |facts: &Facts| Ok(Verdict::built_in(facts));
            let result = run(
                &insertion,
                &entry("k"),
                &mut judge,
                &mut progress,
                &Cancel::new(),
            );
            let error = result.unwrap_err();
            assert!(killed && error.is_transient(), "{kind:?} {at:?} {error}");
            assert!(error.to_string().contains("try again"), "{error}");
        }
    }
}

/// What another transaction undoes is not kept, also where it was to last.
#[test]
fn a_transaction_that_is_undone_at_its_end_keeps_nothing() {
    for place in servers().filter(|place| place.kind == Kind::Postgres) {
        place.sql(
            "CREATE TABLE $t(id INTEGER); \
             CREATE FUNCTION $t_late() RETURNS trigger LANGUAGE plpgsql AS $body$ BEGIN \
               RAISE EXCEPTION 'too late' USING ERRCODE = '40001'; END $body$; \
             CREATE CONSTRAINT TRIGGER $t_end AFTER INSERT ON $t DEFERRABLE INITIALLY DEFERRED \
               FOR EACH ROW EXECUTE FUNCTION $t_late()",
        );
        let error = job(&place.insertion("id\n1\n"), "late").unwrap_err();
        assert!(matches!(error, InsertError::Undone { .. }), "{error:?}");
        assert!(error.is_transient());
        assert_eq!(place.sql("SELECT count(*) FROM $t"), ["0"]);
    }
}

/// What a trigger would do at the COMMIT is done before anybody looks at the rows.
#[test]
fn rows_that_a_late_trigger_changes_are_told() {
    for place in servers().filter(|place| place.kind == Kind::Postgres) {
        place.sql(
            "CREATE TABLE $t(id INTEGER, v TEXT); \
             CREATE FUNCTION $t_late() RETURNS trigger LANGUAGE plpgsql AS $body$ BEGIN \
               UPDATE $t SET v = 'changed' WHERE id = NEW.id; RETURN NULL; END $body$; \
             CREATE CONSTRAINT TRIGGER $t_end AFTER INSERT ON $t DEFERRABLE INITIALLY DEFERRED \
               FOR EACH ROW EXECUTE FUNCTION $t_late()",
        );
        let report = job(&place.insertion("id,v\n1,a\n"), "late").unwrap();
        assert!(!report.committed);
        assert!(report.verdict.reason.contains("changed"), "{report:?}");
        assert_eq!(place.sql("SELECT count(*) FROM $t"), ["0"]);
    }
}

/// An insertion into the table `t` of a server of its own.
fn insertion_into(server: &Server, dir: &std::path::Path, text: &str) -> Insertion {
    let store = FrameStore::new(dir).unwrap();
    let captured = store
        .capture(Source::Text(text), &mut |_, _| {}, &Cancel::new())
        .unwrap();
    let frame = store.open(&captured.hash).unwrap();
    let mut insertion = Insertion::new(server.url().parse().unwrap(), "t", frame);
    insertion.password = Some(Password::new(PASSWORD));
    insertion
}

/// A deadlock undoes all that was done, also where rows were only asked about.
#[test]
fn a_deadlock_is_told_as_one() {
    let Some(server) = Server::start(Kind::MariaDb) else {
        return;
    };
    let sql = |sql: &str| server.try_sql(sql).unwrap();
    // Rows go in by INSERT, which stops at the first that is refused.
    sql("SET GLOBAL local_infile = 0");
    sql("CREATE TABLE t(id INTEGER PRIMARY KEY, v INTEGER)");
    sql("CREATE TABLE others(id INTEGER PRIMARY KEY, v INTEGER)");
    sql(
        "INSERT INTO t VALUES (1, 0), (50, 0); INSERT INTO others SELECT seq, 0 FROM seq_1_to_2000",
    );
    // It has row 50, and wants row 1 as soon as somebody waits for it; the server undoes whoever has
    // done less. Who waits is told anew only to those who have not asked for a while.
    let other = "DELIMITER //\nBEGIN NOT ATOMIC DECLARE n INTEGER DEFAULT 0; START TRANSACTION; UPDATE others SET v = 1; \
         UPDATE t SET v = 1 WHERE id = 50; DO GET_LOCK('has it', 0); \
         WHILE (SELECT COUNT(*) FROM information_schema.innodb_lock_waits) = 0 AND n < 300 DO \
           SET n = n + 1; DO SLEEP(0.2); END WHILE; \
         UPDATE t SET v = 1 WHERE id = 1; COMMIT; END//";
    let dir = tempfile::tempdir().unwrap();
    let text = "id,v\n1,2\n50,2\n100,2\n101,2\n102,2\n103,2\n";
    let insertion = insertion_into(&server, dir.path(), text);
    std::thread::scope(|scope| {
        let other = scope.spawn(|| sql(other));
        let held = "SELECT COUNT(IS_USED_LOCK('has it'))";
        while sql(held) == ["0"] {
            assert!(!other.is_finished());
        }
        let error = job(&insertion, "k").unwrap_err();
        assert!(matches!(error, InsertError::Undone { .. }), "{error:?}");
        other.join().unwrap();
    });
    assert_eq!(sql("SELECT COUNT(*) FROM t WHERE v = 1"), ["2"]);
    assert!(job(&insertion, "k").is_ok());
}

/// Lets callers through: the first to one server, those that follow to the other.
fn balancer(first: u16, others: u16) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let ports = std::iter::once(first).chain(std::iter::repeat(others));
        for (caller, port) in listener.incoming().flatten().zip(ports) {
            let server = TcpStream::connect(("127.0.0.1", port)).unwrap();
            let ways = [(&caller, &server), (&server, &caller)];
            for (from, to) in ways.map(|(a, b)| (a.try_clone(), b.try_clone())) {
                let (mut from, mut to) = (from.unwrap(), to.unwrap());
                std::thread::spawn(move || {
                    let _ = std::io::copy(&mut from, &mut to);
                    let _ = to.shutdown(std::net::Shutdown::Both);
                });
            }
        }
    });
    port
}

/// A server is told to stop by who was let in to it, not by who was let in to another.
#[test]
fn only_the_server_that_works_is_told_to_stop() {
    let servers = [Server::start(Kind::MariaDb), Server::start(Kind::MariaDb)];
    let [Some(works), Some(another)] = &servers else {
        return;
    };
    works.try_sql("CREATE TABLE t(id INTEGER)").unwrap();
    let dir = tempfile::tempdir().unwrap();
    let killed = |server: &Server| {
        let status = server.try_sql("SHOW GLOBAL STATUS LIKE 'Com_kill'");
        status.unwrap().join("")
    };
    for (told, there) in [(works, "Com_kill|1"), (another, "Com_kill|0")] {
        let mut insertion = insertion_into(works, dir.path(), "id\n1\n");
        let port = balancer(works.port, told.port);
        if let ConnectionUrl::Server(url) = &mut insertion.target {
            url.port = port;
        }
        insertion.checks.push(Check {
            name: "slow".into(),
            sql: "SELECT SLEEP(20)".into(),
        });
        let cancel = Cancel::new();
        let mut judge = |facts: &Facts| Ok(Verdict::built_in(facts));
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let busy = "SELECT COUNT(*) FROM information_schema.processlist \
                            WHERE info LIKE '%SLEEP(20)%' AND id <> CONNECTION_ID()";
                let began = Instant::now();
                while works.try_sql(busy).unwrap() == ["0"] {
                    assert!(began.elapsed() < Duration::from_secs(60));
                }
                cancel.cancel();
            });
            let stopped = run(&insertion, &entry("k"), &mut judge, &mut |_| {}, &cancel);
            assert!(
                matches!(stopped, Err(InsertError::Cancelled)),
                "{stopped:?}"
            );
        });
        assert_eq!(killed(told), there);
    }
}
