/**
 * What discovery costs when many NFs are registered: repeated questions against node:http2 alone, new questions one after the
 * other, and tokens. All NFs are of the type that is asked for, so that the type alone finds nothing.
 */
import { createPrivateKey, generateKeyPairSync, sign as signOctets, verify as verifySignature } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import type { NFProfile } from '@twincore/model';
import { type BenchNf, type BenchNrf, profileOf, ROUNDS, SECONDS, SHAPE, startNrf } from './support/nrf.ts';
import { printTable, progress, whole } from './support/output.ts';
import { cpuSeconds } from './support/process.ts';

const SIZES = [10, 1_000, 10_000];
const MATCHES = 10;
/** Questions that were not asked before, one after the other. */
const NEW_QUESTIONS = 1_000;
const TOKENS = 2_000;
const AT_ONCE = 32;

export async function discoveryScale(): Promise<void> {
  const repeated = [['registered NFs', 'matches', 'octets', 'raw node:http2 /s', 'NRF /s', 'ratio', 'aim']];
  const fresh = [['registered NFs', 'new questions /s', 'CPU ms each', 'restart, s']];
  let tokens: string[] = [];
  for (const size of SIZES) {
    progress(`${size} NFs register`);
    const udms = population(size);
    const nrf = await startNrf(false, udms);
    const registered = whole(udms.length + 1);
    try {
      const amf = await nrf.nf('AMF');
      await nrf.register(amf);
      for (const matches of [1, MATCHES]) {
        const query = { 'target-nf-type': 'UDM', 'target-nf-set-id': setOf(matches) };
        const { raw, nrf: rate, octets } = await nrf.compare(amf, query, `${size} NFs, ${matches} found`);
        const figures = [whole(octets), whole(raw), whole(rate), (rate / raw).toFixed(2)];
        repeated.push([registered, String(matches), ...figures, '0.60']);
      }
      const { rate, cpuMs } = await newQuestions(nrf, amf);
      fresh.push([registered, whole(rate), cpuMs.toFixed(2), nrf.startSeconds.toFixed(1)]);
      if (size === SIZES[0]) tokens = await tokenRate(nrf, amf);
    } finally {
      await nrf.stop();
    }
  }
  progress('');
  console.log(
    `  by NF set, mutual TLS 1.3; ${SHAPE.concurrency} requests under way; medians of ${ROUNDS} rounds of ${SECONDS} s, taken in turn`,
  );
  printTable(repeated);
  console.log(
    `\n  ${whole(NEW_QUESTIONS)} questions that nobody asked before (by SUPI and NF set), ${AT_ONCE} at once`,
  );
  printTable(fresh);
  console.log(`\n  ${whole(TOKENS)} access tokens, ${AT_ONCE} at once`);
  printTable([['tokens /s', 'CPU ms each', 'of it one ES256 signature, ms', 'share'], tokens]);
}

const setOf = (matches: number) => `set${matches}.udmset.5gc.mnc001.mcc001`;

/** UDMs: one is in the first set, {@link MATCHES} others are in the second, and the rest in sets of their own. */
function population(size: number): NFProfile[] {
  return Array.from({ length: Math.max(size, MATCHES + 1) }, (_, i) => {
    const set = i === 0 ? setOf(1) : i <= MATCHES ? setOf(MATCHES) : `set-${i}.udmset.5gc.mnc001.mcc001`;
    const supi = `00101${String(i).padStart(10, '0')}`;
    return profileOf('UDM', {
      nfSetIdList: [set],
      udmInfo: { groupId: `g${i}`, supiRanges: [{ start: supi, end: supi }] },
    });
  });
}

async function newQuestions(nrf: BenchNrf, amf: BenchNf): Promise<{ rate: number; cpuMs: number }> {
  const http = nrf.client(amf);
  const ask = async (i: number) => {
    const query = new URLSearchParams({
      ...{ 'requester-nf-type': 'AMF', 'target-nf-type': 'UDM', 'target-nf-set-id': setOf(MATCHES) },
      supi: `imsi-00101${String(i).padStart(10, '0')}`,
    });
    const url = `${nrf.origin}/nnrf-disc/v1/nf-instances?${query}`;
    const { status } = await http.send({ method: 'GET', url, target: 'NRF', operation: 'Nnrf_NFDiscovery_Request' });
    if (status !== 200) throw new Error(`the NRF answered ${status}`);
  };
  await inParallel(NEW_QUESTIONS, (i) => ask(i + NEW_QUESTIONS));
  const { seconds, cpu } = await timed(nrf, () => inParallel(NEW_QUESTIONS, ask));
  await http.close();
  return { rate: NEW_QUESTIONS / seconds, cpuMs: (1000 * cpu) / NEW_QUESTIONS };
}

async function tokenRate(nrf: BenchNrf, amf: BenchNf): Promise<string[]> {
  const http = nrf.client(amf);
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    nfInstanceId: amf.nfInstanceId,
    nfType: 'AMF',
    targetNfType: 'UDM',
    scope: 'nudm-x',
  }).toString();
  const ask = async () => {
    const { status } = await http.send({
      method: 'POST',
      url: `${nrf.origin}/oauth2/token`,
      body,
      contentType: 'application/x-www-form-urlencoded',
      target: 'NRF',
      operation: 'Nnrf_AccessToken_Get',
    });
    if (status !== 200) throw new Error(`the NRF answered ${status}`);
  };
  await inParallel(TOKENS, ask);
  const { seconds, cpu } = await timed(nrf, () => inParallel(TOKENS, ask));
  await http.close();
  const each = (1000 * cpu) / TOKENS;
  const signature = signatureMs();
  return [whole(TOKENS / seconds), each.toFixed(2), signature.toFixed(3), `${whole((100 * signature) / each)} %`];
}

async function timed(nrf: BenchNrf, run: () => Promise<void>): Promise<{ seconds: number; cpu: number }> {
  const pid = nrf.process.child.pid ?? 0;
  const cpuBefore = cpuSeconds(pid);
  const startedAt = performance.now();
  await run();
  return { seconds: (performance.now() - startedAt) / 1000, cpu: cpuSeconds(pid) - cpuBefore };
}

async function inParallel(count: number, ask: (i: number) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < count) await ask(next++);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

/** What the signature of a token costs by itself here. */
function signatureMs(): number {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const key = {
    key: createPrivateKey(privateKey.export({ type: 'pkcs8', format: 'pem' })),
    dsaEncoding: 'ieee-p1363' as const,
  };
  const token = Buffer.alloc(400, 'a');
  const once = () => signOctets('sha256', token, key);
  if (!verifySignature('sha256', token, { key: publicKey, dsaEncoding: 'ieee-p1363' }, once()))
    throw new Error('ES256');
  for (let i = 0; i < 500; i++) once();
  const before = process.cpuUsage();
  for (let i = 0; i < 2_000; i++) once();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / 2_000;
}
