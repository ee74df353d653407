/** A Chinese character takes two places of a line, any other one. */
const placesOf = (character: string) => (/[\u2e80-\uffff]/.test(character) ? 2 : 1);

/** A text as lines of at most so many places; words of letters and digits stay whole where they fit in a line. */
export function linesOf(text: string, most: number): string[] {
  const lines: string[] = [];
  let line = "";
  let places = 0;
  for (const piece of text.match(/[\u2e80-\uffff]|\s+|[^\s\u2e80-\uffff]+/g) ?? []) {
    for (const part of [...piece].length > most ? [...piece] : [piece]) {
      const wide = [...part].reduce((sum, character) => sum + placesOf(character), 0);
      if (places + wide > most && line) {
        lines.push(line.trimEnd());
        line = "";
        places = 0;
      }
      if (!line && /^\s+$/.test(part)) continue;
      line += part;
      places += wide;
    }
  }
  if (line.trim()) lines.push(line.trimEnd());
  return lines;
}
