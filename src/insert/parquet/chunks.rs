//! The pieces that the columns of a file are in, and how much of them is held at once.
//!
//! All columns of a row group are read beside each other: of each the library holds a page of
//! values, and the dictionary that they point into.

use super::page::Page;
use parquet::basic::Compression;
use parquet::file::metadata::ParquetMetaData;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

/// Bytes that the pages of a row group may have together, of those that are held at once.
const MAX_HELD: i64 = 1 << 30;

/// What a file says of the pieces that its columns are in.
pub(super) struct Chunks {
    /// Whether pages are packed by gzip.
    pub(super) gzip: bool,
    /// Where each is, by its place, and of which row group it is.
    places: Vec<(Range<u64>, usize)>,
    held: Mutex<Held>,
}

/// The pages of a row group that are held: the dictionary and the last other one, by the piece.
#[derive(Default)]
struct Held {
    group: usize,
    pages: HashMap<usize, [i64; 2]>,
    bytes: i64,
}

impl Chunks {
    pub(super) fn of(meta: &ParquetMetaData) -> Result<Chunks, String> {
        let groups = meta.row_groups().iter().enumerate();
        let columns = groups.flat_map(|(at, group)| group.columns().iter().map(move |c| (at, c)));
        let mut gzip = false;
        let mut places = Vec::new();
        for (group, column) in columns {
            gzip |= matches!(column.compression(), Compression::GZIP(_));
            let (start, length) = column.byte_range();
            if length > 0 {
                places.push((start..start.saturating_add(length), group));
            }
        }
        Chunks::new(gzip, places)
    }

    pub(super) fn new(gzip: bool, mut places: Vec<(Range<u64>, usize)>) -> Result<Chunks, String> {
        places.sort_unstable_by_key(|(place, _)| place.start);
        // Of which column a page is could not be told.
        let apart = places
            .iter()
            .zip(places.iter().skip(1))
            .all(|((one, _), (next, _))| one.end <= next.start);
        match apart {
            true => Ok(Chunks {
                gzip,
                places,
                held: Mutex::default(),
            }),
            false => Err("its columns overlap".to_owned()),
        }
    }

    /// Takes down that the library will hold a page in place of the one before it, or says why not.
    pub(super) fn hold(&self, start: u64, page: &Page) -> Result<(), String> {
        let behind = self
            .places
            .partition_point(|(place, _)| place.start <= start);
        let at = behind.checked_sub(1);
        let found = at.and_then(|at| Some((at, self.places.get(at)?)));
        let Some((at, (_, group))) = found.filter(|(_, (place, _))| place.contains(&start)) else {
            return Err("a page that is of no column".to_owned());
        };
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.group != *group {
            *held = Held {
                group: *group,
                ..Held::default()
            };
        }
        let pages = held.pages.entry(at).or_default();
        let place = &mut pages[usize::from(!page.dictionary)];
        let before = std::mem::replace(place, page.unpacked);
        held.bytes += page.unpacked - before;
        match held.bytes > MAX_HELD {
            true => Err(format!(
                "the pages of its columns have more than {} GiB together; write smaller row groups",
                MAX_HELD >> 30
            )),
            false => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A page of so many bytes.
    fn page(dictionary: bool, mib: i64) -> Page {
        Page {
            dictionary,
            unpacked: mib << 20,
            body: None,
        }
    }

    #[test]
    fn pages_that_are_held_at_once_are_bounded_together() {
        // Six columns of a row group, and one of the next.
        let places = (0..7).map(|n| (n * 10..n * 10 + 10, usize::from(n == 6)));
        let chunks = Chunks::new(false, places.collect()).unwrap();
        for column in 0..5 {
            // The one before makes room for the next.
            for at in 0..9 {
                assert_eq!(chunks.hold(column * 10 + at, &page(false, 200)), Ok(()));
            }
        }
        let told = chunks.hold(0, &page(true, 100)).unwrap_err();
        assert!(told.contains("more than 1 GiB together"), "{told}");
        assert_eq!(chunks.hold(60, &page(false, 200)), Ok(()));
        assert_eq!(chunks.hold(60, &page(true, 200)), Ok(()));
        assert!(chunks.hold(70, &page(false, 1)).is_err());
    }

    #[test]
    fn columns_that_overlap_are_refused() {
        assert!(Chunks::new(false, vec![(0..10, 0), (9..20, 0)]).is_err());
        assert!(Chunks::new(false, vec![(10..20, 0), (4..10, 0)]).is_ok());
    }
}
