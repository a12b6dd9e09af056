//! What an employee writes about an insertion: which column goes where, and the target's URL.
//! What is accepted reads the same when it is written again.
#![no_main]

use crewdesk::insert::{ConnectionUrl, Mapping};

libfuzzer_sys::fuzz_target!(|text: &str| {
    if let Ok(mapping) = text.parse::<Mapping>() {
        let _ = mapping.is_empty();
    }
    if let Ok(url) = text.parse::<ConnectionUrl>() {
        let again = url.to_string().parse::<ConnectionUrl>();
        assert_eq!(again.map(|url| url.to_string()).ok(), Some(url.to_string()));
    }
});
