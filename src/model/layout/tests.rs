//! Pictures, held by snapshots of their text and by what must be true of every one.

use super::{Cell, Grid, Marks, Options, Overlay, Role, layout, layout_within};
use crate::model::xml::{self, Element, Namespace};
use crate::model::{Bounds, Process, read, read_for_drawing};
use proptest::prelude::*;
use std::collections::BTreeMap;

fn shipped() -> Process {
    let bytes = include_bytes!("../../../process-models/database-insertion.bpmn");
    read("database-insertion.bpmn", bytes)
        .unwrap()
        .processes
        .remove(0)
}

fn text(grid: &Grid) -> String {
    grid.lines().join("\n")
}

/// What must be true of every picture: all flows are drawn, no two nodes share a cell unless one
/// is inside the other, and no label was written over.
fn assert_sound(process: &Process, grid: &Grid) {
    assert_eq!(grid.undrawn, Vec::<String>::new(), "{}", process.id);
    assert_eq!(grid.cells.len(), grid.width * grid.height);
    assert_eq!(grid.lines().len(), grid.height);
    let collapsed = |id: &str| process.diagram.collapsed.contains(id);
    for (ix, node) in process.nodes.iter().enumerate() {
        let Some(area) = grid.node(&node.id) else {
            let mut scope = node.scope;
            while let Some(outer) = scope {
                if collapsed(&process.nodes[outer].id) {
                    break;
                }
                scope = process.nodes[outer].scope;
            }
            assert!(scope.is_some(), "{} is not drawn", node.id);
            continue;
        };
        assert!(area.x + area.width <= grid.width && area.y + area.height <= grid.height);
        for (other_ix, other) in process.nodes.iter().enumerate().skip(ix + 1) {
            let related = node.boundary_events.contains(&other_ix)
                || other.boundary_events.contains(&ix)
                || node.scope != other.scope;
            let Some(other) = grid.node(&other.id).filter(|_| !related) else {
                continue;
            };
            let apart = area.x + area.width <= other.x
                || other.x + other.width <= area.x
                || area.y + area.height <= other.y
                || other.y + other.height <= area.y;
            assert!(apart, "{} and {} overlap", area.id, other.id);
        }
    }
    for flow in &process.flows {
        // Behind each arrow stands a node.
        let target = &process.nodes[flow.target];
        if let Some(area) = grid.node(&target.id) {
            let beside = (area.y.saturating_sub(1)..=area.y + area.height).any(|y| {
                (area.x.saturating_sub(1)..=area.x + area.width).any(|x| {
                    grid.cell(x, y).is_some_and(|c| {
                        c.role == Role::Flow && ["►", "◄", "▲", "▼"].contains(&c.symbol.as_str())
                    })
                })
            });
            assert!(beside, "no arrow leads to {}", target.id);
        }
    }
}

/// Each word of each label of a node stands in the picture.
fn assert_labelled(process: &Process, grid: &Grid) {
    for node in &process.nodes {
        let (Some(name), Some(area)) = (&node.name, grid.node(&node.id)) else {
            continue;
        };
        let Some(word) = name.split_whitespace().next() else {
            continue;
        };
        let rows = area.y.saturating_sub(5)..(area.y + area.height + 5).min(grid.height);
        let start: String = word.chars().take(8).collect();
        let near = rows
            .map(|y| &grid.cells[y * grid.width..(y + 1) * grid.width])
            .any(|row| {
                row.iter()
                    .map(|c| c.symbol.as_str())
                    .collect::<String>()
                    .contains(&start)
            });
        assert!(
            near,
            "{} is not labelled '{start}'\n{}",
            node.id,
            text(grid)
        );
    }
}

#[test]
fn the_shipped_model_as_its_author_drew_it() {
    let process = shipped();
    let grid = layout(&process, &Options::default(), &Overlay::new());
    assert_sound(&process, &grid);
    insta::assert_snapshot!(text(&grid));
}

