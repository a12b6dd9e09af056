//! Looking at decisions and trying them.

use super::Desk;
use crate::tui::state::Scope;

#[test]
fn a_decision_is_tried_and_says_which_cell_stopped_which_rule() {
    let mut desk = Desk::of("ana", 120, 40);
    desk.keys("e");
    assert_eq!(desk.state().scope(), Scope::Decisions);
    assert!(desk.shows("FIRST · 3 rules") && desk.shows("requires level"));
    desk.keys("t")
        .types("20")
        .keys("tab")
        .types("70")
        .keys("enter");
    assert!(
        desk.shows("= \"gold\"") && desk.shows("= 70"),
        "{}",
        desk.text()
    );
    assert!(desk.shows("× >= 100"), "{}", desk.text());
    assert!(desk.shows("2 ✓"), "{}", desk.text());
    assert!(desk.shows("percent = 5.5, reason = \"so so\""));
    // What it required was evaluated with the same values.
    desk.keys("esc down");
    assert!(desk.shows("level = \"gold\""), "{}", desk.text());
    desk.keys("y");
    assert_eq!(desk.outside, ["copy level = \"gold\""]);
    // Taken away again.
    desk.keys("x");
    assert!(!desk.shows("with your values"));
}

#[test]
fn values_are_kept_for_the_next_try_and_errors_are_shown() {
    let mut desk = Desk::of("mara", 80, 24);
    desk.keys("e t").keys("tab").types("much").keys("alt-c");
    assert!(desk.shows("DMN-01005"), "{}", desk.text());
    desk.keys("t");
    assert!(desk.shows("much"), "{}", desk.text());
}

#[test]
fn what_an_instance_decided_is_tried_with_its_values() {
    let mut desk = Desk::of("mara", 80, 24);
    desk.keys("2 / o r d e r s enter enter e");
    assert!(desk.shows("Decisions made") && desk.shows("1 of 2"));
    assert!(
        desk.shows("= \"silver\"") && desk.shows("rule 2: percent = 5.5"),
        "{}",
        desk.text()
    );
    desk.keys("t");
    assert!(desk.shows("70"), "{}", desk.text());
    desk.keys("esc esc");
    assert_eq!(desk.state().scope(), Scope::Instance);
}

#[test]
fn rules_are_clicked_and_shown_in_full() {
    let mut desk = Desk::of("mara", 80, 24);
    desk.keys("2 / o r d e r s enter enter e");
    desk.click("[50..100)");
    assert!(
        desk.shows("Rule 2") && desk.shows("rule 2 of 3"),
        "{}",
        desk.text()
    );
    desk.keys("up enter");
    assert_eq!(desk.state().scope(), Scope::Sheet);
    assert!(
        desk.shows("\"silver\" is stopped here") && desk.shows("note: loyal"),
        "{}",
        desk.text()
    );
}

#[test]
fn at_the_smallest_size_the_table_is_one_key_away() {
    let mut desk = Desk::of("mara", 60, 20);
    desk.keys("e");
    assert!(desk.shows("Discount") && !desk.shows("FIRST"));
    desk.keys("enter");
    assert!(
        desk.shows("FIRST") && desk.shows("Rule 1"),
        "{}",
        desk.text()
    );
    desk.keys("esc down enter");
    assert!(
        desk.shows("expression") && desk.shows("${points > 10"),
        "{}",
        desk.text()
    );
}

#[test]
fn what_a_cell_said_is_never_cut() {
    for (width, height) in [(80, 24), (120, 40), (160, 50)] {
        let mut desk = Desk::of("mara", width, height);
        desk.keys("e down down down t")
            .types("Bosnia and Herzegovina")
            .keys("tab")
            .types("2.5")
            .keys("tab")
            .types("post")
            .keys("alt-c");
        // Without the line breaks and borders between its words.
        let text = desk.text().replace('│', " ");
        let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let said = "\"Bosnia and Herzegovina\" is stopped here";
        assert!(words.contains(said), "{text}");
        assert!(words.contains("2.5 passes"), "{text}");
    }
}

#[test]
fn decisions_stand_by_name_are_filtered_and_two_of_one_name_are_told_apart() {
    let mut desk = Desk::of("mara", 120, 40);
    desk.keys("e");
    let text = desk.text();
    let places = ["Discount", "Level level ", "_sender", "Routing", "Shipping"];
    let places = places.map(|name| {
        text.find(name)
            .unwrap_or_else(|| panic!("{name} in {text}"))
    });
    assert!(places.is_sorted(), "{text}");
    desk.keys("/").types("ship");
    assert!(
        desk.shows("1 match") && desk.shows("1 of 1"),
        "{}",
        desk.text()
    );
    assert!(
        !desk.shows("Routing") && desk.shows("FIRST · 5 rules"),
        "{}",
        desk.text()
    );
    desk.keys("enter esc");
    assert!(desk.shows("of 8"), "{}", desk.text());
    // By the key, too.
    desk.keys("/").types("of_the_sender").keys("enter");
    assert!(desk.shows("1 of 1"), "{}", desk.text());
    desk.keys("esc / ").types("nothing of that name");
    assert!(desk.shows("No decision matches"), "{}", desk.text());
}

