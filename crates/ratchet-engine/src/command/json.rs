//! The JSON form of commands, from their table in [`command`](super). Unknown fields are refused; amounts are decimal strings
//! (NUM-1).

use compact_str::CompactString;
use serde::Deserialize;
use serde::ser::{SerializeMap, Serializer};

use super::fault::CommandFault;
use super::{COMMAND_TYPES, Command, Envelope};
use crate::amount::Currency;
use crate::id::Id;
use crate::message::Message;
use crate::plan::form;
use crate::time::Timestamp;

/// Why a line is not a command, or not one that can be asked for. The text says what and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandError {
    message: Box<Message>,
    column: usize,
    /// Whether the line has the form of its command.
    well_formed: bool,
    key: Option<Id>,
}

impl CommandError {
    /// Column of the JSON where reading stopped, from 1; 0 if it concerns the object as a whole.
    pub fn column(&self) -> usize {
        self.column
    }

    /// What is wrong.
    pub fn message(&self) -> &Message {
        &self.message
    }

    /// CMD-1: the key of a line that has the form of a command, with its key, time and type, of which one field has a
    /// value that it cannot have: the command is refused with value_invalid. `None` if the line is no command.
    pub fn refused_key(&self) -> Option<&Id> {
        self.key.as_ref()
    }

    pub(super) fn new(message: impl Into<Message>) -> CommandError {
        CommandError { message: Box::new(message.into()), column: 0, well_formed: true, key: None }
    }

    pub(super) fn of_the_form(message: impl Into<Message>) -> CommandError {
        CommandError { well_formed: false, ..CommandError::new(message) }
    }
}

/// How serde begins what it says of a line that has not the form of its command. What it says otherwise, of JSON that it
/// could read, is about a value.
const OF_THE_FORM: [&str; 4] = ["unknown field", "missing field", "duplicate field", "invalid type"];

impl std::fmt::Display for CommandError {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.message.fmt(out)
    }
}

impl std::error::Error for CommandError {}

impl From<serde_json::Error> for CommandError {
    fn from(error: serde_json::Error) -> CommandError {
        let text = error.to_string();
        // serde_json appends " at line 1 column N"; the caller knows the line of the file.
        let message = text.rsplit_once(" at line ").map_or(text.as_str(), |(message, _)| message);
        let well_formed = error.is_data() && !OF_THE_FORM.iter().any(|begins| message.starts_with(begins));
        CommandError { message: Box::new(form(message)), column: error.column(), well_formed, key: None }
    }
}

#[derive(Deserialize)]
struct TypeOnly {
    r#type: CompactString,
}

/// What every command has.
#[derive(Deserialize)]
struct Head {
    key: Id,
    #[serde(rename = "at")]
    _at: Timestamp,
    r#type: CompactString,
}

impl Envelope {
    /// Reads one line of commands. Amounts are in the currency of the programme.
    ///
    /// # Errors
    ///
    /// If the line is no command, or one with a value that its field cannot have; see [`CommandError::refused_key`].
    pub fn from_json(line: &str, currency: &Currency) -> Result<Envelope, CommandError> {
        Envelope::read(line, currency).map_err(|mut error| {
            if error.well_formed {
                let head: Option<Head> = serde_json::from_str(line).ok();
                let known = head.filter(|head| COMMAND_TYPES.contains(&head.r#type.as_str()));
                error.key = known.map(|head| head.key);
            }
            error
        })
    }

    fn read(line: &str, currency: &Currency) -> Result<Envelope, CommandError> {
        let TypeOnly { r#type: name } = serde_json::from_str(line)?;
        if let Some(read) = Command::read_form(&name, line, currency) {
            let envelope = read?;
            envelope.command.check_counts()?;
            return Ok(envelope);
        }
        let nearest = COMMAND_TYPES.iter().min_by_key(|known| strsim::damerau_levenshtein(known, &name));
        let nearest = nearest.copied().unwrap_or_default();
        Err(CommandError::new(CommandFault::TypeNear { name: &name, nearest }))
    }

    /// The same envelope as one line of JSON, as the journal stores it.
    pub fn to_json(&self, currency: &Currency) -> String {
        let mut bytes = Vec::with_capacity(256);
        self.write(&mut serde_json::Serializer::new(&mut bytes), currency)
            .expect("a command form has text keys only, so it always serialises");
        String::from_utf8(bytes).expect("JSON is UTF-8")
    }

    fn write(
        &self,
        out: &mut serde_json::Serializer<&mut Vec<u8>>,
        currency: &Currency,
    ) -> serde_json::Result<()> {
        let mut object = out.serialize_map(None)?;
        object.serialize_entry("key", &self.key)?;
        object.serialize_entry("at", &self.at)?;
        if let Some(happened_at) = self.happened_at {
            object.serialize_entry("happened_at", &happened_at)?;
        }
        object.serialize_entry("actor", &self.actor)?;
        object.serialize_entry("type", self.command.type_name())?;
        self.command.write_form(&mut object, currency)?;
        object.end()
    }
}
