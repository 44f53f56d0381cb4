import { IeError } from '../errors.ts';
import type { IeCodec } from './codec.ts';

/** Seconds, or 'DEACTIVATED'. */
export type Timer = number | 'DEACTIVATED';

const DEACTIVATED = 0b111;
const MAX_VALUE = 31;

/** Seconds per unit, by the code in bits 6-8. `fallback` is what an unlisted code means. */
function timer(units: Readonly<Record<number, number>>, fallback: number): IeCodec<Timer> {
  const smallestFirst = Object.entries(units).sort(([, a], [, b]) => a - b);
  return {
    encode(value) {
      if (value === 'DEACTIVATED') return Buffer.from([DEACTIVATED << 5]);
      const fit = smallestFirst.find(
        ([, seconds]) => value % seconds === 0 && value >= 0 && value / seconds <= MAX_VALUE,
      );
      if (fit === undefined) throw new IeError(`${value} s has no encoding in this timer`);
      return Buffer.from([(Number(fit[0]) << 5) | (value / fit[1])]);
    },
    decode(octets) {
      const octet = octets.readUInt8(0);
      const unit = octet >> 5;
      return unit === DEACTIVATED ? 'DEACTIVATED' : (octet & MAX_VALUE) * (units[unit] ?? fallback);
    },
  };
}

/** GPRS timer 2 (TS 24.008 10.5.7.4): 2 s, 1 min, 6 min; other units are read as 1 min. */
export const gprsTimer2 = timer({ 0: 2, 1: 60, 2: 360 }, 60);

/** GPRS timer 3 (TS 24.008 10.5.7.4a): 10 min, 1 h, 10 h, 2 s, 30 s, 1 min, 320 h. */
export const gprsTimer3 = timer({ 0: 600, 1: 3600, 2: 36000, 3: 2, 4: 30, 5: 60, 6: 1152000 }, 600);
