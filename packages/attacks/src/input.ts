/** Attacks by what a request is made of. */
import type { Attack } from './attack.ts';
import { profileOf, type Scene } from './scene.ts';

const register = (members: (scene: Scene) => Record<string, unknown>, contentType?: string) => async (scene: Scene) => {
  const af = await scene.puppet('AF');
  const body = JSON.stringify(profileOf(af, members(scene)));
  const path = `/nnrf-nfm/v1/nf-instances/${af.nfInstanceId}`;
  return af.send({ method: 'PUT', path, body, ...(contentType ? { contentType } : {}) });
};
const discover = (query: Record<string, string>) => async (scene: Scene) => {
  const parameters = new URLSearchParams({ 'target-nf-type': 'UDM', 'requester-nf-type': 'AF', ...query });
  return (await scene.puppet('AF')).send({ method: 'GET', path: `/nnrf-disc/v1/nf-instances?${parameters}` });
};
const services = Array.from({ length: 500 }, (_, index) => ({
  serviceInstanceId: String(index),
  serviceName: 'naf-eventexposure',
  versions: [{ apiVersionInUri: 'v1', apiFullVersion: '1.0.0' }],
  scheme: 'https',
  nfServiceStatus: 'REGISTERED',
}));
const MULTIPART = 'multipart/related; boundary=part';

const nrf = { target: 'nrf' } as const;

export const INPUT: readonly Attack[] = [
  {
    ...nrf,
    id: 'B1',
    title: 'Register a profile with members that are wrong',
    why: 'A heartbeat in the past is a timer that is always due.',
    gain: 'an NRF that fails at each of its timers',
    clause: 'TS 29.510 6.1.6.2.2, TS 29.500 5.2.7.2',
    references: ['free5gc#1056', 'open5gs#3846'],
    defence: 'withoutSchemas',
    steps: [{ does: 'an AF registers with heartBeatTimer: -5', run: register(() => ({ heartBeatTimer: -5 })) }],
    refusal: { status: 400, cause: 'OPTIONAL_IE_INCORRECT' },
  },
  {
    ...nrf,
    id: 'B1b',
    title: 'Register a profile with services without end',
    why: 'Each list in a profile is stored, indexed and sent to others, so a list without an end costs all of them.',
    gain: 'an NRF that spends its memory and its time on one NF',
    clause: 'TS 29.510 6.1.6.2.2, TS 29.500 5.2.7.2',
    references: ['open5gs#4466'],
    defence: 'withoutSchemas',
    steps: [{ does: 'an AF registers 500 services', run: register(() => ({ nfServices: services })) }],
    refusal: { status: 400, cause: 'OPTIONAL_IE_INCORRECT' },
  },
  {
    ...nrf,
    id: 'B2',
    title: 'Discover with hundreds of parameters',
    why: 'Each parameter of a query is parsed and compared with every profile.',
    gain: 'a query that costs the NRF more than the attacker',
    clause: 'TS 29.510 6.2.3.2.3.1, TS 29.500 5.2.7.2',
    references: ['open5gs#4258'],
    defence: 'withoutSchemas',
    steps: [
      {
        does: 'an AF adds 300 parameters',
        run: discover(Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`x-${index}`, '1']))),
      },
    ],
    refusal: { status: 400, cause: 'INVALID_QUERY_PARAM' },
  },
  {
    ...nrf,
    id: 'B2b',
    title: 'Discover with malformed JSON in a parameter',
    why: 'Parameters with JSON in them have a parser of their own, which is easily left without an answer for its errors.',
    gain: 'a parser where nobody looks at its errors',
    clause: 'TS 29.510 6.2.3.2.3.1, TS 29.500 5.2.7.2',
    references: ['open5gs#4305'],
    defence: 'withoutSchemas',
    steps: [{ does: 'an AF sends target-plmn-list=[{"mcc":', run: discover({ 'target-plmn-list': '[{"mcc":' }) }],
    refusal: { status: 400, cause: 'OPTIONAL_QUERY_PARAM_INCORRECT' },
  },
  {
    ...nrf,
    id: 'B2c',
    title: 'Discover with features of 3,000 digits',
    why: 'Features are a hexadecimal number of any length in the TS, and cores have written it into a buffer of a fixed one.',
    gain: 'a buffer that is too short',
    clause: 'TS 29.571 5.2.2, TS 29.500 5.2.7.2',
    references: ['open5gs#4458'],
    defence: 'withoutSchemas',
    steps: [
      { does: 'an AF sends long requester-features', run: discover({ 'requester-features': `${'f'.repeat(3_000)}g` }) },
    ],
    refusal: { status: 400, cause: 'OPTIONAL_QUERY_PARAM_INCORRECT' },
  },
  {
    ...nrf,
    id: 'B5',
    title: 'Send a multipart body where JSON is due',
    why: 'A server that parses what no operation asks for offers a parser to attackers for nothing.',
    gain: 'a parser of parts with lengths that lie',
    clause: 'TS 29.500 5.4, 5.2.7.2',
    references: ['open5gs#4290'],
    defence: 'withoutMediaTypes',
    steps: [{ does: 'an AF registers with multipart/related', run: register(() => ({}), MULTIPART) }],
    refusal: { status: 415 },
  },
  {
    ...nrf,
    id: 'B5b',
    title: 'Send a body that is too large',
    why: 'A body is kept in memory until it is complete, and the sender says when that is.',
    gain: 'the memory of the NF',
    clause: 'TS 29.500 5.2.7.2',
    references: ['open5gs#4290'],
    defence: 'withoutBodyLimit',
    steps: [
      { does: 'an AF registers 400 kB', run: register(() => ({ customInfo: { padding: 'x'.repeat(400_000) } })) },
    ],
    refusal: { status: 413 },
  },
  {
    id: 'B6',
    title: 'Call back with members missing',
    why: 'What comes back to a callback is believed to be well formed because the own network has asked for it.',
    gain: 'an NF that reads what is not there, and ends',
    clause: 'TS 29.510 6.1.6.2.17, TS 29.500 5.2.7.2',
    references: ['free5gc#781'],
    defence: 'withoutSchemas',
    target: 'ausf',
    steps: [
      {
        does: 'an NRF gone wrong notifies the AUSF of nothing',
        run: async (scene) =>
          (await scene.puppet('NRF')).send({ method: 'POST', path: '/nnrf-nfm-callback/v1/nf-status', body: {} }),
      },
    ],
    refusal: { status: 400, cause: 'MANDATORY_IE_MISSING' },
  },
];