#[test]
fn a_wide_table_has_the_whole_screen_and_says_which_columns_follow() {
    let mut desk = Desk::of("mara", 80, 24);
    desk.keys("e down down down down");
    assert!(
        desk.shows("Decisions") && desk.shows("more:"),
        "{}",
        desk.text()
    );
    desk.keys("enter");
    assert!(
        desk.shows("Decisions › Shipping of parcels"),
        "{}",
        desk.text()
    );
    // The outputs stay in sight.
    assert!(
        desk.shows("Carrier") && desk.shows("Price"),
        "{}",
        desk.text()
    );
    assert!(desk.shows("Country of the c"), "{}", desk.text());
    for _ in 0..4 {
        desk.keys("right");
    }
    let text = desk.text();
    assert!(text.contains("← Insured, Carrier asked for, W"), "{text}");
    assert!(desk.shows("\"carrier 1\"") && desk.shows("Price"), "{text}");
    for _ in 0..9 {
        desk.keys("right");
    }
    assert!(
        !desk.shows("more:") && desk.shows("Volume"),
        "{}",
        desk.text()
    );
    desk.keys("v");
    assert!(
        desk.shows("dialect: ") && desk.shows("nothing in the file is of Camunda 7"),
        "{}",
        desk.text()
    );
    desk.keys("end");
    assert!(
        desk.shows("output Price") && desk.shows("default: 0"),
        "{}",
        desk.text()
    );
    desk.keys("up up up up up up up up up up up up up up up");
    assert!(
        desk.shows("values: \"summer\", \"winter\""),
        "{}",
        desk.text()
    );
    desk.keys("esc esc");
    assert!(desk.shows("▌ Shipping"), "{}", desk.text());
}

#[test]
fn every_reason_of_a_result_can_be_read() {
    for (width, height) in [(80, 24), (60, 20)] {
        let mut desk = Desk::of("mara", width, height);
        desk.keys("e down down t").types("7").keys("alt-c");
        let text = desk.text();
        assert!(text.contains("Result") && text.contains("· Tab"), "{text}");
        let seen = |desk: &Desk| {
            let text = desk.text().replace(['│', '▌'], " ");
            text.split_whitespace().collect::<Vec<_>>().join(" ")
        };
        desk.keys("tab");
        let mut all = seen(&desk);
        for _ in 0..30 {
            desk.keys("down");
            all += &seen(&desk);
        }
        let reasons = [
            "can not be added",
            "nineteen percent",
            "expected numbers",
            "the order came in",
        ];
        for reason in reasons {
            assert!(all.contains(reason), "{reason} in {all}");
        }
        desk.keys("enter");
        assert_eq!(desk.state().scope(), Scope::Sheet);
    }
}

#[test]
fn functions_and_services_are_listed_and_tried() {
    let mut desk = Desk::of("mara", 80, 24);
    desk.keys("e /").types("surch").keys("enter");
    for said in [
        "business knowledge model",
        "called with weight: number",
        "if weight > 30",
    ] {
        assert!(desk.shows(said), "{said} in {}", desk.text());
    }
    desk.keys("t").types("31").keys("alt-c");
    assert!(desk.shows("Surcharge = 9.5"), "{}", desk.text());
    desk.keys("esc esc /").types("costs").keys("enter");
    assert!(
        desk.shows("decision service")
            && desk.shows("gives Level")
            && desk.shows("Level (expression)"),
        "{}",
        desk.text()
    );
    desk.keys("v");
    assert!(desk.shows("called with: goods: number"), "{}", desk.text());
}

#[test]
fn a_function_that_is_a_table_is_drawn_and_tried_like_one() {
    let mut desk = Desk::of("mara", 80, 24);
    desk.keys("e /").types("zone").keys("enter");
    for said in ["FIRST · 3 rules", "called with kilograms: number", "< 5"] {
        assert!(desk.shows(said), "{said} in {}", desk.text());
    }
    desk.keys("t").types("7").keys("alt-c");
    for said in ["2 match", "= 7", "× < 5", "2 ✓", "Zone = \"middle\""] {
        assert!(desk.shows(said), "{said} in {}", desk.text());
    }
    desk.keys("down");
    assert!(desk.shows("rule 2 of 3"), "{}", desk.text());
    // Why it gives null.
    desk.keys("t").types("x").keys("alt-c");
    assert!(desk.shows("null: "), "{}", desk.text());
}

#[test]
fn a_model_is_deployed_with_what_it_imports_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let model = "https://www.omg.org/spec/DMN/20191111/MODEL/";
    let price = format!(
        r#"<definitions xmlns="{model}" id="p" name="p" namespace="price"><import name="r" namespace="rates" locationURI="in/rate.dmn" importType="{model}"/></definitions>"#
    );
    let rate = format!(r#"<definitions xmlns="{model}" id="r" name="r" namespace="rates"/>"#);
    std::fs::create_dir(folder.path().join("in")).unwrap();
    std::fs::write(folder.path().join("in/rate.dmn"), rate).unwrap();
    let path = folder.path().join("price.dmn");
    std::fs::write(&path, price).unwrap();
    let mut desk = Desk::of("mara", 80, 24);
    desk.keys("2 D").types(path.to_str().unwrap());
    desk.keys("esc enter enter");
    let text = desk.text();
    assert!(
        text.contains(" price.dmn ") && text.contains(" in/rate.dmn "),
        "{text}"
    );
}
