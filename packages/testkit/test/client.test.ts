/** What a producer, or whoever registered for it, can do to the client of an NF. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { createMetrics, HttpClient, Unreachable } from '@twincore/sbi';
import { type TestPlmn, testPlmn } from '@twincore/testkit';
import pino from 'pino';

const FQDN = 'amf.5gc.mnc001.mcc001.3gppnetwork.org';

let home: TestPlmn;
before(async () => {
  home = await testPlmn({ mcc: '001', mnc: '01' });
});
after(() => home.close());

// Found by `npm run fuzz`: the address of a profile ended the NRF that notified it.
for (const [what, address] of [
  ['multicast', '226.2.254.170'],
  ['broadcast', '255.255.255.255'],
  ['IPv6 multicast', 'ff02::1'],
  ['not even an address', 'x.y'],
]) {
  test(`an address that is ${what} fails the request, not the process`, async () => {
    const nfInstanceId = randomUUID();
    const tls = await home.pki.certificate({ name: nfInstanceId, nfInstanceId, nfTypes: ['NRF'], fqdn: FQDN });
    const http = new HttpClient(
      {
        nfType: 'NRF',
        nfInstanceId,
        tls,
        hosts: { [FQDN]: address ?? '' },
        insecure: { cleartext: false },
      } as ConstructorParameters<typeof HttpClient>[0],
      { metrics: createMetrics({ nfType: 'NRF', plmn: 'test' }), log: pino({ level: 'silent' }) as never },
    );
    const request = { method: 'GET', url: `https://${FQDN}:9/`, target: 'AMF', operation: 'test' } as const;
    await assert.rejects(http.send(request), (error: Error & { status?: number }) => {
      assert.ok(error instanceof Unreachable, String(error));
      assert.equal(error.status, 504);
      return true;
    });
    await http.close();
  });
}
