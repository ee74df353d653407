//! Many runs: threads, resuming, tables, comparison, sweeps.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;
use ratchet_sim::fault::FileFault;
use ratchet_sim::study::{self, Band, RUNS_FILE, Role, Store, StoreError, Study};

use crate::scenario::{BASE, parse};

const SWEEP: &str = "[selling.random]\ndaily = \"2%\"\n[study]\nmethod = \"sobol\"\npoints = 8\nruns = 2\n[study.parameters]\n\
    \"selling.random.daily\" = [\"0%\", \"20%\"]\n\"plan.pool.retention\" = [\"0%\", \"40%\"]\n\"spending.fixed.amount\" = [\"100.00\", \"900.00\"]\n";

fn small(more: &str) -> String {
    format!("{BASE}\n[set]\n\"settlement.after_sale_days\" = 0\n{more}").replace("drawn = false\n", "")
}

fn compare(runs: u64, seed: u64) -> Study {
    let text = small("[selling.random]\ndaily = \"2%\"\n")
        .replace("\"value-growth\"", "[\"value-growth\", \"value-growth-2x\"]");
    Study::compare(parse(&text), Some(runs), seed)
}

fn run_all(study: &Study, folder: &Path, threads: usize) {
    std::fs::create_dir_all(folder).unwrap();
    let mut store = Store::open(&folder.join(RUNS_FILE), study).unwrap();
    study.run(&mut store, threads, &AtomicBool::new(false), &mut |_| {}).unwrap();
    study::write(study, &mut store, folder, &mut |_| {}).unwrap();
}

/// Every file of a folder with its bytes.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push((
                path.file_name().unwrap().to_string_lossy().into_owned(),
                std::fs::read(&path).unwrap(),
            ));
        }
    }
    found.sort();
    found
}

/// SIM-20: one thread or three, the same bytes in every file.
#[test]
fn threads_change_no_byte() {
    let folder = tempfile::tempdir().unwrap();
    let (one, three) = (folder.path().join("one"), folder.path().join("three"));
    run_all(&compare(9, 5), &one, 1);
    run_all(&compare(9, 5), &three, 3);
    let (one, three) = (files(&one), files(&three));
    assert!(one.len() > 20);
    for (a, b) in one.iter().zip(&three) {
        assert_eq!(a.0, b.0);
        assert!(a.1 == b.1, "{}", a.0);
    }
}

/// PYPKG-8: records made one by one, in any order and by anybody who has the texts, are the file of a study; PYPKG-4: a run is given up
/// at its next day.
#[test]
fn a_study_is_the_sum_of_its_records() {
    let (study, elsewhere) = (compare(3, 5), compare(3, 5));
    assert_eq!(study::fingerprint(&study), study::fingerprint(&elsewhere));
    assert_ne!(study::fingerprint(&study), study::fingerprint(&compare(3, 6)));
    let folder = tempfile::tempdir().unwrap();
    let (whole, pieces) = (folder.path().join("whole.bin"), folder.path().join("pieces.bin"));
    let go_on = AtomicBool::new(false);
    study.run(&mut Store::open(&whole, &study).unwrap(), 2, &go_on, &mut |_| {}).unwrap();
    let mut store = Store::open(&pieces, &study).unwrap();
    for job in [5, 0, 3, 1, 4, 2, 3] {
        store.put(job, elsewhere.record(job, &go_on).unwrap().into_iter()).unwrap();
    }
    assert!(std::fs::read(&whole).unwrap() == std::fs::read(&pieces).unwrap());
    assert_eq!(study.record(0, &AtomicBool::new(true)), None);
    // The table of runs in pieces of any size is the whole table.
    let all = study::runs_between(&study, &mut store, 0, 100).unwrap();
    let mut rows = Vec::new();
    for first in [0, 4, 8] {
        rows.extend(study::runs_between(&study, &mut store, first, 4).unwrap().rows);
    }
    assert_eq!((all.rows.len(), rows), (6, all.rows));
}

