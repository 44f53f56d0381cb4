/** Who is let in: names, origins, logins, and what every answer tells the browser. */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { Login } from '../src/security/login.ts';
import { eventually, type FakeRun, fakeRun, sbiRecord, type TestConsole, testConsole } from './support.ts';

let run: FakeRun;
before(() => {
  run = fakeRun();
  run.write('nrf', sbiRecord());
});
after(() => run.remove());

/** Status of a request whose Host is not what fetch would send. */
function statusWithHost(url: string, lines: readonly string[], request = 'GET /api/lab HTTP/1.1'): Promise<number> {
  const { port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), '127.0.0.1', () => {
      socket.write(`${[request, ...lines, 'connection: close'].join('\r\n')}\r\n\r\n`);
    });
    let text = '';
    socket.on('data', (octets) => {
      text += octets.toString();
    });
    socket.on('end', () => resolve(Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1])));
    socket.on('error', reject);
  });
}

describe('on loopback', () => {
  let web: TestConsole;
  before(async () => {
    web = await testConsole(run.dir);
  });
  after(() => web.stop());

  test('it answers without a login', async () => {
    assert.equal((await web.get('/api/lab')).status, 200);
    assert.equal(web.password, undefined);
  });

  for (const host of [
    'evil.example',
    'evil.example:80',
    '127.0.0.1.evil.example',
    'user@localhost',
    '',
    '[::2]',
    '0.0.0.0',
  ]) {
    test(`it is not called ${host || 'nothing'}: DNS rebinding comes to nothing`, async () => {
      assert.equal(await statusWithHost(web.url, [`host: ${host}`]), 421);
    });
  }
  for (const host of ['localhost', 'LOCALHOST:80', '127.0.0.1', '[::1]:17400']) {
    test(`it is called ${host}`, async () => {
      assert.equal(await statusWithHost(web.url, [`host: ${host}`]), 200);
    });
  }

  const foreign = [
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { origin: 'http://localhost:1' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
  ] as const;
  for (const headers of foreign) {
    test(`what comes with ${JSON.stringify(headers)} is refused, reading and writing alike`, async () => {
      assert.equal((await web.get('/api/lab', { ...headers })).status, 403);
      assert.equal((await web.send('POST', '/api/ues', { supi: 'imsi-001010000000009' }, { ...headers })).status, 403);
    });
  }

  test('a body that a form could send is refused', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
      const answer = await web.send('POST', '/api/ues', '{"supi":"imsi-001010000000009"}', { 'content-type': type });
      assert.equal(answer.status, 415, type);
    }
  });

  test('every answer has a policy without anything inline but the nonce of the page, which is new each time', async () => {
    const pages = [await web.get('/'), await web.get('/')];
    const policies = pages.map(({ headers }) => headers.get('content-security-policy') ?? '');
    const nonces = policies.map((policy) => /style-src 'self' 'nonce-([\w-]{16,})'/.exec(policy)?.[1]);
    assert.ok(nonces[0] && nonces[0] !== nonces[1]);
    assert.ok(String(pages[0]?.body).includes(nonces[0]), 'the page knows it');
    const others = [await web.get('/api/lab'), await web.get('/nothing'), await web.get('/favicon.svg')];
    for (const { headers } of [...pages, ...others]) {
      const policy = headers.get('content-security-policy') ?? '';
      assert.match(policy, /default-src 'none'/);
      assert.match(policy, /script-src 'self';/);
      assert.match(policy, /frame-ancestors 'none'/);
      assert.doesNotMatch(policy, /unsafe/);
      assert.equal(headers.get('x-content-type-options'), 'nosniff');
    }
    assert.equal(others[0]?.headers.get('cache-control'), 'no-store');
  });

  test('it hands out nothing but its page', async () => {
    for (const path of [
      '/../package.json',
      '/assets/../index.html',
      '/assets/%2e%2e/index.html',
      '/assets/..%2f..%2fpackage.json',
    ]) {
      assert.notEqual((await web.get(path)).status, 200, path);
    }
  });

  test('without a lab that runs, what needs one says so and what to do', async () => {
    const { status, body } = await web.get('/api/ues');
    assert.equal(status, 503);
    assert.match(JSON.stringify(body), /no lab is running/);
    assert.match(JSON.stringify(body), /npm start/);
  });

  test('parameters that are wrong are 400, never 500', async () => {
    const paths = [
      '/api/messages?limit=100000',
      '/api/messages?from=-1',
      '/api/messages?kind=html',
      '/api/messages?unknown=1',
      `/api/messages?text=${'x'.repeat(300)}`,
      '/api/messages/x',
      '/api/procedures?outcome=maybe',
    ];
    for (const path of paths) assert.equal((await web.get(path)).status, 400, path);
    for (const path of ['/api/messages/999999', '/api/procedures/none', '/api/keys/none', '/api/nothing']) {
      assert.equal((await web.get(path)).status, 404, path);
    }
    const bodies = [
      {},
      { supi: 'imsi-x' },
      { supi: 'imsi-001010000000009', count: 1e9 },
      { supi: 'imsi-001010000000009', more: 1 },
    ];
    for (const body of bodies)
      assert.equal((await web.send('POST', '/api/ues', body)).status, 400, JSON.stringify(body));
    assert.equal((await web.send('POST', '/api/ues', '{', {})).status, 400);
    assert.equal((await web.send('POST', '/api/ues', { supi: 'x'.repeat(300_000) })).status, 413);
  });

  test('live updates begin with the counts, and their number is bounded', async () => {
    const few = await testConsole(run.dir, { limits: { streams: 2 } });
    const abort = new AbortController();
    try {
      const streams = [1, 2].map(() => fetch(new URL('/api/events', few.url), { signal: abort.signal }));
      const [first] = await Promise.all(streams);
      const reader = first?.body?.getReader();
      const { value } = (await reader?.read()) ?? {};
      assert.match(Buffer.from(value ?? []).toString(), /^event: counts\ndata: \{"messages"/);
      assert.equal((await few.get('/api/events')).status, 503);
    } finally {
      abort.abort();
      await few.stop();
    }
  });
});

