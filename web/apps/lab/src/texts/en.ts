import { which } from "@ratchet/i18n";
import type { LabText } from "./zh.ts";

const people = (count: string) => which(count, "person", "people");

const en: LabText = {
  brand: "Ratchet",
  bet: {
    title: "Bet first, then look",
    advert: { claim: "Almost all users can consume for free and still make money", source: "An advertisement for a consumption system whose points rise, translated word for word" },
    question: ["10,000 people", "spend ¥1,000.00 each.", "How many get it back?"], how: "Spending earns points, and points can be sold for money. Only the pool pays for them: ¥300.00 of each ¥1,000.00 spent goes into it.", people: "people", label: "How many get it back, your bet",
    go: "Run it and see", skip: "No bet, just show me", dots: "Each dot is a person, in the order of joining. Computed by the real engine.",
  },
  wait: {
    title: "Running", ahead: (count) => `${count} ${which(count, "run", "runs")} before yours`, day: (day, days) => `Day ${day} of ${days}`, starts: "About to start", cancel: "Cancel", again: "Run it again", failed: "No result", back: "Back to the beginning",
    errors: { plan: (line) => `Line ${line} of the plan: `, people: (line) => `Line ${line} of the scenario: ` }, damaged: "This link is damaged, so nobody knows what it asks. Copy the whole link again, or begin from the start.",
  },
  result: {
    title: "Result", all: (count, spent) => `Of ${count} people, this many got ${spent} back`, allOwn: (count) => `Of ${count} buyers, this many got back what they spent`, bet: "Your bet", is: "Result",
    joining: (count) => `${count} ${people(count)} joined`, price: (price) => `one point ${price}`, half: "Half of all people have this much or less.", back: (count) => `${count} got it back`, not: (count) => `${count} did not`, skip: "Skip, show the end",
    middleHeld: (spent) => `The person in the middle spent ${spent} and, selling all points now, gets`, middleCash: (spent) => `The person in the middle spent ${spent} and received in cash`, middleBoth: (spent) => `The person in the middle spent ${spent}; cash received and points sold now come to`,
    inCash: (whole, cash) => `Counted by cash received and what the points would bring now: ${whole}. Of them ${cash} ${which(cash, "has", "have")} it in cash already.`, allCash: (whole) => `All ${whole} of them have it in cash.`, nobody: "Counting cash received and what the points would bring now, nobody has got it back.",
    last: (spent, value) => `The last one spent ${spent} and has ${value}.`, next: "Which one are you?",
    dotsNone: (count) => `${count} dots, each a person; none of them got back what they spent.`, dots: (count, back, not) => `${count} dots, each a person: ${back} blue ones, first in line, got back what they spent; ${not} orange ones did not.`, said: (back, middle) => `Result: ${back} got it back. ${middle}.`,
    refused: (count) => `The plan refused ${count} ${which(count, "command", "commands")} besides.`,
  },
  nth: {
    title: "Which one are you?", label: "Place in the order of joining", number: (number) => `No. ${number}`, spent: "You spent", value: "Selling all points now, you get", valueBoth: "Cash, and points sold now", you: "You",
    says: (number, spent, value) => `No. ${number}, spent ${spent}, has ${value}`, lastWhole: (number) => `No. ${number}, the last to get it back`,
    early: (first, last) => `Who came early has more: the first ${first}, the last ${last}`, late: (first, last) => `Who came late has more: the first ${first}, the last ${last}`, differ: (low, high) => `The least is ${low}, the most ${high}`, even: (value) => `The first and the last have the same, ${value}`,
    unit: "By order of joining; cash, and what points would bring now", dots: (every) => `By order of joining, a dot for one of every ${every}`, each: "spent by each", from: "No. 1", to: (number) => `No. ${number}`, head: ["No.", "Spent", "Cash", "Points now", "Together"],
  },
  price: {
    title: "But does the price of a point not rise?", rose: (from, to) => `One point went from ${from} to ${to}: it rose`, fell: (from, to) => `One point went from ${from} to ${to}: it did not rise`, unit: "By day; the axis begins at zero",
    newest: (spent, value) => `The last to settle spent ${spent} and could get ${value} then`, newestUnit: "By day, the last buyer whose order had settled; the axis begins at zero",
    resolves: (spent, first, last) => `Both are true. Everybody buys at the price of their own day: the higher it is, the fewer points the same ${spent} bring. The price rose, and what a newcomer could get for ${spent} was ${first} at first and ${last} at the end.`, middle: (value) => `The rise gives some more to those who came before; even so the one in the middle has ${value}.`,
    plain: (first, last) => `The price paid nobody: what a newcomer could get was ${first} at first and ${last} at the end.`, day: (day) => `Day ${day}`, head: ["Day", "People", "One point", "Last to settle spent", "Could get then"],
  },
  hundred: { title: (hundred) => `Where each ${hundred} went`, most: (hundred, most) => `All together can get back at most ${most} through points of each ${hundred} they spend, whatever the price.` },
  legs: {
    cost: "Suppliers", commission: "Commission", platform: "Platform", funds: "Funds", pending: "Orders not settled", pool_paid: "Paid to members in cash", pool_held: "Still in the pool", pool_residual: "Left when the pool was emptied", pool_issuer: "The programme's own points",
  },
  switches: {
    title: "Other conditions, and how many get it back", stop: "No more growth", stopSays: (count) => `Only the first ${count} come`, sell: "Some sell", sellSays: (share) => `Each day everybody sells with a chance of ${share}`, pool: (share) => `Pool set to ${share}`, poolSays: "No commission at all",
    people: (count) => `${count} ${people(count)}`, each: (hundred, per) => `${per} of each ${hundred}`, now: (count, all, middle) => `Under these conditions ${count} of ${all} got it back, and the one in the middle has ${middle}. The figures above have changed too.`, not: "This plan cannot be changed so", running: "Computing",
  },
  doors: {
    title: "Where to now", all: "Other people, other plans", member: "Enter the shop as a member", memberSays: "Goods, points and the truth", staff: "Run it as an operator", staffSays: "Inbox, orders and the books", plan: "Try a plan of your own", planSays: (count) => `Change one number, see what ${count} people get`,
  },
  foot: {
    says: (count, plan, seed, version) => `${count} ${which(count, "buyer", "buyers")}; plan ${plan}, seed ${seed}; Ratchet ${version}.`, took: (seconds) => `This run took ${seconds} s.`, beside: (ms) => `Meanwhile the shop went on, 99 of 100 of its entries written within ${ms} ms.`, digest: "Digest", check: "Check it yourself", checkSays: "Run this one command on your own machine; the digest of its result has to be the same:", copy: "Copy", copied: "Copied",
    link: "The link to this run; for whoever opens it the server computes it anew:", picture: "Save as a picture", file: "Save as one file", assumed: "Assumed here",
    same: "The digest is the one in the link.", otherVersion: (theirs, ours) => `The digest differs from the one in the link: the link was made by version ${theirs}, this is version ${ours}. The figures here are of this version.`, otherResult: "The digest differs from the one in the link, though the version is the same: the link was changed, or one of the two is wrong. Check with the command below.",
  },
  picture: { title: "Lab", digest: (digest) => `Digest ${digest}` },
  embed: { title: "Which one are you?", open: "Open in the lab", says: (whole, count, middle, value) => `${whole} of ${count} got back what they spent. ${middle} ${value}.` },
  plan: {
    title: "Try a plan of your own", says: "Change a number: when you pause it is checked, and the same people buy once each under it.", preset: "Begin with", text: "Text of the plan", pasted: "You can paste a plan of your own too.",
    edit: "Edit", lines: "Line by line", form: "Form", checking: "Checking", checked: "Checked", errors: (count) => `Errors: ${count}. It runs once they are mended`,
    result: (count) => `What becomes of ${count} people`, before: "Before", after: "Yours", whole: "Got back all they spent", inCash: "Of them in cash", middle: "The one in the middle", newest: "The last one", best: "The best 1% from", most: (hundred) => `All members, of ${hundred} at most`, leg: (name, hundred) => `${name}, of ${hundred}`,
    old: (at) => `The text has errors; this is the result of ${at}.`, who: (better, worse, same) => `Of the same people ${better} get more, ${worse} less, ${same} the same`, more: (name, by) => `${name} ${by} more`, less: (name, by) => `${name} ${by} less`, of: (hundred, parts) => `of each ${hundred}: ${parts}.`, and: "; ", figure: "The same people", none: "The same as before",
    lint: "The arithmetic says besides", noText: "The text is empty. Choose a plan, or paste one.",
  },
};

export default en;
