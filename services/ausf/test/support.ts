/** A UDM in memory that gives a new vector to whoever asks, and the arithmetic of TS 33.501 Annex A done another way. */
import { createHash, createHmac, randomBytes } from 'node:crypto';
import type { Av5GHeAka } from '@twincore/model';
import { problem } from '@twincore/sbi';
import type { HomeAuthentication, Result } from '../src/clients/udm.ts';

export const HOME = { mcc: '001', mnc: '01' };
export const VISITED = { mcc: '999', mnc: '70' };
export const SUPI = 'imsi-001010000000001';
export const SUCI = 'suci-0-001-01-0-0-0-0000000001';
export const SNN_HOME = '5G:mnc001.mcc001.3gppnetwork.org';
export const SNN_VISITED = '5G:mnc070.mcc999.3gppnetwork.org';

const hex = (octets: number) => randomBytes(octets).toString('hex');

export interface FakeUdm extends HomeAuthentication {
  /** What generate-auth-data was asked, in order. */
  readonly asked: unknown[];
  /** The vectors given out, by RAND. */
  readonly vectors: Map<string, Av5GHeAka>;
  /** The results that the home knows of, in order. */
  readonly results: (Result & { supi: string })[];
  readonly removed: string[];
}

export function fakeUdm(): FakeUdm {
  const udm: FakeUdm = {
    asked: [],
    vectors: new Map(),
    results: [],
    removed: [],
    async generateAuthData(supiOrSuci, request) {
      udm.asked.push({ supiOrSuci, ...request });
      if (supiOrSuci !== SUPI && supiOrSuci !== SUCI) throw problem(404, 'USER_NOT_FOUND');
      const vector = { avType: '5G_HE_AKA', rand: hex(16), autn: hex(16), xresStar: hex(16), kausf: hex(32) } as const;
      udm.vectors.set(vector.rand, vector);
      return { supi: SUPI, vector };
    },
    async confirmAuth(supi, result) {
      udm.results.push({ supi, ...result });
      return `https://udm.5gc.mnc001.mcc001.3gppnetwork.org:1/auth-events/${udm.results.length}`;
    },
    async removeAuth(uri) {
      udm.removed.push(uri);
    },
  };
  return udm;
}

/** HRES*: the last 16 octets of SHA-256 over RAND and RES* (A.5). */
export function hresStar(rand: string, resStar: string): string {
  return createHash('sha256')
    .update(Buffer.from(rand + resStar, 'hex'))
    .digest('hex')
    .slice(32);
}

/** KSEAF: HMAC-SHA-256 under KAUSF over FC 0x6C, the serving network name and its length (A.6). */
export function kseaf(kausf: string, servingNetworkName: string): string {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(servingNetworkName.length);
  return createHmac('sha256', Buffer.from(kausf, 'hex'))
    .update(Buffer.concat([Buffer.from([0x6c]), Buffer.from(servingNetworkName), length]))
    .digest('hex');
}
