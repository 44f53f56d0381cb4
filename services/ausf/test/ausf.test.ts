import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { cpSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ConfirmationDataResponse, type PlmnId, plmnToString, type UEAuthenticationCtx } from '@twincore/model';
import { type HttpResponse, ORIGINATING_NETWORK_ID } from '@twincore/sbi';
import { type StartedNf, type TestClient, type TestPlmn, type TestRequest, testPlmn } from '@twincore/testkit';
import type { AusfConfig } from '../src/config.ts';
import { ausfOver } from '../src/nf.ts';
import { fakeUdm, HOME, hresStar, kseaf, SNN_HOME, SNN_VISITED, SUCI, SUPI, VISITED } from './support.ts';

describe('AUSF over TLS', () => {
  const udm = fakeUdm();
  const definition = ausfOver(() => udm);
  let plmn: TestPlmn;
  let ausf: StartedNf<AusfConfig>;
  let amf: TestClient;
  let sepp: TestClient;

  before(async () => {
    plmn = await testPlmn(HOME);
    ausf = await plmn.start(definition, { nfType: 'AUSF' });
    amf = await plmn.client('AMF');
    sepp = await plmn.client('SEPP');
  });
  after(() => plmn.close());

  type Send = (method: TestRequest['method'], path: string, rest?: Partial<TestRequest>) => Promise<HttpResponse>;
  const token = { scope: 'nausf-auth', aud: 'AUSF' };
  /** An AMF of the home network. */
  const homeAmf =
    (from = amf): Send =>
    (method, path, rest = {}) =>
      from.send({ method, url: ausf.apiRoot + path, token, ...rest });
  /** An AMF of another network, as the home SEPP passes its requests on. */
  const visitedAmf =
    (plmnId: PlmnId, consumerPlmnId = plmnId, sub = '7d2f3f5a-7f0a-4a8e-9d0a-0f4d8f1a2b31'): Send =>
    (method, path, rest = {}) =>
      sepp.send({
        method,
        url: ausf.apiRoot + path,
        token: { ...token, sub, consumerPlmnId },
        headers: { [ORIGINATING_NETWORK_ID]: `${plmnToString(plmnId)}; src: SEPP-sepp`, 'user-agent': `AMF-${sub}` },
        ...rest,
      });

  const ROOT = '/nausf-auth/v1/ue-authentications';
  const refused = (answer: HttpResponse, status: number, cause?: string) => {
    assert.equal(answer.status, status, JSON.stringify(answer.body));
    assert.match(String(answer.headers['content-type']), /^application\/problem\+json/);
    assert.equal((answer.body as { cause?: string }).cause, cause);
  };
  const start = (send: Send, body: object = {}) =>
    send('POST', ROOT, { body: { supiOrSuci: SUCI, servingNetworkName: SNN_HOME, ...body } });
  /** Starts an authentication and answers what the parties know: the AMF its link, the UE its RES*. */
  async function challenged(send: Send, body: object = {}) {
    const answer = await start(send, body);
    assert.equal(answer.status, 201, JSON.stringify(answer.body));
    const context = answer.body as UEAuthenticationCtx;
    const vector = udm.vectors.get(context['5gAuthData'].rand);
    assert.ok(vector);
    return { answer, context, vector, link: new URL(context._links['5g-aka']?.href ?? '').pathname };
  }
  const confirm = (send: Send, link: string, resStar: string | null) => send('PUT', link, { body: { resStar } });

  test('authenticates a UE of the home network', async () => {
    const { answer, context, vector, link } = await challenged(homeAmf());
    assert.equal(answer.headers['content-type'], 'application/3gppHal+json');
    const { rand, autn, xresStar, kausf } = vector;
    assert.deepEqual(context, {
      authType: '5G_AKA',
      '5gAuthData': { rand, autn, hxresStar: hresStar(rand, xresStar) },
      _links: { '5g-aka': { href: `${ausf.apiRoot}${link}` } },
      servingNetworkName: SNN_HOME,
    });
    assert.equal(`${answer.headers.location}/5g-aka-confirmation`, ausf.apiRoot + link);

    const confirmed = await confirm(homeAmf(), link, xresStar.toUpperCase());
    assert.equal(confirmed.status, 200);
    const success = { authResult: 'AUTHENTICATION_SUCCESS', supi: SUPI, kseaf: kseaf(kausf, SNN_HOME) };
    assert.deepEqual(confirmed.body, success);
    const { timeStamp, ...event } = udm.results.at(-1) ?? assert.fail();
    assert.deepEqual(event, { supi: SUPI, success: true, authType: '5G_AKA', servingNetworkName: SNN_HOME });
    assert.ok(Math.abs(Date.parse(timeStamp) - Date.now()) < 10_000);
    refused(await confirm(homeAmf(), link, xresStar), 404, 'CONTEXT_NOT_FOUND');
  });

  for (const resStar of ['0'.repeat(32), null]) {
    test(`rejects RES* ${resStar}, tells the home, and gives no second chance`, async () => {
      const { vector, link } = await challenged(homeAmf());
      const failed = await confirm(homeAmf(), link, resStar);
      assert.equal(failed.status, 200);
      assert.deepEqual(failed.body, { authResult: 'AUTHENTICATION_FAILURE' });
      assert.equal(udm.results.at(-1)?.success, false);
      refused(await confirm(homeAmf(), link, vector.xresStar), 404, 'CONTEXT_NOT_FOUND');
    });
  }

  test('authenticates a UE in a visited network, whose AMF proves to be of it', async () => {
    const send = visitedAmf(VISITED);
    const { vector, link } = await challenged(send, { servingNetworkName: SNN_VISITED });
    const confirmed = (await confirm(send, link, vector.xresStar)).body as ConfirmationDataResponse;
    assert.equal(confirmed.kseaf, kseaf(vector.kausf, SNN_VISITED));
    assert.equal(udm.results.at(-1)?.servingNetworkName, SNN_VISITED);
  });

  test("refuses another serving network than the AMF's own, before the UDM is asked", async () => {
    const before = udm.asked.length;
    const cause = 'SERVING_NETWORK_NOT_AUTHORIZED';
    refused(await start(homeAmf(), { servingNetworkName: SNN_VISITED }), 403, cause);
    refused(await start(visitedAmf(VISITED), { servingNetworkName: SNN_HOME }), 403, cause);
    refused(await start(visitedAmf({ mcc: '901', mnc: '99' }), { servingNetworkName: SNN_VISITED }), 403, cause);
    refused(await start(homeAmf(), { servingNetworkName: '5G:NSWO' }), 403, cause);
    // The token says VISITED, the SEPP says otherwise: that is for the guard.
    refused(await start(visitedAmf(HOME, VISITED)), 403);
    assert.equal(udm.asked.length, before);
  });

  test('passes a resynchronisation on to the UDM', async () => {
    const resynchronizationInfo = { rand: 'ab'.repeat(16), auts: 'cd'.repeat(14) };
    await challenged(homeAmf(), { resynchronizationInfo });
    assert.deepEqual(udm.asked.at(-1), {
      supiOrSuci: SUCI,
      servingNetworkName: SNN_HOME,
      resynchronizationInfo,
    });
  });

  test('an authentication belongs to the AMF that started it', async () => {
    const other = homeAmf(await plmn.client('AMF'));
    const { vector, link } = await challenged(homeAmf());
    refused(await confirm(other, link, vector.xresStar), 404, 'CONTEXT_NOT_FOUND');
    assert.equal((await confirm(homeAmf(), link, vector.xresStar)).status, 200);
    refused(await other('DELETE', link), 404, 'CONTEXT_NOT_FOUND');
    refused(await confirm(homeAmf(), `${ROOT}/${randomUUID()}/5g-aka-confirmation`, null), 404, 'CONTEXT_NOT_FOUND');
  });

  test('of confirmations at the same time, one counts', async () => {
    const { vector, link } = await challenged(homeAmf());
    const before = udm.results.length;
    const answers = await Promise.all(Array.from({ length: 10 }, () => confirm(homeAmf(), link, vector.xresStar)));
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, ...Array(9).fill(404)]);
    assert.equal(udm.results.length, before + 1);
  });

  test('has a result removed once, and only the last one of a UE', async () => {
    const first = await challenged(homeAmf());
    await confirm(homeAmf(), first.link, first.vector.xresStar);
    const second = await challenged(homeAmf());
    refused(await homeAmf()('DELETE', second.link), 404, 'CONTEXT_NOT_FOUND');
    await confirm(homeAmf(), second.link, second.vector.xresStar);
    refused(await homeAmf()('DELETE', first.link), 404, 'CONTEXT_NOT_FOUND');
    const before = udm.removed.length;
    assert.equal((await homeAmf()('DELETE', second.link)).status, 204);
    assert.equal(udm.removed.length, before + 1);
    refused(await homeAmf()('DELETE', second.link), 404, 'CONTEXT_NOT_FOUND');
  });

  test('goes on with what is on disk after it was killed', async () => {
    const { vector, link } = await challenged(homeAmf());
    const stateDir = `${ausf.config.stateDir}-killed`;
    // The files as they are while the AUSF runs are what a kill -9 leaves behind.
    cpSync(ausf.config.stateDir, stateDir, { recursive: true });
    const { apiRoot } = await plmn.start(definition, { nfType: 'AUSF', stateDir });
    const send: Send = (method, path, rest = {}) => amf.send({ method, url: apiRoot + path, token, ...rest });
    const confirmed = (await confirm(send, link, vector.xresStar)).body as ConfirmationDataResponse;
    assert.equal(confirmed.kseaf, kseaf(vector.kausf, SNN_HOME));
    refused(await confirm(send, link, vector.xresStar), 404, 'CONTEXT_NOT_FOUND');
  });

  test('forgets an authentication that nobody confirms', async () => {
    const { apiRoot } = await plmn.start(definition, { nfType: 'AUSF', authContextSeconds: 1 });
    const send: Send = (method, path, rest = {}) => amf.send({ method, url: apiRoot + path, token, ...rest });
    const { vector, link } = await challenged(send);
    await sleep(1_050);
    refused(await confirm(send, link, vector.xresStar), 404, 'CONTEXT_NOT_FOUND');
  });

  test('refuses who may not ask', async () => {
    const body = { supiOrSuci: SUCI, servingNetworkName: SNN_HOME };
    const without = await amf.send({ method: 'POST', url: ausf.apiRoot + ROOT, body });
    refused(without, 401);
    assert.match(String(without.headers['www-authenticate']), /^Bearer /);
    refused(await start(homeAmf(await plmn.client('UDM'))), 403);
    refused(await homeAmf()('POST', ROOT, { body, token: { ...token, scope: 'nudm-ueau' } }), 403);
    refused(await homeAmf()('POST', ROOT, { body, token: { ...token, sub: randomUUID() } }), 403);
  });

  test('refuses malformed input, says what is wrong, and goes on serving', async () => {
    const { link } = await challenged(homeAmf());
    const bad: [HttpResponse, string, string][] = [
      [await start(homeAmf(), { supiOrSuci: 'nobody' }), 'MANDATORY_IE_INCORRECT', '/supiOrSuci'],
      [await start(homeAmf(), { servingNetworkName: 7 }), 'MANDATORY_IE_INCORRECT', '/servingNetworkName'],
      [
        await start(homeAmf(), { resynchronizationInfo: { rand: 'x', auts: '' } }),
        'OPTIONAL_IE_INCORRECT',
        '/resynchronizationInfo/rand',
      ],
      [await homeAmf()('POST', ROOT, { body: {} }), 'MANDATORY_IE_MISSING', '/supiOrSuci'],
      [await confirm(homeAmf(), link, 'ab'), 'MANDATORY_IE_INCORRECT', '/resStar'],
      [await homeAmf()('PUT', link, { body: {} }), 'MANDATORY_IE_MISSING', '/resStar'],
    ];
    for (const [answer, cause, param] of bad) {
      refused(answer, 400, cause);
      const { invalidParams } = answer.body as { invalidParams: { param: string }[] };
      assert.ok(
        invalidParams.some((invalid) => invalid.param === param),
        JSON.stringify(invalidParams),
      );
    }
    refused(await start(homeAmf(), { supiOrSuci: 'imsi-001019999999999' }), 404, 'USER_NOT_FOUND');
    assert.equal((await confirm(homeAmf(), link, null)).status, 200);
  });
});
