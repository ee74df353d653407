//! The points of a sweep: grid, random, Sobol's sequence (SIM-23), trajectories of Morris (SIM-24a).

use ratchet_engine::amount::parse_decimal;

use crate::draw::{Lots, Purpose};
use crate::scenario::{Method, Study};

/// The values of every parameter, point by point.
pub(crate) fn points(study: &Study, seed: u64) -> Vec<Vec<String>> {
    let parameters = &study.parameters;
    if study.method == Method::Morris {
        return trajectories(study, seed);
    }
    (0..study.points)
        .map(|point| {
            let mut left = point as usize;
            let mut random = Lots::new(seed, u64::from(point)).of(0, Purpose::Sweep, 0);
            let values = parameters.iter().enumerate().map(|(dimension, parameter)| {
                let (first, last) = (&parameter.values[0], &parameter.values[parameter.values.len() - 1]);
                let within = match study.method {
                    Method::Grid => {
                        // The last parameter changes slowest.
                        let place = left % parameter.values.len();
                        left /= parameter.values.len();
                        return parameter.values[place].clone();
                    }
                    Method::Random => (random.bits() >> 32) as u32,
                    Method::Sobol | Method::Morris => sobol(point + 1, dimension),
                };
                between(first, last, within).expect("the ends were checked when the scenario was read")
            });
            values.collect()
        })
        .collect()
}

/// A walk through the settings in which each parameter moves once, by two thirds of its range.
pub(crate) struct Trajectory {
    /// Third of its range at which each parameter begins.
    pub(crate) from: Vec<u32>,
    /// Third at which it ends.
    pub(crate) to: Vec<u32>,
    /// Which parameter moves at each step.
    pub(crate) order: Vec<usize>,
}

impl Trajectory {
    /// Whether a parameter moves towards its last value.
    pub(crate) fn rises(&self, parameter: usize) -> bool {
        self.to[parameter] > self.from[parameter]
    }
}

/// The walk of this number: where each parameter begins, which way it goes and when are drawn.
pub(crate) fn trajectory(parameters: usize, seed: u64, number: u64) -> Trajectory {
    let mut random = Lots::new(seed, number).of(0, Purpose::Sweep, 1);
    let (from, to): (Vec<u32>, Vec<u32>) = (0..parameters)
        .map(|_| {
            let low = random.below(2) as u32;
            if random.below(2) == 0 { (low, low + 2) } else { (low + 2, low) }
        })
        .unzip();
    let mut order: Vec<usize> = (0..parameters).collect();
    for place in (1..parameters).rev() {
        order.swap(place, random.below(place as u64 + 1) as usize);
    }
    Trajectory { from, to, order }
}

/// SIM-24a: the points of all walks, one after the other; each walk has one more than there are parameters.
fn trajectories(study: &Study, seed: u64) -> Vec<Vec<String>> {
    let parameters = &study.parameters;
    let steps = parameters.len() + 1;
    let mut points = Vec::with_capacity(study.points as usize);
    for number in 0..u64::from(study.points) / steps as u64 {
        let walk = trajectory(parameters.len(), seed, number);
        let mut at = walk.from.clone();
        for step in 0..steps {
            if let Some(moved) = step.checked_sub(1).and_then(|step| walk.order.get(step)) {
                at[*moved] = walk.to[*moved];
            }
            let values = parameters.iter().zip(&at).map(|(parameter, third)| {
                let (first, last) = (&parameter.values[0], &parameter.values[parameter.values.len() - 1]);
                match third {
                    0 => first.clone(),
                    3 => last.clone(),
                    // Rounded down as every value between the ends.
                    third => between(first, last, third * (u32::MAX / 3))
                        .expect("the ends were checked when the scenario was read"),
                }
            });
            points.push(values.collect());
        }
    }
    points
}

/// A number as a scenario writes it.
struct Literal<'a> {
    /// In millionths.
    value: i128,
    decimals: usize,
    /// What stands after the digits, such as `%`.
    unit: &'a str,
    is_text: bool,
}

fn literal(text: &str) -> Option<Literal<'_>> {
    let bare = text.trim_matches('"');
    let digits = bare.trim_end_matches(['%', '‰']);
    let decimals = digits.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    let value = i128::try_from(parse_decimal(digits, 6).ok()?).ok()?;
    Some(Literal { value, decimals, unit: &bare[digits.len()..], is_text: text.starts_with('"') })
}

/// The value at `within`/2³² of the way from one end to the other, written like them; `None` unless both are numbers of the same
/// form. Rounded down to the decimals of the finer end, rates to two more.
pub(crate) fn between(first: &str, last: &str, within: u32) -> Option<String> {
    let (a, b) = (literal(first)?, literal(last)?);
    if a.unit != b.unit || a.is_text != b.is_text {
        return None;
    }
    let mut decimals = a.decimals.max(b.decimals);
    if !a.unit.is_empty() {
        decimals = (decimals + 2).min(3);
    }
    let value = a.value + (((b.value - a.value) * i128::from(within)) >> 32);
    let step = 10_i128.pow(6 - u32::try_from(decimals).ok().filter(|decimals| *decimals <= 6)?);
    let value = value / step;
    let one = 10_i128.pow(decimals as u32);
    let digits = match decimals {
        0 => value.to_string(),
        _ => format!("{}.{:0decimals$}", value / one, value % one),
    };
    let text = format!("{digits}{}", a.unit);
    Some(if a.is_text { format!("\"{text}\"") } else { text })
}

