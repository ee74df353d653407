//! Which assumption drives the outcome: rank correlation over the points of a sweep, and each parameter alone (SIM-24), and Morris (SIM-24a).

use super::sweep::trajectory;
use super::{HEADLINES, Role, Study, Summary};
use crate::scenario::Method;

/// What one parameter does to one number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effect {
    /// The parameter's place in the study.
    pub parameter: usize,
    /// The plan's place in the scenario.
    pub plan: usize,
    /// The number's column.
    pub name: &'static str,
    /// Spearman's rank correlation over the points in parts per million, towards zero; absent if either never varies.
    pub rank_ppm: Option<i64>,
    /// Mean with the parameter alone at its first value, and at its last.
    pub alone: [i64; 2],
    /// Of a sweep by Morris: mean, mean size and standard deviation of its elementary effects over the whole range.
    pub morris: Option<[i64; 3]>,
}

/// All effects, parameter by parameter.
pub fn effects(study: &Study, summaries: &[Summary]) -> Vec<Effect> {
    let Some(sweep) = study.scenario.study.as_ref().filter(|_| study.is_sweep) else { return Vec::new() };
    let mut effects = Vec::new();
    for plan in 0..study.scenario.plans.len() {
        for (parameter, of) in sweep.parameters.iter().enumerate() {
            for name in HEADLINES {
                let mean = |summary: &Summary| summary.end(name).mean;
                let of_plan =
                    || study.variants.iter().zip(summaries).filter(move |(variant, _)| variant.plan == plan);
                let points = of_plan().filter(|(variant, _)| variant.role == Role::Point);
                let (settings, outcomes): (Vec<i128>, Vec<i128>) = points
                    .map(|(variant, summary)| {
                        (ordinal(&variant.values[parameter], &of.values), i128::from(mean(summary)))
                    })
                    .unzip();
                let alone = [false, true].map(|end| {
                    let found = of_plan().find(|(variant, _)| {
                        matches!(variant.role, Role::OneAtATime { parameter: p, is_last } if p == parameter && is_last == end)
                    });
                    found.map_or(0, |(_, summary)| mean(summary))
                });
                let rank_ppm = spearman_ppm(&settings, &outcomes);
                let morris = (sweep.method == Method::Morris)
                    .then(|| elementary(&outcomes, parameter, sweep.parameters.len(), study.seed));
                effects.push(Effect { parameter, plan, name, rank_ppm, alone, morris });
            }
        }
    }
    effects
}

/// SIM-24a: elementary effects of one parameter: what an outcome changed by when it moved, for its whole range. Mean, mean of sizes, standard deviation, each
/// towards zero.
fn elementary(outcomes: &[i128], parameter: usize, parameters: usize, seed: u64) -> [i64; 3] {
    // A move is two thirds of the range: what it changes, times three, is twice the effect.
    let doubled: Vec<i128> = outcomes
        .chunks_exact(parameters + 1)
        .zip(0..)
        .filter_map(|(walk, number)| {
            let way = trajectory(parameters, seed, number);
            let step = way.order.iter().position(|moved| *moved == parameter)?;
            let change = 3 * (walk[step + 1] - walk[step]);
            Some(if way.rises(parameter) { change } else { -change })
        })
        .collect();
    let count = doubled.len() as i128;
    if count == 0 {
        return [0; 3];
    }
    let sum: i128 = doubled.iter().sum();
    let sizes: i128 = doubled.iter().map(|effect| effect.abs()).sum();
    // Outcomes are below 2^63, walks at most 10,000; what does not fit is the largest number.
    let squares =
        doubled.iter().try_fold(0_i128, |all, effect| all.checked_add(effect.checked_mul(*effect)?));
    let spread = squares.and_then(|squares| count.checked_mul(squares)?.checked_sub(sum.checked_mul(sum)?));
    let deviation = spread.map_or(i128::MAX, |spread| (spread / (count * (count - 1)).max(1)).isqrt() / 2);
    [sum / (2 * count), sizes / (2 * count), deviation]
        .map(|number| i64::try_from(number).unwrap_or(i64::MAX))
}

