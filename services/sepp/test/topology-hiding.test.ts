/** Topology hiding: what a partner sees tells nothing of this network, and comes back as it was. */
import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { nfFqdn } from '@twincore/model';
import { TopologyHiding } from '../src/procedures/topology-hiding.ts';

const HOME = { mcc: '001', mnc: '01' };
const ALL = { fqdns: true, addresses: true, instanceIds: true };
const SEPP = nfFqdn('sepp', HOME);
const hiding = new TopologyHiding(ALL, randomBytes(32), [HOME], [SEPP]);
const json = (value: unknown) => Buffer.from(JSON.stringify(value));
const parsed = (body: Buffer | undefined) => JSON.parse(String(body));

test('a name is hidden in the same way each time, is a host name, and only the key turns it back', () => {
  for (const label of ['ausf', 'ausf-1.region-2', 'a'.repeat(63), `${'b'.repeat(50)}.${'c'.repeat(40)}`]) {
    const name = nfFqdn(label, HOME);
    const hidden = hiding.hideNames(`https://${name}:443/x`);
    assert.equal(hidden, hiding.hideNames(`https://${name}:443/x`));
    assert.ok(!hidden.includes(label.slice(0, 4)));
    const { hostname } = new URL(hidden);
    assert.ok(hostname.length <= 253 && hostname.split('.').every((part) => part.length <= 63), hostname);
    assert.equal(hiding.revealNames(hidden), `https://${name}:443/x`);
    const other = new TopologyHiding(ALL, randomBytes(32), [HOME], []);
    assert.equal(other.revealNames(hidden), hidden, 'a name that this SEPP has not made');
  }
});

test('a name is found wherever it may stand in a text, and nothing else is', () => {
  const name = nfFqdn('ausf', HOME);
  for (const [text, before, after] of [
    [`{"uri":"https://${name}:443/x"}`, '{"uri":"https://', ':443/x"}'],
    [`cb=https%3A%2F%2F${name}%2Fx`, 'cb=https%3A%2F%2F', '%2Fx'],
    [`a..${name}, b`, 'a..', ', b'],
    [`.${name}`, '.', ''],
  ] as const) {
    const hidden = hiding.hideNames(text);
    assert.match(hidden.slice(before.length, hidden.length - after.length), /^th-[a-z0-9.-]+$/);
    assert.ok(hidden.startsWith(before) && hidden.endsWith(after), hidden);
    assert.equal(hiding.revealNames(hidden), text);
  }
  const domain = name.slice('ausf.'.length);
  for (const text of [domain, `.${domain}`, `"${domain}"`, `..${domain}`]) assert.equal(hiding.hideNames(text), text);
});

test('a text that only nearly has names or ids in it, however long, is read once', () => {
  const domain = nfFqdn('x', HOME).slice(1);
  for (const text of [
    'x'.repeat(2_000_000),
    'x.'.repeat(1_000_000),
    domain.repeat(50_000),
    `"nfInstanceId":${' '.repeat(1_000_000)}`,
    '"nfInstanceIds":['.repeat(50_000),
    `"targetNfInstanceId"${' '.repeat(1_000_000)}`,
  ]) {
    const body = Buffer.from(text);
    assert.ok(hiding.exchange().hideRequest('/', { headers: {}, body }).body);
    assert.ok(hiding.exchange().revealRequest('/', { headers: {}, body }).body);
  }
});

test('a made-up hidden name is no name of ours', () => {
  const hidden = new URL(hiding.hideNames(`https://${nfFqdn('ausf', HOME)}`)).hostname;
  const [label = '', ...rest] = hidden.split('.');
  for (let at = 3; at < label.length; at++) {
    const changed = [label.slice(0, at) + (label[at] === 'a' ? 'b' : 'a') + label.slice(at + 1), ...rest].join('.');
    // The last digit has bits to spare, which no octet is made of.
    if (at < label.length - 1) assert.equal(hiding.revealNames(changed), changed);
  }
});

test('an address in a URI gets a name in this PLMN, which turns back into it; other addresses stay', () => {
  const hosts = ['10.1.2.3', '[fd00::3]', 'amf.example.org'];
  const own = new TopologyHiding(ALL, randomBytes(32), [HOME], [SEPP], hosts);
  for (const uri of ['http://10.1.2.3:8000/cb', 'https://[fd00::3]/cb', 'http://10.1.2.3']) {
    const { body } = own.exchange().hideRequest('/', { headers: {}, body: json({ callbackUri: uri }) });
    const hidden = new URL(parsed(body).callbackUri);
    assert.match(hidden.hostname, /^th-.*\.5gc\.mnc001\.mcc001\.3gppnetwork\.org$/);
    assert.equal(hidden.port, new URL(uri).port);
    assert.deepEqual(parsed(own.exchange().revealAnswer({ headers: {}, body }).body), { callbackUri: uri });
    assert.equal(own.revealNames(hidden.origin), new URL(uri).origin);
  }
  for (const other of ['http://10.1.2.30/', 'http://10.1.2.3.example.org/', 'http://192.0.2.1/']) {
    assert.equal(own.hideAddresses(other), other);
  }
});

