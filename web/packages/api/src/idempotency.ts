/** A write that has no final answer yet: its key, and what was to be written. */
interface Open {
  readonly key: string;
  readonly body: string;
}

/**
 * Keys of writes. A key is kept from before the first attempt until a final answer, in the tab's storage, so that a lost connection, a reload or
 * a second tap sends the same key and the write happens once (IDEM-1). Another content gets another key.
 */
export class Keys {
  constructor(private readonly storage: Storage) {}

  /** The key for this content of the write `name`. */
  keyFor(name: string, body: unknown): string {
    const text = JSON.stringify(body) ?? "null";
    const open = this.open(name);
    if (open && open.body === text) return open.key;
    const key = randomKey();
    this.storage.setItem(slot(name), JSON.stringify({ key, body: text } satisfies Open));
    return key;
  }

  /** There is a final answer: the next write of this name is a new one. */
  settle(name: string): void {
    this.storage.removeItem(slot(name));
  }

  private open(name: string): Open | undefined {
    const text = this.storage.getItem(slot(name));
    return text === null ? undefined : (JSON.parse(text) as Open);
  }
}

function slot(name: string): string {
  return `write:${name}`;
}

/** 128 random bits. `crypto.randomUUID` exists on secure origins only, and a shop may run in a local network. */
function randomKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
