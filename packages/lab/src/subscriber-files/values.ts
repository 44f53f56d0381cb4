/** Values of other cores' files in this one's form. */

/** Text that is there. */
export function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Hexadecimal digits, which people write in groups. */
export function hex(value: unknown): string | undefined {
  return text(typeof value === 'string' ? value.replace(/\s/g, '') : undefined);
}

export function asImsi(value: unknown): string {
  const digits = text(value) ?? '';
  return /^\d+$/.test(digits) ? `imsi-${digits}` : digits;
}

/** SmfSelectionSubscriptionData (TS 29.503 6.1.6.2.5) for slices and their data networks. */
export function smfSelectionFor(
  slices: readonly {
    readonly snssai: { readonly sst: number; readonly sd?: string | undefined };
    readonly dnns: readonly string[];
  }[],
) {
  const named = slices.filter(({ dnns }) => dnns.length > 0);
  return {
    subscribedSnssaiInfos: Object.fromEntries(
      named.map(({ snssai: { sst, sd }, dnns }) => [
        sd === undefined ? `${sst}` : `${sst}-${sd}`,
        { dnnInfos: dnns.map((dnn, index) => ({ dnn, ...(index === 0 ? { defaultDnnIndicator: true } : {}) })) },
      ]),
    ),
  };
}
