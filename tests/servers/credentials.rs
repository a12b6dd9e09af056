//! Whose password a connection uses, against real servers: the team's, one's own, or what is
//! typed for the job.

use super::office::{Office, insertion, typed};
use super::place::{Kind, Place};
use crewdesk::client::{Client, Credentials, DeskError, StartRequest};
use std::time::Duration;

/// A table whose rows say who inserted them, and users of the server.
struct Stage {
    place: Place,
    office: Office,
}

impl Stage {
    fn all() -> Vec<Stage> {
        let places = Place::all().into_iter();
        let servers = places.filter(|place| place.kind != Kind::Sqlite);
        let stages = servers.map(|place| Stage {
            place,
            office: Office::new(),
        });
        stages
            .inspect(|stage| {
                stage.place.sql(stage.place.choose(
                    "",
                    "CREATE TABLE $t(id INTEGER, amount INTEGER, who text DEFAULT current_user)",
                    "CREATE TABLE $t(id INTEGER PRIMARY KEY, amount INTEGER, who VARCHAR(99) DEFAULT (USER()))",
                ));
                // Whoever comes first makes the ledger, and others need rights on it.
                stage.place.insert("id,amount\n9,9\n");
            })
            .collect()
    }

    /// The name of a user of the server, made with this password or given it.
    fn user(&self, name: &str, password: &str) -> String {
        let user = format!("{name}{}", self.place.table);
        let sql = self.place.choose(
            "",
            "DO $do$ BEGIN CREATE ROLE $u LOGIN; GRANT ana TO $u; EXCEPTION WHEN duplicate_object THEN NULL; END $do$; \
             ALTER ROLE $u PASSWORD '$p'",
            "CREATE USER IF NOT EXISTS $u@'127.0.0.1'; GRANT ALL ON test.* TO $u@'127.0.0.1'; \
             ALTER USER $u@'127.0.0.1' IDENTIFIED BY '$p'",
        );
        let sql = sql.replace("$u", &user).replace("$p", password);
        self.place.sql(&sql);
        user
    }

    /// The URL of the database with another user in it, or with none.
    fn url(&self, user: &str) -> String {
        let at = if user.is_empty() { "" } else { "@" };
        let url = self.place.url().to_string();
        url.replacen("ana@", &format!("{user}{at}"), 1)
    }

    /// A task of this person's that inserts two rows; its id.
    fn task(&self, of: &str) -> String {
        self.office.launch(StartRequest {
            assignee: Some(of.into()),
            ..insertion("orders")
        })
    }

    fn complete(&self, task: &str, by: &str, more: &[(&str, &str)]) -> Result<(), DeskError> {
        let csv = self.office.csv();
        let mut fields = vec![
            ("connection", "base"),
            ("tableName", self.place.table.as_str()),
            ("mode", "replace"),
            ("dataFrame", csv.to_str().unwrap()),
        ];
        fields.extend(more);
        self.office.client(by).complete_form(task, &typed(&fields))
    }

    fn work(&self) {
        self.office.clock.advance(Duration::from_secs(60));
        self.office.host().work_until_idle().unwrap();
    }

    /// Who inserted the rows that are there.
    fn inserted_by(&self) -> String {
        let rows = self.place.sql("SELECT DISTINCT who FROM $t");
        assert_eq!(rows.len(), 1, "{rows:?}");
        rows[0].split('@').next().unwrap().to_owned()
    }
}

