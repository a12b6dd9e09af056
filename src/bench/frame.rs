//! A data frame to measure with: ten mixed columns, the same every time.

use super::BenchError;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

/// The table that the frame fits.
pub(super) const TABLE: &str = "orders";

/// Makes the table that the frame fits, by a name.
pub(super) fn schema(table: &str) -> String {
    format!(
        "CREATE TABLE {table}(
           id INTEGER PRIMARY KEY, customer VARCHAR(40) NOT NULL, country CHAR(2) NOT NULL,
           amount DECIMAL(10,2) NOT NULL, quantity INTEGER NOT NULL,
           rate DOUBLE PRECISION NOT NULL, paid SMALLINT NOT NULL, ordered DATE NOT NULL,
           shipped TIMESTAMP NOT NULL, note VARCHAR(200))"
    )
}

const NAMES: [&str; 8] = ["Ana", "Ben", "Cem", "Dana", "Eli", "Mara", "Zoë", "José"];
const WORDS: [&str; 12] = [
    "alpha",
    "late",
    "paid",
    "open",
    "closed",
    "express",
    "standard",
    "gift",
    "return",
    "\"urgent\"",
    "call, then send",
    "straße",
];
const COUNTRIES: [&str; 5] = ["DE", "FR", "TR", "US", "JP"];

/// The columns beside the key.
pub(super) const COLUMNS: [&str; 9] = [
    "customer", "country", "amount", "quantity", "rate", "paid", "ordered", "shipped", "note",
];

/// Writes a frame of the keys up to `rows`, or each `step`-th of them with other values; its size
/// in bytes.
pub(super) fn write(path: &Path, rows: u64, step: usize) -> Result<u64, BenchError> {
    let failed = |e| BenchError::system(format!("{} cannot be written", path.display()), e);
    let file = File::create(path).map_err(failed)?;
    let mut out = BufWriter::with_capacity(1 << 20, file);
    writeln!(out, "id,{}", COLUMNS.join(",")).map_err(failed)?;
    let mut dice = Dice(rows.wrapping_add(step as u64) ^ 0x9e37_79b9_7f4a_7c15);
    for id in (1..=rows).step_by(step) {
        row(&mut out, id, &mut dice).map_err(failed)?;
    }
    let file = out.into_inner().map_err(|e| failed(e.into_error()))?;
    file.sync_all().map_err(failed)?;
    Ok(file.metadata().map_err(failed)?.len())
}

fn row(out: &mut impl Write, id: u64, dice: &mut Dice) -> std::io::Result<()> {
    let (name, number) = (dice.of(&NAMES), dice.below(99_999));
    write!(out, "{id},{name} {number},{}", dice.of(&COUNTRIES))?;
    write!(out, ",{}.{:02}", dice.below(99_999), dice.below(100))?;
    // Sixty-fourths are exact in binary: the tools round other digits each in its own way.
    write!(
        out,
        ",{},{}.{:06}",
        dice.below(500),
        dice.below(10),
        (1 + dice.below(63)) * 15_625
    )?;
    write!(
        out,
        ",{},2025-{:02}-{:02}",
        dice.below(2),
        1 + dice.below(12),
        1 + dice.below(28)
    )?;
    let (month, day) = (1 + dice.below(12), 1 + dice.below(28));
    let (hour, minute, second) = (dice.below(24), dice.below(60), dice.below(60));
    write!(
        out,
        ",2026-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02},\""
    )?;
    for i in 0..2 + dice.below(4) {
        let word = dice.of(&WORDS).replace('"', "\"\"");
        write!(out, "{}{word}", if i == 0 { "" } else { " " })?;
    }
    writeln!(out, "\"")
}

/// Numbers that look random and are the same every time (xorshift*).
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % most.max(1)
    }

    fn of(&mut self, words: &[&'static str]) -> &'static str {
        let at = usize::try_from(self.below(words.len() as u64)).unwrap_or_default();
        words.get(at).copied().unwrap_or_default()
    }
}
