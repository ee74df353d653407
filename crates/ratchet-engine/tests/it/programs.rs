//! Random programs: the engine against the naive model, state by state, with replay and audit at the end.

use ratchet_engine::testing::compare::run;

/// Random commands in one test run, unless `RATCHET_RANDOM_COMMANDS` says otherwise.
const COMMANDS: usize = 1_050_000;

fn wanted() -> usize {
    let text = std::env::var("RATCHET_RANDOM_COMMANDS").ok();
    text.and_then(|text| text.parse().ok()).unwrap_or(COMMANDS)
}

/// All rules at once. PROMO-4a and SOURCE-1a, where campaigns and sources meet commissions and awards, are held here alone.
#[test]
fn engine_equals_naive_model_on_even_seeds() {
    let done = run(0, 2, wanted() / 2).unwrap_or_else(|difference| panic!("{difference}"));
    assert!(done >= wanted() / 2);
}

#[test]
fn engine_equals_naive_model_on_odd_seeds() {
    let done = run(1, 2, wanted() / 2).unwrap_or_else(|difference| panic!("{difference}"));
    assert!(done >= wanted() / 2);
}
