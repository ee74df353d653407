//! Offers, trades and halts of the internal market (MKT-1, MKT-2).

use ratchet_engine::command::{Command, Envelope, Side};
use ratchet_engine::event::Event;
use ratchet_engine::id::OfferNo;
use rusqlite::ToSql;

use super::Rows;
use crate::rows::actor;
use crate::rows::market::{OfferStanding, name_of_side, name_of_time_in_force};

impl Rows<'_> {
    #[expect(clippy::wildcard_enum_match_arm, reason = "the caller hands over the events of the market")]
    pub(super) fn market_event(
        &self,
        event: &Event,
        envelope: Option<&Envelope>,
        (us, seq): (i64, i64),
    ) -> rusqlite::Result<()> {
        let by = actor(envelope.map(|envelope| &envelope.actor));
        match event {
            Event::OfferMade { offer, id, member, side, price, quantity, hold, rests: _ } => {
                let insert = "INSERT INTO offer (no, id, member, side, time_in_force, price, lots, remaining, held, hold, \
                              traded, fees, state, us, seq) \
                              VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, ?8, ?8, 0, 0, ?9, ?10, ?11)";
                let asked = envelope.map(|envelope| &envelope.command);
                let Some(Command::MarketOffer { time_in_force, .. }) = asked else {
                    return Err(rusqlite::Error::InvalidQuery);
                };
                let values: [&dyn ToSql; 11] = [
                    &offer.0,
                    &id.as_str(),
                    &member.0,
                    &name_of_side(*side),
                    &name_of_time_in_force(*time_in_force),
                    &price.minor(),
                    quantity,
                    &hold.minor(),
                    &OfferStanding::Open.name(),
                    &us,
                    &seq,
                ];
                self.execute(insert, &values)
            }
            Event::OfferFilled { maker, taker, quantity, price, buyer_fee, seller_fee, proceeds, hold } => {
                // What the lots cost is what the seller gets and the fee that it pays out of it.
                let amount = proceeds.minor() + seller_fee.minor();
                let (bought, sold, side) = match self.side_of(*taker)? {
                    Side::Buy => (taker, maker, Side::Buy),
                    Side::Sell => (maker, taker, Side::Sell),
                };
                let insert = "INSERT INTO trade (bought, sold, buyer, seller, taker, price, lots, amount, buyer_fee, \
                              seller_fee, us, seq) \
                              SELECT ?1, ?2, b.member, s.member, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10 \
                              FROM offer b, offer s WHERE b.no = ?1 AND s.no = ?2";
                let values: [&dyn ToSql; 10] = [
                    &bought.0,
                    &sold.0,
                    &name_of_side(side),
                    &price.minor(),
                    quantity,
                    &amount,
                    &buyer_fee.minor(),
                    &seller_fee.minor(),
                    &us,
                    &seq,
                ];
                self.execute(insert, &values)?;
                let update = "UPDATE offer SET remaining = remaining - ?2, traded = traded + ?3, fees = fees + ?4, hold = ?5, \
                              state = iif(remaining = ?2, ?6, state), ended_us = iif(remaining = ?2, ?7, NULL), \
                              ended_seq = iif(remaining = ?2, ?8, NULL) WHERE no = ?1";
                let filled = OfferStanding::Filled.name();
                for (offer, fee, hold) in [(bought, buyer_fee, hold.minor()), (sold, seller_fee, 0)] {
                    let values: [&dyn ToSql; 8] =
                        [&offer.0, quantity, &amount, &fee.minor(), &hold, &filled, &us, &seq];
                    self.execute(update, &values)?;
                }
                Ok(())
            }
            Event::OfferClosed { offer, remaining: _ } => {
                let state = match envelope.map(|envelope| &envelope.command) {
                    Some(Command::MarketOffer { .. }) => OfferStanding::Unfilled,
                    _ => OfferStanding::Cancelled,
                };
                let update = "UPDATE offer SET hold = 0, state = ?2, ended_us = ?3, ended_seq = ?4, ended_by = ?5 \
                              WHERE no = ?1";
                self.execute(update, &[&offer.0, &state.name(), &us, &seq, &by])
            }
            Event::MarketHalted { reason } => {
                let insert = "INSERT INTO halt (reason, actor, us, seq) VALUES (?1, ?2, ?3, ?4)";
                self.execute(insert, &[reason, &by, &us, &seq])
            }
            Event::MarketResumed {} => {
                let update = "UPDATE halt SET resumed_us = ?1, resumed_seq = ?2 WHERE resumed_seq IS NULL";
                self.execute(update, &[&us, &seq])
            }
            _ => Ok(()),
        }
    }

    fn side_of(&self, offer: OfferNo) -> rusqlite::Result<Side> {
        let mut statement = self.connection.prepare_cached("SELECT side FROM offer WHERE no = ?1")?;
        let side: String = statement.query_row([offer.0], |row| row.get(0))?;
        crate::rows::market::side_named(&side)
    }
}
