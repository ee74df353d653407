//! What if (SIM-27 to SIM-31): ways on from one state, the same people, cohort by cohort.

use std::sync::atomic::AtomicBool;

use ratchet_engine::engine::Engine;
use ratchet_engine::time::Day;
use ratchet_sim::fault::FileFault;
use ratchet_sim::fork::{AS_IT_WAS, Asked, COHORT_COLUMNS, Compared, Fork, Grouping, Side};
use ratchet_sim::scenario::Scenario;
use ratchet_sim::simulate::Simulation;

const PAST: &str = "[scenario]\nname = { zh = \"过去\", en = \"Past\" }\nplan = \"value-growth\"\ndays = 100\n[arrival]\ndaily = 3\n\
    [spending.lognormal]\nmedian = \"118.00\"\n[repeat]\nagain = \"60%\"\nevery_days = 20\n[selling.random]\ndaily = \"1%\"\n";
const ON: &str = "[scenario]\nname = { zh = \"继续\", en = \"On\" }\nplan = \"starter\"\ndays = 50\nruns = 4\n[arrival]\ndaily = 2\n\
    [spending.lognormal]\nmedian = \"118.00\"\n[repeat]\nagain = \"60%\"\nevery_days = 20\n[selling.never]\nweight = 8\n[selling.random]\nweight = 2\ndaily = \"2%\"\n";

/// A programme that has gone on for 100 days from 2026-01-01.
fn past() -> Engine {
    let scenario =
        Scenario::parse("past", PAST, &mut |_| Err(FileFault::PresetsOnly { path: "none" }.into())).unwrap();
    Simulation::new(&scenario, &scenario.plans[0].plan, 7, 0).finish(&mut |_, _, _| {}).1
}

fn fork_of(state: &Engine, scenario: &str, changes: &[&str], grouping: Grouping) -> Result<Fork, String> {
    let changes: Vec<String> = changes.iter().map(|change| (*change).to_owned()).collect();
    let asked = Asked { scenario: ("on.toml", scenario), changes: &changes, runs: None, seed: 3, grouping };
    let at = state.plan().programme.calendar.day_of(state.now());
    Fork::new("j.jsonl", state, state.fork(), at, &asked, &mut |_| {
        Err(FileFault::PresetsOnly { path: "none" }.into())
    })
    .map_err(|error| error.en)
}

fn run(fork: &Fork, threads: usize) -> Compared {
    fork.run(threads, &AtomicBool::new(false), &mut |_| {}).unwrap()
}

fn column(name: &str) -> usize {
    COHORT_COLUMNS.iter().position(|(column, _)| *column == name).unwrap()
}

/// SIM-30: the same people in every case; a change that changes nothing makes no difference; sums of cohorts are those of their side.
#[test]
fn sim_30_the_same_people_and_nothing_lost() {
    let state = past();
    let fork = fork_of(
        &state,
        ON,
        &["plan.pool.retention=20%", "plan.pool.retention=0%", "arrival.daily=4"],
        Grouping::Month,
    )
    .unwrap();
    assert_eq!(
        fork.cases.iter().map(|case| case.label.as_str()).collect::<Vec<_>>(),
        [AS_IT_WAS, "plan.pool.retention=20%", "plan.pool.retention=0%", "arrival.daily=4"]
    );
    let found = run(&fork, 2);
    assert_eq!(found.broken(), 0);
    let joined: Vec<(&str, Side)> =
        fork.cohorts.iter().map(|cohort| (cohort.joined.as_str(), cohort.side)).collect();
    let last = joined.len();
    assert_eq!(joined[0], ("2026-01", Side::Before));
    // The month of the fork is there twice: who was in, and who came.
    let april: Vec<Side> =
        joined.iter().filter(|(joined, _)| *joined == "2026-04").map(|(_, side)| *side).collect();
    assert_eq!(april, [Side::Before, Side::After]);
    let of = |case: usize, cohort: usize, name: &str| found.cohort(case, cohort, column(name));
    for case in 0..4 {
        for name in ["members", "spent", "cash", "held", "gain", "recovered"] {
            for (side, all) in [(Side::Before, last - 3), (Side::After, last - 2)] {
                let parts = (0..last - 3).filter(|place| joined[*place].1 == side);
                // Means are exact here: four runs.
                let sum: i64 = parts.map(|place| of(case, place, name).mean * 4).sum();
                assert!(
                    (sum - of(case, all, name).mean * 4).abs() <= 4 * last as i64,
                    "{case} {name} {side:?}"
                );
            }
        }
        // Who was in is in, whatever changes; what was spent before is spent.
        assert_eq!(of(case, last - 3, "members"), of(0, last - 3, "members"));
        assert_eq!(of(case, last - 3, "members").least, state.member_count() as i64);
    }
    for cohort in 0..last {
        for place in 0..COHORT_COLUMNS.len() {
            let none = found.difference(1, cohort, place);
            assert_eq!((none.least, none.most), (0, 0), "the plan's own retention changes nothing");
        }
        assert_eq!(found.difference(2, cohort, column("spent")).most, 0, "people buy as they would have");
    }
    assert!(
        found.difference(2, last - 1, column("gain")).least > 0,
        "without the fee sellers and holders have more"
    );
    assert!(found.difference(3, last - 2, column("members")).least > 0, "more come");
}

