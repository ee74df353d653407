//! A member's tasks of a day (REL-2, TASK-1).

use crate::engine::Engine;
use crate::time::Day;

/// Where a member stands with the tasks of a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TasksView<'a> {
    /// Whether the day is done.
    pub done: bool,
    /// Completions that counted on it.
    pub counted: u32,
    /// How many make it done.
    pub required: u32,
    /// The tasks that the plan names; none where it has one without a name.
    pub tasks: Vec<TaskView<'a>>,
}

/// One of the plan's tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TaskView<'a> {
    /// Its key in the plan.
    pub id: &'a str,
    /// How often it counted on the day.
    pub counted: u32,
    /// Whether one more would count: the day's limit and, of one that counts once, the member's life leave room (TASK-1).
    pub open: bool,
}

impl Engine {
    /// A member's tasks of a local day that is not closed yet; `None` in a plan without tasks, and for somebody unknown.
    pub fn tasks_of(&self, id: &str, day: Day) -> Option<TasksView<'_>> {
        let plan = &self.plan;
        if plan.release.is_none() && plan.value.is_none() {
            return None;
        }
        let (member, tasks) = (self.state.members.find(id)?, &self.state.tasks);
        let views = plan.tasks.iter().zip(0..).map(|(task, place)| {
            let counted = tasks.count(member, place, day);
            let again = !(task.once && tasks.was_done(member, place));
            TaskView { id: &task.id, counted, open: again && counted < task.daily_limit }
        });
        let named = plan.release.as_ref().filter(|_| !plan.tasks.is_empty());
        Some(TasksView {
            done: tasks.is_done(member, day),
            counted: tasks.counted(member, day),
            required: named.map_or(1, |release| release.tasks_required),
            tasks: views.collect(),
        })
    }

    /// How many members have done the task of the day that is not closed yet.
    pub fn members_done_today(&self) -> usize {
        self.state.tasks.today().len()
    }
}