#[test]
fn the_shipped_model_in_ascii_with_short_labels() {
    let process = shipped();
    let options = Options {
        ascii: true,
        label_width: 9,
    };
    let grid = layout(&process, &options, &Overlay::new());
    assert!(text(&grid).is_ascii());
    insta::assert_snapshot!(text(&grid));
}

#[test]
fn the_shipped_model_without_its_diagram() {
    let mut process = shipped();
    process.diagram = Default::default();
    let grid = layout(&process, &Options::default(), &Overlay::new());
    assert_sound(&process, &grid);
    insta::assert_snapshot!(text(&grid));
}

fn marks() -> Overlay {
    let marks = |id: &str, marks| (id.to_owned(), marks);
    Overlay::from([
        marks(
            "enter-data",
            Marks {
                tokens: 1,
                visits: 2,
                note: Some("cem".into()),
                highlighted: true,
                ..Marks::default()
            },
        ),
        marks(
            "insert-rows",
            Marks {
                tokens: 2,
                visits: 1,
                incident: true,
                ..Marks::default()
            },
        ),
        marks(
            "verdict",
            Marks {
                visits: 1,
                ..Marks::default()
            },
        ),
        marks(
            "remind",
            Marks {
                visits: 1,
                ..Marks::default()
            },
        ),
        marks(
            "inserted",
            Marks {
                highlighted: true,
                ..Marks::default()
            },
        ),
    ])
}

#[test]
fn the_shipped_model_with_marks() {
    let process = shipped();
    let grid = layout(&process, &Options::default(), &marks());
    assert_sound(&process, &grid);
    insta::assert_snapshot!(text(&grid));
    let roles = |role| grid.cells.iter().filter(|c| c.role == role).count();
    assert_eq!(
        (roles(Role::Token), roles(Role::Incident)),
        ("(*)(*)2".len(), 1)
    );
    assert!(roles(Role::Highlight) > 0);
}

#[test]
fn choosing_and_arriving_move_nothing() {
    let process = shipped();
    let calm = Overlay::from([("launched".to_owned(), Marks::default())]);
    let places = |overlay: &Overlay| layout(&process, &Options::default(), overlay).nodes;
    let before = places(&calm);
    for node in &process.nodes {
        for marks in [
            Marks {
                highlighted: true,
                ..Marks::default()
            },
            Marks {
                tokens: 1,
                visits: 9,
                ..Marks::default()
            },
        ] {
            let mut overlay = calm.clone();
            overlay.insert(node.id.clone(), marks);
            assert_eq!(places(&overlay), before, "{}", node.id);
        }
    }
}

#[test]
fn labels_give_way_to_fit() {
    let process = shipped();
    let wide = layout_within(&process, 500, false, &Overlay::new());
    assert_eq!(wide, layout(&process, &Options::default(), &Overlay::new()));
    let narrow = layout_within(&process, 20, false, &Overlay::new());
    assert!(narrow.width < wide.width);
}

#[test]
fn nodes_are_found_by_their_cells() {
    let grid = layout(&shipped(), &Options::default(), &Overlay::new());
    for area in &grid.nodes {
        let (x, y) = (area.x + area.width / 2, area.y + area.height / 2);
        assert_eq!(grid.node_at(x, y), Some(area));
    }
    assert_eq!(grid.node_at(grid.width, 0), None);
    assert_eq!(grid.cell(grid.width, 0), None);
}

#[test]
fn wide_and_hostile_labels_stay_in_their_cells() {
    let mut process = shipped();
    for (node, name) in process.nodes.iter_mut().zip([
        "数据插入数据插入数据插入",
        "\u{1b}[31mred\u{7}",
        "a\nb\tc",
        "",
        &"long".repeat(300),
        "e\u{301}e\u{301}",
    ]) {
        node.name = Some(name.to_owned());
    }
    for ascii in [false, true] {
        let options = Options {
            ascii,
            label_width: 7,
        };
        let grid = layout(&process, &options, &marks());
        let control = |c: &Cell| c.symbol.chars().any(char::is_control);
        assert!(!grid.cells.iter().any(control));
        assert_eq!(grid.undrawn, Vec::<String>::new());
        for row in grid.cells.chunks(grid.width) {
            let line: String = row.iter().map(|c| c.symbol.as_str()).collect();
            assert_eq!(
                unicode_width::UnicodeWidthStr::width(line.as_str()),
                grid.width
            );
        }
    }
}

