//! Results of runs on disk, one record of fixed length each: what a study resumes from, and what its numbers are read from.
//!
//! A record is its numbers, 8 bytes each, least significant byte first, and a checksum. Records may be written in any order; what is
//! torn or missing is run again. The file begins with what it belongs to: scenario, plans, seed, columns.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use xxhash_rust::xxh3::{Xxh3Default, xxh3_64_with_seed};

use ratchet_engine::message::{Message, System};

use super::Study;
use crate::fault::FileFault;
use crate::simulate::{DAY_COLUMNS, RUN_COLUMNS};

/// First bytes of the file; the number is the version of the form and of everything that decides a result.
const MAGIC: &[u8; 16] = b"ratchet runs 1\n\0";
/// Magic, fingerprint of the study, numbers in a record.
const HEADER: u64 = 16 + 16 + 8;
/// Numbers held in memory at once while results are read.
const NUMBERS_MAX: usize = 1 << 22;

/// Results of a study.
pub struct Store {
    file: File,
    path: PathBuf,
    len: usize,
    bytes: Vec<u8>,
}

/// Why results cannot be kept.
#[derive(Debug)]
pub enum StoreError {
    /// The file belongs to another study.
    OtherStudy(PathBuf),
    /// Reading or writing failed.
    Io(PathBuf, std::io::Error),
}

impl StoreError {
    /// What is said about it.
    pub fn message(&self) -> Message {
        match self {
            StoreError::OtherStudy(path) => FileFault::OtherStudy { file: path.display().to_string() }.into(),
            StoreError::Io(path, error) => {
                FileFault::CannotUse { file: path.display().to_string(), error: System(error) }.into()
            }
        }
    }
}

impl std::fmt::Display for StoreError {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.message().fmt(out)
    }
}

impl std::error::Error for StoreError {}

impl Store {
    /// Opens the results at this path, or begins them; those of another study are refused.
    pub fn open(path: &Path, study: &Study) -> Result<Store, StoreError> {
        let failed = |error| StoreError::Io(path.to_owned(), error);
        let file =
            File::options().read(true).write(true).create(true).truncate(false).open(path).map_err(failed)?;
        Store::over(file, path, study)
    }

    /// Results that nobody asked to keep.
    pub fn temporary(study: &Study) -> Result<Store, StoreError> {
        let path = Path::new("a temporary file");
        let file = tempfile::tempfile().map_err(|error| StoreError::Io(path.to_owned(), error))?;
        Store::over(file, path, study)
    }

    fn over(mut file: File, path: &Path, study: &Study) -> Result<Store, StoreError> {
        let failed = |error| StoreError::Io(path.to_owned(), error);
        let mut header = Vec::with_capacity(HEADER as usize);
        header.extend_from_slice(MAGIC);
        header.extend_from_slice(&fingerprint(study).to_le_bytes());
        header.extend_from_slice(&(study.record_len() as u64).to_le_bytes());
        let mut found = Vec::new();
        file.seek(SeekFrom::Start(0)).map_err(failed)?;
        (&file).take(HEADER).read_to_end(&mut found).map_err(failed)?;
        // Shorter than a header: it was interrupted before its first run.
        if found.len() < HEADER as usize && header.starts_with(&found) {
            file.seek(SeekFrom::Start(0)).map_err(failed)?;
            file.write_all(&header).map_err(failed)?;
        } else if found != header {
            return Err(StoreError::OtherStudy(path.to_owned()));
        }
        Ok(Store { file, path: path.to_owned(), len: study.record_len(), bytes: Vec::new() })
    }

    fn io(&self, error: std::io::Error) -> StoreError {
        StoreError::Io(self.path.clone(), error)
    }

    fn record_bytes(&self) -> usize {
        (self.len + 1) * 8
    }

    fn place(&self, job: u64) -> u64 {
        HEADER + job * self.record_bytes() as u64
    }

    /// Keeps the result of a run.
    pub fn put(&mut self, job: u64, numbers: impl Iterator<Item = i64>) -> Result<(), StoreError> {
        self.bytes.clear();
        numbers.for_each(|number| self.bytes.extend_from_slice(&number.to_le_bytes()));
        assert_eq!(self.bytes.len(), self.len * 8, "every run has as many numbers");
        let sum = xxh3_64_with_seed(&self.bytes, job);
        self.bytes.extend_from_slice(&sum.to_le_bytes());
        let place = self.place(job);
        self.file
            .seek(SeekFrom::Start(place))
            .and_then(|_| self.file.write_all(&self.bytes))
            .map_err(|error| StoreError::Io(self.path.clone(), error))
    }

