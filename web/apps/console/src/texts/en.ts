import { many } from "@ratchet/i18n";
import accountNames from "@ratchet/i18n/accounts-en";
import plan from "./en-plan.ts";
import type { ConsoleText } from "./zh.ts";

export default {
  accountNames,
  ...plan,
  title: "Console",
  menu: {
    brand: "Ratchet", label: "Main navigation", overview: "Overview", dashboard: "Dashboard", inbox: "Inbox", members: "Members", trade: "Trade", orders: "Orders", merchants: "Merchants", home: "Home page", notices: "Notices", products: "Goods", coupons: "Coupons", tasks: "Daily task", money: "Money", reconciliation: "Reconciliation", withdrawals: "Withdrawals", accounts: "Accounts",
    plan: "Plan", terms: "Plan in force", edit: "Edit and check", pool: "Pool and injections", market: "Market", refunds: "Refunds", book: "Books", journal: "Journal", system: "System", clock: "Programme clock", audit: "Audit log", staff: "Staff",
  },
  top: { programme: "Programme", clock: "Clock", head: (seq: string) => `Entry ${seq}`, logOut: "Log out", truth: "The truth page members see", none: "No programme yet" },
  login: {
    title: "Log in to the console", login: "Phone number or e-mail", none: "This account has no staff role anywhere.", setUp: "Make the first owner", name: "Name",
    setUpSays: "This server has no owner yet. Open this page by the one-time link that it printed when it started, and make an account.", create: "Make the account", joinTitle: "Accept the invitation", joinSays: "Make an account and take the role of the invitation.", newPassword: "Password, at least 10 characters",
  },
  programmes: {
    title: "Programmes", says: "A programme is one plan and one set of books.", make: "New sandbox", preset: "Which plan", ownClock: "A clock of its own that moves when advanced", start: "Starting on", go: "Make the sandbox", goLive: "Begin a live programme, through the gate", own: "Use a plan text of your own", text: "Text of the plan, instead of the choice above", none: "No programme yet.", open: "Open", tenant: "Whose",
  },
  inbox: {
    lead: (count: number, sum: string) => `${many(count, "waits", "wait")} for you, ${sum} in all`, none: "No review waits for you", says: (limit: string) => `The money is held since it was asked for. Above ${limit} two different people review.`, saysOne: "The money is held since it was asked for.",
    longest: (span: string) => `Longest wait ${span}`, kind: "Withdrawal", head: { what: "What", who: "Whose", amount: "Amount", waited: "Waiting", review: "Review", act: "Act" }, review: "Review", notYours: "Not for you to review",
    foot: (sum: string, seq: string) => `${sum} wait for you, entry ${seq}`, empty: "Withdrawals that members ask for appear here, the longest wait first.",
    reviewState: (approvals: number, needed: number): string => (needed === 1 ? "One person" : approvals === 0 ? "Waits for the first of two" : "One approved, waits for the second"),
  },
  withdrawal: {
    title: (id: string) => `Withdrawal ${id}`, net: "Paid out", amount: "Amount, held", fee: "Fee", feeOf: (share: string) => `Fee ${share}`, retained: "Stays in the pool", reconsume: "To the re-consumption wallet", person: "This member", joined: "Joined", spent: "Spent", received: "Received in cash", cash: "Cash wallet", held: "All sold now",
    points: "Points left", review: "Review", type: "Type the amount to confirm", approve: (count: number, amount: string) => `Approve as person ${count}, ${amount}`, reject: "Refuse, with a reason", rejectGo: "Refuse, all goes back", reason: "Reason the member is told", back: "Back",
    send: (net: string) => `Pay ${net}`, differs: "Not the amount of this withdrawal.", states: { requested: "To be reviewed", approved: "Approved, to be paid", sent: "Being paid", unknown: "Outcome not known", paid: "Paid", failed: "Failed, money is back", rejected: "Refused, money is back" },
    steps: { requested: "Asked for, held", approved: "Approved", sent: "Sent", unknown: "Not known", paid: "Paid", failed: "Failed, back", rejected: "Refused, back" }, next: (count: number) => `Person ${count}`, notSame: "Not the same person, nor the member",
    reasons: { account_name_differs: "The account's name differs", order_disputed: "An order is being looked into", documents_missing: "Documents are missing", other: "Other" } as Record<string, string>, faster: "It has changed meanwhile; look at it as it is now.",
  },
  jobs: { label: "For you to do", pay: (count: string) => `Approved withdrawals to be paid: ${count}`, send: (count: string) => `Paid orders to be sent: ${count}` },
  withdrawals: { title: "Withdrawals", none: "No withdrawals yet.", head: { id: "Number", member: "Member", amount: "Amount", net: "Paid out", state: "State", at: "Asked for" }, all: "All" },
  payout: {
    title: "Payout", sent: "Handed to the provider; its signed message ends it. After a minute of silence the outcome is unknown; it is never sent again.", unknown: "The outcome is unknown. The provider's answer ends it, or two people who say the same; it is never sent again.", sayUnknown: "No answer: outcome unknown", ask: "Ask the provider",
    outcome: "Outcome", outcomes: { paid: "Paid", failed: "Not paid" }, evidence: "What it rests on", short: "Say what it rests on, at least 5 characters.", resolve: "Say so", first: "Noted. Another person has to say the same.",
    mode: "The play-money provider, with the next payouts,", modes: { pay: "pays and says so", late: "pays and says so only when asked", lost: "pays, the message is lost", fail: "does not pay and says so", unheard: "never hears of it" },
  },
  reconciliation: {
    title: "Reconciliation", says: "The provider's statement beside the bank account of the books, line by line; differences stay listed until somebody explains them.", open: (count: number) => `${many(count, "difference is", "differences are")} not explained`, none: "No difference without an explanation", day: "Which day", nothing: "Nothing on either side on this day.",
    sums: (statement: string, books: string) => `The statement adds up to ${statement}, the books to ${books}.`, ofDay: (day: string) => `Lines of ${day}`, agrees: "agree", explained: "explained", unexplained: "not explained", unbooked: "not in the books", explain: "Explain",
    differs: (amount: string) => `They differ by ${amount}`, why: "Why they differ, at least 5 characters; it goes into the audit log", short: "At least 5 characters.", go: "Note the explanation",
    head: { at: "Time", reference: "Reference", entry: "Entry", statement: "Statement", books: "Books", difference: "Difference", state: "State" },
  },
  dashboard: {
    title: "Dashboard", upTo: (last: string, at: string, zone: string) => `Entries 0–${last}, ${at} (${zone})`, todo: (count: number, sum: string) => `${many(count, "waits", "wait")} for you, ${sum} in all`, todoNone: "No review waits for you", buyers: "Members who bought", of: (all: string) => `of ${all}`,
    spent: "Members spent", received: "Members received in cash", share: (share: string) => `${share} of what was spent`, middle: "The middle member has, of spent", back: (count: string) => `${many(count, "has", "have")} all back`, pool: "Pool", price: (price: string) => `price ${price}`, points: "Points", held: "If all sold now, members get", others: "Out of others' later orders",
    kept: (share: string) => `retention in fact ${share}`, outcomes: (buyers: string, back: string) => `Of ${many(buyers, "buyer", "buyers")} ${back} got back what they spent`, outcomesUnit: "Received plus what could be sold now, of what was spent; people", outcomesHead: ["Of what was spent", "People"], all: (count: string) => `All back: ${count}`,
    poolFinding: (pool: string, held: string) => `Pool ${pool}; if all sold, members get ${held}`, poolUnit: "Yuan, axis from zero; on the line rounded once for all", poolHead: ["Time", "Pool", "If all sold, members get", "Entry"], poolSold: "If all sold, members get", poolStays: "Would stay in the pool",
    poolWhy: "Everybody sells at the present price; what is retained, what is cut, and what no member holds stays in the pool. It is no member's.", accounts: "Where the money in the books is", bank: (amount: string) => `Whose the ${amount} in the bank are`, why: "All follow from the state of one moment: what was spent, the cash received, what points would bring now, net, compared person by person.", accountsNote: "The postings of each asset add up to zero; the bank is the other side of all the rest.", none: "Nobody has bought yet; the figures appear with the first order.",
  },
  members: { title: "Members", none: "No members yet. Whoever joins appears here.", head: { id: "Number", name: "Name", joined: "Joined", spent: "Spent", received: "Received", held: "All sold now", cash: "Cash wallet", points: "Points" }, suspended: "suspended" },
  member: {
    title: (id: string) => `Member ${id}`, joined: (at: string, by: string) => `Joined ${at}, referred by ${by}`, alone: (at: string) => `Joined ${at}, no referrer`, spent: "Spent", received: "Received in cash", held: "All sold now, gets", share: "Cash wallet", accounts: "Accounts", account: "Account", balance: "Balance", login: "Logs in with", reveal: "Show it whole", revealWhy: "Why you have to see it, 5 to 200 characters; it goes into the audit log with your name", revealShort: "At least 5 characters.", revealLost: "The answer was lost on its way and is not kept; press once more.", revealed: "It is in the audit log; it is gone when you leave this page.", note: "Nobody edits balances or referrers by hand; only the engine's commands change them, each with an entry.",
  },
  orders: {
    talk: "Questions and returns",
    title: "Orders", none: "No orders yet.", head: { id: "Number", member: "Member", state: "State", at: "Placed", settles: "Settles", amount: "Amount", refunded: "Refunded" }, all: "All", ship: "Ship", receive: "Confirm receipt", to: "Goes to", erased: "The member has left; the address is destroyed", story: "What happened",
    events: { placed: "Ordered", paid: "Paid, into escrow", shipped: "Shipped", received: "Received, time for returns begins", settled: "Settled, money divided", closed: "Closed, not paid", refund: "Refund", refunded: "Refunded in full", } as Record<string, string>,
    states: { placed: "To pay", paid: "Paid", shipped: "On its way", received: "Received", settled: "Settled", closed: "Closed", refunded: "Refunded" }, one: (id: string) => `Order ${id}`, goods: "Goods", freight: "Delivery", total: "In all", paidAt: "Paid", receivedAt: "Received",
  },
  merchants: {
    title: "Merchants", lead: (count: number) => `${many(count, "merchant waits", "merchants wait")} for somebody`, says: "Whoever had no part in an application reviews it; the person reads the reason as it is written.", not: "This plan has no merchants.", none: "Nobody has asked to be a merchant yet.", head: { shop: "Shop", member: "Member", state: "State", since: "Since", payable: "Owed" }, review: "Review", open: "Open", appealWaits: "appeal waits for an answer",
    states: { applied: "Waits for review", approved: "Approved", rejected: "Rejected", suspended: "Suspended" }, steps: { applied: "Applied", approved: "Approved or resumed", rejected: "Rejected", suspended: "Suspended" },
    evidence: "Evidence", member: "Member", pack: "Order of the activation pack", packLeft: (needed: string) => `What is left of it (at least ${needed})`, contact: "Contact", goods: "What it sells", noApplication: "Nothing was written: it was made by a command, or the person is gone.", figures: "Its accounts", free: "Free emission points", reserved: "Reserved", payable: "Owed to it", held: "Held for payouts", story: "What happened",
    appeals: "Appeals", answered: (who: string, at: string) => `Answered by ${who}, ${at}`, answerSays: "Answer, which the person reads", answer: "Answer", reason: "Reason, which the person reads as it is", reasonNeeded: "Write a reason first.", approve: "Approve", reject: "Reject", reviewersDecide: "Reviewers decide this.", suspend: "Suspend the merchant", suspendSays: "Meanwhile it can neither tip nor sell listed products; paid orders go on.", resume: "Resume the merchant",
    products: "Products that merchants propose", noProducts: "No merchant has proposed a product.", productHead: { name: "Name", merchant: "Merchant", price: "Price", cost: "Merchant gets", award: "Value units", at: "Proposed", state: "State" }, productStates: { proposed: "Waits for review", listed: "For sale", delisted: "Delisted", rejected: "Not listed" }, why: "Why it was not listed", listSays: "Listed, the company sells it for the merchant: the price less what the merchant gets is what it gives up for the split.", list: "List it", notList: "Do not list it",
  },
  products: {
    title: "Goods", none: "No goods yet. Members can buy once some are listed.", head: { id: "Number", title: "Name", price: "Price", left: "Stock", listed: "For sale" }, add: "List goods", id: "Number, letters and digits", zh: "Chinese name", en: "English name", aboutZh: "Chinese description", aboutEn: "English description", price: "Price", stock: "Stock; any number if empty", class: "Class of the plan, if any", category: "Category", noCategory: "None", brand: "Brand", picture: "Picture", further: (place: number) => `Picture ${place}`, addPicture: "Add a picture", page: "Details", parts: { heading: "Heading", paragraph: "Paragraph", fact: "Fact", picture: "Picture" }, addPart: (name: string) => `Add: ${name}`, away: "Remove", up: "Move up",
    factName: { zh: "What is stated, Chinese", en: "What is stated, English" }, factValue: { zh: "What it is, Chinese", en: "What it is, English" }, text: { zh: "Text, Chinese", en: "Text, English" }, categories: "Categories", noCategories: "No categories yet.", newCategory: "New category", change: (title: string) => `Change ${title}`, save: "Save", go: "List", yes: "For sale", no: "Not for sale", unlimited: "any number",
    pictures: { tea: "Tea", rice: "Rice", kettle: "Kettle", honey: "Honey", apple: "Fruit", towel: "Towel", oil: "Oil", lamp: "Lamp", parcel: "Parcel" } as Record<string, string>,
  },
  home: {
    title: "Home page", lead: "From top to bottom as members see it. Drag, or use the arrows. The truth card always stands below the search field and the shortcuts; nobody can move it or take it away.", none: "No blocks: the home page is the search field and the truth card.", add: "Add a block", edit: "Edit", down: "Move down", standard: "Back to the standard page", saved: "Nothing has changed.", unfilled: "Not filled in yet.", look: "What members will see", lookSays: "The page that is not saved yet, drawn by the shop itself.", shop: "Open the shop",
    types: { banner: "Banner", zones: "Shortcuts", categories: "Row of categories", shelf: "Shelf", product: "One article", notices: "Notices", coupons: "Coupons", text: "Text" },
    says: { zones: "The ways that the plan has: goods, points, orders and others. If it stands first, it is above the truth card.", notices: "Notices of now, the newest three; nothing if there are none.", coupons: "Coupons that members may take now; nothing if there are none." },
    text: { zh: "Text (Chinese)", en: "Text (English)" }, titleOf: { zh: "Title (Chinese)", en: "Title (English)" }, ownPicture: "A picture on this server", path: "Path of the picture, begins with /", link: "Where it leads", nowhere: "Nowhere", toCategory: "A category", toProduct: "An article", pages: { goods: "All goods", coupons: "Coupons", notices: "Notices", points: "Points", orders: "Orders", task: "Task of the day", invite: "Invite", truth: "The truth" },
    product: "Id of the article", products: "Ids of the articles, one a line", which: "Which articles", by: { newest: "The newest", made: "As they were listed", category: "Of a category", brand: "Of a brand", products: "These" }, limit: "At most", allCategories: "None ticked: all categories.",
    missing: { category: (id: string) => `There is no category ${id}`, brand: (id: string) => `Nothing of the brand ${id} is sold`, product: (id: string) => `${id} is not sold` }, left: ": members do not see this block", partly: ": the rest is shown", moved: (name: string, place: number, of: number) => `${name} is now ${place} of ${of}`, added: (name: string) => `${name} added`, removed: (name: string) => `${name} removed`,
  },
  notices: {
    title: "Notices", none: "No notices yet. Once published, members see one on the home page and in the list, within its time.", add: "Publish a notice", change: "Change", remove: "Withdraw", go: "Publish", from: "From when (programme's clock); now if empty", until: "Until when; without end if empty", form: "e.g. 2026-03-01T00:00:00Z", says: "Where one language is left empty, the other's text is used.", states: { shown: "Shown", waits: "To come", over: "Over" },
  },
  coupons: {
    title: "Coupons", none: "The plan has no coupons.", offers: "What members may take", head: { kind: "Coupon", rule: "Rule", offered: "Offered", perMember: "For each member", total: "In all", taken: "Taken", until: "To take until (the programme's clock)" }, save: "Save", untilForm: "Such as 2026-03-01T00:00:00Z; without end if empty",
    give: "One for a member", member: "Member", kind: "Which", go: "Give", done: (id: string) => `Coupon ${id} was given`, off: (amount: string) => `${amount} off`, from: (minimum: string) => `, from ${minimum} on`, days: (days: number) => `, good for ${many(days, "day", "days")}`, stackable: ", may be used with others",
  },
  closes: {
    title: "Closes of days", none: "No close has done anything yet.", day: "Day", members: "Members with a task", released: "By tasks", accelerated: "Accelerated", shortfall: "Fund lacked", units: "Value units", amount: "Emission", toMembers: "To members", toOthers: "Platform, ranks", unissued: "To nobody",
    guide: "Guide price", ranks: "Rank changes", entry: "Entry", says: "Members share their part of the emission by value units released that day: members' part × own ÷ all. The guide price is one count by another, an index that nobody guarantees.",
  },
  tasks: {
    title: "Daily task", not: "This plan has no daily task.", done: (day: string) => `Done on ${day}`, of: (done: string, all: string) => `${done} of ${all}`, watching: "Members who began to watch", watched: "Viewings credited",
    today: (title: string, seconds: number) => `Today's film: ${title}, ${seconds} s`, noFilm: "No film today: members cannot do the task until there is one.", refused: "Reports of viewings refused today", refusedSay: "Nothing was credited for them. Bad networks cause some; nobody is judged by it.", refusedNone: "None.", why: "Why", often: "How often",
    codes: { viewing_jumped: "A position that cannot be", viewing_replaced: "Went on in another window", viewing_unknown: "No viewing of this member", viewing_other_day: "Of a day that has closed", heartbeats_too_many: "Faster than one a second", field_invalid: "A position below zero" } as Record<string, string>,
    films: "Films", filmsSay: "Each is shown from its day until that of the next. What is watched is measured by the length stated here.", newFilm: "New film", id: "Number, letters and digits", from: "Shown from", zh: "Chinese name", en: "English name", seconds: "Length in seconds", path: "Path on this server", pathSays: "Such as /films/tea.webm; empty: the shop draws a demo film.",
  },
  journal: {
    title: "Journal", none: "No entries yet.", head: { seq: "No.", at: "Time", kind: "Kind" }, entry: (seq: string) => `Entry ${seq}`, by: (actor: string) => `by ${actor}`, postings: "Postings", account: "Account", before: "Before", change: "Change", after: "After", zero: "The postings of each asset add up to zero.", why: "Why",
    raw: "As written", rule: "Rule", inputs: "Numbers in it", earlier: "Follows from", check: "Check it yourself", nothing: "This entry has no postings.", next: "Next", previous: "Previous",
    kinds: {
      genesis: "Genesis", "member.join": "Member joins", "order.place": "Order placed", "order.pay": "Order paid", "order.ship": "Shipped", "order.receive": "Received", "order.refund": "Refund", "order.close": "Order closed", "points.sell": "Points sold", "wallet.withdraw": "Withdrawal asked for",
      "withdrawal.approve": "Withdrawal approved", "withdrawal.reject": "Withdrawal refused", "withdrawal.sent": "Withdrawal sent", "withdrawal.paid": "Withdrawal paid", "payment.receive": "Payment received", "time.advance": "Clock advanced", settlement: "Settlement", day: "Close of a day", "pool.inject": "Injection",
    } as Record<string, string>,
  },
  accounts: { title: "Accounts", none: "No accounts yet.", head: { account: "Account", owner: "Whose", asset: "Asset", balance: "Balance" }, own: "Programme", owner: "Only those of", show: "Show", everything: "All" },
  market: {
    title: "Internal market", says: "Members trade emission points at their own prices. A price is what others paid last, nobody promises to buy; fees go to the platform.", not: "This plan has no internal market.",
    state: "State", open: "Open", halted: "Halted", since: (at: string) => `since ${at}`, last: "Last trade, a lot", lot: (points: string) => `a lot is ${points} points`, best: "Best buy / best sell", spread: (amount: string) => `${amount} between them`, guide: "Guide price of a lot", band: (share: string, low: string, high: string) => `${share} around it: ${low} to ${high}`,
    guideWhy: "The guide price is an index that nobody guarantees: all value units ever released ÷ all emission points ever issued as of the last close, times the points of a lot, rounded down; before anything is released or issued, the plan's first price.",
    book: "Prices in the book", bookNone: "No offers.", sides: { buy: "Buy", sell: "Sell" }, head: { side: "Side", price: "Price of a lot", lots: "Lots", member: "Member", offer: "Offer", state: "State", holds: "Holds", entry: "Entry", at: "When", amount: "Amount" },
    offers: "Offers", openOnes: "In the book", endedOnes: "Ended", offersNone: "None.", offer: (side: string, lots: string, price: string) => `${side} ${lots} ${lots === "1" ? "lot" : "lots"} at ${price}`, filled: (lots: string) => `${lots} filled`, points: (points: string) => `${points} points`,
    states: { open: "In the book", filled: "Filled", unfilled: "The rest was given up", cancelled: "Cancelled" }, trades: "Trades", tradesNone: "None so far.",
    halt: "Halt the market", haltSays: "While it is halted no offers are taken; those in the book stay and members may take them back. Everybody reads the reason, and it stands in the journal.", reason: "Reason", reasonIs: (reason: string) => `Reason: ${reason}`, needReason: "Write a reason.", resume: "Resume trading", notAllowed: "Your role may not do this.",
    cancel: "Cancel", cancelTitle: "Cancel a member's offer", cancelSays: "What is not filled returns to the member, who sees that the operator cancelled it; the reason stands in the audit log.", cancelReason: "Reason", cancelGo: (lots: string) => `Cancel the ${lots} ${lots === "1" ? "lot" : "lots"} left`,
  },
  clock: {
    title: "Programme clock", now: "Now", own: "This sandbox has a clock of its own: it stands still until advanced, and nothing falls due meanwhile.", machine: "This programme runs on the server's clock and cannot be advanced.", due: "Next thing due", settlement: "Next settlement", none: "none", by: "Advance", day: "One day", week: "One week", next_settlement: "To the next settlement", next_close: "To the end of today",
    to: "To which moment", would: "What would happen", choose: "Choose a step or a moment: what would happen is said here first, and nothing changes before you advance.", wouldTo: (from: string, to: string) => `From ${from} to ${to}:`, nothing: "Nothing falls due; only time passes.", times: (count: string) => `${count} ×`, balances: "The programme's accounts, now → then", members: (count: string) => `Balances of members that change: ${count}.`, go: (at: string) => `Advance to ${at}`,
    events: {
      day_began: "A day begins", days_began: "Days begin", day_closed: "A day closes", line_settled: "Lines of orders settle, money is divided", freight_settled: "Delivery settles", points_minted: "Points credited to members", caps_set: "Line of the forced exit computed", points_sold: "Points sold", batch_executed: "Sales of the day executed together", units_split: "Units of points split",
      redemption_lapsed: "Requests to sell lapse", withdrawal_unknown: "Outcome of a withdrawal unknown", order_closed: "Orders that were not paid close", order_received: "Receipt by time", coupons_released: "Coupons returned", stock_released: "Goods that were held go back", loyalty_granted: "Loyalty points granted", loyalty_expired: "Loyalty points expire",
      value_released: "Value released", points_released: "Points released", plan_took_effect: "A new plan takes effect", plan_lapsed: "A proposed plan lapses", plan_cancelled: "A proposed plan is cancelled on its day", commissions_paid: "Commissions paid", dividend_declared: "Dividend declared", dividend_paid: "Dividend paid", receivable_netted: "Set off against what is owed after refunds", deferral_cleared: "Deferred contributions cleared", contribution_deferred: "Contributions deferred", ranks_changed: "Ranks change", volumes_counted: "Volumes counted",
    } as Record<string, string>,
    advancing: "The clock is being advanced; nothing can be sent now.", says: "What falls due on the way (settlements, closes of days, expiries) happens in order, each with its entry.",
  },
  keys: {
    "split.cost": "suppliers", "split.pool": "pool", "split.commission": "commission", "pool.mint_ratio": "ratio of new points", "pool.retention": "kept in the pool at a sale", "pool.exit.multiple": "multiple of the forced exit", "pool.opening_price": "price of the first point", "settlement.after_sale_days": "after-sale days",
    "wallet.withdrawal_fee": "withdrawal fee", "wallet.withdrawal_minimum": "least withdrawal", "wallet.withdrawal_daily_limit": "daily limit of withdrawals", "wallet.two_approvals_above": "two people above", "programme.notice_days": "days of notice", "programme.mode": "mode",
  },
  audit: { title: "Audit log", reason: (reason: string) => `Reason: ${reason}`, none: "Nothing recorded yet.", head: { seq: "No.", at: "Time", person: "Who", action: "What", subject: "About", entry: "Entry" } },
  staff: { title: "Staff", head: { person: "Who", roles: "Roles", factor: "Second factor" }, roles: { operator: "Operator", reviewer: "Reviewer", auditor: "Auditor", owner: "Owner" }, yes: "yes", no: "no", invite: "Invite", role: "Role", go: "Make an invitation link", link: "One-time link, shown only now", says: "Large withdrawals need two people; invite a reviewer.",
    asks: "What is asked of people", asksFactor: "Staff sets up a second factor, and can do nothing before", asksLogin: "Whoever joins first confirms phone number or e-mail by a code", save: "Save" },
  security: {
    title: "Login security", says: "An account that moves money should have a second factor: besides the password a code that only your phone has.", needed: "Staff here needs a second factor; until it is set up, no role counts.", open: "Open in the authenticator", kept: "Written down, go on", has: "The second factor is on.", begin: "Set up a second factor", scan: "Scan it with an authenticator app", qr: "QR code of the secret that is written below", secret: "Or type this secret into it", code: "Six digits from the authenticator", confirm: "Turn on", codes: "Recovery codes, each good once; write them down now, they are not shown again:", back: "Back to the programmes",
  },
  nowhere: "No such page.",
} satisfies ConsoleText;
