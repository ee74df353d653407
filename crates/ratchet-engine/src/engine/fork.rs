//! Forks under a changed plan (SIM-28, SIM-29): an amendment that holds at once, on a copy of the state.

use std::sync::Arc;

use crate::amendment::{Hindrance, changes, fitted};
use crate::engine::{Cause, DueKind, Engine};
use crate::plan::{Mode, Plan};
use crate::staged::day_mark;

impl Engine {
    /// A copy of the state that goes on under another plan, from now on. What it may change is the table of amendments
    /// (AMEND-2), without notice, approval and gate; everything that hinders it is returned at once. Members whom the new plan
    /// puts past the cap are sold out at once. Grants are of the new plan from the next local day on.
    pub fn fork_under(&self, plan: &Plan) -> Result<Engine, Vec<Hindrance>> {
        let mut fork = self.fork();
        let old = &Arc::clone(&self.plan);
        let mut plan = plan.clone();
        let [zone, old_zone] = [&plan, old].map(|plan| plan.programme.calendar.zone());
        if zone.zip(old_zone).is_some_and(|(new, old)| new.name == old.name) {
            // TIME-3: whatever table the text was read with, the programme's days are cut by the rules in its genesis.
            plan.programme.calendar = old.programme.calendar.clone();
        }
        let mut compared = fitted(old, &plan);
        if compared == **old {
            return Ok(fork);
        }
        if plan.programme.mode == Mode::Sandbox {
            // A fork of a live programme may be a sandbox: it has no pass (GATE-1).
            compared.programme.mode = old.programme.mode;
        }
        let changes = changes(old, &compared);
        let hindrances = self.hindrances(old, &compared, &changes, None);
        if !hindrances.is_empty() {
            return Err(hindrances);
        }
        compared.programme.mode = plan.programme.mode;
        let terms = self.version_terms(&compared, day_mark(self.today()) + 1);
        fork.state.begin_version(None, &terms);
        fork.set_plan(compared);
        // Whoever is past a lower cap is sold out now, as an entry of its own.
        fork.log.clear();
        fork.log.begin(fork.state.seq, fork.state.now, Cause::Due(DueKind::PlanChange));
        fork.set_caps();
        fork.cascade();
        fork.end_entry();
        Ok(fork)
    }
}
