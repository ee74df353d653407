/** What a drawing shows, as a table: for who cannot see it, and for who wants the figures. */
export interface FigureTable {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** As CSV for spreadsheets: with a byte order mark, and no cell that a spreadsheet would take for a formula. */
export function toCsv(table: FigureTable): string {
  const lines = [table.head, ...table.rows].map((cells) => cells.map(cell).join(","));
  return `\uFEFF${lines.join("\r\n")}\r\n`;
}

function cell(text: string): string {
  const safe = /^[=+@\t\r-]/.test(text) && !/^-?[\d.]+$/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
