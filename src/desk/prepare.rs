//! What completing or starting does before its transaction, because it takes time: data
//! frames are captured, secrets encrypted.

use super::act::Act;
use super::form::{Checked, Over};
use super::permission::Operation;
use super::secret::Clear;
use super::{Caller, Core, Desk, DeskError, FieldError, insertion};
use crate::crash;
use crate::insert::{self, Cancel, Captured, Patch};
use crate::model::{Process, Widget};
use crate::store::{Frame, Operation as Logged};
use crate::value::{Map, SecretHandle, Value};
use std::io::Read;

/// The operation of fixing rows.
pub(super) const FIXED: &str = "FixRows";

/// Most bytes that the variables of one command may hold.
const MOST: usize = 4 << 20;

/// Variables of a command, and what is stored beside them.
#[derive(Default)]
pub(super) struct Prepared {
    pub(super) variables: Map,
    secrets: Vec<(SecretHandle, Vec<u8>)>,
    frames: Vec<Captured>,
    /// What was fixed in which field: its hash, and in words.
    pub(super) patches: Vec<(String, String, String)>,
}

impl Prepared {
    /// The frame that was captured for a field.
    pub(super) fn take_frame(&mut self, field: &str, captured: Captured) {
        let hash = captured.hash.as_str().into();
        let name = format!("{field}{}", insertion::CAPTURE);
        self.variables.insert(name, hash);
        let bytes = i64::try_from(captured.bytes).unwrap_or(i64::MAX);
        let name = format!("{field}{}", insertion::BYTES);
        self.variables.insert(name, Value::Long(bytes));
        self.frames.push(captured);
    }

    /// Variables with nothing beside them.
    pub(super) fn plain(variables: Map) -> Prepared {
        Prepared {
            variables,
            ..Prepared::default()
        }
    }
}

impl Desk {
    /// Captures and encrypts what was given.
    pub(super) fn prepare(&self, caller: &Caller, checked: Checked) -> Result<Prepared, DeskError> {
        let mut prepared = Prepared {
            variables: checked.variables,
            ..Prepared::default()
        };
        bounded(&prepared.variables)?;
        crash::point("desk.prepare.before_capture");
        for (field, typed) in checked.frames {
            let captured = match self.kept_frame(caller, &typed) {
                Ok(Some(frame)) => Ok(Captured {
                    hash: frame.hash,
                    bytes: frame.bytes,
                    name: frame.name,
                }),
                Ok(None) => insertion::with_source(&typed, |source| {
                    let store = &self.core.frames;
                    store.capture(source, &mut |_, _| {}, &Cancel::new())
                })
                .map_err(DeskError::from),
                Err(error) => Err(error),
            };
            let captured = captured.map_err(|error| error.at(&field))?;
            self.take_captured(&mut prepared, &checked.patches, field, captured)?;
        }
        for (field, captured) in checked.captured {
            self.take_captured(&mut prepared, &checked.patches, field, captured)?;
        }
        crash::point("desk.prepare.after_capture");
        for (field, clear) in checked.secrets {
            let (handle, sealed) = self.core.seal(&clear)?;
            let value = Value::Secret(handle.clone());
            prepared.variables.insert(field, value);
            prepared.secrets.push((handle, sealed));
        }
        Ok(prepared)
    }
}

impl Desk {
    /// What stands over a captured frame: the value of its variable, and where there is
    /// anything, what is kept, with what it does in words.
    fn checked_patch(
        &self,
        over: &Over,
        captured: &Captured,
        values: &Map,
    ) -> Result<(Value, Option<(Captured, String)>), DeskError> {
        if over.hash.is_empty() {
            return Ok((Value::Null, None));
        }
        let patch = Patch::open(&self.core.frames, &over.hash)?;
        if patch.frame != captured.hash {
            // What is only left from before goes with the file that it was for.
            return match over.given {
                false => Ok((Value::Null, None)),
                true => Err(DeskError::Invalid(
                    "this is not the file any more whose rows were fixed; fix them again, or \
                     choose that file"
                        .to_owned(),
                )),
            };
        }
        if over.field == insertion::FRAME {
            let read = insertion::reading(values).map_err(|e| DeskError::Fields(vec![e]))?;
            let frame = self.core.frames.open(&captured.hash)?;
            match patch.fits(&frame.named(&captured.name), &read)? {
                true => {}
                false if !over.given => return Ok((Value::Null, None)),
                false => {
                    let message = format!("{} {}", captured.name, insert::READ_OTHERWISE);
                    return Err(DeskError::Invalid(message));
                }
            }
        }
        let words = patch.words();
        let kept = Captured {
            hash: over.hash.clone(),
            bytes: patch.to_text()?.len() as u64,
            name: format!("{}: {words}", captured.name),
        };
        Ok((over.hash.as_str().into(), Some((kept, words))))
    }
}

