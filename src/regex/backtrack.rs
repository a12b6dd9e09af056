//! Matching one way after the other, from a stack of its own, for patterns that refer back to
//! their groups.

use super::set::cases;
use super::{Groups, Meter, Op, Regex};

enum Back {
    Way { pc: usize, at: usize },
    Note { note: usize, was: usize },
}

impl Regex {
    /// A match that starts here; with `whole`, one that ends with the text.
    pub(super) fn match_at<M: Meter>(
        &self,
        text: &[char],
        start: usize,
        whole: bool,
        meter: &mut M,
    ) -> Result<Option<Groups>, M::Stop> {
        let mut notes: Vec<usize> = vec![usize::MAX; self.notes];
        // Ways not yet tried, and notes to restore on the way back to them.
        let mut back: Vec<Back> = Vec::new();
        let (mut pc, mut at) = (0, start);
        meter.step(1 + self.notes as u64 / 64)?;
        loop {
            meter.step(1)?;
            let goes_on = match self.ops.get(pc) {
                Some(Op::Set(set)) => {
                    let holds = text
                        .get(at)
                        .is_some_and(|c| set.holds(*c, self.flags.caseless));
                    at += 1;
                    holds
                }
                Some(Op::Split(first, second)) => {
                    meter.allocate(32)?;
                    back.push(Back::Way { pc: *second, at });
                    pc = *first;
                    continue;
                }
                Some(Op::Jump(to)) => {
                    pc = *to;
                    continue;
                }
                Some(Op::Save(note)) => {
                    meter.allocate(32)?;
                    back.push(Back::Note {
                        note: *note,
                        was: notes[*note],
                    });
                    notes[*note] = at;
                    true
                }
                Some(Op::Moved(note)) => notes[*note] != at,
                Some(Op::Reference(group)) => match (notes[2 * group], notes[2 * group + 1]) {
                    (usize::MAX, _) | (_, usize::MAX) => true,
                    (from, to) => {
                        let length = to - from;
                        meter.step(length as u64)?;
                        let part = text.get(at..at + length);
                        let same = part.is_some_and(|part| self.same(part, &text[from..to]));
                        at += length;
                        same
                    }
                },
                Some(op @ (Op::Start | Op::End | Op::Edge(_))) => self.stands(op, text, at),
                Some(Op::Match) if whole && at < text.len() => false,
                Some(Op::Match) | None => return Ok(Some(self.groups(start, at, &notes))),
            };
            if goes_on {
                pc += 1;
                continue;
            }
            loop {
                match back.pop() {
                    None => return Ok(None),
                    Some(Back::Note { note, was }) => notes[note] = was,
                    Some(Back::Way { pc: way, at: place }) => {
                        (pc, at) = (way, place);
                        break;
                    }
                }
            }
        }
    }

    fn same(&self, a: &[char], b: &[char]) -> bool {
        let fold = |c: char| {
            if self.flags.caseless {
                cases(c)
            } else {
                [c; 2]
            }
        };
        a.iter().zip(b).all(|(a, b)| {
            let (a, b) = (fold(*a), fold(*b));
            a[0] == b[0] || a[1] == b[1]
        })
    }
}
