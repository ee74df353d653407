/** What is said of the text of a plan, in console and lab. */
const plan = {
  levels: { note: "说明", warning: "警告", error: "错误" }, binds: { fixed: "不可改", order: "新订单", grant: "新发放", request: "新申请", programme: "对所有人" } as Record<string, string>,
  go: (line: number, column: number) => `第 ${line} 行第 ${column} 列`,
  fold: (count: string) => `不变的 ${count} 行，看全部`,
  form: {
    says: "主要的键，一项一格；改一格就是改文本里的那一行，检查和提交的始终是文本。", only: "主要的键，一项一格，只能看；检查时或没有权限时不能改。", elsewhere: (count: number) => `文本的其他地方有 ${count} 处错误，请看文本。`,
    units: { share: "百分比，如 30%", money: "金额，元，如 10.00", days: "天数", times: "倍数" }, binds: (what: string) => `约束${what}`,
  },
  gate: {
    refused: "不能正式运行", passes: "没有规则不允许正式运行", counts: (prohibited: string, licence: string, review: string) => `${prohibited} 条禁止，${licence} 条须有许可，${review} 条须律师书面意见。`, others: (count: string) => `另有 ${count} 条须知或须落实。`,
    noBypass: "没有可以绕过的开关。沙盒可以运行。", rules: "规则", rest: (count: string) => `其余 ${count} 条`, fewer: "收起", from: (day: string) => `自 ${day}`, silent: "未声明，按最坏情况计", change: "怎么改", on: (day: string, codes: string) => `按 ${day} 有效的规则，法域 ${codes}`,
    levels: { prohibited: "禁止", needs_licence: "须有许可", human_review: "须律师意见", control: "须落实", disclose: "须告知" },
    bearings: { refuses: "不允许", licensed: "许可已登记", reviewed: "已有书面意见", to_know: "供参考" },
    evidence: { P: "读过原文", S2: "两个以上二手来源", S1: "一个二手来源", D: "本项目自定", U: "未核实，只作提示" } as Record<string, string>,
  },
};

export type PlanText = typeof plan;
export default plan;
