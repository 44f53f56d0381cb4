/** Bodies that nobody reads cost the request, not the connection. Found by `npm run fuzz`. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { NfConfig, type NfDefinition } from '@twincore/sbi';
import { type StartedNf, type TestClient, type TestPlmn, testPlmn } from '@twincore/testkit';

const BODY_BYTES = 65_536;
/** More than any connection had survived: 10 MiB that nobody read, or 1,000 streams that the consumer reset. */
const ENOUGH = { large: 100, small: 1_300 };

const greeting: NfDefinition<NfConfig> = {
  configSchema: NfConfig,
  async build({ server }) {
    const config = { sbi: { access: 'peer', operation: 'Greet', peers: ['*'] } } as const;
    server.get('/nx/v1/greeting', { config }, async () => ({ hello: 'AMF' }));
    server.post('/nx/v1/greeting', { config }, async () => ({ hello: 'AMF' }));
    return {};
  },
};

let home: TestPlmn;
let nf: StartedNf<NfConfig>;
let amf: TestClient;
before(async () => {
  home = await testPlmn({ mcc: '001', mnc: '01' });
  nf = await home.start(greeting, { nfType: 'AUSF', limits: { bodyBytes: BODY_BYTES } });
  amf = await home.client('AMF');
});
after(() => home.close());

const large = 'x'.repeat(3 * BODY_BYTES);
const small = 'x'.repeat(BODY_BYTES / 8);
const cases: [string, { method: 'GET' | 'POST'; path: string; body: string; contentType?: string }, number][] = [
  ['over the limit', { method: 'POST', path: '/nx/v1/greeting', body: JSON.stringify(large) }, 413],
  ['of an unknown type', { method: 'POST', path: '/nx/v1/greeting', body: small, contentType: 'text/plain' }, 415],
  ['for a path that nobody has', { method: 'POST', path: '/nx/v1/else', body: JSON.stringify(small) }, 404],
  ['for a path that cannot be read', { method: 'POST', path: '/%ff', body: JSON.stringify(large) }, 400],
  ['of a GET', { method: 'GET', path: '/nx/v1/greeting', body: JSON.stringify(large) }, 200],
];
for (const [what, { path, ...request }, status] of cases) {
  const count = request.body.length > BODY_BYTES ? ENOUGH.large : ENOUGH.small;
  test(`${count} bodies ${what} are answered with ${status} on one connection`, async () => {
    for (let sent = 0; sent < count; sent += 10) {
      const batch = Array.from({ length: 10 }, () => amf.send({ ...request, url: nf.apiRoot + path }));
      for (const answer of await Promise.all(batch)) assert.equal(answer.status, status, `after ${sent}`);
    }
  });
}

test('a body far over the limit is refused, and the next request is served', async () => {
  const body = JSON.stringify('x'.repeat(20 * BODY_BYTES));
  for (let sent = 0; sent < 20; sent += 1) {
    const answer = await amf.send({ method: 'POST', url: `${nf.apiRoot}/nx/v1/greeting`, body });
    assert.equal(answer.status, 413);
    const next = await amf.send({ method: 'GET', url: `${nf.apiRoot}/nx/v1/greeting` });
    assert.equal(next.status, 200);
  }
});
