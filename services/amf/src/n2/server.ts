/** The AMF's end of N2: every gNB's association, and one session for each UE. */
import { listenN2, type N2Server } from '@twincore/n2';
import type { FastifyBaseLogger } from 'fastify';
import type { UeConnection } from '../procedures/ue-connection.ts';
import { type SessionEnvironment, UeSession } from '../procedures/ue-session.ts';
import { Gnb } from './gnb.ts';
import type { AmfIdentity } from './ng-setup.ts';

export interface N2Options {
  readonly listen: {
    readonly host: string;
    readonly port: number;
    readonly maxGnbs: number;
    readonly maxUesPerGnb: number;
  };
  readonly amf: AmfIdentity;
  readonly log: FastifyBaseLogger;
  readonly sessions: Sessions;
}

/** AMF UE NGAP IDs have 40 bits (TS 38.413 9.3.3.1). */
const ID_LIMIT = 2 ** 40;

/** Sessions by the SUPI of their UE, once it has proved it: a UE has one connection at most. */
export class Sessions {
  readonly #environment: Omit<SessionEnvironment, 'onAdopt' | 'onEnd'>;
  readonly #bySupi = new Map<string, UeSession>();
  readonly #open = new Set<UeSession>();
  readonly #ending = new Set<Promise<unknown>>();

  constructor(environment: Omit<SessionEnvironment, 'onAdopt' | 'onEnd'>) {
    this.#environment = environment;
  }

  of(supi: string): UeSession | undefined {
    return this.#bySupi.get(supi);
  }

  open(connection: UeConnection, onEnd: () => void): UeSession {
    let supi: string | undefined;
    const opened = new UeSession(connection, {
      ...this.#environment,
      onAdopt: (session, ue) => {
        supi = ue.supi;
        const former = this.#bySupi.get(supi);
        this.#bySupi.set(supi, session);
        // The UE cannot be at both ends: what is left of its former connection is released.
        if (former && former !== session) former.release({ group: 'nas', value: 'normal-release' });
      },
      onEnd: (session, settled) => {
        this.#open.delete(session);
        this.#ending.add(settled);
        settled.finally(() => this.#ending.delete(settled));
        if (supi !== undefined && this.#bySupi.get(supi) === session) this.#bySupi.delete(supi);
        onEnd();
      },
    });
    this.#open.add(opened);
    return opened;
  }

  /** Ends all of them. Resolves when nothing is under way for any of them any more. */
  async close(): Promise<void> {
    for (const session of this.#open) session.end();
    await Promise.all(this.#ending);
  }
}

/** Starts to listen for gNBs. */
export function startN2({ listen, amf, log, sessions }: N2Options): Promise<N2Server> {
  let lastId = 0;
  const { host, port, maxGnbs, maxUesPerGnb } = listen;
  return listenN2({ host, port, maxAssociations: maxGnbs }, (association) => {
    return new Gnb(association, {
      amf,
      log,
      maxUes: maxUesPerGnb,
      nextId: () => {
        lastId = (lastId + 1) % ID_LIMIT;
        return lastId;
      },
      openSession: (connection, onEnd) => sessions.open(connection, onEnd),
    });
  });
}
