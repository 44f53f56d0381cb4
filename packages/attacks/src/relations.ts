/** Attacks on what two SEPPs have agreed: the protection of N32-f, its contexts, and the share that each partner has. */

import { join } from 'node:path';
import { openPlmnPki } from '@twincore/lab/pki';
import { nfFqdn, type PlmnId, plmnToString } from '@twincore/model';
import { defaultPolicy } from '@twincore/n32';
import type { NfConfig } from '@twincore/sbi';
import { type Attack, isSuccess, type Outcome } from './attack.ts';
import { AGREE, agree, amData, cross, reaches, SUPI } from './border.ts';
import type { AttackedLab } from './runner.ts';
import { type Scene, THIRD } from './scene.ts';

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
];
