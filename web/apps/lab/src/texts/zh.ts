const zh = {
  brand: "Ratchet",
  bet: {
    title: "先猜，再看",
    advert: { claim: "几乎所有用户都能免费消费还赚钱", source: "一则消费增值系统的广告，照原文" },
    question: ["10,000 个人，", "每人花 ¥1,000.00。", "你猜多少人能拿回来？"], how: "消费得积分，积分可以卖成钱。付这笔钱的只有盈利池：每花 ¥1,000.00，有 ¥300.00 进池。", people: "人", label: "你猜多少人能拿回来",
    go: "运行，看结果", skip: "不猜，直接看", dots: "每个点是一个人，按加入先后排列。由真正的引擎计算。",
  },
  wait: {
    title: "正在运行", ahead: (count: string) => `前面还有 ${count} 个运行`, day: (day: string, days: string) => `第 ${day} 天，共 ${days} 天`, starts: "马上开始", cancel: "取消", again: "再运行一次", failed: "没有结果", back: "回到开头",
    errors: { plan: (line: number) => `计划第 ${line} 行：`, people: (line: number) => `场景第 ${line} 行：` }, damaged: "这个链接残缺，不知道它问的是什么。请重新复制完整的链接，或者从头开始。",
  },
  result: {
    title: "结果", all: (people: string, spent: string) => `${people} 人里，拿回 ${spent} 的有`, allOwn: (people: string) => `${people} 名买家里，拿回所花的有`, bet: "你猜", is: "结果",
    joining: (people: string) => `已加入 ${people} 人`, price: (price: string) => `一枚积分 ${price}`, half: "一半的人只有这么多，或者更少。", back: (count: string) => `${count} 人拿回`, not: (count: string) => `${count} 人没有`, skip: "跳过，直接看",
    middleHeld: (spent: string) => `中间的人花 ${spent}，现在卖掉全部积分，到手`, middleCash: (spent: string) => `中间的人花 ${spent}，收到现金`, middleBoth: (spent: string) => `中间的人花 ${spent}，收到的加上现在能卖的，合计`,
    inCash: (whole: string, cash: string) => `${whole} 人是按收到的现金加上积分现在卖出的净额算；其中已经拿到现金的有 ${cash} 人。`, allCash: (whole: string) => `这 ${whole} 人都已拿到现金。`, nobody: "收到的现金加上积分现在卖出的净额，没有一个人够本。",
    last: (spent: string, value: string) => `最后一人花 ${spent}，得 ${value}。`, next: "你会是第几个？",
    dotsNone: (people: string) => `${people} 个点，每个是一个人，没有一个拿回了所花的钱。`, dots: (people: string, back: string, not: string) => `${people} 个点，每个是一个人：${back} 个蓝点拿回了所花的钱，排在最前；${not} 个橙点没有。`, said: (back: string, middle: string) => `结果：${back} 人拿回。${middle}。`,
    refused: (count: string) => `另有 ${count} 个命令被计划拒绝。`,
  },
  nth: {
    title: "你是第几个加入的？", label: "第几个加入", number: (number: string) => `第 ${number} 个`, spent: "你花了", value: "现在卖掉积分到手", valueBoth: "收到的加现在能卖的", you: "你",
    says: (number: string, spent: string, value: string) => `第 ${number} 个，花 ${spent}，得 ${value}`, lastWhole: (number: string) => `第 ${number} 个，最后一个拿回的`,
    early: (first: string, last: string) => `先来的多：第一个有 ${first}，最后一个有 ${last}`, late: (first: string, last: string) => `后来的多：第一个有 ${first}，最后一个有 ${last}`, differ: (low: string, high: string) => `最少的有 ${low}，最多的有 ${high}`, even: (value: string) => `第一个和最后一个一样，有 ${value}`,
    unit: "元，按加入先后；现金加上现在能卖的", dots: (every: string) => `元，按加入先后，每 ${every} 人一个点`, each: "每人所花", from: "第 1 个", to: (number: string) => `第 ${number} 个`, head: ["第几个", "所花", "现金", "现在能卖", "合计"],
  },
  price: {
    title: "可是积分的价格不是一直在涨吗？", rose: (from: string, to: string) => `一枚积分从 ${from} 到 ${to}，涨了`, fell: (from: string, to: string) => `一枚积分从 ${from} 到 ${to}，没有涨`, unit: "元，按天；纵轴从零起",
    newest: (spent: string, value: string) => `最后结算的人花 ${spent}，那时能得 ${value}`, newestUnit: "元，每天最后一个已结算的买家；纵轴从零起",
    resolves: (spent: string, first: string, last: string) => `两张图都是真的。每人都按自己来时的价格买：价格越高，同样的 ${spent} 换到的积分越少。价格涨了，新来的人花 ${spent} 那时能得的，先是 ${first}，最后是 ${last}。`, middle: (value: string) => `涨价让先来的多得一些，可中间的人也只有 ${value}。`,
    plain: (first: string, last: string) => `价格没有替谁付钱：新来的人那时能得的，先是 ${first}，最后是 ${last}。`, day: (day: string) => `第 ${day} 天`, head: ["天", "人数", "一枚积分", "最后结算的人所花", "那时能得"],
  },
  hundred: { title: (hundred: string) => `每 ${hundred} 去了哪里`, most: (hundred: string, most: string) => `所有人合计，每花 ${hundred}，靠积分至多拿回 ${most}，不管价格。` },
  legs: {
    cost: "供货方", commission: "佣金", platform: "平台", funds: "专项资金", pending: "未结算的订单", pool_paid: "付给会员的现金", pool_held: "还在盈利池", pool_residual: "池子清空后的余额", pool_issuer: "发起方的积分",
  } as Record<string, string>,
  switches: {
    title: "换个条件，拿回的人数", stop: "不再增长", stopSays: (count: string) => `只来前 ${count} 人`, sell: "有人抛售", sellSays: (share: string) => `每天每人有 ${share} 的机会卖出`, pool: (share: string) => `盈利池改为 ${share}`, poolSays: "佣金全部让出",
    people: (count: string) => `${count} 人`, each: (hundred: string, per: string) => `每 ${hundred} 得 ${per}`, now: (count: string, people: string, middle: string) => `这些条件下，${people} 人里有 ${count} 人拿回，中间的人有 ${middle}。上面的图也换了。`, not: "这份计划不能这样改", running: "在算",
  },
  doors: {
    title: "接下来", all: "别的人、别的计划", member: "进商城当会员", memberSays: "看商品、积分和真相", staff: "当运营者", staffSays: "看待办、订单和账", plan: "试自己的计划", planSays: (people: string) => `改一个数，看 ${people} 人怎样`,
  },
  foot: {
    says: (people: string, plan: string, seed: string, version: string) => `${people} 名买家；计划 ${plan}，种子 ${seed}；Ratchet ${version}。`, took: (seconds: string) => `这次用了 ${seconds} 秒。`, beside: (ms: string) => `同时商城记账，100 笔里 99 笔在 ${ms} 毫秒内写完。`, digest: "摘要", check: "自己核对", checkSays: "在自己的电脑上运行这条命令，摘要必须一样：", copy: "复制", copied: "已复制",
    link: "这次运行的链接；谁打开，服务器就重新算一遍：", picture: "存成图片", file: "存成一个文件", assumed: "这次假设",
    same: "和链接里记的摘要一样。", otherVersion: (theirs: string, ours: string) => `摘要和链接里记的不同：链接出自版本 ${theirs}，这里是版本 ${ours}。这里的数是本版本的。`, otherResult: "摘要和链接里记的不同，版本却一样：链接被改过，或者两边有一边不对。请用下面的命令核对。",
  },
  picture: { title: "实验室", digest: (digest: string) => `摘要 ${digest}` },
  embed: { title: "你是第几个？", open: "在实验室里打开", says: (whole: string, people: string, middle: string, value: string) => `${people} 人里 ${whole} 人拿回所花的。${middle} ${value}。` },
  plan: {
    title: "试自己的计划", says: "改一个数，停笔就检查，再让同样的人各买一次。", preset: "从哪一份开始", text: "计划原文", pasted: "也可以把自己的计划贴进来。",
    edit: "编辑", lines: "逐行", form: "表单", checking: "正在检查", checked: "已检查", errors: (count: string) => `${count} 处错误，改好才能运行`,
    result: (people: string) => `${people} 人会怎样`, before: "起点", after: "你的", whole: "拿回全部的人", inCash: "其中真正拿到现金", middle: "中间的人", newest: "最后一人", best: "最好的 1% 从", most: (hundred: string) => `会员合计每 ${hundred} 至多`, leg: (name: string, hundred: string) => `${name}，每 ${hundred}`,
    old: (at: string) => `文本有错，这是 ${at} 的结果。`, who: (better: string, worse: string, same: string) => `同样的人里，${better} 人得到更多，${worse} 人更少，${same} 人不变`, more: (name: string, by: string) => `${name}多 ${by}`, less: (name: string, by: string) => `${name}少 ${by}`, of: (hundred: string, parts: string) => `每 ${hundred} 里，${parts}。`, and: "；", figure: "同样的人", none: "和起点一样",
    lint: "按算术，还要知道", noText: "文本是空的。选一份计划，或者贴进来。",
  },
};

export type LabText = typeof zh;
export default zh;
