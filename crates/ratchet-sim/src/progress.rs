//! How far a long piece of work has come.

/// What is being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Reading the order file; in bytes.
    Reading,
    /// Running orders and refunds through the engine.
    Running,
    /// After the last order, letting time pass until all is settled; the end is not known.
    Settling,
    /// Writing the outputs; in files.
    Writing,
    /// Generating orders.
    Generating,
    /// Running replications of a scenario.
    Simulating,
}

/// How far it has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// What is being done.
    pub phase: Phase,
    /// How much is done.
    pub done: u64,
    /// Of how much; 0 if that is not known.
    pub total: u64,
}
