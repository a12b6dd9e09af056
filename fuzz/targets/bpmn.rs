//! A BPMN file.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = crewdesk::model::read("fuzz.bpmn", bytes);
});
