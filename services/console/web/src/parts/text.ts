/** How times and parties are written. */

/** `12.3 ms`, `1.20 s`. */
export function duration(ms: number): string {
  if (ms < 100) return `${ms.toFixed(1)} ms`;
  return ms < 10_000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/** `11:13:26.398`, in the browser's time zone. */
export function clock(at: number): string {
  const date = new Date(at);
  const two = (value: number) => String(value).padStart(2, '0');
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':');
  return Number.isNaN(date.getTime()) ? '' : `${time}.${String(date.getMilliseconds()).padStart(3, '0')}`;
}

/** A URI's query as people write it. */
export function readable(uri: string): string {
  try {
    return decodeURIComponent(uri.replaceAll('+', ' '));
  } catch {
    return uri;
  }
}
