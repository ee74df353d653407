//! The engine, tested through its public surface.

mod exploits;
mod lint;
mod merchants;
mod plan;
mod pool;
mod programs;
mod properties;
