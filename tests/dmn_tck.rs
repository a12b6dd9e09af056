//! The DMN Technology Compatibility Kit, where its files are beside the repository.

use std::path::{Path, PathBuf};
use std::process::Command;

/// What passes: all there is.
const CASES: usize = 3_391;

#[test]
fn technology_compatibility_kit() {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/dmn-tck");
    let root = std::env::var_os("DMN_TCK").map_or_else(beside, PathBuf::from);
    if !root.is_dir() {
        println!("skipped: {} is not there", root.display());
        return;
    }
    let out = Command::new(env!("CARGO_BIN_EXE_crewdesk"))
        .args(["decision", "tck"])
        .arg(&root)
        .output()
        .expect("the program runs");
    let text = String::from_utf8_lossy(&out.stdout);
    assert!(
        out.status.success(),
        "{}",
        String::from_utf8_lossy(&out.stderr)
    );
    assert_eq!(
        text.lines().last(),
        Some(format!("{CASES} passed, 0 failed").as_str()),
        "{text}"
    );
}

#[test]
fn a_case_that_fails_is_told_by_the_status() {
    let root = tempfile::tempdir().expect("a folder");
    let test = root.path().join("compliance-level-2/0001-x");
    std::fs::create_dir_all(&test).expect("a folder");
    std::fs::create_dir_all(root.path().join("compliance-level-3")).expect("a folder");
    let model = r#"<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="n">
        <decision id="one" name="one"><variable name="one"/><literalExpression><text>1</text></literalExpression></decision></definitions>"#;
    let cases = r#"<testCases xmlns="http://www.omg.org/spec/DMN/20160719/testcase" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><modelName>0001-x.dmn</modelName>
        <testCase id="001"><resultNode name="one" type="decision"><expected><value xsi:type="xsd:decimal">1</value></expected></resultNode></testCase>
        <testCase id="002"><resultNode name="one" type="decision"><expected><value xsi:type="xsd:decimal">2</value></expected></resultNode></testCase></testCases>"#;
    std::fs::write(test.join("0001-x.dmn"), model).expect("a model");
    std::fs::write(test.join("0001-x-test-01.xml"), cases).expect("its cases");
    let out = Command::new(env!("CARGO_BIN_EXE_crewdesk"))
        .args(["decision", "tck"])
        .arg(root.path())
        .output()
        .expect("the program runs");
    let text = String::from_utf8_lossy(&out.stdout);
    assert_eq!(text.lines().last(), Some("1 passed, 1 failed"), "{text}");
    assert!(!out.status.success());
}
