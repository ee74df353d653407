//! The engine, tested through its public surface.

mod daily;
mod distribution;
mod emission;
mod explain;
mod exploits;
mod gate;
mod lint;
mod merchants;
mod plan;
mod pool;
mod programs;
mod properties;
mod ranks;
mod release;
mod rules;
