//! Order histories driven through the Ratchet engine, and reports of who gained and who lost.
//!
//! ```text
//! orders.csv → OrderFile → backtest::run_file → Backtest → Summary → Outputs (report.html, summary.json, CSV, SVG)
//! ```
//!
//! Nothing here computes money: every amount comes from the engine. Floats exist in `chart` only, as pixels.

pub mod advert;
pub mod backtest;
mod batch;
pub mod capital;
mod chart;
pub mod check;
pub mod csv;
mod draw;
pub mod fault;
pub mod fork;
pub mod generate;
pub mod input;
pub mod lab;
pub mod orders;
pub mod outputs;
pub mod progress;
pub mod random;
mod report;
pub mod scenario;
pub mod selling;
pub mod simulate;
pub mod study;
pub mod summary;
pub mod wind_down;

pub use report::text::escape;
