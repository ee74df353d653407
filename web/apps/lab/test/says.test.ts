import { setLanguage } from "@ratchet/i18n";
import { beforeEach, describe, expect, it, vi } from "vitest";

vi.stubGlobal("localStorage", { getItem: () => null, setItem: () => undefined });
vi.stubGlobal("document", { documentElement: {} });
const { besides, courseOf, curve, heading, joining, middle, newestFinding, priceFinding, pricesOf, resolves, valueName } = await import("../src/says.ts");
const { resultOf } = await import("./result.ts");

const [LOST, EXITED, HALF] = [["1000.00", "0.00", "168.00"], ["1000.00", "2400.00", "0.00"], ["1000.00", "100.00", "100.00"]] as const;
const day = (number: number, price: string, value?: string, spent = "1000.00") => ({ day: number, members: number * 100, price, ...(value ? { newest: { spent, value } } : {}) });

describe("sentences follow the numbers", () => {
  beforeEach(() => setLanguage("en"));

  it("of what each spent, where all spent the same", () => {
    expect(heading(resultOf([LOST, LOST]))).toBe("Of 2 people, this many got ¥1,000.00 back");
    expect(heading(resultOf([LOST, ["5.00", "0.00", "1.00"]]))).toBe("Of 2 buyers, this many got back what they spent");
  });
  it("of the one in the middle: points, cash, or both", () => {
    expect(middle(resultOf([LOST]))).toContain("selling all points now, gets");
    expect(middle(resultOf([EXITED]))).toContain("received in cash");
    expect(middle(resultOf([HALF]))).toContain("cash received and points sold now");
    expect(valueName(resultOf([LOST]), { cash: "0.00" })).toBe("Selling all points now, you get");
    expect(valueName(resultOf([HALF]), { cash: "100.00" })).toBe("Cash, and points sold now");
  });
  it("of those who got it back", () => {
    expect(besides({ ...resultOf([LOST]), whole: 0 })[1]).toContain("nobody has got it back");
    expect(besides({ ...resultOf([LOST]), whole: 2, in_cash: 2 })[1]).toBe("All 2 of them have it in cash.");
    expect(besides({ ...resultOf([LOST]), whole: 26, in_cash: 2, refused: 1 })).toEqual(["Half of all people have this much or less.", "Counted by cash received and what the points would bring now: 26. Of them 2 have it in cash already.", "The last one spent ¥1,000.00 and has ¥168.00.", "The plan refused 1 command besides."]);
  });
  it("of who has more", () => {
    expect(curve(resultOf([EXITED, LOST]))).toBe("Who came early has more: the first ¥2,400.00, the last ¥168.00");
    expect(curve(resultOf([LOST, EXITED]))).toMatch(/^Who came late has more/);
    expect(curve(resultOf([LOST, LOST]))).toBe("The first and the last have the same, ¥168.00");
    expect(curve(resultOf([LOST, EXITED, HALF, EXITED, LOST]))).toBe("The least is ¥168.00, the most ¥2,400.00");
  });
  it("of the price: before the first order has settled there is none, and it need not rise", () => {
    const rises = resultOf([LOST], [day(1, "0.000000000000"), day(8, "5.000000000000", "168.50"), day(9, "20.603089391538", "168.00")]);
    expect(pricesOf(rises)).toEqual([undefined, "5.000000000000", "20.603089391538"]);
    const course = courseOf(rises)!;
    expect(priceFinding(rises, course)).toBe("One point went from ¥5.0000 to ¥20.6030: it rose");
    expect(newestFinding(rises, course)).toBe("The last to settle spent ¥1,000.00 and could get ¥168.00 then");
    expect(resolves(rises, course)).toContain("was ¥168.50 at first and ¥168.00 at the end. The rise gives some more to those who came before; even so the one in the middle has ¥168.00.");
    expect(resolves(resultOf([EXITED], rises.course), course)).not.toContain("even so");
    const stays = resultOf([LOST], [day(1, "1.000000000000", "10.00"), day(2, "1.000000000000", "10.00")]);
    expect(priceFinding(stays, courseOf(stays)!)).toContain("it did not rise");
    expect(resolves(stays, courseOf(stays)!)).not.toContain("Both are true");
    expect(courseOf(resultOf([LOST], [{ day: 1, members: 100 }]))).toBeUndefined();
    expect(joining(rises, day(9, "20.603089391538"))).toEqual(["900 people joined", "one point ¥20.6030"]);
    expect(joining(rises, day(1, "0.000000000000"))).toEqual(["100 people joined"]);
  });
});
