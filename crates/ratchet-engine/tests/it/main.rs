//! The engine, tested through its public surface.

mod capital;
mod daily;
mod distribution;
mod emission;
mod explain;
mod exploits;
mod lint;
mod market;
mod merchants;
mod plan;
mod pool;
mod programs;
mod properties;
mod ranks;
mod release;
mod world;