impl Desk {
    /// The frame of a field, and what is fixed in it.
    fn take_captured(
        &self,
        prepared: &mut Prepared,
        patches: &[Over],
        field: String,
        captured: Captured,
    ) -> Result<(), DeskError> {
        if let Some(over) = patches.iter().find(|over| over.field == field) {
            let patch = self.checked_patch(over, &captured, &prepared.variables);
            let (hash, kept) = patch.map_err(|error| error.at(&field))?;
            let name = format!("{field}{}", insertion::PATCH);
            prepared.variables.insert(name, hash);
            if let Some((patch, words)) = kept {
                let noted = (field.clone(), patch.hash.clone(), words);
                prepared.patches.push(noted);
                prepared.frames.push(patch);
            }
        }
        prepared.take_frame(&field, captured);
        Ok(())
    }
}

/// How a file field names a frame that was sent before.
const KEPT: &str = "frame:";

impl Desk {
    /// The frame that a text names which was sent before; none for a path or pasted text. A
    /// caller from elsewhere names no file of this machine.
    pub(super) fn kept_frame(
        &self,
        caller: &Caller,
        typed: &str,
    ) -> Result<Option<insert::Frame>, DeskError> {
        if let Some(hash) = typed.trim().strip_prefix(KEPT) {
            return self.frame(hash).map(Some);
        }
        match caller.is_remote() && !insertion::is_pasted(typed) && !typed.trim().is_empty() {
            false => Ok(None),
            true => Err(DeskError::Invalid(format!(
                "files of the server are not read for others: send the data frame first and name it {KEPT}HASH, or paste it"
            ))),
        }
    }

    /// Keeps a data frame that was sent; its hash, size and name.
    pub fn keep_frame(
        &self,
        caller: &Caller,
        name: &str,
        size: Option<u64>,
        read: &mut dyn Read,
    ) -> Result<KeptFrame, DeskError> {
        self.look(caller, |look| {
            look.require(Operation::UseConnections, false)
        })?;
        let source = insert::Source::Read { read, name, size };
        let captured = self
            .core
            .frames
            .capture(source, &mut |_, _| {}, &Cancel::new())?;
        let kept = KeptFrame {
            frame: format!("{KEPT}{}", captured.hash),
            bytes: captured.bytes,
            name: captured.name.clone(),
        };
        self.act(caller, move |act| act.keep_frame(&captured))?;
        Ok(kept)
    }

    /// Others name a connection; files of this machine are no targets of theirs.
    pub(super) fn reachable(&self, caller: &Caller, values: &Map) -> Result<(), DeskError> {
        match caller.is_remote() && names_a_file(values) {
            true => Err(no_file()),
            false => Ok(()),
        }
    }
}

/// True when values may mean a database that is a file of this machine.
fn names_a_file(values: &Map) -> bool {
    let database = values.get(insertion::DATABASE).map(Value::to_string);
    let named = database.is_some_and(|name| !name.trim().is_empty());
    named && insertion::connection_name(values).is_none()
}

/// True when the process asks for a data frame to insert.
pub(super) fn inserts(process: &Process) -> bool {
    process.has_field(insertion::FRAME, Widget::File)
}

/// The refusal of a file as a target.
pub(super) fn no_file() -> DeskError {
    DeskError::Fields(vec![FieldError {
        field: insertion::DATABASE.to_owned(),
        message: "files of the server are no targets for others; choose a connection that a team head has set up".to_owned(),
    }])
}

/// A frame that the desk keeps.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct KeptFrame {
    /// What a file field says to mean it: `frame:` and its hash.
    pub frame: String,
    /// Its size.
    pub bytes: u64,
    /// The name it came with.
    pub name: String,
}

impl Core {
    /// Encrypts a secret under a new handle.
    pub(super) fn seal(&self, clear: &Clear) -> Result<(SecretHandle, Vec<u8>), DeskError> {
        let handle = SecretHandle(self.ids.next());
        let sealed = self.vault.seal(&handle, clear)?;
        Ok((handle, sealed))
    }
}

impl Act<'_, '_> {
    /// Stores what was prepared for a root instance, with which its secrets will go.
    pub(super) fn keep_prepared(
        &mut self,
        root: &str,
        prepared: &Prepared,
    ) -> Result<(), DeskError> {
        for (handle, sealed) in &prepared.secrets {
            self.tx.put_secret(&handle.0, sealed, root, self.now)?;
        }
        for frame in &prepared.frames {
            self.keep_frame(frame)?;
        }
        Ok(())
    }

