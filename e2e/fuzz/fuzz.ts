/**
 * Sends generated requests to every NF of a lab and judges every answer. A seed and an index determine each request, so that
 * any of them can be sent again alone.
 */
import {
  Checker,
  createSender,
  type GeneratedRequest,
  type GivenAnswer,
  judge,
  type Operation,
  RequestGenerator,
  type Sender,
  titleOf,
} from '@twincore/conformance';
import type { Lab } from '@twincore/lab';
import { HOME, UE } from '../support/lab.ts';
import { complaints, registers, watchProcesses } from './health.ts';
import { type MemoryGrowth, MemoryWatch } from './memory.ts';
import { Resources } from './resources.ts';
import { openTargets, type Target } from './targets.ts';

export interface FuzzOptions {
  readonly specs: string;
  readonly requests: number;
  readonly seed: string;
  /** Only this NF. */
  readonly nf?: string;
  /** Only this operation and, with `index`, only this request. */
  readonly operation?: string;
  readonly index?: number;
  readonly onProgress?: (sent: number, failures: number) => void;
  readonly signal?: AbortSignal;
}

export interface Sent extends Pick<GeneratedRequest, 'index' | 'kind' | 'method' | 'uri' | 'violation' | 'body'> {
  readonly target: Target;
  readonly operation: string;
  readonly headers: Readonly<Record<string, string>>;
}
export interface Failure {
  readonly request: Sent;
  readonly answer: GivenAnswer;
  readonly what: readonly string[];
}
export interface Row {
  readonly nf: string;
  readonly operation: string;
  readonly isThere: boolean;
  readonly statuses: Map<string, number>;
}
export interface FuzzReport {
  readonly seed: string;
  readonly sent: number;
  readonly seconds: number;
  readonly rows: readonly Row[];
  readonly failures: readonly Failure[];
  readonly memory: readonly MemoryGrowth[];
  /** What is wrong with the lab as a whole. */
  readonly illnesses: readonly string[];
}

export const isClean = ({ failures, memory, illnesses }: FuzzReport): boolean =>
  failures.length === 0 && illnesses.length === 0 && memory.every(({ isRunaway }) => !isRunaway);

const CONCURRENCY = 16;
const MIX = { valid: 2, 'nearly valid': 2, garbage: 1 };
/** One request in so many is without the values that get it past the first checks, or without its token. */
const UNKNOWN_EVERY = 4;
const WITHOUT_TOKEN_EVERY = 9;
/** One request in so many goes to operations of the documents that the NF does not have. */
const ABSENT_EVERY = 12;
/** A UE registers after so many requests, in the midst of them. */
const REGISTRATION_EVERY = 1_000;
const WARM_UP = 0.2;
const LAST_WINDOW = 0.8;
const REGISTERED_UE = UE.profileB;
const NO_SUCH_RESOURCE = 'RESOURCE_URI_STRUCTURE_NOT_FOUND';

interface Asked extends Row {
  readonly target: Target;
  readonly described: Operation;
  isThere: boolean;
  next: number;
}

export async function fuzz(lab: Lab, options: FuzzOptions): Promise<FuzzReport> {
  const checker = new Checker(options.specs);
  const targets = await openTargets(lab, checker);
  const run = new Run(checker, targets.all, options);
  const memory = new MemoryWatch(lab);
  try {
    const changedProcesses = watchProcesses(lab);
    const learnCallback = async () => {
      await lab.ue(REGISTERED_UE).register(HOME, { identity: 'suci' });
      run.resources.set('callbackId', await targets.deregistrationCallback(REGISTERED_UE));
    };
    await learnCallback();
    if (options.index === undefined) await run.findAbsent();
    const startedAt = performance.now();
    const illnesses: string[] = [];
    await run.sendAll(
      {
        [Math.floor(options.requests * WARM_UP)]: () => memory.endWarmUp(),
        [Math.floor(options.requests * LAST_WINDOW)]: async () => memory.beginWindow(),
      },
      async () => {
        await learnCallback().catch((error: Error) => illnesses.push(`a registration in between: ${error.message}`));
      },
    );
    const seconds = (performance.now() - startedAt) / 1000;
    illnesses.push(...(await registers(lab)), ...changedProcesses(), ...complaints(lab));
    return {
      seed: options.seed,
      sent: run.sent,
      seconds,
      rows: run.rows,
      failures: run.failures,
      memory: await memory.end(),
      illnesses,
    };
  } finally {
    memory.stop();
    await run.close();
    await targets.close();
  }
}

type Steps = Readonly<Record<number, () => Promise<void>>>;

class Run {
  readonly rows: readonly Asked[];
  readonly failures: Failure[] = [];
  readonly resources: Resources;
  sent = 0;
  readonly #checker: Checker;
  readonly #options: FuzzOptions;
  readonly #generators = new Map<Target, { known: RequestGenerator; unknown: RequestGenerator }>();
  readonly #senders = new Map<Target, Sender>();

