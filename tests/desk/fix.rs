//! Refused rows, fixed one by one: from the employee's form to the table, and who hears of it.

use crate::archive;
use crate::office::*;
use crate::worker::target;
use crewdesk::client::operate::Operator;
use crewdesk::client::{Client, DeskError, FixedRow, RefusedRows, TaskDetail};
use crewdesk::desk::sweep::GRACE;
use crewdesk::value::{Map, Value};
use indexmap::IndexMap;
use std::time::{Duration, SystemTime};

const FILE: &str = "id,amount\n1,10\n2,\"1,5\"\n3,30\nx,40\n1,50\n";

/// A desk with an insertion of ana's, and a file with three rows that are refused.
struct Stage {
    office: Office,
    instance: String,
}

impl Stage {
    fn new(file: &str) -> Stage {
        let office = Office::new();
        target(&office);
        let id = office.launch(crewdesk::client::StartRequest {
            assignee: Some("ana".into()),
            ..insertion("orders")
        });
        let task = office.client("ana").task(&id).unwrap().task;
        let stage = Stage {
            office,
            instance: task.process_instance_id,
        };
        stage.write(file);
        stage
    }

    fn write(&self, text: &str) {
        std::fs::write(self.office.folder.path().join("rows.csv"), text).unwrap();
    }

    fn task(&self) -> TaskDetail {
        let detail = self.office.client("mara").instance(&self.instance).unwrap();
        self.office.client("ana").task(&detail.tasks[0].id).unwrap()
    }

    /// How often a task came back to ana in the last days.
    fn came_back(&self) -> u64 {
        let load = self.office.client("mara").workload().unwrap();
        let of_ana = |work: &&crewdesk::client::Workload| work.user_id.as_deref() == Some("ana");
        load.iter().find(of_ana).unwrap().came_back
    }

    fn values(&self, patch: Option<&str>) -> IndexMap<String, String> {
        let folder = self.office.folder.path();
        let file = folder.join("rows.csv").display().to_string();
        let database = folder.join("target.db").display().to_string();
        let mut fields = vec![
            ("databaseName", database.as_str()),
            ("tableName", "orders"),
            ("dataFrame", file.as_str()),
        ];
        fields.extend(patch.map(|patch| ("dataFramePatch", patch)));
        typed(&fields)
    }

    fn refused(&self, patch: Option<&str>) -> RefusedRows {
        let (ana, id) = (self.office.client("ana"), self.task().task.id);
        ana.refused_rows(&id, &self.values(patch)).unwrap()
    }

    fn fix(&self, patch: Option<&str>, rows: &[FixedRow]) -> String {
        let (ana, id) = (self.office.client("ana"), self.task().task.id);
        ana.fix_rows(&id, &self.values(patch), rows).unwrap().patch
    }

    fn send(&self, patch: Option<&str>) -> Result<(), DeskError> {
        let (ana, id) = (self.office.client("ana"), self.task().task.id);
        ana.complete_form(&id, &self.values(patch))?;
        self.office.clock.advance(Duration::from_millis(5));
        self.office.host().work_until_idle().unwrap();
        Ok(())
    }

    fn told(&self) -> Vec<String> {
        let history = self.office.client("mara").history(&self.instance).unwrap();
        history.into_iter().map(|entry| entry.text).collect()
    }

    fn ids(&self) -> Vec<i64> {
        let target = target(&self.office);
        let mut all = target.prepare("SELECT id FROM orders ORDER BY id").unwrap();
        let ids = all.query_map([], |row| row.get(0)).unwrap();
        ids.map(Result::unwrap).collect()
    }
}

fn cell(record: u64, column: &str, new: &str) -> FixedRow {
    let mut row = FixedRow {
        record,
        ..FixedRow::default()
    };
    row.cells.insert(column.into(), Some(new.into()));
    row
}

#[test]
fn what_came_back_counts_whatever_became_of_it() {
    let stage = Stage::new(FILE);
    assert_eq!(stage.came_back(), 0);
    stage.send(None).unwrap();
    let task = stage.task().task;
    let mara = stage.office.client("mara");
    mara.cancel(&task.process_instance_id, "not needed")
        .unwrap();
    assert_eq!(stage.came_back(), 1);
}

fn out(record: u64) -> FixedRow {
    FixedRow {
        record,
        dropped: true,
        ..FixedRow::default()
    }
}