#[test]
fn a_process_with_nothing_in_it_is_an_empty_picture() {
    let grid = layout(&Process::default(), &Options::default(), &Overlay::new());
    assert_eq!((grid.width, grid.height), (0, 0));
}

#[test]
fn what_is_too_large_is_said_not_drawn() {
    let nodes: String = (0..4_000).map(|i| format!("<task id='t{i}'/>")).collect();
    let xml = format!(
        "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL'>\
         <process id='p'>{nodes}</process></definitions>"
    );
    let process = read_for_drawing("a", xml.as_bytes())
        .unwrap()
        .processes
        .remove(0);
    let grid = layout(&process, &Options::default(), &Overlay::new());
    assert_eq!(text(&grid), "too large to draw");
}

/// Nothing that a file may hold takes long: each node with flows to many others.
#[test]
fn a_tangle_ends() {
    let count = 300;
    let nodes: String = (0..count)
        .map(|i| format!("<task id='t{i}' name='Task {i}'/>"))
        .collect();
    let flows: String = (0..count * 4)
        .map(|i| {
            let (from, to) = (i % count, (i * 7919 + i / count) % count);
            format!("<sequenceFlow id='f{i}' sourceRef='t{from}' targetRef='t{to}'/>")
        })
        .collect();
    let xml = format!(
        "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL'>\
         <process id='p'>{nodes}{flows}</process></definitions>"
    );
    let process = read_for_drawing("a", xml.as_bytes())
        .unwrap()
        .processes
        .remove(0);
    let grid = layout(&process, &Options::default(), &Overlay::new());
    assert!(grid.nodes.len() == count || text(&grid) == "too large to draw");
}

/// Every flow node with its name, every sequence flow and every innermost lane of a file is in
/// the processes read from it.
fn assert_whole(bytes: &[u8], processes: &[Process]) {
    fn words(text: &str) -> String {
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }
    fn visit(element: &Element, found: &mut BTreeMap<&'static str, Vec<String>>) {
        let inside = element.children.iter();
        for child in inside.filter(|child| child.namespace == Namespace::Bpmn) {
            let text = |name: &str| words(child.attribute(name).map_or("", |a| &a.value));
            let name = child.name.as_str();
            if ["Task", "Event", "Gateway", "ubProcess", "callActivity"]
                .iter()
                .any(|end| name.ends_with(end))
                || ["task", "transaction"].contains(&name)
            {
                let node = found.entry("node").or_default();
                node.push(format!("{} {}", text("id"), text("name")));
            } else if name == "sequenceFlow" {
                found.entry("flow").or_default().push(text("id"));
            } else if name == "lane" && !child.children.iter().any(|c| c.name == "childLaneSet") {
                found.entry("lane").or_default().push(String::new());
            }
            visit(child, found);
        }
    }
    let file = xml::parse(bytes).unwrap();
    let mut expected = BTreeMap::new();
    let in_processes = file.children.iter().filter(|c| c.name == "process");
    in_processes.for_each(|process| visit(process, &mut expected));
    let mut found: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for process in processes {
        for node in &process.nodes {
            let name = words(node.name.as_deref().unwrap_or_default());
            let nodes = found.entry("node").or_default();
            nodes.push(format!("{} {name}", node.id));
        }
        let flows = process.flows.iter().map(|flow| flow.id.clone());
        found.entry("flow").or_default().extend(flows);
        let lanes = process.lanes.iter().map(|_| String::new());
        found.entry("lane").or_default().extend(lanes);
    }
    for kind in ["node", "flow", "lane"] {
        let [mut found, mut expected] =
            [&found, &expected].map(|all| all.get(kind).cloned().unwrap_or_default());
        found.sort();
        expected.sort();
        assert_eq!(found, expected, "{kind}");
    }
}

