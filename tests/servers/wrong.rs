//! What can go wrong with a server says what to do next, and keeps nothing.

use super::place::{Kind, PASSWORD, Place, Server, entry, job};
use crewdesk::insert::{Cancel, ConnectionUrl, Facts, InsertError, Password, Phase, Verdict, run};

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
