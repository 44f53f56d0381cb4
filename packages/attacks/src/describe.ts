/** An attack as plain data: what a page or a terminal shows of it. */
import { DEFAULT_DIR } from '@twincore/lab';
import { DEFENCES } from '@twincore/sbi';
import type { Attack, Refusal } from './attack.ts';
import { byHand } from './by-hand.ts';
import { DEFENCE_FILES } from './defences.ts';

export interface AttackDescription {
  readonly id: string;
  readonly title: string;
  readonly group: string;
  /** Five sentences. */
  readonly story: readonly string[];
  /** What the attacker has to begin with. */
  readonly attacker: string;
  readonly gain: string;
  readonly clause: string;
  readonly references: readonly string[];
  /** The NF that is attacked: `AUSF 001-01`. */
  readonly target: string;
  /** The switch of the defence, what it means to be without it, and where it is. */
  readonly defence: string;
  readonly withoutDefence: string;
  readonly file: string;
  /** The command that switches it off in a running lab. */
  readonly switchOff: string;
  readonly refusal: string;
  readonly steps: readonly string[];
  /** Commands for a terminal. */
  readonly byHand: readonly string[];
}

const GROUPS: Readonly<Record<string, string>> = {
  A: 'known from other cores',
  B: 'bad input',
  G: 'one check each',
  N: 'the border between networks',
};

/** `dir` is the lab directory that the commands name. */
export async function describeAttack(attack: Attack, dir: string = DEFAULT_DIR): Promise<AttackDescription> {
  const { id, title, why, gain, clause, references, target, defence, refusal, steps } = attack;
  const { attacker, commands } = await byHand(attack, dir);
  const nf = target.toUpperCase();
  const does = steps.map((step) => step.does);
  return {
    id,
    title,
    group: GROUPS[id.charAt(0)] ?? '',
    story: [
      `The attacker has ${listed(attacker)}.`,
      why,
      `${capital(does.join(', then '))}.`,
      `Without the defence (“${DEFENCES[defence]}”) this gives ${gain}.`,
      `Here the ${nf} refuses: ${refusalText(refusal)}.`,
    ],
    attacker: listed(attacker),
    gain,
    clause,
    references,
    target: `${nf} 001-01`,
    defence,
    withoutDefence: DEFENCES[defence],
    file: DEFENCE_FILES[defence],
    switchOff: `npm run twincore -- nf set home/${target} insecure.${defence}=true`,
    refusal: refusalText(refusal),
    steps: does,
    byHand: commands,
  };
}

/** `403 insufficient_scope`, in words where there is no status. */
export function refusalText(refusal: Refusal): string {
  if ('tls' in refusal) return 'the TLS handshake fails';
  if ('nothing' in refusal) return '200 with nothing in it';
  return [refusal.status, refusal.cause, refusal.challenge].filter((part) => part !== undefined).join(' ');
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
const listed = (parts: readonly string[]) => parts.join(', and ');