/// All processes of the reference models of the BPMN Model Interchange Working Group (Creative
/// Commons Attribution 3.0), as their authors drew them and in layers.
#[test]
fn reference_models_are_drawn() {
    let folder = std::env::var_os("MIWG_MODELS").unwrap_or_else(|| "../shared/miwg".into());
    let Ok(folder) = std::fs::read_dir(&folder) else {
        eprintln!(
            "skipped: no reference models in {}, see MIWG_MODELS",
            folder.display()
        );
        return;
    };
    let mut files: Vec<_> = folder.flatten().map(|e| e.path()).collect();
    files.retain(|path| path.extension().is_some_and(|e| e == "bpmn"));
    files.sort();
    assert!(!files.is_empty());
    let mut drawn = 0;
    for path in files {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let bytes = std::fs::read(&path).unwrap();
        let model = read_for_drawing(&name, &bytes).unwrap();
        assert_whole(&bytes, &model.processes);
        for (i, mut process) in model.processes.into_iter().enumerate() {
            let grid = layout(&process, &Options::default(), &Overlay::new());
            assert_sound(&process, &grid);
            assert_labelled(&process, &grid);
            insta::assert_snapshot!(format!("miwg_{name}_{i}"), text(&grid));
            let ascii = Options {
                ascii: true,
                ..Options::default()
            };
            assert!(text(&layout(&process, &ascii, &Overlay::new())).is_ascii());
            process.diagram = Default::default();
            assert_sound(
                &process,
                &layout(&process, &Options::default(), &Overlay::new()),
            );
            drawn += 1;
        }
    }
    println!("{drawn} processes drawn");
}

/// A process of tasks, gateways and events with such flows, drawn at such places or nowhere.
fn scattered(kinds: &[usize], flows: &[(usize, usize)], at: Option<&[(u16, u16)]>) -> Process {
    let element = |kind: usize| ["task", "exclusiveGateway", "endEvent", "startEvent"][kind % 4];
    let nodes: String = kinds
        .iter()
        .enumerate()
        .map(|(i, &kind)| format!("<{} id='n{i}' name='Node {i}'/>", element(kind)))
        .collect();
    let flows: String = flows
        .iter()
        .enumerate()
        .map(|(i, (from, to))| {
            let (from, to) = (from % kinds.len(), to % kinds.len());
            format!("<sequenceFlow id='f{i}' name='f{i}' sourceRef='n{from}' targetRef='n{to}'/>")
        })
        .collect();
    let xml = format!(
        "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL'>\
         <process id='p'>{nodes}{flows}</process></definitions>"
    );
    let mut process = read_for_drawing("a", xml.as_bytes())
        .unwrap()
        .processes
        .remove(0);
    for (i, &(x, y)) in at.unwrap_or_default().iter().take(kinds.len()).enumerate() {
        let bounds = Bounds {
            x: x.into(),
            y: y.into(),
            width: 100.0,
            height: 80.0,
        };
        process.diagram.shapes.insert(format!("n{i}"), bounds);
    }
    process
}

#[test]
fn a_flow_that_finds_no_way_of_its_own_runs_over_others() {
    let process = scattered(&[0, 0, 1], &[(2, 7), (2, 0), (2, 1), (1, 2)], None);
    assert_sound(
        &process,
        &layout(&process, &Options::default(), &Overlay::new()),
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn scattered_processes_are_drawn_whole(
        kinds in prop::collection::vec(0_usize..4, 1..9),
        flows in prop::collection::vec((0_usize..9, 0_usize..9), 0..10),
        at in prop::option::of(prop::collection::vec((0_u16..900, 0_u16..500), 9)),
    ) {
        let process = scattered(&kinds, &flows, at.as_deref());
        assert_sound(&process, &layout(&process, &Options::default(), &Overlay::new()));
    }
}