#[test]
fn rows_that_were_refused_are_fixed_and_go_in() {
    let stage = Stage::new(FILE);
    stage.send(None).unwrap();
    let back = stage.task();
    assert!(back.task.came_back);
    assert_eq!(back.refused, 3);
    assert_eq!(stage.came_back(), 1);

    let found = stage.refused(None);
    assert_eq!(found.columns, ["id", "amount"]);
    let seen: Vec<_> = found
        .rows
        .iter()
        .map(|row| (row.record, row.line, row.faults[0].column))
        .collect();
    assert_eq!(
        seen,
        [
            (2, Some(3), Some(1)),
            (4, Some(5), Some(0)),
            (5, Some(6), Some(0))
        ]
    );
    assert_eq!(found.rows[0].values[1].as_deref(), Some("1,5"));

    let first = stage.fix(None, &[cell(2, "amount", "15"), out(5)]);
    let left = stage.refused(Some(&first));
    let wrong: Vec<_> = left
        .rows
        .iter()
        .map(|r| (r.record, r.faults.len(), r.dropped))
        .collect();
    assert_eq!(wrong, [(2, 0, false), (4, 1, false), (5, 0, true)]);
    assert_eq!(left.rows[0].values[1].as_deref(), Some("15"));
    assert_eq!(left.rows[0].before[1].as_deref(), Some("1,5"));
    // What was fixed before stays, and a row can be given back what it was.
    let again = stage.fix(
        Some(&first),
        &[cell(4, "id", "x"), cell(2, "amount", "1,5")],
    );
    assert_eq!(
        stage
            .refused(Some(&again))
            .rows
            .iter()
            .filter(|r| !r.faults.is_empty())
            .count(),
        2
    );
    let patch = stage.fix(Some(&first), &[cell(4, "id", "4")]);
    let (ana, id) = (stage.office.client("ana"), stage.task().task.id);
    let preview = ana.preview(&id, &stage.values(Some(&patch))).unwrap();
    assert_eq!((preview.refused, preview.rows_read), (0, 4));
    let notes = preview.notes.join("; ");
    assert!(notes.contains("rows were fixed: 2 rows changed"), "{notes}");

    // A draft keeps it.
    ana.save_draft(&id, &stage.values(Some(&patch)), None)
        .unwrap();
    assert_eq!(ana.task(&id).unwrap().values["dataFramePatch"], patch);

    stage.send(Some(&patch)).unwrap();
    assert_eq!(stage.ids(), [1, 2, 3, 4]);
    let told = stage.told();
    let short = &patch[..8];
    let fixed =
        format!("ana fixed rows of the data frame: 2 rows changed, 1 left out (patch {short})");
    assert!(told.contains(&fixed), "{told:?}");
    let detail = stage
        .office
        .client("mara")
        .instance(&stage.instance)
        .unwrap();
    assert_eq!(detail.variables["dataFramePatch"]["value"], patch.as_str());
    // The copy of the file is what the file was.
    let hash = detail.variables["dataFrameCapture"]["value"]
        .as_str()
        .unwrap();
    let copy = stage.office.desk.paths().frames.join(hash);
    assert_eq!(std::fs::read_to_string(copy).unwrap(), FILE);
    let kept = std::fs::read_to_string(stage.office.desk.paths().frames.join(&patch)).unwrap();
    assert!(
        kept.contains(r#"{"column":"amount","old":"1,5","new":"15"}"#),
        "{kept}"
    );
}

#[test]
fn what_was_fixed_is_of_one_file() {
    let stage = Stage::new(FILE);
    let patch = stage.fix(None, &[cell(2, "amount", "15"), out(4), out(5)]);
    stage.write("id,amount\n1,10\n2,x\n");
    let refused = stage.send(Some(&patch)).unwrap_err();
    match &refused {
        DeskError::Fields(errors) => assert_eq!(errors[0].field, "dataFrame", "{errors:?}"),
        other => panic!("{other:?}"),
    }
    assert!(refused.to_string().contains("fix them again"), "{refused}");
    let (ana, id) = (stage.office.client("ana"), stage.task().task.id);
    let refused = ana.preview(&id, &stage.values(Some(&patch))).unwrap_err();
    assert!(refused.to_string().contains("fix them again"), "{refused}");
    // Fixed again it is the patch of what is there now.
    assert_eq!(stage.refused(Some(&patch)).rows.len(), 1);
    let again = stage.fix(Some(&patch), &[cell(2, "amount", "20")]);
    stage.send(Some(&again)).unwrap();
    assert_eq!(stage.ids(), [1, 2]);
}

#[test]
fn what_is_left_from_before_goes_with_its_file() {
    let stage = Stage::new(FILE);
    let patch = stage.fix(None, &[cell(2, "amount", "15")]);
    stage.send(Some(&patch)).unwrap();
    let back = stage.task();
    assert!(back.task.came_back);
    assert_eq!(back.values["dataFramePatch"], patch, "it is still there");
    assert_eq!(back.refused, 2);
    stage.write("id,amount\n7,70\n");
    // Whoever says nothing of it means the file as it is.
    stage.send(None).unwrap();
    assert_eq!(stage.ids(), [7]);
    let detail = stage
        .office
        .client("mara")
        .instance(&stage.instance)
        .unwrap();
    assert!(detail.variables["dataFramePatch"]["value"].is_null());
}

#[test]
fn a_patch_is_said_by_the_form_alone_and_not_swept_while_it_is_needed() {
    let stage = Stage::new(FILE);
    let patch = stage.fix(None, &[cell(2, "amount", "15")]);
    let mara = stage.office.client("mara");
    let given = Map::from_iter([("dataFramePatch".to_owned(), Value::from(patch.as_str()))]);
    let refused = mara.change_variables(&stage.instance, given, Vec::new());
    assert!(refused.unwrap_err().to_string().contains("capture"));

    let age = || {
        for file in std::fs::read_dir(&stage.office.desk.paths().frames).unwrap() {
            let file = std::fs::File::options()
                .write(true)
                .open(file.unwrap().path());
            let long_ago = SystemTime::now() - GRACE - Duration::from_secs(60);
            file.unwrap().set_modified(long_ago).unwrap();
        }
    };
    let there = || stage.office.desk.paths().frames.join(&patch).exists();
    let (ana, id) = (stage.office.client("ana"), stage.task().task.id);
    ana.save_draft(&id, &stage.values(Some(&patch)), None)
        .unwrap();
    age();
    stage.office.desk.sweep_frames(SystemTime::now()).unwrap();
    assert!(there(), "a draft needs it");
    stage.send(Some(&patch)).unwrap();
    age();
    stage.office.desk.sweep_frames(SystemTime::now()).unwrap();
    assert!(there(), "an instance needs it");
    mara.cancel(&stage.instance, "of no use").unwrap();
    assert!(stage.office.desk.sweep_frames(SystemTime::now()).unwrap() >= 2);
    assert!(!there());
}

#[test]
fn rows_far_behind_are_known_from_the_insertion_that_refused_them() {
    let mut file = String::from("id,amount\n");
    for id in 1..=10_500 {
        let amount = if id == 10_400 { "x" } else { "1" };
        file += &format!("{id},{amount}\n");
    }
    let stage = Stage::new(&file);
    assert!(
        stage.refused(None).rows.is_empty(),
        "a preview does not go so far"
    );
    stage.send(None).unwrap();
    let found = stage.refused(None);
    assert_eq!(found.rows.len(), 1);
    assert_eq!(found.rows[0].line, Some(10_401));
    assert_eq!(found.rows[0].values[1].as_deref(), Some("x"));
    let wrong = stage.fix(None, &[cell(10_400, "amount", "y")]);
    let checked = stage.refused(Some(&wrong));
    assert!(
        checked.rows[0].faults[0].reason.contains('y'),
        "{checked:?}"
    );
    let right = stage.fix(Some(&wrong), &[cell(10_400, "amount", "2")]);
    assert!(stage.refused(Some(&right)).rows[0].faults.is_empty());
    stage.send(Some(&right)).unwrap();
    assert_eq!(stage.ids().len(), 10_500);
}

#[test]
fn cells_are_marked_whatever_their_columns_are_called() {
    let stage = Stage::new("1,x\n2,20\n");
    let (ana, id) = (stage.office.client("ana"), stage.task().task.id);
    let mut values = stage.values(None);
    values.insert("header".into(), "no".into());
    let found = ana.refused_rows(&id, &values).unwrap();
    assert_eq!(found.rows.len(), 1);
    assert_eq!(found.rows[0].faults[0].column, Some(1), "{found:?}");
    let column = found.columns[1].clone();
    let kept = ana
        .fix_rows(&id, &values, &[cell(1, &column, "10")])
        .unwrap();
    values.insert("dataFramePatch".into(), kept.patch);
    assert_eq!(ana.preview(&id, &values).unwrap().refused, 0);

    stage.write("id,price\n1,x\n");
    let mut values = stage.values(None);
    values.insert("columns".into(), "amount = price".into());
    let found = ana.refused_rows(&id, &values).unwrap();
    assert_eq!(found.columns, ["id", "price"]);
    assert_eq!(found.rows[0].faults[0].column, Some(1), "{found:?}");
    let kept = ana
        .fix_rows(&id, &values, &[cell(1, "price", "7")])
        .unwrap();
    values.insert("dataFramePatch".into(), kept.patch);
    assert_eq!(ana.preview(&id, &values).unwrap().refused, 0);
}

#[test]
fn rows_of_a_query_elsewhere_are_fixed_in_what_it_gave() {
    let stage = Stage::new(FILE);
    let path = stage.office.folder.path().join("source.db");
    let source = rusqlite::Connection::open(&path).unwrap();
    let made = "CREATE TABLE s AS WITH RECURSIVE n(id) AS
                    (SELECT 1 UNION ALL SELECT id + 1 FROM n WHERE id < 11000)
                SELECT id, CASE id WHEN 5 THEN 'x' ELSE id END AS amount FROM n";
    source.execute_batch(made).unwrap();
    let mara = stage.office.client("mara");
    let url = format!("sqlite:{}", path.display());
    mara.add_connection("shop", &url, None).unwrap();
    let mut values = stage.values(None);
    values.insert("dataFrame".into(), String::new());
    values.insert("sourceConnection".into(), "shop".into());
    let query = "SELECT id, amount FROM s ORDER BY id";
    values.insert("sourceQuery".into(), query.into());

    let (ana, id) = (stage.office.client("ana"), stage.task().task.id);
    let found = ana.refused_rows(&id, &values).unwrap();
    assert_eq!(found.rows.len(), 1, "{found:?}");
    assert_eq!(found.rows[0].record, 5);
    // While rows are fixed they are those that were shown.
    source.execute_batch("DELETE FROM s WHERE id = 1").unwrap();
    let fix = |values: &mut IndexMap<String, String>, record, id: &str| {
        let rows = [cell(record, "amount", "5")];
        let kept = ana.fix_rows(id, values, &rows).unwrap();
        values.insert("dataFramePatch".into(), kept.patch);
    };
    fix(&mut values, 5, &id);
    assert!(
        ana.refused_rows(&id, &values).unwrap().rows[0]
            .faults
            .is_empty()
    );
    assert_eq!(ana.preview(&id, &values).unwrap().refused, 0);
    // Others are not inserted in their place, and can be fixed in their turn.
    let wrong = ana.complete_form(&id, &values).unwrap_err().to_string();
    assert!(wrong.contains("fix them again"), "{wrong}");
    let again = ana.refused_rows(&id, &values).unwrap();
    assert_eq!(again.rows[0].record, 4, "{again:?}");
    fix(&mut values, 4, &id);
    ana.complete_form(&id, &values).unwrap();
    stage.office.clock.advance(Duration::from_millis(5));
    stage.office.host().work_until_idle().unwrap();
    assert_eq!(stage.ids().len(), 10_999);
}

#[test]
fn fixed_rows_do_not_land_on_those_of_another_reading() {
    let stage = Stage::new("id,amount\n1,10\n2,x\n3,30\n");
    let patch = stage.fix(None, &[out(2)]);
    let (ana, id) = (stage.office.client("ana"), stage.task().task.id);
    let mut values = stage.values(Some(&patch));
    values.insert("header".into(), "no".into());
    let wrong = ana.preview(&id, &values).unwrap_err().to_string();
    assert!(wrong.contains("read otherwise now"), "{wrong}");
    let wrong = ana.complete_form(&id, &values).unwrap_err();
    match &wrong {
        DeskError::Fields(errors) => assert_eq!(errors[0].field, "dataFrame", "{errors:?}"),
        other => panic!("{other:?}"),
    }
    assert!(wrong.to_string().contains("read otherwise now"), "{wrong}");
    // Fixed again they are those of this reading alone.
    let found = ana.refused_rows(&id, &values).unwrap();
    assert!(found.rows.iter().all(|row| !row.dropped), "{found:?}");
    assert_eq!(found.rows.len(), 2);
    let kept = ana.fix_rows(&id, &values, &[out(1)]).unwrap();
    assert_eq!((kept.changed, kept.dropped), (0, 1));
    stage.send(Some(&patch)).unwrap();
    assert_eq!(stage.ids(), [1, 3]);
}

/// A workbook of sheets of one column of ids and one of amounts.
fn workbook(sheets: &[(&str, &[(i64, &str)])]) -> Vec<u8> {
    let text = |text: &str| format!(r#"<c t="str"><v>{text}</v></c>"#);
    let (mut names, mut links, mut parts) = (String::new(), String::new(), Vec::new());
    for (at, (name, rows)) in sheets.iter().enumerate() {
        names += &format!(r#"<sheet name="{name}" r:id="r{at}"/>"#);
        links += &format!(r#"<Relationship Id="r{at}" Target="worksheets/sheet{at}.xml"/>"#);
        let rows = rows
            .iter()
            .map(|(id, amount)| format!("<row><c><v>{id}</v></c>{}</row>", text(amount)));
        let rows: String = rows.collect();
        let head = format!("<row>{}{}</row>", text("id"), text("amount"));
        let sheet = format!("<worksheet><sheetData>{head}{rows}</sheetData></worksheet>");
        parts.push((format!("xl/worksheets/sheet{at}.xml"), sheet));
    }
    let book = format!("<workbook><sheets>{names}</sheets></workbook>");
    let links = format!("<Relationships>{links}</Relationships>");
    let mut all = vec![
        ("xl/workbook.xml", book),
        ("xl/_rels/workbook.xml.rels", links),
    ];
    all.extend(
        parts
            .iter()
            .map(|(name, part)| (name.as_str(), part.clone())),
    );
    archive::archive(&all)
}

#[test]
fn rows_fixed_on_one_sheet_do_not_land_on_another() {
    let stage = Stage::new(FILE);
    let book = workbook(&[
        ("Jan", &[(1, "10"), (2, "x"), (3, "30")]),
        ("Feb", &[(4, "40"), (5, "y"), (6, "60")]),
    ]);
    std::fs::write(stage.office.folder.path().join("rows.csv"), book).unwrap();
    let (ana, id) = (stage.office.client("ana"), stage.task().task.id);
    let of = |sheet: &str, patch: &str| {
        let mut values = stage.values(Some(patch));
        values.insert("sheet".into(), sheet.into());
        values
    };
    let fix = |values, to: &str| {
        ana.fix_rows(&id, &values, &[cell(2, "amount", to)])
            .unwrap()
            .patch
    };
    let jan = fix(of("Jan", ""), "20");
    assert_eq!(ana.preview(&id, &of("Jan", &jan)).unwrap().refused, 0);
    // The first sheet is January, whether it is named or not.
    assert_eq!(ana.preview(&id, &of("", &jan)).unwrap().refused, 0);
    // February has the same number of rows, and a wrong one at the same place.
    let wrong = ana.preview(&id, &of("Feb", &jan)).unwrap_err().to_string();
    assert!(wrong.contains("read otherwise now"), "{wrong}");
    let found = ana.refused_rows(&id, &of("Feb", &jan)).unwrap();
    assert_eq!(found.rows.len(), 1);
    assert_eq!(found.rows[0].values[1].as_deref(), Some("y"), "{found:?}");
    let wrong = ana.complete_form(&id, &of("Feb", &jan)).unwrap_err();
    assert!(wrong.to_string().contains("read otherwise now"), "{wrong}");
    let feb = fix(of("Feb", &jan), "50");
    assert_ne!(feb, jan);
    assert_eq!(ana.preview(&id, &of("Feb", &feb)).unwrap().refused, 0);
    ana.complete_form(&id, &of("Feb", &feb)).unwrap();
    stage.office.clock.advance(Duration::from_millis(5));
    stage.office.host().work_until_idle().unwrap();
    assert_eq!(stage.ids(), [4, 5, 6]);
}

#[test]
fn a_preview_leaves_no_copy_of_what_it_looked_at() {
    let stage = Stage::new(FILE);
    let path = stage.office.folder.path().join("source.db");
    let source = rusqlite::Connection::open(&path).unwrap();
    source
        .execute_batch("CREATE TABLE s AS SELECT 1 AS id, 'x' AS amount")
        .unwrap();
    let url = format!("sqlite:{}", path.display());
    let mara = stage.office.client("mara");
    mara.add_connection("shop", &url, None).unwrap();
    let mut values = stage.values(None);
    values.insert("dataFrame".into(), String::new());
    values.insert("sourceConnection".into(), "shop".into());
    values.insert("sourceQuery".into(), "SELECT id, amount FROM s".into());
    let (ana, id) = (stage.office.client("ana"), stage.task().task.id);
    let kept = || {
        let folder = std::fs::read_dir(&stage.office.desk.paths().frames).unwrap();
        folder.count()
    };
    let before = kept();
    assert_eq!(ana.preview(&id, &values).unwrap().refused, 1);
    assert_eq!(kept(), before, "rows of a query");
    // What somebody else captured of the same content stays.
    assert_eq!(ana.refused_rows(&id, &values).unwrap().rows.len(), 1);
    assert_eq!(kept(), before + 1);
    assert_eq!(ana.preview(&id, &values).unwrap().refused, 1);
    assert_eq!(kept(), before + 1);
    let pasted = stage.values(None);
    let pasted = IndexMap::from_iter(pasted.into_iter().map(|(name, text)| match name.as_str() {
        "dataFrame" => (name, "id,amount\n1,x\n2,3\n".to_owned()),
        _ => (name, text),
    }));
    let seen = ana.preview(&id, &pasted).unwrap();
    assert_eq!((seen.refused, seen.rows_read), (1, 2));
    assert_eq!(kept(), before + 1, "pasted text");
}

#[test]
fn what_was_fixed_is_not_forgotten_in_silence() {
    let stage = Stage::new(FILE);
    let patch = stage.fix(None, &[out(2)]);
    let (ana, id) = (stage.office.client("ana"), stage.task().task.id);
    let kept = stage.office.desk.paths().frames.join(&patch);
    std::fs::write(&kept, "no patch").unwrap();
    let values = stage.values(Some(&patch));
    let wrong = ana.refused_rows(&id, &values).unwrap_err().to_string();
    assert!(wrong.contains("fix the rows again"), "{wrong}");
    let wrong = ana.fix_rows(&id, &values, &[out(4)]).unwrap_err();
    assert!(wrong.to_string().contains("fix the rows again"), "{wrong}");
    std::fs::remove_file(&kept).unwrap();
    assert_eq!(ana.refused_rows(&id, &values).unwrap().rows.len(), 3);
}

#[test]
fn a_file_that_did_not_change_is_copied_once() {
    let stage = Stage::new(FILE);
    let path = stage.office.folder.path().join("rows.csv");
    let long_ago = SystemTime::now() - Duration::from_secs(60);
    let age = |at| {
        let file = std::fs::File::options().write(true).open(&path).unwrap();
        file.set_modified(at).unwrap();
    };
    age(long_ago);
    assert_eq!(stage.refused(None).rows.len(), 3);
    // Only whoever read it could tell.
    stage.write(&FILE.replace('x', "9"));
    age(long_ago);
    assert_eq!(stage.refused(None).rows.len(), 3);
    age(long_ago + Duration::from_secs(1));
    assert_eq!(stage.refused(None).rows.len(), 2);
}

#[test]
fn what_can_not_be_fixed_says_so() {
    let stage = Stage::new(FILE);
    let (ana, id) = (stage.office.client("ana"), stage.task().task.id);
    let mut values = stage.values(None);
    values.insert("query".into(), "SELECT * FROM frame".into());
    let refused = ana.refused_rows(&id, &values).unwrap_err().to_string();
    assert!(refused.contains("correct the query"), "{refused}");
    let ben = stage
        .office
        .client("ben")
        .refused_rows(&id, &stage.values(None));
    assert!(ben.is_err());
    let long = "x".repeat(5000);
    let refused = ana.fix_rows(&id, &stage.values(None), &[cell(2, "amount", &long)]);
    assert!(refused.unwrap_err().to_string().contains("at most"));
    let refused = ana.fix_rows(&id, &stage.values(None), &[out(99)]);
    assert!(refused.unwrap_err().to_string().contains("has no row 99"));
    // Nothing fixed is no patch.
    assert_eq!(stage.fix(None, &[cell(2, "amount", "1,5")]), "");
}
