//! Random amendments: the plan in force with some lines changed, proposed, approved, withdrawn, forgotten (AMEND-1 to AMEND-4).

use super::{Generator, id, time};
use crate::command::Command;
use crate::hash::Hash32;
use crate::id::Id;
use crate::testing::rng::Rng;
use crate::time::DAY_US;

impl Generator {
    /// Something about amendments: most often a whole one, of which few are refused.
    pub(super) fn amend(&mut self) {
        let waiting: Vec<(Id, Hash32)> = self
            .naive
            .amendments
            .iter()
            .filter(|(_, amendment)| amendment.is_proposed())
            .map(|(version, amendment)| (version.clone(), Hash32::of(amendment.plan.source.as_bytes())))
            .collect();
        let one = self.amend_rng.pick(&waiting).cloned();
        match (self.amend_rng.below(12), one) {
            (0, Some((version, _))) => {
                self.send_as("operator", Command::PlanWithdraw { version });
            }
            (1, Some((version, hash))) => {
                let approve = Command::PlanApprove { version, hash };
                self.send_as("auditor", approve);
            }
            (2, Some((version, hash))) => {
                let approve = Command::PlanApprove { version, hash };
                self.send_as("operator", approve);
            }
            (3, Some((version, _))) => {
                let approve = Command::PlanApprove { version, hash: Hash32::of(b"another text") };
                self.send_as("auditor", approve);
            }
            (4, _) => {
                let version = self.any_version();
                self.send_as("operator", Command::PlanWithdraw { version });
            }
            (5, _) => {
                let version = self.any_version();
                self.send_as("auditor", Command::PlanApprove { version, hash: Hash32::of(b"") });
            }
            _ => self.propose_and_approve(),
        }
    }

    /// A version of any state, or one that does not exist.
    fn any_version(&mut self) -> Id {
        let known: Vec<Id> = self.naive.amendments.keys().cloned().collect();
        self.amend_rng.pick(&known).cloned().unwrap_or_else(|| id("nobody"))
    }

    fn propose_and_approve(&mut self) {
        let mut plan = self.naive.plan().source.clone();
        for _ in 0..self.amend_rng.between(1, 3) {
            plan = changed(&plan, &mut self.amend_rng);
        }
        let mut effective_at = self.naive.next_midnight(self.now);
        let days = [0, 0, 1, 7, 7, 8, 30].get(self.amend_rng.index(7)).copied().unwrap_or(0);
        for _ in 0..days {
            effective_at = self.naive.next_midnight(effective_at);
        }
        if self.amend_rng.below(25) == 0 {
            effective_at += 1;
        }
        if self.amend_rng.below(25) == 0 {
            effective_at = (self.now - DAY_US).max(0);
        }
        self.counter += 1;
        let version = if self.amend_rng.below(30) == 0 {
            self.any_version()
        } else {
            id(&format!("v{}", self.counter))
        };
        let hash = Hash32::of(plan.as_bytes());
        let propose = Command::PlanPropose {
            version: version.clone(),
            plan,
            opinions: (self.amend_rng.below(30) == 0).then(|| "[[opinion]]".to_owned()),
            effective_at: time(effective_at),
        };
        self.send_as("operator", propose);
        // Some wait for another turn, and some lapse.
        if self.amend_rng.chance(85) {
            self.send_as("auditor", Command::PlanApprove { version, hash });
        }
    }
}

/// The text with one line changed, gone or added. It may be no plan any more.
fn changed(text: &str, rng: &mut Rng) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    if rng.below(12) == 0 {
        // A short notice lets the next ones come soon.
        let days = rng.below(3);
        lines.retain(|line| !line.starts_with("notice_days"));
        if let Some(at) = lines.iter().position(|line| line == "[programme]") {
            lines.insert(at + 1, format!("notice_days = {days}"));
        }
        return joined(&lines);
    }
    if rng.below(25) == 0
        && let Some(at) = lines.iter().position(|line| line == "[split.funds]")
    {
        let place = if rng.chance(50) { at + 1 } else { (at + 2).min(lines.len()) };
        lines.insert(place, format!("later{} = \"0%\"", rng.below(3)));
        return joined(&lines);
    }
    let may_change = |line: &String| {
        line.contains(" = ") && !line.starts_with("name") && !line.starts_with("id") && !line.starts_with('#')
    };
    let places: Vec<usize> = (0..lines.len()).filter(|at| may_change(&lines[*at])).collect();
    let Some(at) = rng.pick(&places).copied() else { return joined(&lines) };
    if rng.below(40) == 0 {
        lines.remove(at);
        return joined(&lines);
    }
    let Some((key, value)) =
        lines[at].split_once(" = ").map(|(key, value)| (key.to_owned(), value.to_owned()))
    else {
        return joined(&lines);
    };
    lines[at] = format!("{key} = {}", other_value(&value, rng));
    joined(&lines)
}

fn joined(lines: &[String]) -> String {
    let mut text = lines.join("\n");
    text.push('\n');
    text
}

/// Another value of the same form: the first number in it becomes another one.
fn other_value(value: &str, rng: &mut Rng) -> String {
    match value {
        "true" => return "false".to_owned(),
        "false" => return "true".to_owned(),
        _ => {}
    }
    let Some(from) = value.find(|letter: char| letter.is_ascii_digit()) else { return value.to_owned() };
    let rest = &value[from..];
    let length = rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len());
    let number: u64 = rest[..length].parse().unwrap_or(1);
    let other = match rng.below(6) {
        0 => number + 1,
        1 => number.saturating_sub(1),
        2 => number * 2 % 101,
        3 => number / 2,
        4 => rng.below(100),
        _ => number + 5,
    };
    format!("{}{other}{}", &value[..from], &rest[length..])
}
