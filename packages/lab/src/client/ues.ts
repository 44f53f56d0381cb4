/** UEs of the lab: their USIMs in ransim, their subscriptions in the UDR. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { plmnToString } from '@twincore/model';
import { LabError } from '../errors.ts';
import { openHomeNetworkKeys } from '../home-network-keys.ts';
import { createUe, publicKeyFor, type Ue } from '../ue.ts';
import { readUes, type Usim } from '../ue-file.ts';
import { inParallel } from './parallel.ts';
import { refusalOf } from './refusal.ts';
import { type Collaborators, defaultSubscription, homeOf } from './subscribers.ts';
import type { LabClient, NewUe, UeView } from './types.ts';

const PAGE = 1_000;
const AT_ONCE = 16;
const KEY_OCTETS = 16;
/** Profile A, by the key that every network of the lab has under this identifier. */
const DEFAULT_SCHEME = 1;

export function createUes(
  { info, operator }: Collaborators,
  subscribers: LabClient['subscribers'],
): Pick<LabClient, 'ue' | 'ues'> {
  const ransim = () => {
    const found = info.nfs.find(({ nfType }) => nfType === 'RANSIM');
    if (found) return found;
    throw new LabError('this lab has no ransim', 'Add it to deploy/ran.yaml and start the lab again.');
  };
  const planned = () => readUes(join(info.deployDir, 'ues.yaml'));
  const keysOf = (supi: string) => openHomeNetworkKeys(join(info.pkiDir, plmnToString(homeOf(info, supi).plmnId)));
  const send = async (method: 'GET' | 'PUT' | 'DELETE', path: string, body?: unknown) => {
    const { apiRoot, plmn } = ransim();
    const url = `${apiRoot}/ransim/v1/ues${path}`;
    return (await operator(plmn)).request({ method, url, ...(body === undefined ? {} : { body }) });
  };

  const ue = (supi: string): Ue => {
    const { apiRoot, plmn } = ransim();
    return createUe(supi, {
      apiRoot,
      operator: { request: async (request) => (await operator(plmn)).request(request) },
      usim: planned().find((card) => card.supi === supi),
      keys: keysOf(supi),
      insertWhenMissing: true,
    });
  };

  const inserted = async (): Promise<UeView[]> => {
    const found: UeView[] = [];
    for (let after: string | undefined; ; ) {
      const query = after === undefined ? '' : `&after=${encodeURIComponent(after)}`;
      const answer = await send('GET', `?limit=${PAGE}${query}`);
      if (answer.status !== 200) throw refusalOf(ransim(), 'the list', answer);
      const { ues } = answer.body as { ues: readonly RansimUe[] };
      found.push(...ues.map(viewOf));
      after = ues.at(-1)?.supi;
      if (ues.length < PAGE) return found;
    }
  };

  const add = async (wanted: NewUe) => {
    const { plmnId, sNssais } = homeOf(info, wanted.supi);
    const { supi, subscriber = true, protectionScheme = DEFAULT_SCHEME, requestedNssai } = wanted;
    if (!subscriber && (wanted.k === undefined || wanted.opc === undefined)) {
      throw new LabError(
        `K and OPc of ${supi} are needed`,
        'Name those that its subscription has, or let a new one be made.',
        {
          reason: 'usage',
        },
      );
    }
    const { k = randomKey(), opc = randomKey() } = wanted;
    const card: Omit<Usim, 'supi'> = {
      plmnId,
      k,
      opc,
      routingIndicator: '0000',
      protectionScheme,
      ...(protectionScheme === 0 ? {} : { homeNetworkPublicKeyId: protectionScheme }),
      ...(requestedNssai ? { requestedNssai: [...requestedNssai] } : {}),
    };
    // The network first: a UE that nobody knows would only be rejected.
    if (subscriber) {
      await subscribers.add({
        supi,
        authenticationSubscription: {
          authenticationMethod: '5G_AKA',
          k,
          opc,
          authenticationManagementField: '8000',
          sqn: '000000000000',
        },
        ...defaultSubscription(sNssais),
      });
    }
    const answer = await send('PUT', `/${encodeURIComponent(supi)}`, {
      ...card,
      ...publicKeyFor(supi, card, keysOf(supi)),
    });
    if (![201, 204].includes(answer.status)) throw refusalOf(ransim(), supi, answer);
  };

  return {
    ue,
    ues: {
      async list() {
        const known = await inserted();
        const supis = new Set(known.map(({ supi }) => supi));
        const missing = planned().filter(({ supi }) => !supis.has(supi));
        return [...known, ...missing.map(notInserted)].sort((a, b) => a.supi.localeCompare(b.supi));
      },
      add: (ues, onDone) => inParallel(ues, AT_ONCE, add, onDone),
      async get(supi) {
        return viewOf((await ue(supi).state()) as RansimUe);
      },
      async remove(supi, { subscriber = true } = {}) {
        const answer = await send('DELETE', `/${encodeURIComponent(supi)}`);
        if (answer.status !== 204 && answer.status !== 404) throw refusalOf(ransim(), supi, answer);
        if (subscriber) await subscribers.remove(supi);
        else if (answer.status === 404) throw refusalOf(ransim(), supi, answer);
      },
    },
  };
}

interface RansimUe {
  readonly supi: string;
  readonly plmnId: { readonly mcc: string; readonly mnc: string };
  readonly state: string;
  readonly registeredIn?: { readonly mcc: string; readonly mnc: string };
}

const randomKey = () => randomBytes(KEY_OCTETS).toString('hex');

function viewOf(detail: RansimUe): UeView {
  const { supi, plmnId, state, registeredIn } = detail;
  return { supi, plmn: plmnToString(plmnId), state, registeredIn: registeredIn && plmnToString(registeredIn), detail };
}

function notInserted({ supi, plmnId }: Usim): UeView {
  return {
    supi,
    plmn: plmnToString(plmnId),
    state: 'no USIM inserted',
    registeredIn: undefined,
    detail: undefined,
  };
}
