import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { PlmnId } from '@twincore/model';
import type { NasMessageOf } from '@twincore/nas';
import { type HttpResponse, ORIGINATING_NETWORK_ID } from '@twincore/sbi';
import { type TestClient, type TestPlmn, testPlmn } from '@twincore/testkit';
import { FakeHome, HOME, newUe, startAmf, TestGnb, VISITED } from './support.ts';
import type { TestUe } from './ue.ts';

describe('deregistration notification of the UDM', () => {
  const home = new FakeHome();
  let plmn: TestPlmn;
  let gnb: TestGnb;
  let udm: TestClient;
  let sepp: TestClient;

  before(async () => {
    plmn = await testPlmn(HOME);
    gnb = await TestGnb.connect((await startAmf(plmn, home)).config);
    udm = await plmn.client('UDM');
    sepp = await plmn.client('SEPP');
  });
  after(async () => {
    gnb.close();
    await plmn.close();
  });

  const callbackOf = (ue: TestUe) => home.registrations.get(ue.supi)?.deregCallbackUri ?? '';
  const notify = (from: TestClient, url: string, deregReason = 'UE_INITIAL_REGISTRATION', origin?: PlmnId) =>
    from.send({
      method: 'POST',
      url,
      body: { deregReason, accessType: '3GPP_ACCESS' },
      ...(origin ? { headers: { [ORIGINATING_NETWORK_ID]: `${origin.mcc}-${origin.mnc}; src: SEPP-sepp` } } : {}),
    });
  const refused = ({ status, body }: HttpResponse, expected: number, cause?: string) => {
    assert.deepEqual([status, (body as { cause?: string }).cause], [expected, cause]);
  };
  const registered = async (plmnId = HOME) => {
    const ue = newUe(plmnId);
    const attachment = await gnb.register(ue);
    ue.heard.length = 0;
    return { ue, attachment };
  };
  const isKnown = async (ue: TestUe) => {
    ue.heard.length = 0;
    ue.accepted = undefined;
    await gnb.register(ue);
    return ue.heard[0]?.messageType === 'REGISTRATION ACCEPT';
  };

  test('another AMF has taken over: the UE is forgotten, its connection released', async () => {
    const { ue, attachment } = await registered();
    assert.equal((await notify(udm, callbackOf(ue))).status, 204);
    await gnb.until(() => attachment.released);
    assert.deepEqual(ue.heard, []);
    assert.equal(await isKnown(ue), false);
  });

  test('the subscription ends: the UE is told, with its answer or without', async () => {
    for (const [deregReason, reRegistrationRequired] of [
      ['SUBSCRIPTION_WITHDRAWN', false],
      ['REREGISTRATION_REQUIRED', true],
    ] as const) {
      const { ue, attachment } = await registered();
      assert.equal((await notify(udm, callbackOf(ue), deregReason)).status, 204);
      await gnb.until(() => attachment.released);
      const { messageType, deregistrationType } = ue.heard[0] as NasMessageOf<'DEREGISTRATION REQUEST UE TERMINATED'>;
      assert.equal(messageType, 'DEREGISTRATION REQUEST UE TERMINATED');
      assert.deepEqual(deregistrationType, { switchOff: false, reRegistrationRequired, access: '3GPP' });
      assert.equal(await isKnown(ue), false);
    }
  });

  test('a notification about an earlier registration finds nothing', async () => {
    const { ue } = await registered();
    const earlier = callbackOf(ue);
    assert.equal(await isKnown(ue), true);
    refused(await notify(udm, earlier), 404, 'CONTEXT_NOT_FOUND');
    assert.equal(await isKnown(ue), true);
  });

  test('only the home of the UE is heard: its own UDM, or the SEPP for the network abroad', async () => {
    const { ue: own } = await registered();
    const { ue: roaming } = await registered(VISITED);
    refused(await notify(await plmn.client('SMF'), callbackOf(own)), 403);
    refused(await notify(await plmn.client('AMF'), callbackOf(own)), 403);
    refused(await notify(sepp, callbackOf(own), undefined, VISITED), 404, 'CONTEXT_NOT_FOUND');
    refused(await notify(udm, callbackOf(roaming)), 404, 'CONTEXT_NOT_FOUND');
    assert.ok((await isKnown(own)) && (await isKnown(roaming)));
    assert.equal((await notify(sepp, callbackOf(roaming), undefined, VISITED)).status, 204);
    assert.equal(await isKnown(roaming), false);
  });

  test('bad requests get what TS 29.500 has for them', async () => {
    const { ue } = await registered();
    const url = callbackOf(ue);
    refused(await udm.send({ method: 'POST', url, body: {} }), 400, 'MANDATORY_IE_MISSING');
    refused(await udm.send({ method: 'POST', url, body: { deregReason: 1 } }), 400, 'MANDATORY_IE_INCORRECT');
    refused(await notify(udm, url.replace(/[0-9a-f-]{36}/, 'nonsense')), 400, 'MANDATORY_IE_INCORRECT');
    refused(await notify(udm, url.replace(/registrations\/.{8}/, 'registrations/00000000')), 404, 'CONTEXT_NOT_FOUND');
    const other = { deregReason: 'UE_INITIAL_REGISTRATION', accessType: 'NON_3GPP_ACCESS' };
    assert.equal((await udm.send({ method: 'POST', url, body: other })).status, 204);
    assert.equal(await isKnown(ue), true);
  });
});
