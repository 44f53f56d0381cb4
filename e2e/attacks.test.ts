/** Every known attack is refused by a real lab, which goes on serving; and succeeds when its one defence is switched off. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type AttackResult, CATALOGUE, runAttacks } from '@twincore/attacks';
import { DEFENCES } from '@twincore/sbi';
import { assertRegistered, HOME, startTestLab, type TestLab, UE, VISITED } from './support/lab.ts';

describe('attacks', () => {
  let lab: TestLab;
  let results: readonly AttackResult[];
  before(async () => {
    lab = await startTestLab();
    results = await runAttacks(lab, CATALOGUE);
  });
  after(() => lab.end());

  for (const { id, title } of CATALOGUE) {
    test(`${id} ${title}`, () => {
      const result = results.find(({ attack }) => attack.id === id) ?? assert.fail('it was not run');
      const { attack, refused, refusedWith, succeeded, without, serving } = result;
      assert.ok(refused, `expected ${JSON.stringify(attack.refusal)}, got ${refusedWith}`);
      assert.ok(succeeded, `it fails without ${attack.defence} too, so that nothing shows what stops it: ${without}`);
      assert.ok(serving, `${attack.target} does not serve any more`);
    });
  }

  test('every known attack on an NF of the lab is in the catalogue', () => {
    const ids = new Set(CATALOGUE.map(({ id }) => id.replace(/[a-z]$/, '')));
    for (let number = 1; number <= 13; number++) assert.ok(ids.has(`A${number}`), `A${number}`);
    for (let number = 1; number <= 6; number++) assert.ok(ids.has(`B${number}`), `B${number}`);
  });

  test('every switch has an attack that shows what it is good for', () => {
    const proven = new Set<string>(CATALOGUE.map(({ defence }) => defence));
    const unproven = Object.keys(DEFENCES).filter((name) => !proven.has(name));
    assert.deepEqual(unproven, []);
  });

  test('after all of it UEs register at home and abroad', async () => {
    assertRegistered(await lab.ue(UE.profileB).register(HOME, { identity: 'suci' }));
    assertRegistered(await lab.ue(UE.nullScheme).register(VISITED, { identity: 'suci' }));
  });
});
