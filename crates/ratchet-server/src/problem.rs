//! What went wrong, as RFC 9457 problems: a permanent code with one HTTP status, facts, and the sentence in the language asked for.

use axum::Json;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use ratchet_engine::message::{Language, Message, Tell};
use ratchet_engine::messages;
use ratchet_engine::plan::Bilingual;
use ratchet_engine::rejection::Rejection;
use ratchet_store::StoreError;
use serde::Serialize;
use utoipa::ToSchema;

use crate::programme::{AdvanceError, Refused, Unavailable};

/// A text that is there in both languages, as a fact.
#[derive(Clone, Copy, Debug)]
pub struct Both<'a>(pub &'a Bilingual);

impl Tell for Both<'_> {
    fn en(&self) -> String {
        self.0.en.clone()
    }

    fn zh(&self) -> String {
        self.0.zh.clone()
    }
}

messages! {
    /// What the server itself refuses.
    #[derive(Debug)]
    pub enum ServerFault<'a> {
        SetupRequired "setup_required" {}
            "this server has no owner yet; open the one-time link that it printed, or print another with `ratchet admin owner`"
            "本服务器还没有所有者；请打开启动时打印的一次性链接，或用 `ratchet admin owner` 再打印一个";
        NotFound "not_found" {}
            "there is nothing here, or nothing that you may see"
            "这里没有内容，或您无权查看";
        Method "method_not_allowed" {}
            "this address does not take this method; the methods stand in /api/v1/openapi.json"
            "这个地址不接受此方法；可用的方法见 `/api/v1/openapi.json`";
        LoginRequired "login_required" {}
            "log in first"
            "请先登录";
        LoginFailed "login_failed" {}
            "login or password is wrong; check both, or ask for a new password"
            "账号或密码不正确；请检查后重试，或申请重设密码";
        SecondFactorRequired "second_factor_required" {}
            "this account has a second factor; send its six digits as `code` too"
            "此账号启用了第二重验证；请把六位验证码作为 `code` 一并发送";
        SecondFactorWrong "second_factor_wrong" {}
            "the six digits are wrong or were used; wait for the next ones"
            "验证码不正确或已使用；请等待下一组数字";
        SecondFactorSetup "second_factor_setup_required" {}
            "staff of this tenant works with a second factor; set one up first, under Security in the console"
            "此租户的工作人员须启用第二重验证；请先在后台的“安全”页设置";
        CodeWrong "code_wrong" {}
            "the code is wrong, was used, or has ended; ask for a new one"
            "验证码不正确、已使用或已过期；请重新获取";
        LoginUnconfirmed "login_unconfirmed" {}
            "show first that your e-mail address or phone number is yours: ask for a code and send it back"
            "请先验证您的邮箱或手机号：获取验证码并提交";
        HeaderMissing "header_missing" { name: &'a str }
            "a write by cookie needs the header {name}, which no foreign page can send"
            "使用 `Cookie` 的写入需要请求头 {name}，外站页面无法发送它";
        BodyTooLarge "body_too_large" { most: usize }
            "the body has more than {most} bytes; send less at once"
            "请求正文超过 {most} 字节；请减少一次发送的内容";
        BodyCut "body_cut" {}
            "the body ended early; send it again"
            "请求正文中断；请重新发送";
        MediaType "media_type" {}
            "the body has to be JSON: send `Content-Type: application/json`"
            "请求正文应为 JSON：请发送 `Content-Type: application/json`";
        BatchPreview "batch_preview" {}
            "a batch has no preview; ask for one of each command by itself"
            "批量写入没有预览；请逐条预览";
        CommandObject "command_object" {}
            "a command is a JSON object"
            "每条指令应为 JSON 对象";
        Json "json_invalid" { error: Message }
            "the body is not as the document says: {error}"
            "请求正文与接口文档不符：{error}";
        Query "query_invalid" { error: Message }
            "the query is not as the document says: {error}"
            "查询参数与接口文档不符：{error}";
        NotWritten "not_written" { newest: u64 }
            "there is no such entry yet; the newest is {newest}: pass on what a write has answered"
            "还没有这条记录；最新的是 {newest}：请传入写入请求返回的编号";
        Value "field_invalid" { field: &'a str, error: Message }
            "{field}: {error}"
            "{field}：{error}";
        Length "length" { least: usize, most: usize }
            "has to have {least} to {most} characters"
            "长度应为 {least} 到 {most} 个字符";
        Count "count" { least: usize, most: usize }
            "has to be {least} to {most}"
            "应为 {least} 到 {most}";
        Either "either" { one: &'a str, other: &'a str }
            "state either {one} or {other}"
            "{one} 与 {other} 要写且只写一个";
        Login "login_form" {}
            "neither an e-mail address nor a phone number with 6 to 15 digits"
            "既不是电子邮箱地址，也不是 6 至 15 位的手机号";
        Letters "letters" { most: usize }
            "has to be 1 to {most} letters, digits, `-` or `_`"
            "应为 1 至 {most} 个字母、数字、`-` 或 `_`";
        KeyMissing "idempotency_key_missing" {}
            "a write needs the header `Idempotency-Key`: choose a new one for each thing you want done, and the same to ask again"
            "写入需要请求头 `Idempotency-Key`：每件事用一个新的键，重发同一件事用同一个键";
        KeyForm "idempotency_key_invalid" { most: usize }
            "`Idempotency-Key` has 1 to {most} printable ASCII characters without blanks"
            "`Idempotency-Key` 应为 1 至 {most} 个可见的英文字母、数字或符号，不含空格";
        KeyReused "key_reused" {}
            "this idempotency key was used before with other content; use a new key"
            "这个幂等键已用于别的内容；请换一个新的键";
        TooMany "too_many_requests" { seconds: u32 }
            "too many requests; ask again in {seconds} s"
            "请求过于频繁；请在 {seconds} 秒后重试";
        Busy "busy" { seconds: u32 }
            "the programme is busy; ask again in {seconds} s"
            "项目正忙；请在 {seconds} 秒后重试";
        LabBusy "lab_busy" { seconds: u32 }
            "too many people ask the lab at once; ask again in {seconds} s"
            "实验室排队的人太多；请在 {seconds} 秒后重试";
        ReadOnly "read_only" {}
            "the programme takes no writes until its operator has looked after it; nothing was changed"
            "项目暂停写入，等待运营方处理；没有任何改动";
        OutcomeUnknown "outcome_unknown" {}
            "whether this was carried out is not known; send it again with the same key, it has one effect at most"
            "无法确定是否已执行；请用同一个键重新发送，最多只生效一次";
        ClockAdvancing "clock_advancing" {}
            "the programme's clock is being advanced; send this again when it has arrived"
            "项目时钟正在推进；到达后请重新发送";
        Stopping "stopping" {}
            "the server stops; send this again in a moment"
            "服务器正在停止；请稍后重新发送";
        CatchingUp "catching_up" {}
            "more is due first than a preview does; ask again in a moment"
            "预览之前有较多到期事项待处理；请稍后再试";
        Storage "storage" {}
            "the data cannot be read at present; the operator finds the reason in the log under the request's id"
            "数据暂时无法读取；运营方可按请求编号在日志中查找原因";
        Bug "bug" {}
            "this is a bug of the server and not your fault; tell the operator the request's id"
            "这是服务器的缺陷，与您无关；请把请求编号告诉运营方";
        ReviewersDecide "reviewers_decide" {}
            "reviewers decide this, and your role is another"
            "此事由复核人员决定，您的角色不能";
        DemoNotLive "demo_not_live" {}
            "this server is a demo, where anybody can be its owner; run live programmes on a server of their own"
            "本服务器是演示，任何人都能以所有者身份进入；实盘项目请用单独的服务器";
        LoginTaken "login_taken" {}
            "somebody logs in with this already; log in, or use another address or number"
            "该账号已被注册；请直接登录，或改用其他邮箱或手机号";
        LinkInvalid "link_invalid" {}
            "the link does not work: it was used, has ended, or is not whole; ask for another"
            "链接无效：已使用、已过期或不完整；请索取新的链接";
        SecondFactorNotBegun "second_factor_not_begun" {}
            "no second factor waits for its code; begin again"
            "没有等待确认的第二重验证；请重新开始";
        RoleOwn "role_own" {}
            "nobody grants or takes a role of their own; ask another owner"
            "不能给自己授予或撤销角色；请由另一位所有者操作";
        RoleLastOwner "role_last_owner" {}
            "a tenant keeps at least one owner"
            "租户至少要保留一位所有者";
        ScopeUnknown "scope_unknown" { scope: &'a str }
            "you do not have the permission {scope} in this tenant, so a key of yours cannot either"
            "您在此租户中没有权限 {scope}，因此您的密钥也不能有";
        CommandUnknown "command_unknown" { name: &'a str }
            "there is no command \"{name}\" for this route; docs/reference/commands.md lists them"
            "此接口没有指令 \"{name}\"；可用的见 `docs/reference/commands.md`";
        FieldOfServer "field_of_server" {}
            "the server states this field itself; leave it out"
            "该字段由服务器填写；请去掉";
        PresetUnknown "preset_unknown" { name: &'a str }
            "there is no preset \"{name}\"; GET /api/v1/presets lists them"
            "没有名为 \"{name}\" 的预设；可用的见 `GET /api/v1/presets`";
        PlanInvalid "plan_not_runnable" { error: Message }
            "the plan cannot be run: {error}"
            "该计划不能运行：{error}";
        GateRefused "gate_refused" { count: usize }
            "this plan may not run live: {count} rules and facts stand against it, each below with its article; declare what is missing, change the plan, or run it with `mode = \"sandbox\"`"
            "该计划不能正式运行：有 {count} 条规则或事实不允许，逐条列在下面并附条款；请补充声明、修改计划，或写 `mode = \"sandbox\"` 作为沙盒运行";
        GateRule "gate_rule" { rule: &'a str, title: Both<'a>, source: &'a str, article: &'a str }
            "{rule} {title} ({source}, {article})"
            "{rule} {title}（{source}，{article}）";
        GateNoPack "gate_no_pack" { jurisdiction: &'a str }
            "there are no rules for {jurisdiction}: name a jurisdiction whose rules this server has"
            "没有 {jurisdiction} 的规则：请写本服务器有其规则的法域";
        GatePackThin "gate_pack_thin" { jurisdiction: &'a str }
            "the rules for {jurisdiction} say too little to let any plan run live"
            "{jurisdiction} 的规则不足，任何计划都不能据此正式运行";
        GateArithmetic "gate_arithmetic" { finding: &'a str }
            "its arithmetic cannot work as written ({finding})"
            "其算术按所写无法成立（{finding}）";
        GateNotItsText "gate_not_its_text" {}
            "it is not what its text says; send the text again"
            "计划与其文本不符；请重新发送文本";
        LiveClock "live_clock" {}
            "a live programme goes by the server's clock; leave `clock_starts_at` out"
            "正式项目使用服务器时钟；请去掉 `clock_starts_at`";
        ProviderMissing "provider_missing" {}
            "this live programme has no payment provider yet, and play money is for sandboxes only; the operator records what the bank says"
            "该正式项目还没有支付渠道，模拟资金只用于沙盒；请由运营方按银行记录登记";
        TwoPeople "two_people" {}
            "this takes two people: propose it, and another person approves it in the inbox"
            "此操作需要两个人：请先提出，再由另一个人在待办中批准";
        TwoPeopleSame "two_people_same" {}
            "you proposed this yourself; another person has to approve it"
            "这是您自己提出的；须由另一个人批准";
        ProposalDecided "proposal_decided" {}
            "this was decided before; look at the list again"
            "此事项已有结论；请重新查看列表";
        Full "list_full" { most: usize }
            "there are {most} of these already, which is the most; remove one first"
            "已达到上限 {most} 个；请先删除一个";
        DecidedByOlderRules "decided_by_older_rules" { entries: u64 }
            "{entries} of them were decided by rules of an older version: they were applied and not decided again"
            "其中 {entries} 条由旧版本的规则决定：已重放，未重新决定";
        DecideTooFar "decide_too_far" { most: u64 }
            "entries from number {most} on are not decided again here: export the journal and run `ratchet verify`"
            "第 {most} 条起不在此重新决定：请导出账本并运行 `ratchet verify`";
        DecideTooLong "decide_too_long" { entries: u64 }
            "it took too long and was stopped after {entries} entries, which came out as they are recorded: export the journal and run `ratchet verify`"
            "用时过长，在 {entries} 条之后停止，此前各条与记录一致：请导出账本并运行 `ratchet verify`";
        PreviewTooLong "preview_too_long" {}
            "more happens until then than a preview shows; preview a shorter step"
            "到那时要发生的事项超过预览的上限；请预览较短的一步";
        ClockNotOwn "clock_not_own" {}
            "this programme goes by the server's clock, which nobody advances"
            "该项目使用服务器时钟，不能推进";
        ClockPast "clock_past" { now: String }
            "the clock stands at {now} already and only goes forward"
            "时钟已到 {now}，只能向前推进";
        ClockNothing "clock_nothing" {}
            "nothing of this kind is due; advance by a day, or to a time"
            "没有此类到期事项；请按天推进或推进到指定时间";
        ProductNotSold "product_not_sold" { product: &'a str }
            "{product} is not sold here; look at the list again"
            "这里不出售 {product}；请重新查看商品列表";
        CategoryUnknown "category_unknown" { category: &'a str }
            "there is no category {category}; make it first, or leave it out"
            "没有分类 {category}；请先建立该分类，或不填";
        CategoryInUse "category_in_use" { category: &'a str, count: u64 }
            "{count} articles stand in the category {category}; put them into another first"
            "分类 {category} 中还有 {count} 件商品；请先把它们移到别的分类";
        BrandUnknown "brand_unknown" { brand: &'a str }
            "nothing of the brand {brand} is sold; choose another, or list its articles first"
            "没有在售的“{brand}”商品；请选择其他品牌，或先上架该品牌的商品";
        NoticeTimes "notice_times" {}
            "a notice ends after it begins"
            "公告的结束时间应晚于开始时间";
        NoticeUnknown "notice_unknown" {}
            "there is no such notice any more; look at the list again"
            "这条公告已不存在；请重新查看列表";
        Repeated "repeated" { id: &'a str }
            "{id} stands there twice"
            "{id} 重复出现";
        PictureForm "picture_form" {}
            "a picture is the name of a drawing, or a path on this server that begins with one `/`"
            "图片应为图样的名称，或本服务器上以一个 `/` 开头的路径";
        PictureType "picture_type" {}
            "a picture is sent as it is, as JPEG, PNG or WebP, with its `Content-Type`; save it as one of these first"
            "图片须以 `JPEG`、`PNG` 或 `WebP` 原样发送，并写明 `Content-Type`；请先另存为其中一种";
        PictureUnread "picture_unreadable" {}
            "this is not a whole picture in JPEG, PNG or WebP; open it, save it anew, and send that"
            "这不是完整的 `JPEG`、`PNG` 或 `WebP` 图片；请打开后另存一份，再发送";
        PictureSize "picture_size" { width: u32, height: u32, least: u32, most: u32, millions: u64 }
            "the picture is {width} × {height}; a side has {least} to {most} dots, and a picture at most {millions} million: save it smaller"
            "图片为 {width} × {height}；每边应为 {least} 至 {most} 像素，总数不超过 {millions} 百万：请缩小后保存";
        PictureNotFor "picture_not_for" {}
            "pictures of articles are put here by who manages articles and by merchants, those of reviews by members"
            "商品图片由管理商品的人员和商家上传，评价图片由会员上传";
        PictureUnknown "picture_unknown" { picture: &'a str }
            "the picture {picture} was not uploaded here for this; upload it first"
            "图片 {picture} 没有为此上传；请先上传";
        ReviewNotReceived "review_not_received" {}
            "this order was not received yet; say that it arrived, then review it"
            "该订单还没有收货；请先确认收货，再评价";
        ReviewLine "review_line_unknown" { line: &'a str }
            "the order has no line {line} with an article; look at the order again"
            "订单中没有包含商品的第 {line} 行；请重新查看订单";
        ReviewWritten "review_written" {}
            "you have reviewed this already; you may add to it once, and change nothing"
            "您已评价过；可以追加一次，不能修改";
        ReviewFollowed "review_followed" {}
            "you have added to this review already; once is all"
            "您已追加过评价；只能追加一次";
        ReviewOwnGoods "review_own_goods" {}
            "these are your own goods; a shop does not review itself"
            "这是您自己的商品；商家不能评价自己";
        ReviewUnknown "review_unknown" {}
            "there is no such review; look at the list again"
            "没有这条评价；请重新查看列表";
        ReviewNotYours "review_not_yours" {}
            "this review is another's: its writer adds to it, the merchant of the goods or staff answers it"
            "这是别人的评价：由评价者追加，由商品的商家或工作人员回复";
        ReviewAnswered "review_answered" {}
            "this review was answered already; once is all"
            "该评价已有回复；只能回复一次";
        ReviewHidden "review_hidden" {}
            "this review is hidden already, with its reason in its place"
            "该评价已隐藏，原处显示理由";
        ReviewShown "review_shown" {}
            "this review is not hidden"
            "该评价没有被隐藏";
        EitherOr "either_or" {}
            "say `ship_to` or `address`, not both"
            "请只填 `ship_to` 或 `address` 之一";
        AddressUnknown "address_unknown" {}
            "this is none of your addresses; choose one, or write a new one"
            "这不是您的地址；请选择一个地址，或新建地址";
        TerritoryCode "territory_code" {}
            "a territory is a code of six digits (GB/T 2260), such as 330106"
            "地区是六位行政区划代码（`GB/T 2260`），如 330106";
        RegionUnknown "region_unknown" { region: &'a str }
            "{region} is no district; choose province, city and district from the list"
            "{region} 不是区县代码；请从列表中选择省、市、区县";
        PhoneForm "phone_form" {}
            "a phone number has 5 to 20 digits, and may have a `+`, spaces and `-`"
            "电话号码应有 5 至 20 位数字，可含 `+`、空格和 `-`";
        CouponKindUnknown "coupon_kind_unknown" { kind: &'a str }
            "the plan has no coupon {kind}"
            "计划里没有优惠券 {kind}";
        CouponNotOffered "coupon_not_offered" { kind: &'a str }
            "the coupon {kind} cannot be taken now; look at the list again"
            "优惠券 {kind} 现在不能领取；请重新查看列表";
        CouponsAllTaken "coupons_all_taken" { total: u32 }
            "all {total} of these coupons are taken"
            "{total} 张优惠券已领完";
        CouponTaken "coupon_taken" { count: u32 }
            "you have taken {count} of these, which is as many as each member may"
            "您已领取 {count} 张，达到每人可领的数量";
        PriceChanged "price_changed" { product: &'a str, amount: String }
            "the price has changed: {product} now costs {amount}; look at the order again"
            "价格有变：{product} 现为 {amount}；请重新确认订单";
        QuoteInvalid "quote_invalid" {}
            "this is no quote for you; ask for one"
            "这不是给您的报价；请重新获取报价";
        QuoteExpired "quote_expired" {}
            "the quote has ended and nothing was sold; ask for a new one"
            "报价已过期，未卖出任何积分；请重新获取报价";
        NoPoints "no_points" {}
            "this programme has no points, or so many may not be sold now"
            "该项目没有积分，或现在不能卖出这么多";
        NoMerchantsHere "no_merchants_here" {}
            "this programme has no merchants that apply"
            "该项目没有可申请的商家";
        NotMerchant "not_a_merchant" {}
            "you are no merchant here; apply first, under Me"
            "您在这里不是商家；请先在“我的”中申请";
        PackMissing "pack_missing" { minimum: String }
            "none of your orders is an activation pack: buy goods of at least {minimum} in one order and pay it first"
            "您还没有激活礼包：请先购买一单不低于 {minimum} 的商品并付款";
        NotSuspended "merchant_not_suspended" {}
            "your merchant is not suspended, so there is nothing to appeal against"
            "您的商家没有被暂停，无需申诉";
        AppealWaits "appeal_waits" {}
            "your appeal waits for its answer; say more once it was answered"
            "您的申诉正在等待答复；答复之后可以再次提出";
        OrderShared "order_shared" {}
            "this order has goods of others too; the operator ships it"
            "该订单还有别家的商品；由运营方发货";
        DialogueShared "dialogue_shared" {}
            "this order has goods of others too; the operator answers its buyer"
            "该订单还有别家的商品；由运营方答复买家";
        DialogueFull "dialogue_full" { most: u32 }
            "an order has at most {most} messages; go on by phone or mail"
            "每个订单最多 {most} 条留言；请通过电话或邮件继续";
        OrderUnpaid "order_unpaid" {}
            "this order was not paid, so there is nothing to give back or to ask; pay it first, or give it up"
            "该订单没有付款，没有可退或可问的；请先付款，或不买了";
        CostAbovePrice "cost_above_price" { price: String }
            "what you get of one is at most its price, {price}"
            "您每件所得不能超过售价 {price}";
        TipNot "tip_not_possible" { code: &'a str, refusal: Rejection }
            "such a tip is refused ({code}): {refusal}"
            "这样的打赏会被拒绝（{code}）：{refusal}";
        ProductDecided "product_decided" {}
            "this product was decided before; look at the list again"
            "该商品已有结论；请重新查看列表";
        NoRelease "no_release" {}
            "this programme has no release points"
            "该项目没有绿色积分";
        NoDailyTask "no_daily_task" {}
            "this programme has no task of the day"
            "该项目没有每日任务";
        PlanHasNo "plan_has_no" { what: &'a str }
            "the plan of this programme has no `[{what}]`"
            "该项目的计划没有 `[{what}]`";
        NoSuchDay "no_such_day" {}
            "no close of that day did anything for you, or it is long ago: the movements of your accounts go back to the first"
            "那一天的日结没有您的变动，或时间已久：各账户的明细可以查到最早";
        FilmNone "film_none" {}
            "no film is shown today; look again when the operator has put one"
            "今天没有影片；请等运营方安排后再来";
        FilmForm "film_form" {}
            "a film is a path on this server that begins with one `/`; leave it out for the one that the shop draws"
            "影片应为本服务器上以一个 `/` 开头的路径；不填则由商城绘制示例短片";
        DateForm "date_form" {}
            "a day is written like `2026-03-01`"
            "日期应写作 `2026-03-01`";
        TaskDone "task_done_today" {}
            "today's task is done; watching again counts nothing"
            "今天的任务已完成；再看不会计入";
        ViewingUnknown "viewing_unknown" {}
            "this is no viewing of yours; start the film again"
            "这不是您的观看；请重新开始播放";
        ViewingReplaced "viewing_replaced" {}
            "the film goes on in another window; only one counts at a time: go on there, or start it here again"
            "影片已在另一个窗口继续；同时只计一处：请在那里看完，或在这里重新开始";
        ViewingOtherDay "viewing_other_day" { day: &'a str, today: &'a str }
            "this viewing is of {day}, and today is {today}; start today's film"
            "这次观看属于 {day}，今天是 {today}；请播放今天的影片";
        ViewingJumped "viewing_jumped" { position: u64, watched: u64, passed: u64 }
            "the film cannot be at second {position}: {watched} s of it were watched and {passed} s have passed since; go on from second {watched}"
            "影片不可能播放到第 {position} 秒：此前看了 {watched} 秒，之后只过了 {passed} 秒；请从第 {watched} 秒继续";
        HeartbeatsTooMany "heartbeats_too_many" { seconds: u64 }
            "reports of a viewing come faster than one a second; send the next in {seconds} s"
            "观看进度上报超过每秒一次；请在 {seconds} 秒后再发送";
        OrderNot "order_not_possible" { code: &'a str, refusal: Rejection }
            "such an order is refused ({code}): {refusal}"
            "这样的订单会被拒绝（{code}）：{refusal}";
        OrderNotOpen "order_not_open" {}
            "only an order that waits for its payment can be paid"
            "只有待付款的订单才能付款";
        SignatureWrong "signature_wrong" {}
            "the message is not signed by the provider, or is too old"
            "消息不是由支付方签名，或已过时";
        InvitationUnknown "invitation_unknown" {}
            "nobody here invites by this code; join without it, or ask for the link again"
            "没有此邀请码；请不带邀请码加入，或重新索取链接";
        PayoutNotUnknown "payout_not_unknown" {}
            "only a withdrawal whose outcome is unknown is resolved; look at it again"
            "只有结果不明的提现才需要查清；请重新查看";
        PayoutSamePerson "payout_same_person" {}
            "you have said this already; another person has to say the same"
            "您已经提交过；须由另一人给出相同结论";
        PayoutOwn "payout_own" {}
            "nobody resolves a withdrawal of their own; ask another reviewer"
            "不能处理自己的提现；请由另一位复核人处理";
        AccountHolds "account_holds" { programme: &'a str, orders: usize, held: String, cash: String, reconsume: String, points: String }
            "in the programme {programme} there still is of yours: {orders} open orders, {held} held for withdrawals, {cash} in cash, {reconsume} for goods, {points} points; receive or give up the orders, wait for the withdrawals, sell and withdraw the rest or give it up"
            "项目 {programme} 中还有您的：{orders} 张未完成的订单，提现冻结 {held}，现金 {cash}，复消 {reconsume}，积分 {points}；请先完成或关闭订单，等提现结束，卖出并提走其余，或选择放弃";
        DifferenceUnknown "difference_unknown" {}
            "statement and journal do not differ under this reference; look at the list again"
            "该编号下对账单与账本没有差异；请重新查看列表";
    }
}

/// The status of every code; a refusal by the programme's engine that stands not here is 409.
fn status_of(code: &str) -> StatusCode {
    match code {
        "json_invalid"
        | "query_invalid"
        | "idempotency_key_missing"
        | "idempotency_key_invalid"
        | "body_cut" => StatusCode::BAD_REQUEST,
        "login_required"
        | "login_failed"
        | "second_factor_required"
        | "second_factor_wrong"
        | "code_wrong"
        | "signature_wrong" => StatusCode::UNAUTHORIZED,
        "header_missing" | "second_factor_setup_required" => StatusCode::FORBIDDEN,
        "not_found" => StatusCode::NOT_FOUND,
        "method_not_allowed" => StatusCode::METHOD_NOT_ALLOWED,
        "body_too_large" => StatusCode::PAYLOAD_TOO_LARGE,
        "media_type" | "picture_type" => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "too_many_requests" => StatusCode::TOO_MANY_REQUESTS,
        "field_invalid" | "key_reused" | "value_invalid" | "plan_not_runnable" | "preset_unknown"
        | "scope_unknown" | "product_not_sold" | "link_invalid" | "invitation_unknown" | "demo_not_live"
        | "gate_refused" | "picture_unreadable" | "picture_size" | "live_clock" | "preview_too_long" => {
            StatusCode::UNPROCESSABLE_ENTITY
        }
        "storage" | "bug" => StatusCode::INTERNAL_SERVER_ERROR,
        "setup_required" | "busy" | "read_only" | "outcome_unknown" | "stopping" | "catching_up" => {
            StatusCode::SERVICE_UNAVAILABLE
        }
        _ => StatusCode::CONFLICT,
    }
}

/// An answer that is no success. It is put into words when it leaves, where the request's language is known.
#[derive(Clone, Debug)]
pub(crate) struct Problem(Box<Inner>);

#[derive(Clone, Debug)]
struct Inner {
    message: Message,
    errors: Vec<(String, Message)>,
    retry_after_s: Option<u32>,
    /// For the log and nobody else.
    reason: Option<String>,
}

impl Problem {
    /// Of what happened.
    pub(crate) fn new(message: impl Into<Message>) -> Problem {
        Problem(Box::new(Inner {
            message: message.into(),
            errors: Vec::new(),
            retry_after_s: None,
            reason: None,
        }))
    }

    /// About a field, by its JSON pointer.
    pub(crate) fn at(mut self, pointer: impl Into<String>, error: impl Into<Message>) -> Problem {
        self.0.errors.push((pointer.into(), error.into()));
        self
    }

    /// A field that has not the form it has to have.
    pub(crate) fn field(name: &str, error: impl Into<Message>) -> Problem {
        let error = error.into();
        let pointer = format!("/{}", name.replace('.', "/"));
        Problem::new(ServerFault::Value { field: name, error: error.clone() }).at(pointer, error)
    }

    /// There is nothing, or nothing for whoever asks: the two look alike.
    pub(crate) fn not_found() -> Problem {
        Problem::new(ServerFault::NotFound {})
    }

    /// Says in the log, and nowhere else, why.
    pub(crate) fn because(mut self, reason: impl Into<String>) -> Problem {
        self.0.reason = Some(reason.into());
        self
    }

    /// Asked again after so long it may be well.
    pub(crate) fn retry_after(mut self, seconds: u32) -> Problem {
        self.0.retry_after_s = Some(seconds);
        self
    }

    /// Its permanent code.
    pub(crate) fn code(&self) -> &'static str {
        self.0.message.code
    }

    /// What is in the log only.
    pub(crate) fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }

    /// Its sentence.
    pub(crate) fn text(&self, language: Language) -> &str {
        self.0.message.text(language)
    }

    /// Its body in a language.
    pub(crate) fn body(&self, language: Language, request_id: &str) -> ProblemBody {
        let Inner { message, errors, .. } = &*self.0;
        let facts = message.facts.iter().map(|(name, fact)| ((*name).to_owned(), fact.clone()));
        let error = |(pointer, error): &(String, Message)| FieldError {
            pointer: pointer.clone(),
            detail: error.text(language).to_owned(),
        };
        ProblemBody {
            kind: format!("/problems/{}", message.code),
            title: message.text(language).to_owned(),
            status: status_of(message.code).as_u16(),
            code: message.code.to_owned(),
            facts: facts.collect(),
            errors: errors.iter().map(error).collect(),
            request_id: request_id.to_owned(),
        }
    }

    /// The answer in a language.
    pub(crate) fn render(&self, language: Language, request_id: &str) -> Response {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        let tongue = match language {
            Language::Zh => "zh-CN",
            Language::En => "en",
        };
        headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(tongue));
        if let Some(seconds) = self.0.retry_after_s {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        (status_of(self.code()), headers, Json(self.body(language, request_id))).into_response()
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = status_of(self.code()).into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Problem {
        Problem::new(ServerFault::Storage {}).because(error.to_string())
    }
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Problem {
        if refused.rejection == Rejection::KeyReused {
            return Problem::new(ServerFault::KeyReused {});
        }
        Problem::new(refused.message)
    }
}

impl From<Unavailable> for Problem {
    fn from(unavailable: Unavailable) -> Problem {
        match unavailable {
            Unavailable::Busy { retry_after_s: seconds } => {
                Problem::new(ServerFault::Busy { seconds }).retry_after(seconds)
            }
            Unavailable::NotWritten { entries } => {
                let newest = entries.saturating_sub(1);
                crate::request::query_problem("min_seq", ServerFault::NotWritten { newest })
            }
            Unavailable::ReadOnly { reason } => Problem::new(ServerFault::ReadOnly {}).because(reason),
            Unavailable::OutcomeUnknown => Problem::new(ServerFault::OutcomeUnknown {}).retry_after(1),
            Unavailable::ClockAdvancing => Problem::new(ServerFault::ClockAdvancing {}).retry_after(1),
            Unavailable::Stopping => Problem::new(ServerFault::Stopping {}).retry_after(5),
            Unavailable::Storage { reason } => Problem::new(ServerFault::Storage {}).because(reason),
        }
    }
}

impl From<AdvanceError> for Problem {
    fn from(error: AdvanceError) -> Problem {
        match error {
            AdvanceError::NotOwn => Problem::new(ServerFault::ClockNotOwn {}),
            AdvanceError::Past { now } => Problem::new(ServerFault::ClockPast { now: now.to_string() }),
            AdvanceError::Running { .. } => Problem::new(ServerFault::ClockAdvancing {}).retry_after(1),
            AdvanceError::Unavailable(unavailable) => unavailable.into(),
        }
    }
}

/// RFC 9457, `application/problem+json`.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct ProblemBody {
    /// Where the code is described: `/problems/<code>`.
    #[serde(rename = "type")]
    pub(crate) kind: String,
    /// The sentence, in the language asked for: what is the matter and what to do.
    pub(crate) title: String,
    /// HTTP status; one for each code.
    #[schema(minimum = 400, maximum = 599)]
    pub(crate) status: u16,
    /// Permanent code.
    #[schema(value_type = ProblemCode)]
    pub(crate) code: String,
    /// Facts of the sentence by their permanent names: ids, amounts as decimal texts, times.
    #[schema(value_type = Object, additional_properties = true)]
    pub(crate) facts: serde_json::Map<String, serde_json::Value>,
    /// Fields of the body, the query or the header that it is about.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) errors: Vec<FieldError>,
    /// Name it when you ask for help.
    pub(crate) request_id: String,
}

/// Every code: the server's own, then those of refusals by a programme's engine.
pub(crate) struct ProblemCode;

impl utoipa::PartialSchema for ProblemCode {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        let own = ServerFault::TABLE.iter().map(|row| row.code);
        let engine = Rejection::ALL.iter().map(|rejection| rejection.code());
        let mut codes: Vec<&str> = own.chain(engine).collect();
        codes.sort_unstable();
        codes.dedup();
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .description(Some("Permanent codes; each is described at `/problems/<code>`."))
            .enum_values(Some(codes))
            .into()
    }
}

impl ToSchema for ProblemCode {
    fn name() -> std::borrow::Cow<'static, str> {
        "ProblemCode".into()
    }
}

/// A field that something is wrong with.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct FieldError {
    /// JSON pointer into the body, such as `/lines/0/amount`; `#query/<name>` or `#header/<name>` elsewhere.
    pub(crate) pointer: String,
    /// What is wrong with it, in the language asked for.
    pub(crate) detail: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A code has one sentence and one status, also where the engine has one of the same name.
    #[test]
    fn codes_are_unique() {
        for (at, row) in ServerFault::TABLE.iter().enumerate() {
            assert!(!ServerFault::TABLE[..at].iter().any(|other| other.code == row.code), "{}", row.code);
            let of_engine = Rejection::ALL.iter().any(|rejection| rejection.code() == row.code);
            assert!(!of_engine || row.code == "key_reused", "{}", row.code);
        }
    }
}
