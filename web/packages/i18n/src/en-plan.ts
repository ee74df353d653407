import type { PlanText } from "./zh-plan.ts";

const plan: PlanText = {
  levels: { note: "Note", warning: "Warning", error: "Error" }, binds: { fixed: "cannot change", order: "new orders", grant: "new grants", request: "new requests", programme: "everybody" },
  go: (line, column) => `Line ${line}, column ${column}`,
  fold: (count) => `${count} lines that stay, show all`,
  form: {
    says: "The main keys, a field for each; changing one changes its line in the text, which stays what is checked and proposed.", only: "The main keys, a field for each, to be read; they cannot be changed while it is checked, or without the permission.", elsewhere: (count) => `Errors elsewhere in the text: ${count}; see the text.`,
    units: { share: "Per cent, such as 30%", money: "Money, such as 10.00", days: "Days", times: "A multiple" }, binds: (what) => `binds ${what}`,
  },
  gate: {
    refused: "May not run live", passes: "No rule stands against running it live", counts: (prohibited, licence, review) => `Prohibited: ${prohibited}. Licence missing: ${licence}. Lawyer's opinion missing: ${review}.`, others: (count) => `To know or to put in place besides: ${count}.`,
    noBypass: "There is no switch to get round it. A sandbox may run.", rules: "Rules", rest: (count) => `The other ${count}`, fewer: "Fewer", from: (day) => `since ${day}`, silent: "not declared, counts as the worst case", change: "What to change", on: (day, codes) => `Rules in force on ${day}, jurisdictions ${codes}`,
    levels: { prohibited: "Prohibited", needs_licence: "Needs a licence", human_review: "Needs an opinion", control: "To be in place", disclose: "To be told" },
    bearings: { refuses: "stands against it", licensed: "licence on record", reviewed: "opinion on record", to_know: "to know" },
    evidence: { P: "text read", S2: "two or more secondary sources", S1: "one secondary source", D: "the project's own", U: "unverified, a note only" },
  },
};

export default plan;
