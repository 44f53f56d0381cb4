import assert from 'node:assert/strict';
import { createServer, type IncomingHttpHeaders } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { Checker } from '../src/checker.ts';
import { probe, renderProbe } from '../src/probe.ts';
import { createSender, type Sender } from '../src/send.ts';
import { FIXTURES } from './support.ts';

/** An NF that serves CreateThing; what it does wrong, a test says. */
type Flaw = 'none' | 'accepts all' | 'fails' | 'wrong body' | 'hangs up' | 'no problem';
let flaw: Flaw = 'none';
const seen: IncomingHttpHeaders[] = [];

interface Reply {
  readonly status: number;
  readonly type: string;
  readonly body: unknown;
}

const problem = (status: number): Reply =>
  flaw === 'no problem'
    ? { status, type: 'application/json', body: { error: 'x' } }
    : { status, type: 'application/problem+json', body: { status, cause: 'INVALID_MSG_FORMAT' } };

function replyTo(headers: IncomingHttpHeaders, text: string): Reply {
  const created = {
    status: 201,
    type: 'application/3gppHal+json',
    body: flaw === 'wrong body' ? { id: 7 } : { id: 'a', name: 'A' },
  };
  if (flaw === 'accepts all') return created;
  if (headers[':path'] !== '/root/nthing-mgmt/v1/things') return problem(404);
  if (headers[':method'] !== 'POST') return problem(405);
  if (headers['content-type'] !== 'application/json') return problem(415);
  if (text.length > 100_000) return problem(413);
  if (isThing(text)) return created;
  return problem(flaw === 'fails' ? 500 : 400);
}

const checker = new Checker(FIXTURES);
const THING = { file: 'TS00001_Nthing_Mgmt.yaml', pointer: '/components/schemas/Thing' };
function isThing(text: string): boolean {
  try {
    return checker.schemas.accepts(THING, JSON.parse(text), 'request');
  } catch {
    return false;
  }
}

const server = createServer((request, response) => {
  seen.push(request.headers);
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    if (flaw === 'hangs up') {
      response.stream.close(2);
      return;
    }
    const { status, type, body } = replyTo(request.headers, Buffer.concat(chunks).toString());
    response.writeHead(status, { 'content-type': type, location: 'https://thing.example/a' });
    response.end(JSON.stringify(body));
  });
});
let sender: Sender;
before(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  sender = createSender({ url: `http://nf.example:${port}/root`, address: '127.0.0.1', token: 'TOKEN' });
});
after(async () => {
  await sender.close();
  server.close();
});

async function run(wanted: Flaw, count = 120) {
  flaw = wanted;
  const [operation] = checker.operations.named('CreateThing');
  assert.ok(operation);
  return probe(checker, operation, sender, { seed: 3, count });
}
const messages = (report: Awaited<ReturnType<typeof run>>) =>
  new Set(report.faults.flatMap(({ deviations }) => deviations.map(({ part, message }) => `${part}: ${message}`)));

test('an NF that does right has no faults', async () => {
  const report = await run('none');
  assert.deepEqual(report.faults, []);
  assert.equal(report.requests, 120);
  assert.ok((report.statuses['valid, documented answer']?.['201'] ?? 0) > 20);
  assert.ok((report.statuses['nearly valid, refusal']?.['400'] ?? 0) > 5);
  assert.equal(seen[0]?.authorization, 'Bearer TOKEN');
  assert.match(renderProbe(report).at(-1) ?? '', /^120 requests to CreateThing .*, seed 3: every answer was right$/);
});

test('faults are found: acceptance, failure, a wrong answer, a wrong refusal, none', async () => {
  assert.ok(messages(await run('accepts all')).has('status: 201 instead of a refusal with 4xx'));
  const failures = messages(await run('fails'));
  assert.ok(failures.has('status: 500 instead of a refusal with 4xx'));
  assert.ok(failures.has('status: 500: what was asked may be refused, but must not fail'));
  const wrong = await run('wrong body');
  assert.ok(wrong.faults.some(({ kind }) => kind === 'valid'));
  assert.ok(messages(wrong).has('body: must be string'));
  const refusals = messages(await run('no problem'));
  assert.ok(refusals.has('media type: application/json instead of application/problem+json'));
  const silence = await run('hangs up', 16);
  assert.equal(silence.faults.length, 16);
  assert.match([...messages(silence)].join(), /there is no answer/);
});
