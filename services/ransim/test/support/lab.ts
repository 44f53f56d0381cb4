/** A ransim on real TLS with scripted AMFs, and an operator that drives it. */
import { generateHomeNetworkKey } from '@twincore/crypto';
import type { PlmnId } from '@twincore/model';
import type { HttpResponse } from '@twincore/sbi';
import { type StartedNf, type TestClient, type TestPlmn, testPlmn } from '@twincore/testkit';
import type { RansimConfig } from '../../src/config.ts';
import { ransim } from '../../src/nf.ts';
import type { DeregistrationOutcome, RegistrationOutcome } from '../../src/ue/procedure.ts';
import type { Ue } from '../../src/ue/ue.ts';
import { ScriptedAmf } from './scripted-amf.ts';

export const HOME: PlmnId = { mcc: '001', mnc: '01' };
export const VISITED: PlmnId = { mcc: '999', mnc: '70' };
export const SUPI = 'imsi-001010000000001';
export const K = 'a251ac4cac567d04799d4091419a64b6';
export const OPC = '9da09cb8e463798177341336c5ed13b9';

const profileA = generateHomeNetworkKey('A');
const profileB = generateHomeNetworkKey('B');
export const CARD = {
  plmnId: HOME,
  k: K,
  opc: OPC,
  routingIndicator: '0000',
  protectionScheme: 1,
  homeNetworkPublicKeyId: 1,
  homeNetworkPublicKey: profileA.publicKey.toString('hex'),
};
export const CARD_B = {
  ...CARD,
  protectionScheme: 2,
  homeNetworkPublicKeyId: 2,
  homeNetworkPublicKey: profileB.publicKey.toString('hex'),
};
export const CARD_NULL = { plmnId: HOME, k: K, opc: OPC, routingIndicator: '0000', protectionScheme: 0 };

type UeView = ReturnType<Ue['view']>;

export interface Lab {
  readonly plmn: TestPlmn;
  readonly operator: TestClient;
  readonly home: ScriptedAmf;
  readonly visited: ScriptedAmf;
  readonly config: Record<string, unknown>;
  /** Ransim as it runs now. */
  readonly ransim: StartedNf<RansimConfig>;
  /** Stops ransim and starts another on the same state, with these changes of its configuration. */
  restart(changes?: Record<string, unknown>): Promise<void>;
  /** Runs `work` with timers that soon expire. */
  withShortTimers(work: () => Promise<void>): Promise<void>;
  send(method: 'GET' | 'PUT' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<HttpResponse>;
  provision(supi?: string, card?: object): Promise<HttpResponse>;
  register(options?: object, supi?: string): Promise<RegistrationOutcome>;
  deregister(options?: object, supi?: string): Promise<DeregistrationOutcome>;
  view(supi?: string): Promise<UeView>;
  close(): Promise<void>;
}

/** For a test that waits for their expiry; every other one has the timers of the TS, so that a busy machine fails nothing. */
const SHORT_TIMERS = { T3510: 300, T3520: 300, T3521: 100, T3540: 300 };

export async function startLab(changes: Record<string, unknown> = {}): Promise<Lab> {
  const plmn = await testPlmn(HOME);
  const home = await ScriptedAmf.start({ plmnId: HOME });
  const visited = await ScriptedAmf.start({ plmnId: VISITED });
  for (const amf of [home, visited]) equip(amf);
  const gnb = (name: string, amf: ScriptedAmf, id: string) => ({
    name,
    plmnId: amf.plmnId,
    gnbId: id,
    tac: '000001',
    nrCellId: `${id}001`,
    sNssais: [{ sst: 1, sd: '000001' }],
    amf: { host: '127.0.0.1', port: amf.port },
  });
  const config = {
    nfType: 'RANSIM',
    tokens: undefined,
    gnbs: [gnb('gnb-home', home, '000101'), gnb('gnb-visited', visited, '000201')],
    n2: { minRetryMs: 20, maxRetryMs: 100, waitMs: 500 },
    ...changes,
  };
  let running = await plmn.start(ransim, config);
  const operator = await plmn.client('OPERATOR');
  const lab: Lab = {
    plmn,
    operator,
    home,
    visited,
    config,
    get ransim() {
      return running;
    },
    async restart(changed = {}) {
      const { stateDir } = running.config;
      await running.stop();
      running = await plmn.start(ransim, { ...config, ...changed, stateDir });
    },
    async withShortTimers(work) {
      await lab.restart({ timers: SHORT_TIMERS });
      try {
        await work();
      } finally {
        await lab.restart();
      }
    },
    send: (method, path, body) =>
      operator.send({
        method,
        url: `${running.apiRoot}/ransim/v1/ues${path}`,
        ...(body === undefined ? {} : { body }),
      }),
    provision: (supi = SUPI, card = CARD) => lab.send('PUT', `/${supi}`, card),
    async register(options = {}, supi = SUPI) {
      const answer = await lab.send('POST', `/${supi}/registrations`, { plmnId: HOME, ...options });
      if (answer.status !== 200) throw new Error(`${answer.status} ${JSON.stringify(answer.body)}`);
      return answer.body as RegistrationOutcome;
    },
    async deregister(options = {}, supi = SUPI) {
      const answer = await lab.send('POST', `/${supi}/deregistrations`, options);
      if (answer.status !== 200) throw new Error(`${answer.status} ${JSON.stringify(answer.body)}`);
      return answer.body as DeregistrationOutcome;
    },
    view: async (supi = SUPI) => (await lab.send('GET', `/${supi}`)).body as UeView,
    async close() {
      await running.stop();
      await home.close();
      await visited.close();
      await plmn.close();
    },
  };
  return lab;
}

export function equip(amf: ScriptedAmf): void {
  amf.subscribers.set(SUPI, { k: K, opc: OPC, sqn: 0n });
  amf.homeNetworkKeys.set('1-1', profileA.privateKey);
  amf.homeNetworkKeys.set('2-2', profileB.privateKey);
}

/** Waits for what happens beside the answers of the API. */
export async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (let i = 0; i < 1_000; i++) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`never: ${what}`);
}