    /// Makes sure that what was put survives.
    pub fn flush(&mut self) -> Result<(), StoreError> {
        self.file.sync_data().map_err(|error| self.io(error))
    }

    /// Runs of the first `jobs` that are not there, or not whole.
    pub fn missing(&mut self, jobs: u64) -> Result<Vec<u64>, StoreError> {
        let mut bytes = vec![0; self.record_bytes()];
        let end = self.file.metadata().map_err(|error| self.io(error))?.len();
        let mut missing = Vec::new();
        for job in 0..jobs {
            if self.place(job + 1) > end || !self.read_record(job, &mut bytes)? {
                missing.push(job);
            }
        }
        Ok(missing)
    }

    /// Reads a record; whether it is whole.
    fn read_record(&mut self, job: u64, bytes: &mut [u8]) -> Result<bool, StoreError> {
        let place = self.place(job);
        let read = self.file.seek(SeekFrom::Start(place)).and_then(|_| self.file.read_exact(bytes));
        read.map_err(|error| self.io(error))?;
        let (numbers, sum) = bytes.split_at(bytes.len() - 8);
        Ok(xxh3_64_with_seed(numbers, job).to_le_bytes() == sum)
    }

    /// The numbers at the end of one run.
    pub(crate) fn end_of(&mut self, study: &Study, variant: usize, run: u64) -> Result<Vec<i64>, StoreError> {
        let place = self.place(run * study.variants.len() as u64 + variant as u64);
        let mut bytes = vec![0; RUN_COLUMNS.len() * 8];
        let read = self.file.seek(SeekFrom::Start(place)).and_then(|_| self.file.read_exact(&mut bytes));
        read.map_err(|error| self.io(error))?;
        let number = |bytes: &[u8]| i64::from_le_bytes(bytes.try_into().expect("eight bytes"));
        Ok(bytes.chunks_exact(8).map(number).collect())
    }

    /// Calls `each` with every column of a variant in order: its place and its numbers, run by run.
    pub fn columns(
        &mut self,
        study: &Study,
        variant: usize,
        mut each: impl FnMut(usize, &[i64]),
    ) -> Result<(), StoreError> {
        let runs = study.runs as usize;
        let together = (NUMBERS_MAX / runs.max(1)).clamp(1, self.len);
        let mut columns: Vec<Vec<i64>> = vec![Vec::with_capacity(runs); together];
        let mut bytes = Vec::new();
        let mut first = 0;
        while first < self.len {
            let count = together.min(self.len - first);
            columns.iter_mut().for_each(Vec::clear);
            bytes.resize(count * 8, 0);
            for run in 0..study.runs {
                let job = run * study.variants.len() as u64 + variant as u64;
                let place = self.place(job) + first as u64 * 8;
                let read =
                    self.file.seek(SeekFrom::Start(place)).and_then(|_| self.file.read_exact(&mut bytes));
                read.map_err(|error| self.io(error))?;
                for (column, number) in columns.iter_mut().zip(bytes.chunks_exact(8)) {
                    column.push(i64::from_le_bytes(number.try_into().expect("eight bytes")));
                }
            }
            for (place, column) in columns.iter().take(count).enumerate() {
                each(first + place, column);
            }
            first += count;
        }
        Ok(())
    }
}

/// What decides the numbers: texts, plans, columns, seed.
pub fn fingerprint(study: &Study) -> u128 {
    let mut hash = Xxh3Default::new();
    let mut part = |bytes: &[u8]| {
        hash.update(&(bytes.len() as u64).to_le_bytes());
        hash.update(bytes);
    };
    part(env!("CARGO_PKG_VERSION").as_bytes());
    part(&study.seed.to_le_bytes());
    part(&[u8::from(study.is_sweep)]);
    for column in RUN_COLUMNS.iter().chain(&DAY_COLUMNS) {
        part(column.name.as_bytes());
    }
    for variant in &study.variants {
        part(variant.label.as_bytes());
        part(variant.scenario.source.as_bytes());
        part(variant.scenario.plans[variant.plan].plan.source.as_bytes());
        for (_, kind) in &variant.scenario.spending.kinds.parts {
            if let crate::scenario::Amounts::Orders { customers, .. } = kind {
                customers.purchases.iter().for_each(|(days, amount)| {
                    part(&days.to_le_bytes());
                    part(&amount.minor().to_le_bytes());
                });
            }
        }
    }
    hash.digest128()
}
