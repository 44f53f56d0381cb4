/** What can be seen without an AMF: slices, GUTIs, the table of states, the calls to the home, the configuration. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { SbiConsumer, ServiceCall } from '@twincore/sbi';
import { problem, UnexpectedAnswer } from '@twincore/sbi';
import { testPlmn } from '@twincore/testkit';
import { homeAuthenticationOf } from '../src/clients/ausf.ts';
import { fromHome, HomeFailure } from '../src/clients/home-failure.ts';
import { subscriberDataOf } from '../src/clients/udm.ts';
import { isOfGuami, randomGuti, splitAmfId } from '../src/procedures/guti.ts';
import { slicesFor } from '../src/procedures/slices.ts';
import { isBeginning, TRANSITIONS } from '../src/procedures/states.ts';
import { FakeHome, GUAMI, HOME, SLICE, startAmf, VISITED } from './support.ts';

describe('slices', () => {
  const other = { sst: 2 };
  const subscribed = { defaultSingleNssais: [SLICE], singleNssais: [SLICE, other] };
  const rows = [
    {
      what: 'what is asked, subscribed and served',
      asked: [SLICE],
      served: [SLICE, other],
      allowed: [SLICE],
      rejected: [],
    },
    { what: 'the default where nothing is asked', asked: [], served: [SLICE, other], allowed: [SLICE], rejected: [] },
    {
      what: 'the default where nothing of it is left',
      asked: [{ sst: 9 }],
      served: [SLICE],
      allowed: [SLICE],
      rejected: [{ sst: 9 }],
    },
    { what: 'the part that is left', asked: [other, SLICE], served: [other], allowed: [other], rejected: [SLICE] },
    {
      what: 'SD in either case, once',
      asked: [
        { sst: 1, sd: '00000A' },
        { sst: 1, sd: '00000a' },
      ],
      served: [{ sst: 1, sd: '00000a' }],
      allowed: [],
      rejected: [{ sst: 1, sd: '00000a' }],
    },
    { what: 'nothing where nothing is served', asked: [SLICE], served: [], allowed: [], rejected: [SLICE] },
  ];
  for (const { what, asked, served, allowed, rejected } of rows) {
    test(what, () => {
      const slices = slicesFor(asked, subscribed, served);
      assert.deepEqual(slices.allowed, allowed);
      assert.deepEqual(
        slices.rejected,
        rejected.map((slice) => ({ ...slice, cause: 'PLMN' })),
      );
    });
  }

  test('nothing where nobody is subscribed, and eight at most', () => {
    assert.deepEqual(slicesFor([SLICE], undefined, [SLICE]).allowed, []);
    const many = Array.from({ length: 12 }, (_, sst) => ({ sst }));
    assert.equal(slicesFor(many, { defaultSingleNssais: [SLICE], singleNssais: many }, many).allowed.length, 8);
  });
});

describe('5G-GUTI', () => {
  test('the parts of an AMF id', () => {
    assert.deepEqual(splitAmfId('010041'), { amfRegionId: 1, amfSetId: 1, amfPointer: 1 });
    assert.deepEqual(splitAmfId('ffffff'), { amfRegionId: 255, amfSetId: 1023, amfPointer: 63 });
  });

  test('is of this AMF only if all of the GUAMI is', () => {
    const guti = randomGuti(GUAMI);
    assert.equal(isOfGuami(guti, GUAMI), true);
    assert.equal(isOfGuami({ ...guti, amfPointer: 2 }, GUAMI), false);
    assert.equal(isOfGuami({ ...guti, amfRegionId: 2 }, GUAMI), false);
    assert.equal(isOfGuami({ ...guti, plmnId: { mcc: '001', mnc: '001' } }, GUAMI), false);
  });
});

test('from every state a UE can begin anew, and every state can be left', () => {
  for (const [state, row] of Object.entries(TRANSITIONS)) {
    assert.equal(row['REGISTRATION REQUEST'], 'REGISTERING', state);
    assert.equal(row['DEREGISTRATION REQUEST UE ORIGINATING'], 'DEREGISTERING', state);
    for (const next of Object.values(row)) assert.ok(next in TRANSITIONS);
  }
  assert.ok(isBeginning('SERVICE REQUEST') && !isBeginning('AUTHENTICATION RESPONSE'));
});

describe('calls to the home', () => {
  const consumer = (answer: () => unknown) => {
    const calls: ServiceCall[] = [];
    const call = async (asked: ServiceCall) => {
      calls.push(asked);
      return answer();
    };
    return { calls, consumer: { call } as unknown as Pick<SbiConsumer, 'call'> };
  };
  const suci = 'suci-0-999-70-0012-1-1-00ff';
  const context = (href: string) => ({
    body: {
      authType: '5G_AKA',
      '5gAuthData': { rand: '00'.repeat(16), autn: '00'.repeat(16), hxresStar: '00'.repeat(16) },
      _links: { '5g-aka': { href } },
    },
  });

  test('the AUSF is chosen by network and routing indicator; the confirmation goes where it said', async () => {
    const href =
      'https://ausf.5gc.mnc070.mcc999.3gppnetwork.org:1/nausf-auth/v1/ue-authentications/1/5g-aka-confirmation';
    const { calls, consumer: to } = consumer(() => context(href));
    const ausf = homeAuthenticationOf(to, '5G:mnc001.mcc001.3gppnetwork.org');
    const { confirmation } = await ausf.authenticate(VISITED, { supiOrSuci: suci });
    await ausf.confirm(VISITED, confirmation, null);
    const [post, put] = calls;
    assert.deepEqual([post?.plmnId, post?.routingIndicator, post?.serviceName], [VISITED, '0012', 'nausf-auth']);
    assert.deepEqual(post?.body, { supiOrSuci: suci, servingNetworkName: '5G:mnc001.mcc001.3gppnetwork.org' });
    assert.deepEqual([put?.method, put?.path, put?.plmnId, put?.body], ['PUT', href, VISITED, { resStar: null }]);
  });

  test('a link that leads out of the home network is not followed', async () => {
    for (const href of ['https://udm.5gc.mnc001.mcc001.3gppnetwork.org/x', 'https://localhost/x', '/x']) {
      const ausf = homeAuthenticationOf(consumer(() => context(href)).consumer, 'x');
      await assert.rejects(ausf.authenticate(VISITED, { supiOrSuci: suci }), HomeFailure);
    }
  });

  test('the UDM is asked for the data of the serving network; no data is no failure', async () => {
    const { calls, consumer: to } = consumer(() => ({ body: {} }));
    const udm = subscriberDataOf(to, { nfInstanceId: 'amf', guami: GUAMI });
    await udm.amData(VISITED, 'imsi-999700000000001');
    await udm.purge(VISITED, 'imsi-999700000000001');
    assert.equal(calls[0]?.path, `/imsi-999700000000001/am-data?plmn-id=${encodeURIComponent(JSON.stringify(HOME))}`);
    assert.deepEqual(calls[1]?.body, { guami: GUAMI, purgeFlag: true });
    assert.equal(calls[1]?.contentType, 'application/merge-patch+json');
    const none = consumer(() => {
      throw new UnexpectedAnswer('UDM', 'Nudm_SDM_Get', 404, { cause: 'DATA_NOT_FOUND' });
    });
    assert.equal(
      await subscriberDataOf(none.consumer, { nfInstanceId: 'amf', guami: GUAMI }).amData(HOME, 'x'),
      undefined,
    );
  });

  test('what goes wrong has one name, whoever said it', async () => {
    const reasonOf = async (error: Error) => {
      const failure = await fromHome('UDM', Promise.reject(error)).catch((thrown: unknown) => thrown);
      return failure instanceof HomeFailure ? failure.reason : failure;
    };
    assert.equal(await reasonOf(new UnexpectedAnswer('UDM', 'x', 404, { cause: 'USER_NOT_FOUND' })), 'USER_NOT_FOUND');
    assert.equal(await reasonOf(new UnexpectedAnswer('UDM', 'x', 502, {})), 'NOT_REACHABLE');
    assert.equal(await reasonOf(new UnexpectedAnswer('UDM', 'x', 418, {})), 'UNSPECIFIED');
    assert.equal(await reasonOf(problem(504, 'TARGET_NF_NOT_REACHABLE')), 'NOT_REACHABLE');
    assert.equal(await reasonOf(problem(500, 'UNSPECIFIED_NF_FAILURE')), 'UNSPECIFIED_NF_FAILURE');
    const bug = new TypeError('bug');
    assert.equal(await reasonOf(bug), bug);
  });
});

test('a timer that NAS cannot express is refused at the start', async () => {
  const plmn = await testPlmn(HOME);
  await assert.rejects(startAmf(plmn, new FakeHome(), { t3512: 3240 }), /t3512/);
  await plmn.close();
});