/// SIM-20: what is there is not run again, what is torn is, and more runs add to it.
#[test]
fn an_interrupted_study_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(RUNS_FILE);
    let study = compare(6, 5);
    // Stopped before anything was done.
    let mut store = Store::open(&path, &study).unwrap();
    study.run(&mut store, 2, &AtomicBool::new(true), &mut |_| {}).unwrap();
    assert_eq!(store.missing(study.jobs()).unwrap().len(), 12);
    // Stopped after two runs of each plan.
    let few = compare(2, 5);
    few.run(&mut store, 2, &AtomicBool::new(false), &mut |_| {}).unwrap();
    let left = store.missing(study.jobs()).unwrap();
    assert_eq!(left.len(), 8);
    drop(store);
    // The last record is torn, as by a power cut, and one bit of the first is wrong.
    let mut bytes = std::fs::read(&path).unwrap();
    bytes.truncate(bytes.len() - 3);
    bytes[60] ^= 1;
    std::fs::write(&path, &bytes).unwrap();
    let mut store = Store::open(&path, &study).unwrap();
    assert_eq!(store.missing(study.jobs()).unwrap().len(), left.len() + 2);
    study.run(&mut store, 2, &AtomicBool::new(false), &mut |_| {}).unwrap();
    assert!(store.missing(study.jobs()).unwrap().is_empty());
    let mut whole = Store::temporary(&study).unwrap();
    study.run(&mut whole, 1, &AtomicBool::new(false), &mut |_| {}).unwrap();
    for variant in 0..2 {
        assert_eq!(
            study::summary(&study, &mut store, variant).unwrap(),
            study::summary(&study, &mut whole, variant).unwrap()
        );
    }
    // More runs keep the first ones.
    let more = compare(8, 5);
    let mut store = Store::open(&path, &more).unwrap();
    assert_eq!(store.missing(more.jobs()).unwrap().len(), 4);
    // Another seed or scenario is refused and nothing is changed.
    let before = std::fs::read(&path).unwrap();
    assert!(matches!(Store::open(&path, &compare(6, 6)), Err(StoreError::OtherStudy(_))));
    let other = Study::compare(parse(&small("")), Some(6), 5);
    assert!(matches!(Store::open(&path, &other), Err(StoreError::OtherStudy(_))));
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

/// SIM-19, SIM-21: bands are of the runs' own numbers, and converge to all of them.
#[test]
fn bands_are_of_the_runs() {
    let study = compare(12, 5);
    let mut store = Store::temporary(&study).unwrap();
    study.run(&mut store, 2, &AtomicBool::new(false), &mut |_| {}).unwrap();
    let summary = study::summary(&study, &mut store, 1).unwrap();
    let by_hand: Vec<i64> =
        (0..12).map(|run| ratchet_sim::simulate::run(&study.scenario, 1, 5, run).end("cash")).collect();
    assert_eq!(summary.end("cash"), Band::of(&by_hand));
    let daily: Vec<i64> =
        (0..12).map(|run| ratchet_sim::simulate::run(&study.scenario, 1, 5, run).day(9, "pool")).collect();
    assert_eq!(summary.day(9, "pool"), Band::of(&daily));
    let cash = &summary.convergence[0];
    assert_eq!(cash.steps.iter().map(|(runs, _)| *runs).collect::<Vec<_>>(), [10, 12]);
    assert_eq!(cash.steps[1].1, summary.end(cash.name));
    // The numbers of the member in the middle are of one run, that of the median outcome.
    let typical = (0..12).map(|run| ratchet_sim::simulate::run(&study.scenario, 1, 5, run));
    let found =
        typical.into_iter().find(|run| run.end("median_ppm") == summary.end("median_ppm").median()).unwrap();
    assert_eq!(found.end.to_vec(), summary.typical);
    assert_eq!(summary.broken, 0);
}

/// The same rows in CSV and Parquet.
#[test]
fn parquet_says_what_csv_says() {
    let folder = tempfile::tempdir().unwrap();
    let mut load = |path: &str| Err(FileFault::PresetsOnly { path }.into());
    let study = Study::sweep(parse(&small(SWEEP)), None, 3, &mut load).unwrap();
    run_all(&study, folder.path(), 2);
    for name in ["runs", "end", "days", "convergence", "points", "sensitivity"] {
        let csv = std::fs::read_to_string(folder.path().join(format!("{name}.csv"))).unwrap();
        let file = std::fs::File::open(folder.path().join(format!("{name}.parquet"))).unwrap();
        let reader = SerializedFileReader::new(file).unwrap();
        let mut lines = csv.lines();
        let head: Vec<&str> = lines.next().unwrap().split(',').collect();
        let mut rows = 0;
        for (row, line) in reader.get_row_iter(None).unwrap().zip(lines.by_ref()) {
            let row = row.unwrap();
            let fields: Vec<String> = row
                .get_column_iter()
                .map(|(_, field)| match field {
                    Field::Null => String::new(),
                    Field::Long(number) => number.to_string(),
                    Field::Str(text) if text.contains(['"', ',']) => {
                        format!("\"{}\"", text.replace('"', "\"\""))
                    }
                    Field::Str(text) => text.clone(),
                    other => panic!("{other:?}"),
                })
                .collect();
            assert_eq!(fields.join(","), line, "{name}");
            assert_eq!(fields.len(), head.len());
            rows += 1;
        }
        assert!(rows > 5 && lines.next().is_none(), "{name} {rows}");
    }
    let report = std::fs::read_to_string(folder.path().join("report.html")).unwrap();
    assert!(
        report.contains("Which assumption drives the outcome")
            && !report.contains("src=")
            && !report.contains("href=\"http"),
        "self-contained"
    );
}

