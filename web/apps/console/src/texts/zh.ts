import accountNames from "@ratchet/i18n/accounts-zh";
import plan from "./zh-plan.ts";

const zh = {
  accountNames,
  ...plan,
  title: "运营台",
  menu: {
    brand: "Ratchet", label: "主导航", overview: "总览", dashboard: "仪表盘", inbox: "待办", members: "会员", network: "推荐网络", ranks: "级别", agents: "区域代理", shareholders: "股东分红", trade: "交易", orders: "订单", merchants: "商家", home: "首页", notices: "公告", products: "商品", tasks: "每日任务", reviews: "评价", coupons: "优惠券", money: "资金", reconciliation: "对账", withdrawals: "提现", accounts: "账户",
    plan: "计划", terms: "运行中的计划", edit: "编辑与检查", pool: "池与注资", market: "市场", refunds: "退款", book: "账本", journal: "凭证", system: "系统", clock: "项目时钟", audit: "审计", staff: "员工",
  },
  top: { programme: "项目", clock: "时钟", head: (seq: string) => `凭证 ${seq}`, logOut: "退出", truth: "会员看到的真相页", none: "还没有项目" },
  login: {
    title: "登录运营台", login: "手机号或邮箱", none: "这个账号在任何一家都没有员工角色。", setUp: "建立第一位所有者", name: "称呼",
    setUpSays: "这台服务器还没有所有者。用启动时打印的一次性链接打开这一页，建立账号。", create: "建立", joinTitle: "接受邀请", joinSays: "建立账号，接受邀请里的角色。", newPassword: "密码，至少 10 位",
  },
  programmes: {
    title: "项目", says: "一个项目是一份计划和一本账。", make: "新建沙盒", preset: "用哪份计划", ownClock: "自己的时钟，推进才走", start: "从哪天起", go: "新建沙盒项目", goLive: "新建正式项目，须过门槛", own: "用自己的计划原文", text: "计划原文，代替上面的选择", none: "还没有项目。", open: "打开", tenant: "归谁",
  },
  inbox: {
    lead: (count: number, sum: string) => `等你复核 ${count} 件，合计 ${sum}`, none: "没有等你复核的", says: (limit: string) => `提现的钱在申请时已冻结。超过 ${limit} 须两个不同的人。`, saysOne: "提现的钱在申请时已冻结。",
    longest: (span: string) => `等得最久 ${span}`, kind: "提现", head: { what: "事项", who: "对象", amount: "金额", waited: "已等", review: "复核", act: "操作" }, review: "复核", notYours: "不能由你复核",
    foot: (sum: string, seq: string) => `等你的合计 ${sum}，凭证 ${seq}`, empty: "会员申请提现之后，会出现在这里，等得久的在前。",
    reviewState: (approvals: number, needed: number): string => (needed === 1 ? "一人即可" : approvals === 0 ? "待第一人，共须两人" : "已有一人通过，待第二人"),
  },
  withdrawal: {
    title: (id: string) => `提现 ${id}`, net: "到账", amount: "提现金额，已冻结", fee: "手续费", feeOf: (share: string) => `手续费 ${share}`, retained: "留在池中", reconsume: "到复消钱包", person: "这个人", joined: "加入", spent: "花了", received: "收到现金", cash: "现金钱包", held: "现在全部卖出，到手",
    points: "剩余积分", review: "复核", type: "输入提现金额以确认", approve: (count: number, amount: string) => `通过，第 ${count} 人，${amount}`, reject: "拒绝，写理由", rejectGo: "拒绝，退回全数", reason: "告诉会员的理由", back: "回去",
    send: (net: string) => `付款 ${net}`, differs: "和提现金额不一样。", states: { requested: "待复核", approved: "已通过，等付款", sent: "付款中", unknown: "付款结果未知", paid: "已到账", failed: "付款失败，已退回", rejected: "已拒绝，已退回" },
    steps: { requested: "申请，冻结", approved: "通过", sent: "付款", unknown: "结果未知", paid: "到账", failed: "失败，退回", rejected: "拒绝，退回" }, next: (count: number) => `第 ${count} 人`, notSame: "不能是同一人，也不能是本人",
    reasons: { account_name_differs: "收款人与实名不一致", order_disputed: "有订单正在核实", documents_missing: "缺少材料", other: "其他" } as Record<string, string>, faster: "状态已经变了，请看现在的。",
  },
  jobs: { label: "等你办的", pay: (count: string) => `${count} 笔提现已通过，等付款`, send: (count: string) => `${count} 张订单已付款，等发货` },
  withdrawals: { title: "提现", none: "还没有提现。", head: { id: "号", member: "会员", amount: "金额", net: "到账", state: "状态", at: "申请" }, all: "全部" },
  payout: {
    title: "付款", sent: "已交给支付方，等它的签名消息。一分钟没有消息就是结果不明；不会再付一次。", unknown: "结果不明。由支付方答复，或由两个人给出相同结论；不会再付一次。", sayUnknown: "没有回音，记为结果不明", ask: "问支付方",
    outcome: "结论", outcomes: { paid: "已付", failed: "没有付" }, evidence: "依据", short: "写明依据，至少 5 个字。", resolve: "提交结论", first: "已记下。还须另一个人给出相同结论。",
    mode: "模拟支付方对之后的付款", modes: { pay: "照付，发消息", late: "照付，问了才说", lost: "照付，消息丢失", fail: "不付，发消息", unheard: "没有收到请求" },
  },
  reconciliation: {
    title: "对账", says: "支付方的对账单和账本的银行账户逐条相对；差异一直列着，直到有人说明。", open: (count: number) => `${count} 处差异没有说明`, none: "没有未说明的差异", day: "哪一天", nothing: "这一天两边都没有记录。",
    sums: (statement: string, books: string) => `对账单合计 ${statement}，账本合计 ${books}。`, ofDay: (day: string) => `${day} 的记录`, agrees: "相符", explained: "已说明", unexplained: "未说明", unbooked: "账本里没有", explain: "说明差异",
    differs: (amount: string) => `相差 ${amount}`, why: "为什么不同，至少 5 个字；进审计日志", short: "至少写 5 个字。", go: "记下说明",
    head: { at: "时间", reference: "编号", entry: "凭证", statement: "对账单", books: "账本", difference: "差异", state: "状态" },
  },
  dashboard: {
    title: "仪表盘", upTo: (last: string, at: string, zone: string) => `凭证 0–${last}，${at}（${zone}）`, todo: (count: number, sum: string) => `${count} 件等你复核，合计 ${sum}`, todoNone: "没有等你复核的", buyers: "买过的会员", of: (all: string) => `共 ${all} 人`,
    spent: "会员合计花了", received: "会员收到现金", share: (share: string) => `占所花 ${share}`, middle: "中间的人合计占所花", back: (count: string) => `${count} 人拿回全部`, pool: "盈利池", price: (price: string) => `价格 ${price}`, points: "积分", held: "如果现在都卖，会员得到", others: "出自别人后来的订单",
    kept: (share: string) => `实际回流 ${share}`, outcomes: (buyers: string, back: string) => `${buyers} 人里 ${back} 人拿回所花的钱`, outcomesUnit: "收到的加上现在能卖的，占所花；人数", outcomesHead: ["占所花", "人数"], all: (count: string) => `拿回全部：${count} 人`,
    poolFinding: (pool: string, held: string) => `盈利池 ${pool}；都卖时会员得到 ${held}`, poolUnit: "元，纵轴从零起；线上的数合在一起舍入一次", poolHead: ["时间", "盈利池", "都卖时会员得到", "凭证"], poolSold: "都卖时会员得到", poolStays: "那时留在池中",
    poolWhy: "每人都按现价卖出，回流和舍去的零头留在池中，还有不归会员的那部分；它不归任何一位会员。", accounts: "账上的钱在哪里", bank: (amount: string) => `银行里的 ${amount} 属于谁`, why: "都由同一时刻的状态算出：花了的、收到的现金、积分现在能卖的净额，按人比较。", accountsNote: "每项资产的分录合计为零；银行是其余各项的反面。", none: "还没有人买过，数字会在第一张订单之后出现。",
  },
  members: { title: "会员", none: "还没有会员。有人加入之后，会出现在这里。", head: { id: "号", name: "称呼", joined: "加入", spent: "花了", received: "收到现金", held: "现在全部卖出", cash: "现金钱包", points: "积分" }, suspended: "已暂停" },
  member: {
    title: (id: string) => `会员 ${id}`, joined: (at: string, by: string) => `${at} 加入，推荐人 ${by}`, alone: (at: string) => `${at} 加入，没有推荐人`, spent: "花了", received: "收到现金", held: "现在全部卖出，到手", share: "现金钱包", accounts: "账户", account: "账户", balance: "余额", login: "登录用", reveal: "显示全部", revealWhy: "为什么要看，5 到 200 个字；和你的名字一起写进审计日志", revealShort: "至少 5 个字。", revealLost: "答复在路上丢了，没有显示；请再按一次。", revealed: "已写进审计日志；离开这一页就看不到了。", note: "余额和推荐人不能手改；只有引擎的命令能改，且留下凭证。",
  },
  orders: {
    talk: "售后对话",
    title: "订单", none: "还没有订单。", head: { id: "号", member: "会员", state: "状态", at: "下单", settles: "结算", amount: "金额", refunded: "已退" }, all: "全部", ship: "发货", receive: "确认收货", story: "经过", to: "寄到", erased: "会员已注销，地址已销毁",
    events: { placed: "下单", paid: "付款，进入托管", shipped: "发货", received: "收货，售后期开始", settled: "结算，钱已分出", closed: "关闭，没有付款", refund: "退款", refunded: "全部退款", } as Record<string, string>,
    states: { placed: "待付款", paid: "已付款", shipped: "已发货", received: "已收货", settled: "已结算", closed: "已关闭", refunded: "已退款" }, one: (id: string) => `订单 ${id}`, goods: "商品", freight: "运费", total: "合计", paidAt: "付款", receivedAt: "收货",
  },
  merchants: {
    title: "商家", lead: (count: number) => `${count} 个商家事项等待处理`, says: "申请由没有参与的人审核；理由原样给当事人看。", not: "这份计划没有商家。", none: "还没有人申请做商家。", head: { shop: "店", member: "会员", state: "状态", since: "从何时", payable: "应付货款" }, review: "审核", open: "查看", appealWaits: "申诉待答复",
    states: { applied: "待审核", approved: "已通过", rejected: "没有通过", suspended: "已暂停" }, steps: { applied: "提交申请", approved: "通过 / 恢复", rejected: "没有通过", suspended: "暂停" },
    evidence: "申请的凭据", member: "会员", pack: "激活礼包的订单", packLeft: (needed: string) => `该订单现值（要求不低于 ${needed}）`, contact: "联系方式", goods: "卖什么", noApplication: "没有填写的内容：用命令直接申请的，或本人已注销。", figures: "商家的账", free: "可用健康积分", reserved: "已留出", payable: "应付货款", held: "提款冻结", story: "经过",
    appeals: "申诉", answered: (who: string, at: string) => `${who} 答复，${at}`, answerSays: "答复，当事人会看到", answer: "答复", reason: "理由，当事人会原样看到", reasonNeeded: "先写理由。", approve: "通过", reject: "不通过", reviewersDecide: "由复核人员审核。", suspend: "暂停商家", suspendSays: "暂停期间不能打赏和销售上架的商品；已付款的订单不受影响。", resume: "恢复商家",
    products: "商家提出的商品", noProducts: "没有商家提出的商品。", productHead: { name: "名称", merchant: "商家", price: "售价", cost: "商家得", award: "送健康值", at: "提出", state: "状态" }, productStates: { proposed: "待审核", listed: "在售", delisted: "已下架", rejected: "没有上架" }, why: "没有上架的理由", listSays: "上架后由公司代为销售：售价减去商家所得，是商家让给分账的部分。", list: "上架", notList: "不上架",
  },
  products: {
    upload: "上传图片", uploaded: "已上传的图片", uploadSays: "JPEG、PNG 或 WebP，至多 8 MB；拍摄信息会被去掉",
    title: "商品", none: "还没有商品。上架之后会员才能买。", head: { id: "号", title: "名称", price: "价格", left: "库存", listed: "在售" }, add: "上架商品", id: "号，字母数字", zh: "中文名称", en: "英文名称", aboutZh: "中文说明", aboutEn: "英文说明", price: "价格", stock: "库存，不填为不限", class: "计划里的类别，可不填", category: "分类", noCategory: "不分类", brand: "品牌", picture: "图", further: (place: number) => `第 ${place} 张图`, addPicture: "加一张图", page: "详情", parts: { heading: "标题", paragraph: "段落", fact: "参数", picture: "图片" }, addPart: (name: string) => `加${name}`, away: "去掉", up: "上移",
    factName: { zh: "参数名（中文）", en: "参数名（英文）" }, factValue: { zh: "参数值（中文）", en: "参数值（英文）" }, text: { zh: "文字（中文）", en: "文字（英文）" }, categories: "分类", noCategories: "还没有分类。", newCategory: "新分类", change: (title: string) => `修改 ${title}`, save: "保存", go: "上架", yes: "在售", no: "已下架", unlimited: "不限",
    pictures: { tea: "茶", rice: "米", kettle: "壶", honey: "蜜", apple: "果", towel: "巾", oil: "油", lamp: "灯", parcel: "包裹" } as Record<string, string>,
  },
  reviews: {
    title: "评价", none: "没有这样的评价。", filter: "筛选", unanswered: "只看未回复", pictured: "只看有图", stars: "星级", anyStars: "全部星级", starsOf: (stars: number) => `${stars} 星`, left: "已离开的买家", gone: "评价者已离开，内容随之删除；星级保留。", hidden: (reason: string) => `已隐藏，所有人看到的理由：${reason}`, by: (name: string) => `由 ${name}`, followed: "追加",
    answer: "回复", answerSays: "回复，所有人可见，只能回复一次", answerGo: "发布回复", hide: "隐藏内容", hideSays: "理由，会代替内容显示给所有人；星级仍计入平均", hideGo: "隐藏并显示理由", show: "重新显示", byMerchant: "商家回复：", byStaff: "平台回复：", picture: (place: number) => `图片 ${place}`,
  },
  home: {
    title: "首页", lead: "从上到下就是会员看到的顺序。拖动，或用上下按钮排序。真相卡片总在搜索框和快捷入口下面，不能移动或去掉。", none: "没有板块：首页只有搜索框和真相卡片。", add: "加一个板块", edit: "编辑", down: "下移", standard: "换回标准首页", saved: "没有改动。", unfilled: "还没有填完。", look: "会员将看到的", lookSays: "还没有保存的首页，由商城自己绘制。", shop: "打开商城",
    types: { banner: "横幅", zones: "快捷入口", categories: "分类行", shelf: "商品货架", product: "单品", notices: "公告", coupons: "优惠券", text: "文字" },
    says: { zones: "计划有的入口：商品、积分、订单等。排在第一位时，在真相卡片上面。", notices: "此刻有效的公告，最新三条；没有就不显示。", coupons: "会员现在可以领的优惠券；没有就不显示。" },
    text: { zh: "文字（中文）", en: "文字（英文）" }, titleOf: { zh: "标题（中文）", en: "标题（英文）" }, ownPicture: "本服务器上的图片", path: "图片路径，以 / 开头", link: "点了去哪里", nowhere: "不能点", toCategory: "一个分类", toProduct: "一件商品", pages: { goods: "全部商品", coupons: "优惠券", notices: "公告", points: "积分", orders: "订单", task: "每日任务", invite: "邀请", truth: "真相" },
    product: "商品的号", products: "商品的号，每行一个", which: "放哪些商品", by: { newest: "最新的", made: "按上架先后", category: "一个分类", brand: "一个品牌", products: "指定的" }, limit: "最多几件", allCategories: "一个都不选，就显示全部分类。",
    missing: { category: (id: string) => `没有分类 ${id}`, brand: (id: string) => `没有在售的品牌 ${id}`, product: (id: string) => `没有在售的商品 ${id}` }, left: "，会员看不到这个板块", partly: "，其余照常显示", moved: (name: string, place: number, of: number) => `${name}现在是第 ${place} 个，共 ${of} 个`, added: (name: string) => `加了${name}`, removed: (name: string) => `去掉了${name}`,
  },
  notices: {
    title: "公告", none: "还没有公告。发布之后，在它的时间内会员在首页和公告页看到。", add: "发布公告", change: "修改", remove: "撤下", go: "发布", from: "从什么时候（项目时钟），不填为现在", until: "到什么时候，不填为一直", form: "例如 2026-03-01T00:00:00Z", says: "只填一种语言，另一种也用同样的文字。", states: { shown: "显示中", waits: "未到时间", over: "已结束" },
  },
  coupons: {
    title: "优惠券", none: "计划里没有优惠券。", offers: "会员可以自己领的", head: { kind: "券", rule: "规则", offered: "开放领取", perMember: "每人", total: "总数", taken: "已领", until: "领取截止（项目时钟）" }, save: "保存", untilForm: "例如 2026-03-01T00:00:00Z，不填为不限",
    give: "送给一位会员", member: "会员", kind: "哪一种", go: "送出", done: (id: string) => `已送出优惠券 ${id}`, off: (amount: string) => `减 ${amount}`, from: (minimum: string) => `，满 ${minimum}`, days: (days: number) => `，${days} 天内有效`, stackable: "，可叠加",
  },
  closes: {
    title: "每天的日结", none: "还没有日结带来变动。", day: "日期", members: "做了任务的会员", released: "任务释放", accelerated: "加速释放", shortfall: "基金不足", units: "健康值", amount: "当天发行", toMembers: "给会员", toOthers: "平台，级别", unissued: "未发",
    guide: "指导价", ranks: "级别变动", entry: "凭证", says: "会员那一份按当天释放的健康值分：会员份额 × 自己的 ÷ 全体的。指导价是两个数相除得出的指数，没有人担保。",
  },
  tasks: {
    title: "每日任务", not: "这份计划没有每日任务。", done: (day: string) => `${day}完成`, of: (done: string, all: string) => `${done} / ${all} 人`, watching: "开始看的会员", watched: "记下的观看",
    today: (title: string, seconds: number) => `今天的短片：${title}，${seconds} 秒`, noFilm: "今天没有短片：安排之前会员不能做任务。", refused: "今天被拒的进度上报", refusedSay: "这些都没有计入。网络不好也会有，不据此评判任何人。", refusedNone: "没有。", why: "原因", often: "次数",
    codes: { viewing_jumped: "不可能的播放位置", viewing_replaced: "已在另一个窗口继续", viewing_unknown: "不是该会员的观看", viewing_other_day: "属于已日结的一天", heartbeats_too_many: "超过每秒一次", field_invalid: "位置小于零" } as Record<string, string>,
    films: "短片", filmsSay: "每一部从所写的日期起放，到下一部为止。看了多少按这里写的时长计。", newFilm: "新短片", id: "号，字母数字", from: "从哪天起", zh: "中文名称", en: "英文名称", seconds: "时长，秒", path: "本服务器上的路径", pathSays: "例如 /films/tea.webm；不填则由商城绘制示例短片。",
  },
  journal: {
    title: "凭证", none: "还没有凭证。", head: { seq: "号", at: "时间", kind: "种类" }, entry: (seq: string) => `凭证 ${seq}`, by: (actor: string) => `由 ${actor}`, postings: "分录", account: "账户", before: "之前", change: "变动", after: "之后", zero: "每项资产的分录合计为零。", why: "为什么",
    raw: "原文", rule: "规则", inputs: "代入的数", earlier: "承接", check: "自己核对", nothing: "这一条没有分录。", next: "下一条", previous: "上一条",
    kinds: {
      genesis: "创世", "member.join": "加入", "order.place": "下单", "order.pay": "付款", "order.ship": "发货", "order.receive": "收货", "order.refund": "退款", "order.close": "关闭订单", "points.sell": "卖出积分", "wallet.withdraw": "提现申请",
      "withdrawal.approve": "提现通过", "withdrawal.reject": "提现拒绝", "withdrawal.sent": "提现付款", "withdrawal.paid": "提现到账", "payment.receive": "收到付款", "time.advance": "推进时钟", settlement: "结算", day: "日终", "pool.inject": "注资",
    } as Record<string, string>,
  },
  accounts: { title: "账户", none: "还没有账户。", head: { account: "账户", owner: "谁的", asset: "资产", balance: "余额" }, own: "项目", owner: "只看谁的", show: "看", everything: "全部" },
  network: {
    title: "推荐网络", says: (members: string) => `${members} 名会员，谁推荐了谁。姓名按其他页面的规则显示，登录号码遮住。`, place: "在网络中的位置", find: "找一位会员", findSays: "会员编号的开头，或完整的手机号、邮箱。", look: "查找", map: "冰柱图", tree: "树", top: "从最上面开始",
    bind: "绑定推荐人", referrer: "推荐人的会员编号", wouldBind: (name: string, referrer: string) => `${name} 的推荐人将永远是 ${referrer}；从下一次付款起，他的消费算在 ${referrer} 及其上线下面。`,
    toggle: (name: string) => `${name} 推荐的人`, joined: (at: string) => `${at}加入`, spent: (amount: string) => `自己消费 ${amount}`, below: (below: string, generations: string, referrals: string) => `下面 ${below} 人、${generations} 代，直推 ${referrals} 人`, teamSpent: (amount: string) => `下面共消费 ${amount}`, volume: (amount: string) => `团队业绩 ${amount}`,
    nobody: "还没有会员。", nobodyBelow: "这里下面还没有会员。", more: "再看一些", moreOf: (left: string) => `再看一些，还有 ${left} 人`, others: (branches: string) => `其余 ${branches} 支`, everybody: "画全部会员", under: (name: string) => `${name} 下面`, draw: "只画这一支", way: "在树里打开",
    branch: (name: string, members: string, share: string, spent: string, generation: number) => `${name}，第 ${generation} 层：${members} 人，占 ${share}，共消费 ${spent}`, mapLabel: (members: string) => `${members} 名会员的冰柱图`, keys: "宽度是人数，上面推荐了下面。点一块，或用方向键移动，回车在树里打开；灰色是较小的分支合在一起。", deeper: (depth: number, all: string) => `这里画 ${depth} 代，一共有 ${all} 代。`,
    wayTo: (name: string) => `到 ${name} 的路`, wayBelow: (below: string) => `${below} 人`, aboveMore: (count: string) => `上面还有 ${count} 人，没有列出。`, invitedByNobody: "没有推荐人，在最上面。",
  },
  ranks: {
    title: "级别", says: "谁是哪一级、凭什么，每天日结改变了谁。", not: "这份计划没有级别。", rank: "级别", asks: "要求的团队业绩", legsAsked: "要求的直推线", legsOf: (count: number, name: string) => `${count} 条线含${name}`, legsNone: "—", rate: "比例", members: "人数", show: (name: string, members: string) => `看${name}的 ${members} 人`,
    counted: (without: string, volume: "team" | "small_legs", own: boolean, days: number | undefined, demotion: boolean) => `${without} 人没有级别。业绩按${volume === "team" ? "全部下级" : "去掉最大一条线后的下级"}算，${own ? "计入" : "不计"}自己的消费${days ? `，只算最近 ${days} 天` : ""}；条件不再满足时${demotion ? "会降级" : "不降级"}。`,
    whoHas: (name: string) => `${name}的会员`, nobody: "还没有人。", member: "会员", team: "团队业绩", own: "自己的消费", by: "凭哪一次日结", closeOf: (day: string) => `${day} 的日结`, then: "当时业绩", changes: "级别变动", changesNone: "没有变动。", day: "日期", change: "变动", became: (from: string, to: string) => `${from} → ${to}`, lost: "降级", without: "无级别", legsCounted: "当时的直推线", and: "、", entry: "凭证", ofDay: "只看这一天的日结",
    ofMember: "级别与凭据", ownCounts: "自己的消费，计入", ownNot: "自己的消费，不计入", next: (name: string) => `下一级：${name}`, lacks: "还差", legs: "直推的线",
  },
  agents: {
    title: "区域代理", says: "订单按收货地付给区、市、省的代理；钱出自那张订单的佣金份额。", not: "这份计划没有区域代理。", now: "现任", all: "含已免去", none: "还没有代理。", head: { member: "会员", territory: "地区", since: "任命", earned: "共得" }, levels: { district: "区代", city: "市代", province: "省代" }, shared: (count: number) => `${count} 人平分`, unqualified: "目前没有资格", ended: "免去于",
    earnedSays: "“共得”是这位会员在所有地区作为代理得到的，减去退货收回的。", appoint: "任命", member: "会员编号", choose: "请选择", whole: "整个，不再细分", would: (member: string, territory: string, level: string) => `从下一次付款起，${member} 是${territory}的${level}：收货地在那里的订单按计划的比例付给他。已付款的订单不变。`, appointed: (member: string, territory: string) => `${member} 已是${territory}的代理。`,
    dismiss: "免去", dismissTitle: (name: string) => `免去 ${name}`, dismissSays: (left: number) => (left > 0 ? `从下一次付款起，这里由其余 ${left} 名代理平分。已付款的订单照旧付给他。` : "从下一次付款起，这里没有代理，这一份留作未分配。已付款的订单照旧付给他。"), dismissed: (name: string, territory: string) => `${name} 不再是${territory}的代理。`,
    incomeOf: (name: string) => `${name} 每张订单得了多少`, incomeNone: "还没有订单付给他。", back: (level: string) => `退货收回，${level}`, formulaSays: "比例和代理人数是订单付款时的，每一次除法都向下取整；总上限先减代理这一份。以凭证为准。",
  },
  shareholders: {
    title: "股东分红", says: "每期按结算额的比例从基金划入分红池，按权重分给股东。", not: "这份计划没有股东分红。", base: "本期结算额，减去结算后退货", deficit: (amount: string) => `以前亏的 ${amount} 先补`, deficitBefore: "以前亏的", fund: (name: string) => `基金 ${name} 现有`, rate: (rate: string) => `计划的比例 ${rate}`, rateOf: "计划的比例", all: "全部权重", holders: (count: number) => `${count} 名股东`,
    due: { day: "本日截止", week: "本周截止", month: "本月截止" }, kept: (amount: string) => `上期没分完的 ${amount}`, itself: "到期自动结算，不需要宣布，也不能提前；之后的结算和退货都会改变金额。", none: "还没有股东。", member: "会员编号", weight: "权重", since: "设定", received: "共得", change: "改", changeOf: (name: string) => `改 ${name} 的权重`, dividends: "每一次分红", dividendsNone: "还没有分红。",
    period: (from: string, to: string) => `${from}至 ${to}`, until: (to: string) => `至 ${to}`, added: "基金划入", carry: "上期没分完的", pot: "可分", paid: (holders: number, weight: string) => `付给 ${holders} 名股东，权重合计 ${weight}`, left: "留在池中",
    set: "设定权重", weightSays: "最多 6 位小数，不超过 1,000,000；写 0 就是收回。", weightForm: "权重是最多 6 位小数的数，例如 2.5", would: (member: string, weight: string) => `${member} 的权重成为 ${weight}，本期截止时的权重算数：他的一份变大，别人的相应变小，或相反。`, wouldEnd: (member: string) => `${member} 不再有权重，本期就不分红；别人的一份相应变大。`, done: (member: string, weight: string) => `${member} 的权重是 ${weight}。`, ended: (member: string) => `${member} 不再是股东。`,
  },
  market: {
    title: "内部市场", says: "会员之间按各自的报价买卖健康积分。价格是别人上一次付的，没有人承诺会来买；手续费归平台。", not: "这份计划没有内部市场。",
    state: "状态", open: "开放", halted: "已暂停", since: (at: string) => `自 ${at}`, last: "上一笔，每手", lot: (points: string) => `一手 ${points} 枚`, best: "最高求购 / 最低出售", spread: (amount: string) => `相差 ${amount}`, guide: "每手指导价", band: (share: string, low: string, high: string) => `上下 ${share}：${low} 至 ${high}`,
    guideWhy: "指导价是一个指数，没有人担保：到上次日结为止释放过的全部健康值 ÷ 发行过的全部健康积分，乘一手的枚数，舍去零头；还没有释放或发行时用首个价格。",
    book: "挂单的价位", bookNone: "没有挂单。", sides: { buy: "买入", sell: "卖出" }, head: { side: "方向", price: "每手价格", lots: "手数", member: "会员", offer: "挂单", state: "状态", holds: "占用", entry: "凭证", at: "时间", amount: "金额" },
    offers: "挂单", openOnes: "未成交", endedOnes: "已结束", offersNone: "没有。", offer: (side: string, lots: string, price: string) => `${side} ${lots} 手，每手 ${price}`, filled: (lots: string) => `已成交 ${lots} 手`, points: (points: string) => `${points} 枚`,
    states: { open: "在挂", filled: "全部成交", unfilled: "未成交部分已放弃", cancelled: "已撤回" }, trades: "成交", tradesNone: "还没有成交。",
    halt: "暂停市场", haltSays: "暂停期间不接受新挂单；已有的挂单留着，会员可以撤。原因人人可见，记入账本。", reason: "原因", reasonIs: (reason: string) => `原因：${reason}`, needReason: "请写原因。", resume: "恢复交易", notAllowed: "您的角色不能做这件事。",
    cancel: "撤掉", cancelTitle: "撤掉会员的挂单", cancelSays: "没有成交的部分退回给会员，会员会看到是运营方撤的；原因记在审计记录里。", cancelReason: "原因", cancelGo: (lots: string) => `撤掉剩下的 ${lots} 手`,
  },
  clock: {
    title: "项目时钟", now: "现在", own: "这个沙盒用自己的时钟：推进之前不走，到期的事也不发生。", machine: "这个项目用服务器的时钟，不能推进。", due: "下一件到期的事", settlement: "下一次结算", none: "没有", by: "推进", day: "一天", week: "一周", next_settlement: "到下一次结算", next_close: "到今天结束",
    to: "到哪一刻", would: "会发生什么", choose: "选一步或填一个时间，这里先写明会发生什么；按下推进之前什么都不会变。", wouldTo: (from: string, to: string) => `从 ${from} 到 ${to}：`, nothing: "没有到期的事，只有时间往前走。", times: (count: string) => `${count} 次`, balances: "项目账户，现在 → 之后", members: (count: string) => `会员的余额有 ${count} 个会变。`, go: (at: string) => `推进到 ${at}`,
    events: {
      day_began: "一天开始", days_began: "几天开始", day_closed: "一天收盘", line_settled: "订单行结算，钱分出", freight_settled: "运费结算", points_minted: "积分记到会员名下", caps_set: "强制出局线算一次", points_sold: "积分卖出", batch_executed: "当天的卖出一起成交", units_split: "积分拆细",
      redemption_lapsed: "卖出申请过期", withdrawal_unknown: "提现结果未知", order_closed: "没有付款的订单关闭", order_received: "自动收货", coupons_released: "优惠券退回", stock_released: "留的货放回", loyalty_granted: "商城积分发放", loyalty_expired: "商城积分到期",
      value_released: "增值释放", points_released: "积分释放", plan_took_effect: "新计划生效", plan_lapsed: "计划提议过期", plan_cancelled: "计划提议在生效日取消", commissions_paid: "佣金发放", dividend_declared: "分红宣布", dividend_paid: "分红发放", receivable_netted: "抵扣退货后欠的", deferral_cleared: "推迟的入池结清", contribution_deferred: "入池推迟", ranks_changed: "等级变动", volumes_counted: "业绩计入",
    } as Record<string, string>,
    advancing: "正在推进，现在不能提交。", says: "推进时，到期的结算、日终和到期失效都按先后发生，各有凭证。",
  },
  keys: {
    "split.cost": "供货", "split.pool": "盈利池", "split.commission": "佣金", "pool.mint_ratio": "新积分比例", "pool.retention": "卖出时留在池中", "pool.exit.multiple": "强制出局倍数", "pool.opening_price": "首枚积分价格", "settlement.after_sale_days": "售后天数",
    "wallet.withdrawal_fee": "提现手续费", "wallet.withdrawal_minimum": "最低提现", "wallet.withdrawal_daily_limit": "每日提现上限", "wallet.two_approvals_above": "两人复核的起点", "programme.notice_days": "公告天数", "programme.mode": "运行方式",
  } as Record<string, string>,
  audit: { title: "审计", reason: (reason: string) => `理由：${reason}`, none: "还没有记录。", head: { seq: "号", at: "时间", person: "谁", action: "做了什么", subject: "对什么", entry: "凭证" } },
  staff: { title: "员工", head: { person: "谁", roles: "角色", factor: "第二要素" }, roles: { operator: "运营", reviewer: "复核", auditor: "审计", owner: "所有者" }, yes: "有", no: "没有", invite: "邀请", role: "角色", go: "生成邀请链接", link: "一次性链接，只显示这一次", says: "两个人复核，才付得出大额提现；邀请一位复核人。",
    asks: "对人的要求", asksFactor: "员工要设第二要素，设好之前不能做事", asksLogin: "加入项目前要用验证码确认手机号或邮箱", save: "保存" },
  security: {
    title: "登录安全", says: "动钱的账号应当有第二要素：密码之外，还要一个只在你手机里的动态码。", needed: "这里的员工都要有第二要素；设好之前，角色不起作用。", open: "在验证器应用里打开", kept: "已经抄好，继续", has: "第二要素已启用。", begin: "设置第二要素", scan: "用验证器应用扫一扫", qr: "二维码，内容就是下面的密钥", secret: "或者把这个密钥输进去", code: "验证器给出的六位数字", confirm: "启用", codes: "恢复码，每个只能用一次，现在抄下来，不再显示：", back: "回到项目",
  },
  nowhere: "没有这一页。",
};

export type ConsoleText = typeof zh;
export default zh;
