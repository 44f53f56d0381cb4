import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Exchange } from '../src/check.ts';
import { Checker } from '../src/checker.ts';
import { type GeneratedRequest, RequestGenerator, type RequestKind } from '../src/generate.ts';
import { matchingText } from '../src/matching-text.ts';
import { Random } from '../src/random.ts';
import { FIXTURES, specs } from './support.ts';

/** The request as its receiver would record it, without an answer. */
function exchangeOf({ method, uri, headers, body }: GeneratedRequest): Exchange {
  const isJson = /json/.test(headers['content-type'] ?? '');
  return {
    method,
    authority: 'nf.example',
    uri,
    requestHeaders: headers,
    ...(body === undefined ? {} : { requestBody: isJson ? jsonOf(String(body)) : body }),
    status: 0,
    responseHeaders: {},
  };
}
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function requests(
  checker: Checker,
  kind: RequestKind,
  each: number,
  services = checker.operations.all(),
): GeneratedRequest[] {
  const generator = new RequestGenerator(checker, { seed: 7, mix: { [kind]: 1 } });
  return services
    .flatMap(({ operations }) => operations)
    .flatMap((operation) =>
      Array.from({ length: each }, (_, index) => generator.request(operation, index) ?? []).flat(),
    )
    .filter((request) => request.kind === kind);
}

test('a valid request has no deviation', () => {
  const checker = new Checker(FIXTURES);
  const made = requests(checker, 'valid', 100);
  assert.equal(made.length, 600);
  for (const request of made) assert.deepEqual(checker.check(exchangeOf(request)).deviations, [], request.uri);
});

test('a nearly valid request has one violation, which it names', () => {
  const checker = new Checker(FIXTURES);
  const made = requests(checker, 'nearly valid', 100);
  assert.ok(made.length > 400, String(made.length));
  const what = new Set<string>();
  for (const request of made) {
    const { deviations } = checker.check(exchangeOf(request));
    assert.ok(deviations.length > 0, `${request.method} ${request.uri} ${request.violation} ${request.body}`);
    what.add((request.violation ?? '').replace(/[:/].*/, ''));
  }
  for (const part of [
    'body ',
    'method PUT',
    'query parameter size',
    'header parameter X-Level',
    'path parameter thingId',
  ]) {
    assert.ok(what.has(part), `${part} in ${[...what]}`);
  }
});

test('a wrong optional member need not be refused, a wrong mandatory one must be', () => {
  const checker = new Checker(FIXTURES);
  const bodies = requests(checker, 'nearly valid', 200).filter(({ violation }) => violation?.startsWith('body /'));
  const expected = (part: string) =>
    new Set(
      bodies.filter(({ violation }) => violation?.startsWith(`body /${part}:`)).map((request) => request.expected),
    );
  assert.deepEqual(expected('name'), new Set(['refusal', 'no failure'])); // mandatory in Thing, optional in ThingPatch
  assert.deepEqual(expected('size'), new Set(['no failure']));
  assert.deepEqual(expected('grant'), new Set(['refusal']));
});

test('a seed and an index determine a request, and another seed makes another one', () => {
  const [operation] = new Checker(FIXTURES).operations.named('CreateThing');
  assert.ok(operation);
  const make = (seed: number, indexes: number[]) => {
    const generator = new RequestGenerator(new Checker(FIXTURES), { seed });
    return indexes.map((index) => generator.request(operation, index));
  };
  const [first, , third] = make(1, [0, 1, 2]);
  assert.deepEqual(make(1, [2, 0]), [third, first]);
  assert.notDeepEqual(make(2, [0])[0], first);
});

test('fixed values take the place of generated ones', () => {
  const checker = new Checker(FIXTURES);
  const generator = new RequestGenerator(checker, {
    seed: 1,
    mix: { valid: 1 },
    fixed: { thingId: 'abc', size: '5', name: 'N', parts: '[{"name":"P"}]', shape: '{"edge":9}', color: '{}' },
  });
  const made = (name: string) => {
    const [operation] = checker.operations.named(name);
    assert.ok(operation);
    return generator.request(operation, 0);
  };
  assert.match(made('FindThings')?.uri ?? '', /[?&]size=5(&|$)/);
  assert.match(made('DeleteThing')?.uri ?? '', /\/things\/abc$/);
  assert.equal(JSON.parse(String(made('CreateThing')?.body)).name, 'N');
  const [operation] = checker.operations.named('CreateThing');
  assert.ok(operation);
  const bodies = Array.from({ length: 40 }, (_, index) =>
    JSON.parse(String(generator.request(operation, index)?.body ?? '{}')),
  );
  for (const [member, value] of Object.entries({ parts: [{ name: 'P' }], shape: { edge: 9 } })) {
    const given = bodies.filter((body) => body[member] !== undefined);
    assert.ok(given.length > 0 && given.length < bodies.length, 'only where the member is there anyway');
    for (const body of given) assert.deepEqual(body[member], value);
  }
});

test('texts match their pattern', () => {
  const random = new Random('texts');
  for (const pattern of [
    '^[A-Fa-f0-9]{6}$',
    '^(a|b+)-[^@]+@\\d{2,3}$',
    '^.{3}[.]x?$',
    '^(imsi-[0-9]{5,15}|nai-.+|.+)$',
  ]) {
    for (let count = 0; count < 50; count += 1) assert.match(matchingText(pattern, random), new RegExp(pattern));
  }
});

describe('over the 3GPP documents', { skip: specs.skip }, () => {
  const LAB = /^(nausf-auth|nudm-(sdm|ueau|uecm)|nudr-dr|nnrf-(nfm|disc)|oauth2|n32c-handshake|namf-comm)$/;
  const labServices = (checker: Checker) => checker.operations.all().filter(({ name }) => LAB.test(name));

  test('valid requests of every operation of the services of the lab are valid', () => {
    const checker = new Checker(specs.dir);
    const services = labServices(checker);
    const made = requests(checker, 'valid', 5, services);
    for (const request of made) assert.deepEqual(checker.check(exchangeOf(request)).deviations, [], request.uri);
    const all = services.flatMap(({ operations }) => operations);
    const without = all.filter((operation) => !made.some((request) => request.operation === operation));
    // These take multipart bodies only.
    assert.deepEqual(without.map(({ name }) => name).sort(), [
      'CancelRelocateUEContext',
      'CreateUEContext',
      'RelocateUEContext',
    ]);
  });

  test('a violation is one', () => {
    const checker = new Checker(specs.dir);
    const made = requests(checker, 'nearly valid', 5, labServices(checker));
    assert.ok(made.length > 1000, String(made.length));
    for (const request of made) {
      // A text that was cut off and whose schema takes any text cannot be told from one that a parser made.
      if (request.violation === 'body: truncated') continue;
      const { deviations } = checker.check(exchangeOf(request));
      assert.ok(deviations.length > 0, `${request.method} ${request.uri} ${request.violation}`);
    }
  });
});
