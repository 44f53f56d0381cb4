/** Attacks on what two SEPPs have agreed: the protection of N32-f, its contexts, and the share that each partner has. */

import { generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import { openPlmnPki } from '@twincore/lab/pki';
import { nfFqdn, type PatchItem, type PlmnId, plmnToString } from '@twincore/model';
import { appendModification, defaultPolicy, type SbiRequest } from '@twincore/n32';
import type { NfConfig } from '@twincore/sbi';
import { type Attack, isSuccess, type Outcome } from './attack.ts';
import { AGREE, agree, amData, cross, reaches, SUPI } from './border.ts';
import type { AttackedLab } from './runner.ts';
import { HOME, type Scene, THIRD, VISITED } from './scene.ts';

/** Requests that one partner may send in a second, where it is flooded; and how many it sends. */
const RATE = 20;
const FLOOD = 200;

interface PartnerConfig extends Record<string, unknown> {
  readonly plmnIds: readonly PlmnId[];
}

/** The partners of the home SEPP: 999-70 changed, and 901-99, whose SEPP is nowhere but in the attacker's or a victim's hands. */
async function partners(lab: AttackedLab, visited: object, third: object): Promise<Record<string, unknown>> {
  const { partners: known = [] } = lab.nf('home', 'sepp').config as NfConfig & { readonly partners?: PartnerConfig[] };
  const { ca } = await openPlmnPki(join(lab.dir, 'pki'), THIRD);
  // Nobody listens on port 1.
  const n32 = { fqdn: nfFqdn('sepp', THIRD), host: '127.0.0.1', port: 1 };
  const others = known.filter(({ plmnIds: [first] }) => first && plmnToString(first) !== plmnToString(THIRD));
  return { partners: [...others.map((one) => ({ ...one, ...visited })), { plmnIds: [THIRD], n32, ca, ...third }] };
}

const prins = (lab: AttackedLab) => partners(lab, { security: 'PRINS' }, {});
const twoPartners = (lab: AttackedLab) => partners(lab, {}, { firewall: { requestsPerSecond: RATE } });

const PRINS_BEFORE =
  'the home SEPP has `n32: { security: PRINS }` in deploy/home.yaml, and 901-99 among the `partners` of its configuration';

/** N32-c exchange-params: the id that the home SEPP gives the context is all that matters here, so no key is taken. */
async function agreeOnPrins(scene: Scene): Promise<Outcome> {
  const victim = await scene.partner();
  const outcome = await victim.send({
    method: 'POST',
    path: '/n32c-handshake/v1/exchange-params',
    body: {
      n32fContextId: 'ab'.repeat(8),
      jweCipherSuiteList: ['A256GCM'],
      jwsCipherSuiteList: ['ES256'],
      protectionPolicyInfo: defaultPolicy(),
    },
  });
  const { n32fContextId } = Object('status' in outcome ? outcome.body : undefined) as { n32fContextId?: string };
  if (n32fContextId !== undefined) scene.memory.set('context', n32fContextId);
  return outcome;
}

const IPX = nfFqdn('ipx', VISITED);
const keyPair = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });
const PATCH: PatchItem[] = [
  { op: 'add', path: '/headers/-', value: { header: '3gpp-sbi-message-priority', value: '0' } },
];

/** A GET of am-data by an AMF of 999-70, as it is before a SEPP protects it. */
async function amDataRequest(scene: Scene): Promise<SbiRequest> {
  const { nfInstanceId } = await scene.partner();
  const { path, scope } = amData(SUPI);
  const { protocol, host } = new URL(scene.lab.nf('home', 'udm').apiRoot);
  const token = await scene.sign({
    ...scene.claims(await scene.partner(), scope),
    aud: 'UDM',
    consumerPlmnId: VISITED,
    producerPlmnId: HOME,
  });
  const headers = [
    ['user-agent', `AMF-${nfInstanceId}`],
    ['accept', 'application/json'],
    ['authorization', `Bearer ${token}`],
  ] as const;
  return { method: 'GET', scheme: protocol.replace(':', ''), authority: host, path, headers };
}

/** By way of the IPX of 999-70, which the home SEPP knows, and which changes what nobody permits. */
async function modified(scene: Scene): Promise<Outcome> {
  const { privateKey, publicKey } = keyPair();
  const peer = await scene.prins({ identity: IPX, publicKey });
  const message = await peer.protect(await amDataRequest(scene));
  return peer.deliver(appendModification(message, { identity: IPX, privateKey }, PATCH));
}

/** Without a change: who signs is all that is wrong. */
async function signedBy(scene: Scene, identity: string): Promise<Outcome> {
  const peer = await scene.prins({ identity: IPX, publicKey: keyPair().publicKey });
  const message = await peer.protect(await amDataRequest(scene));
  return peer.deliver(appendModification(message, { identity, privateKey: keyPair().privateKey }, []));
}

const sepp = { target: 'sepp' } as const;

