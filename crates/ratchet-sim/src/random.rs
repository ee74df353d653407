//! Random numbers that are the same on every machine and in every release: xoshiro256++, seeded by SplitMix64
//! (Blackman and Vigna, public domain). Whole numbers only.

use ratchet_engine::amount::Rate;

/// A stream of random numbers. The same seed gives the same stream for ever.
#[derive(Clone, Debug)]
pub struct Random {
    state: [u64; 4],
}

impl Random {
    /// The stream of a seed.
    pub fn new(seed: u64) -> Random {
        let mut mixer = seed;
        Random { state: std::array::from_fn(|_| split_mix(&mut mixer)) }
    }

    /// 64 random bits.
    #[inline]
    pub fn bits(&mut self) -> u64 {
        let [a, b, c, d] = self.state;
        let result = a.wrapping_add(d).rotate_left(23).wrapping_add(a);
        let (c, d) = (c ^ a, d ^ b);
        self.state = [a ^ d, b ^ c, c ^ (b << 17), d.rotate_left(45)];
        result
    }

    /// A number below `bound`, each equally likely; 0 if the bound is 0.
    #[inline]
    pub fn below(&mut self, bound: u64) -> u64 {
        // The upper half of a 128-bit product maps 2^64 values to `bound` ones; those products whose lower
        // half is below 2^64 mod bound are one too many of some and are drawn again.
        let mut product = u128::from(self.bits()) * u128::from(bound);
        if (product as u64) < bound {
            let surplus = bound.wrapping_neg() % bound;
            while (product as u64) < surplus {
                product = u128::from(self.bits()) * u128::from(bound);
            }
        }
        (product >> 64) as u64
    }

    /// True with this probability, exactly.
    #[inline]
    pub fn happens(&mut self, rate: Rate) -> bool {
        self.below(u64::from(Rate::ONE.ppm())) < u64::from(rate.ppm())
    }
}

/// The next number of a SplitMix64 stream; also a good mixer of a counter.
pub fn split_mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_vectors() {
        let mut mixer = 1_234_567;
        assert_eq!(split_mix(&mut mixer), 6_457_827_717_110_365_317);
        assert_eq!(split_mix(&mut mixer), 3_203_168_211_198_807_973);
        let mut random = Random { state: [1, 2, 3, 4] };
        let first: [u64; 4] = std::array::from_fn(|_| random.bits());
        assert_eq!(first, [41_943_041, 58_720_359, 3_588_806_011_781_223, 3_591_011_842_654_386]);
    }

    #[test]
    fn below_is_even() {
        let mut random = Random::new(7);
        let mut counts = [0_u32; 6];
        for _ in 0..60_000 {
            counts[random.below(6) as usize] += 1;
        }
        assert!(counts.iter().all(|count| (9_600..10_400).contains(count)), "{counts:?}");
        assert_eq!(random.below(0), 0);
        assert_eq!(random.below(1), 0);
    }

    #[test]
    fn rates_are_kept() {
        let mut random = Random::new(1);
        let hits = (0..100_000).filter(|_| random.happens(Rate::from_ppm(30_000))).count();
        assert!((2_800..3_200).contains(&hits), "{hits}");
        assert!(!random.happens(Rate::ZERO));
        assert!(random.happens(Rate::ONE));
    }
}
