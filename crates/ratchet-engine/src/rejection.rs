//! Refusals: every reason why a command is understood and still not done.
//!
//! Codes and numbers are permanent; a retired variant keeps its number as a comment. Variants stand in
//! order of precedence: when several apply, the first is returned, unless the rule states an order of its own
//! (PROMO-2a). A refused command changes nothing (ATOMIC-1), but work that was due before it stays done (TIME-2).

macro_rules! rejections {
    ($( $(#[$doc:meta])* $number:literal $code:literal $variant:ident => $text:literal, $zh:literal; )*) => {
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

            /// The sentence in Chinese; the English one is its `Display`.
            pub fn zh(self) -> &'static str {
                match self { $(Rejection::$variant => $zh,)* }
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
    1001 "key_reused" KeyReused => "this idempotency key was used before with other content; use a new key", "这个幂等键已用于别的内容；请换一个新的键";
    /// TIME-1: the command is older than the programme's time.
    1002 "time_went_backwards" TimeWentBackwards => "the command's time is before the programme's; send it with the current time", "指令的时间早于项目的当前时间；请用当前时间重新发送";

    /// CMD-1: said of a command that was read and never reached the programme.
    1003 "value_invalid" ValueInvalid => "a field has a value that it cannot have", "某个字段的值不可能成立";
    /// TIME-1: the command is more than 400 days past the programme's time.
    1004 "at_too_far" AtTooFar => "the command's time is more than 400 days past the programme's; correct it, or go there in steps of at most 400 days with time.advance", "指令的时间比项目的当前时间晚 400 天以上；请更正时间，或用 time.advance 分步推进，每步至多 400 天";
    /// TIME-4: it cannot have happened after the command was sent.
    1005 "happened_later" HappenedLater => "the command says that it happened after its own time; happened_at is at most at", "指令写明的发生时间晚于指令自己的时间；happened_at 不能晚于 at";

    /// NET-1
    1101 "member_exists" MemberExists => "a member with this id exists already", "已有同号的会员";
    /// The member named does not exist.
    1102 "member_unknown" MemberUnknown => "there is no member with this id", "没有这个会员";
    /// NET-1
    1103 "referrer_is_self" ReferrerIsSelf => "a member cannot be its own referrer", "会员不能推荐自己";
    /// NET-1
    1104 "referrer_unknown" ReferrerUnknown => "the referrer does not exist; the referrer must join first", "推荐人不存在；推荐人必须先加入";
    /// A named limit of the engine is reached.
    1105 "limit_reached" LimitReached => "a limit of this programme is reached; see docs/spec/limits.md", "已到本项目的上限";

    /// NET-1b
    1106 "referrer_bound" ReferrerBound => "the member has a referrer already; it is bound once", "会员已有推荐人；推荐关系只能绑定一次";
    /// NET-1b
    1107 "referrer_not_older" ReferrerNotOlder => "the referrer joined after the member; only an older member can be bound", "推荐人加入得比会员晚；只能绑定更早加入的会员";
    /// NET-2
    1108 "member_state" MemberState => "the member is suspended already, or is not suspended", "会员已被暂停资格，或并未被暂停";
    /// WIND-1
    1109 "winding_down" WindingDown => "the programme is being wound down; nothing new is begun", "项目正在清盘，不再开始新的业务";
    /// WIND-1
    1110 "wound_down" WoundDown => "the programme has been wound down; only withdrawals go on", "项目已经清盘，只能继续提现";

    /// GATE-2
    1111 "admission_suspended" AdmissionSuspended => "today's rules do not let this live programme pass; no new orders and members until a review finds that they do", "现行规则不再允许这个项目正式运行；在复核通过之前不接受新的订单和会员";
    /// GATE-2
    1112 "review_unfounded" ReviewUnfounded => "a review states the day of its command, this version's rule packs, and at least what they find", "复核必须注明指令当日的日期、本版本的规则包，并至少列出这些规则包得出的结论";
    /// GATE-2
    1113 "programme_sandbox" ProgrammeSandbox => "a sandbox programme has no admission to review", "沙盒项目没有需要复核的上线许可";

    /// IDEM-1: order ids are unique for ever.
    1201 "order_exists" OrderExists => "an order with this id exists already", "已有同号的订单";
    /// The order named does not exist.
    1202 "order_unknown" OrderUnknown => "there is no order with this id", "没有这个订单";
    /// ORDER-1
    1203 "order_state" OrderState => "the order's state does not allow this", "订单当前的状态不允许这样做";
    /// Two lines of an order have the same id.
    1204 "line_repeated" LineRepeated => "two lines have the same line id", "两个订单行用了同一个行号";
    /// The line named does not exist.
    1205 "line_unknown" LineUnknown => "the order has no line with this id", "订单没有这一行";
    /// Amounts must be more than zero.
    1206 "amount_not_positive" AmountNotPositive => "the amount must be more than zero", "金额必须大于零";
    /// ORDER-3
    1207 "line_exceeds_base" LineExceedsBase => "the line's stated cost and contribution exceed its base", "这一行写明的成本与入池额之和超过了它的基数";
    /// ORDER-2
    1208 "tender_mismatch" TenderMismatch => "the tender does not add up to the lines' amounts", "各种支付方式之和与订单行金额不符";
    /// WALLET-1
    1209 "insufficient_reconsume" InsufficientReconsume => "the re-consumption wallet holds less than the tender needs", "复消钱包余额不足";
    /// CLAIM-1
    1210 "insufficient_claim" InsufficientClaim => "the member's claim is less than the tender needs", "会员的债权余额不足";
    /// IDEM-1: refund ids are unique for ever.
    1211 "refund_exists" RefundExists => "a refund with this id exists already", "已有同号的退款";
    /// ORDER-5
    1212 "refund_exceeds_line" RefundExceedsLine => "the refund is more than what is left of the line", "退款超过该行的剩余金额";
    /// ORDER-8
    1219 "refund_exceeds_freight" RefundExceedsFreight => "the refund is more than what is left of the order's freight or tax", "退款超过订单剩余的运费或税款";
    /// Only a placed order can be paid without terms, and only a new one with terms.
    1213 "order_terms_missing" OrderTermsMissing => "there is no placed order with this id; state member and lines to place and pay at once", "没有这个待付款的订单；请写明会员和订单行，下单并付款";
    /// REL-1
    1214 "zone_unknown" ZoneUnknown => "the plan has no award zone of this name; see [release.zones]", "计划里没有这个奖励区；见 [release.zones]";
    /// CAT-7
    1221 "class_unknown" ClassUnknown => "the plan has no class of this name; see [[class]]", "计划里没有这个商品类别；见 `[[class]]`";
    /// MERCH-4
    1215 "product_merchant" ProductMerchant => "the product belongs to another merchant than the line names", "这件商品属于另一个商家，与订单行所写的不同";
    /// 12.11
    1216 "source_unknown" SourceUnknown => "the plan has no source of this name; see [[source]]", "计划中没有这个订单来源，见 [[source]]";
    /// LOY-1
    1217 "insufficient_loyalty" InsufficientLoyalty => "the member has fewer loyalty points than the tender needs", "会员的商城积分少于要支付的数量";
    /// CLAIM-1
    1218 "claim_share" ClaimShare => "claims pay at most a stated share of an order; lower the claim part of the tender", "债权最多支付订单的规定比例，请减少支付方式中的债权部分";

    /// The plan has no pool.
    1301 "no_pool" NoPool => "this plan has no pool and no points", "这份计划没有底池，也没有积分";
    /// POOL-3
    1302 "insufficient_points" InsufficientPoints => "the member holds fewer points than that", "会员持有的积分不足";
    /// Nothing to sell.
    1303 "points_not_positive" PointsNotPositive => "the number of points must be more than zero", "积分数量必须大于零";
    /// POOL-3
    1310 "quote_missed" QuoteMissed => "the sale would pay less than the stated least; nothing was sold; look at what it would pay now", "这笔卖出到手的金额会低于所写的最低额，没有卖出；请看现在的报价";
    /// POOL-10
    1304 "supply_is_zero" SupplyIsZero => "there are no points in circulation, so nobody would benefit from an injection", "没有流通的积分，注资不会使任何人受益";
    /// IDEM-1: disposal ids are unique for ever.
    1305 "disposal_exists" DisposalExists => "a disposal with this id exists already", "已有同号的处置";
    /// The disposal named does not exist.
    1306 "disposal_unknown" DisposalUnknown => "there is no disposal with this id", "没有这个处置";
    /// POOL-8
    1307 "disposal_done" DisposalDone => "this disposal has been carried out already", "这个处置已经执行";
    /// POOL-8: four eyes.
    1308 "same_person" SamePerson => "a second person must approve; this actor has already acted", "须由另一个人批准；此人已经经手";
    /// POOL-8
    1309 "residual_empty" ResidualEmpty => "there is no residual of this epoch, or nobody to share it", "这一期没有底池余额，或没有可以分给的人";

    /// IDEM-1: withdrawal ids are unique for ever.
    1401 "withdrawal_exists" WithdrawalExists => "a withdrawal with this id exists already", "已有同号的提现";
    /// The withdrawal named does not exist.
    1402 "withdrawal_unknown" WithdrawalUnknown => "there is no withdrawal with this id", "没有这个提现";
    /// WALLET-2
    1403 "withdrawal_state" WithdrawalState => "the withdrawal's state does not allow this", "提现当前的状态不允许这样做";
    /// WALLET-2
    1404 "below_minimum" BelowMinimum => "the amount is below the plan's minimum for a withdrawal", "金额低于计划规定的最低提现额";
    /// WALLET-1
    1405 "insufficient_cash" InsufficientCash => "the cash wallet holds less than that", "零钱余额不足";
    /// WALLET-2
    1406 "daily_limit" DailyLimit => "the plan's daily withdrawal limit would be exceeded", "将超过计划规定的每日提现额";
    /// WALLET-2
    1407 "cool_down" CoolDown => "the plan's time between two withdrawals has not passed", "距上次提现的时间还不够";
    /// WALLET-2: a rejection needs a reason of 1 to 500 characters.
    1408 "reason_missing" ReasonMissing => "state a reason of 1 to 500 characters", "请写明理由（1 至 500 字）";
    /// MERCH-5
    1409 "insufficient_payable" InsufficientPayable => "less than that is payable to the merchant", "应付给该商家的金额不足";
    /// ORDER-6h
    1410 "exceeds_operator_due" ExceedsOperatorDue => "less than that is due from the operator; see operator.due", "超过经营者应补缴的金额，见 operator.due";
    /// ORDER-6h
    1411 "insufficient_operator_claim" InsufficientOperatorClaim => "the operator may claim less than that; see operator.claim", "超过经营者可取回的金额，见 operator.claim";

    /// COMM-4a
    1501 "no_agents" NoAgents => "this plan has no regional agents", "这份计划没有区域代理";
    /// COMM-4a
    1502 "territory_unknown" TerritoryUnknown => "there is no region with this code", "没有这个代码的行政区";
    /// COMM-4a
    1503 "territory_level" TerritoryLevel => "the code is not of this level: provinces end in 0000, cities in 00", "代码与级别不符：省级以 0000 结尾，市级以 00 结尾";
    /// COMM-4a
    1504 "agent_exists" AgentExists => "the member is agent of this region already", "会员已是这个地区的代理";
    /// COMM-4a
    1505 "agent_unknown" AgentUnknown => "the member is not agent of this region", "会员不是这个地区的代理";
    /// COMM-5a
    1506 "no_dividend" NoDividend => "this plan pays no dividend", "这份计划没有股东分红";

    /// REL-2
    1601 "no_tasks" NoTasks => "this plan releases nothing by tasks", "这份计划没有按任务释放的内容";
    /// EMIT-3b
    1602 "no_emission" NoEmission => "this plan issues no emission points", "这份计划不发行健康积分";
    /// IDEM-1: issue ids are unique for ever.
    1603 "issue_exists" IssueExists => "an issue with this id exists already", "已有同号的发行申请";
    /// The issue named does not exist.
    1604 "issue_unknown" IssueUnknown => "there is no issue with this id", "没有这个发行申请";
    /// EMIT-3b
    1605 "issue_done" IssueDone => "this issue has been carried out already", "这个发行申请已经执行";
    /// EMIT-3b
    1606 "insufficient_reserve" InsufficientReserve => "the unissued reserve holds less than that", "未发行储备不足";

    /// MERCH-1
    1701 "no_merchants" NoMerchants => "this plan has no merchants that apply, tip and list", "这份计划没有可申请、打赏和上架的商家";
    /// MERCH-1
    1702 "merchant_exists" MerchantExists => "this merchant, or this member's merchant, has applied already", "这个商家，或这位会员的商家，已经申请过";
    /// The merchant named has not applied.
    1703 "merchant_unknown" MerchantUnknown => "there is no merchant with this id", "没有这个商家";
    /// MERCH-1
    1704 "merchant_state" MerchantState => "the merchant's state does not allow this", "商家当前的状态不允许这样做";
    /// MERCH-1
    1705 "below_activation_pack" BelowActivationPack => "the order is less than the plan's activation pack", "这个订单低于计划规定的激活礼包金额";
    /// IDEM-1: product ids are unique for ever.
    1706 "product_exists" ProductExists => "a product with this id exists already", "已有同号的商品";
    /// The product named does not exist.
    1707 "product_unknown" ProductUnknown => "there is no listed product with this id", "没有这件上架的商品";
    /// MERCH-4
    1708 "award_too_low" AwardTooLow => "the award is less than one value unit for each unit of the price", "健康值奖励低于零售价每一元一份";
    /// MERCH-4
    1709 "concession_exceeds_price" ConcessionExceedsPrice => "the concession is more than the price", "让利超过了价格";
    /// IDEM-1: tip ids are unique for ever.
    1710 "tip_exists" TipExists => "a tip with this id exists already", "已有同号的打赏";
    /// MERCH-3
    1711 "tip_to_self" TipToSelf => "a merchant cannot tip itself", "商家不能打赏自己";
    /// MERCH-2
    1712 "insufficient_emission" InsufficientEmission => "the merchant has fewer free emission points than that costs", "商家可用的健康积分不足";

    /// CAT-1
    1801 "no_catalogue" NoCatalogue => "this plan has no catalogue", "本计划没有商品目录";
    /// IDEM-1: ids of articles are unique for ever.
    1802 "sku_exists" SkuExists => "an article with this id exists already", "这个商品编号已存在";
    /// CAT-1
    1803 "sku_unknown" SkuUnknown => "there is no listed article with this id", "没有在售的这个商品";
    /// CAT-1
    1804 "sku_missing" SkuMissing => "every line must name an article of the catalogue", "每一行都必须写明目录中的商品";
    /// CAT-1
    1805 "sku_merchant" SkuMerchant => "the article belongs to another merchant than the line names", "商品属于另一个商家";
    /// CAT-7
    1820 "class_mismatch" ClassMismatch => "the article is of another class than the line states; leave the line's class out", "商品属于另一个类别，与订单行写明的不同；订单行无需写明类别";
    /// CAT-2
    1806 "price_mismatch" PriceMismatch => "the amount is not the article's price times the quantity, less discounts", "金额不等于单价乘数量减去优惠";
    /// CAT-5
    1807 "freight_mismatch" FreightMismatch => "the freight is not what the plan charges for this order", "运费不是本计划对这个订单规定的运费";
    /// CAT-4
    1808 "quantity_limit" QuantityLimit => "that is more than one order, one member or one day may have", "超过了每单、每人或每天的限购数量";
    /// CAT-3
    1809 "out_of_stock" OutOfStock => "there are not as many left", "库存不足";
    /// CAT-6
    1810 "points_only" PointsOnly => "the article is paid with loyalty points or re-consumption money only", "这个商品只能用商城积分或复消余额支付";
    /// ORDER-8: the line orders no article, so no pieces of it are counted.
    1818 "no_article" NoArticle => "the line orders no article of the catalogue; no stock is kept of it", "这一行没有订购目录里的商品，不计库存";
    /// ORDER-8
    1819 "pieces_exceeded" PiecesExceeded => "fewer pieces than that have left with the line and not come back", "这一行已发出而尚未退回的件数没有那么多";
    /// 12.9
    1811 "coupon_exists" CouponExists => "a coupon with this id exists already", "这个优惠券编号已存在";
    /// 12.9
    1812 "coupon_unknown" CouponUnknown => "there is no such coupon, or the plan has no such kind", "没有这张优惠券，或计划中没有这种优惠券";
    /// 12.9
    1813 "coupon_state" CouponState => "the coupon is used, reserved or expired, or belongs to somebody else", "优惠券已使用、已被占用、已过期，或不属于这个会员";
    /// 12.9
    1814 "coupon_scope" CouponScope => "the coupon does not fit: minimum, articles, merchant, or others beside it", "优惠券不适用：未达门槛、商品或商家不符，或不能与其他券同用";
    // 1815 "no_loyalty" was never given: where a plan has no loyalty points nobody has any (insufficient_loyalty).
    /// 12.12
    1816 "task_unknown" TaskUnknown => "the plan has no task of this name; see [[task]]", "计划中没有这个任务，见 [[task]]";
    /// 12.8, FUND-1
    1817 "fund_unknown" FundUnknown => "the split has no fund of this name", "分账中没有这个名称的基金";

    /// PROMO-1
    1901 "promotion_unknown" PromotionUnknown => "the plan has no promotion of this name; see [[promotion]]", "计划中没有这个活动，见 [[promotion]]";
    /// IDEM-1: ids of campaigns are unique for ever.
    1902 "campaign_exists" CampaignExists => "a campaign with this id exists already", "这个活动场次编号已存在";
    /// PROMO-1
    1903 "campaign_unknown" CampaignUnknown => "there is no campaign with this id", "没有这个活动场次";
    /// PROMO-1
    1904 "campaign_window" CampaignWindow => "the campaign's window is not open now, or its times are not in order", "活动现在没有开放，或起止时间顺序不对";
    /// PROMO-1
    1905 "campaign_state" CampaignState => "the campaign was cancelled, or is not of a kind that allows this", "活动已取消，或这类活动不允许这样做";
    /// PROMO-2
    1906 "campaign_order" CampaignOrder => "an order of a campaign has one line, of its article, without coupons and stated legs", "活动订单只能有一行，必须是该活动的商品，不能用优惠券，也不能另写成本";
    /// PROMO-3
    1907 "quota_exhausted" QuotaExhausted => "the campaign has not as many left", "活动名额不足";
    /// PROMO-4
    1908 "promotion_undecided" PromotionUndecided => "the order is not decided yet; it can only be refunded in full", "订单结果未定，只能全额退款";
    /// 12.1
    1909 "group_unknown" GroupUnknown => "there is no group of this campaign with this id", "这个活动没有这个团";
    /// 12.1
    1910 "group_closed" GroupClosed => "the group is full, has failed, or is closed", "这个团已满、已失败或已关闭";
    /// 12.1
    1911 "group_member" GroupMember => "the member is in this group already", "会员已在这个团里";
    /// 12.2, 12.5
    1912 "no_commitment" NoCommitment => "no commitment is left for this draw; publish some with promotion.commit", "没有可用的抽取承诺，请先用 promotion.commit 公布";
    /// 12.2, 12.5
    1913 "commitment_repeated" CommitmentRepeated => "a commitment was used before; each draw needs one of its own", "承诺已用过，每次抽取都需要新的承诺";
    /// 12.2, 12.5
    1914 "draw_unknown" DrawUnknown => "there is no draw that waits for a seed under this id", "没有等待揭示种子的这次抽取";
    /// 12.2, 12.5
    1915 "seed_mismatch" SeedMismatch => "the seed does not have the hash that was published", "种子与公布的哈希不符";
    /// 12.4
    1916 "balance_window" BalanceWindow => "the rest of the price is paid only between the end of the campaign and its deadline", "尾款只能在活动结束之后、截止时间之前支付";
    /// 12.5
    1917 "age_unknown" AgeUnknown => "the member's age is not attested; use member.attest", "会员年龄未经核实，请用 member.attest";
    /// 12.5
    1918 "age_gate" AgeGate => "blind boxes are not sold to children under 8, nor below 18 without a guardian's consent", "盲盒不向未满 8 周岁的人出售，8 至 17 周岁须有监护人同意";
    /// 12.5
    1919 "box_opened" BoxOpened => "the box was opened; it cannot be refunded before it is received", "盲盒已开启，收货前不能退款";
    /// 12.10
    1921 "voucher_state" VoucherState => "this order has no voucher that can be redeemed by this merchant now", "这个订单没有可由该商家现在核销的券";
    /// 12.10
    1920 "voucher_code" VoucherCode => "the code is not the one the voucher was given for, or it is missing", "核销码不对或缺少";
    /// 12.7
    1922 "relist_state" RelistState => "these goods are not for sale, or are already; see their state", "这些货不在出售，或已在出售";
    /// 12.7
    1923 "relist_ceiling" RelistCeiling => "the price has reached the ceiling; the goods are delivered", "价格已到上限，货物直接交付";
    /// 12.7
    1924 "relist_own" RelistOwn => "a member cannot buy its own goods", "会员不能买自己的货";
    /// IDEM-1: ids of purchases are unique for ever.
    1925 "purchase_exists" PurchaseExists => "a purchase with this id exists already", "这个购买编号已存在";

    /// MKT-1
    2001 "no_market" NoMarket => "this plan has no internal market", "本计划没有内部市场";
    /// MKT-2
    2002 "market_halted" MarketHalted => "the market takes no offers while it is halted; only an open one is halted, only a halted one resumed", "市场暂停期间不接受新挂单；只有开放时才能暂停，只有暂停时才能恢复";
    /// IDEM-1: ids of offers are unique for ever.
    2003 "offer_exists" OfferExists => "an offer with this id exists already", "这个挂单编号已存在";
    /// MKT-1
    2004 "offer_unknown" OfferUnknown => "there is no offer with this id", "没有这个挂单";
    /// MKT-1
    2005 "offer_state" OfferState => "the offer is not open any more", "挂单已不再有效";
    /// MKT-1
    2006 "price_tick" PriceTick => "the price is not a multiple of the plan's tick", "价格不是最小变动价位的整数倍";
    /// MKT-2
    2007 "price_band" PriceBand => "the price is outside the band around the guide price; choose one within it", "价格超出指导价上下限；请改用范围内的价格";
    /// MKT-1
    2008 "offer_limit" OfferLimit => "the member has as many open offers as the plan allows; cancel one first", "会员的未成交挂单已达上限；请先撤掉一笔";
    /// MKT-1
    2009 "own_offer" OwnOffer => "the offer would meet another of the same member; cancel that one first, or choose another price", "会与同一会员自己的挂单成交；请先撤掉那一笔，或换一个价格";
    /// MKT-1
    2010 "not_fillable" NotFillable => "the offer cannot be filled at once in full, so none of it was; offer less, or let it wait", "不能立即全部成交，因此完全没有成交；请减少数量，或改为挂单等待";

    /// FUND-1
    2101 "no_funding" NoFunding => "this plan has no funding rounds", "本计划没有融资轮次";
    /// IDEM-1: ids of rounds are unique for ever.
    2102 "round_exists" RoundExists => "a round with this id exists already", "这个轮次编号已存在";
    /// FUND-1
    2103 "round_parts" RoundParts => "the parts of the round are more than its amount", "各部分之和超过了轮次金额";
    /// EQUITY-1
    2104 "no_equity" NoEquity => "this plan has no equity", "本计划没有股权";
    /// IDEM-1: ids of windows are unique for ever.
    2105 "window_exists" WindowExists => "a window with this id exists already", "这个认购窗口编号已存在";
    /// EQUITY-1
    2106 "window_unknown" WindowUnknown => "there is no open window with this id", "没有开放的这个认购窗口";
    /// EQUITY-1
    2107 "window_times" WindowTimes => "the window must close after it opens", "窗口的关闭时间必须晚于现在";
    /// IDEM-1
    2108 "allotment_exists" AllotmentExists => "an allotment or commitment with this id exists already", "这个配股或认购编号已存在";

    /// CLAIM-1
    2201 "no_claims" NoClaims => "this plan takes no legacy claims", "本计划不接收历史债权";
    /// IDEM-1: ids of claims and grants are unique for ever.
    2202 "claim_exists" ClaimExists => "a claim or grant with this id exists already", "这个债权或授予编号已存在";
    /// CLAIM-1
    2203 "claim_unknown" ClaimUnknown => "there is no claim with this id", "没有这个债权";
    /// CLAIM-1
    2204 "claim_done" ClaimDone => "this claim has its approvals already", "这个债权已完成审批";
    /// CLAIM-2
    2205 "unbacked_grant" UnbackedGrant => "points are granted only with an injection of at least their worth", "授予积分必须同时注入不少于其价值的资金";

    /// IDEM-1: ids of versions are unique for ever.
    2501 "plan_version_exists" PlanVersionExists => "a version with this id was proposed before; a change is a new version", "这个版本编号已用过；有改动就是一个新版本";
    /// AMEND-1
    2502 "plan_version_unknown" PlanVersionUnknown => "there is no version with this id", "没有这个版本";
    /// AMEND-1
    2503 "plan_version_state" PlanVersionState => "this version is not waiting any more", "这个版本已不在等待";
    /// AMEND-1
    2504 "plan_hash" PlanHash => "the text that was proposed has another hash; read it again before you approve it", "提案文本的哈希不同；请重新阅读后再批准";
    /// AMEND-1
    2505 "plan_times" PlanTimes => "a plan takes effect at a local midnight after now", "计划只能在今后某一天当地零点生效";
    /// AMEND-1
    2506 "plan_invalid" PlanInvalid => "the text is no valid plan, or the opinions are none", "这不是有效的计划文本，或意见书无效";
    /// AMEND-2
    2507 "plan_hindered" PlanHindered => "this cannot be changed now", "现在不能这样改";
    /// GATE-1
    2508 "plan_gate" PlanGate => "the gate does not let this plan run live", "这个计划不能通过上线检查";
    /// AMEND-4
    2509 "plan_notice" PlanNotice => "it takes something from members and has to be announced longer before", "对会员不利的修改必须提前更久公告";

    /// IDEM-1
    2301 "wind_down_exists" WindDownExists => "the programme is being wound down, or this id was used", "项目已在清盘，或这个编号已用过";
    /// WIND-1
    2302 "wind_down_unknown" WindDownUnknown => "there is no proposal with this id", "没有这个清盘提案";
    /// WIND-1
    2303 "wind_down_times" WindDownTimes => "the date must be later than now", "日期必须晚于现在";

    /// PAY-1a: the payment was recorded with the same content; nothing more is to be done.
    2401 "payment_exists" PaymentExists => "this payment was recorded before, with the same content; nothing more is to be done", "这笔收款已按相同内容入账；不必再做什么";
    /// PAY-1a: ids of payments are unique for ever.
    2402 "payment_conflict" PaymentConflict => "a payment with this id was recorded before with another amount, currency or order", "同号的收款已入账，但金额、币种或订单不同；请人核对";
    /// The payment named does not exist.
    2403 "payment_unknown" PaymentUnknown => "there is no payment with this id", "没有这笔收款";
    /// PAY-1d, PAY-1e
    2404 "payment_state" PaymentState => "nothing of this payment is left in suspense", "这笔收款在暂记款里已无余额";
    /// PAY-1c
    2405 "payment_currency" PaymentCurrency => "the payment is in another currency; it can pay no order, and is returned in its own", "这笔收款是别的币种：不能用来付订单，退回时按它自己的币种";
    /// PAY-1d
    2406 "return_exceeds_payment" ReturnExceedsPayment => "less than that is left of the payment", "退回金额超过这笔收款的余额";
    /// PAY-1e
    2407 "payment_short" PaymentShort => "less is left of the payment than the order's next payment is", "这笔收款的余额少于订单这次应付的金额";
    /// IDEM-1: ids of resolutions are unique for ever.
    2408 "resolution_exists" ResolutionExists => "a resolution with this id exists already", "已有同号的处理决定";
    /// The resolution named does not exist.
    2409 "resolution_unknown" ResolutionUnknown => "there is no resolution with this id", "没有这个处理决定";
    /// PAY-1e
    2410 "resolution_done" ResolutionDone => "this resolution has been carried out already", "这个处理决定已经执行";
}
