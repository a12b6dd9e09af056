//! Refused rows as a list that is mended and handed back.

use crate::support::House;

#[test]
fn refused_rows_are_listed_mended_and_handed_back() {
    let house = House::new();
    house.target("CREATE TABLE strict (id INTEGER PRIMARY KEY, customer VARCHAR(5) NOT NULL, amount DECIMAL(10,2), ordered DATE, CHECK (amount < 100))");
    let rows = "id;customer;amount;ordered\n1;ana;1,50;2026-01-01\n2;benjamin;x\"y;2026-01-02\n\
                3;;2,00;31.12.2026\n4;cem\n1;dora;3,00;2026-01-05\n6;eli;200,00;2026-01-06\n";
    house.write("rows.csv", rows);
    let insert = [
        "insert",
        "rows.csv",
        "warehouse",
        "strict",
        "--numbers",
        "1.234,56",
    ];
    let with = |more: &[&str]| house.run("mara", &[&insert[..], more].concat());
    let list = |name: &str| std::fs::read_to_string(house.path(name)).unwrap();
    let ran = with(&["--rejects", "a.csv"]);
    let told = ran.refusal();
    assert!(
        told.contains("listed there: mend the values, and say --patch a.csv"),
        "{told}"
    );
    let first = list("a.csv");
    let places: Vec<&str> = first
        .lines()
        .map(|line| line.split(",\"").next().unwrap())
        .collect();
    assert_eq!(places[0], "line,record,column,value,reason");
    assert!(
        first.contains("3,2,,\"2;benjamin;x\"\"y;2026-01-02\",\"a quote inside"),
        "{first}"
    );
    for row in [
        "4,3,\"customer\",,\"must not be NULL",
        "4,3,\"ordered\",\"31.12.2026\",",
        "5,4,,\"4;cem\",\"2 fields where the header has 4",
        "6,5,\"id\",\"1\",",
        "7,6,\"amount\",\"200,00\",\"the check of the table fails: ",
    ] {
        assert!(first.contains(row), "{row}: {first}");
    }
    // A list that is there may be mended: it is not written over.
    let told = with(&["--rejects", "a.csv"]).refusal();
    assert!(
        told.contains("--rejects: that file is there already"),
        "{told}"
    );
    // As it is nothing is any better, and no row is lost.
    let told = with(&["--patch", "a.csv"]).refusal();
    assert!(
        told.contains("line 2: a quote inside") && told.contains("mend the record"),
        "{told}"
    );
    let some = first
        .replace(
            "\"2;benjamin;x\"\"y;2026-01-02\"",
            "\"2;ben;7,25;2026-01-02\"",
        )
        .replace("\"4;cem\"", "\"4;cem;4,00;2026-01-04\"")
        .replace("\"customer\",,", "\"customer\",\"carl\",");
    house.write("mended.csv", &some);
    let ran = with(&["--patch", "mended.csv", "--rejects", "b.csv", "--dry-run"]);
    ran.refusal();
    let second = list("b.csv");
    assert!(
        second.contains("4,3,\"customer\",\"carl\",\"fixed before\""),
        "{second}"
    );
    assert!(
        second.contains("3,2,\"amount\",\"7,25\",\"fixed before\""),
        "{second}"
    );
    assert_eq!(
        second
            .lines()
            .filter(|line| !line.ends_with("\"fixed before\""))
            .count(),
        7,
        "{second}"
    );
    let all = second
        .replace("\"31.12.2026\"", "\"2026-12-31\"")
        .replace("\"id\",\"1\"", "\"id\",\"5\"")
        .replace("\"200,00\"", "\"99,00\"");
    house.write("last.csv", &all);
    let ran = with(&["--patch", "last.csv", "--rejects", "c.csv"]);
    assert!(ran.ok(), "{ran:?}");
    assert!(!house.path("c.csv").exists(), "no row is refused");
    assert_eq!(house.rows("strict"), 6);
    assert_eq!(
        house.count("strict WHERE id = 3 AND customer = 'carl' AND ordered = '2026-12-31'"),
        1
    );
    assert_eq!(house.count("strict WHERE id = 2 AND amount = 7.25"), 1);
}

#[test]
fn refused_rows_are_listed_whatever_their_number_and_format() {
    let house = House::new();
    let mut lines = String::new();
    for id in 0..20_000 {
        lines += &format!(
            "{{\"id\": \"x{id}\", \"customer\": \"ana\", \"amount\": 1, \"ordered\": \"2026-01-01\"}}\n"
        );
    }
    house.write("rows.jsonl", &lines);
    let insert = [
        "insert",
        "rows.jsonl",
        "warehouse",
        "orders",
        "--rejects",
        "all.csv",
    ];
    house.refused("mara", &insert);
    let list = std::fs::read_to_string(house.path("all.csv")).unwrap();
    assert_eq!(list.lines().count(), 20_001);
    let last = list.lines().last().unwrap();
    assert!(
        last.starts_with("20000,20000,\"id\",\"x19999\",\"\"\"x19999\"\" is not INTEGER"),
        "{last}"
    );
    // By the names of the frame, and of each of several files.
    house.write("1.csv", "Nr,customer,amount,ordered\n1,ana,1,2026-01-01\n");
    house.write("2.csv", "Nr,customer,amount,ordered\n2,ben,y,2026-01-01\n");
    let map = ["--map", "id=Nr", "--rejects", "two.csv"];
    let files = ["insert", "1.csv", "2.csv", "warehouse", "orders"];
    house.refused("mara", &[&files[..], &map].concat());
    let list = std::fs::read_to_string(house.path("two.csv")).unwrap();
    assert!(
        list.starts_with("file,line,record,column,value,reason\n"),
        "{list}"
    );
    let row = list.lines().nth(1).unwrap();
    assert!(row.contains("2.csv\",2,2,\"amount\",\"y\""), "{row}");
    house.write("mended.csv", &list.replace("\"y\"", "\"2\""));
    let mended = ["--map", "id=Nr", "--patch", "mended.csv"];
    house.good("mara", &[&files[..], &mended].concat());
    assert_eq!(house.rows("orders"), 2);
}
