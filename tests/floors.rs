//! Holds the floors of the house: a module that reaches for a higher one, or past the one
//! it may use, fails here with file and line.

use std::fs;
use std::path::{Path, PathBuf};

/// Floor and, in `only`, the modules it may use where that is narrower than "all below".
struct Floor {
    module: &'static str,
    level: u8,
    only: Option<&'static [&'static str]>,
}

const fn floor(module: &'static str, level: u8) -> Floor {
    Floor {
        module,
        level,
        only: None,
    }
}

const FLOORS: &[Floor] = &[
    floor("crash", 0),
    floor("value", 1),
    floor("regex", 1),
    floor("feel", 2),
    floor("juel", 2),
    Floor {
        module: "javascript",
        level: 2,
        only: Some(&["value", "juel"]),
    },
    Floor {
        module: "model",
        level: 2,
        only: Some(&["value", "regex", "feel", "juel", "javascript"]),
    },
    floor("dmn", 3),
    floor("engine", 4),
    floor("store", 5),
    Floor {
        module: "insert",
        level: 5,
        only: Some(&["crash", "value"]),
    },
    floor("desk", 6),
    floor("worker", 7),
    floor("client", 8),
    Floor {
        module: "rest",
        level: 8,
        only: Some(&["desk", "value", "worker"]),
    },
    Floor {
        module: "tui",
        level: 9,
        only: Some(&["client"]),
    },
    Floor {
        module: "bench",
        level: 9,
        only: Some(&["client"]),
    },
    Floor {
        module: "cli",
        level: 9,
        only: Some(&["bench", "client", "rest", "tui"]),
    },
];

fn allowed(from: &Floor, to: &Floor) -> bool {
    from.module == to.module
        || match from.only {
            Some(only) => only.contains(&to.module),
            None => to.level < from.level,
        }
}

fn rust_files(dir: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).expect("src is readable") {
        let path = entry.expect("src is readable").path();
        if path.is_dir() {
            rust_files(&path, into);
        } else if path.extension().is_some_and(|e| e == "rs") {
            into.push(path);
        }
    }
}

/// The modules that a line reaches for: `crate::x` and each of `crate::{x::…, y}`.
fn reached(source: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (at, _) in source.match_indices("crate::") {
        let line = source[..at].matches('\n').count() + 1;
        let text = source[..at]
            .rsplit('\n')
            .next()
            .unwrap_or_default()
            .trim_start();
        if text.starts_with("//") {
            continue;
        }
        let rest = &source[at + "crate::".len()..];
        if let Some(group) = rest.strip_prefix('{') {
            let mut depth = 0;
            let mut start = true;
            for (i, c) in group.char_indices() {
                match c {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => start = true,
                    c if start && (c.is_alphanumeric() || c == '_') => {
                        found.push((line, name(&group[i..])));
                        start = false;
                    }
                    _ => {}
                }
            }
        } else {
            found.push((line, name(rest)));
        }
    }
    found
}

fn name(text: &str) -> String {
    text.chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .collect()
}

#[test]
fn no_floor_reaches_up() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut wrong = Vec::new();
    let mut looked = 0;
    for from in FLOORS {
        let mut files = Vec::new();
        let dir = src.join(from.module);
        if dir.is_dir() {
            rust_files(&dir, &mut files);
        }
        let file = src.join(format!("{}.rs", from.module));
        if file.is_file() {
            files.push(file);
        }
        assert!(
            !files.is_empty(),
            "the floor {} is gone: mend this list",
            from.module
        );
        for path in files {
            looked += 1;
            for (line, module) in reached(&fs::read_to_string(&path).expect("source is readable")) {
                let Some(to) = FLOORS.iter().find(|f| f.module == module) else {
                    continue;
                };
                if !allowed(from, to) {
                    wrong.push(format!(
                        "{}:{line}: {} may not use {}",
                        path.display(),
                        from.module,
                        to.module
                    ));
                }
            }
        }
    }
    assert!(looked > FLOORS.len(), "looked at {looked} files only");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_module_has_a_floor() {
    let lib = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs"))
        .expect("lib.rs");
    for line in lib.lines() {
        if let Some(module) = line
            .strip_prefix("pub mod ")
            .and_then(|l| l.strip_suffix(';'))
        {
            assert!(
                FLOORS.iter().any(|f| f.module == module),
                "{module} has no floor"
            );
        }
    }
}

#[test]
fn reaching_is_seen_in_groups_and_paths() {
    let source = "use crate::{value::{self, Value}, desk};\n// crate::tui in a comment\nlet x = crate::store::y();\n";
    let names: Vec<_> = reached(source)
        .into_iter()
        .map(|(line, name)| format!("{line}:{name}"))
        .collect();
    assert_eq!(names, ["1:value", "1:desk", "3:store"]);
}
