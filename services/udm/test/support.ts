/** A UDR in memory, a subscriber, and the USIM that belongs to it. */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { deriveKausf, deriveResStar, UsimSqn, usimAuthenticate } from '@twincore/crypto';
import type { Amf3GppAccessRegistration, AuthEvent, AuthenticationSubscription, Av5GHeAka } from '@twincore/model';
import { problem } from '@twincore/sbi';
import type { SubscriptionData } from '../src/clients/udr.ts';

export const HOME = { mcc: '001', mnc: '01' };
export const VISITED = { mcc: '999', mnc: '70' };
export const SUPI = 'imsi-001010000000001';
export const SNN_HOME = '5G:mnc001.mcc001.3gppnetwork.org';
export const SNN_VISITED = '5G:mnc070.mcc999.3gppnetwork.org';
export const K = Buffer.from('465b5ce8b199b49faa5f0a2ee238a6bc', 'hex');
export const OPC = Buffer.from('cd63cb71954a9f4e48a5994e37a02baf', 'hex');

export const credentials = (sqn = '000000000000'): AuthenticationSubscription => ({
  authenticationMethod: '5G_AKA',
  encPermanentKey: K.toString('hex'),
  encOpcKey: OPC.toString('hex'),
  sequenceNumber: { sqnScheme: 'NON_TIME_BASED', sqn, indLength: 5 },
  authenticationManagementField: '8000',
  algorithmId: 'milenage',
});

export interface FakeUdr extends SubscriptionData {
  subscription: AuthenticationSubscription;
  readonly status: Map<string, AuthEvent>;
  registration: Amf3GppAccessRegistration | undefined;
  /** Runs before each compare-and-set of the SQN: another UDM instance that is faster. */
  rival: () => void;
}

export function fakeUdr(subscription = credentials()): FakeUdr {
  const subscriber = async (supi: string) => {
    await sleep(1);
    if (supi !== SUPI) throw problem(404, 'USER_NOT_FOUND');
  };
  const udr: FakeUdr = {
    subscription,
    status: new Map(),
    registration: undefined,
    rival: () => {},
    async authenticationSubscription(supi) {
      await subscriber(supi);
      return structuredClone(udr.subscription);
    },
    async replaceSqn(supi, from, to) {
      await subscriber(supi);
      udr.rival();
      if (udr.subscription.sequenceNumber?.sqn !== from) return false;
      udr.subscription = credentials(to);
      return true;
    },
    async authenticationStatus(supi, servingNetworkName) {
      await subscriber(supi);
      return udr.status.get(servingNetworkName);
    },
    async putAuthenticationStatus(supi, event) {
      await subscriber(supi);
      udr.status.set(event.servingNetworkName, event);
    },
    async deleteAuthenticationStatus(supi, servingNetworkName) {
      await subscriber(supi);
      return udr.status.delete(servingNetworkName);
    },
    async amData(supi, _plmnId, fields) {
      await subscriber(supi);
      const nssai = { defaultSingleNssais: [{ sst: 1 }] };
      return fields === 'nssai' ? { nssai } : { nssai, gpsis: ['msisdn-491700000001'] };
    },
    async smfSelectionData(supi) {
      await subscriber(supi);
      return undefined;
    },
    async amf3GppAccess(supi) {
      await subscriber(supi);
      return udr.registration;
    },
    async putAmf3GppAccess(supi, registration) {
      await subscriber(supi);
      const created = udr.registration === undefined;
      udr.registration = registration;
      return created;
    },
    async patchAmf3GppAccess(supi, patch) {
      await subscriber(supi);
      const current = udr.registration as Record<string, unknown> | undefined;
      if (!current) return 'absent';
      const next = { ...current };
      for (const { op, path, value } of patch) {
        if (op === 'add') next[path.slice(1)] = value;
        else if (op === 'remove') delete next[path.slice(1)];
        else if (!isDeepStrictEqual(current[path.slice(1)], value)) return 'conflict';
      }
      udr.registration = next as Amf3GppAccessRegistration;
      return 'changed';
    },
  };
  return udr;
}

/** What the UE makes of a vector: its answer to the challenge, and whether it arrives at the same keys as the home. */
export function usim(sqnState = new UsimSqn()) {
  return {
    challenge(av: Pick<Av5GHeAka, 'rand' | 'autn'>, servingNetworkName: string, k: Buffer = K) {
      const rand = Buffer.from(av.rand, 'hex');
      const answer = usimAuthenticate({ k, opc: OPC, rand, autn: Buffer.from(av.autn, 'hex'), sqnState });
      if (answer.result !== 'success') return answer;
      return {
        result: answer.result,
        resStar: deriveResStar({ ...answer, servingNetworkName, rand }).toString('hex'),
        kausf: deriveKausf({ ...answer, servingNetworkName }).toString('hex'),
      };
    },
  };
}

export const sqnOfAutn = (av: Pick<Av5GHeAka, 'rand' | 'autn'>, ak: Buffer) =>
  Buffer.from(av.autn, 'hex')
    .subarray(0, 6)
    .map((octet, i) => octet ^ (ak[i] ?? 0));

export const randomHex = (octets: number) => randomBytes(octets).toString('hex');
