import type { RouteRecordRaw } from "vue-router";

declare module "vue-router" {
  interface RouteMeta {
    /** Only for who is logged in. */
    person?: boolean;
    /** One act stands at the bottom instead of the tabs. */
    act?: boolean;
    tab?: "home" | "browse" | "points" | "cart" | "me";
  }
}

const inProgramme: RouteRecordRaw[] = [
  { path: "", name: "home", component: () => import("./pages/Home.vue"), meta: { tab: "home" } },
  { path: "look", name: "look", component: () => import("./pages/Look.vue"), meta: { act: true } },
  { path: "notices", name: "notices", component: () => import("./pages/Notices.vue") },
  { path: "goods", name: "goods", component: () => import("./pages/Goods.vue"), meta: { tab: "browse" } },
  { path: "goods/:product", name: "product", component: () => import("./pages/Product.vue"), meta: { act: true } },
  { path: "goods/:product/reviews", name: "reviews", component: () => import("./pages/Reviews.vue") },
  { path: "cart", name: "cart", component: () => import("./pages/Cart.vue"), meta: { tab: "cart" } },
  { path: "checkout", name: "checkout", component: () => import("./pages/Checkout.vue"), meta: { person: true, act: true } },
  { path: "addresses", name: "addresses", component: () => import("./pages/Addresses.vue"), meta: { person: true } },
  { path: "coupons", name: "coupons", component: () => import("./pages/Coupons.vue"), meta: { person: true } },
  { path: "favourites", name: "favourites", component: () => import("./pages/Favourites.vue"), meta: { person: true } },
  { path: "orders", name: "orders", component: () => import("./pages/Orders.vue"), meta: { person: true } },
  { path: "orders/:order", name: "order", component: () => import("./pages/Order.vue"), meta: { person: true, act: true } },
  { path: "orders/:order/review", name: "review", component: () => import("./pages/ReviewWrite.vue"), meta: { person: true } },
  { path: "orders/:order/receipt", name: "receipt", component: () => import("./pages/Receipt.vue"), meta: { person: true } },
  { path: "messages", name: "messages", component: () => import("./pages/Messages.vue"), meta: { person: true, tab: "me" } },
  { path: "points", name: "points", component: () => import("./pages/Points.vue"), meta: { person: true, tab: "points" } },
  { path: "task", name: "task", component: () => import("./pages/Task.vue"), meta: { person: true, act: true } },
  { path: "days/:day", name: "day", component: () => import("./pages/Day.vue"), meta: { person: true } },
  { path: "value", name: "value", component: () => import("./pages/Value.vue"), meta: { person: true } },
  { path: "rank", name: "rank", component: () => import("./pages/Rank.vue"), meta: { person: true } },
  { path: "agent", name: "agent", component: () => import("./pages/Agent.vue"), meta: { person: true } },
  { path: "shares", name: "shares", component: () => import("./pages/Shares.vue"), meta: { person: true } },
  { path: "release", name: "release", component: () => import("./pages/Release.vue"), meta: { person: true } },
  { path: "market", name: "market", component: () => import("./pages/Market.vue"), meta: { person: true } },
  { path: "wallet", name: "wallet", component: () => import("./pages/Wallet.vue"), meta: { person: true } },
  { path: "movements/:account", name: "movements", component: () => import("./pages/Movements.vue"), meta: { person: true } },
  { path: "withdrawals/:withdrawal", name: "withdrawal", component: () => import("./pages/Withdrawal.vue"), meta: { person: true } },
  { path: "invite", name: "invite", component: () => import("./pages/Invite.vue"), meta: { person: true } },
  { path: "merchant", name: "merchant", component: () => import("./pages/Merchant.vue"), meta: { person: true } },
  { path: "desk", name: "desk", component: () => import("./pages/Desk.vue"), meta: { person: true } },
  { path: "desk/orders", name: "desk-orders", component: () => import("./pages/DeskOrders.vue"), meta: { person: true } },
  { path: "desk/products", name: "desk-products", component: () => import("./pages/DeskProducts.vue"), meta: { person: true } },
  { path: "desk/reviews", name: "desk-reviews", component: () => import("./pages/DeskReviews.vue"), meta: { person: true } },
  { path: "desk/tip", name: "desk-tip", component: () => import("./pages/DeskTip.vue"), meta: { person: true } },
  { path: "desk/money", name: "desk-money", component: () => import("./pages/DeskMoney.vue"), meta: { person: true } },
  { path: "code", name: "code", component: () => import("./pages/Code.vue"), meta: { person: true } },
  { path: "join", name: "join", component: () => import("./pages/Join.vue") },
  { path: "entries/:seq", name: "entry", component: () => import("./pages/Entry.vue"), meta: { person: true } },
  { path: "truth", name: "truth", component: () => import("./pages/Truth.vue") },
  { path: "me", name: "me", component: () => import("./pages/Me.vue"), meta: { tab: "me" } },
  { path: "settings", name: "settings", component: () => import("./pages/Settings.vue") },
];

/** Every page of the app; tests walk over them. */
export const routes: RouteRecordRaw[] = [
  { path: "/", name: "programmes", component: () => import("./pages/Programmes.vue") },
  { path: "/login", name: "login", component: () => import("./pages/Login.vue") },
  { path: "/p/:programme", component: () => import("./pages/InProgramme.vue"), children: inProgramme },
  { path: "/:rest(.*)*", name: "nowhere", component: () => import("./pages/Nowhere.vue") },
];
