//! `ratchet.backtest`: the steps of the binary's `backtest`, with tables instead of files.

use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use arrow_schema::ArrowError;
use pyo3::prelude::*;
use ratchet_engine::amount::{Currency, Money, Points};
use ratchet_engine::engine::Engine;
use ratchet_engine::plan::AFTER_SALE_DAYS_MAX;
use ratchet_engine::pool::Price;
use ratchet_engine::time::Timestamp;
use ratchet_sim::backtest::{Assumptions, BacktestError, Observers, OrderObserver};
use ratchet_sim::input::{self, Fault};
use ratchet_sim::orders::{OrderFile, ReadOptions, SetAside};
use ratchet_sim::outputs::{OutputError, Outputs};
use ratchet_sim::selling::Selling;
use ratchet_sim::summary::{Summary, unsplit};

use crate::source::Source;
use crate::table::{Column, Rows, Table, broken};
use crate::watch::Watch;
use crate::{Refused, UsageError, raised};

/// A finished backtest.
#[pyclass(module = "ratchet._native", frozen)]
pub(crate) struct Backtest {
    #[pyo3(get)]
    summary_json: String,
    #[pyo3(get)]
    text_zh: String,
    #[pyo3(get)]
    text_en: String,
    #[pyo3(get)]
    seconds: f64,
    #[pyo3(get)]
    members: Py<Table>,
    #[pyo3(get)]
    price: Option<Py<Table>>,
    #[pyo3(get)]
    cohorts: Py<Table>,
    #[pyo3(get)]
    skipped: Py<Table>,
    #[pyo3(get)]
    bad_rows: Py<Table>,
}

/// What is taken out of a run before its engine is dropped.
struct Taken {
    summary_json: String,
    text_zh: String,
    text_en: String,
    seconds: f64,
    tables: [Table; 4],
    price: Option<Table>,
}

/// See `ratchet.backtest`.
#[pyfunction]
#[pyo3(signature = (plan, orders, *, after_sale_days, sell, seed, skip_bad_rows, opinions, out, prices, progress))]
#[allow(clippy::too_many_arguments, reason = "they are named arguments in Python")]
pub(crate) fn backtest(
    py: Python<'_>,
    plan: Source,
    orders: Source,
    after_sale_days: Option<i64>,
    sell: &str,
    seed: u64,
    skip_bad_rows: bool,
    opinions: Option<PathBuf>,
    out: Option<PathBuf>,
    prices: bool,
    progress: Option<Py<PyAny>>,
) -> PyResult<Backtest> {
    let selling = Selling::parse(sell).map_err(|error| UsageError::new_err(format!("sell: {error}")))?;
    let days = after_sale_days.map(days).transpose()?;
    let stop = AtomicBool::new(false);
    let asked = Asked { plan, orders, days, selling, seed, skip_bad_rows, opinions, out, prices };
    let mut watch = Watch::new(progress, &stop);
    let taken = py.detach(|| run(asked, &stop, &mut watch));
    let taken = watch.end(taken)?;
    let [members, cohorts, skipped, bad_rows] = taken.tables;
    Ok(Backtest {
        summary_json: taken.summary_json,
        text_zh: taken.text_zh,
        text_en: taken.text_en,
        seconds: taken.seconds,
        members: Py::new(py, members)?,
        price: taken.price.map(|table| Py::new(py, table)).transpose()?,
        cohorts: Py::new(py, cohorts)?,
        skipped: Py::new(py, skipped)?,
        bad_rows: Py::new(py, bad_rows)?,
    })
}

struct Asked {
    plan: Source,
    orders: Source,
    days: Option<u32>,
    selling: Selling,
    seed: u64,
    skip_bad_rows: bool,
    opinions: Option<PathBuf>,
    out: Option<PathBuf>,
    prices: bool,
}

fn days(days: i64) -> PyResult<u32> {
    let known = u32::try_from(days).ok().filter(|days| *days <= AFTER_SALE_DAYS_MAX);
    known.ok_or_else(|| {
        UsageError::new_err(format!("after_sale_days: {days} is not in 0..={AFTER_SALE_DAYS_MAX}"))
    })
}

/// Ends when somebody stopped the work.
struct Stoppable<'a, R> {
    source: R,
    stop: &'a AtomicBool,
}

impl<R: Read> Read for Stoppable<'_, R> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        if self.stop.load(Ordering::Relaxed) { Err(stopped()) } else { self.source.read(into) }
    }
}

impl<R: Seek> Seek for Stoppable<'_, R> {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        self.source.seek(to)
    }
}

fn stopped() -> std::io::Error {
    std::io::Error::other("stopped")
}

