/** A lab directory with a run that a test writes, and a console that follows it. */
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NasTraceRecord, SbiTraceRecord } from '@twincore/sbi';
import { parseConfig } from '@twincore/sbi';
import type { FastifyBaseLogger } from 'fastify';
import pino from 'pino';
import { ConsoleConfig } from '../src/config.ts';
import { startConsole } from '../src/console.ts';

export interface FakeRun {
  readonly dir: string;
  readonly id: string;
  /** Adds lines to the trace of an NF. */
  write(nf: string, ...records: readonly unknown[]): void;
  raw(nf: string, text: string): void;
  /** Begins another run, which is the latest from then on. */
  next(id: string): FakeRun;
  remove(): void;
}

export function fakeRun(dir = mkdtempSync(join(tmpdir(), 'twincore-console-')), id = 'first'): FakeRun {
  const trace = join(dir, 'runs', id, 'trace');
  mkdirSync(trace, { recursive: true });
  const latest = join(dir, 'runs/latest');
  rmSync(latest, { force: true });
  symlinkSync(id, latest);
  const raw = (nf: string, text: string) => appendFileSync(join(trace, `${nf}.ndjson`), text);
  return {
    dir,
    id,
    raw,
    write: (nf, ...records) => raw(nf, records.map((record) => `${JSON.stringify(record)}\n`).join('')),
    next: (other) => fakeRun(dir, other),
    remove: () => rmSync(dir, { recursive: true, force: true }),
  };
}

const AMF = { nfType: 'AMF', nfInstanceId: '341cd12a-209a-5cc4-94b1-34a7a5c8c9b2', plmn: '001-01' };
const NRF = { nfType: 'NRF', nfInstanceId: '52c11241-de91-5741-aa18-5317603b3c6e', plmn: '001-01' };

export function sbiRecord(changes: Partial<SbiTraceRecord> = {}): SbiTraceRecord {
  return {
    kind: 'sbi',
    at: 1_000,
    durationMs: 5,
    traceId: 'a'.repeat(32),
    spanId: 'b'.repeat(16),
    from: AMF,
    to: NRF,
    operation: 'Nnrf_NFDiscovery_Request',
    method: 'GET',
    authority: 'nrf.5gc.mnc001.mcc001.3gppnetwork.org:17101',
    uri: '/nnrf-disc/v1/nf-instances?target-nf-type=AUSF&requester-nf-type=AMF',
    requestHeaders: { accept: 'application/json' },
    status: 200,
    responseHeaders: { 'content-type': 'application/json' },
    responseBody: { validityPeriod: 60, nfInstances: [] },
    ...changes,
  };
}

export function nasRecord(changes: Partial<NasTraceRecord> = {}): NasTraceRecord {
  return {
    kind: 'nas',
    at: 1_000,
    traceId: 'a'.repeat(32),
    from: { nfType: 'UE' },
    to: AMF,
    message: 'Registration request',
    n2: 'InitialUEMessage',
    security: 'plain',
    detail: {},
    ...changes,
  };
}

export interface TestConsole {
  readonly url: string;
  readonly password: string | undefined;
  get(path: string, headers?: Record<string, string>): Promise<{ status: number; headers: Headers; body: unknown }>;
  send(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<{ status: number; headers: Headers; body: unknown }>;
  stop(): Promise<void>;
}

const PAGE = '<!doctype html><meta name="csp-nonce" content="__CSP_NONCE__"><div id="root"></div>';

/** A console with a page of one line, so that no test of the service needs Vite. */
export async function testConsole(dir: string, config: Record<string, unknown> = {}): Promise<TestConsole> {
  const dist = mkdtempSync(join(tmpdir(), 'twincore-console-dist-'));
  mkdirSync(join(dist, 'assets'));
  writeFileSync(join(dist, 'index.html'), PAGE);
  writeFileSync(join(dist, 'favicon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>');
  const limits = { followMs: 20, healthMs: 100, ...(config.limits as object) };
  const running = await startConsole({
    config: parseConfig(ConsoleConfig, { dir, port: 0, ...config, limits }, 'test'),
    dist,
    log: pino({ level: 'silent' }) as FastifyBaseLogger,
  });
  const send: TestConsole['send'] = async (method, path, body, headers = {}) => {
    const answer = await fetch(new URL(path, running.url), {
      method,
      redirect: 'error',
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await answer.text();
    const isJson = answer.headers.get('content-type')?.includes('json');
    return { status: answer.status, headers: answer.headers, body: isJson ? JSON.parse(text) : text };
  };
  return {
    url: running.url,
    password: running.password,
    get: (path, headers) => send('GET', path, undefined, headers),
    send,
    async stop() {
      await running.stop();
      rmSync(dist, { recursive: true, force: true });
    },
  };
}

/** Polls until `find` finds something. */
export async function eventually<T>(
  what: string,
  find: () => Promise<T | undefined> | T | undefined,
  ms = 10_000,
): Promise<T> {
  const deadline = Date.now() + ms;
  for (;;) {
    const found = await find();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > deadline) throw new Error(`not within ${ms} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
