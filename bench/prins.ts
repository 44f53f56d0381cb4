/**
 * PRINS on one core: what the two SEPPs do to a message, against JSON.parse, JSON.stringify and AES-GCM of the same bytes, which nobody
 * can do without. No network, no HTTP: forwarding as a whole is another benchmark.
 */
import { createCipheriv, createDecipheriv, generateKeyPairSync, randomBytes } from 'node:crypto';
import {
  appendModification,
  CompiledPolicy,
  defaultPolicy,
  type KnownIpx,
  N32fContext,
  readMessage,
  type SbiRequest,
} from '@twincore/n32';
import { median, printTable, progress, whole } from './support/output.ts';

const ROUNDS = 5;
const SECONDS = 0.5;
const BATCH = 200;
const NOW = Date.now();

/** Sizes as those of a roaming registration: a token of 420 octets, and next to nothing, an AKA answer, a long list in the body. */
const TOKEN = `Bearer ${randomBytes(315).toString('base64url')}`;
const CASES: Readonly<Record<string, SbiRequest>> = {
  'GET am-data': request('GET', '/nudm-sdm/v2/imsi-001010000000001/am-data?plmn-id=%7B%22mcc%22%3A%22999%22%7D'),
  'PUT registration': request('PUT', '/nudm-uecm/v1/imsi-001010000000001/registrations/amf-3gpp-access', {
    amfInstanceId: '9cb18adc-11a3-5d2c-ac96-b4d942f5b0f5',
    deregCallbackUri: 'https://amf.5gc.mnc070.mcc999.3gppnetwork.org/namf-callback/v1/registrations/1/deregistration',
    pei: 'imeisv-0010150000000101',
    guami: { plmnId: { mcc: '999', mnc: '70' }, amfId: '020041' },
    ratType: 'NR',
    initialRegistrationInd: true,
  }),
  'POST 16 kB': request('POST', '/nnrf-nfm/v1/subscriptions', {
    list: Array.from({ length: 220 }, (_, i) => ({ id: `${i}`, sst: 1, sd: '00000f', text: 'x'.repeat(32) })),
  }),
};

function request(method: string, path: string, body?: object): SbiRequest {
  return {
    method,
    scheme: 'https',
    authority: 'udm.5gc.mnc001.mcc001.3gppnetwork.org',
    path,
    headers: [
      ['accept', 'application/json, application/problem+json'],
      ['user-agent', 'AMF-9cb18adc-11a3-5d2c-ac96-b4d942f5b0f5'],
      ['traceparent', '00-4e6faa99610adad787e956237877b1c5-65087044156cef87-01'],
      ['authorization', TOKEN],
      ...(body ? [['content-type', 'application/json'] as const] : []),
    ],
    ...(body ? { body: Buffer.from(JSON.stringify(body)) } : {}),
  };
}

const [CIPX, PIPX] = ['ipx.visited.example.org', 'ipx.home.example.org'] as const;
const KEYS = { [CIPX]: ipxKey(), [PIPX]: ipxKey() };

function ipxKey() {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' });
}
const known = (identity: keyof typeof KEYS): KnownIpx => ({ identity, keys: [KEYS[identity].publicKey] });

function contexts(ipx: boolean): { visited: N32fContext; home: N32fContext } {
  const policy = new CompiledPolicy(defaultPolicy());
  const [a, b] = ['0011223344556677', '8899aabbccddeeff'] as const;
  const common = { cipherSuite: 'A256GCM', masterKey: randomBytes(64), expiresAt: NOW + 86_400_000 } as const;
  const side = (role: 'initiating' | 'responding') => {
    const initiating = role === 'initiating';
    const context = new N32fContext(
      { ...common, role, ownContextId: initiating ? a : b, peerContextId: initiating ? b : a },
      {
        own: policy,
        peer: policy,
        ...(ipx ? { authorizedIpxId: initiating ? CIPX : PIPX } : {}),
        trust: ipx ? { own: known(initiating ? CIPX : PIPX), peer: [known(initiating ? PIPX : CIPX)] } : { peer: [] },
      },
    );
    context.grant(context.state(100_000_000));
    return context;
  };
  return { visited: side('initiating'), home: side('responding') };
}

