import { readLots, readMovements, readOrders, readPoints, readProgramme, readRelease, type Schemas } from "@ratchet/api";
import { formatMoney, formatPoints, formatPointsInFull, formatRate, negated } from "@ratchet/exact";
import { day, language } from "@ratchet/i18n";
import type { ProgrammeContext, Why } from "@ratchet/ui";
import { t } from "../texts.ts";

/** Why the figures of one's own position are what they are; each ends at entries of the journal. */
const SOURCES_MOST = 8;

/** What a sale of everything would pay: the pair of the pool with the numbers in it. */
export function whyNet(of: ProgrammeContext): Why {
  return async () => {
    const [points, programme, lots] = await Promise.all([readPoints(of.id), readProgramme(of.id), readLots(of.id)]);
    const { retention } = programme.terms;
    const says = t.value.points;
    const money = (amount: string) => formatMoney(amount, of.currency);
    return {
      sentence: retention ? says.netWhy(formatRate(retention)) : says.netWhyBare,
      terms: [
        { name: says.mine, value: formatPointsInFull(points.free) },
        ...(programme.pool ? [{ name: says.pool, value: money(programme.pool.assets) }, { name: says.supply, value: formatPointsInFull(programme.pool.supply) }] : []),
        { name: says.gross, value: money(points.gross_now) },
        ...(retention ? [{ name: says.kept(formatRate(retention)), value: formatMoney(negated(points.kept_now), of.currency) }] : []),
        { name: says.net, value: money(points.net_now), sum: true },
      ],
      sources: lots.items.slice(0, SOURCES_MOST).map((lot) => ({ seq: lot.seq, what: says.sourceLot(day(lot.at, of.zone, of.now), formatPoints(lot.minted)) })),
      rule: "POOL-3",
      plan: programme.name[language.value],
      upTo: programme.seq,
    };
  };
}

export function whySpent(of: ProgrammeContext): Why {
  return async () => {
    const orders = await readOrders(of.id);
    return {
      sentence: t.value.points.spentWhy,
      terms: orders.items.slice(0, SOURCES_MOST).map((order) => ({
        name: t.value.points.sourceOrder(day(order.placed_at, of.zone, of.now), t.value.orders.states[order.state]), value: formatMoney(order.amount, of.currency),
      })),
      sources: [],
      rule: "DISC-1",
      upTo: of.seq,
    };
  };
}

/** One lot: the entry by which it came. */
export function whyLot(of: ProgrammeContext, lot: Schemas["Lot"]): Why {
  return async () => ({
    sentence: t.value.points.lotWhy,
    terms: [{ name: t.value.points.minted(""), value: formatPointsInFull(lot.minted) }, { name: t.value.points.lotStates[lot.state], value: formatPointsInFull(lot.left), sum: true }],
    sources: [{ seq: lot.seq, what: t.value.points.sourceLot(day(lot.at, of.zone, of.now), formatPoints(lot.minted)) }],
    rule: "POOL-2", upTo: of.seq,
  });
}

/** Where the forced sale comes. */
export function whyCap(of: ProgrammeContext, points: Schemas["PointsView"]): Why {
  const { cap } = points;
  return async () => ({
    sentence: t.value.points.capWhy,
    terms: cap ? [{ name: t.value.points.capWorth, value: formatMoney(cap.worth, of.currency) }, { name: t.value.points.capLimit(cap.multiple), value: formatMoney(cap.limit, of.currency), sum: true }] : [],
    sources: [], rule: "POOL-6", upTo: of.seq,
  });
}

/** One lot of release points: the entry by which it was granted. */
export function whyReleaseLot(of: ProgrammeContext, lot: Schemas["ReleaseLot"]): Why {
  return async () => ({
    sentence: t.value.release.lotWhy,
    terms: [
      { name: t.value.release.granted, value: formatPointsInFull(lot.granted) }, { name: t.value.release.released, value: formatPointsInFull(negated(lot.released)) },
      { name: t.value.release.locked, value: formatPointsInFull(lot.left), sum: true },
    ],
    sources: [{ seq: lot.seq, what: t.value.release.sourceGrant(day(lot.ordered_at, of.zone, of.now)) }],
    rule: "REL-1", upTo: of.seq,
  });
}

