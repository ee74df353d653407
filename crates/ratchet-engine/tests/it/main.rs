//! The engine, tested through its public surface.

mod lint;
mod plan;
mod pool;
mod exploits;
mod programs;
