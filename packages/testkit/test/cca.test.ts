/** Client credentials assertions: what a receiver believes, and each thing that it does not. */
import assert from 'node:assert/strict';
import { randomUUID, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { openPlmnPki, type PlmnPki } from '@twincore/lab/pki';
import { nfFqdn } from '@twincore/model';
import { type CcaReceiver, CcaVerifier, createCca, Refusal, SECURE, verifyCca } from '@twincore/sbi';
import { decodeJwt, importPKCS8, type JWTHeaderParameters, type JWTPayload, SignJWT } from 'jose';

const HOME = { mcc: '001', mnc: '01' };
const VISITED = { mcc: '999', mnc: '70' };
const seconds = () => Math.floor(Date.now() / 1000);

describe('client credentials assertions', () => {
  const dir = mkdtempSync(join(tmpdir(), 'twincore-cca-'));
  let home: PlmnPki;
  let visited: PlmnPki;
  let receiver: CcaReceiver;
  const certified = async (pki: PlmnPki, plmnId: typeof HOME, nfType = 'AMF') => {
    const nfInstanceId = randomUUID();
    const fqdn = nfFqdn(`${nfType}-${nfInstanceId.slice(0, 8)}`, plmnId);
    return { nfInstanceId, tls: await pki.certificate({ name: nfInstanceId, nfInstanceId, nfTypes: [nfType], fqdn }) };
  };
  type Certified = Awaited<ReturnType<typeof certified>>;
  let amf: Certified;

  before(async () => {
    home = await openPlmnPki(dir, HOME);
    visited = await openPlmnPki(dir, VISITED);
    receiver = { nfType: 'UDM', plmnId: HOME, insecure: SECURE, trusted: [new X509Certificate(readFileSync(home.ca))] };
    amf = await certified(home, HOME);
  });
  after(() => rmSync(dir, { recursive: true }));

  const der = (file: string) => new X509Certificate(readFileSync(file)).raw.toString('base64');
  /** An assertion that is right but for what is given. */
  const forge = async (
    claims: JWTPayload = {},
    header: Partial<JWTHeaderParameters> = {},
    { signer = amf, name = amf }: { signer?: Certified; name?: Certified } = {},
  ) =>
    new SignJWT({ sub: name.nfInstanceId, aud: ['UDM'], iat: seconds(), exp: seconds() + 30, ...claims })
      .setProtectedHeader({ alg: 'ES256', x5c: [der(signer.tls.cert)], ...header })
      .sign(await importPKCS8(readFileSync(signer.tls.key, 'utf8'), 'ES256'));

  const refused = async (assertion: string | Promise<string>, reason: string, by = receiver) => {
    await assert.rejects(verifyCca(await assertion, by), (error: Error) => {
      assert.ok(error instanceof Refusal, String(error));
      assert.deepEqual([error.status, error.problem.cause, error.reason], [403, 'CCA_VERIFICATION_FAILURE', reason]);
      return true;
    });
  };

  test('the receiver learns who signed, and that it is short-lived', async () => {
    const assertion = await createCca(amf, ['NRF', 'UDM']);
    const { identity, claims } = await verifyCca(assertion, receiver);
    assert.deepEqual([identity.nfInstanceId, identity.nfTypes, identity.plmnId], [amf.nfInstanceId, ['AMF'], HOME]);
    assert.ok(claims.exp - claims.iat <= 60);
    assert.deepEqual(decodeJwt(assertion).aud, ['NRF', 'UDM']);
    await verifyCca(assertion, { ...receiver, nfType: 'NRF' });
  });

  test('one assertion serves for half of its life and another follows', async () => {
    const now = Date.now();
    assert.equal(await createCca(amf, ['UDM'], now), await createCca(amf, ['UDM'], now + 10_000));
    const later = await createCca(amf, ['UDM'], now + 20_000);
    assert.notEqual(decodeJwt(later).iat, Math.floor(now / 1000));
    assert.notEqual(await createCca(amf, ['UDR'], now), await createCca(amf, ['UDM'], now));
  });

  test('one for another NF type is refused', () => refused(createCca(amf, ['NRF', 'UDR']), 'cca-aud'));

  test('of another NF than its certificate names, it is refused', async () => {
    const thief = await certified(home, HOME);
    await refused(forge({}, {}, { signer: thief, name: amf }), 'cca-subject');
  });

  test('with the certificate of another than who signed, it is refused', async () => {
    const thief = await certified(home, HOME);
    await refused(forge({}, { x5c: [der(amf.tls.cert)] }, { signer: thief }), 'cca-signature');
  });

  test('of another PLMN it is refused', async () => {
    const foreign = await certified(visited, VISITED);
    await refused(forge({}, {}, { signer: foreign, name: foreign }), 'cca-chain');
    await refused(
      forge({}, { x5c: [der(foreign.tls.cert), der(visited.ca)] }, { signer: foreign, name: foreign }),
      'cca-chain',
    );
    // A CA of this PLMN that certifies a name of another one does not make it an NF of this one.
    const disguised = await certified(home, VISITED);
    await refused(forge({}, {}, { signer: disguised, name: disguised }), 'cca-identity');
  });

  test('an NF’s certificate issues no other', async () => {
    // The chain names the AMF as issuer of what the visited CA issued.
    const foreign = await certified(visited, VISITED);
    await refused(
      forge({}, { x5c: [der(foreign.tls.cert), der(amf.tls.cert)] }, { signer: foreign, name: foreign }),
      'cca-chain',
    );
  });

  test('expired, from the future, too long-lived, or without times, it is refused', async () => {
    await refused(forge({ iat: seconds() - 50, exp: seconds() - 5 }), 'cca-expired');
    await refused(forge({ iat: seconds() + 30, exp: seconds() + 60 }), 'cca-iat');
    // Whatever exp says, after a minute it is old.
    await refused(forge({ iat: seconds() - 90, exp: seconds() + 3600 }), 'cca-expired');
    for (const claim of ['sub', 'iat', 'exp', 'aud']) await refused(forge({ [claim]: undefined }), `cca-${claim}`);
    await refused(forge({ sub: 'amf' }), 'cca-claims');
  });

  test('its key comes as x5c and from nowhere else', async () => {
    await refused(forge({}, { x5u: 'https://elsewhere.example/cert.pem' }), 'cca-certificate');
    await refused(forge({}, { x5c: [] }), 'cca-certificate');
    await refused(forge({}, { x5c: ['bm8='] }), 'cca-certificate');
    await refused(forge({}, { x5c: Array.from({ length: 9 }, () => der(amf.tls.cert)) }), 'cca-certificate');
    await refused('a.b.c', 'cca-malformed');
    await refused('', 'cca-malformed');
    await refused('x'.repeat(20_000), 'cca-size');
  });

  test('another algorithm than ES256 is refused', async () => {
    const [, payload] = (await createCca(amf, ['UDM'])).split('.');
    const header = { alg: 'none', x5c: [der(amf.tls.cert)] };
    await refused(`${Buffer.from(JSON.stringify(header)).toString('base64url')}.${payload}.`, 'cca-signature');
    const hmac = new SignJWT({ sub: amf.nfInstanceId, aud: ['UDM'], iat: seconds(), exp: seconds() + 30 })
      .setProtectedHeader({ alg: 'HS256', x5c: [der(amf.tls.cert)] })
      .sign(readFileSync(amf.tls.cert));
    await refused(hmac, 'cca-signature');
  });

  test('what was verified once is known, and refused once it has expired', async (t) => {
    const verifier = new CcaVerifier(receiver, home.ca);
    const assertion = await forge();
    const first = await verifier.verify(assertion);
    assert.equal(verifier.cached(assertion), first);
    t.mock.timers.enable({ apis: ['Date'], now: Date.now() + 40_000 });
    assert.equal(verifier.cached(assertion), undefined);
    await assert.rejects(verifier.verify(assertion), Refusal);
  });
});