/// SIM-33, WIND-1: an orderly end tried on the state of a programme, against going on.
#[test]
fn sim_33_an_orderly_end_is_one_case() {
    let end = "wind_down.day=1; wind_down.closes_after_days=30";
    let fork = fork_of(&past(), ON, &[end], Grouping::Month).unwrap();
    let found = run(&fork, 2);
    assert_eq!(found.broken(), 0);
    let last = fork.cohorts.len() - 1;
    let of = |case: usize, cohort: usize, name: &str| found.cohort(case, cohort, column(name));
    assert!(of(0, last, "held").least > 0);
    assert_eq!(
        (of(1, last, "held").most, of(1, last - 1, "members").most),
        (0, 0),
        "all is paid, nobody comes"
    );
    assert!(
        found.difference(1, last - 2, column("cash")).least > 0,
        "who was in has money instead of points"
    );
}

/// SIM-31: the same numbers for one thread and two, and in every file; stopped, it gives nothing.
#[test]
fn sim_31_threads_change_nothing() {
    let fork =
        fork_of(&past(), ON, &["plan.split.pool=40%;plan.split.commission=20%"], Grouping::Week).unwrap();
    let (one, two) = (run(&fork, 1), run(&fork, 2));
    assert_eq!(fork.tables(&one), fork.tables(&two));
    assert!(fork.cohorts.iter().any(|cohort| cohort.joined == "2026-04-06"), "weeks begin on Monday");
    assert!(fork.run(2, &AtomicBool::new(true), &mut |_| {}).is_none());
    let folder = tempfile::tempdir().unwrap();
    fork.write(&one, folder.path(), &mut |_| {}).unwrap();
    for name in ratchet_sim::fork::FILES {
        assert!(folder.path().join(name).is_file(), "{name}");
    }
    let html = std::fs::read_to_string(folder.path().join("report.html")).unwrap();
    assert!(!html.contains("<script") && html.contains("plan.split.pool=40%"));
    // More into the pool is more for those who come, and the pool never owes.
    assert!(one.difference(1, fork.cohorts.len() - 2, column("gain")).least > 0);
    assert_eq!(one.broken(), 0);
}

/// SIM-27 to SIM-30: what is refused, with what to do.
#[test]
fn refusals_say_what_to_do() {
    let state = past();
    let said =
        |scenario: &str, changes: &[&str]| fork_of(&state, scenario, changes, Grouping::Month).err().unwrap();
    for (changes, words) in [
        (&["retention"][..], "write KEY=VALUE"),
        (&["plan.pool.retenton=1%"], "retention"),
        (&["plan.programme.currency=USD"], "programme.currency: all balances are in the old currency"),
        (&["plan.pool.exit.basis=lot"], "SIM-28"),
        (&["scenario.days=10"], "same number of days"),
    ] {
        let found = said(ON, changes);
        assert!(found.contains(words), "{changes:?}: {found}");
    }
    assert!(said(&format!("{ON}[set]\n\"pool.retention\" = \"1%\"\n"), &[]).contains("--set plan.KEY=VALUE"));
    assert!(
        said(&format!("{ON}[withdrawing]\nshare = \"1%\"\n[failure]\nday = 9\n"), &[]).contains("[failure]")
    );
    let many = vec!["arrival.daily=3"; 8];
    assert!(said(ON, &many).contains("at most 7"));
    // After the end of the journal, and before anybody.
    let asked =
        Asked { scenario: ("on.toml", ON), changes: &[], runs: None, seed: 3, grouping: Grouping::Month };
    let late = Day::parse("2030-01-01").unwrap();
    let found = Fork::new("j.jsonl", &state, state.fork(), late, &asked, &mut |_| {
        Err(FileFault::PresetsOnly { path: "none" }.into())
    })
    .err()
    .unwrap();
    assert!(found.en.contains("or earlier"), "{found}");
    let empty = Engine::genesis(state.plan().clone());
    let early = Day::parse("2025-01-01").unwrap();
    let found = Fork::new("j.jsonl", &state, empty, early, &asked, &mut |_| {
        Err(FileFault::PresetsOnly { path: "none" }.into())
    })
    .err()
    .unwrap();
    assert!(found.en.contains("later date"), "{found}");
    let calendar = &state.plan().programme.calendar;
    assert_eq!(calendar.day_of(calendar.last_of(early)), early);
}
