/** What commands print: for people as tables, with --json for programs. */
import { type InspectColor, stripVTControlCharacters, styleText } from 'node:util';

/** With `json` the value itself, on one line; otherwise the lines. */
export function print(json: boolean | undefined, value: unknown, lines: () => readonly string[]): void {
  if (json) console.log(JSON.stringify(value));
  else for (const line of lines()) console.log(line);
}

/** Colour where standard output is a terminal that wants it. */
export function paint(format: InspectColor, text: string): string {
  return styleText(format, text, { stream: process.stdout });
}

/** Columns side by side, the titles above them; empty without rows. */
export function table(titles: readonly string[], rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return [];
  const all = [titles.map((title) => paint('bold', title)), ...rows];
  const widths = titles.map((_, column) => Math.max(...all.map((row) => widthOf(row[column]))));
  return all.map((row) =>
    row
      .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - widthOf(cell)))
      .join('  ')
      .trimEnd(),
  );
}

const widthOf = (cell = '') => stripVTControlCharacters(cell).length;

/** `1 h 3 min`. */
export function duration(ms: number): string {
  const s = Math.round(ms / 1000);
  if (s < 60) return `${s} s`;
  const min = Math.floor(s / 60);
  return min < 60 ? `${min} min` : `${Math.floor(min / 60)} h ${min % 60} min`;
}

/** The value below which `share` of the sorted values are (nearest rank). */
export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
}

/** How far something has come, on one line of a terminal; nothing elsewhere. */
export function progress(what: string, total: number): { at: (done: number) => void; end: () => void } {
  const { stderr } = process;
  if (!stderr.isTTY || total < 2) return { at: () => {}, end: () => {} };
  return {
    at: (done) => stderr.write(`\r${what} ${done}/${total}`),
    end: () => stderr.write('\r\x1b[K'),
  };
}
