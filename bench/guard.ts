/** What authorization costs a call: the same smallest operation with and without a token, the guard by itself, and new tokens. */
import {
  createPrivateKey,
  createPublicKey,
  randomUUID,
  sign as signOctets,
  verify as verifySignature,
} from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openPlmnPki } from '@twincore/lab/pki';
import { nfFqdn } from '@twincore/model';
import { CcaVerifier, Guard, type PeerIdentity, SECURE, type TokenRule, TokenVerifier } from '@twincore/sbi';
import { freePort } from '@twincore/testkit';
import { requestsPerSecond } from './support/load.ts';
import { median, printTable, progress, whole } from './support/output.ts';
import { cpuSeconds, start } from './support/process.ts';

const PLMN = { mcc: '001', mnc: '01' };
const SHAPE = { concurrency: 64, connections: 2 };
const ROUNDS = 5;
const SECONDS = 1.5;
const NEW_TOKENS = 2_000;
const KNOWN_CALLS = 200_000;

export async function guard(): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'twincore-bench-'));
  try {
    const bench = await prepare(dir);
    const calls = await bench.calls();
    const cost = await bench.cost();
    progress('');
    console.log(
      `  mutual TLS 1.3; ${SHAPE.concurrency} requests under way; medians of ${ROUNDS} rounds of ${SECONDS} s, taken in turn`,
    );
    printTable([
      ['', 'calls /s', 'CPU a call'],
      ['TLS identity alone', whole(calls.open.rate), microseconds(calls.open.cpu)],
      ['with a known token', whole(calls.guarded.rate), microseconds(calls.guarded.cpu)],
    ]);
    console.log('');
    printTable([
      ['the guard by itself', 'a call', 'share', 'aim'],
      ['a known token', microseconds(cost.known), percent(cost.known / calls.guarded.cpu), '5 % of a call'],
      ['a new token', microseconds(cost.fresh), percent(cost.crypto / cost.fresh), 'share in crypto'],
    ]);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

const microseconds = (seconds: number) => `${(seconds * 1e6).toFixed(1)} µs`;
const percent = (share: number) => `${(share * 100).toFixed(1)} %`;

async function prepare(dir: string) {
  const pki = await openPlmnPki(join(dir, 'pki'), PLMN);
  const signing = await pki.signingKey();
  const issuer = randomUUID();
  const certified = async (nfType: string) => {
    const nfInstanceId = randomUUID();
    const fqdn = nfFqdn(nfType, PLMN);
    return {
      nfInstanceId,
      fqdn,
      tls: await pki.certificate({ name: nfInstanceId, nfInstanceId, nfTypes: [nfType], fqdn }),
    };
  };
  const [producer, consumer] = [await certified('UDM'), await certified('AMF')];
  const identity = {
    ...producer,
    nfType: 'UDM',
    plmnId: PLMN,
    sNssais: [],
    nsiList: [],
    nfSetIdList: [],
    nfServiceSetIdList: [],
  };
  const tokens = { issuer, keys: signing.jwks };
  const [jwk] = (JSON.parse(readFileSync(signing.jwks, 'utf8')) as { keys: { kid: string }[] }).keys;
  const key = { key: createPrivateKey(readFileSync(signing.key)), dsaEncoding: 'ieee-p1363' } as const;
  const claims = { iss: issuer, sub: consumer.nfInstanceId, aud: 'UDM', scope: 'nx nx:read' };
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const sign = (serial: number) => {
    const header = { alg: 'ES256', kid: jwk?.kid, typ: 'JWT' };
    const text = `${encode(header)}.${encode({ ...claims, exp: Math.floor(Date.now() / 1000) + 600 + serial })}`;
    return `${text}.${signOctets('sha256', Buffer.from(text), key).toString('base64url')}`;
  };

  return {
    /** Requests per second, and processor time of the server for each, of both routes. */
    async calls() {
      const port = await freePort();
      const configFile = join(dir, 'nf.json');
      const config = {
        ...{
          nfInstanceId: producer.nfInstanceId,
          nfType: 'UDM',
          plmnId: PLMN,
          fqdn: producer.fqdn,
          tls: producer.tls,
          tokens,
        },
        sbi: { host: '127.0.0.1', port },
        stateDir: join(dir, 'state'),
        log: { level: 'error' },
        limits: { requestsPerSecond: 1_000_000 },
      };
      writeFileSync(configFile, JSON.stringify(config));
      const nf = await start(join(import.meta.dirname, 'support/guarded-nf.ts'), ['--config', configFile]);
      const { key: keyFile, cert, ca } = consumer.tls;
      const tls = {
        key: readFileSync(keyFile),
        cert: readFileSync(cert),
        ca: readFileSync(ca),
        servername: producer.fqdn,
      };
      const authorization = `Bearer ${sign(0)}`;
      const headers = { 'user-agent': `AMF-${consumer.nfInstanceId}` };
      const loads = {
        open: { path: '/nx/v1/open', headers },
        guarded: { path: '/nx/v1/guarded', headers: { ...headers, authorization } },
      };
      const measure = async (name: keyof typeof loads) => {
        const before = cpuSeconds(nf.child.pid ?? 0);
        const rate = await requestsPerSecond({ ...SHAPE, port, tls, seconds: SECONDS, ...loads[name] });
        return { rate, cpu: (cpuSeconds(nf.child.pid ?? 0) - before) / (rate * SECONDS) };
      };
      const rounds = { open: [] as Measured[], guarded: [] as Measured[] };
      try {
        // Both run hot before anything counts, and take turns, so that what else the machine does falls on both.
        for (const name of ['open', 'guarded'] as const) await measure(name);
        for (let round = 0; round < ROUNDS; round++) {
          progress(`guard: round ${round + 1} of ${ROUNDS}`);
          for (const name of ['open', 'guarded'] as const) rounds[name].push(await measure(name));
        }
      } finally {
        await nf.stop();
      }
      const middle = (of: Measured[]) => ({
        rate: median(of.map(({ rate }) => rate)),
        cpu: median(of.map(({ cpu }) => cpu)),
      });
      return { open: middle(rounds.open), guarded: middle(rounds.guarded) };
    },

    /** Seconds that the guard takes for a known and for a new token, and that the signature of the latter takes alone. */
    async cost() {
      const verifier = new TokenVerifier(identity, tokens, SECURE);
      const cca = new CcaVerifier({ ...identity, insecure: SECURE }, producer.tls.ca);
      const guarded = new Guard({ identity, insecure: SECURE, verifier, cca });
      const rule: TokenRule = {
        access: 'token',
        operation: 'Nx_Get',
        service: 'nx',
        scopes: ['nx:read'],
        consumers: ['AMF'],
      };
      const peer: PeerIdentity = {
        nfInstanceId: consumer.nfInstanceId,
        nfTypes: ['AMF'],
        fqdn: consumer.fqdn,
        plmnId: PLMN,
      };
      progress(`guard: ${NEW_TOKENS} new tokens`);
      const made: string[] = [];
      for (let serial = 1; serial <= NEW_TOKENS; serial++) made.push(sign(serial));
      const admit = (token: string) => guarded.admit(rule, peer, { authorization: `Bearer ${token}` });

      const half = NEW_TOKENS / 2;
      for (const token of made.slice(0, half)) await admit(token);
      const fresh = await timed(made.slice(half), admit);
      const publicKey = {
        key: createPublicKey({ key: jwk as never, format: 'jwk' }),
        dsaEncoding: 'ieee-p1363' as const,
      };
      const crypto = await timed(made.slice(half), (token) => {
        const end = token.lastIndexOf('.');
        verifySignature(
          'sha256',
          Buffer.from(token.slice(0, end)),
          publicKey,
          Buffer.from(token.slice(end + 1), 'base64url'),
        );
      });
      const [token = ''] = made;
      const again = Array.from({ length: KNOWN_CALLS }, () => token);
      for (const known of again.slice(0, 20_000)) admit(known);
      const startedAt = performance.now();
      for (const known of again) admit(known);
      const known = (performance.now() - startedAt) / 1000 / KNOWN_CALLS;
      return { known, fresh, crypto };
    },
  };
}

interface Measured {
  readonly rate: number;
  readonly cpu: number;
}

/** Seconds for each. */
async function timed(tokens: readonly string[], work: (token: string) => unknown): Promise<number> {
  const startedAt = performance.now();
  for (const token of tokens) await work(token);
  return (performance.now() - startedAt) / 1000 / tokens.length;
}
