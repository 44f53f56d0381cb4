/** Limits hold with and without TLS; what they do to an attacker is in e2e/faults.test.ts. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Settings } from 'node:http2';
import { after, before, test } from 'node:test';
import { NfConfig, type NfDefinition, parseConfig, SECURE } from '@twincore/sbi';
import { type TestPlmn, testPlmn } from '@twincore/testkit';

const nothing: NfDefinition<NfConfig> = { configSchema: NfConfig, build: async () => ({}) };

let home: TestPlmn;
before(async () => {
  home = await testPlmn({ mcc: '001', mnc: '01' });
});
after(() => home.close());

for (const cleartext of [false, true]) {
  test(`a peer hears the limits ${cleartext ? 'without' : 'with'} TLS`, async () => {
    const nf = await home.start(nothing, {
      nfType: 'UDM',
      insecure: { ...SECURE, cleartext },
      limits: { concurrentStreams: 17, headerBytes: 5_000 },
    });
    const { cert, key, ca } = nf.config.tls;
    const [authority = ''] = [ca].flat();
    const session = connect(`${cleartext ? 'http' : 'https'}://127.0.0.1:${nf.config.sbi.port}`, {
      cert: readFileSync(cert),
      key: readFileSync(key),
      ca: readFileSync(authority),
      servername: nf.config.fqdn,
    });
    const [settings] = (await once(session, 'remoteSettings')) as [Settings];
    assert.equal(settings.maxConcurrentStreams, 17);
    assert.equal(settings.maxHeaderListSize, 5_000);
    session.destroy();
    await nf.stop();
  });
}

test('every limit has a default, and one that is given leaves the others', () => {
  const config = {
    nfInstanceId: '00000000-0000-4000-8000-000000000000',
    nfType: 'UDM',
    plmnId: { mcc: '001', mnc: '01' },
    fqdn: 'udm.5gc.mnc001.mcc001.3gppnetwork.org',
    sbi: { port: 1 },
    tls: { key: 'k', cert: 'c', ca: 'a' },
    stateDir: 's',
  };
  const { limits } = parseConfig(NfConfig, config, 'test');
  assert.ok(Object.keys(limits).length > 15);
  for (const [name, value] of Object.entries(limits)) assert.ok(value > 0, name);
  const changed = parseConfig(NfConfig, { ...config, limits: { handshakes: 7 } }, 'test').limits;
  assert.deepEqual(changed, { ...limits, handshakes: 7 });
  assert.throws(() => parseConfig(NfConfig, { ...config, limits: { requestTimeout: 0 } }, 'test'), /requestTimeout/);
});
