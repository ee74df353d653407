//! Reading a plan file: TOML in, a valid [`Plan`] or every error with file, line, column and nearest key out.
use super::Plan;
/// One error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanError {
    /// Line from 1.
    pub line: usize,
    /// Column from 1, in characters.
    pub column: usize,
    /// What is wrong and what to do.
    pub message: String,
}
/// All errors of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanErrors {
    /// The file's name as given.
    pub file: String,
    /// In order of place.
    pub errors: Vec<PlanError>,
}
impl Plan {
    /// Parses and checks the text of a plan file; `file` is its name for messages.
    pub fn parse(_file: &str, _source: &str) -> Result<Plan, PlanErrors> {
        unimplemented!()
    }
}
