//! Random programs: a plan and commands, made from a seed, for comparing the engine with the naive model.
//!
//! Swarm style: each program switches some kinds of commands off and weights the others wildly, so that a
//! thousand programs together reach corners that one fair mixture never would. The generator runs a naive
//! model beside it and so knows what is legal; a share of commands is illegal on purpose.

mod generator;
mod plans;

use crate::command::Envelope;
use crate::plan::Plan;

use self::generator::Generator;
use super::rng::Rng;

/// A plan and commands to run on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// The text of a valid plan file.
    pub plan_source: String,
    /// In order; most are accepted.
    pub commands: Vec<Envelope>,
}

/// What a program is mostly about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// A bit of everything.
    Mixed,
    /// Many refunds, early and late, partial and full.
    RefundStorm,
    /// Many holders of similar size and a low exit multiple, so that one exit triggers the next.
    Cascade,
    /// Buying and selling all over and over: the price explodes and points split.
    Churn,
    /// Members that act together against the rest: pump and refund, split sales, last-holder loops, one unit kept.
    Coalition,
    /// Sales at the close of the day.
    DailyBatch,
    /// Withdrawals with every option of the wallet.
    Withdrawals,
    /// Articles, stock, coupons, sources, loyalty points, tasks.
    Mall,
    /// Campaigns of every kind.
    Promotions,
    /// Lotteries and blind boxes.
    Draws,
    /// The internal market.
    Market,
    /// Funding rounds, shares, claims.
    Capital,
    /// A bit of everything, and the orderly end in the middle of it.
    WindDown,
}

impl Profile {
    /// Every profile.
    pub const ALL: [Profile; 13] = [
        Profile::Mixed,
        Profile::RefundStorm,
        Profile::Cascade,
        Profile::Churn,
        Profile::Coalition,
        Profile::DailyBatch,
        Profile::Withdrawals,
        Profile::Mall,
        Profile::Promotions,
        Profile::Draws,
        Profile::Market,
        Profile::Capital,
        Profile::WindDown,
    ];

    /// Whether its plans have sections of the mall.
    pub(super) fn is_mall(self) -> bool {
        match self {
            Profile::Mall
            | Profile::Promotions
            | Profile::Draws
            | Profile::Market
            | Profile::Capital
            | Profile::WindDown => true,
            Profile::Mixed
            | Profile::RefundStorm
            | Profile::Cascade
            | Profile::Churn
            | Profile::Coalition
            | Profile::DailyBatch
            | Profile::Withdrawals => false,
        }
    }
}

impl Program {
    /// The program of a seed: profile, plan, length and commands all follow from it.
    pub fn random(seed: u64) -> Program {
        let mut rng = Rng::new(seed);
        let profile = rng.pick(&Profile::ALL).copied().unwrap_or(Profile::Mixed);
        Program::of_length(rng, profile)
    }

    /// The program of a seed with this profile.
    pub fn of_profile(seed: u64, profile: Profile) -> Program {
        Program::of_length(Rng::new(seed), profile)
    }

    fn of_length(mut rng: Rng, profile: Profile) -> Program {
        // Mostly short: a short program that fails is already half explained.
        let length = match rng.below(10) {
            0..=5 => rng.between(10, 60),
            6..=8 => rng.between(60, 200),
            _ => rng.between(200, 600),
        };
        Program::with_profile(rng.bits(), profile, length)
    }

    /// A program of about `length` commands with a given profile.
    pub fn with_profile(seed: u64, profile: Profile, length: u64) -> Program {
        let mut rng = Rng::new(seed);
        let plan_source = plans::random(&mut rng, profile);
        let plan = Program::parse(&plan_source);
        let length = usize::try_from(length).expect("a program fits in memory");
        let commands = Generator::new(rng, &plan, profile).run(length);
        Program { plan_source, commands }
    }

    /// The plan, parsed.
    pub fn plan(&self) -> Plan {
        Program::parse(&self.plan_source)
    }

    fn parse(source: &str) -> Plan {
        match Plan::parse("random.toml", source) {
            Ok(plan) => plan,
            Err(errors) => panic!("the generator writes valid plans only: {errors:?}\n{source}"),
        }
    }

    /// Plan and commands as text, to be read, or replayed with the command line: the plan, a blank line, JSON Lines.
    pub fn text(&self) -> String {
        let currency = self.plan().programme.currency;
        let mut text = format!("{}\n", self.plan_source);
        for command in &self.commands {
            text.push_str(&command.to_json(&currency));
            text.push('\n');
        }
        text
    }
}

/// The smallest program found, by leaving out commands, that still fails: by halves, then smaller parts, then one by one
/// until no single command can go.
pub fn minimise(program: &Program, fails: impl Fn(&Program) -> bool) -> Program {
    let mut smallest = program.clone();
    let mut part = smallest.commands.len().div_ceil(2);
    while part > 0 {
        let mut from = 0;
        let mut shorter = false;
        while from < smallest.commands.len() {
            let to = (from + part).min(smallest.commands.len());
            let mut attempt = smallest.clone();
            attempt.commands.drain(from..to);
            if fails(&attempt) {
                smallest = attempt;
                shorter = true;
            } else {
                from = to;
            }
        }
        // Leaving out one command can make another superfluous, so single ones are tried until none goes.
        if part > 1 || !shorter {
            part /= 2;
        }
    }
    smallest
}

#[cfg(test)]
mod tests {
    use super::{Profile, Program, minimise};
    use crate::command::{Command, Envelope};
    use crate::testing::naive::{Naive, NaiveOutcome};

    #[test]
    fn a_seed_gives_the_same_program_again() {
        assert_eq!(Program::random(7), Program::random(7));
        assert_ne!(Program::random(7), Program::random(8));
    }

    #[test]
    fn most_commands_are_accepted_and_some_are_not() {
        for profile in Profile::ALL {
            let (mut accepted, mut all) = (0, 0);
            for seed in 0..40 {
                let program = Program::with_profile(seed, profile, 100);
                let mut naive = Naive::new(&program.plan());
                for command in &program.commands {
                    all += 1;
                    if naive.submit(command) == NaiveOutcome::Applied {
                        accepted += 1;
                    }
                }
            }
            assert!(accepted * 10 > all * 6, "{profile:?}: {accepted} of {all} accepted");
            assert!(accepted * 100 < all * 99, "{profile:?}: {accepted} of {all} accepted");
        }
    }

    #[test]
    fn commands_survive_their_json() {
        for seed in 0..50 {
            let program = Program::random(seed);
            let currency = program.plan().programme.currency;
            for command in &program.commands {
                let line = command.to_json(&currency);
                assert_eq!(Envelope::from_json(&line, &currency).as_ref(), Ok(command), "{line}");
            }
        }
    }

    #[test]
    fn minimising_leaves_only_what_is_needed() {
        let program = Program::with_profile(3, Profile::Mixed, 200);
        let sells = |p: &Program| {
            p.commands.iter().filter(|c| matches!(c.command, Command::OrderPay { .. })).count() >= 2
        };
        assert!(sells(&program));
        let smallest = minimise(&program, sells);
        assert_eq!(smallest.commands.len(), 2);
        assert_eq!(smallest.plan_source, program.plan_source);
    }
}
