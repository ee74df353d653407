/** What the pages of the plan and of what takes two people say. */
const plan = {
  planPage: {
    running: (number: string) => `运行中的计划，版本 ${number}`, earlier: (number: string) => `早先的计划，版本 ${number}`, since: (at: string) => `从 ${at} 起`, first: "从开始起", edit: "编辑与检查", versions: "版本", version: (number: string) => `版本 ${number}`,
    text: "原文", hash: "SHA-256", counts: (errors: string, warnings: string, notes: string) => `${errors} 处错误，${warnings} 处警告，${notes} 处说明`, proposals: "提出的修改", noProposals: "还没有提出过修改。", takes: (at: string) => `生效 ${at}`,
    by: (name: string) => `${name} 提出`, approvedBy: (name: string, at: string) => `${name} 批准，${at}`, approvedAt: (at: string) => `批准于 ${at}`, adverse: "对会员不利，须提前公告", withdraw: "撤回",
    states: { proposed: "待第二人批准", approved: "已批准，等生效日", withdrawn: "已撤回", lapsed: "逾期未批，失效", effective: "已生效", cancelled: "到日未能生效，已取消" },
    unset: "未设", lines: "按算术，还要知道", because: "为什么",
  },
  planEdit: {
    form: "表单",
    title: "编辑与检查", changed: (changes: string) => `草案：${changes}`, more: (count: number) => `另有 ${count} 项`, none: "和运行中的计划一样", unread: "草案还不是一份计划", against: (number: string) => `与运行中的版本 ${number} 相比`,
    edit: "编辑", view: "改动", save: "存为草稿", saved: (name: string) => `已存为“${name}”`, name: "草稿的名字，字母数字", drafts: "草稿", open: "打开", remove: "删除", noDrafts: "还没有草稿。", start: "从运行中的计划重新开始",
    propose: "提交第二人批准", version: "版本的名字，字母数字", effective: (at: string) => `最早 ${at} 生效，之前会员按旧条款`, done: "已提交，等第二人批准", checking: "停笔即检查", checked: "已检查", rerun: (people: string) => `${people} 人已重跑`, stale: "正在检查",
    refused: "现在提交会被拒绝", errors: (count: string) => `${count} 处错误，改好才能检查`, textLabel: "计划原文", may: "只有所有者能提交修改。", was: (author: string, at: string) => `${author} 存于 ${at}`,
  },
  population: {
    title: (people: string) => `${people} 人会怎样`, each: (spend: string) => `各花 ${spend}，一人一单，不抽签`, inForce: (number: string) => `版本 ${number}`, plan: "草案", whole: "拿回全部的人", inCash: "其中真正拿到现金", middle: "中间的人", newest: "最后一人", best: "最好的 1% 从", members: "会员合计每 ¥100.00 至多",
    part: (name: string) => `${name}，每 ¥100.00`, says: (better: string, worse: string, same: string) => `同样的人里 ${better} 人得到更多，${worse} 人更少，${same} 人不变。`, gain: (name: string, by: string) => `多：${name}，每 ¥100.00 多 ${by}`, lose: (name: string, by: string) => `少：${name}，每 ¥100.00 少 ${by}`,
    digest: (entries: string, digest: string) => `${entries} 条凭证，状态 ${digest}`, how: "同样的人各买一次，全部结算，没有人卖出；每人的结果是收到的现金加上积分现在能卖的净额。", none: "没有结果",
    legs: { cost: "供货", commission: "佣金", funds: "专项资金", platform: "平台", pool_paid: "已付给会员", pool_held: "盈利池", pool_residual: "池余额", pool_issuer: "项目自持", pending: "未结算" } as Record<string, string>,
  },
  decisions: {
    amendment: "计划修改", proposal: "需要两个人的操作", see: "看", title: (id: string) => `计划修改 ${id}`, approve: "批准这份文本", confirm: "我已读过这些改动", command: (id: string) => `操作 ${id}`, send: (amount: string) => `批准并执行 ${amount}`, sendPlain: "批准并执行", take: "撤回",
    proposedBy: (name: string, at: string) => `${name} 提出，${at}`, kinds: { "pool.inject": "向盈利池注资", "fund.deposit": "向专项资金存入" } as Record<string, string>, states: { open: "待第二人", approved: "已批准", withdrawn: "已撤回" }, money: (amount: string) => `注入 ${amount}`,
  },
  pool: {
    title: "池与注资", assets: "盈利池", supply: "积分", price: "一枚积分", everybody: "如果现在都卖，会员得到", injected: "历次注资", none: "还没有注资。外来的钱进池，须两个人。", propose: "提出注资", amount: "金额", source: "来源，字母数字，例如 subsidy", go: (amount: string) => `提出注资 ${amount}`, goPlain: "提出注资",
    says: "注资不是会员的钱：它抬高一枚积分的价格，不改变谁先谁后。提出之后由另一个人在待办里批准。", noPool: "这个项目没有盈利池。", head: { what: "操作", amount: "金额", source: "来源", state: "状态", by: "谁", entry: "凭证" }, sent: "已提出，等第二人批准",
  },
  refunds: {
    talks: (count: number) => (count ? `${count} 段售后对话等答复` : "售后对话"), noTalks: "还没有人留言。", waits: "等答复", answered: "已答复", messages: (count: number) => `${count} 条`,
    title: "退款", none: "还没有退款。有订单退款之后，会出现在这里。", head: { id: "号", order: "订单", member: "会员", at: "时间", kind: "何时", amount: "退回", entry: "凭证" }, late: "结算之后，先收回积分", early: "结算之前，原样撤销",
  },
  timeline: {
    title: "时间线", figures: "花了的、收到的现金，加上积分现在能卖的净额，占所花的多少。", none: "还没有发生过什么。", whole: "合计占所花", lots: "账户", between: "；",
    what: { joined: "加入", placed: "下单", paid: "付款", shipped: "发货", received: "收货", settled: "结算", closed: "关闭", refund: "退款", "withdrawal.requested": "提现申请", "withdrawal.approved": "提现通过", "withdrawal.sent": "提现付款", "withdrawal.unknown": "提现结果未知", "withdrawal.paid": "提现到账", "withdrawal.failed": "提现失败", "withdrawal.rejected": "提现拒绝" } as Record<string, string>,
    change: (account: string, amount: string, balance: string) => `${account} ${amount}，余 ${balance}`,
  },
  decideAgain: {
    go: "重新决定", running: "正在从头重新决定", equal: (entries: string) => `一致：从第一条起 ${entries} 条都重新决定过，和记录的一样。`, differs: (entry: string) => `不一致：${entry}`, notDone: "没有重新决定", says: "从第一条凭证起，按记录的命令再决定一遍，逐项比较。",
  },
  search: {
    label: "搜索", hint: "会员、订单、提现、商品、凭证号、手机号", none: (text: string) => `没有找到“${text}”。`, kinds: { member: "会员", order: "订单", withdrawal: "提现", product: "商品", entry: "凭证" }, results: "搜索结果", key: "/",
  },
};

export default plan;
export type PlanText = typeof plan;
