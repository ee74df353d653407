//! A plan, scenario or order file as a Python caller names it: a path, a preset, or its text.

use std::path::{Path, PathBuf};

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString};
use ratchet_engine::message::Word;
use ratchet_engine::plan::Plan;
use ratchet_sim::fault::{FileFault, file};
use ratchet_sim::input::{self, Fault};

/// Where a text comes from.
pub(crate) enum Source {
    /// A file.
    Path(PathBuf),
    /// The text itself.
    Text(String),
    /// Bytes of a text.
    Bytes(Vec<u8>),
}

impl<'a, 'py> FromPyObject<'a, 'py> for Source {
    type Error = PyErr;

    fn extract(given: Borrowed<'a, 'py, PyAny>) -> PyResult<Source> {
        if let Ok(text) = given.cast::<PyString>() {
            let text: String = text.extract()?;
            // No path has a line break in it, and every text has one.
            return Ok(if text.contains('\n') { Source::Text(text) } else { Source::Path(text.into()) });
        }
        if let Ok(bytes) = given.cast::<PyBytes>() {
            return Ok(Source::Bytes(bytes.as_bytes().to_vec()));
        }
        let path = given.extract::<PathBuf>();
        path.map(Source::Path).map_err(|_| {
            let kind = given.get_type().name().map_or_else(|_| String::new(), |name| name.to_string());
            PyTypeError::new_err(format!("expected a path, the name of a preset or a text, not {kind}"))
        })
    }
}

/// A text with the name that messages give it, and the folder to which its own paths are relative.
pub(crate) struct Named {
    pub(crate) name: String,
    pub(crate) text: String,
    pub(crate) folder: PathBuf,
}

impl Source {
    /// The text; `what` is what it is called in messages.
    pub(crate) fn read(self, what: Word, presets: &[(&str, &str)]) -> Result<Named, Fault> {
        let path = match self {
            Source::Path(path) => path,
            Source::Text(text) => {
                return Ok(Named { name: what.en.to_owned(), text, folder: PathBuf::new() });
            }
            Source::Bytes(bytes) => {
                let text = String::from_utf8(bytes);
                let text = text.map_err(|_| Fault::refused(FileFault::TextNotUtf8 { what }))?;
                return Ok(Named { name: what.en.to_owned(), text, folder: PathBuf::new() });
            }
        };
        let preset = presets.iter().find(|(name, _)| path.as_os_str() == *name);
        if let Some((name, text)) = preset.filter(|_| !path.exists()) {
            return Ok(Named { name: (*name).to_owned(), text: (*text).to_owned(), folder: PathBuf::new() });
        }
        Ok(Named {
            name: path.display().to_string(),
            text: input::text(&path, what)?,
            folder: path.parent().unwrap_or(Path::new("")).to_owned(),
        })
    }

    /// The plan, and its name.
    pub(crate) fn plan(self) -> Result<(Plan, String), Fault> {
        let named = self.read(file::PLAN, &ratchet_sim::scenario::PRESETS)?;
        Ok((input::parsed(&named.name, &named.text)?, named.name))
    }
}