export async function prins(): Promise<void> {
  const rows = [['', 'octets', 'JSON and AES-GCM /s', 'PRINS /s', 'ratio', 'received with two IPX signatures /s']];
  for (const [name, one] of Object.entries(CASES)) {
    progress(`PRINS: ${name}`);
    const { baseline, octets } = floor(one);
    const direct = throughBoth(one, false);
    const mediated = throughBoth(one, true);
    const measured = { baseline: [] as number[], direct: [] as number[], mediated: [] as number[] };
    for (let round = -1; round < ROUNDS; round++) {
      for (const [key, work] of Object.entries({ baseline, direct, mediated })) {
        const rate = perSecond(work);
        // The first round only warms up.
        if (round >= 0) measured[key as keyof typeof measured].push(rate);
      }
    }
    const [base, ours, two] = [measured.baseline, measured.direct, measured.mediated].map(median);
    rows.push([
      name,
      whole(octets),
      whole(base ?? 0),
      whole(ours ?? 0),
      ((ours ?? 0) / (base ?? 1)).toFixed(2),
      whole(two ?? 0),
    ]);
  }
  progress('');
  console.log(
    `  one message protected by one SEPP and verified by the other; per second of CPU; medians of ${ROUNDS} rounds of ${SECONDS} s, taken in turn`,
  );
  console.log(
    '  the IPXs sign in advance, so that what counts is the verification of two ES256 signatures by the SEPP',
  );
  printTable(rows);
}

/** The message as text on the wire, read by the other side. */
function throughBoth(one: SbiRequest, ipx: boolean): () => void {
  const { visited, home } = contexts(ipx);
  if (!ipx) {
    return () => {
      const { message } = visited.protectRequest(one, NOW);
      home.receiveRequest(readMessage(JSON.stringify(message)), NOW);
    };
  }
  let ready: string[] = [];
  return () => {
    if (ready.length === 0) ready = presigned(visited, one);
    home.receiveRequest(readMessage(ready.pop() as string), NOW);
  };
}

let signing = 0;
function presigned(visited: N32fContext, one: SbiRequest): string[] {
  const startedAt = cpuSeconds();
  const messages = Array.from({ length: BATCH }, () => {
    const { message } = visited.protectRequest(one, NOW);
    const signed = ([CIPX, PIPX] as const).reduce(
      (before, identity) => appendModification(before, { identity, privateKey: KEYS[identity].privateKey }, []),
      message,
    );
    return JSON.stringify(signed);
  });
  signing += cpuSeconds() - startedAt;
  return messages.toReversed();
}

/** JSON.parse and JSON.stringify of body and message on each side, base64url and AES-GCM of the same octets. */
function floor(one: SbiRequest): { baseline: () => void; octets: number } {
  const { reformatted, message } = contexts(false).visited.protectRequest(one, NOW);
  const key = randomBytes(32);
  const body = Buffer.from(one.body ?? []).toString('utf8');
  const { aad, plaintext } = reformatted;
  const baseline = () => {
    const iv = randomBytes(12);
    if (body !== '') JSON.parse(body);
    const text = JSON.stringify(JSON.parse(aad));
    const encoded = Buffer.from(text, 'utf8').toString('base64url');
    const cipher = createCipheriv('aes-256-gcm', key, iv);
    cipher.setAAD(Buffer.from(encoded, 'latin1'));
    const ciphertext = Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final()]).toString('base64url');
    const tag = cipher.getAuthTag();
    const wire = JSON.stringify({ aad: encoded, ciphertext });
    const got = JSON.parse(wire) as { aad: string; ciphertext: string };
    const decipher = createDecipheriv('aes-256-gcm', key, iv);
    decipher.setAAD(Buffer.from(got.aad, 'latin1'));
    decipher.setAuthTag(tag);
    const clear = Buffer.concat([decipher.update(Buffer.from(got.ciphertext, 'base64url')), decipher.final()]);
    JSON.parse(clear.toString('utf8'));
    const block = JSON.parse(Buffer.from(got.aad, 'base64url').toString('utf8')) as { payload?: unknown };
    if (body !== '') JSON.stringify(block.payload);
  };
  return { baseline, octets: JSON.stringify(message).length };
}

/** Rounds of `work` in a second of CPU, which is what other work on the machine leaves alone; without that of the IPXs. */
function perSecond(work: () => void): number {
  const startedAt = cpuSeconds();
  const signingBefore = signing;
  let count = 0;
  let elapsed = 0;
  while (elapsed < SECONDS) {
    for (let i = 0; i < BATCH; i++) work();
    count += BATCH;
    elapsed = cpuSeconds() - startedAt - (signing - signingBefore);
  }
  return count / elapsed;
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
