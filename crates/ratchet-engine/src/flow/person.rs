//! Who is one person: what "two people" compares (ACC-3a).

use crate::engine::Engine;
use crate::id::{Id, MemberNo};

impl Engine {
    /// ACC-3a: whether two actors are one person.
    pub(crate) fn is_same_person(&self, one: &Id, other: &Id) -> bool {
        one == other || self.person_of(one.as_str()) == self.person_of(other.as_str())
    }

    /// The same of a member and an actor.
    pub(crate) fn is_person_of(&self, member: MemberNo, actor: &Id) -> bool {
        let name = self.state.members.name(member);
        name == actor.as_str() || self.person_of(name) == self.person_of(actor.as_str())
    }

    /// Whose position an actor is if it is a member of whom that is known, else the actor itself.
    fn person_of<'a>(&'a self, actor: &'a str) -> &'a str {
        let person = self.state.members.find(actor).and_then(|member| self.state.persons.get(&member));
        person.map_or(actor, Id::as_str)
    }
}
