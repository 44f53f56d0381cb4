/** Attacks on the NRF: who is registered, who gets tokens, who hears of whom. */
import { nfFqdn } from '@twincore/model';
import type { Attack, Outcome } from './attack.ts';
import { HOME, profileOf, type Scene } from './scene.ts';

const INSTANCES = '/nnrf-nfm/v1/nf-instances';
const SUBSCRIPTIONS = '/nnrf-nfm/v1/subscriptions';
const UNKNOWN = '4947a69a-f61b-4bc1-b9da-47c9c5d14b64';

const victimOf = (scene: Scene) => scene.puppet('AUSF', 'victim');
const registered = async (scene: Scene) => {
  await (await victimOf(scene)).register();
};
/** What an NF sends that claims to be the victim. */
const asVictim = async (scene: Scene) => ({ 'user-agent': `AUSF-${(await victimOf(scene)).nfInstanceId}` });

const token = (members: Record<string, string>) => async (scene: Scene) => {
  const af = await scene.puppet('AF');
  const form = { grant_type: 'client_credentials', nfInstanceId: af.nfInstanceId, nfType: 'AF', ...members };
  const body = new URLSearchParams(form).toString();
  return af.send({ method: 'POST', path: '/oauth2/token', contentType: 'application/x-www-form-urlencoded', body });
};

const found = (outcome: Outcome) =>
  'status' in outcome &&
  outcome.status === 200 &&
  ((outcome.body as { nfInstances?: unknown[] }).nfInstances?.length ?? 0) > 0;

