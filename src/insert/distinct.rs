//! How many different values a column has: counted while they are few, then estimated by a sketch
//! that never grows (HyperLogLog), or counted to the end where that is asked for.

use super::InsertError;
use rusqlite::Connection;

/// Hashes that are counted before the sketch begins.
const FEW: usize = 512;
/// Bits of a hash that choose a register of the sketch, and its registers: the standard error is
/// 1.04 / √4096, 1.6 %.
const BITS: u32 = 12;
const REGISTERS: usize = 1 << BITS;
/// Hashes of all counted columns together that wait in memory.
const WAITING: usize = 1 << 22;

/// The different values of one column, by hashes of theirs.
pub(super) enum Distinct {
    Few(Few),
    Sketch(Box<Sketch>),
    Counted(Counted),
}

impl Distinct {
    /// One that estimates.
    pub(super) fn estimated() -> Distinct {
        Distinct::Few(Few::default())
    }

    /// One that counts, as one of so many columns.
    pub(super) fn counted(columns: usize) -> Distinct {
        Distinct::Counted(Counted {
            waiting: Vec::new(),
            most: (WAITING / columns.max(1)).max(1 << 10),
            kept: None,
            failed: None,
        })
    }

    /// One of the same kind that has seen nothing.
    pub(super) fn anew(self) -> Distinct {
        match self {
            Distinct::Few(_) | Distinct::Sketch(_) => Distinct::estimated(),
            Distinct::Counted(Counted { most, .. }) => Distinct::Counted(Counted {
                waiting: Vec::new(),
                most,
                kept: None,
                failed: None,
            }),
        }
    }

    /// Takes in a value that is not NULL.
    #[inline]
    pub(super) fn see(&mut self, hash: [u64; 2]) {
        match self {
            Distinct::Counted(counted) => counted.see(hash),
            Distinct::Sketch(sketch) => sketch.see(mixed(hash)),
            Distinct::Few(few) => {
                few.see(mixed(hash));
                if few.count > FEW {
                    let mut sketch = Box::new(Sketch::new());
                    let hashes = few.slots.iter().filter(|hash| **hash != 0);
                    hashes.for_each(|hash| sketch.see(*hash));
                    *self = Distinct::Sketch(sketch);
                }
            }
        }
    }

    /// How many there were, and whether that is exact.
    pub(super) fn count(self) -> Result<(u64, bool), InsertError> {
        match self {
            Distinct::Few(few) => Ok((few.count as u64, true)),
            Distinct::Sketch(sketch) => Ok((sketch.estimate(), false)),
            Distinct::Counted(counted) => Ok((counted.count()?, true)),
        }
    }
}

/// A few hashes, each in the first place from its last bits on that was free; 0 is a free one.
#[derive(Default)]
pub(super) struct Few {
    slots: Vec<u64>,
    count: usize,
}

impl Few {
    fn see(&mut self, hash: u64) {
        if self.slots.is_empty() {
            self.slots = vec![0; 2 * FEW];
        }
        let (hash, size) = (hash.max(1), self.slots.len());
        let mut at = hash as usize % size;
        while let Some(slot) = self.slots.get_mut(at).filter(|slot| **slot != hash) {
            if *slot == 0 {
                *slot = hash;
                self.count += 1;
                return;
            }
            at = (at + 1) % size;
        }
    }
}

