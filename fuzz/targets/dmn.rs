//! A DMN file: read, checked, every decision evaluated.
#![no_main]

use crewdesk::dmn::{Definitions, check, evaluate, evaluate_feel};
use crewdesk::feel::{Budget, Context};
use crewdesk::value::Map;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let (definitions, _) = Definitions::parse_leniently("fuzz.dmn", bytes);
    let Some(definitions) = definitions else {
        return;
    };
    let _ = check::check(&definitions);
    let now = chrono::DateTime::from_timestamp(1_800_000_000, 0).unwrap_or_default();
    for id in definitions.decisions.keys() {
        let mut budget = Budget::new(100_000, 8 << 20, 200);
        let _ = evaluate(&definitions, id, &Map::new(), now, &mut budget);
        let _ = evaluate_feel(&definitions, id, &Context::new(), now, &mut budget);
    }
});
