/** Runs attacks against a lab: each with every defence on, and again without the one that is to stop it. */
import type { Lab } from '@twincore/lab';
import type { Defence } from '@twincore/sbi';
import { type Attack, isRefused, isSuccess, type Outcome, outcomeText } from './attack.ts';
import { type Scene, theatre } from './scene.ts';

export interface AttackResult {
  readonly attack: Attack;
  /** With every defence on: what it was answered, and whether that is the refusal which the catalogue expects. */
  readonly refusedWith: string;
  readonly refused: boolean;
  /** Without its defence. */
  readonly without: string;
  readonly succeeded: boolean;
  /** The NF goes on serving after both. */
  readonly serving: boolean;
  readonly ok: boolean;
}

interface Half {
  readonly text: string;
  readonly holds: boolean;
  readonly serving: boolean;
}

/** What the attacks need of a lab. */
export type AttackedLab = Pick<Lab, 'dir' | 'nfs' | 'nf' | 'ue' | 'trace'>;

/**
 * `onProgress` hears what is being done. The lab has every defence on again afterwards. With `withoutDefence: false` only the half
 * with every defence on is played.
 */
export async function runAttacks(
  lab: AttackedLab,
  attacks: readonly Attack[],
  onProgress: (text: string) => void = () => {},
  { withoutDefence = true }: { readonly withoutDefence?: boolean } = {},
): Promise<AttackResult[]> {
  const stage = theatre(lab);
  const targetOf = ({ target }: Attack) => lab.nf('home', target);
  const sceneOf = (attack: Attack) => stage.scene(targetOf(attack));
  try {
    const refused = new Map<Attack, Half>();
    for (const [setting, group] of Map.groupBy(attacks, (attack) => attack.setting)) {
      const [first] = group;
      const nf = setting && first ? targetOf(first) : undefined;
      try {
        await nf?.restart(await setting?.(lab));
        for (const attack of group) {
          onProgress(`${attack.id} with every defence on`);
          await attack.prepare?.(sceneOf(attack));
          const holds = (outcome: Outcome) => isRefused(attack, outcome);
          refused.set(attack, await half(attack, sceneOf(attack), holds));
        }
      } finally {
        await nf?.restart();
      }
    }
    const succeeded = new Map<Attack, Half>();
    for (const [nf, group] of Map.groupBy(withoutDefence ? attacks : [], targetOf)) {
      // Done again, because an attack of another group may have undone it.
      for (const attack of group) await attack.prepare?.(sceneOf(attack));
      try {
        for (const [defence, stopped] of Map.groupBy(group, (attack) => attack.defence)) {
          onProgress(`${nf.label} ${defence}: ${stopped.map(({ id }) => id).join(', ')}`);
          for (const [setting, alike] of Map.groupBy(stopped, (attack) => attack.setting)) {
            await nf.restart({ ...(await setting?.(lab)), insecure: { [defence]: true } });
            for (const attack of alike) {
              succeeded.set(attack, await half(attack, sceneOf(attack), attack.succeeds ?? isSuccess, defence));
            }
          }
        }
      } finally {
        // The other NFs need it as it was.
        await nf.restart();
      }
    }
    return attacks.map((attack) => resultOf(attack, refused.get(attack), succeeded.get(attack)));
  } finally {
    await stage.close();
  }
}

function resultOf(attack: Attack, first: Half | undefined, second: Half | undefined): AttackResult {
  // Where only one half was played, it alone tells.
  const serving = first?.serving === true && second?.serving !== false;
  const [refused, succeeded] = [first?.holds === true, second?.holds === true];
  return {
    attack,
    refusedWith: first?.text ?? '',
    refused,
    without: second?.text ?? '',
    succeeded,
    serving,
    ok: refused && succeeded && serving,
  };
}

/** All steps; the last one decides. */
async function half(attack: Attack, scene: Scene, holds: (outcome: Outcome) => boolean, off?: Defence): Promise<Half> {
  const { pid } = scene.target;
  let outcome: Outcome = { tls: 'no step' };
  for (const { run } of attack.steps) outcome = await run(scene);
  const serving = scene.target.pid === pid && (await isServing(scene, off));
  return { text: outcomeText(outcome), holds: holds(outcome), serving };
}

/** A request that everybody may make is answered: that nothing is here, or by a SEPP, that it has to say where it goes. */
async function isServing(scene: Scene, off?: Defence): Promise<boolean> {
  const request = { method: 'GET', path: '/nothing/v1/here' } as const;
  const bystander = await scene.puppet('AMF', 'bystander');
  const outcome =
    off === 'cleartext'
      ? await scene.nobody(`AMF-${bystander.nfInstanceId}`, request, 'http')
      : await bystander.send(request);
  return 'status' in outcome && outcome.status === (scene.target.config.nfType === 'SEPP' ? 400 : 404);
}