export const REGISTRY: readonly Attack[] = [
  {
    id: 'A1',
    title: 'Register an NF without any credential',
    why: 'Discovery hands out whatever is registered, so an NRF that takes a profile from anybody sends the traffic of the network to anybody.',
    gain: 'a false NF that discovery hands out to everybody',
    clause: 'TS 33.501 13.3.1, 13.1.0',
    references: ['free5gc#846', 'open5gs#4778'],
    defence: 'withoutClientCertificates',
    target: 'nrf',
    steps: [
      {
        does: 'somebody without a certificate registers as an AMF',
        run: (scene) =>
          scene.nobody(`AMF-${UNKNOWN}`, {
            method: 'PUT',
            path: `${INSTANCES}/${UNKNOWN}`,
            body: profileOf({ nfInstanceId: UNKNOWN, nfType: 'AMF', fqdn: nfFqdn('amf', HOME) }),
          }),
      },
    ],
    refusal: { tls: true },
  },
  {
    id: 'A1b',
    title: 'Register an NF with a certificate of another network',
    why: 'A certificate proves a name within the network of its CA, and only the CA of this network can say who belongs to it.',
    gain: 'a false NF in a network that has never heard of it',
    clause: 'TS 33.501 13.3.1, TS 33.310 6.1.3c',
    references: ['free5gc#846'],
    defence: 'withoutClientCertificates',
    target: 'nrf',
    steps: [
      {
        does: 'an AMF of 999-70 registers in 001-01',
        run: async (scene) => {
          const foreigner = await scene.foreigner('AMF');
          const body = profileOf({ ...foreigner, fqdn: nfFqdn('amf', HOME) });
          return foreigner.send({ method: 'PUT', path: `${INSTANCES}/${foreigner.nfInstanceId}`, body });
        },
      },
    ],
    refusal: { tls: true },
  },
  {
    id: 'A1c',
    title: 'Register an NF over HTTP/2 without TLS',
    why: 'Without TLS nobody has proved who calls, and the User-Agent says what the caller likes.',
    gain: 'a network that can be listened to and changed on its way',
    clause: 'TS 33.501 13.1.0, TS 33.210 6.2',
    references: ['open5gs#4778'],
    defence: 'cleartext',
    target: 'nrf',
    steps: [
      {
        does: 'somebody registers as an AMF over cleartext',
        run: (scene) =>
          scene.nobody(
            `AMF-${UNKNOWN}`,
            {
              method: 'PUT',
              path: `${INSTANCES}/${UNKNOWN}`,
              body: profileOf({ nfInstanceId: UNKNOWN, nfType: 'AMF', fqdn: nfFqdn('amf', HOME) }),
            },
            'http',
          ),
      },
    ],
    refusal: { tls: true },
  },
  {
    id: 'A2',
    title: 'Ask for a token with targetNfType=NRF and a scope that nobody offers',
    why: 'A signature of the NRF is believed by every producer, so the NRF has to ask what it signs.',
    gain: 'a token that the NRF has signed for whatever the attacker likes',
    clause: 'TS 33.501 13.4.1.1.2, TS 29.510 5.4.2.2.1',
    references: ['free5gc#733', 'free5gc#736'],
    defence: 'withoutGrantPolicy',
    target: 'nrf',
    prepare: async (scene) => {
      await (await scene.puppet('AF')).register();
    },
    before: 'The AF registers at the NRF.',
    steps: [
      {
        does: 'an AF asks for “nnrf-nfm everything” at an NRF',
        run: token({ targetNfType: 'NRF', scope: 'nnrf-nfm everything' }),
      },
    ],
    refusal: { status: 400, cause: 'invalid_scope' },
  },
  {
    id: 'A2b',
    title: 'Ask for a token for a service that is not open to one’s NF type',
    why: 'A producer publishes which NF types may use its services, and the NRF has to hold a request for a token against that.',
    gain: 'the credentials of every subscriber',
    clause: 'TS 33.501 13.4.1.1.2, TS 29.510 6.1.6.2.3',
    references: ['free5gc#733'],
    defence: 'withoutGrantPolicy',
    target: 'nrf',
    prepare: async (scene) => {
      await (await scene.puppet('AF')).register();
    },
    before: 'The AF registers at the NRF.',
    steps: [{ does: 'an AF asks for nudr-dr at a UDR', run: token({ targetNfType: 'UDR', scope: 'nudr-dr' }) }],
    refusal: { status: 400, cause: 'unauthorized_client' },
  },
  {
    id: 'A4',
    title: 'Delete the profile of another NF',
    why: 'The path names the NF to be removed, and only the certificate says whether the caller is that NF.',
    gain: 'a network without that NF',
    clause: 'TS 29.510 5.2.2.4, TS 33.501 13.3.1',
    references: ['free5gc#847'],
    defence: 'withoutCertificateIdentity',
    target: 'nrf',
    prepare: registered,
    before: 'An AUSF registers, which is to be the victim.',
    steps: [
      {
        does: 'an AF with its own certificate deregisters an AUSF, which it claims to be',
        run: async (scene) => {
          const path = `${INSTANCES}/${(await victimOf(scene)).nfInstanceId}`;
          return (await scene.puppet('AF')).send({ method: 'DELETE', path, headers: await asVictim(scene) });
        },
      },
    ],
    refusal: { status: 403 },
  },
  {
    id: 'A4b',
    title: 'Replace the profile of another NF',
    why: 'Whoever can change the address in a profile receives what is meant for its owner.',
    gain: 'the traffic of that NF, at an address of the attacker',
    clause: 'TS 29.510 5.2.2.3, TS 33.501 13.3.1',
    references: ['free5gc#848'],
    defence: 'withoutCertificateIdentity',
    target: 'nrf',
    prepare: registered,
    before: 'An AUSF registers, which is to be the victim.',
    steps: [
      {
        does: 'an AF puts a profile with another address in the place of the AUSF’s',
        run: async (scene) => {
          const victim = await victimOf(scene);
          const body = profileOf({ ...victim, fqdn: nfFqdn('ausf', HOME) }, { ipv4Addresses: ['127.0.0.66'] });
          const path = `${INSTANCES}/${victim.nfInstanceId}`;
          return (await scene.puppet('AF')).send({ method: 'PUT', path, body, headers: await asVictim(scene) });
        },
      },
    ],
    refusal: { status: 403 },
  },
  {
    id: 'A4c',
    title: 'Read the whole profile of another NF',
    why: 'A profile has more in it than discovery tells, such as addresses and sets that are for its owner only.',
    gain: 'addresses, sets, and whatever else it does not tell everybody',
    clause: 'TS 29.510 5.2.2.9, TS 33.501 13.3.1',
    references: ['free5gc#865'],
    defence: 'withoutCertificateIdentity',
    target: 'nrf',
    prepare: registered,
    before: 'An AUSF registers, which is to be the victim.',
    steps: [
      {
        does: 'an AF reads the profile of the AUSF',
        run: async (scene) => {
          const victim = await victimOf(scene);
          const path = `${INSTANCES}/${victim.nfInstanceId}`;
          await victim.register({ fqdn: victim.fqdn });
          return (await scene.puppet('AF')).send({ method: 'GET', path, headers: await asVictim(scene) });
        },
      },
    ],
    refusal: { status: 403 },
  },
  {
    id: 'A5',
    title: 'Subscribe in the name of another NF',
    why: 'A subscription is made in the name of an NF, and what that NF may hear of is decided by that name.',
    gain: 'what only that NF may hear of',
    clause: 'TS 29.510 5.2.2.5, TS 33.501 13.3.1',
    references: ['free5gc#866'],
    defence: 'withoutCertificateIdentity',
    target: 'nrf',
    prepare: registered,
    before: 'An AUSF registers, which is to be the victim.',
    steps: [
      {
        does: 'an AF subscribes with the AUSF as requester',
        run: async (scene) => {
          const body = {
            nfStatusNotificationUri: `https://${nfFqdn('ausf', HOME)}:1/callback`,
            reqNfInstanceId: (await victimOf(scene)).nfInstanceId,
            reqNfType: 'AUSF',
          };
          const headers = await asVictim(scene);
          return (await scene.puppet('AF')).send({ method: 'POST', path: SUBSCRIPTIONS, body, headers });
        },
      },
    ],
    refusal: { status: 403 },
  },
  {
    id: 'A6',
    title: 'Delete the subscription of another NF',
    why: 'A subscription has a URI that can be known or guessed, and nothing in the request but the certificate proves whose it is.',
    gain: 'an NF that no longer hears when others leave',
    clause: 'TS 29.510 5.2.2.6, TS 33.501 13.3.1',
    references: ['free5gc#868'],
    defence: 'withoutCertificateIdentity',
    target: 'nrf',
    prepare: async (scene) => {
      const victim = await victimOf(scene);
      await victim.register();
      const body = { nfStatusNotificationUri: `https://${victim.fqdn}:1/callback`, subscrCond: { nfType: 'UDM' } };
      const created = await victim.send({ method: 'POST', path: SUBSCRIPTIONS, body });
      const location = 'status' in created ? String(created.headers.location) : '';
      scene.memory.set('subscription', new URL(location).pathname);
    },
    before: 'An AUSF registers and subscribes to what happens to UDMs; SUBSCRIPTION is the path of its subscription.',
    steps: [
      {
        does: 'an AF deletes the AUSF’s subscription',
        run: async (scene) => {
          const path = scene.memory.get('subscription') ?? '';
          return (await scene.puppet('AF')).send({ method: 'DELETE', path, headers: await asVictim(scene) });
        },
      },
    ],
    refusal: { status: 403 },
  },
  {
    id: 'A7',
    title: 'Enumerate the topology by discovery',
    why: 'A profile says which NF types may find it, and discovery is a map for attackers where nobody looks at that.',
    gain: 'a map of the network, for an NF type that needs none of it',
    clause: 'TS 29.510 5.3.2.2.2, TS 33.501 13.4.1.1.2',
    references: ['free5gc#850'],
    defence: 'withoutVisibility',
    target: 'nrf',
    steps: [
      {
        does: 'an AF looks for UDRs',
        run: async (scene) => {
          const path = '/nnrf-disc/v1/nf-instances?target-nf-type=UDR&requester-nf-type=AF';
          return (await scene.puppet('AF')).send({ method: 'GET', path });
        },
      },
    ],
    refusal: { nothing: true },
    succeeds: found,
  },
  {
    id: 'B3',
    title: 'Have the NRF send requests into the operator’s own network',
    why: 'The NRF sends notifications with its own certificate, so who chooses their address borrows that certificate.',
    gain: 'requests with the NRF’s certificate to any NF (SSRF)',
    clause: 'TS 29.510 5.2.2.5.2',
    references: ['open5gs#4489'],
    defence: 'withoutNotificationPolicy',
    target: 'nrf',
    prepare: async (scene) => {
      await (await scene.puppet('AF')).register();
    },
    before: 'The AF registers at the NRF.',
    steps: [
      {
        does: 'an AF subscribes with a URI of the UDR’s as its own callback',
        run: async (scene) => {
          const body = {
            nfStatusNotificationUri: `${scene.lab.nf('home', 'udr').apiRoot}/nudr-dr/v2/subscription-data`,
          };
          return (await scene.puppet('AF')).send({ method: 'POST', path: SUBSCRIPTIONS, body });
        },
      },
    ],
    refusal: { status: 403, cause: 'SUBSCRIPTION_NOT_ALLOWED' },
  },
  {
    id: 'B4',
    title: 'Delete the NRF from its own registry',
    why: 'The NRF has a profile in its own registry, and its id is no secret.',
    gain: 'an NRF that knows itself no more, or ends',
    clause: 'TS 29.510 5.2.2.4, TS 33.501 13.3.1',
    references: ['open5gs#3845'],
    defence: 'withoutCertificateIdentity',
    target: 'nrf',
    steps: [
      {
        does: 'an AF registers as the NRF',
        run: async (scene) => {
          const { nfInstanceId, fqdn } = scene.target.config;
          const path = `${INSTANCES}/${nfInstanceId}`;
          const headers = { 'user-agent': `NRF-${nfInstanceId}` };
          const body = profileOf({ nfInstanceId, nfType: 'NRF', fqdn });
          return (await scene.puppet('AF')).send({ method: 'PUT', path, body, headers });
        },
      },
      {
        does: 'an AF deregisters the NRF',
        run: async (scene) => {
          const { nfInstanceId } = scene.target.config;
          const headers = { 'user-agent': `NRF-${nfInstanceId}` };
          return (await scene.puppet('AF')).send({ method: 'DELETE', path: `${INSTANCES}/${nfInstanceId}`, headers });
        },
      },
    ],
    refusal: { status: 403 },
  },
];
