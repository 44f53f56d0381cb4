/** Attacks on the border: a roaming partner, or whoever has its SEPP, against the SEPP of the home network. */
import type { PlmnId } from '@twincore/model';
import { type Attack, isSuccess, type Outcome } from './attack.ts';
import { type AttackRequest, HOME, type Scene, THIRD, VISITED } from './scene.ts';

export const SUPI = 'imsi-001010000000001';
const THIRD_SUPI = 'imsi-901990000000001';
const TARGET = '3gpp-sbi-target-apiroot';
const ORIGIN = '3gpp-sbi-originating-network-id';
/** More than a partner may ask about one UE in a second. */
const FLOOD = 200;

export interface Crossing extends Pick<AttackRequest, 'method' | 'path' | 'body'> {
  /** The home NF that the message is for. */
  readonly to: 'ausf' | 'udm';
  /** The network that it comes from; 999-70 when absent. */
  readonly from?: PlmnId;
  readonly scope: string;
  readonly consumer?: { readonly nfType: string; readonly plmnId: { mcc: string; mnc: string } };
  readonly headers?: Record<string, string>;
}

/** A message on N32-f, from the SEPP of 999-70, with a token of the home NRF for an NF behind that SEPP. */
export async function cross(
  scene: Scene,
  { to, from = VISITED, scope, consumer, headers, ...request }: Crossing,
): Promise<Outcome> {
  const sepp = await scene.partner(from);
  const { nfType, plmnId } = consumer ?? { nfType: 'AMF', plmnId: from };
  const { apiRoot, config } = scene.lab.nf('home', to);
  const token = {
    ...scene.claims(sepp, scope),
    aud: config.nfType,
    sub: sepp.nfInstanceId,
    consumerPlmnId: plmnId,
    producerPlmnId: HOME,
  };
  const sent = { [TARGET]: apiRoot, 'user-agent': `${nfType}-${sepp.nfInstanceId}`, ...headers };
  return sepp.send({ ...request, token, headers: sent });
}

/** N32-c first (TS 29.573 5.2.2): nothing crosses before. */
export const agree = async (scene: Scene, from: PlmnId = VISITED): Promise<Outcome> => {
  const sepp = await scene.partner(from);
  const body = {
    sender: sepp.fqdn,
    supportedSecCapabilityList: ['TLS'],
    plmnIdList: [from],
    '3GppSbiTargetApiRootSupported': true,
  };
  return sepp.send({ method: 'POST', path: '/n32c-handshake/v1/exchange-capability', body });
};
export const AGREE = {
  does: 'the SEPP of 999-70 negotiates TLS on N32-c',
  run: (scene: Scene) => agree(scene),
} as const;

/** It got through the SEPP: an NF behind it has served it, or has said itself why not. */
export const reaches = (nfType: string) => (outcome: Outcome) =>
  isSuccess(outcome) || ('status' in outcome && String(outcome.headers.server ?? '').startsWith(nfType));

export const amData = (supi: string, from: PlmnId = VISITED): Crossing => ({
  from,
  to: 'udm',
  scope: 'nudm-sdm',
  method: 'GET',
  path: `/nudm-sdm/v2/${supi}/am-data?plmn-id=${encodeURIComponent(JSON.stringify(from))}`,
});

const sepp = { target: 'sepp' } as const;

