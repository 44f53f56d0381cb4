/** Attacks on AUSF, UDM and AMF: what an access token is good for, and who may call at all. */
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { CLIENT_CREDENTIALS, createCca, type SbiTraceRecord, type TraceRecord } from '@twincore/sbi';
import type { JWTPayload } from 'jose';
import type { Attack } from './attack.ts';
import { HOME, type Puppet, type Scene, VISITED } from './scene.ts';

const SUPI = 'imsi-001010000000001';
const SNN = '5G:mnc001.mcc001.3gppnetwork.org';
const AUTHENTICATE = {
  method: 'POST',
  path: '/nausf-auth/v1/ue-authentications',
  body: { supiOrSuci: SUPI, servingNetworkName: SNN },
} as const;
const GENERATE_SCOPE = 'nudm-ueau nudm-ueau:security-information:generate-auth-data:invoke';

/** An AMF asks the AUSF for a vector, with a token that is right but for what is given. */
const withToken =
  (change: (scene: Scene, amf: Puppet) => JWTPayload, nfType = 'AMF') =>
  async (scene: Scene) => {
    const puppet = await scene.puppet(nfType);
    return puppet.send({
      ...AUTHENTICATE,
      token: { ...scene.claims(puppet, 'nausf-auth'), ...change(scene, puppet) },
    });
  };
const withSigned = (sign: (scene: Scene, claims: JWTPayload) => Promise<string>) => async (scene: Scene) => {
  const amf = await scene.puppet('AMF');
  return amf.send({ ...AUTHENTICATE, token: await sign(scene, scene.claims(amf, 'nausf-auth')) });
};
const isSbiRecord = (record: TraceRecord): record is SbiTraceRecord => record.kind === 'sbi';
const encode = (part: unknown) => Buffer.from(JSON.stringify(part)).toString('base64url');

const generate = async (scene: Scene, puppet: Puppet, scope: string) =>
  puppet.send({
    method: 'POST',
    path: `/nudm-ueau/v1/${SUPI}/security-information/generate-auth-data`,
    body: { servingNetworkName: SNN, ausfInstanceId: puppet.nfInstanceId },
    token: scene.claims(puppet, scope),
  });

const ausf = { target: 'ausf' } as const;
const udm = { target: 'udm' } as const;
const INVALID = { status: 401, challenge: 'error="invalid_token"' };
const INSUFFICIENT = { status: 403, challenge: 'error="insufficient_scope"' };

