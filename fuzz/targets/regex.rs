//! A regular expression of both flavours, and a text to find it in.
#![no_main]

use crewdesk::regex::{Flavour, Meter, Regex};

struct Steps(u64);

impl Meter for Steps {
    type Stop = ();
    fn step(&mut self, steps: u64) -> Result<(), ()> {
        self.0 = self.0.checked_sub(steps).ok_or(())?;
        Ok(())
    }
    fn allocate(&mut self, bytes: usize) -> Result<(), ()> {
        self.step(bytes as u64 / 64)
    }
}

libfuzzer_sys::fuzz_target!(|input: (&str, &str)| {
    let text: Vec<char> = input.1.chars().collect();
    for flavour in [Flavour::XPath, Flavour::Java] {
        if let Ok(regex) = Regex::parse(input.0, "i", flavour) {
            let _ = regex.find_all(&text, &mut Steps(100_000));
        }
    }
});