export const RELATIONS: readonly Attack[] = [
  {
    ...sepp,
    id: 'N8',
    title: 'Terminate the context of another partner',
    why: 'A context belongs to one partner, and its id is no secret: it is in the clear in each message of PRINS.',
    gain: 'roaming partners that are cut off from the home network, one by one',
    clause: 'TS 29.573 5.2.4, 6.1.4.4',
    references: [],
    defence: 'withoutN32ContextOwner',
    setting: prins,
    before: `${PRINS_BEFORE}; CONTEXT is the n32fContextId of the first answer`,
    steps: [
      { does: 'the SEPP of 999-70 agrees on a context of PRINS', run: agreeOnPrins },
      {
        does: 'the SEPP of 901-99 terminates that context',
        run: async (scene) => {
          const attacker = await scene.partner(THIRD);
          const body = { n32fContextId: scene.memory.get('context') };
          return attacker.send({ method: 'POST', path: '/n32c-handshake/v1/n32f-terminate', body });
        },
      },
    ],
    refusal: { status: 403, cause: 'CONTEXT_NOT_FOUND' },
  },
  {
    ...sepp,
    id: 'N9',
    title: 'Negotiate TLS where PRINS is to protect N32-f',
    why: 'A network that relies on PRINS has IPX providers on the way that must not read what it sends, and TLS lets each of them.',
    gain: 'everything that the two networks say to each other, in the clear at each hop',
    clause: 'TS 33.501 13.2.2.2, 13.5; TS 29.573 5.2.2',
    references: [],
    defence: 'withoutN32Downgrade',
    setting: prins,
    before: PRINS_BEFORE,
    steps: [{ does: 'the SEPP of 999-70 offers TLS alone on N32-c', run: (scene) => agree(scene) }],
    refusal: { status: 403 },
  },
  {
    ...sepp,
    id: 'N9b',
    title: 'Send plain messages where PRINS is to protect N32-f',
    why: 'What was agreed on N32-c is worth nothing where a SEPP serves messages that come without it.',
    gain: 'requests that nothing protects but one TLS connection, whoever changed them before it',
    clause: 'TS 33.501 13.2.1, 13.5',
    references: [],
    defence: 'withoutN32Downgrade',
    setting: prins,
    before: PRINS_BEFORE,
    steps: [AGREE, { does: 'it reads am-data without PRINS', run: (scene) => cross(scene, amData(SUPI)) }],
    refusal: { status: 403 },
    succeeds: reaches('UDM'),
  },
  {
    ...sepp,
    id: 'N10',
    title: 'Flood the border as one partner while another is served',
    why: 'All partners share one SEPP, so that what one of them sends without end is time that the others do not get.',
    gain: 'a home network that no other partner can reach',
    clause: 'TS 33.501 5.9.3.2, TS 29.500 6.4.2',
    references: [],
    defence: 'withoutN32PartnerRate',
    setting: twoPartners,
    before: `901-99 is among the \`partners\` of the home SEPP, with \`firewall: { requestsPerSecond: ${RATE} }\``,
    steps: [
      AGREE,
      { does: 'so does that of 901-99', run: (scene) => agree(scene, THIRD) },
      {
        does: `901-99 sends ${FLOOD} requests about as many UEs at once, and 999-70 one`,
        run: async (scene) => {
          const asked = Array.from({ length: FLOOD }, (_, n) =>
            cross(scene, amData(`imsi-00101${String(n).padStart(10, '0')}`, THIRD)),
          );
          const other = await cross(scene, amData(SUPI));
          const answers = await Promise.all(asked);
          // What is answered to the flood counts only while the other is served.
          if (!isSuccess(other)) return other;
          const refused = answers.find((answer) => 'status' in answer && answer.status === 429);
          return refused ?? answers[0] ?? { tls: 'no answer' };
        },
      },
    ],
    refusal: { status: 429, cause: 'NF_CONGESTION_RISK' },
    succeeds: reaches('UDM'),
  },
  {
    ...sepp,
    id: 'N11',
    title: 'Send a message of PRINS once more',
    why: 'A message that was genuine once has a tag that verifies for ever, so the SEPP has to know what it has received.',
    gain: 'the effect of a request as often as the attacker likes, without any key',
    clause: 'TS 33.501 13.2.2.4.3, 13.2.4.7',
    references: [],
    defence: 'withoutN32Replay',
    setting: prins,
    before: PRINS_BEFORE,
    steps: [
      {
        does: 'the SEPP of 999-70 agrees on PRINS, and the same message comes twice',
        run: async (scene) => {
          const peer = await scene.prins();
          const message = await peer.protect(await amDataRequest(scene));
          await peer.deliver(message);
          return peer.deliver(message);
        },
      },
    ],
    refusal: { status: 403, cause: 'INTEGRITY_CHECK_FAILED' },
  },
  {
    ...sepp,
    id: 'N12',
    title: 'Modify as an IPX what the policy does not allow',
    why: 'An IPX provider is on the way of every message, and may change only what both networks have permitted it.',
    gain: 'requests of roaming partners that say what an IPX provider wants',
    clause: 'TS 33.501 13.2.3.4, 13.2.4.7',
    references: [],
    defence: 'withoutN32ModificationPolicy',
    setting: prins,
    before: `${PRINS_BEFORE}; \`appendModification\` of packages/n32 adds the patch to the message`,
    steps: [{ does: 'the IPX of 999-70 adds a header to a message, and signs that', run: modified }],
    refusal: { status: 403, cause: 'MODIFICATIONS_INSTRUCTIONS_FAILED' },
  },
  {
    ...sepp,
    id: 'N13',
    title: 'Sign as an IPX that is on no list',
    why: 'Only the IPX providers that a partner named on N32-c are on the way of its messages, each with keys that the SEPP knows.',
    gain: 'a place on the way of the messages for whoever gets hold of them',
    clause: 'TS 33.501 13.2.4.5.2, 13.2.4.7; TS 29.573 5.2.3.4',
    references: [],
    defence: 'withoutN32IpxSigner',
    setting: prins,
    before: `${PRINS_BEFORE}; \`appendModification\` of packages/n32 signs the message`,
    steps: [
      {
        does: 'an IPX of 901-99 signs a message of the SEPP of 999-70',
        run: (scene) => signedBy(scene, nfFqdn('ipx', THIRD)),
      },
    ],
    refusal: { status: 403, cause: 'INTEGRITY_CHECK_ON_MODIFICATIONS_FAILED' },
  },
];
