/** What the AMF hears of the UDM's refusals (TS 29.509 6.1.7). */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type SbiConsumer, SbiProblem, type ServiceCall, UnexpectedAnswer, Unreachable } from '@twincore/sbi';
import { homeAuthenticationOf } from '../src/clients/udm.ts';
import { SNN_HOME, SUCI, SUPI } from './support.ts';

const AUSF = '0d7d8c1c-9f0b-4a2e-8a43-4f5b1c2d3e4f';
const result = {
  success: true,
  timeStamp: '2026-11-24T07:00:00.000Z',
  authType: '5G_AKA',
  servingNetworkName: SNN_HOME,
};

/** The client over a consumer that notes its calls and gets `answer` for each. */
function over(answer: Error | { body?: unknown; headers?: Record<string, string> }) {
  const calls: ServiceCall[] = [];
  const consumer = {
    async call(call: ServiceCall) {
      calls.push(call);
      if (answer instanceof Error) throw answer;
      return { status: 200, headers: {}, body: undefined, ...answer };
    },
  } as Pick<SbiConsumer, 'call'>;
  return { calls, udm: homeAuthenticationOf(consumer, AUSF) };
}
const answered = (status: number, cause?: string) => new UnexpectedAnswer('UDM', 'Get', status, cause ? { cause } : {});
const is = (status: number, cause: string) => (error: unknown) => {
  assert.ok(error instanceof SbiProblem);
  assert.deepEqual([error.status, error.problem.cause], [status, cause]);
  return true;
};
const get = (answer: Parameters<typeof over>[0]) =>
  over(answer).udm.generateAuthData(SUCI, { servingNetworkName: SNN_HOME });

describe('the UDM as the AUSF sees it', () => {
  test('names itself in requests, and escapes identities', async () => {
    const { calls, udm } = over({ headers: { location: 'https://udm/event' } });
    assert.equal(await udm.confirmAuth('nai-a/b@example.org', result), 'https://udm/event');
    await udm.removeAuth('https://udm/event', result);
    assert.equal(calls[0]?.path, '/nai-a%2Fb%40example.org/auth-events');
    assert.deepEqual(calls[0]?.body, { ...result, nfInstanceId: AUSF });
    assert.equal(calls[1]?.path, 'https://udm/event');
    assert.deepEqual(calls[1]?.body, { ...result, nfInstanceId: AUSF, authRemovalInd: true });
  });

  const relayed: [number, string][] = [
    [403, 'AUTHENTICATION_REJECTED'],
    [403, 'SERVING_NETWORK_NOT_AUTHORIZED'],
    [403, 'INVALID_HN_PUBLIC_KEY_IDENTIFIER'],
    [403, 'INVALID_SCHEME_OUTPUT'],
    [404, 'USER_NOT_FOUND'],
    [501, 'UNSUPPORTED_PROTECTION_SCHEME'],
  ];
  for (const [status, cause] of relayed) {
    test(`relays ${status} ${cause}`, () => assert.rejects(get(answered(status, cause)), is(status, cause)));
  }

  test("keeps the home's own troubles from the serving network", async () => {
    await assert.rejects(get(answered(503, 'NF_CONGESTION')), is(500, 'AV_GENERATION_PROBLEM'));
    await assert.rejects(get(answered(403)), is(500, 'UNSPECIFIED_NF_FAILURE'));
    await assert.rejects(get(answered(400, 'MANDATORY_IE_INCORRECT')), is(500, 'UNSPECIFIED_NF_FAILURE'));
    const gone = Object.assign(new Error('gone'), { code: 'ECONNREFUSED' });
    await assert.rejects(get(new Unreachable('UDM', gone)), is(504, 'UPSTREAM_SERVER_ERROR'));
    await assert.rejects(get({ body: { authType: 'EAP_AKA_PRIME', supi: SUPI } }), is(500, 'AV_GENERATION_PROBLEM'));
  });

  test('a result that the home has not any more is no context', async () => {
    const { udm } = over(answered(404, 'DATA_NOT_FOUND'));
    await assert.rejects(udm.removeAuth('https://udm/event', result), is(404, 'CONTEXT_NOT_FOUND'));
  });
});
