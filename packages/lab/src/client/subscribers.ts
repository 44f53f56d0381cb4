/** Subscribers of the lab's networks, by the operator API of each UDR. */
import { type PlmnId, plmnToString, type Snssai, type Subscriber, type Subscription } from '@twincore/model';
import { LabError } from '../errors.ts';
import type { LabInfo, NfInfo } from '../lab-info.ts';
import type { Operator } from '../operator.ts';
import { inParallel } from './parallel.ts';
import { refusalOf } from './refusal.ts';
import type { ImportResult, LabClient, SubscriberView } from './types.ts';

export interface Collaborators {
  readonly info: LabInfo;
  readonly operator: (plmn: string) => Promise<Operator>;
}

const PAGE = 1_000;
const AT_ONCE = 16;

/** The network of the lab that a SUPI is at home in. */
export function homeOf({ sites }: LabInfo, supi: string): LabInfo['sites'][number] {
  const found = sites.find(({ plmnId }) => supi.startsWith(`imsi-${plmnId.mcc}${plmnId.mnc}`));
  if (found) return found;
  const known = [...new Set(sites.map(({ plmnId }) => `imsi-${plmnId.mcc}${plmnId.mnc}…`))].join(' and ');
  throw new LabError(`${supi} is at home in no network of this lab`, `SUPIs begin with ${known}`, { reason: 'usage' });
}

/** What a subscriber gets of whom nothing is said but the keys: every slice of the network, the data network "internet". */
export function defaultSubscription(sNssais: readonly Snssai[]): Pick<Subscription, 'amData' | 'smfSelectionData'> {
  const slices = [...sNssais];
  const dnnInfos = [{ dnn: 'internet', defaultDnnIndicator: true, lboRoamingAllowed: true }];
  return {
    amData: {
      subscribedUeAmbr: { uplink: '100 Mbps', downlink: '200 Mbps' },
      nssai: { defaultSingleNssais: slices, singleNssais: slices },
    },
    smfSelectionData: {
      subscribedSnssaiInfos: Object.fromEntries(
        slices.map(({ sst, sd }) => [sd === undefined ? `${sst}` : `${sst}-${sd}`, { dnnInfos }]),
      ),
    },
  };
}

export function createSubscribers({ info, operator }: Collaborators): LabClient['subscribers'] {
  const udrs = info.nfs.filter(({ nfType }) => nfType === 'UDR');
  const udrOf = (plmnId: PlmnId) => {
    const plmn = plmnToString(plmnId);
    const udr = udrs.find((nf) => nf.plmn === plmn);
    if (udr) return udr;
    throw new LabError(`${plmn} has no UDR`, 'Add one to its topology (deploy/*.yaml) and start the lab again.');
  };
  const send = async (udr: NfInfo, method: 'GET' | 'PUT' | 'DELETE', path: string, body?: unknown) =>
    (await operator(udr.plmn)).request({
      method,
      url: `${udr.apiRoot}/udr-operator/v1/subscribers${path}`,
      ...(body === undefined ? {} : { body }),
    });
  const put = async ({ supi, ...subscription }: Subscriber): Promise<'added' | 'replaced'> => {
    const udr = udrOf(homeOf(info, supi).plmnId);
    const answer = await send(udr, 'PUT', `/${encodeURIComponent(supi)}`, subscription);
    if (answer.status === 201) return 'added';
    if (answer.status === 204) return 'replaced';
    throw refusalOf(udr, supi, answer);
  };

  const listOf = async (udr: NfInfo): Promise<SubscriberView[]> => {
    const found: SubscriberView[] = [];
    for (let after: string | undefined; ; ) {
      const query = after === undefined ? '' : `&after=${encodeURIComponent(after)}`;
      const answer = await send(udr, 'GET', `?limit=${PAGE}${query}`);
      if (answer.status !== 200) throw refusalOf(udr, 'the list', answer);
      const { subscribers } = answer.body as { subscribers: readonly ListedSubscriber[] };
      found.push(...subscribers.map((one) => viewOf(udr, one)));
      after = subscribers.at(-1)?.supi;
      if (subscribers.length < PAGE) return found;
    }
  };

  return {
    list: async () => (await Promise.all(udrs.map(listOf))).flat(),
    add: put,
    async import(entries, onDone) {
      const result = { added: 0, replaced: 0, failed: [] as { supi: string; reason: string }[] };
      const work = async (entry: Subscriber) => {
        try {
          result[await put(entry)] += 1;
        } catch (error) {
          if (!(error instanceof LabError)) throw error;
          result.failed.push({ supi: entry.supi, reason: error.message });
        }
      };
      await inParallel(entries, AT_ONCE, work, onDone);
      return result satisfies ImportResult;
    },
    async remove(supi) {
      const udr = udrOf(homeOf(info, supi).plmnId);
      const answer = await send(udr, 'DELETE', `/${encodeURIComponent(supi)}`);
      if (answer.status !== 204) throw refusalOf(udr, supi, answer);
    },
  };
}

interface ListedSubscriber {
  readonly supi: string;
  readonly authenticationMethod: string;
  readonly sqn: string;
  readonly amData?: Subscription['amData'];
}

function viewOf({ plmn }: NfInfo, { supi, authenticationMethod, sqn, amData }: ListedSubscriber): SubscriberView {
  const { singleNssais = [], defaultSingleNssais = [] } = amData?.nssai ?? {};
  const slices = singleNssais.length > 0 ? singleNssais : defaultSingleNssais;
  return { supi, plmn, gpsis: amData?.gpsis ?? [], slices, authenticationMethod, sqn };
}
