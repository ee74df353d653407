//! What many runs come to: quantiles, means, standard errors, and how they settle as runs are added (SIM-19, SIM-21).

use super::{Store, StoreError, Study};
use crate::simulate::{DAY_COLUMNS, RUN_COLUMNS, place};

/// Columns that the report speaks of first; their convergence is shown.
pub const HEADLINES: [&str; 6] = ["median_ppm", "recovered_ppm", "together_ppm", "members", "pool", "price"];

/// Shares of runs, in hundredths, at which quantiles are taken.
const QUANTILES: [usize; 5] = [5, 25, 50, 75, 95];

/// One number over all runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Band {
    /// Nearest-rank quantiles: 5, 25, 50, 75, 95 of 100.
    pub quantiles: [i64; 5],
    /// Rounded towards zero.
    pub mean: i64,
    /// Monte Carlo standard error of the mean, rounded up; 0 of one run.
    pub error: i64,
    /// Smallest.
    pub least: i64,
    /// Largest.
    pub most: i64,
}

impl Band {
    /// Of the numbers of all runs.
    pub fn of(numbers: &[i64]) -> Band {
        if numbers.is_empty() {
            return Band::default();
        }
        let mut sorted = numbers.to_vec();
        sorted.sort_unstable();
        let count = sorted.len();
        let at = |percent: usize| sorted[(count * percent).div_ceil(100).max(1) - 1];
        let sum: i128 = sorted.iter().map(|number| i128::from(*number)).sum();
        let mean = (sum / count as i128) as i64;
        Band {
            quantiles: QUANTILES.map(at),
            mean,
            error: standard_error(&sorted, mean),
            least: sorted[0],
            most: sorted[count - 1],
        }
    }

    /// The median.
    pub fn median(&self) -> i64 {
        self.quantiles[2]
    }
}

/// `sqrt(Σ (x − mean)² ÷ (n · (n − 1)))`, rounded up: an error is never shown too small.
fn standard_error(numbers: &[i64], mean: i64) -> i64 {
    let count = numbers.len() as u128;
    let squares = numbers.iter().try_fold(0_u128, |sum, number| {
        let distance = u128::from(number.abs_diff(mean));
        sum.checked_add(distance.checked_mul(distance)?)
    });
    let Some(squares) = squares else { return i64::MAX };
    let ratio = squares.checked_div(count * (count - 1)).unwrap_or(0);
    let root = ratio.isqrt();
    let exact = root * root * count * (count - 1) == squares;
    i64::try_from(root + u128::from(!exact && count > 1)).unwrap_or(i64::MAX)
}

/// How mean and median of a column have moved after so many runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Convergence {
    /// The column.
    pub name: &'static str,
    /// Runs and what they came to, the last with all.
    pub steps: Vec<(u64, Band)>,
}

/// Everything that many runs of one variant come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// By [`RUN_COLUMNS`].
    pub end: Vec<Band>,
    /// By result day, then by [`DAY_COLUMNS`].
    pub days: Vec<Vec<Band>>,
    /// Of the [`HEADLINES`].
    pub convergence: Vec<Convergence>,
    /// The first run whose member in the middle has the median outcome of all runs: its numbers, by [`RUN_COLUMNS`].
    pub typical: Vec<i64>,
    /// Runs in which the conservation bounds did not hold; not zero would be a bug.
    pub broken: u64,
}

impl Summary {
    /// The band of a column at the end, by its name.
    pub fn end(&self, name: &str) -> Band {
        self.end[place(&RUN_COLUMNS, name)]
    }

    /// A number of the typical run, by the name of its column.
    pub fn typical(&self, name: &str) -> i64 {
        self.typical[place(&RUN_COLUMNS, name)]
    }

    /// The band of a column on a result day, by its name.
    pub fn day(&self, day: usize, name: &str) -> Band {
        self.days[day][place(&DAY_COLUMNS, name)]
    }
}

/// Sums up the stored runs of one variant.
pub fn summary(study: &Study, store: &mut Store, variant: usize) -> Result<Summary, StoreError> {
    let mut bands = Vec::with_capacity(study.record_len());
    let mut convergence = Vec::new();
    let (mut broken, mut typical) = (0, 0);
    store.columns(study, variant, |column, numbers| {
        bands.push(Band::of(numbers));
        let Some(name) = RUN_COLUMNS.get(column).map(|column| column.name) else { return };
        if name == "bounds_held" {
            broken = numbers.iter().filter(|held| **held != 1).count() as u64;
        }
        if name == "median_ppm" {
            // A nearest-rank quantile is the number of some run.
            let median = Band::of(numbers).median();
            typical = numbers.iter().position(|number| *number == median).unwrap_or(0) as u64;
        }
        if HEADLINES.contains(&name) {
            let steps = steps(numbers.len()).map(|runs| (runs as u64, Band::of(&numbers[..runs])));
            convergence.push(Convergence { name, steps: steps.collect() });
        }
    })?;
    let days = bands.split_off(RUN_COLUMNS.len()).chunks(DAY_COLUMNS.len()).map(<[Band]>::to_vec).collect();
    convergence.sort_by_key(|of| HEADLINES.iter().position(|name| *name == of.name));
    let typical = store.end_of(study, variant, typical)?;
    Ok(Summary { end: bands, days, convergence, typical, broken })
}

/// 10, 20, 50, 100, … and all.
fn steps(runs: usize) -> impl Iterator<Item = usize> {
    let rounds = (1..8).flat_map(|power| [1, 2, 5].map(|digit| digit * 10_usize.pow(power)));
    rounds.take_while(move |step| *step < runs).chain([runs])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SIM-19: nearest rank; SIM-21: the error of the mean.
    #[test]
    fn bands_are_exact() {
        let numbers: Vec<i64> = (1..=100).rev().collect();
        let band = Band::of(&numbers);
        assert_eq!(band.quantiles, [5, 25, 50, 75, 95]);
        assert_eq!((band.mean, band.least, band.most), (50, 1, 100));
        // sqrt(83,350 ÷ 9,900) = 2.9…
        assert_eq!(band.error, 3);
        assert_eq!(Band::of(&[7]), Band { quantiles: [7; 5], mean: 7, error: 0, least: 7, most: 7 });
        assert_eq!(Band::of(&[1, 3]).error, 1);
        assert_eq!(Band::of(&[i64::MIN, i64::MAX].repeat(4)).error, i64::MAX);
        assert_eq!(steps(120).collect::<Vec<_>>(), [10, 20, 50, 100, 120]);
        assert_eq!(steps(3).collect::<Vec<_>>(), [3]);
    }
}
