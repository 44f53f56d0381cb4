import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeMessage, encodeMessage } from '../src/index.ts';
import { MESSAGE_ROWS } from '../src/messages.ts';
import { messages, Random } from './generate.ts';

const ROUNDS = 60;

test('every message decodes to what was encoded, with all and with some optional IEs', () => {
  const random = new Random(501);
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const message of messages(random, round === 0 ? 'all' : 'some')) {
      const bytes = encodeMessage(message);
      assert.deepEqual(decodeMessage(bytes), message, `round ${round} ${bytes.toString('hex')}`);
    }
  }
});

test('encoding a decoded message gives the same octets', () => {
  const random = new Random(502);
  for (const message of messages(random, 'all')) {
    const bytes = encodeMessage(message);
    assert.equal(encodeMessage(decodeMessage(bytes)).toString('hex'), bytes.toString('hex'));
  }
});

test('message types, names and tags are each used once', () => {
  assert.equal(new Set(MESSAGE_ROWS.map((row) => row.code)).size, MESSAGE_ROWS.length);
  assert.equal(new Set(MESSAGE_ROWS.map((row) => row.name)).size, MESSAGE_ROWS.length);
  for (const row of MESSAGE_ROWS) {
    const tags = Object.values(row.optional).map((ie) => ie.iei);
    assert.equal(new Set(tags).size, tags.length, row.name);
  }
});
