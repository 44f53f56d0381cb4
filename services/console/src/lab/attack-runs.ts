/** Runs of attacks, one after the other: what is under way, and what came of the last ones. */
import { LabError } from '@twincore/lab';
import { Refused } from '../security/door.ts';
import type { AttackRun, AttackView, MessageSummary } from '../wire.ts';

export interface AttackOutcome {
  readonly withDefence: NonNullable<AttackRun['withDefence']>;
  readonly withoutDefence?: NonNullable<AttackRun['withoutDefence']>;
  readonly serving: boolean;
}

/** The catalogue, and how one of its attacks is run against the lab. */
export interface AttackBook {
  describe(): Promise<readonly AttackView[]>;
  /** Party key of the NF that it attacks; undefined where there is no such attack. */
  targetOf(id: string): string | undefined;
  /** `onProgress` hears what is being done; `onStopped` that the first half is over. The lab has every defence on again afterwards. */
  run(
    id: string,
    options: {
      readonly withoutDefence: boolean;
      readonly onProgress: (text: string) => void;
      readonly onStopped: () => void;
    },
  ): Promise<AttackOutcome>;
}

export interface AttackRunsOptions {
  readonly book: AttackBook;
  /** Messages that were answered with an error, between two times. */
  readonly errorsBetween: (from: number, to: number) => readonly MessageSummary[];
  readonly onChange: () => void;
}

const KEPT = 50;
/** Messages that a run shows as where it was stopped. */
const SHOWN = 5;

interface Run {
  readonly view: Omit<AttackRun, 'stoppedAt' | 'progress'>;
  readonly progress: string[];
  /** When the half with every defence on was over. */
  stoppedAt?: number;
}

export class AttackRuns {
  readonly #options: AttackRunsOptions;
  #runs: Run[] = [];
  #next = 1;

  constructor(options: AttackRunsOptions) {
    this.#options = options;
  }

  /** The oldest first. */
  list(): AttackRun[] {
    return this.#runs.map((run) => this.#viewOf(run));
  }

  /** Begins a run. Throws {@link Refused} while another one is under way, or there is no such attack. */
  start(attack: string, withoutDefence: boolean): AttackRun {
    if (this.#options.book.targetOf(attack) === undefined) {
      throw new Refused(404, `there is no attack ${attack}`, 'Choose one from the list.');
    }
    if (this.#runs.some(({ view }) => view.state === 'running')) {
      throw new Refused(409, 'another attack is under way', 'Wait until it is over: they change the same lab.');
    }
    const run: Run = {
      view: { id: String(this.#next++), attack, state: 'running', startedAt: Date.now() },
      progress: [],
    };
    this.#runs = [...this.#runs, run].slice(-KEPT);
    void this.#do(run, withoutDefence);
    return this.#viewOf(run);
  }

  async #do(run: Run, withoutDefence: boolean): Promise<void> {
    const end = (members: Partial<AttackRun>) => {
      Object.assign(run.view, { endedAt: Date.now(), ...members });
      run.stoppedAt ??= Date.now();
      this.#options.onChange();
    };
    try {
      const outcome = await this.#options.book.run(run.view.attack, {
        withoutDefence,
        onProgress: (text) => {
          run.progress.push(text);
          this.#options.onChange();
        },
        onStopped: () => {
          run.stoppedAt = Date.now();
        },
      });
      end({ state: 'done', ...outcome });
    } catch (error) {
      const advice = error instanceof LabError ? error.advice : 'The log of the console may say more.';
      end({ state: 'failed', error: error instanceof Error ? error.message : String(error), advice });
    }
  }

  #viewOf({ view, progress, stoppedAt }: Run): AttackRun {
    const target = this.#options.book.targetOf(view.attack);
    const errors = view.state === 'running' ? [] : this.#options.errorsBetween(view.startedAt, stoppedAt ?? Date.now());
    // A request for nothing at all shows afterwards that the NF still serves.
    const atTarget = errors.filter(({ to, title }) => to === target && title !== 'unknown');
    return { ...view, progress: [...progress], stoppedAt: (atTarget.length > 0 ? atTarget : errors).slice(-SHOWN) };
  }
}