/// SIM-23, SIM-24: points, each parameter alone, and what drives the outcome.
#[test]
fn a_sweep_finds_what_drives_the_outcome() {
    let mut load = |path: &str| Err(FileFault::PresetsOnly { path }.into());
    let study = Study::sweep(parse(&small(SWEEP)), None, 3, &mut load).unwrap();
    let roles = |test: fn(&Role) -> bool| study.variants.iter().filter(|variant| test(&variant.role)).count();
    assert_eq!(roles(|role| *role == Role::Plan), 1);
    assert_eq!(roles(|role| matches!(role, Role::OneAtATime { .. })), 6);
    assert_eq!(roles(|role| *role == Role::Point), 8);
    let first = study.variants.iter().find(|variant| variant.role == Role::Point).unwrap();
    assert_eq!(first.values, ["\"10.00%\"", "\"20.00%\"", "\"500.00\""]);
    assert_eq!(first.scenario.plans[0].plan.pool.unwrap().retention.to_string(), "20%");
    let mut store = Store::temporary(&study).unwrap();
    study.run(&mut store, 2, &AtomicBool::new(false), &mut |_| {}).unwrap();
    let summaries = study::summaries(&study, &mut store).unwrap();
    let effects = study::effects(&study, &summaries);
    let effect = |parameter: usize, name: &str| {
        effects.iter().find(|e| e.parameter == parameter && e.name == name).unwrap()
    };
    // Retention takes from what all together get; the size of orders decides nothing of shares; people come all the same.
    assert!(effect(1, "together_ppm").rank_ppm.unwrap() < -700_000, "{:?}", effect(1, "together_ppm"));
    assert!(effect(1, "together_ppm").alone[0] > effect(1, "together_ppm").alone[1]);
    assert!(
        effect(2, "pool").rank_ppm.unwrap() > 0
            && effect(2, "pool").alone[1] > 5 * effect(2, "pool").alone[0]
    );
    assert_eq!(effect(2, "members").rank_ppm, None);
    // A grid has every combination, the first parameter fastest.
    let grid = SWEEP
        .replace("method = \"sobol\"\npoints = 8\n", "")
        .replace("\"spending.fixed.amount\" = [\"100.00\", \"900.00\"]\n", "");
    let study = Study::sweep(parse(&small(&grid)), None, 3, &mut load).unwrap();
    let points: Vec<&[String]> =
        study.variants.iter().filter(|v| v.role == Role::Point).map(|v| &v.values[..]).collect();
    assert_eq!(
        points,
        [["\"0%\"", "\"0%\""], ["\"20%\"", "\"0%\""], ["\"0%\"", "\"40%\""], ["\"20%\"", "\"40%\""]]
    );
    // Random points are the same for the same seed.
    let random = SWEEP.replace("sobol", "random");
    let values = |seed| {
        let mut load = |path: &str| Err(FileFault::PresetsOnly { path }.into());
        let study = Study::sweep(parse(&small(&random)), None, seed, &mut load).unwrap();
        study.variants.into_iter().map(|variant| variant.values).collect::<Vec<_>>()
    };
    assert_eq!(values(3), values(3));
    assert_ne!(values(3), values(4));
    // A point that is no valid scenario is refused before anything runs.
    let wrong = SWEEP.replace(
        "\"selling.random.daily\" = [\"0%\", \"20%\"]",
        "\"selling.random.dayly\" = [\"0%\", \"20%\"]",
    );
    let refused = Study::sweep(parse(&small(&wrong)), None, 3, &mut load).map(drop).unwrap_err();
    assert!(refused.en.contains("did you mean `daily`?"), "{refused}");
}
