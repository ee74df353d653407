/** Names of accounts: a part of the texts of apps that show the ledger. */
const accounts = {
  bank: "银行", escrow: "托管", "pool.assets": "盈利池", "pool.residual": "池余额", "commission.payable": "应付佣金", "commission.undistributed": "未分出的佣金",
  "platform.revenue": "平台收入", "refund.reserve": "退款准备金", "refund.clearing": "退款清算", "operator.due": "运营方应付", "operator.claim": "运营方可收", suspense: "待查款",
  "points.issued": "已发积分，反向", "points.house": "项目自持积分", "merchant.payable": "供货方应付", "merchant.deposit": "商家保证金", "wallet.cash": "现金钱包", "wallet.reconsume": "复消钱包",
  "wallet.hold": "提现冻结", "wallet.loyalty": "商城积分", receivable: "退货后欠的", points: "积分", "tax.payable": "应缴税", "dividend.pot": "分红池", fund: "专项资金",
  "refund.recoverable": "退款可追回", "loyalty.recoverable": "商城积分可追回", "advanced.reserve": "准备金垫付的", "advanced.platform": "平台垫付的退款", "advanced.operator": "运营方垫付的退款", "platform.receivable": "平台待收回", "reserve.receivable": "准备金待收回", "undistributed.receivable": "未分佣金待收回", "operator.hold": "运营方冻结", "merchant.receivable": "商家欠的", "merchant.hold": "商家冻结", "loyalty.receivable": "欠的商城积分", "fund.receivable": "专项资金待收回",
} as Record<string, string>;

export default accounts;
