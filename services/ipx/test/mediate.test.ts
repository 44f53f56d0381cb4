/** What an IPX wants to change, as a patch: only what is there, only where it differs. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Block } from '@twincore/n32';
import type { Mediation } from '../src/config.ts';
import { mediate } from '../src/procedures/mediate.ts';

const block: Block = {
  metaData: { n32fContextId: 'ab'.repeat(8), messageId: '1', authorizedIpxId: 'ipx.example.org' },
  headers: [{ header: 'user-agent', value: 'AMF-1' }],
  payload: [
    { iePath: '/pei', ieValueLocation: 'BODY', value: ' IMEISV-1 ' },
    { iePath: '/supi', ieValueLocation: 'BODY', value: { encBlockIndex: 0 } },
  ],
};
const CASES: readonly [string, Mediation, object[]][] = [
  [
    'a header is added',
    { on: 'request', header: 'X-Trace', set: 'a' },
    [{ op: 'add', path: '/headers/-', value: { header: 'x-trace', value: 'a' } }],
  ],
  [
    'a header is set',
    { on: 'request', header: 'User-Agent', set: 'AMF' },
    [{ op: 'replace', path: '/headers/0/value', value: 'AMF' }],
  ],
  ['a header that is right stays', { on: 'request', header: 'user-agent', set: 'AMF-1' }, []],
  [
    'a value is written in another way',
    { on: 'request', ie: '/pei', normalise: 'trim' },
    [{ op: 'replace', path: '/payload/0/value', value: 'IMEISV-1' }],
  ],
  [
    'another value is put in',
    { on: 'request', ie: '/pei', set: 'imeisv-2' },
    [{ op: 'replace', path: '/payload/0/value', value: 'imeisv-2' }],
  ],
  ['what is encrypted is no text', { on: 'request', ie: '/supi', normalise: 'lowercase' }, []],
  ['what is not there stays away', { on: 'request', ie: '/gpsi', set: 'x' }, []],
  ['what is for answers is not for requests', { on: 'response', header: 'x-trace', set: 'a' }, []],
];
for (const [title, mediation, operations] of CASES) {
  test(title, () => assert.deepEqual(mediate(block, 'request', [mediation]), operations));
}

test('a message without headers gets a list of them', () => {
  const { headers: _headers, ...bare } = block;
  const value = [{ header: 'x-trace', value: 'a' }];
  assert.deepEqual(mediate(bare, 'request', [{ on: 'request', header: 'x-trace', set: 'a' }]), [
    { op: 'add', path: '/headers', value },
  ]);
});
