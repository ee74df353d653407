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
