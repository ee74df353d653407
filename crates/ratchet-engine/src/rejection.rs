//! Refusals: every reason why a command is understood and still not done.
//!
//! Codes and numbers are permanent; a retired variant keeps its number as a comment. Variants stand in
//! order of precedence: when several apply, the first is returned, unless the rule states an order of its own
//! (PROMO-2a). A refused command changes nothing (ATOMIC-1), but work that was due before it stays done (TIME-2).

macro_rules! rejections {
    ($( $(#[$doc:meta])* $number:literal $code:literal $variant:ident => $text:literal; )*) => {
        /// Why a command was refused.
        ///
        /// As large as a sequence number, so that an [`Outcome`](crate::engine::Outcome) is returned in registers: read
        /// back from memory it waits for everything that the command wrote before it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u64)]
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

    /// CMD-1: said of a command that was read and never reached the programme.
    1003 "value_invalid" ValueInvalid => "a field has a value that it cannot have";
    /// TIME-1: the command is more than 400 days past the programme's time.
    1004 "at_too_far" AtTooFar => "the command's time is more than 400 days past the programme's; correct it, or go there in steps of at most 400 days with time.advance";
    /// TIME-4: it cannot have happened after the command was sent.
    1005 "happened_later" HappenedLater => "the command says that it happened after its own time; happened_at is at most at";

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

    /// NET-1b
    1106 "referrer_bound" ReferrerBound => "the member has a referrer already; it is bound once";
    /// NET-1b
    1107 "referrer_not_older" ReferrerNotOlder => "the referrer joined after the member; only an older member can be bound";
    /// NET-2
    1108 "member_state" MemberState => "the member is suspended already, or is not suspended";
    /// WIND-1
    1109 "winding_down" WindingDown => "the programme is being wound down; nothing new is begun";
    /// WIND-1
    1110 "wound_down" WoundDown => "the programme has been wound down; only withdrawals go on";

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
    /// ORDER-8
    1219 "refund_exceeds_freight" RefundExceedsFreight => "the refund is more than what is left of the order's freight or tax";
    /// Only a placed order can be paid without terms, and only a new one with terms.
    1213 "order_terms_missing" OrderTermsMissing => "there is no placed order with this id; state member and lines to place and pay at once";
    /// REL-1
    1214 "zone_unknown" ZoneUnknown => "the plan has no award zone of this name; see [release.zones]";
    /// MERCH-4
    1215 "product_merchant" ProductMerchant => "the product belongs to another merchant than the line names";
    /// 12.11
    1216 "source_unknown" SourceUnknown => "the plan has no source of this name; see [[source]]";
    /// LOY-1
    1217 "insufficient_loyalty" InsufficientLoyalty => "the member has fewer loyalty points than the tender asks for";
    /// CLAIM-1
    1218 "claim_share" ClaimShare => "claims pay at most a stated share of an order; lower the claim part of the tender";

    /// The plan has no pool.
    1301 "no_pool" NoPool => "this plan has no pool and no points";
    /// POOL-3
    1302 "insufficient_points" InsufficientPoints => "the member holds fewer points than that";
    /// Nothing to sell.
    1303 "points_not_positive" PointsNotPositive => "the number of points must be more than zero";
    /// POOL-3
    1310 "quote_missed" QuoteMissed => "the sale would pay less than the stated least; nothing was sold; look at what it would pay now";
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
    /// MERCH-5
    1409 "insufficient_payable" InsufficientPayable => "less than that is payable to the merchant";
    /// ORDER-6h
    1410 "exceeds_operator_due" ExceedsOperatorDue => "less than that is due from the operator; see operator.due";
    /// ORDER-6h
    1411 "insufficient_operator_claim" InsufficientOperatorClaim => "the operator may claim less than that; see operator.claim";

    /// COMM-4a
    1501 "no_agents" NoAgents => "this plan has no regional agents";
    /// COMM-4a
    1502 "territory_unknown" TerritoryUnknown => "there is no region with this code";
    /// COMM-4a
    1503 "territory_level" TerritoryLevel => "the code is not of this level: provinces end in 0000, cities in 00";
    /// COMM-4a
    1504 "agent_exists" AgentExists => "the member is agent of this region already";
    /// COMM-4a
    1505 "agent_unknown" AgentUnknown => "the member is not agent of this region";
    /// COMM-5a
    1506 "no_dividend" NoDividend => "this plan pays no dividend";

    /// REL-2
    1601 "no_tasks" NoTasks => "this plan releases nothing by tasks";
    /// EMIT-3b
    1602 "no_emission" NoEmission => "this plan issues no emission points";
    /// IDEM-1: issue ids are unique for ever.
    1603 "issue_exists" IssueExists => "an issue with this id exists already";
    /// The issue named does not exist.
    1604 "issue_unknown" IssueUnknown => "there is no issue with this id";
    /// EMIT-3b
    1605 "issue_done" IssueDone => "this issue has been carried out already";
    /// EMIT-3b
    1606 "insufficient_reserve" InsufficientReserve => "the unissued reserve holds less than that";

    /// MERCH-1
    1701 "no_merchants" NoMerchants => "this plan has no merchants that apply, tip and list";
    /// MERCH-1
    1702 "merchant_exists" MerchantExists => "this merchant, or this member's merchant, has applied already";
    /// The merchant named has not applied.
    1703 "merchant_unknown" MerchantUnknown => "there is no merchant with this id";
    /// MERCH-1
    1704 "merchant_state" MerchantState => "the merchant's state does not allow this";
    /// MERCH-1
    1705 "below_activation_pack" BelowActivationPack => "the order is less than the plan's activation pack";
    /// IDEM-1: product ids are unique for ever.
    1706 "product_exists" ProductExists => "a product with this id exists already";
    /// The product named does not exist.
    1707 "product_unknown" ProductUnknown => "there is no listed product with this id";
    /// MERCH-4
    1708 "award_too_low" AwardTooLow => "the award is less than one value unit for each unit of the price";
    /// MERCH-4
    1709 "concession_exceeds_price" ConcessionExceedsPrice => "the concession is more than the price";
    /// IDEM-1: tip ids are unique for ever.
    1710 "tip_exists" TipExists => "a tip with this id exists already";
    /// MERCH-3
    1711 "tip_to_self" TipToSelf => "a merchant cannot tip itself";
    /// MERCH-2
    1712 "insufficient_emission" InsufficientEmission => "the merchant has fewer free emission points than that costs";

    /// CAT-1
    1801 "no_catalogue" NoCatalogue => "this plan has no catalogue";
    /// IDEM-1: ids of articles are unique for ever.
    1802 "sku_exists" SkuExists => "an article with this id exists already";
    /// CAT-1
    1803 "sku_unknown" SkuUnknown => "there is no listed article with this id";
    /// CAT-1
    1804 "sku_missing" SkuMissing => "every line must name an article of the catalogue";
    /// CAT-1
    1805 "sku_merchant" SkuMerchant => "the article belongs to another merchant than the line names";
    /// CAT-2
    1806 "price_mismatch" PriceMismatch => "the amount is not the article's price times the quantity, less discounts";
    /// CAT-5
    1807 "freight_mismatch" FreightMismatch => "the freight is not what the plan charges for this order";
    /// CAT-4
    1808 "quantity_limit" QuantityLimit => "that is more than one order, one member or one day may have";
    /// CAT-3
    1809 "out_of_stock" OutOfStock => "there are not as many left";
    /// CAT-6
    1810 "points_only" PointsOnly => "the article is paid with loyalty points or re-consumption money only";
    /// ORDER-8: the line orders no article, so no pieces of it are counted.
    1818 "no_article" NoArticle => "the line orders no article of the catalogue; no stock is kept of it";
    /// ORDER-8
    1819 "pieces_exceeded" PiecesExceeded => "fewer pieces than that have left with the line and not come back";
    /// 12.9
    1811 "coupon_exists" CouponExists => "a coupon with this id exists already";
    /// 12.9
    1812 "coupon_unknown" CouponUnknown => "there is no such coupon, or the plan has no such kind";
    /// 12.9
    1813 "coupon_state" CouponState => "the coupon is used, reserved or expired, or belongs to somebody else";
    /// 12.9
    1814 "coupon_scope" CouponScope => "the coupon does not fit: minimum, articles, merchant, or others beside it";
    // 1815 "no_loyalty" was never given: where a plan has no loyalty points nobody has any (insufficient_loyalty).
    /// 12.12
    1816 "task_unknown" TaskUnknown => "the plan has no task of this name; see [[task]]";
    /// 12.8, FUND-1
    1817 "fund_unknown" FundUnknown => "the split has no fund of this name";

    /// PROMO-1
    1901 "promotion_unknown" PromotionUnknown => "the plan has no promotion of this name; see [[promotion]]";
    /// IDEM-1: ids of campaigns are unique for ever.
    1902 "campaign_exists" CampaignExists => "a campaign with this id exists already";
    /// PROMO-1
    1903 "campaign_unknown" CampaignUnknown => "there is no campaign with this id";
    /// PROMO-1
    1904 "campaign_window" CampaignWindow => "the campaign's window is not open now, or its times are not in order";
    /// PROMO-1
    1905 "campaign_state" CampaignState => "the campaign was cancelled, or is not of a kind that allows this";
    /// PROMO-2
    1906 "campaign_order" CampaignOrder => "an order of a campaign has one line, of its article, without coupons and stated legs";
    /// PROMO-3
    1907 "quota_exhausted" QuotaExhausted => "the campaign has not as many left";
    /// PROMO-4
    1908 "promotion_undecided" PromotionUndecided => "the order is not decided yet; it can only be refunded in full";
    /// 12.1
    1909 "group_unknown" GroupUnknown => "there is no group of this campaign with this id";
    /// 12.1
    1910 "group_closed" GroupClosed => "the group is full, has failed, or is closed";
    /// 12.1
    1911 "group_member" GroupMember => "the member is in this group already";
    /// 12.2, 12.5
    1912 "no_commitment" NoCommitment => "no commitment is left for this draw; publish some with promotion.commit";
    /// 12.2, 12.5
    1913 "commitment_repeated" CommitmentRepeated => "a commitment was used before; each draw needs one of its own";
    /// 12.2, 12.5
    1914 "draw_unknown" DrawUnknown => "there is no draw that waits for a seed under this id";
    /// 12.2, 12.5
    1915 "seed_mismatch" SeedMismatch => "the seed does not have the hash that was published";
    /// 12.4
    1916 "balance_window" BalanceWindow => "the rest of the price is paid only between the end of the campaign and its deadline";
    /// 12.5
    1917 "age_unknown" AgeUnknown => "the member's age is not attested; use member.attest";
    /// 12.5
    1918 "age_gate" AgeGate => "blind boxes are not sold to children under 8, nor below 18 without a guardian's consent";
    /// 12.5
    1919 "box_opened" BoxOpened => "the box was opened; it cannot be refunded before it is received";
    /// 12.10
    1921 "voucher_state" VoucherState => "this order has no voucher that can be redeemed by this merchant now";
    /// 12.10
    1920 "voucher_code" VoucherCode => "the code is not the one the voucher was given for, or it is missing";
    /// 12.7
    1922 "relist_state" RelistState => "these goods are not for sale, or are already; see their state";
    /// 12.7
    1923 "relist_ceiling" RelistCeiling => "the price has reached the ceiling; the goods are delivered";
    /// 12.7
    1924 "relist_own" RelistOwn => "a member cannot buy its own goods";
    /// IDEM-1: ids of purchases are unique for ever.
    1925 "purchase_exists" PurchaseExists => "a purchase with this id exists already";

    /// MKT-1
    2001 "no_market" NoMarket => "this plan has no internal market";
    /// MKT-2
    2002 "market_halted" MarketHalted => "the market is halted already, or not halted";
    /// IDEM-1: ids of offers are unique for ever.
    2003 "offer_exists" OfferExists => "an offer with this id exists already";
    /// MKT-1
    2004 "offer_unknown" OfferUnknown => "there is no offer with this id";
    /// MKT-1
    2005 "offer_state" OfferState => "the offer is not open any more";
    /// MKT-1
    2006 "price_tick" PriceTick => "the price is not a multiple of the plan's tick";
    /// MKT-2
    2007 "price_band" PriceBand => "the price is outside the band around the guide price";
    /// MKT-1
    2008 "offer_limit" OfferLimit => "the member has as many open offers as the plan allows";
    /// MKT-1
    2009 "own_offer" OwnOffer => "the offer would meet another of the same member";
    /// MKT-1
    2010 "not_fillable" NotFillable => "the offer cannot be filled at once in full";

    /// FUND-1
    2101 "no_funding" NoFunding => "this plan has no funding rounds";
    /// IDEM-1: ids of rounds are unique for ever.
    2102 "round_exists" RoundExists => "a round with this id exists already";
    /// FUND-1
    2103 "round_parts" RoundParts => "the parts of the round are more than its amount";
    /// EQUITY-1
    2104 "no_equity" NoEquity => "this plan has no equity";
    /// IDEM-1: ids of windows are unique for ever.
    2105 "window_exists" WindowExists => "a window with this id exists already";
    /// EQUITY-1
    2106 "window_unknown" WindowUnknown => "there is no open window with this id";
    /// EQUITY-1
    2107 "window_times" WindowTimes => "the window must close after it opens";
    /// IDEM-1
    2108 "allotment_exists" AllotmentExists => "an allotment or commitment with this id exists already";

    /// CLAIM-1
    2201 "no_claims" NoClaims => "this plan takes no legacy claims";
    /// IDEM-1: ids of claims and grants are unique for ever.
    2202 "claim_exists" ClaimExists => "a claim or grant with this id exists already";
    /// CLAIM-1
    2203 "claim_unknown" ClaimUnknown => "there is no claim with this id";
    /// CLAIM-1
    2204 "claim_done" ClaimDone => "this claim has its approvals already";
    /// CLAIM-2
    2205 "unbacked_grant" UnbackedGrant => "points are granted only with an injection of at least their worth";

    /// IDEM-1
    2301 "wind_down_exists" WindDownExists => "the programme is being wound down, or this id was used";
    /// WIND-1
    2302 "wind_down_unknown" WindDownUnknown => "there is no proposal with this id";
    /// WIND-1
    2303 "wind_down_times" WindDownTimes => "the date must be later than now";

    /// PAY-1a: the payment was recorded with the same content; nothing more is to be done.
    2401 "payment_exists" PaymentExists => "this payment was recorded before, with the same content; nothing more is to be done";
    /// PAY-1a: ids of payments are unique for ever.
    2402 "payment_conflict" PaymentConflict => "a payment with this id was recorded before with another amount, currency or order";
    /// The payment named does not exist.
    2403 "payment_unknown" PaymentUnknown => "there is no payment with this id";
    /// PAY-1d, PAY-1e
    2404 "payment_state" PaymentState => "nothing of this payment is left in suspense";
    /// PAY-1c
    2405 "payment_currency" PaymentCurrency => "the payment is in another currency; it can pay no order, and is returned in its own";
    /// PAY-1d
    2406 "return_exceeds_payment" ReturnExceedsPayment => "less than that is left of the payment";
    /// PAY-1e
    2407 "payment_short" PaymentShort => "less is left of the payment than the order's next payment is";
    /// IDEM-1: ids of resolutions are unique for ever.
    2408 "resolution_exists" ResolutionExists => "a resolution with this id exists already";
    /// The resolution named does not exist.
    2409 "resolution_unknown" ResolutionUnknown => "there is no resolution with this id";
    /// PAY-1e
    2410 "resolution_done" ResolutionDone => "this resolution has been carried out already";
}
