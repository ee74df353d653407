import type { RouteRecordRaw } from "vue-router";

const inProgramme: RouteRecordRaw[] = [
  { path: "", redirect: { name: "inbox" } },
  { path: "dashboard", name: "dashboard", component: () => import("./pages/Dashboard.vue") },
  { path: "decisions/:decision", name: "decision", component: () => import("./pages/Inbox.vue") },
  { path: "inbox/:withdrawal?", name: "inbox", component: () => import("./pages/Inbox.vue") },
  { path: "members", name: "members", component: () => import("./pages/Members.vue") },
  { path: "members/:member", name: "member", component: () => import("./pages/Member.vue") },
  { path: "orders/:order?", name: "orders", component: () => import("./pages/Orders.vue") },
  { path: "refunds", name: "refunds", component: () => import("./pages/Refunds.vue") },
  { path: "products", name: "products", component: () => import("./pages/Products.vue") },
  { path: "home", name: "home", component: () => import("./pages/Home.vue") },
  { path: "notices", name: "notices", component: () => import("./pages/Notices.vue") },
  { path: "coupons", name: "coupons", component: () => import("./pages/Coupons.vue") },
  { path: "tasks", name: "tasks", component: () => import("./pages/Tasks.vue") },
  { path: "merchants/:merchant?", name: "merchants", component: () => import("./pages/Merchants.vue") },
  { path: "withdrawals/:withdrawal?", name: "withdrawals", component: () => import("./pages/Withdrawals.vue") },
  { path: "reconciliation", name: "reconciliation", component: () => import("./pages/Reconciliation.vue") },
  { path: "accounts", name: "accounts", component: () => import("./pages/Accounts.vue") },
  { path: "journal/:seq?", name: "journal", component: () => import("./pages/Journal.vue") },
  { path: "plan", name: "plan", component: () => import("./pages/Plan.vue") },
  { path: "plan/edit", name: "plan-edit", component: () => import("./pages/PlanEdit.vue") },
  { path: "pool", name: "pool", component: () => import("./pages/Pool.vue") },
  { path: "market", name: "market", component: () => import("./pages/Market.vue") },
  { path: "clock", name: "clock", component: () => import("./pages/Clock.vue") },
  { path: "audit", name: "audit", component: () => import("./pages/Audit.vue") },
  { path: "staff", name: "staff", component: () => import("./pages/Staff.vue") },
];

/** Every page of the app; tests walk over them. */
export const routes: RouteRecordRaw[] = [
  { path: "/", name: "programmes", component: () => import("./pages/Programmes.vue") },
  { path: "/login", name: "login", component: () => import("./pages/Login.vue") },
  { path: "/security", name: "security", component: () => import("./pages/Security.vue") },
  { path: "/setup", name: "setup", component: () => import("./pages/NewAccount.vue") },
  { path: "/join", name: "join", component: () => import("./pages/NewAccount.vue") },
  { path: "/p/:programme", component: () => import("./pages/InProgramme.vue"), children: inProgramme },
  { path: "/:rest(.*)*", redirect: { name: "programmes" } },
];
