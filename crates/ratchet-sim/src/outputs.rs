//! The folder that a backtest leaves: written beside its place, then moved there whole.
//!
//! A run that fails leaves nothing. A folder that an earlier run left is replaced; one that holds anything else is
//! refused and stays as it is.

use std::ffi::OsString;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use ratchet_engine::amount::{Currency, Money, Points, Rounding, UNITS_PER_POINT, mul_div};
use ratchet_engine::engine::Engine;
use ratchet_engine::message::{Message, System};
use ratchet_engine::pool::Price;
use ratchet_engine::time::{DAY_US, Day, SECOND_US, Timestamp};
use tempfile::TempDir;

use crate::chart;
use crate::csv::put_text;
use crate::fault::FileFault;
use crate::orders::{Found, SetAside, Voided};
use crate::progress::{Phase, Progress};
use crate::report;
use crate::summary::{Summary, unsplit};

/// What a backtest writes; `bad-rows.csv` only if malformed rows were skipped, `voided-inviters.csv` only if there are any.
pub const FILES: [&str; 9] = [
    "report.html",
    "summary.json",
    "members.csv",
    "price.csv",
    "cohorts.csv",
    "skipped.csv",
    "bad-rows.csv",
    "voided-inviters.csv",
    "charts",
];

/// Why nothing was written.
#[derive(Debug)]
pub enum OutputError {
    /// The place is taken by something that no backtest wrote.
    Taken {
        /// The folder.
        folder: PathBuf,
        /// What stands there.
        holds: OsString,
    },
    /// The place is no folder.
    NotAFolder(PathBuf),
    /// The file system refused.
    Io(PathBuf, std::io::Error),
}

impl OutputError {
    /// What is said about it.
    pub fn message(&self) -> Message {
        match self {
            OutputError::Taken { folder, holds } => {
                let (folder, holds) = (folder.display().to_string(), holds.display().to_string());
                FileFault::Taken { folder, holds }.into()
            }
            OutputError::NotAFolder(path) => {
                FileFault::NotAFolder { file: path.display().to_string() }.into()
            }
            OutputError::Io(path, error) => {
                FileFault::NotWritten { file: path.display().to_string(), error: System(error) }.into()
            }
        }
    }
}

impl std::fmt::Display for OutputError {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.message().fmt(out)
    }
}

impl std::error::Error for OutputError {}

/// An output folder in the making.
pub struct Outputs {
    target: PathBuf,
    staging: TempDir,
}

impl Outputs {
    /// Checks the place and begins beside it. Do this before a long run: it fails early.
    pub fn begin(target: &Path) -> Result<Outputs, OutputError> {
        let failed = |error| OutputError::Io(target.to_owned(), error);
        // A trailing slash or a link must not move the place.
        let target = match target.canonicalize() {
            Ok(target) => target,
            Err(_) => std::path::absolute(target).map_err(failed)?,
        };
        check_replaceable(&target)?;
        let parent = target.parent().ok_or_else(|| OutputError::NotAFolder(target.clone()))?;
        std::fs::create_dir_all(parent).map_err(failed)?;
        let staging = tempfile::Builder::new().prefix(".ratchet-").tempdir_in(parent).map_err(failed)?;
        Ok(Outputs { target, staging })
    }

    /// Opens `price.csv`, to be written while the orders run.
    pub fn price_log(&self, currency: Currency) -> Result<PriceLog, OutputError> {
        let path = self.staging.path().join("price.csv");
        let file = File::create(&path).map_err(|error| OutputError::Io(path, error))?;
        let mut log = PriceLog {
            currency,
            out: BufWriter::with_capacity(1 << 18, file),
            line: Vec::new(),
            instants: Instants::default(),
        };
        log.line.extend_from_slice(b"order_id,at,pool,supply,price,price_unsplit\n");
        Ok(log)
    }

