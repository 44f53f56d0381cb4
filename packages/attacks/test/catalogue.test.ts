import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { PROJECT_ROOT } from '@twincore/lab';
import { CATALOGUE, describeAttack, findAttack, nearAttacks } from '../src/index.ts';
import { page } from '../src/page.ts';

/** Without what a formatter changes: the width of columns. */
const bare = (text: string) => text.replaceAll(/ +/g, ' ').replaceAll(/-{3,}/g, '---').trim();

describe('the catalogue', () => {
  test('has 40 attacks or more, each with an id of its own', () => {
    assert.ok(CATALOGUE.length >= 40, String(CATALOGUE.length));
    assert.equal(new Set(CATALOGUE.map(({ id }) => id.toLowerCase())).size, CATALOGUE.length);
  });

  for (const attack of CATALOGUE) {
    test(`${attack.id} can be told as plain data, with commands of its own steps`, async () => {
      const described = await describeAttack(attack, '/lab');
      assert.deepEqual(JSON.parse(JSON.stringify(described)), described);
      assert.equal(described.story.length, 5);
      for (const sentence of described.story) assert.match(sentence, /^[A-Z“].*\.$/s);
      assert.ok(existsSync(join(PROJECT_ROOT, described.file)), described.file);
      assert.ok(described.byHand.some((command) => command.includes('curl -sS')));
      assert.doesNotMatch(described.byHand.join('\n'), /undefined|NaN|\[object/);
      assert.notEqual(described.attacker, '');
    });
  }

  test('is found by id in any case; near ones are offered', () => {
    assert.equal(findAttack('a12B')?.id, 'A12b');
    assert.equal(findAttack('Z1'), undefined);
    assert.ok(nearAttacks('A12x').includes('A12'));
  });

  test('docs/attacks.md is in step with it', () => {
    assert.equal(
      bare(readFileSync(join(PROJECT_ROOT, 'docs/attacks.md'), 'utf8')),
      bare(page()),
      'node packages/attacks/src/page.ts > docs/attacks.md',
    );
  });
});
