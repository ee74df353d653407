/** How far each programme's journal has been seen by this tab: reads ask for at least as much as its writes were answered with. */
const seen = new Map<string, number>();

/** An answer or an event named this entry. */
export function sawEntry(programme: string, seq: number): void {
  if (seq > (seen.get(programme) ?? -1)) seen.set(programme, seq);
}

/** What a read of this programme has to know at least. */
function minSeq(programme: string): number | undefined {
  return seen.get(programme);
}

/** The same as a query. */
export function fresh(programme: string): { min_seq?: number } {
  const seq = minSeq(programme);
  return seq === undefined ? {} : { min_seq: seq };
}
