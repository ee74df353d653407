//! The engine, tested through its public surface.

mod capital;
mod catalogue;
mod chain;
mod daily;
mod distribution;
mod draws;
mod emission;
mod explain;
mod exploits;
mod gate;
mod lint;
mod loyalty;
mod market;
mod merchants;
mod plan;
mod pool;
mod programs;
mod promotions;
mod properties;
mod ranks;
mod release;
mod relist;
mod rules;
mod tasks;
mod wind_down;
mod world;
