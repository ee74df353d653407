//! Refusals in Chinese. The English sentence stands with the refusal in the engine; a test holds that every
//! code has its Chinese one here.

use ratchet_engine::rejection::Rejection;

use crate::Lang;

/// What a refusal says to a person.
pub(crate) fn text(rejection: Rejection, lang: Lang) -> String {
    match lang {
        Lang::En => rejection.to_string(),
        Lang::Zh => zh(rejection.code()).map_or_else(|| rejection.to_string(), str::to_owned),
        Lang::Both => match zh(rejection.code()) {
            Some(zh) => format!("{zh} / {rejection}"),
            None => rejection.to_string(),
        },
    }
}

/// The Chinese sentence of a code.
pub(crate) fn zh(code: &str) -> Option<&'static str> {
    ZH.iter().find(|(known, _)| *known == code).map(|(_, text)| *text)
}

const ZH: &[(&str, &str)] = &[
    ("key_reused", "这个幂等键已用于别的内容；请换一个新的键"),
    ("time_went_backwards", "指令的时间早于项目的当前时间；请用当前时间重新发送"),
    ("member_exists", "已有同号的会员"),
    ("member_unknown", "没有这个会员"),
    ("referrer_unknown", "推荐人不存在；推荐人必须先加入"),
    ("referrer_is_self", "会员不能推荐自己"),
    ("limit_reached", "已到本项目的上限"),
    ("order_exists", "已有同号的订单"),
    ("order_unknown", "没有这个订单"),
    ("order_state", "订单当前的状态不允许这样做"),
    ("line_repeated", "两个订单行用了同一个行号"),
    ("line_unknown", "订单没有这一行"),
    ("amount_not_positive", "金额必须大于零"),
    ("line_exceeds_base", "这一行写明的成本与入池额之和超过了它的基数"),
    ("tender_mismatch", "各种支付方式之和与订单行金额不符"),
    ("insufficient_reconsume", "复消钱包余额不足"),
    ("insufficient_claim", "会员的债权余额不足"),
    ("refund_exists", "已有同号的退款"),
    ("refund_exceeds_line", "退款超过该行的剩余金额"),
    ("order_terms_missing", "没有这个待付款的订单；请写明会员和订单行，下单并付款"),
    ("no_pool", "这份计划没有底池，也没有积分"),
    ("insufficient_points", "会员持有的积分不足"),
    ("points_not_positive", "积分数量必须大于零"),
    ("supply_is_zero", "没有流通的积分，注资不会使任何人受益"),
    ("disposal_exists", "已有同号的处置"),
    ("disposal_unknown", "没有这个处置"),
    ("disposal_done", "这个处置已经执行"),
    ("same_person", "须由另一个人批准；此人已经经手"),
    ("residual_empty", "这一期没有底池余额，或没有可以分给的人"),
    ("withdrawal_exists", "已有同号的提现"),
    ("withdrawal_unknown", "没有这个提现"),
    ("withdrawal_state", "提现当前的状态不允许这样做"),
    ("below_minimum", "金额低于计划规定的最低提现额"),
    ("insufficient_cash", "零钱余额不足"),
    ("daily_limit", "将超过计划规定的每日提现额"),
    ("cool_down", "距上次提现的时间还不够"),
    ("reason_missing", "请写明理由（1 至 500 字）"),
    ("referrer_bound", "会员已有推荐人；推荐关系只能绑定一次"),
    ("referrer_not_older", "推荐人加入得比会员晚；只能绑定更早加入的会员"),
    ("member_state", "会员已被暂停资格，或并未被暂停"),
    ("zone_unknown", "计划里没有这个奖励区；见 [release.zones]"),
    ("product_merchant", "这件商品属于另一个商家，与订单行所写的不同"),
    ("insufficient_payable", "应付给该商家的金额不足"),
    ("no_agents", "这份计划没有区域代理"),
    ("territory_unknown", "没有这个代码的行政区"),
    ("territory_level", "代码与级别不符：省级以 0000 结尾，市级以 00 结尾"),
    ("agent_exists", "会员已是这个地区的代理"),
    ("agent_unknown", "会员不是这个地区的代理"),
    ("no_dividend", "这份计划没有股东分红"),
    ("no_tasks", "这份计划没有按任务释放的内容"),
    ("no_emission", "这份计划不发行健康积分"),
    ("issue_exists", "已有同号的发行申请"),
    ("issue_unknown", "没有这个发行申请"),
    ("issue_done", "这个发行申请已经执行"),
    ("insufficient_reserve", "未发行储备不足"),
    ("no_merchants", "这份计划没有可申请、打赏和上架的商家"),
    ("merchant_exists", "这个商家，或这位会员的商家，已经申请过"),
    ("merchant_unknown", "没有这个商家"),
    ("merchant_state", "商家当前的状态不允许这样做"),
    ("below_activation_pack", "这个订单低于计划规定的激活礼包金额"),
    ("product_exists", "已有同号的商品"),
    ("product_unknown", "没有这件上架的商品"),
    ("award_too_low", "健康值奖励低于零售价每一元一份"),
    ("concession_exceeds_price", "让利超过了价格"),
    ("tip_exists", "已有同号的打赏"),
    ("tip_to_self", "商家不能打赏自己"),
    ("insufficient_emission", "商家可用的健康积分不足"),
    ("winding_down", "项目正在清盘，不再开始新的业务"),
    ("wound_down", "项目已经清盘，只能继续提现"),
    ("source_unknown", "计划中没有这个订单来源，见 [[source]]"),
    ("insufficient_loyalty", "会员的商城积分少于要支付的数量"),
    ("claim_share", "债权最多支付订单的规定比例，请减少支付方式中的债权部分"),
    ("no_catalogue", "本计划没有商品目录"),
    ("sku_exists", "这个商品编号已存在"),
    ("sku_unknown", "没有在售的这个商品"),
    ("sku_missing", "每一行都必须写明目录中的商品"),
    ("sku_merchant", "商品属于另一个商家"),
    ("price_mismatch", "金额不等于单价乘数量减去优惠"),
    ("freight_mismatch", "运费不是本计划对这个订单规定的运费"),
    ("quantity_limit", "超过了每单、每人或每天的限购数量"),
    ("out_of_stock", "库存不足"),
    ("points_only", "这个商品只能用商城积分或复消余额支付"),
    ("coupon_exists", "这个优惠券编号已存在"),
    ("coupon_unknown", "没有这张优惠券，或计划中没有这种优惠券"),
    ("coupon_state", "优惠券已使用、已被占用、已过期，或不属于这个会员"),
    ("coupon_scope", "优惠券不适用：未达门槛、商品或商家不符，或不能与其他券同用"),
    ("task_unknown", "计划中没有这个任务，见 [[task]]"),
    ("fund_unknown", "分账中没有这个名称的基金"),
    ("promotion_unknown", "计划中没有这个活动，见 [[promotion]]"),
    ("campaign_exists", "这个活动场次编号已存在"),
    ("campaign_unknown", "没有这个活动场次"),
    ("campaign_window", "活动现在没有开放，或起止时间顺序不对"),
    ("campaign_state", "活动已取消，或这类活动不允许这样做"),
    ("campaign_order", "活动订单只能有一行，必须是该活动的商品，不能用优惠券，也不能另写成本"),
    ("quota_exhausted", "活动名额不足"),
    ("promotion_undecided", "订单结果未定，只能全额退款"),
    ("group_unknown", "这个活动没有这个团"),
    ("group_closed", "这个团已满、已失败或已关闭"),
    ("group_member", "会员已在这个团里"),
    ("no_commitment", "没有可用的抽取承诺，请先用 promotion.commit 公布"),
    ("commitment_repeated", "承诺已用过，每次抽取都需要新的承诺"),
    ("draw_unknown", "没有等待揭示种子的这次抽取"),
    ("seed_mismatch", "种子与公布的哈希不符"),
    ("balance_window", "尾款只能在活动结束之后、截止时间之前支付"),
    ("age_unknown", "会员年龄未经核实，请用 member.attest"),
    ("age_gate", "盲盒不向未满 8 周岁的人出售，8 至 17 周岁须有监护人同意"),
    ("box_opened", "盲盒已开启，收货前不能退款"),
    ("voucher_code", "核销码不对或缺少"),
    ("voucher_state", "这个订单没有可由该商家现在核销的券"),
    ("relist_state", "这些货不在出售，或已在出售"),
    ("relist_ceiling", "价格已到上限，货物直接交付"),
    ("relist_own", "会员不能买自己的货"),
    ("purchase_exists", "这个购买编号已存在"),
    ("no_market", "本计划没有内部市场"),
    ("market_halted", "市场已暂停，或没有暂停"),
    ("offer_exists", "这个挂单编号已存在"),
    ("offer_unknown", "没有这个挂单"),
    ("offer_state", "挂单已不再有效"),
    ("price_tick", "价格不是最小变动价位的整数倍"),
    ("price_band", "价格超出指导价上下限"),
    ("offer_limit", "会员的未成交挂单已达上限"),
    ("own_offer", "会与同一会员自己的挂单成交"),
    ("not_fillable", "不能立即全部成交"),
    ("no_funding", "本计划没有融资轮次"),
    ("round_exists", "这个轮次编号已存在"),
    ("round_parts", "各部分之和超过了轮次金额"),
    ("no_equity", "本计划没有股权"),
    ("window_exists", "这个认购窗口编号已存在"),
    ("window_unknown", "没有开放的这个认购窗口"),
    ("window_times", "窗口的关闭时间必须晚于现在"),
    ("allotment_exists", "这个配股或认购编号已存在"),
    ("no_claims", "本计划不接收历史债权"),
    ("claim_exists", "这个债权或授予编号已存在"),
    ("claim_unknown", "没有这个债权"),
    ("claim_done", "这个债权已完成审批"),
    ("unbacked_grant", "授予积分必须同时注入不少于其价值的资金"),
    ("wind_down_exists", "项目已在清盘，或这个编号已用过"),
    ("wind_down_unknown", "没有这个清盘提案"),
    ("wind_down_times", "日期必须晚于现在"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_has_one_chinese_sentence() {
        let mut codes: Vec<&str> = ZH.iter().map(|(code, _)| *code).collect();
        let mut known: Vec<&str> = Rejection::ALL.iter().map(|rejection| rejection.code()).collect();
        codes.sort_unstable();
        known.sort_unstable();
        assert_eq!(codes, known, "crates/ratchet/src/refusals.rs has a sentence for each code");
    }
}
