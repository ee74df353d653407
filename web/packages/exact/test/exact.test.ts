import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { isZero, negated, plain } from "../src/decimal.ts";
import {
  clock, compareMoney, countIn, currency, formatCount, formatMoney, formatPoints, formatPointsInFull, formatPpm, formatRate, formatShare,
  localTime, minorUnits, minutesBetween, moneyBetween, parseMoneyInput, parsePointsInput, perHundred, pointUnits,
} from "../src/index.ts";

const CNY = currency("CNY");
const VECTORS = join(import.meta.dirname, "../../../../vectors");

interface Vector {
  readonly name: string;
  readonly plan: readonly string[];
  readonly commands: readonly { readonly at: string }[];
  readonly state: { readonly members?: Record<string, Record<string, unknown>>; readonly pool?: Record<string, string> };
}

const vectors: Vector[] = readdirSync(VECTORS)
  .filter((name) => name.endsWith(".json"))
  .map((name) => ({ name, ...(JSON.parse(readFileSync(join(VECTORS, name), "utf8")) as Omit<Vector, "name">) }));

describe("an amount as the server writes it", () => {
  it("is nothing in whatever number of decimals", () => {
    expect(["0", "0.00", "000.0", "", "0.01", "-0.01", "10"].map(isZero)).toEqual([true, true, true, true, false, false, false]);
  });
  it("has another sign, and nothing has none", () => {
    expect(["12.50", "-12.50", "0.00"].map(negated)).toEqual(["-12.50", "12.50", "0.00"]);
  });
});

describe("the engine's golden vectors", () => {
  it("every wallet is shown as it stands, and read back to the same amount", () => {
    let seen = 0;
    for (const { plan, state } of vectors) {
      const of = currency(plan.some((line) => line.includes('"EUR"')) ? "EUR" : "CNY");
      for (const member of Object.values(state.members ?? {})) {
        for (const key of ["cash", "spent", "reconsume", "cash_received", "net_value"]) {
          const amount = member[key];
          if (typeof amount !== "string") continue;
          const shown = formatMoney(amount, of);
          expect(minorUnits(shown.replace(of.sign, "").replaceAll(",", ""), of)).toBe(minorUnits(amount, of));
          seen += 1;
        }
      }
    }
    expect(seen).toBeGreaterThan(150);
  });

  it("every number of points is kept to its last digit", () => {
    let seen = 0;
    for (const { state } of vectors) {
      for (const member of Object.values(state.members ?? {})) {
        if (typeof member["points"] !== "string") continue;
        const shown = formatPointsInFull(member["points"]).replaceAll(",", "");
        expect(pointUnits(shown)).toBe(pointUnits(member["points"]));
        seen += 1;
      }
    }
    expect(seen).toBeGreaterThan(40);
  });

  it("the price is pool by supply in exact numbers", () => {
    let seen = 0;
    for (const { plan, state } of vectors) {
      const { assets, supply, price } = state.pool ?? {};
      if (!assets || !supply || !price || pointUnits(supply) === 0n) continue;
      const of = currency(plan.some((line) => line.includes('"EUR"')) ? "EUR" : "CNY");
      const quotient = (minorUnits(assets, of) * 10n ** 22n) / pointUnits(supply);
      expect(plain(quotient, 12), assets).toBe(price);
      seen += 1;
    }
    expect(seen).toBeGreaterThan(10);
  });
});

