/**
 * A plan's text with another value on a line that sets a key: the way it was written stays, quoted or bare, with its comment. What the value
 * would break out of its place by is left out, so that a field can change its value and nothing else.
 */
export function withValue(text: string, line: number, value: string): string {
  const lines = text.split("\n");
  const before = lines[line - 1];
  const parts = before === undefined ? null : /^(\s*[A-Za-z0-9_]+\s*=\s*)("[^"]*"|[^\s#"]+)(.*)$/.exec(before);
  if (!parts) return text;
  const [, head = "", old = "", rest = ""] = parts;
  const plain = value.replace(/["\\#\r\n]/g, "").trim();
  // An empty bare value would be no TOML any more, and its line could not be found again.
  const written = old.startsWith('"') || plain === "" ? `"${plain}"` : plain;
  lines[line - 1] = `${head}${written}${rest}`;
  return lines.join("\n");
}
