/** Parts that show the text of a plan and what is said of it; whoever takes them loads `@ratchet/i18n/plan` at its start. */
export { type Checking, useChecking } from "./checking.ts";
export { default as GateRules } from "./GateRules.vue";
export { default as GateVerdict } from "./GateVerdict.vue";
export { default as PlanEditor } from "./PlanEditor.vue";
export { default as PlanFindings } from "./PlanFindings.vue";
export { default as PlanForm } from "./PlanForm.vue";
export { default as PlanLines } from "./PlanLines.vue";
