/** `startPlmn`: real NFs in this process, and everything that a test does with them. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { describe, test } from 'node:test';
import { SbiProblem } from '@twincore/sbi';
import { hasSpecs, startPlmn } from '../src/index.ts';

const SUPI = 'imsi-001010000000001';
const SERVING_NETWORK = '5G:mnc001.mcc001.3gppnetwork.org';
const AUTHENTICATE = 'Nausf_UEAuthentication_Authenticate';

const authenticate = (supi: string) =>
  ({
    to: 'AUSF',
    service: 'nausf-auth',
    method: 'POST',
    path: '/ue-authentications',
    body: { supiOrSuci: supi, servingNetworkName: SERVING_NETWORK },
  }) as const;

describe('a PLMN with real NFs', () => {
  test('authenticates a subscriber, and tells who called whom', async () => {
    await using plmn = await startPlmn({ subscribers: [{ supi: SUPI }], showSecrets: true });
    const amf = await plmn.client('AMF');
    const challenge = await amf.call(authenticate(SUPI));
    assert.equal(challenge.status, 201, JSON.stringify(challenge.body));
    const { '5gAuthData': vector, _links: links } = challenge.body as {
      '5gAuthData': { rand: string; autn: string };
      _links: { '5g-aka': { href: string } };
    };
    const answer = plmn.usim().authenticate({ ...vector, servingNetworkName: SERVING_NETWORK });
    assert.equal(answer.result, 'success');
    const confirmed = await amf.send({
      method: 'PUT',
      url: links['5g-aka'].href,
      body: { resStar: answer.resStar },
      token: await plmn.token({ as: 'AMF', to: 'AUSF', scope: 'nausf-auth' }),
    });
    assert.equal(confirmed.status, 200, JSON.stringify(confirmed.body));
    assert.equal((confirmed.body as { authResult: string }).authResult, 'AUTHENTICATION_SUCCESS');

    await plmn.assertCalled({ from: 'AMF', to: 'AUSF', operation: AUTHENTICATE, status: 201 }, 1);
    await plmn.assertCalled({ from: 'AUSF', to: 'UDM', path: 'generate-auth-data', status: 200 });
    await plmn.assertCalled({ from: 'UDM', to: 'UDR', path: /authentication-subscription/ });
    await plmn.assertNotCalled({ from: 'AMF', to: 'UDR' });
    if (hasSpecs()) await plmn.assertConformant();
    await assert.rejects(
      plmn.assertNotCalled({ to: 'AUSF' }),
      /expected no exchange with to AUSF, found 2\n.*AMF → AUSF {2}201/s,
    );
    await assert.rejects(plmn.assertCalled({ to: 'SMF' }), /expected at least one exchange with to SMF, found 0\n/);
  });

  test('refuses what has no token, and tokens that the NRF does not grant', async () => {
    await using plmn = await startPlmn({ nfs: ['ausf', 'udm'] });
    const smf = await plmn.client('SMF');
    await assert.rejects(smf.token({ to: 'AUSF', scope: 'nausf-auth' }), /400/);
    const amf = await plmn.client('AMF');
    assert.equal(await plmn.client('AMF'), amf);
    assert.equal((await amf.call({ ...authenticate(SUPI), token: false })).status, 401);
    await plmn.assertCalled({ to: 'AUSF', status: 401 }, 1);
    await plmn.assertNotCalled({ to: 'UDM', from: 'AUSF' });
  });

  test('several in one process know nothing of each other', async () => {
    const options = { nfs: ['ausf', 'udm', 'udr'], subscribers: [{ supi: SUPI }] };
    const [one, other] = await Promise.all([startPlmn(options), startPlmn(options)]);
    try {
      const [amf, stranger] = [await one.client('AMF'), await other.client('AMF')];
      assert.equal((await amf.call(authenticate(SUPI))).status, 201);
      await other.assertNotCalled({ to: 'AUSF' });
      await assert.rejects(stranger.send({ method: 'GET', url: `${amf.apiRoot}/` }));
      await one.close();
      assert.equal((await stranger.call(authenticate(SUPI))).status, 201);
      assert.equal(existsSync(one.dir), false);
    } finally {
      await one.close();
      await other.close();
    }
    assert.equal(existsSync(other.dir), false);
  });

  test('an NF can be ended and started again, with what it knew', async () => {
    await using plmn = await startPlmn({ subscribers: [{ supi: SUPI }] });
    const amf = await plmn.client('AMF');
    assert.equal((await amf.call(authenticate(SUPI))).status, 201);
    await plmn.nf('udr').stop();
    assert.equal((await amf.call(authenticate(SUPI))).status, 500);
    await plmn.nf('udr').start();
    assert.equal((await amf.call(authenticate(SUPI))).status, 201);
    assert.throws(() => plmn.nf('smf'), /no NF "smf".*nrf, ausf, udm, udr/);
  });

  test('may listen elsewhere than it is reached', async () => {
    await using plmn = await startPlmn({ nfs: ['udr'], listen: '0.0.0.0' });
    const udm = await plmn.client('UDM');
    const [udr] = await udm.discover({ targetNfType: 'UDR' });
    assert.deepEqual(udr?.ipv4Addresses, ['127.0.0.1']);
    assert.equal(plmn.nf('udr').config.sbi.host, '0.0.0.0');
    assert.equal((await udm.call({ to: 'UDR', service: 'nudr-dr', method: 'GET', path: '/nothing' })).status, 404);
  });

  test('every NF of twincore but ransim, SEPP and IPX starts as it is', async () => {
    await using plmn = await startPlmn({ nfs: ['amf', 'ausf', 'udm', 'udr', 'scp', 'ausf'] });
    assert.deepEqual(
      plmn.nfs.map(({ name }) => name),
      ['nrf', 'amf', 'ausf', 'udm', 'udr', 'scp', 'ausf-2'],
    );
  });

  test('an NF that there is not is told at once, with those that there are', async () => {
    await assert.rejects(startPlmn({ nfs: ['hss'] }), /no NF "HSS"/);
    await assert.rejects(startPlmn({ services: '/nowhere' }), /no NF "NRF" in \/nowhere/);
    const config = { authContextSeconds: 0 };
    await assert.rejects(startPlmn({ nfs: [{ type: 'ausf', config }] }), /authContextSeconds/);
  });
});

describe('a fake NF', () => {
  const vector = {
    authType: '5G_AKA',
    supi: SUPI,
    authenticationVector: {
      avType: '5G_HE_AKA',
      rand: '0'.repeat(32),
      autn: '0'.repeat(32),
      xresStar: '0'.repeat(32),
      kausf: '0'.repeat(64),
    },
  };

  test('is discovered and called by the real ones, which have to show it a token', async () => {
    await using plmn = await startPlmn({ nfs: ['nrf', 'ausf'] });
    const udm = await plmn.registerFakeNf({
      nfType: 'UDM',
      services: ['nudm-ueau'],
      handler: () => ({ body: vector }),
    });
    const amf = await plmn.client('AMF');
    assert.equal((await amf.call(authenticate(SUPI))).status, 201);
    const [request] = udm.requests;
    assert.equal(request?.path, `/nudm-ueau/v1/${SUPI}/security-information/generate-auth-data`);
    assert.equal(request.consumer.nfType, 'AUSF');
    assert.equal(request.token?.claims?.aud, 'UDM');
    assert.equal(request.token.claims.sub, plmn.nf('ausf').nfInstanceId);
    const unauthorized = await amf.send({ method: 'GET', url: `${udm.apiRoot}/nudm-ueau/v1/x` });
    assert.equal(unauthorized.status, 401);
    assert.equal(udm.requests.length, 1);
    if (!hasSpecs()) return;
    await assert.rejects(plmn.assertConformant(), /not a resource of nudm-ueau/);
    await plmn.assertConformant({ allowRefused: true });
  });

  test('may refuse as the TS has it, and may answer anything at all', async () => {
    await using plmn = await startPlmn({ nfs: ['ausf'] });
    let answer: () => { status?: number; body?: unknown } = () => {
      throw new SbiProblem(404, { cause: 'USER_NOT_FOUND' });
    };
    await plmn.registerFakeNf({ nfType: 'UDM', services: ['nudm-ueau'], handler: () => answer() });
    const amf = await plmn.client('AMF');
    assert.equal((await amf.call(authenticate(SUPI))).status, 404);
    answer = () => ({ body: { nonsense: true } });
    assert.equal((await amf.call(authenticate(SUPI))).status, 500);
  });

  test('of a type that twincore does not have, and one that looks at tokens by itself', async () => {
    await using plmn = await startPlmn({ nfs: ['nrf'] });
    await plmn.registerFakeNf({
      nfType: 'SMF',
      services: [
        { serviceName: 'nsmf-pdusession', consumers: ['AMF'], scopes: ['nsmf-pdusession:sm-contexts:create'] },
      ],
      authorization: 'observe',
      handler: ({ token, query }) => ({ body: { scope: token?.claims?.scope ?? 'none', query } }),
    });
    const amf = await plmn.client('AMF');
    const call = { to: 'SMF', service: 'nsmf-pdusession', method: 'GET', path: '/sm-contexts?a=1' } as const;
    const scopes = ['nsmf-pdusession:sm-contexts:create'];
    const expected = { scope: `nsmf-pdusession ${scopes[0]}`, query: { a: '1' } };
    assert.deepEqual((await amf.call({ ...call, scopes })).body, expected);
    assert.deepEqual(((await amf.call({ ...call, token: false })).body as { scope: string }).scope, 'none');
    assert.deepEqual(((await amf.call({ ...call, token: 'x' })).body as { scope: string }).scope, 'none');
    const udm = await plmn.client('UDM');
    await assert.rejects(udm.call(call), /no SMF with nsmf-pdusession/);
  });

  test('whose handler throws makes the test fail', async () => {
    const plmn = await startPlmn({ nfs: ['ausf'] });
    const handler = () => assert.fail('the AUSF asked');
    await plmn.registerFakeNf({ nfType: 'UDM', services: ['nudm-ueau'], handler });
    const amf = await plmn.client('AMF');
    assert.equal((await amf.call(authenticate(SUPI))).status, 500);
    await assert.rejects(plmn.close(), /the AUSF asked/);
    assert.equal(existsSync(plmn.dir), false);
  });

  test('without handler says so, and takes callbacks', async () => {
    await using plmn = await startPlmn({ nfs: ['nrf'] });
    const udm = await plmn.registerFakeNf({ nfType: 'UDM', services: [] });
    const amf = await plmn.client('AMF');
    assert.equal((await amf.send({ method: 'POST', url: `${udm.apiRoot}/callback`, body: {} })).status, 501);
    assert.equal(udm.requests[0]?.path, '/callback');
  });
});

describe('an NF of somebody else', () => {
  test('gets what it needs, and is waited for', async () => {
    await using plmn = await startPlmn({ nfs: ['nrf'] });
    const own = await plmn.admit('AUSF', { port: 4711 });
    for (const file of [own.tls.key, own.tls.cert, own.tls.ca, own.tokens?.keys])
      assert.ok(existsSync(String(file)), String(file));
    assert.equal(own.apiRoot, `https://${own.fqdn}:4711`);
    assert.equal(own.nrf?.apiRoot, plmn.nrf.apiRoot);
    await assert.rejects(plmn.registered(own, 0.3), /no AUSF with nfInstanceId .* within 0.3 s/);
    const waiting = plmn.registered({ nfType: 'AMF', nfInstanceId: (await plmn.client('AMF')).nfInstanceId });
    assert.equal((await waiting).nfType, 'AMF');
  });
});
