/** Texts in links: deflated (RFC 1951), then base64url without padding. */
export async function deflated(text: string): Promise<string> {
  const bytes = await through(new Blob([text]).stream(), new CompressionStream("deflate-raw"));
  let letters = "";
  for (const byte of bytes) letters += String.fromCharCode(byte);
  return btoa(letters).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** Throws where the text is damaged. */
export async function inflated(packed: string): Promise<string> {
  if (!/^[\w-]*$/.test(packed)) throw new TypeError("no base64url");
  const letters = atob(packed.replaceAll("-", "+").replaceAll("_", "/"));
  const bytes = Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
  return new TextDecoder("utf-8", { fatal: true }).decode(await through(new Blob([bytes]).stream(), new DecompressionStream("deflate-raw")));
}

async function through(stream: ReadableStream<Uint8Array>, by: CompressionStream | DecompressionStream): Promise<Uint8Array> {
  return new Uint8Array(await new Response(stream.pipeThrough(by as ReadableWritablePair<Uint8Array, Uint8Array>)).arrayBuffer());
}
