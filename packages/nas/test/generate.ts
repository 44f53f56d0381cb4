import type { MandatoryIe, OptionalIe } from '../src/descriptor.ts';
import { plmnList, tai, taiList } from '../src/ies/area.ts';
import { octets, uint8 } from '../src/ies/codec.ts';
import { gutiOnly, identityType, imeisvOnly, mobileIdentity, sTmsiOnly } from '../src/ies/identity.ts';
import {
  deregistrationType,
  registrationResult,
  registrationType,
  serviceType,
  ueStatus,
} from '../src/ies/mobility.ts';
import { additionalSecurityInformation, imeisvRequest, nasAlgorithms, ngKsi } from '../src/ies/security.ts';
import { nssai, rejectedNssai } from '../src/ies/slices.ts';
import { gprsTimer2, gprsTimer3 } from '../src/ies/timers.ts';
import type { NasMessage } from '../src/index.ts';
import { MESSAGE_ROWS } from '../src/messages.ts';

/** Seeded pseudo-random numbers (mulberry32), so that a failing case comes back. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** Integer in 0..below-1. */
  below(below: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below);
  }

  flag(): boolean {
    return this.below(2) === 1;
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new Error('nothing to pick from');
    return item;
  }

  octets(length: number): Buffer {
    return Buffer.from(Array.from({ length }, () => this.below(256)));
  }

  digits(length: number): string {
    return Array.from({ length }, () => this.below(10)).join('');
  }

  list<T>(min: number, max: number, make: () => T): T[] {
    return Array.from({ length: min + this.below(max - min + 1) }, make);
  }
}

type Ie = MandatoryIe<unknown> | OptionalIe<unknown>;
type Generator = (random: Random, ie: Ie) => unknown;

const plmn = (random: Random) => ({ mcc: random.digits(3), mnc: random.digits(random.pick([2, 3])) });
const sTmsi = (random: Random) => ({
  amfSetId: random.below(1024),
  amfPointer: random.below(64),
  tmsi: random.below(2 ** 32),
});
const guti = (random: Random) => ({ plmnId: plmn(random), amfRegionId: random.below(256), ...sTmsi(random) });
const snssai = (random: Random) => ({
  sst: random.below(256),
  ...(random.flag() ? { sd: random.octets(3).toString('hex') } : {}),
});
const access = (random: Random) => random.pick(['3GPP', 'NON-3GPP', '3GPP AND NON-3GPP']);

function suci(random: Random): string {
  const { mcc, mnc } = plmn(random);
  const head = `suci-0-${mcc}-${mnc}-${random.digits(1 + random.below(4))}`;
  const scheme = random.pick(['0', '1', '2', 'c']);
  if (scheme === '0') return `${head}-0-0-${random.digits(1 + random.below(9))}`;
  return `${head}-${scheme}-${random.below(256)}-${random.octets(42 + random.below(8)).toString('hex')}`;
}

const identities: readonly ((random: Random) => unknown)[] = [
  (random) => ({ type: 'SUCI', suci: suci(random) }),
  (random) => ({ type: '5G-GUTI', guti: guti(random) }),
  (random) => ({ type: '5G-S-TMSI', sTmsi: sTmsi(random) }),
  (random) => ({ type: 'IMEI', imei: random.digits(15) }),
  (random) => ({ type: 'IMEISV', imeisv: random.digits(16) }),
];

function withMapped(random: Random) {
  const own = snssai(random);
  if (random.flag()) return own;
  return { ...own, mapped: 'sd' in own ? snssai(random) : { sst: random.below(256) } };
}

