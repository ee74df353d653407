//! Backtests and reports.
