//! The engine, tested through its public surface.

mod catalogue;
mod daily;
mod distribution;
mod emission;
mod explain;
mod exploits;
mod lint;
mod loyalty;
mod merchants;
mod plan;
mod pool;
mod programs;
mod promotions;
mod properties;
mod ranks;
mod release;
mod tasks;
mod wind_down;