describe('with a login', () => {
  let web: TestConsole;
  before(async () => {
    web = await testConsole(run.dir, { host: '0.0.0.0', names: ['lab.example'] });
  });
  after(() => web.stop());

  test('an address other than loopback demands one', () => {
    assert.match(web.password ?? '', /^[\w-]{20}$/);
  });

  test('the page is there for everybody, the lab is not', async () => {
    assert.equal((await web.get('/')).status, 200);
    assert.deepEqual((await web.get('/api/session')).body, { needed: true, open: false });
    for (const path of ['/api/lab', '/api/messages', '/api/events', '/api/ues', '/api/nothing']) {
      assert.equal((await web.get(path)).status, 401, path);
    }
    assert.equal((await web.send('POST', '/api/ues', {})).status, 401);
  });

  test('the password opens it by a cookie that scripts and other sites do not get', async () => {
    assert.equal((await web.send('POST', '/api/session', { password: 'wrong' })).status, 403);
    const { status, headers } = await web.send('POST', '/api/session', { password: web.password });
    assert.equal(status, 200);
    const cookie = headers.get('set-cookie') ?? '';
    assert.match(cookie, /HttpOnly/i);
    assert.match(cookie, /SameSite=Strict/i);
    assert.doesNotMatch(cookie, new RegExp(web.password ?? 'none'));
    const session = { cookie: cookie.split(';', 1)[0] ?? '' };
    await eventually('the message', async () => {
      const { body } = await web.get('/api/messages', session);
      return (body as { total: number }).total === 1 || undefined;
    });
    assert.equal((await web.get('/api/lab', { cookie: 'twincore_session=guess' })).status, 401);
    assert.equal((await web.get('/api/lab', { ...session, origin: 'https://evil.example' })).status, 403);
    await web.send('DELETE', '/api/session', undefined, session);
    assert.equal((await web.get('/api/lab', session)).status, 401);
  });

  test('a name that it was given is one by which it is called', async () => {
    assert.equal(await statusWithHost(web.url, ['host: lab.example'], 'GET / HTTP/1.1'), 200);
    assert.equal(await statusWithHost(web.url, ['host: 192.0.2.7:17400'], 'GET / HTTP/1.1'), 200);
    assert.equal(await statusWithHost(web.url, ['host: other.example'], 'GET / HTTP/1.1'), 421);
    assert.equal(await statusWithHost(web.url, ['host: 192.0.2.7.other.example'], 'GET / HTTP/1.1'), 421);
  });
});

test('a wrong password can be tried so often a minute; the next minute it is open again', () => {
  const login = new Login();
  for (let i = 0; i < 10; i++) assert.equal(login.enter('guess', 0), undefined);
  assert.equal(login.enter(login.password, 0), undefined);
  assert.ok(login.enter(login.password, 61_000));
});

test('a session ends after half a day', () => {
  const login = new Login();
  const session = login.enter(login.password, 0);
  assert.ok(login.knows(session, 1_000));
  assert.ok(!login.knows(session, 13 * 3_600_000));
  assert.ok(!login.knows(undefined));
});
