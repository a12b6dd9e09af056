//! A JUEL template.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| {
    let _ = crewdesk::juel::Template::parse(text);
});