    /// Writes everything else and moves the folder to its place.
    pub fn finish(
        self,
        summary: &Summary,
        engine: &Engine,
        found: &Found,
        price_log: PriceLog,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(), OutputError> {
        let folder = self.staging.path().to_owned();
        let failed = |name: &str| {
            let path = self.target.join(name);
            move |error| OutputError::Io(path, error)
        };
        let mut done = 0;
        let mut note = |progress: &mut dyn FnMut(Progress)| {
            done += 1;
            progress(Progress { phase: Phase::Writing, done, total: FILES.len() as u64 });
        };
        price_log.finish().map_err(failed("price.csv"))?;
        note(progress);
        write_file(&folder.join("members.csv"), |out| members(out, engine)).map_err(failed("members.csv"))?;
        note(progress);
        write_file(&folder.join("cohorts.csv"), |out| cohorts(out, summary))
            .map_err(failed("cohorts.csv"))?;
        note(progress);
        write_file(&folder.join("skipped.csv"), |out| set_aside(out, &found.skipped))
            .map_err(failed("skipped.csv"))?;
        note(progress);
        if !found.bad.is_empty() {
            write_bad_rows(&folder.join("bad-rows.csv"), &found.bad).map_err(failed("bad-rows.csv"))?;
        }
        note(progress);
        if !summary.voided.is_empty() {
            let currency = summary.currency();
            write_file(&folder.join("voided-inviters.csv"), |out| voided(out, &summary.voided, &currency))
                .map_err(failed("voided-inviters.csv"))?;
        }
        note(progress);
        write_file(&folder.join("summary.json"), |out| out.write_all(summary.to_json().as_bytes()))
            .map_err(failed("summary.json"))?;
        note(progress);
        let charts = chart::all(summary);
        std::fs::create_dir(folder.join("charts")).map_err(failed("charts"))?;
        for chart in &charts {
            for (language, svg) in [("zh", &chart.zh), ("en", &chart.en)] {
                let name = format!("charts/{}.{language}.svg", chart.name);
                std::fs::write(folder.join(&name), svg).map_err(failed(&name))?;
            }
        }
        note(progress);
        write_file(&folder.join("report.html"), |out| {
            out.write_all(report::html(summary, &charts).as_bytes())
        })
        .map_err(failed("report.html"))?;
        note(progress);
        self.publish()
    }

    /// Moves the finished folder to its place; what stood there goes away only when the new one stands.
    fn publish(self) -> Result<(), OutputError> {
        let failed = |error| OutputError::Io(self.target.clone(), error);
        // Something may have been put there during the run.
        check_replaceable(&self.target)?;
        open_to_others(self.staging.path()).map_err(failed)?;
        let finished = self.staging.keep();
        if !self.target.exists() {
            return std::fs::rename(&finished, &self.target).map_err(failed);
        }
        let before = finished.with_extension("before");
        std::fs::rename(&self.target, &before).map_err(failed)?;
        if let Err(error) = std::fs::rename(&finished, &self.target) {
            // Put back what was there; the error is the one to report.
            let _ = std::fs::rename(&before, &self.target);
            let _ = std::fs::remove_dir_all(&finished);
            return Err(failed(error));
        }
        std::fs::remove_dir_all(&before).map_err(failed)
    }
}

/// Temporary folders are private; this one is a result.
#[cfg(unix)]
fn open_to_others(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
fn open_to_others(_: &Path) -> std::io::Result<()> {
    Ok(())
}

/// Nothing, an empty folder, or one with only what a backtest writes.
fn check_replaceable(target: &Path) -> Result<(), OutputError> {
    let failed = |error| OutputError::Io(target.to_owned(), error);
    match std::fs::metadata(target) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(failed(error)),
        Ok(found) if !found.is_dir() => return Err(OutputError::NotAFolder(target.to_owned())),
        Ok(_) => {}
    }
    for entry in std::fs::read_dir(target).map_err(failed)? {
        let name = entry.map_err(failed)?.file_name();
        if !FILES.iter().any(|known| name == *known) {
            return Err(OutputError::Taken { folder: target.to_owned(), holds: name });
        }
    }
    Ok(())
}

/// Writes malformed rows to a file of their own, through a temporary file.
pub fn write_bad_rows(path: &Path, bad: &SetAside) -> std::io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new().prefix(".ratchet-").tempfile_in(folder)?;
    let mut out = BufWriter::new(file.as_file_mut());
    set_aside(&mut out, bad)?;
    out.flush()?;
    drop(out);
    open_to_others_file(file.path())?;
    file.persist(path).map(|_| ()).map_err(|error| error.error)
}

