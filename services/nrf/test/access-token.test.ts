import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AccessTokenErr, AccessTokenRsp } from '@twincore/model';
import { ConfigError, type HttpResponse, ORIGINATING_NETWORK_ID, SECURE, TokenVerifier } from '@twincore/sbi';
import { type StartedNf, type TestPlmn, testPlmn } from '@twincore/testkit';
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from 'jose';
import type { NrfConfig } from '../src/config.ts';
import { loadSigner } from '../src/signing-key.ts';
import { HOME, service, startNrf, user, VISITED } from './support.ts';

/** Asserts a refusal as RFC 6749 5.2 has it. */
function denied(answer: HttpResponse, error: AccessTokenErr['error']): void {
  assert.equal(answer.status, 400, JSON.stringify(answer.body));
  assert.match(String(answer.headers['content-type']), /^application\/json/);
  assert.equal(answer.headers['cache-control'], 'no-store');
  assert.equal((answer.body as AccessTokenErr).error, error, JSON.stringify(answer.body));
}

describe('AccessToken', () => {
  let plmn: TestPlmn;
  let nrf: StartedNf<NrfConfig>;
  const newUser = async (nfType: string) => user(await plmn.client(nfType), nrf.apiRoot);
  type User = Awaited<ReturnType<typeof newUser>>;
  let amf: User;
  let ausf: User;
  let udr: User;

  before(async () => {
    plmn = await testPlmn(HOME);
    nrf = await startNrf(plmn);
    [amf, ausf, udr] = [await newUser('AMF'), await newUser('AUSF'), await newUser('UDR')];
    await amf.register({ sNssais: [{ sst: 1 }] });
    await ausf.register({
      sNssais: [{ sst: 1 }, { sst: 2 }],
      nfSetIdList: ['set1.ausfset.5gc.mnc001.mcc001'],
      nfServices: [
        service('nausf-auth', { allowedNfTypes: ['AMF'] }),
        service('nausf-sorprotection', { allowedNfTypes: ['UDM'] }),
        service('nausf-upuprotection', { allowedNssais: [{ sst: 2 }] }),
      ],
    });
    await udr.register({ nfServices: [service('nudr-dr', { allowedNfTypes: ['UDM'], allowedPlmns: [HOME] })] });
  });
  after(() => plmn.close());

  const claimsOf = async (answer: HttpResponse) => {
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    const token = (answer.body as AccessTokenRsp).access_token;
    const jwks = JSON.parse(readFileSync(nrf.config.jwks, 'utf8'));
    const { payload, protectedHeader } = await jwtVerify(token, createLocalJWKSet(jwks), { algorithms: ['ES256'] });
    assert.equal(protectedHeader.kid, jwks.keys[0].kid);
    return payload;
  };
  const ask = (from: User, more: Record<string, string | undefined> = {}) =>
    from.token({ targetNfType: 'AUSF', scope: 'nausf-auth', ...more });

  test('issues a token for an NF type, for an instance, a set, slices', async () => {
    const answer = await ask(amf);
    const { exp, ...claims } = await claimsOf(answer);
    assert.deepEqual(claims, { iss: nrf.config.nfInstanceId, sub: amf.nfInstanceId, aud: 'AUSF', scope: 'nausf-auth' });
    assert.ok(Math.abs((exp ?? 0) - Date.now() / 1000 - nrf.config.tokenLifetime) < 5);
    const { access_token, ...rest } = answer.body as AccessTokenRsp;
    assert.deepEqual(rest, { token_type: 'Bearer', expires_in: nrf.config.tokenLifetime, scope: 'nausf-auth' });
    assert.equal(decodeProtectedHeader(access_token).alg, 'ES256');
    assert.equal(answer.headers['cache-control'], 'no-store');
    assert.equal(answer.headers.pragma, 'no-cache');

    const instance = { targetNfType: undefined, nfType: undefined, targetNfInstanceId: ausf.nfInstanceId };
    assert.deepEqual((await claimsOf(await ask(amf, instance))).aud, [ausf.nfInstanceId]);
    const restricted = await claimsOf(
      await ask(amf, { targetSnssaiList: '[{"sst":2}]', targetNfSetId: 'set1.ausfset.5gc.mnc001.mcc001' }),
    );
    assert.deepEqual(restricted.producerSnssaiList, [{ sst: 2 }]);
    assert.equal(restricted.producerNfSetId, 'set1.ausfset.5gc.mnc001.mcc001');
  });

  test('gives nothing to whom the certificate or the registry does not know', async () => {
    denied(await ask(amf, { nfInstanceId: ausf.nfInstanceId }), 'invalid_client');
    denied(await ask(amf, { nfInstanceId: ausf.nfInstanceId, nfType: 'AUSF' }), 'invalid_client');
    denied(await ask(amf, { nfType: 'UDM' }), 'invalid_client');
    denied(await ask(amf, { requesterPlmn: JSON.stringify(VISITED) }), 'invalid_client');
    const stranger = await newUser('AMF');
    denied(await ask(stranger), 'invalid_client');
    await stranger.register();
    await claimsOf(await ask(stranger));
    await stranger.delete();
    denied(await ask(stranger), 'invalid_client');
  });

  test('gives no token for what the producer does not offer to the requester (A2)', async () => {
    denied(await ask(amf, { targetNfType: 'NRF', scope: 'nnrf-nfm' }), 'invalid_scope');
    denied(await ask(amf, { targetNfType: 'NRF', scope: 'namf-anything' }), 'invalid_scope');
    denied(await ask(amf, { targetNfType: 'NRF', scope: 'nausf-auth' }), 'invalid_scope');
    denied(await ask(amf, { scope: 'nudr-dr' }), 'invalid_scope');
    denied(await ask(amf, { scope: 'nausf-auth:all' }), 'invalid_scope');
    denied(await ask(amf, { scope: 'nausf-auth nudr-dr' }), 'invalid_scope');
    denied(await ask(amf, { targetNfType: 'UDR', scope: 'nudr-dr' }), 'unauthorized_client');
    denied(await ask(amf, { scope: 'nausf-sorprotection' }), 'unauthorized_client');
    denied(await ask(amf, { scope: 'nausf-auth nausf-sorprotection' }), 'unauthorized_client');
    denied(await ask(amf, { targetNfInstanceId: randomUUID() }), 'invalid_scope');
    denied(await ask(amf, { targetNfType: 'UDM', targetNfInstanceId: ausf.nfInstanceId }), 'invalid_scope');
    denied(await ask(amf, { targetSnssaiList: '[{"sst":3}]' }), 'invalid_scope');
    denied(await ask(amf, { targetNfSetId: 'set2.ausfset.5gc.mnc001.mcc001' }), 'invalid_scope');
    // The slices of a requester are those it registered with, whatever it says.
    denied(await ask(amf, { scope: 'nausf-upuprotection', requesterSnssaiList: '[{"sst":2}]' }), 'unauthorized_client');
  });

  test('restricts a token to slices, slice instances, a set of NFs or of services', async () => {
    const smf = await newUser('SMF');
    const set = 'set1.snnsmf-pdusession.nfi.5gc';
    await smf.register({
      nsiList: ['nsi-1'],
      nfServices: [
        service('nsmf-pdusession', {
          nfServiceSetIdList: [set],
          sNssais: [{ sst: 5, sd: '000001', wildcardSd: true }],
        }),
      ],
    });
    const askSmf = (more: Record<string, string>) =>
      ask(amf, { targetNfType: 'SMF', scope: 'nsmf-pdusession', ...more });
    const url = `${nrf.apiRoot}/oauth2/token`;
    const form = new URLSearchParams({
      ...{ grant_type: 'client_credentials', nfInstanceId: amf.nfInstanceId, nfType: 'AMF' },
      ...{ targetNfType: 'SMF', scope: 'nsmf-pdusession' },
    });
    const nsis = (...names: string[]) =>
      amf.client.send({
        method: 'POST',
        url,
        body: `${form}${names.map((name) => `&targetNsiList=${name}`).join('')}`,
        contentType: 'application/x-www-form-urlencoded',
      });
    assert.deepEqual((await claimsOf(await nsis('nsi-0', 'nsi-1'))).producerNsiList, ['nsi-0', 'nsi-1']);
    denied(await nsis('nsi-2'), 'invalid_scope');
    assert.equal((await claimsOf(await askSmf({ targetNfServiceSetId: set }))).producerNfServiceSetId, set);
    denied(await askSmf({ targetNfServiceSetId: 'set2' }), 'invalid_scope');
    const slice = JSON.stringify([{ sst: 5, sd: 'abcdef' }]);
    assert.deepEqual((await claimsOf(await askSmf({ targetSnssaiList: slice }))).producerSnssaiList, JSON.parse(slice));
    denied(await askSmf({ targetSnssaiList: '[{"sst":6}]' }), 'invalid_scope');
    denied(await askSmf({ requesterFqdn: 'amf.example.org' }), 'invalid_client');
  });

  test('grants scopes of resources to those whom the producer allows them', async () => {
    const udm = await newUser('UDM');
    const trusted = await newUser('NEF');
    await trusted.register();
    const [read, write] = ['nudm-sdm:am-data:read', 'nudm-sdm:sdm-subscriptions:write'];
    await udm.register({
      nfServices: [
        service('nudm-sdm', {
          allowedNfTypes: ['AMF', 'NEF', 'SMF'],
          allowedOperationsPerNfType: { AMF: [read], NEF: [read, write] },
          allowedOperationsPerNfInstance: { [trusted.nfInstanceId.toUpperCase()]: [write] },
        }),
      ],
    });
    const askUdm = (from: User, scope: string) => ask(from, { targetNfType: 'UDM', scope });
    assert.equal((await claimsOf(await askUdm(amf, `nudm-sdm ${read}`))).scope, `nudm-sdm ${read}`);
    denied(await askUdm(amf, `nudm-sdm ${write}`), 'unauthorized_client');
    denied(await askUdm(amf, 'nudm-sdm:nonsense'), 'invalid_scope');
    await claimsOf(await askUdm(trusted, write));
    denied(await askUdm(trusted, read), 'unauthorized_client');
    const smf = await newUser('SMF');
    await smf.register();
    denied(await askUdm(smf, read), 'unauthorized_client');
  });

  test('signs with a new key while it runs, and old tokens stay good', async () => {
    const { access_token: old } = (await ask(amf)).body as AccessTokenRsp;
    const verifier = new TokenVerifier(
      { ...ausf, nfType: 'AUSF', plmnId: HOME, sNssais: [], nsiList: [], nfSetIdList: [], nfServiceSetIdList: [] },
      { issuer: nrf.config.nfInstanceId, keys: nrf.config.jwks },
      SECURE,
    );
    await verifier.verify(old);
    const { kid, replaced } = await plmn.pki.rotateSigningKey(0);
    assert.equal(decodeProtectedHeader(old).kid, replaced);
    const deadline = Date.now() + 10_000;
    let fresh = old;
    while (decodeProtectedHeader(fresh).kid !== kid) {
      assert.ok(Date.now() < deadline, 'the NRF never took the new key');
      await sleep(50);
      fresh = ((await ask(amf)).body as AccessTokenRsp).access_token;
      const jwks = JSON.parse(readFileSync(nrf.config.jwks, 'utf8'));
      await jwtVerify(fresh, createLocalJWKSet(jwks));
    }
    // A producer that knows the old key only looks for the new one, once a second.
    await sleep(1_100);
    assert.equal((await verifier.verify(fresh)).aud, 'AUSF');
    const jwks = JSON.parse(readFileSync(nrf.config.jwks, 'utf8'));
    await jwtVerify(old, createLocalJWKSet(jwks));
  });

  test('refuses malformed requests as RFC 6749 says', async () => {
    denied(await ask(amf, { grant_type: 'password' }), 'unsupported_grant_type');
    denied(await ask(amf, { grant_type: undefined }), 'invalid_request');
    denied(await ask(amf, { scope: undefined }), 'invalid_request');
    denied(await ask(amf, { scope: 'nausf-auth  "' }), 'invalid_request');
    denied(await ask(amf, { nfInstanceId: 'me' }), 'invalid_request');
    denied(await ask(amf, { targetNfType: undefined }), 'invalid_request');
    denied(await ask(amf, { targetPlmn: '{' }), 'invalid_request');
    denied(await ask(amf, { targetPlmn: '{"mcc":1}' }), 'invalid_request');
    denied(await ask(amf, { targetSnssaiList: '[]' }), 'invalid_request');
    denied(await ask(amf, { targetSnpn: '{"mcc":"001","mnc":"01","nid":"00000000001"}' }), 'invalid_request');
    denied(await ask(amf, { sourceNfInstanceId: randomUUID() }), 'invalid_request');
    denied(await ask(amf, { requesterSnpnList: '[]' }), 'invalid_request');
    const raw = (body: string, contentType: string) =>
      amf.client.send({ method: 'POST', url: `${nrf.apiRoot}/oauth2/token`, body, contentType });
    const form = 'application/x-www-form-urlencoded';
    denied(await raw('', form), 'invalid_request');
    denied(await raw('scope=nausf-auth&scope=nudr-dr', form), 'invalid_request');
    denied(await raw('__proto__=x&constructor=y', form), 'invalid_request');
    denied(await raw('{}', 'application/json'), 'invalid_request');
    assert.equal((await raw('x', 'text/plain')).status, 415);
    await claimsOf(await ask(amf));
  });

  test('issues tokens to consumers of another network, with both networks in them', async () => {
    const sepp = await newUser('SEPP');
    const visitedAmf = randomUUID();
    const from = (more: Record<string, string>, headers = { [ORIGINATING_NETWORK_ID]: '999-70; src: SEPP-x' }) =>
      sepp.client.send({
        method: 'POST',
        url: `${nrf.apiRoot}/oauth2/token`,
        body: new URLSearchParams({
          grant_type: 'client_credentials',
          nfInstanceId: visitedAmf,
          nfType: 'AMF',
          scope: 'nausf-auth',
          targetNfType: 'AUSF',
          ...more,
        }).toString(),
        contentType: 'application/x-www-form-urlencoded',
        headers,
      });
    const { exp: _exp, ...claims } = await claimsOf(
      await from({ requesterPlmn: JSON.stringify(VISITED), targetPlmn: JSON.stringify(HOME) }),
    );
    assert.deepEqual(claims, {
      iss: nrf.config.nfInstanceId,
      sub: visitedAmf,
      aud: 'AUSF',
      scope: 'nausf-auth',
      consumerPlmnId: VISITED,
      producerPlmnId: HOME,
    });
    assert.deepEqual((await claimsOf(await from({}))).consumerPlmnId, VISITED, 'proven, whether claimed or not');
    denied(await from({ requesterPlmn: JSON.stringify(HOME) }), 'invalid_client');
    denied(await from({ targetPlmn: '{"mcc":"262","mnc":"01"}' }), 'invalid_request');
    denied(await from({ nfType: 'UDM', targetNfType: 'UDR', scope: 'nudr-dr' }), 'unauthorized_client');
    denied(await from({ nfType: 'SMF' }), 'unauthorized_client');
    denied(await from({}, { [ORIGINATING_NETWORK_ID]: 'nonsense' }), 'invalid_client');
    // Only a SEPP is believed where a request is from.
    const liar = await amf.client.send({
      method: 'POST',
      url: `${nrf.apiRoot}/oauth2/token`,
      body: `grant_type=client_credentials&nfInstanceId=${visitedAmf}&nfType=AMF&scope=nausf-auth&targetNfType=AUSF`,
      contentType: 'application/x-www-form-urlencoded',
      headers: { [ORIGINATING_NETWORK_ID]: '999-70; src: SEPP-x' },
    });
    denied(liar, 'invalid_client');
  });

  test('does not sign with a key that nobody could verify with', async () => {
    const other = await testPlmn(VISITED);
    const { key } = await other.pki.signingKey();
    await assert.rejects(loadSigner(key, nrf.config.jwks), ConfigError);
    await other.close();
  });
});