/// The field of a refusal, and what it says.
fn refused<T: std::fmt::Debug>(answer: Result<T, DeskError>) -> (String, String) {
    match answer.unwrap_err() {
        DeskError::Fields(errors) => (errors[0].field.clone(), errors[0].message.clone()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_password_for_all_is_changed_while_jobs_are_under_way() {
    for stage in Stage::all() {
        let (office, mara) = (&stage.office, stage.office.client("mara"));
        let user = stage.user("team", "one-one-one");
        mara.add_connection("base", &stage.url(&user), Some("one-one-one"))
            .unwrap();
        let task = stage.task("ana");
        stage.complete(&task, "ana", &[]).unwrap();
        stage.user("team", "two-two-two");

        let before = mara.connections().unwrap();
        assert_eq!(
            before[0].password_words("mara", office.now()),
            "set today by mara"
        );
        let (field, said) = refused(mara.rotate_connection("base", "three"));
        assert_eq!(field, "password");
        assert!(said.contains("nothing was changed"), "{said}");
        assert!(!said.contains("three"), "{said}");
        assert_eq!(mara.connections().unwrap(), before);
        let ana = office
            .client("ana")
            .rotate_connection("base", "two-two-two");
        assert!(matches!(ana, Err(DeskError::Forbidden(_))), "{ana:?}");

        office.clock.advance(Duration::from_secs(3 * 86_400));
        let after = mara.rotate_connection("base", "two-two-two").unwrap();
        assert_eq!(after.password_set, Some(office.now()));
        stage.work();
        assert_eq!(stage.inserted_by(), user);
        office.clock.advance(Duration::from_secs(2 * 86_400));
        let words = mara.connections().unwrap()[0].password_words("ana", office.now());
        assert_eq!(words, "set 2 days ago by mara");
    }
}

#[test]
fn each_inserts_with_a_login_of_their_own() {
    for stage in Stage::all() {
        let (mara, ana, ben) = (
            stage.office.client("mara"),
            stage.office.client("ana"),
            stage.office.client("ben"),
        );
        let (anas, bens) = (stage.user("a", "ana-secret"), stage.user("b", "ben-secret"));
        mara.add_connection("base", &stage.url(""), None).unwrap();
        let early = ana.log_in("base", Some(&anas), "ana-secret");
        assert!(early.unwrap_err().to_string().contains("one login for all"));
        mara.set_credentials("base", Credentials::Personal).unwrap();

        let task = stage.task("ana");
        let (field, said) = refused(stage.complete(&task, "ana", &[]));
        assert_eq!(field, "connection");
        assert!(said.contains("crewdesk connection login base"), "{said}");
        assert!(!ana.test_connection("base").unwrap().ok);

        assert_eq!(
            refused(ana.log_in("base", None, "ana-secret")).0,
            "userName"
        );
        let (field, said) = refused(ana.log_in("base", Some(&anas), "wrong-secret"));
        assert_eq!(field, "password");
        assert!(!said.contains("wrong-secret"), "{said}");
        ana.log_in("base", Some(&anas), "ana-secret").unwrap();
        assert!(ana.test_connection("base").unwrap().ok);
        stage.complete(&task, "ana", &[]).unwrap();
        stage.work();
        assert_eq!(stage.inserted_by(), anas);

        // Not whose task it was, but who sent it.
        ben.log_in("base", Some(&bens), "ben-secret").unwrap();
        let task = stage.task("ben");
        stage.complete(&task, "ben", &[]).unwrap();
        stage.work();
        assert_eq!(stage.inserted_by(), bens);

        let seen = |client: &dyn Client| -> Vec<String> {
            let all = client.connections().unwrap();
            all[0].logins.iter().map(|l| l.user.clone()).collect()
        };
        assert_eq!(seen(&mara), ["ana", "ben"]);
        assert_eq!(seen(&ana), ["ana"]);

        // What was sent, but is not to be had any more, comes back.
        let task = stage.task("ana");
        stage.complete(&task, "ana", &[]).unwrap();
        ana.log_out("base").unwrap();
        assert!(matches!(ana.log_out("base"), Err(DeskError::NotFound(_))));
        stage.work();
        let back = ana.tasks(Default::default()).unwrap().items;
        let detail = ana.task(&back[0].id).unwrap();
        let reason = detail.reason.unwrap();
        assert!(reason.contains("ana has no login for base"), "{reason}");

        mara.remove_user("ben", None).unwrap();
        assert!(seen(&mara).is_empty());
        // Passwords are for one place: whoever moves it does not get them.
        ana.log_in("base", Some(&anas), "ana-secret").unwrap();
        mara.add_connection("base", "postgres://elsewhere.example/db", None)
            .unwrap();
        assert!(seen(&mara).is_empty());
        assert_eq!(
            mara.connections().unwrap()[0].credentials,
            Credentials::Personal
        );
    }
}

#[test]
fn a_password_that_is_asked_is_the_jobs_alone() {
    for stage in Stage::all() {
        let (mara, ana) = (stage.office.client("mara"), stage.office.client("ana"));
        let user = stage.user("c", "asked-secret");
        mara.add_connection("base", &stage.url(&user), Some("of all"))
            .unwrap();
        let shown = mara.set_credentials("base", Credentials::Asked).unwrap();
        assert!(!shown.has_password && shown.password_set.is_none());
        let (task, other) = (stage.task("ana"), stage.task("ana"));
        let (field, said) = refused(stage.complete(&task, "ana", &[]));
        assert_eq!(
            (field.as_str(), said.as_str()),
            ("password", "base asks for it each time; type it")
        );
        // What does not fit comes back, and is sent again without typing it once more.
        let password = ("password", "asked-secret");
        stage
            .complete(
                &task,
                "ana",
                &[password, ("query", "SELECT 'x' AS id, amount FROM frame")],
            )
            .unwrap();
        stage.work();
        let back = ana.tasks(Default::default()).unwrap().items;
        let back = back.into_iter().find(|t| t.came_back).unwrap().id;
        let with_query = [("query", "SELECT 'x' AS id, amount FROM frame")];
        let preview = ana.preview(&back, &typed(&with_query)).unwrap();
        assert_eq!(preview.refused, 2, "{preview:?}");

        // Not by somebody else, though.
        ana.assign(&back, Some("ben")).unwrap();
        assert_eq!(
            refused(stage.complete(&back, "ben", &[("query", "")])).0,
            "password"
        );
        stage
            .office
            .client("ben")
            .assign(&back, Some("ana"))
            .unwrap();
        stage.complete(&back, "ana", &[("query", "")]).unwrap();
        stage.work();
        assert_eq!(stage.inserted_by(), user);
        assert_eq!(refused(stage.complete(&other, "ana", &[])).0, "password");

        for file in std::fs::read_dir(stage.office.folder.path())
            .unwrap()
            .flatten()
        {
            let bytes = std::fs::read(file.path()).unwrap_or_default();
            let found = bytes.windows(12).any(|w| w == b"asked-secret");
            assert!(!found, "{}", file.path().display());
        }
    }
}
