//! `crewdesk feel` in either dialect, and with the time zone that the environment names.

use crate::support::House;

#[test]
fn feel_is_evaluated_as_camunda_does_where_one_says_so() {
    let house = House::bare();
    let said = |args: &[&str]| house.good("", &[&["feel"], args].concat()).out;
    for (text, standard, camunda) in [
        ("sublist([1, 2], 2, 5)", "null\n", "[2]\n"),
        ("string(1.50)", "1.5\n", "1.50\n"),
        ("@\"10:00:00.5\" = @\"10:00:00\"", "true\n", "false\n"),
    ] {
        assert_eq!(said(&[text]), standard, "{text}");
        assert_eq!(said(&["--camunda", text]), camunda, "{text}");
    }
    let due = ["due", "--var", "due:date=2026-01-31"];
    assert_eq!(said(&due), "2026-01-31\n");
    let due = ["--camunda", "due", "--var", "due:date=2026-01-31"];
    assert_eq!(said(&due), "2026-01-31T00:00:00\n");
    let help = house.good("", &["feel", "--help"]).out;
    assert!(
        help.contains("--camunda") && help.contains("1,000 or more"),
        "{help}"
    );
    // What is asked of a name that means nothing is no reason to tell.
    let ran = house.good("", &["feel", "--camunda", "is defined(gone)"]);
    assert_eq!((&*ran.out, &*ran.err), ("false\n", ""));
    let ran = house.good("", &["feel", "--camunda", "gone > 1 and false"]);
    assert!(ran.err.contains("there is no `gone` here"), "{}", ran.err);
}

#[test]
fn a_time_zone_that_nobody_knows_is_told() {
    let house = House::bare();
    let run = |zone: &str| {
        let mut command = house.command("", &["feel", "1"]);
        let output = command.env("TZ", zone).output().unwrap();
        assert!(output.status.success());
        String::from_utf8(output.stderr).unwrap()
    };
    let told = run("Europe/Berln");
    assert!(
        told.contains("warning: TZ is Europe/Berln, which names no time zone"),
        "{told}"
    );
    for known in ["UTC", "", "CET-1CEST,M3.5.0,M10.5.0/3", "Etc/UTC"] {
        assert_eq!(run(known), "", "{known}");
    }
}

#[test]
fn a_very_great_number_is_told_in_one_way() {
    let house = House::bare();
    assert_eq!(house.good("", &["feel", "10**400"]).out, "1E+400\n");
    let json = house.good("", &["--json", "feel", "[10**400]"]).out;
    assert!(
        json.contains("1E+400") && !json.contains("000000"),
        "{json}"
    );
    assert_eq!(house.good("", &["feel", "1E+400 = 10**400"]).out, "true\n");
}
