//! Charts of a study.

use super::{Effect, Study, Summary};
use crate::chart::Chart;

/// Every chart.
pub(super) fn all(_: &Study, _: &[Summary], _: &[Effect]) -> Vec<Chart> {
    Vec::new()
}
