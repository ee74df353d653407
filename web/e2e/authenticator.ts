import { createHmac } from "node:crypto";
import { type APIRequestContext } from "playwright-core";
import { post } from "./server.ts";

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const STEP_SECONDS = 30;

/** What an authenticator shows now for a secret (RFC 6238). */
export function sixDigits(secret: string): string {
  const bits = [...secret].map((letter) => LETTERS.indexOf(letter).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 1_000 / STEP_SECONDS)));
  const mac = createHmac("sha1", key).update(counter).digest();
  const at = mac[mac.length - 1]! & 0xf;
  return String((mac.readUInt32BE(at) & 0x7fff_ffff) % 1_000_000).padStart(6, "0");
}

/** Sets a second factor up for somebody of the staff, as the console does. */
export async function setSecondFactor(as: APIRequestContext): Promise<void> {
  const { secret } = await post<{ secret: string }>(as, "/me/second-factor", {});
  await post(as, "/me/second-factor/confirm", { code: sixDigits(secret) });
}
