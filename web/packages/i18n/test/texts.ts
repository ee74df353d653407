/** Words that no screen says of a programme. */
const PROMISES = [
  "稳赚", "保本", "只涨不跌", "单边上扬", "必涨", "翻倍", "躺赚", "零风险", "免费消费", "财富自由", "收益率",
  "guaranteed", "risk-free", "always rises", "passive income", "earn while", "profit from points",
];

type Texts = { readonly [key: string]: unknown };

/** Everything that is wrong with two files of texts, as sentences. */
export function faults(zh: object, en: object, at = ""): string[] {
  const found: string[] = [];
  const [source, other] = [zh as Texts, en as Texts];
  for (const key of new Set([...Object.keys(source), ...Object.keys(other)])) {
    const name = at ? `${at}.${key}` : key;
    const [a, b] = [source[key], other[key]];
    if (a === undefined) found.push(`${name} is missing in Chinese`);
    else if (b === undefined) found.push(`${name} is missing in English`);
    else if (Array.isArray(a)) continue;
    else if (typeof a === "object" && typeof b === "object" && a && b) found.push(...faults(a, b, name));
    else found.push(...ofText(name, a, b));
  }
  return found;
}

function ofText(name: string, a: unknown, b: unknown): string[] {
  if (typeof a !== typeof b || (typeof a === "function" && a.length !== (b as () => string).length)) return [`${name} takes other facts in English`];
  const found: string[] = [];
  const [zh, en] = [said(a), said(b)];
  // An advertisement is quoted as it is.
  const promises = name.includes("advert.") ? [] : PROMISES;
  for (const promise of promises) if (`${zh}\n${en}`.toLowerCase().includes(promise)) found.push(`${name} promises: ${promise}`);
  // A button that leads to the other language says so in that language.
  if (/[\u4e00-\u9fff]/.test(en) && name !== "language.other") found.push(`${name} is not English`);
  return found;
}

/** The text itself; of a function its source holds every word it can say. */
function said(text: unknown): string {
  return String(text);
}
