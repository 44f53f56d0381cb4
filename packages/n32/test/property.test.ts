/** Random bodies, headers and queries through a random policy: what arrives is what was sent, and nothing that is to be hidden is seen. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { IeInfo, ProtectionPolicy } from '@twincore/model';
import { readMessage, type SbiRequest } from '../src/index.ts';
import { bothSides, meaning, NOW, wire } from './support.ts';

const RUNS = 2_000;

/** Seeded (mulberry32), so that a failing case comes back. */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

const NAMES = ['a', 'b', 'c', 'd/e', 'f~g', '', '0', '1', 'constructor', 'length', 'ü', '"', 'contentId', 'value'];
const TEXTS = [
  '',
  'x',
  '"',
  '\\',
  '\u0000',
  '😀',
  '\u2028',
  'iePath',
  '%7B',
  'null',
  'a much longer text that repeats',
];

type Random = ReturnType<typeof randomOf>;
const pick = <T>(random: Random, list: readonly T[]): T => list[random(list.length)] as T;

function value(random: Random, depth: number): unknown {
  const kind = random(depth > 0 ? 8 : 5);
  if (kind === 0) return null;
  if (kind === 1) return random(2) === 1;
  if (kind === 2) return pick(random, [0, -1, 1.5, 1e21, 123456789012345, 2 ** 53, -1e-7]);
  if (kind <= 4) return pick(random, TEXTS) + random(1000);
  const size = random(5);
  if (kind === 5) return Array.from({ length: size }, () => value(random, depth - 1));
  return Object.fromEntries(Array.from({ length: size }, () => [pick(random, NAMES), value(random, depth - 1)]));
}

const escaped = (name: string) => name.replace(/~/g, '~0').replace(/\//g, '~1');
const pointer = (random: Random) =>
  Array.from({ length: random(4) }, () => `/${random(4) === 0 ? '*' : escaped(pick(random, NAMES))}`).join('');

function policy(random: Random): ProtectionPolicy {
  const ies: IeInfo[] = Array.from({ length: 1 + random(6) }, () => ({
    ieLoc: 'BODY',
    ieType: pick(random, ['UEID', 'LOCATION', 'OTHER']),
    reqIe: pointer(random),
    rspIe: pointer(random),
  }));
  const others: IeInfo[] = [
    { ieLoc: 'URI_PARAM', ieType: pick(random, ['UEID', 'OTHER']), reqIe: 'id' },
    { ieLoc: 'URI_PARAM', ieType: pick(random, ['UEID', 'OTHER']), reqIe: 'q' },
    { ieLoc: 'HEADER', ieType: pick(random, ['UEID', 'OTHER']), reqIe: 'X-A', rspIe: 'x-b' },
  ];
  const mapping = { apiSignature: '{apiRoot}/nx-y/v1/{id}/z', apiMethod: 'POST', IeList: [...ies, ...others] };
  return { dataTypeEncPolicy: ['UEID', 'LOCATION'], apiIeMappingList: [mapping] };
}

test(`${RUNS} random exchanges arrive as they were sent`, () => {
  let encrypted = 0;
  for (let seed = 1; seed <= RUNS; seed++) {
    const random = randomOf(seed);
    const sides = bothSides({ policy: policy(random) });
    const content = () => ({
      headers: [
        ['content-type', 'application/json'],
        ['x-a', pick(random, ['1', 'two words', ''])],
        ['x-b', `v${random(9)}`],
        ['x-b', 'again'],
      ] as const,
      body: Buffer.from(JSON.stringify(value(random, 4))),
    });
    const request: SbiRequest = {
      method: 'POST',
      scheme: 'https',
      authority: 'x.example.org',
      path: `/nx-y/v1/${pick(random, ['id-1', '%C3%BC', 'a%2Fb'])}/z${pick(random, ['', '?q=1', '?q=%22&r&q=2', '?q', '?a=b=c'])}`,
      ...content(),
    };
    const sent = sides.visited.protectRequest(request, NOW);
    encrypted += sent.reformatted.encrypted;
    const received = sides.home.receiveRequest(readMessage(wire(sent.message)), NOW);
    assert.deepEqual(meaning(received.request), meaning(request), `seed ${seed}`);

    const response = { status: 200, ...content() };
    const answer = sides.home.protectResponse(response, received, NOW);
    const got = sides.visited.receiveResponse(readMessage(wire(answer.message)), sent, NOW);
    assert.deepEqual(meaning(got.response), meaning(response), `seed ${seed}`);
  }
  // Else nothing would have been tried.
  assert.ok(encrypted > RUNS, `${encrypted} values were encrypted`);
});