fn run(asked: Asked, stop: &AtomicBool, watch: &mut Watch<'_>) -> PyResult<Taken> {
    let (mut plan, plan_name) = asked.plan.plan().map_err(raised)?;
    if let Some(days) = asked.days {
        plan = input::with_after_sale_days(&plan, days).map_err(raised)?;
    }
    let admitted = input::admitted(plan, &plan_name, asked.opinions.as_deref()).map_err(raised)?;
    let programme = &admitted.plan().programme;
    let (currency, calendar) = (programme.currency, programme.calendar.clone());
    let outputs = asked.out.as_deref().map(Outputs::begin).transpose().map_err(not_written)?;
    let options = ReadOptions { currency, calendar, skip_bad_rows: asked.skip_bad_rows };
    let (name, file_name, source): (String, String, Box<dyn ReadSeek>) = match asked.orders {
        Source::Path(path) => {
            let file = input::open(&path).map_err(raised)?;
            (path.display().to_string(), file_name(&path), Box::new(file))
        }
        Source::Text(text) => in_memory(text.into_bytes()),
        Source::Bytes(bytes) => in_memory(bytes),
    };
    let mut file = OrderFile::new(Stoppable { source, stop }, &name, options);
    let assumptions = Assumptions { selling: asked.selling, seed: asked.seed };
    let began = Instant::now();
    // A second time only for a file that has to be read whole: with outputs that begin anew.
    let (finished, log, prices) = loop {
        let log = outputs.as_ref().map(|outputs| outputs.price_log(currency));
        let mut log = log.transpose().map_err(not_written)?;
        let mut prices = asked.prices.then(|| price_rows(currency.decimals));
        let mut each_order = |order: &str, at: Timestamp, price: Price| {
            if stop.load(Ordering::Relaxed) {
                return Err(stopped());
            }
            if let Some(log) = &mut log {
                log.write(order, at, price)?;
            }
            if let Some(rows) = &mut prices {
                put_price(rows, order, at, &price, currency).map_err(std::io::Error::other)?;
            }
            Ok(())
        };
        let observers = Observers {
            command: None,
            order: Some(&mut each_order as OrderObserver<'_>),
            progress: &mut |progress| watch.tell(progress),
        };
        let engine = ratchet_sim::backtest::engine(admitted.clone(), &file.expected());
        match ratchet_sim::backtest::run_file(engine, &mut file, &assumptions, observers) {
            Ok(finished) => break (finished, log, prices),
            Err(BacktestError::NotInOrder) => file
                .read_whole(&mut |progress| watch.tell(progress))
                .map_err(|error| Refused::new_err(error.to_string()))?,
            Err(error @ BacktestError::Observer(_)) => return Err(UsageError::new_err(error.to_string())),
            Err(error @ BacktestError::File(_)) => return Err(Refused::new_err(error.to_string())),
            Err(error @ (BacktestError::Refused { .. } | BacktestError::NeverSettles)) => {
                return Err(Refused::new_err(format!("{name}: {error}")));
            }
        }
    };
    let seconds = began.elapsed().as_secs_f64();
    let summary = Summary::new(&file_name, file.found(), &assumptions, &finished);
    let tables = [
        members(&finished.engine).map_err(broken)?,
        cohorts(&summary).map_err(broken)?,
        set_aside("skipped", &file.found().skipped).map_err(broken)?,
        set_aside("bad-rows", &file.found().bad).map_err(broken)?,
    ];
    if stop.load(Ordering::Relaxed) {
        return Err(UsageError::new_err("stopped"));
    }
    let report = asked.out.as_ref().map(|folder| folder.join("report.html"));
    let bad_rows = asked.out.as_ref().map(|folder| folder.join("bad-rows.csv"));
    if let (Some(outputs), Some(log)) = (outputs, log) {
        outputs
            .finish(&summary, &finished.engine, file.found(), log, &mut |progress| watch.tell(progress))
            .map_err(not_written)?;
    }
    let text = |zh: bool| {
        let place = bad_rows.as_deref().unwrap_or(Path::new(if zh { "表 bad_rows" } else { "bad_rows" }));
        summary.text(zh, report.as_deref(), Some(place))
    };
    Ok(Taken {
        summary_json: summary.to_json(),
        text_zh: text(true),
        text_en: text(false),
        seconds,
        tables,
        price: prices.map(Rows::finish).transpose().map_err(broken)?,
    })
}

/// A file, or what Python holds in memory.
trait ReadSeek: Read + Seek + Send {}
impl<T: Read + Seek + Send> ReadSeek for T {}

fn in_memory(bytes: Vec<u8>) -> (String, String, Box<dyn ReadSeek>) {
    ("orders".to_owned(), "orders".to_owned(), Box::new(std::io::Cursor::new(bytes)))
}

fn not_written(error: OutputError) -> PyErr {
    raised(Fault::usage(error.message()))
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

fn minor(money: Money) -> Option<i128> {
    i128::try_from(money.as_u128()).ok()
}

fn units(points: Points) -> Option<i128> {
    i128::try_from(points.units()).ok()
}

/// The engine's own words for a price as a number of its last place; nothing where it says that it overflows.
fn price_number(shown: &str) -> Option<i128> {
    let (whole, fraction) = shown.split_once('.')?;
    let digits: String = [whole, fraction].concat();
    digits.parse().ok().filter(|_| fraction.len() == 12)
}

fn price_rows(decimals: u32) -> Rows<6> {
    Rows::new(
        "price",
        [
            ("order_id", Column::text()),
            ("at", Column::instant()),
            ("pool", Column::money(decimals)),
            ("supply", Column::fine()),
            ("price", Column::fine()),
            ("price_unsplit", Column::fine()),
        ],
    )
}

fn put_price(
    rows: &mut Rows<6>,
    order: &str,
    at: Timestamp,
    price: &Price,
    currency: Currency,
) -> Result<(), ArrowError> {
    rows.add(|[id, when, pool, supply, shown, whole]| {
        id.put_text(Some(order));
        when.put(Some(i128::from(at.us())));
        pool.put(minor(price.assets));
        supply.put(units(price.supply));
        let number = price_number(&price.display(currency.decimals));
        shown.put(number);
        whole.put(match price.exponent {
            0 => number,
            _ => price_number(&unsplit(price, currency)),
        });
    })
}

fn members(engine: &Engine) -> Result<Table, ArrowError> {
    let decimals = engine.plan().programme.currency.decimals;
    let mut rows = Rows::new(
        "members",
        [
            ("member_id", Column::text()),
            ("joined_at", Column::instant()),
            ("spent", Column::money(decimals)),
            ("cash", Column::money(decimals)),
            ("points", Column::fine()),
            ("net_value", Column::money(decimals)),
            ("exits", Column::whole()),
        ],
    );
    for member in engine.members() {
        rows.add(|[id, joined_at, spent, cash, points, net_value, exits]| {
            id.put_text(Some(member.id));
            joined_at.put(Some(i128::from(member.joined_at.us())));
            spent.put(minor(member.spent));
            cash.put(minor(member.cash_received));
            points.put(units(member.points));
            net_value.put(minor(member.net_value));
            exits.put(Some(i128::from(member.exits)));
        })?;
    }
    rows.finish()
}

fn cohorts(summary: &Summary) -> Result<Table, ArrowError> {
    let decimals = summary.currency().decimals;
    let mut rows = Rows::new(
        "cohorts",
        [
            ("month", Column::text()),
            ("members", Column::whole()),
            ("buyers", Column::whole()),
            ("spent", Column::money(decimals)),
            ("cash", Column::money(decimals)),
            ("held", Column::money(decimals)),
            ("recovered", Column::whole()),
            ("outcome_at_least_1", Column::whole()),
            ("mean_ppm", Column::whole()),
            ("p10_ppm", Column::whole()),
            ("median_ppm", Column::whole()),
            ("p90_ppm", Column::whole()),
            ("p99_ppm", Column::whole()),
        ],
    );
    for cohort in &summary.disclosure.cohorts {
        let spread = &cohort.spread;
        rows.add(|[month, numbers @ ..]| {
            month.put_text(Some(&cohort.month));
            let row = [
                Some(i128::from(cohort.members)),
                Some(i128::from(cohort.buyers)),
                minor(cohort.spent),
                minor(cohort.cash),
                minor(cohort.held),
                Some(i128::from(cohort.recovered)),
                Some(i128::from(cohort.at_least_one)),
                Some(i128::from(spread.mean_ppm)),
                Some(i128::from(spread.p10_ppm)),
                Some(i128::from(spread.median_ppm)),
                Some(i128::from(spread.p90_ppm)),
                Some(i128::from(spread.p99_ppm)),
            ];
            numbers.iter_mut().zip(row).for_each(|(column, number)| column.put(number));
        })?;
    }
    rows.finish()
}

fn set_aside(name: &'static str, aside: &SetAside) -> Result<Table, ArrowError> {
    let mut rows = Rows::new(
        name,
        [
            ("line", Column::whole()),
            ("column", Column::text()),
            ("reason", Column::text()),
            ("row", Column::text()),
        ],
    );
    for (line, fault, row) in aside.iter() {
        rows.add(|[number, column, reason, text]| {
            number.put(Some(i128::from(line)));
            column.put_text(fault.column);
            reason.put_text(Some(&fault.reason.to_string()));
            text.put_text(Some(&String::from_utf8_lossy(row)));
        })?;
    }
    rows.finish()
}
