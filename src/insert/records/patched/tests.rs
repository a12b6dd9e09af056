use crate::insert::fixed_list;
use crate::insert::patch::{Fixed, LONGEST, Patch, raw_rows};
use crate::insert::records::{self, ReadOptions, Step};
use crate::insert::types::Field;
use crate::insert::{Cancel, Frame, FrameStore, InsertError, Source};
use std::collections::BTreeMap;

struct Store(FrameStore, #[allow(dead_code)] tempfile::TempDir);

impl Store {
    fn new() -> Store {
        let dir = tempfile::tempdir().expect("a folder");
        Store(FrameStore::new(dir.path()).expect("a store"), dir)
    }

    fn keep(&self, text: &str) -> Frame {
        let captured = self
            .0
            .capture(Source::Text(text), &mut |_, _| {}, &Cancel::new());
        self.0
            .open(&captured.expect("it is kept").hash)
            .expect("it is there")
    }

    /// A frame with rows fixed, after a way through the store.
    fn fixed(&self, frame: &Frame, rows: &[Fixed]) -> Result<Frame, InsertError> {
        let options = ReadOptions::default();
        let patch = Patch::default().fixed(frame, &options, rows, &Cancel::new())?;
        let patch = Patch {
            frame: frame.hash.clone(),
            ..patch
        };
        let hash = self.keep(&patch.to_text()?).hash;
        frame.clone().patched(Patch::open(&self.0, &hash)?, &hash)
    }
}

fn drop_row(record: u64) -> Fixed {
    Fixed {
        record,
        dropped: true,
        ..Fixed::default()
    }
}

fn cells(record: u64, cells: &[(&str, Option<&str>)]) -> Fixed {
    let cells = cells
        .iter()
        .map(|(column, new)| ((*column).to_owned(), new.map(str::to_owned)));
    Fixed {
        record,
        dropped: false,
        cells: BTreeMap::from_iter(cells),
    }
}

/// Line, number and values of each record; what is refused by its reason.
fn read(frame: &Frame) -> Result<Vec<String>, InsertError> {
    let options = ReadOptions::default();
    let mut records = records::open(frame, &options)?;
    let width = records.header().len();
    let mut all = Vec::new();
    loop {
        match records.advance()? {
            Step::End => return Ok(all),
            Step::Refused(refusal) => all.push(format!("! {}", refusal.reason)),
            Step::Record => {
                let fields = records.fields();
                let values: Vec<String> = (0..width)
                    .map(|at| match fields.get(at) {
                        Field::Text("") => "''".to_owned(),
                        field => field.to_string(),
                    })
                    .collect();
                let line = records.line().unwrap_or_default();
                all.push(format!("{line} {} {}", records.record(), values.join("|")));
            }
        }
    }
}

#[test]
fn only_what_was_fixed_is_read_otherwise() {
    let store = Store::new();
    let frame = store.keep("a,b\n1,\"x\ny\"\n2,bad\n3,\n4,d\n");
    let plain = read(&frame).expect("it is read");
    assert_eq!(plain, ["2 1 1|x\ny", "4 2 2|bad", "5 3 3|NULL", "6 4 4|d"]);
    let rows = [
        cells(2, &[("b", Some("good"))]),
        cells(3, &[("b", Some("")), ("a", Some("33"))]),
        drop_row(4),
        // It says what it said: nothing is fixed.
        cells(1, &[("a", Some("1"))]),
    ];
    let fixed = store.fixed(&frame, &rows).expect("it is fixed");
    assert_eq!(
        read(&fixed).expect("it is read"),
        ["2 1 1|x\ny", "4 2 2|good", "5 3 33|''"]
    );
    let patch = fixed.patch().expect("a patch");
    assert_eq!(patch.words(), "2 rows changed, 1 left out");
    let old: Vec<_> = patch.rows[0]
        .cells
        .iter()
        .map(|c| c.old.as_deref())
        .collect();
    assert_eq!((patch.rows[0].line, old), (Some(4), vec![Some("bad")]));
    // Its identity is that of both, and the original stays.
    assert_ne!(fixed.hash, frame.hash);
    assert_eq!(fixed.hash.len(), 64);
    assert_eq!(read(&frame).expect("it is read"), plain);
}

#[test]
fn a_record_that_is_no_row_is_given_anew_or_left_out() {
    let store = Store::new();
    let frame = store.keep("a,b\n1,x,y\n2\n3,z\n");
    let refused = read(&frame).expect("it is read");
    assert!(refused[0].starts_with("! ") && refused[1].starts_with("! "));
    let raw = raw_rows(
        &frame,
        &ReadOptions::default(),
        &[1, 3],
        999,
        &Cancel::new(),
    );
    let raw = raw.expect("it is read");
    assert_eq!(raw.rows[0].values, None);
    assert_eq!(
        raw.rows[1].values,
        Some(vec![Some("3".into()), Some("z".into())])
    );
    let half = store.fixed(&frame, &[cells(1, &[("a", Some("1"))]), drop_row(2)]);
    let half = read(&half.expect("it is fixed")).expect("it is read");
    assert!(
        half[0].starts_with("! "),
        "one cell is not enough: {half:?}"
    );
    let whole = [cells(1, &[("a", Some("1")), ("b", None)]), drop_row(2)];
    let whole = store.fixed(&frame, &whole).expect("it is fixed");
    assert_eq!(read(&whole).expect("it is read"), ["2 1 1|NULL", "4 3 3|z"]);
}

#[test]
fn a_patch_is_for_its_frame_alone() {
    let store = Store::new();
    let (frame, other) = (store.keep("a\n1\n2\n"), store.keep("a\n1\n3\n"));
    let refused = |result: Result<Frame, InsertError>| result.unwrap_err().to_string();
    let fixed = store.fixed(&frame, &[cells(1, &[("a", Some("x"))])]);
    let patch = fixed.expect("it is fixed").patch().cloned();
    let wrong = refused(other.patched(patch.expect("a patch"), "h"));
    assert!(wrong.contains("fix them again"), "{wrong}");
    let wrong = refused(store.fixed(&frame, &[drop_row(9)]));
    assert!(wrong.contains("has no row 9"), "{wrong}");
    let wrong = refused(store.fixed(&frame, &[cells(1, &[("b", None)])]));
    assert!(wrong.contains("no column"), "{wrong}");
    let long = "x".repeat(5000);
    let wrong = refused(store.fixed(&frame, &[cells(1, &[("a", Some(&long))])]));
    assert!(wrong.contains("at most"), "{wrong}");
    let nothing = store.fixed(&frame, &[drop_row(1), drop_row(2)]);
    let wrong = read(&nothing.expect("it is fixed"))
        .unwrap_err()
        .to_string();
    assert!(wrong.contains("leaves every row out"), "{wrong}");
    let text = store.keep("{\"frame\":1}").hash;
    for hash in [text.as_str(), "00", &"0".repeat(64)] {
        let wrong = Patch::open(&store.0, hash).unwrap_err().to_string();
        assert!(wrong.contains("fix the rows again"), "{wrong}");
    }
}

#[test]
fn rows_are_those_that_were_fixed_only_while_they_are_read_alike() {
    let store = Store::new();
    let frame = store.keep("a\n \n1\n2\n");
    let fixed = store.fixed(&frame, &[drop_row(2)]).expect("it is fixed");
    let open = |options| records::open(&fixed, &options).map(|_| ());
    open(ReadOptions::default()).expect("it is read as it was");
    // What is found out may be said.
    let said = ReadOptions {
        header: Some(true),
        delimiter: Some(b','),
        ..ReadOptions::default()
    };
    open(said).expect("it is read as it was");
    for options in [
        ReadOptions {
            header: Some(false),
            ..ReadOptions::default()
        },
        ReadOptions {
            trim: records::Trim::All,
            ..ReadOptions::default()
        },
        ReadOptions {
            delimiter: Some(b';'),
            ..ReadOptions::default()
        },
    ] {
        let wrong = open(options).unwrap_err().to_string();
        assert!(wrong.contains("read otherwise now"), "{wrong}");
    }
}

#[test]
fn a_line_is_that_of_the_text_whatever_its_values_mean() {
    let store = Store::new();
    let escaped = ReadOptions {
        escapes: true,
        ..ReadOptions::default()
    };
    let plain = ReadOptions::default();
    for (text, options, line, record) in [
        ("a,b\n1,x\\ny\n2,z\n", &escaped, 3, 2),
        ("a,b\n1,\"x\ny\"\n2,z\n", &plain, 3, 1),
        ("a,b\n1,\"x\ny\"\n2,z\n", &plain, 4, 2),
        (
            "{\"a\":1,\"b\":\"x\\ny\"}\n{\"a\":2,\"b\":\"z\"}\n",
            &plain,
            2,
            2,
        ),
    ] {
        let list = store.keep(&format!("line,column,value\n{line},b,new\n"));
        let rows = fixed_list(&list, &store.keep(text), options, &Cancel::new());
        let rows: Vec<u64> = rows.unwrap().iter().map(|row| row.record).collect();
        assert_eq!(rows, [record], "{text}");
    }
}

#[test]
fn what_is_held_while_rows_are_fixed_is_bounded() {
    let store = Store::new();
    let long = "ü".repeat(LONGEST);
    let frame = store.keep(&format!("a,b\n1,{long}\n2,{long}\n3,{long}\n"));
    let (options, cancel) = (ReadOptions::default(), Cancel::new());
    let raw = raw_rows(&frame, &options, &[1, 2, 3], 3 * LONGEST, &cancel).expect("it is read");
    assert_eq!(raw.rows.len(), 2);
    let value = raw.rows[0].values.as_ref().and_then(|v| v[1].clone());
    let value = value.expect("a value");
    assert!(value.len() > LONGEST && value.len() < LONGEST + 8);
    // What is cut is not what it was.
    let half = "ü".repeat(LONGEST / 2);
    let fixed = store.fixed(&frame, &[cells(1, &[("b", Some(&half))])]);
    let patch = fixed.expect("it is fixed").patch().cloned();
    assert_eq!(patch.expect("a patch").rows.len(), 1);

    let list = store.keep(&format!("record,column,value\n1,b,{long}\n"));
    let wrong = fixed_list(&list, &frame, &options, &cancel);
    let wrong = wrong.unwrap_err().to_string();
    assert!(wrong.contains("at most 4096 bytes"), "{wrong}");
    let mut many = String::from("record,column,value\n");
    let half = "x".repeat(LONGEST);
    (0..4200).for_each(|at| many += &format!("1,c{at},{half}\n"));
    let wrong = fixed_list(&store.keep(&many), &frame, &options, &cancel).unwrap_err();
    assert!(wrong.to_string().contains("16 MB"), "{wrong}");
}

#[test]
fn a_patch_that_could_not_be_opened_is_not_kept() {
    let row = crate::insert::PatchedRow {
        file: Some("x".repeat(1 << 20)),
        ..Default::default()
    };
    let patch = Patch {
        rows: vec![row; 17],
        ..Patch::default()
    };
    let wrong = patch.to_text().unwrap_err().to_string();
    assert!(wrong.contains("correct the file itself"), "{wrong}");
}
