/** What an attack of the catalogue is. */
import type { Defence, HttpResponse } from '@twincore/sbi';
import type { AttackedLab } from './runner.ts';
import type { Scene } from './scene.ts';

/** What came of a step: an answer, or nothing because TLS let nobody in. */
export type Outcome = HttpResponse | { readonly tls: string };

export interface Step {
  /** For people: who does what. */
  readonly does: string;
  readonly run: (scene: Scene) => Promise<Outcome>;
}

/** How an attack is refused: `cause` is that of the ProblemDetails, or the `error` of RFC 6749. */
export type Refusal =
  | { readonly status: number; readonly cause?: string; readonly challenge?: string }
  /** The answer is 200 and has nothing in it. */
  | { readonly nothing: true }
  /** No answer: the TLS handshake fails. */
  | { readonly tls: true };

export interface Attack {
  /** That of the catalogue of known attacks, with a letter where it has several cases; G: checks that no known attack is about. */
  readonly id: string;
  readonly title: string;
  /** What it lives on: one sentence. */
  readonly why: string;
  /** What whoever succeeds with it has. */
  readonly gain: string;
  /** The clause that asks for the defence. */
  readonly clause: string;
  /** Where it has worked; empty for the checks of the G list. */
  readonly references: readonly string[];
  /** The switch in the `insecure:` section without which it succeeds. */
  readonly defence: Defence;
  /** The NF of the home network that is attacked. */
  readonly target: 'nrf' | 'ausf' | 'udm' | 'amf' | 'sepp';
  /** How the target has to be configured, in both halves; as the topology says when absent. */
  readonly setting?: (lab: AttackedLab) => Promise<Readonly<Record<string, unknown>>>;
  /** Done while its defence is on: what the attack needs of a network at work. */
  readonly prepare?: (scene: Scene) => Promise<void>;
  /** The same for people who do it by hand. */
  readonly before?: string;
  /** The last one decides. */
  readonly steps: readonly Step[];
  readonly refusal: Refusal;
  /** Whether the attacker got what it wanted; a 2xx when absent. */
  readonly succeeds?: (outcome: Outcome) => boolean;
}

/** `403 CCA_VERIFICATION_FAILURE`, `no TLS connection`. */
export function outcomeText(outcome: Outcome): string {
  if ('tls' in outcome) return `no TLS connection (${outcome.tls})`;
  const { cause, error, nfInstances } = Object(outcome.body) as Record<string, unknown>;
  if (Array.isArray(nfInstances)) return `${outcome.status}, ${nfInstances.length} found`;
  const challenge = /error="(\w+)"/.exec(String(outcome.headers['www-authenticate'] ?? ''))?.[1];
  // Behind a proxy it matters who says so.
  const by =
    outcome.headers.server === undefined || outcome.headers.via === undefined
      ? undefined
      : `from ${String(outcome.headers.server).split('-', 1)[0]}`;
  return [outcome.status, cause ?? error ?? challenge, by].filter((part) => part !== undefined).join(' ');
}

export function isRefused({ refusal, succeeds = isSuccess }: Attack, outcome: Outcome): boolean {
  if (succeeds(outcome)) return false;
  if ('tls' in refusal || 'tls' in outcome) return 'tls' in refusal && 'tls' in outcome;
  if ('nothing' in refusal) return outcome.status === 200;
  const { cause, error } = Object(outcome.body) as { cause?: string; error?: string };
  const challenge = String(outcome.headers['www-authenticate'] ?? '');
  return (
    outcome.status === refusal.status &&
    (cause ?? error) === refusal.cause &&
    (refusal.challenge === undefined || challenge.includes(refusal.challenge))
  );
}

export const isSuccess = (outcome: Outcome) => 'status' in outcome && outcome.status >= 200 && outcome.status < 300;
