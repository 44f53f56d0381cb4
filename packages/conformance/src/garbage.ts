/** Requests that no document foresees: what a broken or hostile sender may send. */
import type { Draft } from './generate.ts';
import type { Random } from './random.ts';

type Garbage = (draft: Draft, random: Random) => { readonly what: string; readonly expected: 'refusal' | 'no failure' };

const withBody = (draft: Draft, text: string | Uint8Array, what: string): ReturnType<Garbage> => {
  const takesBody = draft.operation.body !== undefined;
  draft.text = text;
  draft.headers['content-type'] = draft.media?.type ?? 'application/json';
  // Where a body means nothing it may be ignored; a form can be made of anything.
  return { what, expected: takesBody && !draft.media?.type.includes('form') ? 'refusal' : 'no failure' };
};
/** JSON that may happen to be what the operation takes, e.g. an empty patch. */
const withJson = (draft: Draft, text: string, what: string): ReturnType<Garbage> => ({
  ...withBody(draft, text, what),
  expected: 'no failure',
});

export const GARBAGE: readonly Garbage[] = [
  (draft, random) => withBody(draft, random.bytes(random.integer(1, 400)), 'random octets as body'),
  (draft, random) => withBody(draft, `{"${random.word(5)}":`, 'an unfinished body'),
  (draft, random) => withBody(draft, '['.repeat(random.pick([100, 10_000])), 'an endless list'),
  (draft) => withBody(draft, '{"a":1}{"a":2}', 'two bodies'),
  (draft) => withBody(draft, '{"a":\u0000"\u0001"}', 'control characters in the body'),
  (draft) => withBody(draft, Uint8Array.of(0x22, 0xc3, 0x28, 0xff, 0x22, 0x7d), 'malformed UTF-8'),
  (draft, random) => withJson(draft, nested(random.pick([30, 3000])), 'a deep body'),
  (draft, random) =>
    withJson(draft, random.pick(['null', 'true', '0', '-1e999', '""', '[]', '{}', '[[]]']), 'a bare value'),
  (draft, random) =>
    withJson(draft, `{"${random.word(9)}":"${'x'.repeat(random.pick([5_000, 400_000]))}"}`, 'a large body'),
  (draft) => withJson(draft, '{"__proto__":{"a":1},"constructor":{"prototype":{"a":1}}}', 'names of JavaScript'),
  (draft, random) => {
    draft.query.push([random.pick(['', '__proto__', 'a[b]', '$ne', random.word(200)]), random.word(20)]);
    return { what: 'a query parameter that nobody knows', expected: 'no failure' };
  },
  (draft, random) => {
    const [first] = draft.query;
    if (first) draft.query.push(first, first);
    else draft.query.push(...Array.from({ length: 300 }, (): [string, string] => [random.word(3), '']));
    return { what: 'repeated or many query parameters', expected: 'no failure' };
  },
  (draft, random) => {
    draft.path += random.pick(['/%00', '/%2e%2e%2f', '/%ff', '//', '/%', `/${random.word(600)}`, '/..%5c', '/é']);
    return { what: 'a strange path', expected: 'no failure' };
  },
  (draft, random) => {
    const segments = draft.path.split('/');
    segments[random.integer(3, segments.length)] = random.pick(['%00', '%ff', 'a%2fb', random.word(300), '%', "'--"]);
    draft.path = segments.join('/');
    return { what: 'a strange path segment', expected: 'no failure' };
  },
  (draft, random) => {
    const name = random.pick([
      '3gpp-sbi-message-priority',
      'if-match',
      '3gpp-sbi-target-apiroot',
      'accept',
      random.word(12),
    ]);
    draft.headers[name] = random.pick([
      '',
      ';;;',
      '99999999999999999999',
      random.word(2000),
      '"',
      '*/',
      'https://:0/\\',
    ]);
    return { what: `a strange header ${name}`, expected: 'no failure' };
  },
  (draft, random) => {
    draft.headers['content-type'] = random.pick([
      '',
      '/',
      'application/json; charset=utf-16',
      'a'.repeat(500),
      '*/*',
      'multipart/related',
    ]);
    return { what: 'a strange media type', expected: 'no failure' };
  },
];

const nested = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
