//! Tasks and staged release (REL-1 to REL-7).

use crate::engine::Engine;
use crate::id::Id;
use crate::rejection::Rejection;

impl Engine {
    /// `task.complete`. Refuses: member_unknown, no_tasks.
    pub(crate) fn complete_task(&mut self, member: &Id) -> Result<(), Rejection> {
        self.state.members.find(member.as_str()).ok_or(Rejection::MemberUnknown)?;
        Err(Rejection::NoTasks)
    }
}
