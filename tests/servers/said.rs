//! PostgreSQL speaks while rows go in: notices of triggers, and how many rows it took.

use super::place::{Kind, PASSWORD, Place, Server, entry, job};
use super::tls::encrypting;
use crewdesk::insert::{
    Cancel, ConnectionUrl, Facts, FrameStore, InsertError, Insertion, Password, Report, Source,
    Verdict, run,
};
use std::time::Duration;

/// More of them, and of what is said of them, than the buffers between the two hold.
const ROWS: u64 = 10_000;

/// A table whose trigger says more of a row than the row has.
const TALKATIVE: &str = "CREATE TABLE t(id INTEGER PRIMARY KEY, v TEXT); \
    CREATE FUNCTION say() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
      RAISE NOTICE '% %', NEW.id, repeat('x', 400); RETURN NEW; END $$; \
    CREATE TRIGGER say BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION say()";

fn insertion(url: ConnectionUrl, text: &str) -> Insertion {
    let dir = tempfile::tempdir().unwrap();
    let store = FrameStore::new(dir.keep()).unwrap();
    let captured = store.capture(Source::Text(text), &mut |_, _| {}, &Cancel::new());
    let frame = store.open(&captured.unwrap().hash).unwrap();
    let mut insertion = Insertion::new(url, "t", frame);
    insertion.password = Some(Password::new(PASSWORD));
    insertion
}

/// Inserts, unless the two wait for each other.
fn in_time(insertion: &Insertion, key: &str) -> Result<Report, InsertError> {
    let cancel = Cancel::within(Duration::from_secs(90));
    let mut judge = |facts: &Facts| Ok(Verdict::built_in(facts));
    run(insertion, &entry(key), &mut judge, &mut |_| {}, &cancel)
}

/// The ways to a server: encrypted, plain, by its socket.
fn ways(server: &Server) -> [ConnectionUrl; 3] {
    let of = |options: &str| format!("{}{options}", server.url()).parse().unwrap();
    let socket = match of("") {
        ConnectionUrl::Server(mut url) => {
            url.host = server.dir.path().display().to_string();
            ConnectionUrl::Server(url)
        }
        other => other,
    };
    [of("?sslmode=require"), of("?sslmode=disable"), socket]
}

#[test]
fn rows_go_on_while_the_server_speaks() {
    let Some((server, _)) = encrypting(Kind::Postgres) else {
        return;
    };
    server.try_sql(TALKATIVE).unwrap();
    let rows: String = (0..ROWS)
        .map(|i| format!("{i},{}\n", "y".repeat(100)))
        .collect();
    let text = format!("id,v\n{rows}");
    let insert = |insertion: &Insertion, what: &str| {
        let report = in_time(insertion, what).unwrap_or_else(|e| panic!("{what}: {e}"));
        assert!(report.committed, "{what}: {report:?}");
        assert_eq!(report.facts.rows_inserted, ROWS, "{what}");
        let there = server.try_sql("SELECT count(*) FROM t").unwrap();
        assert_eq!(there, [ROWS.to_string()], "{what}");
        server.try_sql("TRUNCATE t").unwrap();
    };
    let [encrypted, plain, socket] = ways(&server).map(|url| insertion(url, &text));
    for (what, mut insertion) in [("encrypted", encrypted), ("plain", plain)] {
        insertion.rows_only = true;
        insert(&insertion, what);
    }
    insert(&socket, "socket");
    // A refusal is heard all the same, and names its row.
    server
        .try_sql("INSERT INTO t VALUES (9000, 'old')")
        .unwrap();
    let report = in_time(&socket, "again").unwrap();
    assert!(!report.committed);
    assert_eq!(report.refusals[0].line, Some(9_002), "{report:?}");
}

#[test]
fn rows_that_a_trigger_leaves_out_are_missed_also_where_nobody_reads_them_back() {
    for place in Place::all() {
        if place.kind != Kind::Postgres {
            continue;
        }
        place.sql(
            "CREATE TABLE $t(id INTEGER); \
             CREATE FUNCTION $t_o() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
               IF NEW.id = 2 THEN RETURN NULL; END IF; RETURN NEW; END $$; \
             CREATE TRIGGER $t_o BEFORE INSERT ON $t FOR EACH ROW EXECUTE FUNCTION $t_o()",
        );
        let mut insertion = place.insertion("id\n1\n2\n3\n");
        insertion.rows_only = true;
        let error = job(&insertion, "left out").unwrap_err().to_string();
        assert!(error.contains("took 2 of 3 rows"), "{error}");
        assert_eq!(place.sql("SELECT count(*) FROM $t"), ["0"]);
    }
}