describe("money", () => {
  it("has two decimals, groups and U+2212", () => {
    expect(formatMoney("1234.5", CNY)).toBe("¥1,234.50");
    expect(formatMoney("-0.72", CNY)).toBe("\u2212¥0.72");
    expect(formatMoney("0", CNY)).toBe("¥0.00");
    expect(formatMoney("90071992547409.93", CNY)).toBe("¥90,071,992,547,409.93");
  });

  it("refuses what is no amount of the currency", () => {
    for (const text of ["", "1e3", "1,000", "12.345", "NaN", "0x10", "１"]) expect(() => formatMoney(text, CNY), text).toThrow(RangeError);
    expect(() => formatMoney("1.5", currency("JPY"))).toThrow(RangeError);
  });

  it("compares and subtracts as whole numbers", () => {
    expect(compareMoney("0.3", "0.30", CNY)).toBe(0);
    expect(compareMoney("170.22", "2982", CNY)).toBe(-1);
    expect(moneyBetween("164.48", "164.45", CNY)).toBe("0.03");
    expect(moneyBetween("0.01", "0.10", CNY)).toBe("-0.09");
  });

  it("reads what people type and says what is wrong", () => {
    expect(parseMoneyInput(" ¥1,234.5 ", CNY)).toEqual({ amount: "1234.50" });
    expect(parseMoneyInput("１２．３", CNY)).toEqual({ amount: "12.30" });
    expect(parseMoneyInput("", CNY)).toEqual({ fault: "empty" });
    expect(parseMoneyInput("-5", CNY)).toEqual({ fault: "form" });
    expect(parseMoneyInput("1,23", CNY)).toEqual({ fault: "form" });
    expect(parseMoneyInput("1.234", CNY)).toEqual({ fault: "decimals" });
    expect(parseMoneyInput("0.00", CNY)).toEqual({ fault: "zero" });
    expect(parseMoneyInput("100000000000.01", CNY)).toEqual({ fault: "too_large" });
  });

});

describe("points, rates, counts", () => {
  it("cuts points and never rounds them up", () => {
    expect(formatPoints("17.572399999999")).toBe("17.5723");
    expect(formatPoints("0.000099999999")).toBe("0.0000");
    expect(formatPointsInFull("27731.976540057179")).toBe("27,731.976540057179");
    expect(parsePointsInput("8.0000")).toEqual({ points: "8" });
    expect(parsePointsInput("0.0000000000001")).toEqual({ fault: "decimals" });
  });

  it("cuts shares", () => {
    expect(formatPpm("178299")).toBe("17.82%");
    expect(formatPpm(6_000, 1)).toBe("0.6%");
    expect(perHundred(195_599)).toBe("19.55");
    expect(formatShare("0.178299")).toBe("17.82%");
    expect(formatRate("0.6%")).toBe("0.6%");
    expect(formatRate("3‰")).toBe("0.3%");
    expect(formatRate("20%")).toBe("20%");
    expect(formatCount("12464")).toBe("12,464");
    expect(countIn(10_000n, "4512345")).toBe("451");
  });

  it("agrees with a slow reading of 100,000 random decimals", () => {
    let state = 20_261_201n;
    const next = (below: bigint) => {
      state = (state * 6_364_136_223_846_793_005n + 1_442_695_040_888_963_407n) % (1n << 64n);
      return (state >> 16n) % below;
    };
    for (let round = 0; round < 100_000; round += 1) {
      const units = next(1n << 47n);
      const digits = units.toString().padStart(3, "0");
      const amount = `${digits.slice(0, -2)}.${digits.slice(-2)}`;
      if (minorUnits(amount, CNY) !== units) expect(amount).toBe(units.toString());
      if (formatMoney(amount, CNY).replace(/[¥,]/g, "") !== amount) expect(formatMoney(amount, CNY)).toBe(amount);
    }
  });
});

describe("time", () => {
  it("follows the programme's offset, whatever the machine's is", () => {
    expect(localTime("2026-11-22T06:05:30Z", "+08:00")).toEqual({ year: 2026, month: 11, day: 22, hour: 14, minute: 5 });
    expect(localTime("2026-12-31T20:00:00Z", "+08:00")).toMatchObject({ year: 2027, month: 1, day: 1, hour: 4 });
    expect(localTime("2026-01-01T00:30:00Z", "-03:30")).toMatchObject({ year: 2025, month: 12, day: 31, hour: 21, minute: 0 });
    expect(clock({ year: 2026, month: 1, day: 1, hour: 4, minute: 7 })).toBe("04:07");
  });

  it("follows a zone's rules: the day on which summer time ends in Berlin has two half past two", () => {
    const { commands } = vectors.find(({ name }) => name === "time-zone.json")!;
    const [first, second] = [commands[0]!.at, commands[1]!.at].map((at) => localTime(at, "Europe/Berlin"));
    expect(first).toEqual(second);
    expect(minutesBetween(commands[0]!.at, commands[1]!.at)).toBe(60);
  });
});