/// One word of both, each bit of which hangs on all of theirs (the finalizer of MurmurHash3).
fn mixed([a, b]: [u64; 2]) -> u64 {
    let mut h = a ^ b.rotate_left(32);
    h = (h ^ (h >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    h = (h ^ (h >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    h ^ (h >> 33)
}

/// HyperLogLog with 4096 registers.
pub(super) struct Sketch([u8; REGISTERS]);

impl Sketch {
    fn new() -> Sketch {
        Sketch([0; REGISTERS])
    }

    fn see(&mut self, hash: u64) {
        let rank = (hash << BITS).leading_zeros().min(64 - BITS) + 1;
        let at = (hash >> (64 - BITS)) as usize;
        if let Some(register) = self.0.get_mut(at) {
            *register = (*register).max(rank as u8);
        }
    }

    /// The estimator of O. Ertl ("New cardinality estimation algorithms for HyperLogLog
    /// sketches", 2017, algorithm 6), which needs no corrections by table.
    fn estimate(&self) -> u64 {
        const Q: usize = 64 - BITS as usize;
        let m = REGISTERS as f64;
        let mut counts = [0_u32; Q + 2];
        for register in self.0 {
            if let Some(count) = counts.get_mut(usize::from(register)) {
                *count += 1;
            }
        }
        let [none, ranks @ .., all] = counts;
        let mut z = m * tau(1.0 - f64::from(all) / m);
        for count in ranks.iter().rev() {
            z = 0.5 * (z + f64::from(*count));
        }
        z += m * sigma(f64::from(none) / m);
        (m * m / (2.0 * std::f64::consts::LN_2 * z)).round() as u64
    }
}

fn sigma(mut x: f64) -> f64 {
    let (mut y, mut z) = (1.0, x);
    // There is always a register that is not empty.
    loop {
        x *= x;
        let before = z;
        z += x * y;
        y += y;
        if z == before || !z.is_finite() {
            return z;
        }
    }
}

fn tau(mut x: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return 0.0;
    }
    let (mut y, mut z) = (1.0, 1.0 - x);
    loop {
        x = x.sqrt();
        let before = z;
        y *= 0.5;
        z -= (1.0 - x).powi(2) * y;
        if z == before {
            return z / 3.0;
        }
    }
}

/// All hashes: some in memory, the others in a file that has no name.
pub(super) struct Counted {
    waiting: Vec<u128>,
    most: usize,
    kept: Option<Connection>,
    failed: Option<rusqlite::Error>,
}

impl Counted {
    fn see(&mut self, [a, b]: [u64; 2]) {
        self.waiting.push(u128::from(a) << 64 | u128::from(b));
        if self.waiting.len() >= self.most {
            self.waiting.sort_unstable();
            self.waiting.dedup();
            // Few different values stay in memory.
            if self.waiting.len() > self.most / 2 && self.failed.is_none() {
                self.failed = self.keep().err();
            }
            if self.failed.is_some() {
                self.waiting.clear();
            }
        }
    }

    fn keep(&mut self) -> rusqlite::Result<()> {
        let kept = match self.kept.take() {
            Some(kept) => kept,
            None => {
                let kept = Connection::open("")?;
                kept.execute_batch(
                    "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-1024;
                     CREATE TABLE seen(hash BLOB PRIMARY KEY) WITHOUT ROWID; BEGIN",
                )?;
                kept
            }
        };
        {
            let mut put = kept.prepare_cached("INSERT OR IGNORE INTO seen VALUES (?1)")?;
            for hash in self.waiting.drain(..) {
                put.execute([hash.to_be_bytes()])?;
            }
        }
        self.kept = Some(kept);
        Ok(())
    }

    fn count(mut self) -> Result<u64, InsertError> {
        let mut count = || -> rusqlite::Result<u64> {
            if let Some(failed) = self.failed.take() {
                return Err(failed);
            }
            self.waiting.sort_unstable();
            self.waiting.dedup();
            if self.kept.is_none() {
                return Ok(self.waiting.len() as u64);
            }
            self.keep()?;
            let kept = self.kept.iter();
            kept.map(|kept| {
                kept.query_row("SELECT count(*) FROM seen", [], |row| row.get::<_, i64>(0))
            })
            .sum::<rusqlite::Result<i64>>()
            .map(i64::unsigned_abs)
        };
        count().map_err(|e| match e.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DiskFull) => InsertError::DiskFull {
                what: "the temporary folder".to_owned(),
            },
            _ => InsertError::Query(format!("distinct values can not be counted: {e}")),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::insert::checksum::Hash;
    use crate::insert::types::{Cell, ColumnType};

    fn hash(n: i64) -> [u64; 2] {
        let kind = ColumnType::Integer {
            min: i64::MIN,
            max: i64::MAX,
        };
        Hash::of(&kind, &Cell::Integer(n)).lanes()
    }

    #[test]
    fn few_are_exact_and_many_are_near() {
        for (count, step) in [
            (0, 1),
            (1, 1),
            (512, 7),
            (513, 1),
            (5_000, 3),
            (20_000, 1),
            (300_000, 64),
        ] {
            let mut distinct = Distinct::estimated();
            for n in 0..count {
                distinct.see(hash(n * step));
                distinct.see(hash(n * step));
            }
            let (found, exact) = distinct.count().unwrap();
            assert_eq!(exact, count <= 512);
            let far = (found as f64 - count as f64).abs() / (count as f64).max(1.0);
            let most = if exact { 0.0 } else { 0.05 };
            assert!(far <= most, "{count} by {step}: {found}");
        }
    }

    #[test]
    fn what_is_counted_is_exact_also_where_memory_is_short() {
        let mut distinct = Distinct::counted(WAITING);
        for round in 0..3 {
            for n in 0..5_000 {
                distinct.see(hash(n * 3 + round * 3));
            }
        }
        assert!(matches!(&distinct, Distinct::Counted(c) if c.kept.is_some()));
        assert_eq!(distinct.count().unwrap(), (5_002, true));
        let mut small = Distinct::counted(1);
        [1, 2, 1].into_iter().for_each(|n| small.see(hash(n)));
        assert_eq!(small.count().unwrap(), (2, true));
    }
}
