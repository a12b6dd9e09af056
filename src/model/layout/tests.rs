use super::{Options, Overlay, layout};
use crate::model::{read, read_for_drawing};
#[test]
fn try_shipped() {
    let m = read(
        "x",
        include_bytes!("../../../process-models/database-insertion.bpmn"),
    )
    .unwrap();
    for ascii in [false, true] {
        let g = layout(
            &m.processes[0],
            &Options {
                ascii,
                ..Default::default()
            },
            &Overlay::new(),
        );
        println!("{}", g.lines().join("\n"));
        println!("{:?}", g.undrawn);
    }
    let mut p = m.processes[0].clone();
    p.diagram = Default::default();
    let g = layout(&p, &Options::default(), &Overlay::new());
    println!("{}", g.lines().join("\n"));
}
#[test]
fn try_miwg() {
    let mut files: Vec<_> = std::fs::read_dir("../shared/miwg")
        .or_else(|_| std::fs::read_dir("../../shared/miwg"))
        .unwrap()
        .flatten()
        .map(|e| e.path())
        .collect();
    files.sort();
    for path in files {
        if path.extension().is_none_or(|e| e != "bpmn") {
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        for p in read_for_drawing("x", &bytes).unwrap().processes {
            let t = std::time::Instant::now();
            let g = layout(&p, &Options::default(), &Overlay::new());
            println!(
                "== {} {} {}x{} {:?} undrawn {:?}\n{}",
                path.display(),
                p.id,
                g.width,
                g.height,
                t.elapsed(),
                g.undrawn,
                g.lines().join("\n")
            );
            let mut p = p;
            p.diagram = Default::default();
            let g = layout(&p, &Options::default(), &Overlay::new());
            println!(
                "-- layered {}x{} undrawn {:?}\n{}",
                g.width,
                g.height,
                g.undrawn,
                g.lines().join("\n")
            );
        }
    }
}