#[cfg(unix)]
fn open_to_others_file(file: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn open_to_others_file(_: &Path) -> std::io::Result<()> {
    Ok(())
}

fn write_file(path: &Path, write: impl FnOnce(&mut dyn Write) -> std::io::Result<()>) -> std::io::Result<()> {
    let mut out = BufWriter::with_capacity(1 << 18, File::create(path)?);
    write(&mut out)?;
    out.flush()
}

/// `price.csv`: the state after each order. Written while the orders run, so every nanosecond counts ten
/// million times: one buffer, no text built twice.
pub struct PriceLog {
    currency: Currency,
    out: BufWriter<File>,
    line: Vec<u8>,
    instants: Instants,
}

impl PriceLog {
    /// The price after an order.
    pub fn write(&mut self, order: &str, at: Timestamp, price: Price) -> std::io::Result<()> {
        let line = &mut self.line;
        put_text(line, order.as_bytes());
        line.push(b',');
        self.instants.put(line, at);
        line.push(b',');
        put_money(line, &self.currency, price.assets);
        line.push(b',');
        put_points(line, price.supply);
        line.push(b',');
        let start = line.len();
        put_price(line, &self.currency, &price);
        let end = line.len();
        line.push(b',');
        if price.exponent == 0 {
            line.extend_from_within(start..end);
        } else {
            line.extend_from_slice(unsplit(&price, self.currency).as_bytes());
        }
        line.push(b'\n');
        if line.len() >= 1 << 16 {
            self.out.write_all(line)?;
            line.clear();
        }
        Ok(())
    }

    fn finish(mut self) -> std::io::Result<()> {
        self.out.write_all(&self.line)?;
        self.out.flush()
    }
}

fn members(out: &mut dyn Write, engine: &Engine) -> std::io::Result<()> {
    let currency = engine.plan().programme.currency;
    let mut line = Vec::from(&b"member_id,joined_at,spent,cash,points,net_value,exits\n"[..]);
    let mut instants = Instants::default();
    for member in engine.members() {
        put_text(&mut line, member.id.as_bytes());
        line.push(b',');
        instants.put(&mut line, member.joined_at);
        line.push(b',');
        put_money(&mut line, &currency, member.spent);
        line.push(b',');
        put_money(&mut line, &currency, member.cash_received);
        line.push(b',');
        put_points(&mut line, member.points);
        line.push(b',');
        put_money(&mut line, &currency, member.net_value);
        line.push(b',');
        put_number(&mut line, u128::from(member.exits));
        line.push(b'\n');
        if line.len() >= 1 << 16 {
            out.write_all(&line)?;
            line.clear();
        }
    }
    out.write_all(&line)
}

fn cohorts(out: &mut dyn Write, summary: &Summary) -> std::io::Result<()> {
    let currency = summary.currency();
    writeln!(
        out,
        "month,members,buyers,spent,cash,held,recovered,outcome_at_least_1,\
         mean_ppm,p10_ppm,median_ppm,p90_ppm,p99_ppm"
    )?;
    for cohort in &summary.disclosure.cohorts {
        let spread = &cohort.spread;
        writeln!(
            out,
            "{},{},{},{},{},{},{},{},{},{},{},{},{}",
            cohort.month,
            cohort.members,
            cohort.buyers,
            currency.format(cohort.spent),
            currency.format(cohort.cash),
            currency.format(cohort.held),
            cohort.recovered,
            cohort.at_least_one,
            spread.mean_ppm,
            spread.p10_ppm,
            spread.median_ppm,
            spread.p90_ppm,
            spread.p99_ppm,
        )?;
    }
    Ok(())
}

/// `skipped.csv` and `bad-rows.csv`: where, why, and the row as it stood.
fn set_aside(out: &mut dyn Write, rows: &SetAside) -> std::io::Result<()> {
    out.write_all(b"line,column,reason,row\n")?;
    let mut line = Vec::new();
    for (number, fault, row) in rows.iter() {
        line.clear();
        put_number(&mut line, u128::from(number));
        line.push(b',');
        put_text(&mut line, fault.column.unwrap_or_default().as_bytes());
        line.push(b',');
        put_text(&mut line, fault.reason.to_string().as_bytes());
        line.push(b',');
        put_text(&mut line, row);
        line.push(b'\n');
        out.write_all(&line)?;
    }
    Ok(())
}

/// `voided-inviters.csv`: which rows name an inviter in vain, and why.
fn voided(out: &mut dyn Write, rows: &Voided, currency: &Currency) -> std::io::Result<()> {
    out.write_all(b"line,reason,order_id,member_id,referrer_id,amount\n")?;
    let mut line = Vec::new();
    for row in rows.iter() {
        line.clear();
        put_number(&mut line, u128::from(row.line));
        line.push(b',');
        put_text(&mut line, row.why.to_string().as_bytes());
        for id in [row.order, row.member, row.referrer] {
            line.push(b',');
            put_text(&mut line, id.as_bytes());
        }
        line.push(b',');
        put_money(&mut line, currency, row.amount);
        line.push(b'\n');
        out.write_all(&line)?;
    }
    Ok(())
}

pub(crate) fn put_number(out: &mut Vec<u8>, number: u128) {
    put_digits(out, number, 1);
}

/// A number with leading zeros up to `width` digits.
pub(crate) fn put_digits(out: &mut Vec<u8>, number: u128, width: usize) {
    let mut digits = [b'0'; 40];
    let mut start = digits.len();
    // Twelve digits at a time in 64 bits: a division of 128 bits costs ten times as much.
    let mut rest = number;
    loop {
        let (mut low, more) = match u64::try_from(rest) {
            Ok(low) => (low, 0),
            Err(_) => ((rest % 1_000_000_000_000) as u64, rest / 1_000_000_000_000),
        };
        let block_end = start;
        while low > 0 {
            start -= 1;
            digits[start] = b'0' + (low % 10) as u8;
            low /= 10;
        }
        if more == 0 {
            break;
        }
        start = block_end - 12;
        rest = more;
    }
    let written = digits.len() - start;
    let start = if written < width { digits.len() - width.min(digits.len()) } else { start };
    out.extend_from_slice(&digits[start..]);
}

fn put_money(out: &mut Vec<u8>, currency: &Currency, money: Money) {
    let scale = 10_u128.pow(currency.decimals);
    put_number(out, money.as_u128() / scale);
    if currency.decimals > 0 {
        out.push(b'.');
        put_digits(out, money.as_u128() % scale, currency.decimals as usize);
    }
}

/// As `Points` shows itself: without superfluous zeros.
fn put_points(out: &mut Vec<u8>, points: Points) {
    put_number(out, points.units() / UNITS_PER_POINT);
    let fraction = points.units() % UNITS_PER_POINT;
    if fraction > 0 {
        out.push(b'.');
        put_digits(out, fraction, 12);
        while out.last() == Some(&b'0') {
            out.pop();
        }
    }
}

/// As `Price::display`: money per point with 12 decimals, rounded down.
fn put_price(out: &mut Vec<u8>, currency: &Currency, price: &Price) {
    let scale = 10_u128.pow(24 - currency.decimals);
    let shown = match price.supply.is_zero() {
        true => Some(0),
        false => mul_div(price.assets.as_u128(), scale, price.supply.units(), Rounding::Down),
    };
    match shown {
        Some(shown) => {
            put_number(out, shown / UNITS_PER_POINT);
            out.push(b'.');
            put_digits(out, shown % UNITS_PER_POINT, 12);
        }
        None => out.extend_from_slice(price.display(currency.decimals).as_bytes()),
    }
}

/// Writes instants as `Timestamp` does, but looks up the calendar only when the day changes.
#[derive(Default)]
struct Instants {
    day: Option<i64>,
    date: String,
}

impl Instants {
    fn put(&mut self, out: &mut Vec<u8>, at: Timestamp) {
        if at.us() % SECOND_US != 0 {
            out.extend_from_slice(at.to_string().as_bytes());
            return;
        }
        let (day, second) = (at.us().div_euclid(DAY_US), at.us().rem_euclid(DAY_US) / SECOND_US);
        if self.day != Some(day) {
            self.day = Some(day);
            self.date = Day::from_number(day).to_string();
        }
        out.extend_from_slice(self.date.as_bytes());
        for (mark, part) in [(b'T', second / 3600), (b':', second / 60 % 60), (b':', second % 60)] {
            out.push(mark);
            out.push(b'0' + (part / 10) as u8);
            out.push(b'0' + (part % 10) as u8);
        }
        out.push(b'Z');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(put: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        put(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn numbers_are_written_as_the_engine_writes_them() {
        for units in
            [0, 1, 10, 999_999_999_999, 1_000_000_000_000, 210_000_000_000_000, u128::MAX, u128::MAX / 7]
        {
            let points = Points::from_units(units);
            assert_eq!(text(|out| put_points(out, points)), points.to_string());
            assert_eq!(text(|out| put_number(out, units)), units.to_string());
        }
        for minor in [0, 1, 99, 100, 123_456_789, i64::MAX] {
            let money = Money::from_minor(minor).unwrap();
            for code in ["CNY", "JPY", "KWD"] {
                let currency = Currency::parse(code).unwrap();
                assert_eq!(text(|out| put_money(out, &currency, money)), currency.format(money));
            }
            let price = Price { assets: money, supply: Points::from_units(357_000_000_000_000), exponent: 0 };
            assert_eq!(text(|out| put_price(out, &Currency::CNY, &price)), price.display(2));
        }
        let empty = Price { assets: Money::ZERO, supply: Points::ZERO, exponent: 0 };
        assert_eq!(text(|out| put_price(out, &Currency::CNY, &empty)), empty.display(2));
    }

    #[test]
    fn instants_are_written_as_the_engine_writes_them() {
        let mut instants = Instants::default();
        for at in
            ["1970-01-01T00:00:00Z", "2024-02-29T23:59:59Z", "2024-02-29T01:02:03Z", "2024-03-01T00:00:00.5Z"]
        {
            let at = Timestamp::parse(at).unwrap();
            assert_eq!(text(|out| instants.put(out, at)), at.to_string());
        }
    }
}