/// Degree, coefficients and first direction numbers of each dimension after the first (Joe and Kuo, 2008).
const DIRECTIONS: [(u32, u32, &[u32]); 15] = [
    (1, 0, &[1]),
    (2, 1, &[1, 3]),
    (3, 1, &[1, 3, 1]),
    (3, 2, &[1, 1, 1]),
    (4, 1, &[1, 1, 3, 3]),
    (4, 4, &[1, 3, 5, 13]),
    (5, 2, &[1, 1, 5, 5, 17]),
    (5, 4, &[1, 1, 5, 5, 5]),
    (5, 7, &[1, 1, 7, 11, 19]),
    (5, 11, &[1, 1, 5, 1, 1]),
    (5, 13, &[1, 1, 1, 3, 11]),
    (5, 14, &[1, 3, 5, 5, 31]),
    (6, 1, &[1, 3, 3, 9, 7, 49]),
    (6, 13, &[1, 1, 1, 15, 21, 21]),
    (6, 16, &[1, 3, 1, 13, 27, 49]),
];

/// Coordinate `dimension` of point `index` of Sobol's sequence, in 2⁻³² of one. Point 0 is the corner and is not used.
fn sobol(index: u32, dimension: usize) -> u32 {
    let mut directions = [0_u32; 32];
    match dimension.checked_sub(1).and_then(|place| DIRECTIONS.get(place)) {
        None => (0..32).zip(&mut directions).for_each(|(bit, direction)| *direction = 1 << (31 - bit)),
        Some((degree, coefficients, first)) => {
            let degree = *degree as usize;
            for (bit, number) in first.iter().enumerate() {
                directions[bit] = number << (31 - bit);
            }
            for bit in degree..32 {
                let mut direction = directions[bit - degree] ^ (directions[bit - degree] >> degree);
                for back in 1..degree {
                    if coefficients >> (degree - 1 - back) & 1 == 1 {
                        direction ^= directions[bit - back];
                    }
                }
                directions[bit] = direction;
            }
        }
    }
    let gray = index ^ (index >> 1);
    directions
        .iter()
        .enumerate()
        .filter(|(bit, _)| gray >> bit & 1 == 1)
        .fold(0, |sum, (_, direction)| sum ^ direction)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn between_writes_like_its_ends() {
        let half = 1 << 31;
        assert_eq!(between("0", "100", half).as_deref(), Some("50"));
        assert_eq!(between("\"1.5\"", "\"2.5\"", half).as_deref(), Some("\"2.0\""));
        assert_eq!(between("\"10%\"", "\"20%\"", half).as_deref(), Some("\"15.00%\""));
        assert_eq!(between("\"100.00\"", "\"50.00\"", half).as_deref(), Some("\"75.00\""));
        assert_eq!(between("\"10%\"", "\"20‰\"", half), None);
        assert_eq!(between("\"constant\"", "\"growth\"", half), None);
        assert_eq!(between("10", "\"20\"", half), None);
    }

    /// SIM-24a: each walk moves every parameter once, by two thirds of its range, and stays within it.
    #[test]
    fn walks_move_each_parameter_once() {
        let parameter = |key: &str, values: [&str; 2]| crate::scenario::Parameter {
            key: key.to_owned(),
            values: values.map(str::to_owned).to_vec(),
        };
        let parameters = vec![parameter("a", ["0", "300"]), parameter("b", ["\"10%\"", "\"40%\""])];
        let study = Study { method: Method::Morris, points: 60, runs: 1, parameters };
        let points = points(&study, 5);
        assert_eq!(points.len(), 60);
        let mut seen = std::collections::BTreeSet::new();
        for (walk, number) in points.chunks(3).zip(0..) {
            let order = trajectory(2, 5, number).order;
            for (step, moved) in order.iter().enumerate() {
                for parameter in 0..2 {
                    let same = walk[step][parameter] == walk[step + 1][parameter];
                    assert_eq!(same, parameter != *moved, "{walk:?}");
                }
            }
            for point in walk {
                seen.insert(point[0].clone());
                assert!(
                    ["\"10%\"", "\"19.99%\"", "\"29.99%\"", "\"40%\""].contains(&point[1].as_str()),
                    "{point:?}"
                );
            }
        }
        // A third of 300, rounded down, is 99: the thirds are binary fractions.
        assert_eq!(seen.iter().map(String::as_str).collect::<Vec<_>>(), ["0", "199", "300", "99"]);
    }

    /// The published first points in two dimensions, and in each of the 16 dimensions every 64th part has one of 64 points.
    #[test]
    fn sobol_points_are_even() {
        let quarters: Vec<[u32; 2]> =
            (1..4).map(|index| [0, 1].map(|dimension| sobol(index, dimension) >> 30)).collect();
        assert_eq!(quarters, [[2, 2], [3, 1], [1, 3]]);
        for dimension in 0..16 {
            let mut parts: Vec<u32> = (0..64).map(|index| sobol(index, dimension) >> 26).collect();
            parts.sort_unstable();
            assert_eq!(parts, (0..64).collect::<Vec<_>>(), "dimension {dimension}");
        }
    }
}
