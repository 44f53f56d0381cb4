/** Attacks on AUSF, UDM and AMF: what an access token is good for, and who may call at all. */
import { CLIENT_CREDENTIALS, type SbiTraceRecord, type TraceRecord } from '@twincore/sbi';
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
    why: 'Every producer of a network believes the same key, so only “aud” says which of them a token is for.',
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
    why: 'A vector moves the SQN of the subscriber and is the beginning of every key, and only an AMF has a use for it.',
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
    why: 'The UDM gives KAUSF to whoever may call this operation, and that is an AUSF.',
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
    why: 'The home decides by authentication events whether an AMF may register for a UE.',
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
    why: 'A scope names a service, and which NF types may call an operation of it is a check of its own.',
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
    why: 'A callback has a URI like any other resource, but comes without an access token, so the certificate has to say whether it is an NRF that calls.',
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
    why: 'The AMF lets a UE go when its home says so, and the URI for that is in every registration.',
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
    before: `${SUPI} registers at home; CALLBACK is the path of deregCallbackUri in Nudm_UECM_Registration (twincore trace --body).`,
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
    why: 'JWS knows an algorithm that is no signature, and a library that takes the algorithm from the token takes that too.',
    gain: 'every service',
    clause: 'TS 33.501 13.4.1.1.2, TS 29.510 6.3.5.2.4, RFC 7515',
    references: ['class'],
    defence: 'withoutTokenSignature',
    steps: [
      {
        does: 'an AMF sends a token with “alg”: “none”',
        run: withSigned((scene, claims) => scene.sign(claims, 'none')),
      },
    ],
    refusal: INVALID,
  },
  {
    ...ausf,
    id: 'A12b',
    title: 'Use a token signed by HS256 with the NRF’s public key',
    why: 'HS256 is a key that both sides have, and a verifier that takes the algorithm from the token uses the public key for it.',
    gain: 'every service: everybody has that key',
    clause: 'TS 33.501 13.4.1.1.2, RFC 8725 3.1',
    references: ['class'],
    defence: 'withoutTokenSignature',
    steps: [
      {
        does: 'an AMF makes an HMAC of the public key',
        run: withSigned((scene, claims) => scene.sign(claims, 'hs256')),
      },
    ],
    refusal: INVALID,
  },
  {
    ...ausf,
    id: 'A12c',
    title: 'Use a token that has expired',
    why: 'A token cannot be called back, so its end is all that limits what a stolen one is good for.',
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
    why: 'The NRF of each network grants access to the producers of that network, and its signature is worth nothing elsewhere.',
    gain: 'a roaming partner that grants access to its own liking',
    clause: 'TS 33.501 13.4.1.2, 13.4.1.1.2',
    references: ['class'],
    defence: 'withoutTokenSignature',
    steps: [
      {
        does: 'an AMF uses a token signed by the NRF of 999-70',
        run: withSigned((scene, claims) => scene.sign(claims, '999-70')),
      },
    ],
    refusal: INVALID,
  },
  {
    ...ausf,
    id: 'A12e',
    title: 'Use a token of another issuer',
    why: '“iss” names the authority that a token is from, and a good signature does not replace it.',
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
    why: 'A token may be limited to slices, and a producer that does not look serves every one.',
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
    why: 'Mutual TLS says who calls, and only the token says that it may.',
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
    why: 'One producer has several services, and “scope” says for which of them the token is.',
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
    why: 'Where an operation has a scope of its own, the service alone is not enough.',
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
    why: 'A bearer token works for whoever holds it, unless “sub” is held against the certificate.',
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
    why: 'A token for a producer abroad is issued by other rules than one for a producer at home.',
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
    why: 'Who is served as a roaming partner is decided by consumerPlmnId, which has to be the network that the request comes from.',
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
    why: 'A token may be limited to the producers of one set.',
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
    why: 'A token may be limited to one set of services of a producer.',
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
    why: 'One slice may have several instances, and a token may be limited to one of them.',
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
    why: 'What am-data says depends on the network where the UE is, and a consumer may ask for its own network only.',
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
    why: 'Behind an SCP the certificate of the connection is that of the SCP, so the consumer proves itself by an assertion that it signs.',
    gain: 'an SCP that is every consumer it has ever had a token of',
    clause: 'TS 33.501 13.3.8.3, TS 29.500 6.7.5',
    references: [],
    defence: 'withoutCcaChain',
    steps: [
      {
        does: 'an SCP sends the AMF’s token with an assertion by a certificate that it has made itself',
        run: async (scene) => {
          const [scp, victim] = [await scene.puppet('SCP'), await scene.puppet('AMF', 'victim')];
          const assertion = await scene.assertion(victim, ['AUSF']);
          const token = scene.claims(victim, 'nausf-auth');
          return scp.send({ ...AUTHENTICATE, token, headers: { [CLIENT_CREDENTIALS]: assertion } });
        },
      },
    ],
    refusal: { status: 403, cause: 'CCA_VERIFICATION_FAILURE' },
  },
];
