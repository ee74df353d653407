import { deflated, inflated } from "./deflate.ts";
import type { Crowd, Question, Setting, Source } from "./types.ts";

/** A question as a link that anybody can compute again, with what came of it (docs/spec/lab.md). */
export interface Link {
  readonly question: Question;
  readonly version?: string;
  readonly digest?: string;
}

/** What a question leaves out. */
const COUNT = 10_000;
const SPEND = "1000.00";
const CROWD = ["count", "spend", "only", "sell_daily"];
const KEYS = new Set(["plan", "plan_text", "set", "scenario", "scenario_text", "seed", "version", "digest", ...CROWD]);

/** Nothing is left to a default, so that a link means the same for ever. */
export function explicit({ plan, set, people, seed }: Question): Question {
  return {
    ...(plan || !people || "crowd" in people ? { plan: plan ?? { preset: "value-growth" } } : {}),
    ...(set?.length ? { set } : {}),
    people: people ?? { crowd: { count: COUNT, spend: SPEND } },
    seed: seed ?? "1",
  };
}

/** The parameters, in the order of the specification. */
export async function toLink({ question, version, digest }: Link): Promise<string> {
  const { plan, set, people, seed } = question;
  const parameters = new URLSearchParams();
  if (plan) await addSource(parameters, "plan", plan);
  for (const { key, value } of set ?? []) parameters.append("set", `${key}=${value}`);
  if (people && "crowd" in people) {
    const { count, spend, only, sell_daily } = people.crowd;
    parameters.append("count", String(count));
    parameters.append("spend", spend);
    if (only) parameters.append("only", String(only));
    if (sell_daily) parameters.append("sell_daily", sell_daily);
  } else if (people) {
    await addSource(parameters, "scenario", people);
  }
  for (const [name, value] of Object.entries({ seed, version, digest })) if (value !== undefined) parameters.append(name, value);
  return parameters.toString();
}

/** What a link asks; with or without what stands before `#`. `undefined` where it asks nothing; throws where it is damaged. */
export async function fromLink(link: string): Promise<Link | undefined> {
  const parameters = new URLSearchParams(link.slice(link.lastIndexOf("#") + 1));
  const names = [...parameters.keys()];
  if (names.length === 0) return undefined;
  for (const name of names) if (!KEYS.has(name)) throw new TypeError(`a link of the lab has no ${name}`);
  const [version, digest] = [parameters.get("version"), parameters.get("digest")];
  return { question: await questionOf(parameters), ...(version !== null ? { version } : {}), ...(digest !== null ? { digest } : {}) };
}

async function questionOf(parameters: URLSearchParams): Promise<Question> {
  const plan = await sourceOf(parameters, "plan");
  const set = parameters.getAll("set").map(settingOf);
  const scenario = await sourceOf(parameters, "scenario");
  const isCrowd = CROWD.some((name) => parameters.has(name));
  if (isCrowd && scenario) throw new TypeError("a link has either a crowd or a scenario");
  const people = isCrowd ? { crowd: crowdOf(parameters) } : scenario;
  const seed = parameters.get("seed");
  return { ...(plan ? { plan } : {}), ...(set.length ? { set } : {}), ...(people ? { people } : {}), ...(seed !== null ? { seed } : {}) };
}

function crowdOf(parameters: URLSearchParams): Crowd {
  const only = parameters.get("only");
  const selling = parameters.get("sell_daily");
  return {
    count: whole(parameters.get("count") ?? String(COUNT)), spend: parameters.get("spend") ?? SPEND,
    ...(only !== null ? { only: whole(only) } : {}), ...(selling !== null ? { sell_daily: selling } : {}),
  };
}

function settingOf(text: string): Setting {
  const at = text.indexOf("=");
  if (at < 0) throw new TypeError(`${text} sets nothing`);
  return { key: text.slice(0, at), value: text.slice(at + 1) };
}

function whole(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new TypeError(`no whole number: ${text}`);
  return Number.parseInt(text, 10);
}

async function addSource(to: URLSearchParams, name: string, source: Source): Promise<void> {
  if ("preset" in source) to.append(name, source.preset);
  else to.append(`${name}_text`, await deflated(source.text));
}

async function sourceOf(from: URLSearchParams, name: string): Promise<Source | undefined> {
  const packed = from.get(`${name}_text`);
  if (packed !== null) return { text: await inflated(packed) };
  const preset = from.get(name);
  return preset === null ? undefined : { preset };
}

/** How anybody computes it on a machine of their own. */
export function commandOf(link: string): string {
  return `ratchet lab '${link.replaceAll("'", "%27")}'`;
}
