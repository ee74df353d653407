//! Draws by commit and reveal (PROMO-5, 12.2, 12.5).

use crate::draw::{DrawResult, Numbers, entries_hash, winners};
use crate::engine::Engine;
use crate::event::Event;
use crate::hash::Hash32;
use crate::id::{CampaignNo, Id, OrderNo, index};
use crate::keys::KeyKind;
use crate::rejection::Rejection;

impl Engine {
    /// `promotion.commit`. Refuses, in this order: campaign_unknown, campaign_state, commitment_repeated,
    /// limit_reached.
    pub(crate) fn commit_seeds(&mut self, campaign: &Id, commitments: &[Hash32]) -> Result<(), Rejection> {
        let number = self.find_campaign(campaign).ok_or(Rejection::CampaignUnknown)?;
        if self.state.campaigns.get(number).cancelled || !self.promotion_of(number).draws() {
            return Err(Rejection::CampaignState);
        }
        let mut sorted = commitments.to_vec();
        sorted.sort_unstable();
        let twice = sorted.windows(2).any(|pair| pair[0] == pair[1]);
        if twice || commitments.iter().any(|commitment| self.state.draws.is_published(commitment)) {
            return Err(Rejection::CommitmentRepeated);
        }
        if !self.state.draws.has_room(number, commitments.len()) {
            return Err(Rejection::LimitReached);
        }
        self.commit(Event::SeedsCommitted { campaign: number, commitments: commitments.to_vec() });
        Ok(())
    }

    /// `promotion.reveal`. Refuses: draw_unknown, seed_mismatch.
    pub(crate) fn reveal_seed(&mut self, draw: &Id, seed: &Hash32) -> Result<(), Rejection> {
        let draw = self.find(KeyKind::Order, draw.as_str()).map(OrderNo).ok_or(Rejection::DrawUnknown)?;
        let waits = self.state.draws.get(draw).filter(|_| self.state.draws.waits(draw));
        let waits = waits.ok_or(Rejection::DrawUnknown)?;
        if Hash32::of(seed.bytes()) != waits.commitment {
            return Err(Rejection::SeedMismatch);
        }
        if self.lottery_of(draw).is_some() {
            self.draw_lottery(draw, *seed);
        } else {
            self.open_box(draw, *seed);
        }
        Ok(())
    }

    /// PROMO-5c: draws the winners of a full group.
    fn draw_lottery(&mut self, group: OrderNo, seed: Hash32) {
        let (Some(lottery), Some(record)) = (self.lottery_of(group), self.state.campaigns.group(group))
        else {
            return;
        };
        let entries = record.orders.clone();
        let count = u32::try_from(entries.len()).expect("at most GROUP_MEMBERS_MAX members");
        let mut numbers = Numbers::new(seed, entries_hash(self.lottery_entries(group)));
        let places = winners(&mut numbers, count, lottery.winners).into_iter();
        let winners: Vec<OrderNo> = places.map(|place| entries[index(place)]).collect();
        let result = Box::new(DrawResult::Winners { entries, winners: winners.clone() });
        self.commit(Event::DrawRevealed { draw: group, seed, result });
        self.decide_lottery(group, &winners);
    }

    /// PROMO-5d: the seed of a draw was not revealed in time.
    pub(crate) fn reveal_timed_out(&mut self, draw: OrderNo) {
        self.commit(Event::DrawTimedOut { draw });
        if self.lottery_of(draw).is_some() {
            self.fail_lottery(draw);
        } else {
            self.refund_whole(draw);
        }
    }

    /// PROMO-5: whether a draw that begins now has a commitment. Refuses: no_commitment.
    pub(super) fn check_commitment(&self, campaign: CampaignNo) -> Result<(), Rejection> {
        if self.promotion_of(campaign).draws() && self.state.draws.left(campaign) == 0 {
            return Err(Rejection::NoCommitment);
        }
        Ok(())
    }

    /// PROMO-5: a draw of this campaign begins; it takes the next commitment, of which there is one (no_commitment was checked).
    pub(super) fn begin_draw(&mut self, draw: OrderNo, campaign: CampaignNo) {
        self.commit(Event::DrawOpened { draw, campaign });
    }

    /// PROMO-5a: the entries of a draw are closed; its seed is revealed within so many hours.
    pub(super) fn await_seed(&mut self, draw: OrderNo, reveal_hours: u32) {
        let until = self.state.now.plus_hours(reveal_hours);
        self.commit(Event::DrawClosed { draw, until });
    }

    /// What was entered is refunded before the draw: nothing is drawn.
    pub(super) fn drop_draw(&mut self, draw: OrderNo) {
        self.commit(Event::DrawCancelled { draw });
    }
}
