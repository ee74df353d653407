//! Report of a study.

use super::{Effect, Study, Summary};
use crate::chart::Chart;

pub(super) fn html(_: &Study, _: &[Summary], _: &[Effect], _: &[Chart]) -> String {
    String::new()
}
