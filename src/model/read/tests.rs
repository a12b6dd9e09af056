//! Reading, held by the model that ships and by one broken fixture for each problem.

use super::read;

#[test]
fn the_shipped_model_has_no_problem() {
    let bytes = include_bytes!("../../../process-models/database-insertion.bpmn");
    let model = read("database-insertion.bpmn", bytes).unwrap();
    assert_eq!(model.warnings, []);
    assert_eq!(model.processes[0].id, "database-insertion");
}