  constructor(checker: Checker, targets: readonly Target[], options: FuzzOptions) {
    this.#checker = checker;
    this.#options = options;
    this.rows = targets
      .filter(({ nf }) => options.nf === undefined || nf === options.nf || nf.startsWith(`${options.nf},`))
      .flatMap((target) =>
        target.operations
          .filter((one) => options.operation === undefined || titleOf(one) === options.operation)
          .map((described) => ({
            target,
            described,
            nf: target.nf,
            operation: titleOf(described),
            isThere: true,
            statuses: new Map<string, number>(),
            next: 0,
          })),
      );
    if (this.rows.length === 0) throw new Error('no NF and operation of these names');
    this.resources = new Resources(this.rows.map(({ described }) => described));
    const { seed } = options;
    for (const { target } of this.rows) {
      if (this.#senders.has(target)) continue;
      const { always, known, url, address, tls } = target;
      this.#generators.set(target, {
        known: new RequestGenerator(checker, { seed, mix: MIX, fixed: { ...always, ...known } }),
        unknown: new RequestGenerator(checker, { seed, mix: MIX, fixed: always }),
      });
      const [ca] = [tls.ca].flat();
      this.#senders.set(target, createSender({ url, address, key: tls.key, cert: tls.cert, ...(ca ? { ca } : {}) }));
    }
  }

  /** Asks for each operation once, to see which of the documents' operations an NF has. */
  async findAbsent(): Promise<void> {
    for (const row of this.rows) {
      const { target, described } = row;
      const { always, known } = target;
      const generator = new RequestGenerator(this.#checker, {
        seed: this.#options.seed,
        mix: { valid: 1 },
        fixed: { ...always, ...known },
      });
      const request = generator.request(described, 0);
      if (!request) continue;
      const answer = await this.#send(target, await this.#complete(target, request, true));
      row.isThere = (answer.body as { cause?: string } | undefined)?.cause !== NO_SUCH_RESOURCE;
    }
  }

  async sendAll(steps: Steps, inBetween: () => Promise<void>): Promise<void> {
    const { requests, index, signal, onProgress } = this.#options;
    if (index !== undefined) {
      for (const row of this.rows) await this.#ask(row, index);
      return;
    }
    const there = this.rows.filter(({ isThere }) => isThere);
    const absent = this.rows.filter(({ isThere }) => !isThere);
    let begun = 0;
    const worker = async () => {
      while (begun < requests && !signal?.aborted) {
        const number = begun;
        begun += 1;
        await steps[number]?.();
        if (number > 0 && number % REGISTRATION_EVERY === 0) await inBetween();
        const isAbsent = there.length === 0 || (absent.length > 0 && number % ABSENT_EVERY === 0);
        const among = isAbsent ? absent : there;
        const turn = isAbsent && there.length > 0 ? Math.floor(number / ABSENT_EVERY) : number;
        const row = among[turn % among.length];
        if (!row) throw new Error('nothing to ask');
        await this.#ask(row, row.next++);
        onProgress?.(this.sent, this.failures.length);
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  }

  async close(): Promise<void> {
    for (const sender of this.#senders.values()) await sender.close();
  }

  async #ask(row: Asked, index: number): Promise<void> {
    const { target, described, statuses } = row;
    const generators = this.#generators.get(target);
    const generator = index % UNKNOWN_EVERY === UNKNOWN_EVERY - 1 ? generators?.unknown : generators?.known;
    const request = generator?.request(described, index);
    if (!request) return;
    const withToken = index % WITHOUT_TOKEN_EVERY !== WITHOUT_TOKEN_EVERY - 1;
    const complete = await this.#complete(target, request, withToken);
    const answer = await this.#send(target, complete);
    this.sent += 1;
    const status = String(answer.failure ?? answer.status);
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    const location = answer.headers.location;
    if (answer.status === 201 && typeof location === 'string') this.resources.learn(location);
    const mustBeRefused = target.token !== undefined && !withToken;
    const what = this.#judge(target, mustBeRefused ? { ...complete, expected: 'refusal' } : complete, answer);
    if (what.length > 0) {
      const { operation: _operation, expected: _expected, ...sent } = complete;
      this.failures.push({ request: { ...sent, target, operation: row.operation }, answer, what });
    }
  }

  async #complete(target: Target, request: GeneratedRequest, withToken: boolean): Promise<GeneratedRequest> {
    const token = withToken ? await target.token?.() : undefined;
    return {
      ...request,
      uri: this.resources.fillIn(request.uri),
      headers: {
        ...target.headers,
        ...request.headers,
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
    };
  }

  async #send(target: Target, request: GeneratedRequest): Promise<GivenAnswer> {
    const sender = this.#senders.get(target);
    if (!sender) throw new Error('a target without sender');
    const answer = await sender.send(request);
    if (answer.status === 200) await target.mend?.();
    return answer;
  }

  #judge(target: Target, request: GeneratedRequest, answer: GivenAnswer): string[] {
    // Documents list 500 for everything; from a healthy NF in a healthy lab it is a fault all the same.
    const isNamed = answer.status !== 500 && request.operation.answers.has(String(answer.status));
    if (answer.status >= 500 && !isNamed && !target.failures.includes(answer.status)) {
      return [`${answer.status} ${causeOf(answer)}`];
    }
    const isGateway = target.failures.includes(answer.status);
    return judge(this.#checker, isGateway ? { ...request, expected: 'no failure' } : request, answer).map(
      ({ part, instance, message, schema }) => `${part}${instance && ` ${instance}`}: ${message} (${schema})`,
    );
  }
}

function causeOf({ body }: GivenAnswer): string {
  const { cause, detail } = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
  return [cause, detail].filter((text) => text !== undefined).join(': ');
}
