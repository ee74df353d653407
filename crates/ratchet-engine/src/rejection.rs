//! Refusals: every reason why a command is understood and still not done.
//!
//! Codes and numbers are permanent; a retired variant keeps its number as a comment. Variants stand in
//! order of precedence: when several apply, the first is returned. A refused command changes nothing
//! (ATOMIC-1), but work that was due before it stays done (TIME-2).

macro_rules! rejections {
    ($( $(#[$doc:meta])* $number:literal $code:literal $variant:ident => $text:literal; )*) => {
        /// Why a command was refused.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Rejection {
            $( $(#[$doc])* $variant, )*
        }

        impl Rejection {
            /// Every refusal, in order of precedence.
            pub const ALL: &'static [Rejection] = &[$(Rejection::$variant),*];

            /// The permanent number.
            pub fn number(self) -> u16 {
                match self { $(Rejection::$variant => $number,)* }
            }

            /// The permanent code, as in JSON.
            pub fn code(self) -> &'static str {
                match self { $(Rejection::$variant => $code,)* }
            }
        }

        impl std::fmt::Display for Rejection {
            fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                out.write_str(match self { $(Rejection::$variant => $text,)* })
            }
        }
    };
}

rejections! {
    /// IDEM-1: the key was used with other content.
    1001 "key_reused" KeyReused => "this idempotency key was used before with other content; use a new key";
    /// TIME-1: the command is older than the programme's time.
    1002 "time_went_backwards" TimeWentBackwards => "the command's time is before the programme's; send it with the current time";

    /// NET-1
    1101 "member_exists" MemberExists => "a member with this id exists already";
    /// The member named does not exist.
    1102 "member_unknown" MemberUnknown => "there is no member with this id";
    /// NET-1
    1103 "referrer_is_self" ReferrerIsSelf => "a member cannot be its own referrer";
    /// NET-1
    1104 "referrer_unknown" ReferrerUnknown => "the referrer does not exist; the referrer must join first";
    /// A named limit of the engine is reached.
    1105 "limit_reached" LimitReached => "a limit of this programme is reached; see docs/spec/limits.md";

    /// IDEM-1: order ids are unique for ever.
    1201 "order_exists" OrderExists => "an order with this id exists already";
    /// The order named does not exist.
    1202 "order_unknown" OrderUnknown => "there is no order with this id";
    /// ORDER-1
    1203 "order_state" OrderState => "the order's state does not allow this";
    /// Two lines of an order have the same id.
    1204 "line_repeated" LineRepeated => "two lines have the same line id";
    /// The line named does not exist.
    1205 "line_unknown" LineUnknown => "the order has no line with this id";
    /// Amounts must be more than zero.
    1206 "amount_not_positive" AmountNotPositive => "the amount must be more than zero";
    /// ORDER-3
    1207 "line_exceeds_base" LineExceedsBase => "the line's stated cost and contribution exceed its base";
    /// ORDER-2
    1208 "tender_mismatch" TenderMismatch => "the tender does not add up to the lines' amounts";
    /// WALLET-1
    1209 "insufficient_reconsume" InsufficientReconsume => "the re-consumption wallet holds less than the tender asks for";
    /// CLAIM-1
    1210 "insufficient_claim" InsufficientClaim => "the member's claim is less than the tender asks for";
    /// IDEM-1: refund ids are unique for ever.
    1211 "refund_exists" RefundExists => "a refund with this id exists already";
    /// ORDER-5
    1212 "refund_exceeds_line" RefundExceedsLine => "the refund is more than what is left of the line";
    /// Only a placed order can be paid without terms, and only a new one with terms.
    1213 "order_terms_missing" OrderTermsMissing => "there is no placed order with this id; state member and lines to place and pay at once";

    /// The plan has no pool.
    1301 "no_pool" NoPool => "this plan has no pool and no points";
    /// POOL-3
    1302 "insufficient_points" InsufficientPoints => "the member holds fewer points than that";
    /// Nothing to sell.
    1303 "points_not_positive" PointsNotPositive => "the number of points must be more than zero";
    /// POOL-10
    1304 "supply_is_zero" SupplyIsZero => "there are no points in circulation, so nobody would benefit from an injection";
    /// IDEM-1: disposal ids are unique for ever.
    1305 "disposal_exists" DisposalExists => "a disposal with this id exists already";
    /// The disposal named does not exist.
    1306 "disposal_unknown" DisposalUnknown => "there is no disposal with this id";
    /// POOL-8
    1307 "disposal_done" DisposalDone => "this disposal has been carried out already";
    /// POOL-8: four eyes.
    1308 "same_person" SamePerson => "a second person must approve; this actor has already acted";
    /// POOL-8
    1309 "residual_empty" ResidualEmpty => "there is no residual of this epoch, or nobody to share it";

    /// IDEM-1: withdrawal ids are unique for ever.
    1401 "withdrawal_exists" WithdrawalExists => "a withdrawal with this id exists already";
    /// The withdrawal named does not exist.
    1402 "withdrawal_unknown" WithdrawalUnknown => "there is no withdrawal with this id";
    /// WALLET-2
    1403 "withdrawal_state" WithdrawalState => "the withdrawal's state does not allow this";
    /// WALLET-2
    1404 "below_minimum" BelowMinimum => "the amount is below the plan's minimum for a withdrawal";
    /// WALLET-1
    1405 "insufficient_cash" InsufficientCash => "the cash wallet holds less than that";
    /// WALLET-2
    1406 "daily_limit" DailyLimit => "the plan's daily withdrawal limit would be exceeded";
    /// WALLET-2
    1407 "cool_down" CoolDown => "the plan's time between two withdrawals has not passed";
    /// WALLET-2: a rejection needs a reason of 1 to 500 characters.
    1408 "reason_missing" ReasonMissing => "state a reason of 1 to 500 characters";
}
