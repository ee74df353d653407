/** The lab's shapes, until the server's document has them. */
export interface Said {
  readonly zh: string;
  readonly en: string;
}
export type Source = { readonly preset: string } | { readonly text: string };
export interface Crowd {
  readonly count: number;
  readonly spend: string;
  readonly only?: number;
  readonly sell_daily?: string;
}
export interface Setting {
  readonly key: string;
  readonly value: string;
}
export interface Question {
  readonly plan?: Source;
  readonly set?: readonly Setting[];
  readonly people?: { readonly crowd: Crowd } | Source;
  readonly seed?: string;
}

export interface Buyer {
  readonly number: number;
  readonly spent: string;
  readonly cash: string;
  readonly held: string;
  readonly value: string;
}
export interface Day {
  readonly day: number;
  readonly members: number;
  readonly price?: string | null;
  readonly newest?: { readonly spent: string; readonly value: string } | null;
}
export interface Result {
  readonly version: string;
  readonly rules: number;
  readonly plan: { readonly name: Said; readonly label: string; readonly sha256: string };
  readonly people: { readonly name: Said; readonly said: readonly Said[]; readonly sha256: string };
  readonly seed: string;
  readonly entries: number;
  readonly digest: string;
  readonly currency: { readonly code: string; readonly decimals: number };
  readonly members: number;
  readonly buyers: number;
  readonly orders: number;
  readonly refused: number;
  readonly spent: string;
  readonly cash: string;
  readonly held: string;
  readonly whole: number;
  readonly in_cash: number;
  readonly middle: Buyer;
  readonly newest: Buyer;
  readonly best_hundredth: Buyer;
  readonly per_hundred: string;
  readonly payable_per_hundred: string;
  readonly hundred: readonly { readonly to: string; readonly amount: string }[];
  readonly further_orders?: number | null;
  readonly price?: string | null;
  readonly outcomes: { readonly spent: readonly string[]; readonly cash: readonly string[]; readonly held: readonly string[] };
  readonly course: readonly Day[];
}

export interface TextError {
  readonly within: "plan" | "people";
  readonly line: number;
  readonly column: number;
  readonly code: string;
  readonly text: Said;
}
export interface Run {
  readonly id: string;
  readonly state: "waiting" | "running" | "done" | "failed";
  readonly ahead?: number | null;
  readonly day?: number | null;
  readonly days?: number | null;
  readonly result?: Result | null;
  readonly problem?: { readonly code: string; readonly text: Said; readonly errors: readonly TextError[] } | null;
}