export const KNOWN: readonly Attack[] = [
  {
    ...ausf,
    id: 'A3',
    title: 'Use a token of one producer type at another',
    gain: 'every service, with a token for the least of them',
    clause: 'TS 33.501 13.4.1.1.2, TS 29.510 6.3.5.2.4 (aud)',
    references: ['free5gc/openapi VerifyOAuth'],
    defence: 'withoutTokenAudience',
    steps: [{ does: 'an AMF uses a token for UDMs at the AUSF', run: withToken(() => ({ aud: 'UDM' })) }],
    refusal: INVALID,
  },
  {
    ...ausf,
    id: 'A8',
    title: 'Ask the AUSF for authentication vectors without being an AMF, again and again',
    gain: 'vectors for any UE, and an SQN that runs away',
    clause: 'TS 33.501 13.4.1.1.2, TS 23.502 5.2.10',
    references: ['free5gc#843'],
    defence: 'withoutConsumerNfType',
    steps: [
      {
        does: 'an SMF asks ten times with a token for nausf-auth',
        run: async (scene) => {
          const ask = withToken(() => ({}), 'SMF');
          for (let time = 1; time < 10; time++) await ask(scene);
          return ask(scene);
        },
      },
    ],
    refusal: INSUFFICIENT,
  },
  {
    ...udm,
    id: 'A9',
    title: 'Have the UDM generate authentication data without being an AUSF',
    gain: 'KAUSF of any subscriber',
    clause: 'TS 33.501 13.4.1.1.2, TS 23.502 5.2.3.1',
    references: ['free5gc#882'],
    defence: 'withoutConsumerNfType',
    steps: [
      {
        does: 'an SMF asks for a vector',
        run: async (scene) => generate(scene, await scene.puppet('SMF'), GENERATE_SCOPE),
      },
    ],
    refusal: INSUFFICIENT,
  },
  {
    ...udm,
    id: 'A9b',
    title: 'Write an authentication event for any subscriber',
    gain: 'a home network that believes in an authentication that never was',
    clause: 'TS 33.501 6.1.4, 13.4.1.1.2, TS 23.502 5.2.3.1',
    references: ['free5gc#882'],
    defence: 'withoutConsumerNfType',
    steps: [
      {
        does: 'an SMF confirms an authentication',
        run: async (scene) => {
          const smf = await scene.puppet('SMF');
          const body = {
            nfInstanceId: smf.nfInstanceId,
            success: true,
            timeStamp: new Date().toISOString(),
            authType: '5G_AKA',
            servingNetworkName: SNN,
          };
          const token = scene.claims(smf, 'nudm-ueau nudm-ueau:auth-events:create');
          return smf.send({ method: 'POST', path: `/nudm-ueau/v1/${SUPI}/auth-events`, body, token });
        },
      },
    ],
    refusal: INSUFFICIENT,
  },
  {
    ...udm,
    id: 'A10',
    title: 'Read the subscription data of anybody',
    gain: 'MSISDN, slices and whatever else is subscribed',
    clause: 'TS 33.501 13.4.1.1.2, TS 23.502 5.2.3.3',
    references: ['free5gc#873'],
    defence: 'withoutConsumerNfType',
    steps: [
      {
        does: 'an AF reads am-data with a token for nudm-sdm',
        run: async (scene) => {
          const af = await scene.puppet('AF');
          return af.send({
            method: 'GET',
            path: `/nudm-sdm/v2/${SUPI}/am-data`,
            token: scene.claims(af, 'nudm-sdm'),
          });
        },
      },
    ],
    refusal: INSUFFICIENT,
  },
  {
    ...ausf,
    id: 'A11',
    title: 'Forge a notification of the NRF',
    gain: 'an NF that forgets or believes what the attacker likes',
    clause: 'TS 33.501 13.4.1.1.2, TS 29.510 5.2.2.6',
    references: ['free5gc#860'],
    defence: 'withoutPeerNfType',
    steps: [
      {
        does: 'an SMF notifies the AUSF that a UDM is gone',
        run: async (scene) => {
          const { config, apiRoot } = scene.lab.nf('home', 'udm');
          const nfInstanceUri = `${apiRoot}/nnrf-nfm/v1/nf-instances/${config.nfInstanceId}`;
          const body = { event: 'NF_DEREGISTERED', nfInstanceUri };
          const path = '/nnrf-nfm-callback/v1/nf-status';
          return (await scene.puppet('SMF')).send({ method: 'POST', path, body });
        },
      },
    ],
    refusal: { status: 403 },
  },
  {
    id: 'A11b',
    title: 'Forge a deregistration by the home network',
    gain: 'a subscriber without service',
    clause: 'TS 33.501 13.4.1.1.2, TS 29.503 5.3.2.3',
    references: ['free5gc#889'],
    defence: 'withoutPeerNfType',
    target: 'amf',
    prepare: async (scene) => {
      const { traceId } = await scene.lab.ue(SUPI).register(HOME, { identity: 'suci' });
      const records = (await scene.lab.trace()).filter((record) => record.traceId === traceId);
      const registration = records.filter(isSbiRecord).find((record) => record.operation === 'Nudm_UECM_Registration');
      const uri = (registration?.requestBody as { deregCallbackUri?: string } | undefined)?.deregCallbackUri ?? '';
      scene.memory.set('callback', new URL(uri).pathname);
    },
    steps: [
      {
        does: 'an SMF tells the AMF that a subscription is withdrawn',
        run: async (scene) => {
          const body = { deregReason: 'SUBSCRIPTION_WITHDRAWN', accessType: '3GPP_ACCESS' };
          const path = scene.memory.get('callback') ?? '';
          return (await scene.puppet('SMF')).send({ method: 'POST', path, body });
        },
      },
    ],
    refusal: { status: 403 },
  },
  {
    ...ausf,
    id: 'A12',
    title: 'Use a token that nobody has signed (alg: none)',
    gain: 'every service',
    clause: 'TS 33.501 13.4.1.1.2, TS 29.510 6.3.5.2.4, RFC 7515',
    references: ['class'],
    defence: 'withoutTokenSignature',
    steps: [
      {
        does: 'an AMF sends a token with “alg”: “none”',
        run: withSigned(async (_scene, claims) => `${encode({ alg: 'none', typ: 'JWT' })}.${encode(claims)}.`),
      },
    ],
    refusal: INVALID,
  },
  {
    ...ausf,
    id: 'A12b',
    title: 'Use a token signed by HS256 with the NRF’s public key',
    gain: 'every service: everybody has that key',
    clause: 'TS 33.501 13.4.1.1.2, RFC 8725 3.1',
    references: ['class'],
    defence: 'withoutTokenSignature',
    steps: [
      {
        does: 'an AMF makes an HMAC of the public key',
        run: withSigned(async (scene, claims) => {
          const file = readFileSync(scene.target.config.tokens?.keys ?? '', 'utf8');
          const [jwk] = (JSON.parse(file) as { keys: { kid: string }[] }).keys;
          const signed = `${encode({ alg: 'HS256', typ: 'JWT', kid: jwk?.kid })}.${encode(claims)}`;
          return `${signed}.${createHmac('sha256', JSON.stringify(jwk)).update(signed).digest('base64url')}`;
        }),
      },
    ],
    refusal: INVALID,
  },
  {
    ...ausf,
    id: 'A12c',
    title: 'Use a token that has expired',
    gain: 'for ever what was once allowed',
    clause: 'TS 33.501 13.4.1.1.2, RFC 7519 4.1.4',
    references: ['class'],
    defence: 'withoutTokenExpiry',
    steps: [
      {
        does: 'an AMF uses a token of an hour ago',
        run: withToken(() => ({ exp: Math.floor(Date.now() / 1000) - 3600 })),
      },
    ],
    refusal: INVALID,
  },
  {
    ...ausf,
    id: 'A12d',
    title: 'Use a token that the NRF of another network has signed',
    gain: 'a roaming partner that grants access to its own liking',
    clause: 'TS 33.501 13.4.1.2, 13.4.1.1.2',
    references: ['class'],
    defence: 'withoutTokenSignature',
    steps: [
      {
        does: 'an AMF uses a token signed by the NRF of 999-70',
        run: withSigned((scene, claims) => scene.sign(claims, VISITED)),
      },
    ],
    refusal: INVALID,
  },
  {
    ...ausf,
    id: 'A12e',
    title: 'Use a token of another issuer',
    gain: 'access by an authority that is none here',
    clause: 'TS 33.501 13.4.1.1.2, TS 29.510 6.3.5.2.4 (iss)',
    references: ['class'],
    defence: 'withoutTokenIssuer',
    steps: [
      {
        does: 'an AMF uses a token whose issuer is the NRF of 999-70',
        run: withToken(({ lab }) => ({ iss: lab.nf('visited', 'nrf').config.nfInstanceId })),
      },
    ],
    refusal: INVALID,
  },
  {
    ...ausf,
    id: 'A13',
    title: 'Use a token of another slice',
    gain: 'a slice that was sold to somebody else',
    clause: 'TS 33.501 13.4.1.1.2, TS 29.510 6.3.5.2.4 (producerSnssaiList)',
    references: ['class'],
    defence: 'withoutTokenSlice',
    steps: [
      {
        does: 'an AMF uses a token for slice 3 at an AUSF of slice 1',
        run: withToken(() => ({ producerSnssaiList: [{ sst: 3 }] })),
      },
    ],
    refusal: INSUFFICIENT,
  },
];