export const BORDER: readonly Attack[] = [
  {
    ...sepp,
    id: 'N1',
    title: 'Use a token of a third network across the border',
    why: 'The home producer sees only its own SEPP, so only that SEPP can tell which network a message came from.',
    gain: 'the rights of every other roaming partner',
    clause: 'TS 33.501 13.4.1.2, 5.9.3.2 (source PLMN)',
    references: [],
    defence: 'withoutSourcePlmn',
    steps: [
      AGREE,
      {
        does: 'it forwards a request with a token of a consumer in 901-99',
        run: (scene) => cross(scene, { ...amData(SUPI), consumer: { nfType: 'AMF', plmnId: THIRD } }),
      },
    ],
    refusal: { status: 403 },
    succeeds: reaches('UDM'),
  },
  {
    ...sepp,
    id: 'N1b',
    title: 'Say that a message from abroad comes from an NF at home',
    why: 'The header 3gpp-Sbi-Originating-Network-Id is written by the sender, and is worth no more than the certificate of the peer.',
    gain: 'whatever an NF of the home network may have, from the outside',
    clause: 'TS 33.501 13.1.2, TS 29.500 5.2.3.2.16',
    references: [],
    defence: 'withoutSourcePlmn',
    steps: [
      AGREE,
      {
        does: 'it forwards a request that claims to come from 001-01, with a token of an AMF there',
        run: (scene) =>
          cross(scene, {
            ...amData(SUPI),
            path: `/nudm-sdm/v2/${SUPI}/am-data`,
            consumer: { nfType: 'AMF', plmnId: HOME },
            headers: { [ORIGIN]: '001-01' },
          }),
      },
    ],
    refusal: { status: 403 },
  },
  {
    ...sepp,
    id: 'N2',
    title: 'Ask for a subscriber of a third network',
    why: 'A partner has business with the subscribers of the home network alone, and asks here for one of 901-99.',
    gain: 'a home network that answers, or asks on, for subscribers that are not its own',
    clause: 'TS 33.501 5.9.3.2, 13.1.2',
    references: [],
    defence: 'withoutN32Firewall',
    steps: [
      AGREE,
      {
        does: `it reads am-data of ${THIRD_SUPI}`,
        run: (scene) => cross(scene, amData(THIRD_SUPI)),
      },
    ],
    refusal: { status: 403 },
    succeeds: reaches('UDM'),
  },
  {
    ...sepp,
    id: 'N3',
    title: 'Call an operation that no partner needs',
    why: 'Roaming needs few operations; having a vector generated is between the AUSF and the UDM of one network.',
    gain: 'every service of the home network, within reach of every partner',
    clause: 'TS 33.501 5.9.3.2, TS 23.501 5.6.2',
    references: [],
    defence: 'withoutN32Firewall',
    steps: [
      AGREE,
      {
        does: 'it has the home UDM generate an authentication vector',
        run: (scene) =>
          cross(scene, {
            to: 'udm',
            scope: 'nudm-ueau nudm-ueau:security-information:generate-auth-data:invoke',
            method: 'POST',
            path: `/nudm-ueau/v1/${SUPI}/security-information/generate-auth-data`,
            body: {
              servingNetworkName: '5G:mnc070.mcc999.3gppnetwork.org',
              ausfInstanceId: scene.target.config.nfInstanceId,
            },
            consumer: { nfType: 'AUSF', plmnId: VISITED },
          }),
      },
    ],
    refusal: { status: 403 },
    succeeds: reaches('UDM'),
  },
  {
    ...sepp,
    id: 'N4',
    title: 'Have a vector made for a serving network that is not the partner’s',
    why: 'The serving network name is an input of KAUSF and KSEAF: a vector for another name is good in that other network.',
    gain: 'keys of a home subscriber for a network that the attacker imitates',
    clause: 'TS 33.501 6.1.2, 13.1.2, A.2',
    references: [],
    defence: 'withoutN32Firewall',
    steps: [
      AGREE,
      {
        does: 'it asks the AUSF for a vector with the serving network name of 901-99',
        run: (scene) =>
          cross(scene, {
            to: 'ausf',
            scope: 'nausf-auth',
            method: 'POST',
            path: '/nausf-auth/v1/ue-authentications',
            body: { supiOrSuci: SUPI, servingNetworkName: '5G:mnc099.mcc901.3gppnetwork.org' },
          }),
      },
    ],
    refusal: { status: 403 },
    succeeds: reaches('AUSF'),
  },
  {
    ...sepp,
    id: 'N6',
    title: 'Send a message that is too large across the border',
    why: 'What roaming needs is small, so a large body from a partner is a mistake or an attack on the parser behind the border.',
    gain: 'the memory and the time of the NFs behind the border',
    clause: 'TS 33.501 5.9.3.2, TS 29.500 5.2.7.2',
    references: ['open5gs#4290'],
    defence: 'withoutN32Firewall',
    steps: [
      AGREE,
      {
        does: 'it asks the AUSF for a vector, with 150 kB that mean nothing',
        run: (scene) =>
          cross(scene, {
            to: 'ausf',
            scope: 'nausf-auth',
            method: 'POST',
            path: '/nausf-auth/v1/ue-authentications',
            body: {
              supiOrSuci: SUPI,
              servingNetworkName: '5G:mnc070.mcc999.3gppnetwork.org',
              padding: 'x'.repeat(150_000),
            },
          }),
      },
    ],
    refusal: { status: 413 },
    succeeds: reaches('AUSF'),
  },
  {
    ...sepp,
    id: 'N7',
    title: 'Flood the home network with questions about one UE',
    why: 'One partner, or a broken NF of it, can ask as often as its lines are quick; the budget of each UE keeps that from the home UDM.',
    gain: 'a home UDM that has no time for anybody else',
    clause: 'TS 33.501 5.9.3.2, TS 29.500 6.4.2',
    references: [],
    defence: 'withoutN32Firewall',
    steps: [
      AGREE,
      {
        does: `it reads am-data of one UE ${FLOOD} times at once`,
        run: async (scene) => {
          const answers = await Promise.all(Array.from({ length: FLOOD }, () => cross(scene, amData(SUPI))));
          const refused = answers.find((answer) => 'status' in answer && answer.status === 429);
          return refused ?? answers[0] ?? { tls: 'no answer' };
        },
      },
    ],
    refusal: { status: 429, cause: 'NF_CONGESTION_RISK' },
    succeeds: reaches('UDM'),
  },
];