test('the SEPP stays visible, with the NF type before its name too', () => {
  assert.equal(hiding.hideNames(SEPP), SEPP);
  assert.equal(hiding.hideNames(`001-01; src: SEPP-${SEPP}`), `001-01; src: SEPP-${SEPP}`);
  const scp = nfFqdn('scp', HOME);
  const hidden = hiding.hideNames(`SCP-${scp}`);
  assert.match(hidden, /^SCP-th-/);
  assert.equal(hiding.revealNames(hidden), `SCP-${scp}`);
});

test('our request and its answer: ids of ours are hidden and come back, those of the partner stay', () => {
  const [own, theirs] = [randomUUID(), randomUUID()];
  const exchange = hiding.exchange();
  const list = exchange.hideRequest('/', { headers: {}, body: json({ nfInstanceIds: [own, own] }) });
  assert.ok(!String(list.body).includes(own), 'each of a list');
  const sent = exchange.hideRequest(`/nnrf-disc/v1/nf-instances?requester-nf-instance-id=${own}`, {
    headers: { 'user-agent': `AMF-${own}`, '3gpp-sbi-routing-binding': `bl=nf-instance; nfinst=${theirs}` },
    body: json({ amfInstanceId: own, targetNfInstanceId: theirs }),
  });
  assert.ok(!`${sent.path} ${sent.body} ${JSON.stringify(sent.headers)}`.includes(own));
  assert.equal(parsed(sent.body).targetNfInstanceId, theirs);
  assert.match(String(sent.headers['3gpp-sbi-routing-binding']), new RegExp(theirs));
  const { amfInstanceId } = parsed(sent.body);
  const answer = exchange.revealAnswer({ headers: {}, body: json({ amfInstanceId, nfInstanceId: theirs }) });
  assert.deepEqual(parsed(answer.body), { amfInstanceId: own, nfInstanceId: theirs });
});

test('who asks for a token is hidden in the form of the request, so that the token is for the hidden id; for whom it is, is revealed', () => {
  const [own, theirs] = [randomUUID(), randomUUID()];
  const form = `grant_type=client_credentials&nfInstanceId=${own}&nfType=AMF&targetNfInstanceId=${theirs}`;
  const { body } = hiding.exchange().hideRequest('/oauth2/token', { headers: {}, body: Buffer.from(form) });
  const sent = new URLSearchParams(String(body));
  assert.equal(sent.get('nfInstanceId'), hiding.hideId(own));
  assert.equal(sent.get('targetNfInstanceId'), theirs);
  const asked = form.replace(theirs, hiding.hideId(theirs));
  const received = hiding.exchange().revealRequest('/oauth2/token', { headers: {}, body: Buffer.from(asked) });
  assert.equal(new URLSearchParams(String(received.body)).get('targetNfInstanceId'), theirs);
});

test("a partner's request and our answer: what it names of ours is found, what is its own stays, addresses are gone", () => {
  const [own, theirs] = [randomUUID(), randomUUID()];
  const fqdn = nfFqdn('ausf', HOME);
  const exchange = hiding.exchange();
  const received = exchange.revealRequest('/x', {
    headers: { '3gpp-sbi-routing-binding': `bl=nf-instance; nfinst=${hiding.hideId(own)}` },
    body: json({ nfInstanceId: theirs, targetNfInstanceId: hiding.hideId(own) }),
  });
  assert.deepEqual(parsed(received.body), { nfInstanceId: theirs, targetNfInstanceId: own });
  assert.equal(received.headers['3gpp-sbi-routing-binding'], `bl=nf-instance; nfinst=${own}`);
  const answer = exchange.hideAnswer({
    headers: { 'content-type': 'application/json', '3gpp-sbi-lci': `Load-Metric: 1%; NF-Instance: ${own}` },
    body: json({ nfInstances: [{ nfInstanceId: own, fqdn, ipv4Addresses: ['10.0.0.1'] }], reqNfInstanceId: theirs }),
  });
  const text = `${answer.body} ${JSON.stringify(answer.headers)}`;
  assert.ok(!text.includes(own) && !text.includes('10.0.0.1') && !text.includes('"ausf.'));
  assert.equal(parsed(answer.body).reqNfInstanceId, theirs);
  assert.equal(hiding.revealId(parsed(answer.body).nfInstances[0].nfInstanceId), own);
});

test('octets that are no text come through, and a token is not touched', () => {
  const octets = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
  const authorization = `Bearer ${nfFqdn('nrf-1', HOME)}`;
  const sent = hiding.exchange().hideRequest('/', { headers: { authorization }, body: octets });
  assert.deepEqual(sent.body, octets);
  assert.equal(sent.headers.authorization, authorization);
});
