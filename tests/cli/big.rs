//! A file far larger than memory may be: `CREWDESK_FILE_MB=1000 cargo test --release --test cli
//! near_the_end`; a small one by default.

use crate::support::House;
use serde_json::Value;
use std::io::{BufWriter, Write};
use std::process::{Child, Stdio};
use std::time::Duration;

/// Lines behind the wrong one.
const BEHIND: u64 = 1000;
/// The most memory, in megabytes, whatever the size of the file.
const MOST: u64 = 100;

/// Writes a file of so many megabytes; the line with the wrong row.
fn write(house: &House, megabytes: u64) -> u64 {
    let file = std::fs::File::create(house.path("big.csv")).unwrap();
    let mut out = BufWriter::with_capacity(1 << 20, file);
    out.write_all(b"id,customer,amount,ordered,note\n").unwrap();
    let row = |id: u64, day: &str| {
        let note = "one of very many rows and none of which is read twice";
        format!("{id:09},\"customer, {id}\",{}.50,{day},{note}\n", id % 1000)
    };
    let size = row(0, "2026-11-17").len() as u64;
    let rows = (megabytes << 20) / size + BEHIND + 1;
    let wrong = rows - BEHIND;
    for id in 1..=rows {
        let day = if id == wrong {
            "2026-02-30"
        } else {
            "2026-11-17"
        };
        out.write_all(row(id, day).as_bytes()).unwrap();
    }
    out.into_inner().unwrap().sync_all().unwrap();
    wrong + 1
}

/// The most memory that a process had, in megabytes, and what it said at its end.
fn peak(mut child: Child) -> (u64, String) {
    let mut peak = 0;
    while child.try_wait().unwrap().is_none() {
        let status = std::fs::read_to_string(format!("/proc/{}/status", child.id()));
        let status = status.unwrap_or_default();
        let kb = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kb = kb.and_then(|text| text.trim().trim_end_matches(" kB").parse::<u64>().ok());
        peak = peak.max(kb.unwrap_or(0) >> 10);
        std::thread::sleep(Duration::from_millis(20));
    }
    let output = child.wait_with_output().unwrap();
    (peak, String::from_utf8(output.stdout).unwrap())
}

#[test]
fn a_wrong_row_near_the_end_of_a_large_file_is_told_by_its_line_and_nothing_is_kept() {
    let asked = std::env::var("CREWDESK_FILE_MB");
    let megabytes = asked.ok().and_then(|n| n.parse().ok()).unwrap_or(8);
    let house = House::new();
    let line = write(&house, megabytes);
    let args = ["--json", "insert", "big.csv", "warehouse", "orders"];
    let mut command = house.command("mara", &args);
    command.stdout(Stdio::piped()).stderr(Stdio::null());
    let (peak, said) = peak(command.spawn().unwrap());
    let report: Value = serde_json::from_str(&said).unwrap();
    println!(
        "{megabytes} MB, {} rows, {peak} MB of memory",
        report["rowsRead"]
    );
    assert_eq!(report["kept"], false, "{said}");
    assert_eq!(report["rowsRefused"], 1, "{said}");
    assert_eq!(report["refusals"][0]["line"], line, "{said}");
    assert_eq!(report["refusals"][0]["column"], "ordered", "{said}");
    assert_eq!(report["rowsRead"], line - 1 + BEHIND);
    assert_eq!((house.rows("orders"), house.ledger()), (0, 0));
    assert!(peak < MOST, "{peak} MB");
}