/// A number that orders the values of a parameter: the value itself, or its place in the list.
fn ordinal(value: &str, values: &[String]) -> i128 {
    let digits = value.trim_matches('"').trim_end_matches(['%', '‰']);
    match ratchet_engine::amount::parse_decimal(digits, 6) {
        Ok(number) => i128::try_from(number).unwrap_or(i128::MAX),
        Err(_) => values.iter().position(|known| known == value).map_or(0, |place| place as i128),
    }
}

/// Rank correlation with ties sharing their mean rank: the correlation of twice the ranks, exact up to the last division.
fn spearman_ppm(a: &[i128], b: &[i128]) -> Option<i64> {
    let (a, b) = (double_ranks(a), double_ranks(b));
    let count = a.len() as i128;
    let sum = |of: &[i128]| of.iter().sum::<i128>();
    let product = |x: &[i128], y: &[i128]| x.iter().zip(y).map(|(x, y)| x * y).sum::<i128>();
    let covariance = count * product(&a, &b) - sum(&a) * sum(&b);
    let squared = |of: &[i128]| count * product(of, of) - sum(of) * sum(of);
    // At most 10,000 points: each factor is below 2^56. The root is taken with as many binary digits as fit.
    let under = (squared(&a) * squared(&b)).unsigned_abs();
    let digits = under.leading_zeros().saturating_sub(2) / 2;
    let scale = i128::try_from((under << (2 * digits)).isqrt()).ok().filter(|scale| *scale > 0)?;
    i64::try_from(((covariance * 1_000_000) << digits) / scale).ok()
}

fn double_ranks(numbers: &[i128]) -> Vec<i128> {
    let mut order: Vec<usize> = (0..numbers.len()).collect();
    order.sort_by_key(|place| numbers[*place]);
    let mut ranks = vec![0; numbers.len()];
    let mut first = 0;
    while first < order.len() {
        let ties =
            order[first..].iter().take_while(|place| numbers[**place] == numbers[order[first]]).count();
        for place in &order[first..first + ties] {
            ranks[*place] = (2 * first + ties + 1) as i128;
        }
        first += ties;
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SIM-24a: of an outcome that is 2a − b over thirds, the effects of the whole ranges are 6 and −3, without deviation; of a product they deviate.
    #[test]
    fn elementary_effects_of_known_outcomes() {
        let outcomes = |of: fn(i128, i128) -> i128| {
            let mut found = Vec::new();
            for number in 0..40 {
                let way = trajectory(2, 9, number);
                let mut at = way.from.clone();
                found.push(of(at[0].into(), at[1].into()));
                for moved in &way.order {
                    at[*moved] = way.to[*moved];
                    found.push(of(at[0].into(), at[1].into()));
                }
            }
            found
        };
        let linear = outcomes(|a, b| 2 * a - b);
        assert_eq!(elementary(&linear, 0, 2, 9), [6, 6, 0]);
        assert_eq!(elementary(&linear, 1, 2, 9), [-3, 3, 0]);
        let product = outcomes(|a, b| 1_000 * a * b);
        let [mean, size, deviation] = elementary(&product, 0, 2, 9);
        // 3,000 times the other, which is 0 to 3.
        assert!(mean == size && (3_000..6_000).contains(&mean) && deviation > 1_000, "{mean} {deviation}");
        assert_eq!(elementary(&[], 0, 2, 9), [0; 3]);
    }

    /// SIM-24.
    #[test]
    fn ranks_correlate() {
        assert_eq!(spearman_ppm(&[1, 2, 3, 4], &[10, 20, 30, 1_000]), Some(1_000_000));
        assert_eq!(spearman_ppm(&[1, 2, 3, 4], &[9, 7, 5, 1]), Some(-1_000_000));
        assert_eq!(spearman_ppm(&[1, 2, 3], &[5, 5, 5]), None);
        // One pair of ties: ranks 1.5, 1.5, 3 against 1, 2, 3 are 0.866.
        assert_eq!(spearman_ppm(&[1, 1, 2], &[1, 2, 3]), Some(866_025));
        assert_eq!(spearman_ppm(&[], &[]), None);
    }
}