/** What a done day releases: each lot's stage and what was carried, then what becomes of the money. */
export function whyRelease(of: ProgrammeContext): Why {
  return async () => {
    const { if_done: stage, lots, terms } = await readRelease(of.id);
    const says = t.value.release;
    const money = (amount: string) => formatMoney(amount, of.currency);
    return {
      sentence: (terms.of_granted ? says.stageWhy : says.stageWhyLeft)(formatRate(terms.rate)),
      terms: [
        ...lots.slice(0, SOURCES_MOST).map((lot) => ({ name: says.ofLot(day(lot.ordered_at, of.zone, of.now), formatPointsInFull(lot.granted)), value: formatPointsInFull(lot.next) })),
        ...(lots.length > SOURCES_MOST ? [{ name: says.others(lots.length - SOURCES_MOST), value: "…" }] : []),
        { name: says.carried, value: formatPointsInFull(stage.carried) },
        { name: says.due, value: money(stage.due) },
        { name: says.paid, value: money(stage.paid), sum: true },
        { name: says.netted, value: money(negated(stage.netted)) },
        { name: says.cash, value: money(stage.cash) },
        { name: says.reconsume(formatRate(terms.reconsume_share)), value: money(stage.reconsume) },
        { name: says.carriedOn, value: formatPointsInFull(stage.carried_on) },
        { name: says.after, value: formatPointsInFull(stage.left) },
      ],
      sources: lots.slice(0, SOURCES_MOST).map((lot) => ({ seq: lot.seq, what: says.sourceGrant(day(lot.ordered_at, of.zone, of.now)) })),
      rule: "REL-8",
      upTo: of.seq,
    };
  };
}

/** A balance is the sum of its movements: the newest of them, each an entry. */
export function whyBalance(of: ProgrammeContext, account: Schemas["WalletAccount"], sentence: string, rule: string): Why {
  return async () => {
    const { items } = await readMovements(of.id, account);
    return {
      sentence,
      terms: [],
      sources: items.slice(0, SOURCES_MOST).map(({ seq, at, amount, asset }) => ({
        seq, what: t.value.points.sourceMove(day(at, of.zone, of.now), asset === "money" ? formatMoney(amount, of.currency) : formatPoints(amount)),
      })),
      rule,
      upTo: of.seq,
    };
  };
}

/** The guide price of a lot: an index. */
export function whyGuide(of: ProgrammeContext, guide: string): Why {
  return async () => ({ sentence: t.value.market.guideWhy, terms: [{ name: t.value.market.guide, value: formatMoney(guide, of.currency), sum: true }], sources: [], rule: "EMIT-4", upTo: of.seq });
}

/** An offer of the market: what it held, what of that was used, what came back. */
export function whyOffer(of: ProgrammeContext, offer: Schemas["MarketOffer"]): Why {
  const says = t.value.market;
  const money = (amount: string) => formatMoney(amount, of.currency);
  return async () => ({
    sentence: says.offerWhy,
    terms: [
      ...(offer.side === "buy" ? [{ name: says.held, value: money(offer.held) }] : []),
      { name: says.traded, value: money(offer.traded) }, { name: says.fees, value: money(offer.fees) },
      ...(offer.side === "buy"
        ? [{ name: says.returned, value: money(offer.returned) }, { name: says.holdsNow, value: money(offer.hold), sum: true }]
        : [{ name: says.holdsNow, value: formatPointsInFull(offer.hold_points ?? "0"), sum: true }]),
    ],
    sources: [{ seq: offer.seq, what: says.madeBy }, ...(offer.ended_seq ? [{ seq: offer.ended_seq, what: says.endedBy }] : [])],
    rule: "MKT-1b",
    upTo: of.seq,
  });
}