const GENERATORS = new Map<unknown, Generator>([
  [octets, (random, { min, max }) => random.octets(min + random.below(Math.min(max - min, 40) + 1))],
  [uint8, (random) => random.below(256)],
  [plmnList, (random) => random.list(1, 15, () => plmn(random))],
  [tai, (random) => ({ plmnId: plmn(random), tac: random.octets(3).toString('hex') })],
  [taiList, (random) => taiListOf(random)],
  [gutiOnly, guti],
  [sTmsiOnly, sTmsi],
  [imeisvOnly, (random) => random.digits(16)],
  [identityType, (random) => random.pick(['SUCI', '5G-GUTI', 'IMEI', '5G-S-TMSI', 'IMEISV'])],
  [
    mobileIdentity,
    (random, { min }) =>
      min <= 1 && random.below(6) === 0 ? { type: 'NO IDENTITY' } : random.pick(identities)(random),
  ],
  [
    deregistrationType,
    (random) => ({ switchOff: random.flag(), reRegistrationRequired: random.flag(), access: access(random) }),
  ],
  [
    registrationResult,
    (random) => ({
      access: access(random),
      smsAllowed: random.flag(),
      nssaaPending: random.flag(),
      emergencyRegistered: random.flag(),
      disasterRoaming: random.flag(),
    }),
  ],
  [
    registrationType,
    (random) => ({
      type: random.pick(['INITIAL', 'MOBILITY UPDATING', 'PERIODIC UPDATING', 'EMERGENCY', 'SNPN ONBOARDING']),
      followOnRequest: random.flag(),
    }),
  ],
  [serviceType, (random) => random.pick(['SIGNALLING', 'DATA', 'EMERGENCY SERVICES', 'ELEVATED SIGNALLING'])],
  [ueStatus, (random) => ({ s1ModeRegistered: random.flag(), n1ModeRegistered: random.flag() })],
  [
    additionalSecurityInformation,
    (random) => ({ horizontalDerivation: random.flag(), retransmitInitialNasMessage: random.flag() }),
  ],
  [imeisvRequest, (random) => random.flag()],
  [nasAlgorithms, (random) => ({ ciphering: random.below(8), integrity: random.below(8) })],
  [ngKsi, (random) => ({ tsc: random.pick(['NATIVE', 'MAPPED']), ksi: random.below(8) })],
  [nssai, (random) => random.list(1, 8, () => withMapped(random))],
  [
    rejectedNssai,
    (random) =>
      random.list(1, 8, () => ({ ...snssai(random), cause: random.pick(['PLMN', 'REGISTRATION AREA', 'NSSAA']) })),
  ],
  [
    gprsTimer2,
    (random) => random.pick(['DEACTIVATED', 2 * random.below(32), 60 * random.below(32), 360 * random.below(32)]),
  ],
  [
    gprsTimer3,
    (random) => random.pick(['DEACTIVATED', 30 * random.below(32), 600 * random.below(32), 3600 * random.below(32)]),
  ],
]);

function taiListOf(random: Random) {
  const plmnId = plmn(random);
  const samePlmn = random.flag();
  return random.list(1, 16, () => ({
    plmnId: samePlmn ? plmnId : plmn(random),
    tac: random.octets(3).toString('hex'),
  }));
}

function value(random: Random, ie: Ie): unknown {
  const generator = GENERATORS.get(ie.codec);
  if (generator === undefined) throw new Error('a codec without a generator: add one');
  return generator(random, ie);
}

/** A valid message of every row, with all optional IEs or a random choice of them (then those that a condition needs). */
export function messages(random: Random, optionals: 'all' | 'some'): NasMessage[] {
  return MESSAGE_ROWS.map((row) => {
    const needed = 'conditions' in row ? row.conditions.flatMap(({ oneOf }) => oneOf.flat()) : [];
    const all: [string, Ie][] = [...Object.entries(row.mandatory), ...Object.entries(row.optional)];
    const chosen = all.filter(
      ([field]) => field in row.mandatory || optionals === 'all' || needed.includes(field) || random.flag(),
    );
    const fields = chosen.map(([field, ie]) => [field, value(random, ie)]);
    return { messageType: row.name, ...Object.fromEntries(fields) } as NasMessage;
  });
}
