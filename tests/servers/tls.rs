//! The way to a server, encrypted and proved as `sslmode` says, against real servers with
//! certificates that the test makes.

use super::certificates::certificates;
use super::place::{Kind, PASSWORD, Server, USER, job};
use crewdesk::insert::{Cancel, FrameStore, InsertError, Insertion, Password, Source};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// A server that encrypts, and the file of an authority that did not sign its certificate; none,
/// with the reason printed, where that can not be had.
pub fn encrypting(kind: Kind) -> Option<(Server, tempfile::TempDir)> {
    let (dir, others) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    if !certificates(dir.path()) || !certificates(others.path()) {
        return None;
    }
    Some((Server::start_in(kind, dir)?, others))
}

/// What inserting a row through this host with these options comes to: whether the server says
/// that the way was encrypted.
struct Try<'s> {
    server: &'s Server,
    dir: tempfile::TempDir,
}

impl Try<'_> {
    fn go(&self, host: &str, options: &str) -> Result<(), InsertError> {
        let url = self.server.url().replace("127.0.0.1", host) + options;
        let store = FrameStore::new(self.dir.path()).unwrap();
        let captured = store.capture(Source::Text("id\n1\n"), &mut |_, _| {}, &Cancel::new());
        let frame = store.open(&captured.unwrap().hash).unwrap();
        let mut insertion = Insertion::new(url.parse().unwrap(), "t", frame);
        insertion.password = Some(Password::new(PASSWORD));
        let key = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap()
            .as_nanos();
        job(&insertion, &key.to_string()).map(drop)
    }

    /// What an insertion is refused with; nothing that time would mend.
    fn refused(&self, host: &str, options: &str) -> String {
        let error = self.go(host, options).unwrap_err();
        assert!(!error.is_transient(), "{error}");
        assert_eq!(error.field(), Some("connection"), "{error}");
        error.to_string()
    }

    /// Inserts, and whether the server saw an encrypted session do it.
    fn encrypted(&self, host: &str, options: &str) -> bool {
        self.server.try_sql("DELETE FROM t").unwrap();
        self.go(host, options)
            .unwrap_or_else(|e| panic!("{host}{options}: {e}"));
        match self.server.try_sql("SELECT how FROM t").unwrap()[0].as_str() {
            "encrypted" => true,
            "plain" => false,
            other => panic!("{other}"),
        }
    }
}

/// A table whose rows say whether the session that inserted them was encrypted.
fn telling(server: &Server) -> Try<'_> {
    let sql = match server.kind {
        Kind::MariaDb => {
            "CREATE TABLE t(id INT PRIMARY KEY, how VARCHAR(20)); \
             CREATE TRIGGER tell BEFORE INSERT ON t FOR EACH ROW SET NEW.how = (\
                 SELECT IF(VARIABLE_VALUE = '', 'plain', 'encrypted') \
                 FROM information_schema.SESSION_STATUS WHERE VARIABLE_NAME = 'SSL_CIPHER')"
        }
        _ => {
            "CREATE FUNCTION how() RETURNS text LANGUAGE sql AS $$ \
                 SELECT CASE WHEN ssl THEN 'encrypted' ELSE 'plain' END \
                 FROM pg_stat_ssl WHERE pid = pg_backend_pid() $$; \
             CREATE TABLE t(id INT PRIMARY KEY, how text DEFAULT how())"
        }
    };
    server.try_sql(sql).unwrap();
    let dir = tempfile::tempdir().unwrap();
    Try { server, dir }
}

fn option(name: &str, path: &Path) -> String {
    format!("?sslmode=verify-full&{name}={}", path.display())
}

fn a_server_proves_who_it_is(kind: Kind) {
    let Some((server, others)) = encrypting(kind) else {
        return;
    };
    let at = telling(&server);
    assert!(at.encrypted("127.0.0.1", ""), "prefer is what is meant");
    assert!(at.encrypted("127.0.0.1", "?sslmode=prefer"));
    assert!(at.encrypted("127.0.0.1", "?sslmode=require"));
    assert!(!at.encrypted("127.0.0.1", "?sslmode=disable"));

    let authority = server.dir.path().join("ca.pem");
    assert!(at.encrypted("localhost", &option("sslrootcert", &authority)));
    let wrong = at.refused("127.0.0.1", &option("sslrootcert", &authority));
    assert!(
        wrong.contains("does not bear the name 127.0.0.1, but localhost; name the host as"),
        "{wrong}"
    );
    let stranger = others.path().join("ca.pem");
    let wrong = at.refused("localhost", &option("sslrootcert", &stranger));
    assert!(
        wrong.contains("is not signed by the authorities in") && wrong.contains("sslrootcert=PATH"),
        "{wrong}"
    );
    let wrong = at.refused("localhost", "?sslmode=verify-full");
    assert!(wrong.contains("sslrootcert=PATH"), "{wrong}");
    let nowhere = PathBuf::from("/nowhere/ca.pem");
    let wrong = at.refused("localhost", &option("sslrootcert", &nowhere));
    assert!(wrong.contains("/nowhere/ca.pem can not be read"), "{wrong}");
    let empty = server.dir.path().join("made.cnf");
    let wrong = at.refused("localhost", &option("sslrootcert", &empty));
    assert!(wrong.contains("holds no certificate"), "{wrong}");
}

#[test]
fn postgresql_proves_who_it_is() {
    a_server_proves_who_it_is(Kind::Postgres);
}

#[test]
fn mariadb_proves_who_it_is() {
    a_server_proves_who_it_is(Kind::MariaDb);
}

#[test]
fn a_server_may_insist_on_encryption() {
    let Some((server, _)) = encrypting(Kind::MariaDb) else {
        return;
    };
    let at = telling(&server);
    let insist = format!("ALTER USER {USER}@'127.0.0.1' REQUIRE SSL");
    server.try_sql(&insist).unwrap();
    at.go("127.0.0.1", "?sslmode=prefer").unwrap();
    at.refused("127.0.0.1", "?sslmode=disable");
}

#[test]
fn a_plain_server_is_used_only_where_that_is_said() {
    for kind in [Kind::Postgres, Kind::MariaDb] {
        let Some(server) = Server::start(kind) else {
            continue;
        };
        let at = telling(&server);
        assert!(!at.encrypted("127.0.0.1", "?sslmode=prefer"));
        assert!(!at.encrypted("127.0.0.1", "?sslmode=disable"));
        for mode in ["require", "verify-full"] {
            let refused = at.refused("127.0.0.1", &format!("?sslmode={mode}"));
            assert!(refused.contains("the server offers no TLS"), "{refused}");
        }
    }
}
