/** Names of accounts: a part of the texts of apps that show the ledger. */
const accounts = {
  bank: "Bank", escrow: "Escrow", "pool.assets": "Pool", "pool.residual": "Residual of the pool", "commission.payable": "Commissions owed", "commission.undistributed": "Commissions nobody earned",
  "platform.revenue": "Platform's income", "refund.reserve": "Refund reserve", "refund.clearing": "Refund clearing", "operator.due": "Owed by the operator", "operator.claim": "Owed to the operator", suspense: "Suspense",
  "points.issued": "Points issued, contra", "points.house": "Points of the programme", "merchant.payable": "Owed to suppliers", "merchant.deposit": "Merchants' deposits", "wallet.cash": "Cash wallet", "wallet.reconsume": "Re-consumption wallet",
  "wallet.hold": "Held for withdrawals", "wallet.loyalty": "Loyalty points", receivable: "Owed after refunds", points: "Points", "tax.payable": "Tax owed", "dividend.pot": "Dividend pot", fund: "Fund",
  "refund.recoverable": "Refunds to recover", "loyalty.recoverable": "Loyalty points to recover", "advanced.reserve": "Advanced by the reserve", "advanced.platform": "Refunds advanced by the platform", "advanced.operator": "Refunds advanced by the operator", "platform.receivable": "The platform has to get back", "reserve.receivable": "The reserve has to get back", "undistributed.receivable": "To get back from commissions nobody earned", "operator.hold": "Held of the operator", "merchant.receivable": "Owed by merchants", "merchant.hold": "Held of merchants", "loyalty.receivable": "Loyalty points owed", "fund.receivable": "A fund has to get back",
} as Record<string, string>;

export default accounts;