/** The checks of TS 33.501 13.3 and 13.4 that no known attack is about. */
export const GUARD: readonly Attack[] = [
  {
    ...ausf,
    id: 'G1',
    title: 'Call without a token',
    gain: 'every service',
    clause: 'TS 33.501 13.4.1.0, TS 29.500 6.7.3',
    references: [],
    defence: 'withoutTokens',
    steps: [
      {
        does: 'an AMF asks without Authorization',
        run: async (scene) => (await scene.puppet('AMF')).send(AUTHENTICATE),
      },
    ],
    refusal: { status: 401, challenge: 'Bearer realm="AUSF' },
  },
  {
    ...ausf,
    id: 'G2',
    title: 'Use a token for another service of the same producer',
    gain: 'what the NRF has not granted',
    clause: 'TS 33.501 13.4.1.1.2, TS 29.510 6.3.5.2.4 (scope)',
    references: [],
    defence: 'withoutTokenScope',
    steps: [
      { does: 'an AMF uses a token for nausf-sorprotection', run: withToken(() => ({ scope: 'nausf-sorprotection' })) },
    ],
    refusal: INSUFFICIENT,
  },
  {
    ...udm,
    id: 'G3',
    title: 'Use a token for the service where the operation has a scope of its own',
    gain: 'the operations that are kept from most consumers of a service',
    clause: 'TS 33.501 13.4.1.0 (additional scope), TS 29.503 6.3.9',
    references: [],
    defence: 'withoutOperationScope',
    steps: [
      {
        does: 'an AUSF asks for a vector with “nudm-ueau” alone',
        run: async (scene) => generate(scene, await scene.puppet('AUSF'), 'nudm-ueau'),
      },
    ],
    refusal: INSUFFICIENT,
  },
  {
    ...ausf,
    id: 'G4',
    title: 'Use a stolen token',
    gain: 'all that the token’s owner may do',
    clause: 'TS 33.501 13.4.1.1.2, TS 29.510 6.3.5.2.4 (sub)',
    references: [],
    defence: 'withoutTokenSubject',
    steps: [
      {
        does: 'an AMF uses the token of another AMF',
        run: async (scene) => {
          const victim = await scene.puppet('AMF', 'victim');
          return withToken(() => ({ sub: victim.nfInstanceId }))(scene);
        },
      },
    ],
    refusal: INSUFFICIENT,
  },
  {
    ...ausf,
    id: 'G5',
    title: 'Use a token for a producer in another network',
    gain: 'at home what was granted abroad',
    clause: 'TS 33.501 13.4.1.2, TS 29.510 6.3.5.2.4 (producerPlmnId)',
    references: [],
    defence: 'withoutTokenProducerPlmn',
    steps: [{ does: 'an AMF uses a token for 999-70', run: withToken(() => ({ producerPlmnId: VISITED })) }],
    refusal: INVALID,
  },
  {
    ...ausf,
    id: 'G6',
    title: 'Use a token of a consumer in another network',
    gain: 'the rights of a roaming partner',
    clause: 'TS 33.501 13.4.1.2, TS 29.510 6.3.5.2.4 (consumerPlmnId)',
    references: [],
    defence: 'withoutTokenConsumerPlmn',
    steps: [
      { does: 'an AMF of 001-01 uses a token for 999-70’s', run: withToken(() => ({ consumerPlmnId: VISITED })) },
    ],
    refusal: INSUFFICIENT,
  },
  {
    ...ausf,
    id: 'G7',
    title: 'Use a token for another NF set',
    gain: 'producers that were kept apart',
    clause: 'TS 33.501 13.4.1.1.2, TS 29.510 6.3.5.2.4 (producerNfSetId)',
    references: [],
    defence: 'withoutTokenNfSet',
    steps: [
      {
        does: 'an AMF uses a token for set 9',
        run: withToken(() => ({ producerNfSetId: 'set9.ausfset.5gc.mnc001.mcc001' })),
      },
    ],
    refusal: INSUFFICIENT,
  },
  {
    ...ausf,
    id: 'G8',
    title: 'Use a token for another NF service set',
    gain: 'producers that were kept apart',
    clause: 'TS 33.501 13.4.1.1.2, TS 29.510 6.3.5.2.4 (producerNfServiceSetId)',
    references: [],
    defence: 'withoutTokenNfServiceSet',
    steps: [
      {
        does: 'an AMF uses a token for service set 9',
        run: withToken(({ target }) => ({
          producerNfServiceSetId: `set9.snnausf-auth.nfi${target.config.nfInstanceId}.5gc.mnc001.mcc001`,
        })),
      },
    ],
    refusal: INSUFFICIENT,
  },
  {
    ...ausf,
    id: 'G11',
    title: 'Use a token of another network slice instance',
    gain: 'an instance of a slice that was set apart for somebody else',
    clause: 'TS 33.501 13.4.1.1.2, TS 29.510 6.3.5.2.4 (producerNsiList)',
    references: [],
    defence: 'withoutTokenNsi',
    steps: [
      {
        does: 'an AMF uses a token for the instance “elsewhere”',
        run: withToken(() => ({ producerNsiList: ['elsewhere'] })),
      },
    ],
    refusal: INSUFFICIENT,
  },
  {
    ...udm,
    id: 'G9',
    title: 'Ask for the data of another network’s visitors',
    gain: 'what a subscriber has abroad',
    clause: 'TS 29.503 6.1.3.5.3.1, TS 33.501 13.4.1.2',
    references: [],
    defence: 'withoutRequestPlmn',
    steps: [
      {
        does: 'an AMF of 001-01 reads am-data for 999-70',
        run: async (scene) => {
          const amf = await scene.puppet('AMF');
          const query = encodeURIComponent(JSON.stringify(VISITED));
          const path = `/nudm-sdm/v2/${SUPI}/am-data?plmn-id=${query}`;
          return amf.send({ method: 'GET', path, token: scene.claims(amf, 'nudm-sdm') });
        },
      },
    ],
    refusal: INSUFFICIENT,
  },
  {
    ...ausf,
    id: 'G10',
    title: 'Forge the client credentials of an AMF behind an SCP',
    gain: 'an SCP that is every consumer it has ever had a token of',
    clause: 'TS 33.501 13.3.8.3, TS 29.500 6.7.5',
    references: [],
    defence: 'withoutCcaChain',
    steps: [
      {
        does: 'an SCP sends the AMF’s token with an assertion by a certificate that it has made itself',
        run: async (scene) => {
          const [scp, victim] = [await scene.puppet('SCP'), await scene.puppet('AMF', 'victim')];
          const assertion = await createCca({ ...victim, tls: await scene.selfMade(victim) }, ['AUSF']);
          const token = scene.claims(victim, 'nausf-auth');
          return scp.send({ ...AUTHENTICATE, token, headers: { [CLIENT_CREDENTIALS]: assertion } });
        },
      },
    ],
    refusal: { status: 403, cause: 'CCA_VERIFICATION_FAILURE' },
  },
];