    /// Notes in the history of an instance what was fixed before its data went on.
    pub(super) fn note_patches(
        &mut self,
        process_instance: &str,
        prepared: &Prepared,
    ) -> Result<(), DeskError> {
        for (field, hash, words) in &prepared.patches {
            let row = Logged {
                operation: FIXED.to_owned(),
                entity: "Frame".to_owned(),
                process_instance_id: Some(process_instance.to_owned()),
                property: Some(field.clone()),
                new_value: Some(hash.clone()),
                reason: Some(words.clone()),
                ..Logged::default()
            };
            self.tx.log_operation(&self.by(), &row)?;
        }
        Ok(())
    }

    /// Notes a captured frame, which is kept from then on. It may just have been swept, had it
    /// been captured before, long ago.
    pub(super) fn keep_frame(&mut self, frame: &Captured) -> Result<(), DeskError> {
        if self.core.frames.open(&frame.hash).is_err() {
            return Err(DeskError::Conflict(format!(
                "the copy of {} went away as it was made; send it again",
                frame.name
            )));
        }
        Ok(self.tx.insert_frame(&Frame {
            hash: frame.hash.clone(),
            bytes: i64::try_from(frame.bytes).unwrap_or(i64::MAX),
            name: frame.name.clone(),
            user_id: self.name().map(str::to_owned),
            captured: self.now,
        })?)
    }

    /// Files of this machine are no targets of who is elsewhere.
    pub(super) fn refuse_files(&self, process: &Process, given: &Map) -> Result<(), DeskError> {
        match self.remote && inserts(process) && names_a_file(given) {
            true => Err(no_file()),
            false => Ok(()),
        }
    }

    /// What others give to an instance of a process, as it may be kept: what forms ask for as
    /// secrets encrypted; what the desk alone may say, and from elsewhere files of this machine,
    /// refused.
    pub(super) fn admit(
        &mut self,
        root: &str,
        process: &Process,
        given: &Map,
    ) -> Result<Map, DeskError> {
        bounded(given)?;
        if let Some(name) = given.keys().find(|name| capture(process, name)) {
            return Err(captured(name));
        }
        if given
            .values()
            .any(|value| matches!(value, Value::Secret(_)))
        {
            return Err(DeskError::Invalid("a secret is given as text".to_owned()));
        }
        self.refuse_files(process, given)?;
        let mut variables = given.clone();
        self.withhold(root, process, &mut variables)?;
        Ok(variables)
    }

    /// Encrypts the text of every variable that any form of the process asks for as a secret,
    /// wherever it comes from: no later form may find it in the clear.
    pub(super) fn withhold(
        &mut self,
        root: &str,
        process: &Process,
        variables: &mut Map,
    ) -> Result<(), DeskError> {
        for (name, value) in variables
            .iter_mut()
            .filter(|(name, _)| secret(process, name))
        {
            let clear = match std::mem::replace(value, Value::Null) {
                Value::Null => continue,
                Value::String(text) if text.is_empty() => continue,
                Value::String(text) => Clear::new(text),
                handle @ Value::Secret(_) => {
                    *value = handle;
                    continue;
                }
                _ => {
                    return Err(DeskError::Fields(vec![FieldError {
                        field: name.clone(),
                        message: "a secret is text".to_owned(),
                    }]));
                }
            };
            let (handle, sealed) = self.core.seal(&clear)?;
            self.tx.put_secret(&handle.0, &sealed, root, self.now)?;
            *value = Value::Secret(handle);
        }
        Ok(())
    }
}

/// True when a form of the process has a secret field of this name.
pub(super) fn secret(process: &Process, name: &str) -> bool {
    process.has_field(name, Widget::Secret)
}

/// True when the variable of this name says which data frame was captured for a file field of
/// the process, or its size: the desk alone may say that.
pub(super) fn capture(process: &Process, name: &str) -> bool {
    [insertion::CAPTURE, insertion::BYTES, insertion::PATCH]
        .iter()
        .filter_map(|suffix| name.strip_suffix(suffix))
        .any(|field| process.has_field(field, Widget::File))
}

/// True when a variable of this name is not for everybody to say.
pub(super) fn guarded(process: &Process, name: &str) -> bool {
    capture(process, name)
        || secret(process, name)
        || [insertion::CONNECTION, insertion::DATABASE].contains(&name)
}

/// The refusal of such a variable.
pub(super) fn captured(name: &str) -> DeskError {
    DeskError::Invalid(format!(
        "{name} is set by the capture of the data frame alone; name the file in its field"
    ))
}

/// Refuses variables that do not belong into a database.
pub(super) fn bounded(variables: &Map) -> Result<(), DeskError> {
    let weight: usize = variables.values().map(Value::weight).sum();
    match weight <= MOST {
        true => Ok(()),
        false => Err(DeskError::Invalid(format!(
            "the variables hold more than {} MB; put what is large into a file",
            MOST >> 20
        ))),
    }
}
