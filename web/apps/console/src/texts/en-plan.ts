import { many } from "@ratchet/i18n";
import type { PlanText } from "./zh-plan.ts";

const plan: PlanText = {
  planPage: {
    running: (number) => `The plan that runs, version ${number}`, earlier: (number) => `An earlier plan, version ${number}`, since: (at) => `since ${at}`, first: "from the beginning", edit: "Edit and check", versions: "Versions", version: (number) => `Version ${number}`,
    text: "Text", hash: "SHA-256", counts: (errors, warnings, notes) => `Errors ${errors}, warnings ${warnings}, notes ${notes}`, proposals: "Proposed changes", noProposals: "Nothing has been proposed yet.", takes: (at) => `takes effect ${at}`,
    by: (name) => `proposed by ${name}`, approvedBy: (name, at) => `approved by ${name}, ${at}`, approvedAt: (at) => `approved ${at}`, adverse: "takes something from members, so it is announced", withdraw: "Withdraw",
    states: { proposed: "waits for a second person", approved: "approved, waits for its day", withdrawn: "withdrawn", lapsed: "lapsed, not approved in time", effective: "in effect", cancelled: "cancelled on its day" },
    unset: "not set", lines: "The arithmetic says besides", because: "Why",
  },
  planEdit: {
    form: "Form",
    title: "Edit and check", changed: (changes) => `Draft: ${changes}`, more: (count) => `${count} more`, none: "The same as the plan that runs", unread: "The draft is not a plan yet", against: (number) => `compared with version ${number}, which runs`,
    edit: "Edit", view: "Changes", save: "Save draft", saved: (name) => `Saved as “${name}”`, name: "Name of the draft, letters and digits", drafts: "Drafts", open: "Open", remove: "Delete", noDrafts: "No drafts yet.", start: "Begin again from the plan that runs",
    propose: "Propose to a second person", version: "Name of the version, letters and digits", effective: (at) => `Takes effect ${at} at the earliest; until then members have the old terms`, done: "Proposed; it waits for a second person", checking: "Checked when you stop typing", checked: "Checked", rerun: (people) => `run through ${people} people`, stale: "Checking",
    refused: "Proposing it now would be refused", errors: (count) => `Errors: ${count}. It can be checked once they are mended`, textLabel: "Text of the plan", may: "Only an owner can propose a change.", was: (author, at) => `saved by ${author}, ${at}`,
  },
  population: {
    title: (people) => `What becomes of ${people} people`, each: (spend) => `${spend} each, one order, no draw`, inForce: (number) => `Version ${number}`, plan: "Draft", whole: "Got back all they spent", inCash: "Of them in cash", middle: "The one in the middle", newest: "The last one", best: "The best 1% from", members: "All members, of ¥100.00 at most",
    part: (name) => `${name}, of ¥100.00`, says: (better, worse, same) => `Of the same people ${better} get more, ${worse} get less, ${same} the same.`, gain: (name, by) => `More: ${name}, by ${by} of ¥100.00`, lose: (name, by) => `Less: ${name}, by ${by} of ¥100.00`,
    digest: (entries, digest) => `${entries} entries, state ${digest}`, how: "The same people buy once each, everything settles, nobody sells; an outcome is the cash received and what the points would bring now, net.", none: "No result",
    legs: { cost: "suppliers", commission: "commission", funds: "funds", platform: "platform", pool_paid: "paid to members", pool_held: "pool", pool_residual: "rest of the pool", pool_issuer: "held by the programme", pending: "not settled" },
  },
  decisions: {
    amendment: "Change of the plan", proposal: "Takes two people", see: "See", title: (id) => `Change of the plan ${id}`, approve: "Approve this text", confirm: "I have read what it changes", command: (id) => `Proposal ${id}`, send: (amount) => `Approve and carry out ${amount}`, sendPlain: "Approve and carry out", take: "Withdraw",
    proposedBy: (name, at) => `proposed by ${name}, ${at}`, kinds: { "pool.inject": "Outside money into the pool", "fund.deposit": "Outside money into a fund" }, states: { open: "waits for a second person", approved: "approved", withdrawn: "withdrawn" }, money: (amount) => `Inject ${amount}`,
  },
  pool: {
    title: "Pool and injections", assets: "Pool", supply: "Points", price: "One point", everybody: "If all sold now, members get", injected: "Injections", none: "No injections yet. Outside money comes in by two people.", propose: "Propose an injection", amount: "Amount", source: "Source, letters and digits, such as subsidy", go: (amount) => `Propose to inject ${amount}`, goPlain: "Propose an injection",
    says: "An injection is no member's money: it lifts the price of a point and does not change who comes first. Another person approves it in the inbox.", noPool: "This programme has no pool.", head: { what: "What", amount: "Amount", source: "Source", state: "State", by: "Who", entry: "Entry" }, sent: "Proposed; it waits for a second person",
  },
  refunds: {
    talks: (count: number) => (count ? `${many(count, "dialogue waits", "dialogues wait")} for an answer` : "Questions and returns"), noTalks: "Nobody has written yet.", waits: "Waits for an answer", answered: "Answered", messages: (count: number) => many(count, "message", "messages"),
    title: "Refunds", none: "No refunds yet. They are listed here once an order is refunded.", head: { id: "Id", order: "Order", member: "Member", at: "When", kind: "Stage", amount: "Given back", entry: "Entry" }, late: "after settlement, points taken back first", early: "before settlement, undone as it was",
  },
  timeline: {
    title: "Timeline", figures: "What was spent, the cash received, and what the points would bring now, net; together as a share of what was spent.", none: "Nothing has happened yet.", whole: "Of what was spent", lots: "Accounts", between: "; ",
    what: { joined: "Joined", placed: "Ordered", paid: "Paid", shipped: "Sent", received: "Received", settled: "Settled", closed: "Closed", refund: "Refunded", "withdrawal.requested": "Withdrawal asked for", "withdrawal.approved": "Withdrawal approved", "withdrawal.sent": "Withdrawal sent", "withdrawal.unknown": "Withdrawal unknown", "withdrawal.paid": "Withdrawal paid", "withdrawal.failed": "Withdrawal failed", "withdrawal.rejected": "Withdrawal rejected" },
    change: (account, amount, balance) => `${account} ${amount}, then ${balance}`,
  },
  decideAgain: {
    go: "Decide again", running: "Deciding again from the beginning", equal: (entries) => `Equal: ${entries} entries from the first one on were decided again and came out as recorded.`, differs: (entry) => `Differs: ${entry}`, notDone: "Not decided again", says: "From the first entry on each command is decided once more and compared value by value.",
  },
  search: {
    label: "Search", hint: "Members, orders, withdrawals, goods, entry numbers, phone numbers", none: (text) => `Nothing found for “${text}”.`, kinds: { member: "Member", order: "Order", withdrawal: "Withdrawal", product: "Goods", entry: "Entry" }, results: "Results", key: "/",
  },
};

export default plan;
