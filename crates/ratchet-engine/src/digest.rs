//! The digest: one SHA-256 over the whole state in a fixed order. Two engines with the same digest answer everything that comes in
//! the same way: it covers members, balances, orders, lots, queues, timers and keys, all that a snapshot holds.

use sha2::{Digest, Sha256};

use crate::engine::Engine;
use crate::hash::{Hash32, hex};
use crate::invariant;
use crate::snapshot::{Output, Part, Snapshot, layout_hash};

/// What the stream begins with, so that digests of different encodings are never taken for each other.
const ENCODING: &[u8] = b"ratchet state 4\0";

impl Engine {
    /// SHA-256 of the whole state, in hex. Checks every invariant first, in every build: a broken one is a
    /// bug and stops the writer.
    ///
    /// It is that of one version's layout of the state ([`layout_hash`]) and of one seed of hashes: keys are kept as hashes.
    pub fn digest(&self) -> String {
        self.assert_invariants();
        let mut hasher = DigestHasher::default();
        self.digest_bytes(&mut |block| {
            hasher.update(&block);
            block
        });
        hasher.finish()
    }

    /// The bytes that [`Engine::digest`] hashes, in order, for who has a second thread to hash them on: `take`
    /// gets a block and gives back one to be filled. The caller checks the invariants.
    pub fn digest_bytes(&self, take: &mut dyn FnMut(Vec<u8>) -> Vec<u8>) {
        let mut out = Output::new(take);
        out.bytes(&self.digest_start());
        self.state.feed(&mut out);
        out.finish();
    }

    /// What a digest begins with besides the state: its encoding and layout, the plans and their zone, the seed.
    pub(crate) fn digest_start(&self) -> Vec<u8> {
        let mut bytes = ENCODING.to_vec();
        layout_hash().write(&mut bytes);
        self.plan_sources().write(&mut bytes);
        if let Some(zone) = self.plan.programme.calendar.zone() {
            zone.write(&mut bytes);
        }
        self.state.seed.write(&mut bytes);
        bytes
    }

    /// Checks every invariant; a broken one is a bug and stops the writer.
    pub fn assert_invariants(&self) {
        if let Err(violation) = invariant::check(self) {
            panic!("invariant broken: {violation}");
        }
    }

    /// Checks every named invariant over the whole state.
    pub fn check_invariants(&self) -> Result<(), invariant::Violation> {
        invariant::check(self)
    }
}

/// Makes a digest of the bytes of [`Engine::digest_bytes`].
#[derive(Clone, Default)]
pub struct DigestHasher(Sha256);

impl DigestHasher {
    /// Takes the next block.
    pub fn update(&mut self, block: &[u8]) {
        self.0.update(block);
    }

    /// The digest, in hex.
    pub fn finish(self) -> String {
        hex(&self.0.finalize())
    }

    /// The digest.
    pub(crate) fn finish_hash(self) -> Hash32 {
        Hash32::new(self.0.finalize().into())
    }
}
