//! Many files read as one: all of the same format and with the same columns.

use super::{Fields, Format, ReadOptions, Records, Step, one};
use crate::insert::InsertError;
use crate::insert::facts::shown;
use crate::insert::frame::Frame;

/// The records of several files, one behind the other.
pub(super) struct Files<'f> {
    frame: &'f Frame,
    options: &'f ReadOptions,
    format: Format,
    /// Which file is read.
    at: usize,
    current: Box<dyn Records + 'f>,
    /// Records and bytes of the files before it.
    records_before: u64,
    bytes_before: u64,
}

impl<'f> Files<'f> {
    pub(super) fn open(frame: &'f Frame, options: &'f ReadOptions) -> Result<Self, InsertError> {
        let first = frame.files().first().ok_or_else(|| InsertError::Source {
            name: frame.name.clone(),
            reason: "holds no file".into(),
        })?;
        let current = one(first, options)?;
        let format = Format {
            files: frame.files().len(),
            ..current.format().clone()
        };
        Ok(Files {
            frame,
            options,
            format,
            at: 0,
            current,
            records_before: 0,
            bytes_before: 0,
        })
    }

    /// Goes to the next file, if there is one.
    fn next_file(&mut self) -> Result<bool, InsertError> {
        let files = self.frame.files();
        let (Some(before), Some(file)) = (files.get(self.at), files.get(self.at + 1)) else {
            return Ok(false);
        };
        let next = one(file, self.options)?;
        let (is, was) = (next.format().kind, self.format.kind);
        let fault = if is != was {
            Some(format!("is {is}, but {} is {was}", shown(&before.name)))
        } else if next.header() != self.current.header() {
            Some(format!(
                "has other columns than {}: {} instead of {}",
                shown(&before.name),
                shown(&next.header().join(", ")),
                shown(&self.current.header().join(", "))
            ))
        } else {
            None
        };
        if let Some(fault) = fault {
            return Err(InsertError::Source {
                name: file.name.clone(),
                reason: format!("{fault}; insert them one by one, or make them alike"),
            });
        }
        self.records_before += self.current.record();
        self.bytes_before += before.bytes;
        self.at += 1;
        self.current = next;
        Ok(true)
    }
}

impl Records for Files<'_> {
    fn header(&self) -> &[String] {
        self.current.header()
    }

    fn format(&self) -> &Format {
        &self.format
    }

    fn bytes(&self) -> u64 {
        self.bytes_before + self.current.bytes()
    }

    fn line(&self) -> Option<u64> {
        self.current.line()
    }

    fn breaks(&self) -> u64 {
        self.current.breaks()
    }

    fn record(&self) -> u64 {
        self.records_before + self.current.record()
    }

    fn file(&self) -> Option<usize> {
        Some(self.at)
    }

    fn advance(&mut self) -> Result<Step, InsertError> {
        loop {
            match self.current.advance()? {
                Step::End if self.next_file()? => {}
                Step::Refused(mut refusal) => {
                    refusal.file = self.frame.files().get(self.at).map(|f| f.name.clone());
                    return Ok(Step::Refused(refusal));
                }
                step => return Ok(step),
            }
        }
    }

    fn fields(&self) -> Fields<'_> {
        self.current.fields()
    }

    fn text(&self) -> Option<&str> {
        self.current.text()
    }

    fn is_done(&mut self) -> Result<bool, InsertError> {
        Ok(self.at + 1 == self.frame.files().len() && self.current.is_done()?)
    }
}
