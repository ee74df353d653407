//! What is known of each fact of the dictionary (LINT-2d): from a plan, from its declarations, from a running programme.

use super::derived::derive;
use crate::facts::{FACTS, Fact, Kind, Origin, Value};
use crate::plan::{DeclaredFact, Plan};
use crate::time::Day;

/// Who told a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// It follows from the plan.
    ByPlan,
    /// It showed in the journal, where it goes beyond the plan.
    ByBehaviour,
    /// Somebody declared it.
    By(Box<DeclaredFact>),
    /// Nobody: it counts as the worst case.
    ByNobody,
}

/// A fact with what is known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Which.
    pub fact: &'static Fact,
    /// Its value; `None` where nobody knows it.
    pub value: Option<Value>,
    /// Who told it.
    pub told: Told,
}

/// What is known of every fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    known: Vec<Known>,
}

impl Facts {
    /// What a plan and its declarations say, on a day; `observed` is what a programme showed (empty before it ran).
    pub fn of(plan: &Plan, on: Day, observed: &[(&'static str, Value)]) -> Facts {
        let derived = derive(plan);
        let known = FACTS.iter().map(|fact| {
            let of_plan = derived.iter().find(|(name, _)| *name == fact.name).and_then(|(_, value)| *value);
            let seen = observed.iter().find(|(name, _)| *name == fact.name).map(|(_, value)| *value);
            let (value, told) = match fact.origin {
                // What was seen counts where it goes beyond what the plan says.
                Origin::Derived => match (of_plan, seen) {
                    (Some(of_plan), Some(seen)) if beyond(seen, of_plan) => (Some(seen), Told::ByBehaviour),
                    // What the plan leaves open stays open: that nothing was seen yet proves nothing.
                    (None, Some(Value::Switch(true))) => (seen, Told::ByBehaviour),
                    (Some(of_plan), _) => (Some(of_plan), Told::ByPlan),
                    (None, _) => (None, Told::ByNobody),
                },
                Origin::Observed => match (seen, of_plan) {
                    (Some(seen), _) => (Some(seen), Told::ByBehaviour),
                    (None, Some(of_plan)) => (Some(of_plan), Told::ByPlan),
                    (None, None) => (None, Told::ByNobody),
                },
                Origin::Declared => of_declaration(plan, fact, on),
            };
            Known { fact, value, told }
        });
        Facts { known: known.collect() }
    }

    /// What is known of this fact.
    pub fn known(&self, fact: &'static Fact) -> Option<&Known> {
        self.known.iter().find(|known| known.fact.name == fact.name)
    }

    /// All of them, in the order of [`FACTS`].
    pub fn all(&self) -> &[Known] {
        &self.known
    }
}

fn beyond(seen: Value, of_plan: Value) -> bool {
    match (seen, of_plan) {
        (Value::Whole(seen), Value::Whole(of_plan)) => seen > of_plan,
        (Value::Rate(seen), Value::Rate(of_plan)) => seen > of_plan,
        (Value::Switch(seen), Value::Switch(of_plan)) => seen && !of_plan,
        (Value::Switch(_) | Value::Whole(_) | Value::Rate(_) | Value::Name(_), _) => false,
    }
}

fn of_declaration(plan: &Plan, fact: &'static Fact, on: Day) -> (Option<Value>, Told) {
    let declaration = plan.facts.iter().find(|declared| declared.fact.name == fact.name);
    match (declaration, fact.kind) {
        // A licence without a valid record is no licence: that is the worst case, and it is known.
        (Some(declared), Kind::Licence) => {
            let holds =
                declared.licence.as_ref().is_some_and(|record| record.from <= on && on <= record.until);
            (Some(Value::Switch(holds)), Told::By(Box::new(declared.clone())))
        }
        (None, Kind::Licence) => (Some(Value::Switch(false)), Told::ByNobody),
        (Some(declared), _) => (Some(declared.value), Told::By(Box::new(declared.clone()))),
        (None, _) => (None, Told::ByNobody),
    }
}
