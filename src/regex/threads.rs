//! Matching all ways at once, character by character: no pattern makes it take longer than
//! its size times that of the text.

use super::{Groups, Meter, Op, Regex};

/// Ways that are at the same character, the most wanted first, with the start of the match
/// and the notes of each.
struct Threads {
    pcs: Vec<usize>,
    notes: Vec<usize>,
    stride: usize,
    /// Where in the text each instruction was last reached.
    seen: Vec<usize>,
}

impl Threads {
    fn clear(&mut self) {
        self.pcs.clear();
        self.notes.clear();
    }
}

/// What is still to be done when following instructions that take no character.
enum Open {
    At(usize),
    Restore(usize, usize),
}

impl Regex {
    /// The first match at or after a place; with `whole`, one from there to the end.
    pub(super) fn find_in_step<M: Meter>(
        &self,
        text: &[char],
        from: usize,
        whole: bool,
        meter: &mut M,
    ) -> Result<Option<Groups>, M::Stop> {
        // The first note is the start.
        let stride = 2 * (self.groups + 1);
        let threads = || Threads {
            pcs: Vec::new(),
            notes: Vec::new(),
            stride,
            seen: vec![usize::MAX; self.ops.len()],
        };
        meter.allocate(self.ops.len() * 32)?;
        meter.step(1 + self.ops.len() as u64 / 16)?;
        let (mut now, mut next) = (threads(), threads());
        let mut best: Option<Groups> = None;
        let mut notes = vec![usize::MAX; stride];
        for at in from..=text.len() {
            if best.is_none() && (!whole || at == from) {
                notes.fill(usize::MAX);
                notes[0] = at;
                self.follow(0, text, at, &mut notes, &mut now, meter)?;
            }
            if now.pcs.is_empty() && (best.is_some() || whole) {
                break;
            }
            meter.step(1 + now.pcs.len() as u64)?;
            next.clear();
            for thread in 0..now.pcs.len() {
                let pc = now.pcs[thread];
                let own = thread * stride..(thread + 1) * stride;
                match &self.ops[pc] {
                    Op::Match if whole && at < text.len() => {}
                    Op::Match => {
                        let own = &now.notes[own];
                        best = Some(self.groups(own[0], at, own));
                        // What comes later is less wanted.
                        break;
                    }
                    Op::Set(set) => {
                        let holds = text
                            .get(at)
                            .is_some_and(|c| set.holds(*c, self.flags.caseless));
                        if holds {
                            notes.copy_from_slice(&now.notes[own]);
                            self.follow(pc + 1, text, at + 1, &mut notes, &mut next, meter)?;
                        }
                    }
                    _ => {}
                }
            }
            std::mem::swap(&mut now, &mut next);
        }
        Ok(best)
    }

    /// Adds what is reached without a character.
    fn follow<M: Meter>(
        &self,
        pc: usize,
        text: &[char],
        at: usize,
        notes: &mut [usize],
        into: &mut Threads,
        meter: &mut M,
    ) -> Result<(), M::Stop> {
        let mut open = vec![Open::At(pc)];
        while let Some(step) = open.pop() {
            let pc = match step {
                Open::Restore(note, was) => {
                    notes[note] = was;
                    continue;
                }
                Open::At(pc) => pc,
            };
            match into.seen.get_mut(pc) {
                Some(seen) if *seen != at => *seen = at,
                _ => continue,
            }
            meter.step(1)?;
            match &self.ops[pc] {
                Op::Split(first, second) => {
                    open.push(Open::At(*second));
                    open.push(Open::At(*first));
                }
                Op::Jump(to) => open.push(Open::At(*to)),
                Op::Save(note) if *note < into.stride => {
                    open.push(Open::Restore(*note, notes[*note]));
                    notes[*note] = at;
                    open.push(Open::At(pc + 1));
                }
                // An instruction is never reached twice at one place, so nothing can turn
                // in circles without moving on.
                Op::Save(_) | Op::Moved(_) => open.push(Open::At(pc + 1)),
                op @ (Op::Start | Op::End | Op::Edge(_)) => {
                    if self.stands(op, text, at) {
                        open.push(Open::At(pc + 1));
                    }
                }
                Op::Set(_) | Op::Match => {
                    into.pcs.push(pc);
                    into.notes.extend_from_slice(notes);
                }
                Op::Reference(_) => {}
            }
        }
        Ok(())
    }
}
