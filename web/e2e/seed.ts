import type { Browser, BrowserContext } from "playwright-core";
import { vi } from "vitest";
import { setSecondFactor } from "./authenticator.ts";
import { open, type Screen } from "./browser.ts";
import { GOODS, planText, post, type Server } from "./server.ts";

const PASSWORD = "a long enough password";

interface Written {
  readonly id: string;
}
interface Quoted {
  readonly lines: readonly object[];
}

/** A programme of a plan with goods, whose owner and one member are logged in. */
interface Begun {
  readonly tenant: string;
  readonly programme: string;
  readonly member: string;
  readonly owner: BrowserContext;
  readonly shopper: BrowserContext;
}

/** A programme with goods, a member with an order of each kind, points, a wallet and a withdrawal that waits. */
export interface Seed extends Omit<Begun, "tenant"> {
  readonly order: string;
  readonly withdrawal: string;
  /** A proposal that waits for a second person. */
  readonly decision: string;
  /** The entry by which points came. */
  readonly entry: number;
  /** Another programme, in which the same person is a member and nothing has happened yet. */
  readonly empty: string;
}

export async function begin(browser: Browser, screen: Screen, server: Server, plan: string): Promise<Begun> {
  const { context: owner } = await open(browser, screen, server.base);
  const me = await post<{ tenants: { tenant: string }[] }>(owner.request, "/setup", { token: new URL(server.setup, server.base).searchParams.get("token"), login: "owner@example.org", password: PASSWORD, name: "Zhou Min" });
  await setSecondFactor(owner.request);
  const tenant = me.tenants[0]!.tenant;
  const { id: programme } = await post<Written>(owner.request, `/tenants/${tenant}/programmes`, { plan, clock_starts_at: "2026-01-01T00:00:00Z" });
  for (const goods of GOODS) await post(owner.request, `/programmes/${programme}/products`, { ...goods, listed: true });

  const { context: shopper } = await open(browser, screen, server.base);
  await post(shopper.request, "/people", { login: "13800000001", password: PASSWORD, name: "Lin" });
  const { id: member } = await post<Written>(shopper.request, `/programmes/${programme}/me`, {});
  return { tenant, programme, member, owner, shopper };
}

export async function seed(browser: Browser, screen: Screen, server: Server): Promise<Seed> {
  const { tenant, programme, member, owner, shopper } = await begin(browser, screen, server, await planText());
  const settled = await buy(shopper, programme, "tea");
  await pay(shopper, programme, settled);
  await post(shopper.request, `/programmes/${programme}/orders/${settled}/receive`, {});
  await post(owner.request, `/programmes/${programme}/clock`, { by: "week" });
  const order = await buy(shopper, programme, "rice");
  await pay(shopper, programme, order);
  await post(shopper.request, `/programmes/${programme}/orders/${order}/receive`, {});
  await buy(shopper, programme, "honey");
  const quote = await read<{ quote: string }>(shopper, `/programmes/${programme}/me/points/quote?points=40`);
  await post(shopper.request, `/programmes/${programme}/me/points/sales`, { quote: quote.quote });
  const { id: withdrawal } = await post<Written>(shopper.request, `/programmes/${programme}/me/withdrawals`, { amount: "25.00" });
  const { id: decision } = await post<Written>(owner.request, `/programmes/${programme}/proposals`, { type: "pool.inject", amount: "100.00", source: "subsidy" });
  const lots = await read<{ items: { seq: number }[] }>(shopper, `/programmes/${programme}/me/lots`);
  const { id: empty } = await post<Written>(owner.request, `/tenants/${tenant}/programmes`, { plan: await planText(), clock_starts_at: "2026-01-01T00:00:00Z" });
  await post(shopper.request, `/programmes/${empty}/me`, {});
  return { programme, empty, member, order, withdrawal, decision, entry: lots.items[0]!.seq, owner, shopper };
}

/** Places an order for one of a product. */
export async function buy(shopper: BrowserContext, programme: string, product: string): Promise<string> {
  const { lines } = await post<Quoted>(shopper.request, `/programmes/${programme}/orders/quote`, { lines: [{ product, quantity: 1 }] });
  return (await post<Written>(shopper.request, `/programmes/${programme}/orders`, { lines })).id;
}

/** Pays at the cashier's in one of its ways, and waits until the payment stands as it should. */
export async function pay(shopper: BrowserContext, programme: string, order: string, act = "pay", becomes = "paid"): Promise<void> {
  const { id, cashier_url } = await post<Written & { cashier_url: string }>(shopper.request, `/programmes/${programme}/orders/${order}/payments`, {});
  await shopper.request.post(cashier_url, { form: { act } });
  // The provider's message comes when it comes.
  await vi.waitUntil(async () => (await read<{ state: string }>(shopper, `/programmes/${programme}/payments/${id}`)).state === becomes, { timeout: 20_000, interval: 50 });
}

export async function read<T>(as: BrowserContext, path: string): Promise<T> {
  return (await (await as.request.get(`/api/v1${path}`)).json()) as T;
}
