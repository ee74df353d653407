import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { APIRequestContext } from "playwright-core";

const REPOSITORY = join(import.meta.dirname, "../..");
const BINARY = process.env["RATCHET"] ?? join(REPOSITORY, "target/debug/ratchet");
const READY_MS = 30_000;
/** A demo makes its history first. */
const SEEDED_MS = 110_000;

/** The real binary on a directory of its own. */
export interface Server {
  readonly base: string;
  /** Where the first owner makes an account. */
  readonly setup: string;
  /** The last code that the server's log says was sent to a login. */
  code(to: string): string | undefined;
  stop(): Promise<void>;
}

export async function serve(): Promise<Server> {
  const started = await start([], /\?token=\S+\s/, READY_MS);
  const setup = /http:\/\/\S+\?token=\S+/.exec(started.said)?.[0];
  if (!setup) throw new Error(`the server did not say where it is set up: ${started.said}`);
  return { ...started, setup: setup.slice(started.base.length) };
}

/** The same as a demo, with months of history. */
export async function serveDemo(): Promise<Server> {
  return { ...(await start(["--demo"], /http:\/\/127\.0\.0\.1:\d+\s/, SEEDED_MS)), setup: "" };
}

async function start(more: readonly string[], ready: RegExp, within: number): Promise<Omit<Server, "setup"> & { said: string }> {
  if (!existsSync(BINARY)) throw new Error(`${BINARY} is missing: build it with \`cargo build -p ratchet\`, or name another one in RATCHET`);
  const folder = await mkdtemp(join(tmpdir(), "ratchet-web-"));
  const child = spawn(BINARY, ["serve", "--data", join(folder, "data"), "--listen", "127.0.0.1:0", ...more], { stdio: ["ignore", "pipe", "pipe"] });
  let log = "";
  child.stderr?.on("data", (chunk: Buffer) => { log += chunk.toString(); });
  const said = await firstWords(child, ready, within);
  const base = /http:\/\/127\.0\.0\.1:\d+/.exec(said)?.[0];
  if (!base) throw new Error(`the server did not say where it is: ${said}`);
  return {
    base,
    said,
    code(to) {
      const lines = log.split("\n").filter((line) => line.includes('"one-time code"')).map((line) => JSON.parse(line) as { to: string; code: string });
      return lines.filter((line) => line.to === to).at(-1)?.code;
    },
    async stop() {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGTERM");
      await ended;
      await rm(folder, { recursive: true });
    },
  };
}

/** What it prints until it has said that it is ready. */
function firstWords(child: ChildProcess, ready: RegExp, within: number): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = "";
    const late = setTimeout(() => reject(new Error(`the server is not ready: ${said}`)), within);
    const hear = (chunk: Buffer) => {
      said += chunk.toString();
      if (!ready.test(said)) return;
      clearTimeout(late);
      resolve(said);
    };
    child.stdout?.on("data", hear);
    child.stderr?.on("data", (chunk: Buffer) => { said += chunk.toString(); });
    child.once("exit", (code) => reject(new Error(`the server ended with ${code}: ${said}`)));
  });
}

let keys = 0;

/** A write by somebody's session; whatever is not 2xx is an error of the test. */
export async function post<T>(as: APIRequestContext, path: string, body: object): Promise<T> {
  keys += 1;
  const answer = await as.post(`/api/v1${path}`, { data: body, headers: { "X-Ratchet": "1", "Idempotency-Key": `test-${keys}` } });
  if (!answer.ok()) throw new Error(`${path}: ${answer.status()} ${await answer.text()}`);
  return (await answer.json()) as T;
}

/** The advert's plan with what it leaves out of withdrawals: a fee, a least amount, two people above a limit. */
export async function planText(): Promise<string> {
  const text = await readFile(join(REPOSITORY, "plans/value-growth.toml"), "utf8");
  return `${text}\n[wallet]\nwithdrawal_fee = "0.6%"\nwithdrawal_minimum = "10.00"\ntwo_approvals_above = "20.00"\n`;
}

export const GOODS = [
  { id: "tea", title: { zh: "高山云雾绿茶礼盒 250 克", en: "Cloud-mist green tea, 250 g" }, description: { zh: "今年春茶，产地直发。", en: "This spring's tea, sent from where it is grown." }, picture: "tea", price: "268.00" },
  { id: "rice", title: { zh: "五常稻花香大米 5 千克", en: "Wuchang rice, 5 kg" }, description: { zh: "新米，真空装。", en: "New rice, vacuum packed." }, picture: "rice", price: "89.00" },
  { id: "kettle", title: { zh: "恒温电热水壶 1.5 升", en: "Electric kettle, 1.5 l" }, description: { zh: "不锈钢内胆，保温四小时。", en: "Steel inside, keeps warm for four hours." }, picture: "kettle", price: "168.00" },
  { id: "honey", title: { zh: "洋槐蜂蜜 500 克", en: "Acacia honey, 500 g" }, description: { zh: "洋槐花期采收。", en: "From the weeks of acacia blossom." }, picture: "honey", price: "129.00" },
] as const;
