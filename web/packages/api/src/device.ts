/** An answer of the server, and when it came, by the clock of this machine. */
export interface Kept {
  readonly data: unknown;
  readonly readAt: string;
}

const NAMES = "reads";
const PREFIX = "read:";
/** So many answers stay, in memory and here, the oldest goes first. */
export const KEPT_MOST = 100;
/** A longer answer does not stay. */
const LENGTH_MOST = 200_000;

let keeps = false;

/** What is read stays on this device until the person leaves, so that the app shows it, with its time, where it is opened without a network. */
export function keepOnDevice(): void {
  keeps = true;
}

export function putOnDevice(name: string, answer: Kept): void {
  if (!keeps) return;
  const text = JSON.stringify(answer);
  if (text.length > LENGTH_MOST) return;
  const names = [...namesOnDevice().filter((each) => each !== name), name];
  for (const oldest of names.splice(0, Math.max(names.length - KEPT_MOST, 0))) localStorage.removeItem(PREFIX + oldest);
  try {
    localStorage.setItem(PREFIX + name, text);
    localStorage.setItem(NAMES, JSON.stringify(names));
  } catch {
    // The device has no room: better nothing of earlier than a part of it.
    forgetOnDevice();
  }
}

export function fromDevice(name: string): Kept | undefined {
  const text = keeps ? localStorage.getItem(PREFIX + name) : null;
  return text === null ? undefined : (JSON.parse(text) as Kept);
}

export function forgetOnDevice(): void {
  for (const name of namesOnDevice()) localStorage.removeItem(PREFIX + name);
  localStorage.removeItem(NAMES);
}

function namesOnDevice(): string[] {
  return JSON.parse(localStorage.getItem(NAMES) ?? "[]") as string[];
}
