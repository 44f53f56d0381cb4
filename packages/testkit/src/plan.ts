/** From the options of a PLMN to the plan of its NFs, in the form that the lab makes configurations from. */
import type { Communication, NfPlan, SitePlan } from '@twincore/lab/parts';
import type { PlmnId, Snssai } from '@twincore/model';

/** An NF of the PLMN: its type in lower case, or that with members of its configuration. */
export type NfChoice = string | { readonly type: string; readonly config: Readonly<Record<string, unknown>> };

/** In the PLMN's directory. */
export const SUBSCRIBERS_FILE = 'subscribers.json';

/** What an NF cannot do without and a test seldom cares for. */
const SENSIBLE: Readonly<Record<string, (plmnId: PlmnId) => Record<string, unknown>>> = {
  AMF: (plmnId) => ({ amfName: 'amf.test', amfId: '010041', taiList: [{ plmnId, tac: '000001' }] }),
  UDR: () => ({ provisioning: { subscribers: `\${deploy}/${SUBSCRIBERS_FILE}` } }),
};

/** Names of the NFs of a PLMN: `ausf`, `ausf-2`, … */
export class NfNames {
  readonly #given = new Map<string, number>();

  next(nfType: string): string {
    const name = nfType.toLowerCase().replaceAll('_', '-');
    const count = (this.#given.get(name) ?? 0) + 1;
    this.#given.set(name, count);
    return count === 1 ? name : `${name}-${count}`;
  }
}

/** One for SBI; an AMF has N2 as well. */
export const portsNeeded = (nfs: readonly NfChoice[]) => withNrf(nfs).flatMap(({ type }) => portsOf(type)).length;
const portsOf = (type: string) => (type.toUpperCase() === 'AMF' ? ['sbi', 'n2'] : ['sbi']);

interface PlanOptions {
  readonly nfs: readonly NfChoice[];
  readonly plmnId: PlmnId;
  readonly sNssais: readonly Snssai[];
  readonly names: NfNames;
  /** Under which the NFs are reached. */
  readonly address: string;
  /** Where they listen. */
  readonly listen: string;
  /** As many as {@link portsNeeded} says. */
  readonly ports: readonly number[];
  readonly communication: Communication | undefined;
  /** Members of every NF's configuration. */
  readonly common: Readonly<Record<string, unknown>>;
}

/** The NRF comes first, whether it was asked for or not. */
export function planOf(options: PlanOptions): SitePlan {
  const { nfs, plmnId, sNssais, names, address, listen, ports, communication, common } = options;
  const free = [...ports];
  const plans = withNrf(nfs).map(({ type, config = {} }) => {
    const nfType = type.toUpperCase();
    const [port = 0, n2Port] = free.splice(0, portsOf(type).length);
    const sbi = listen === address ? {} : { sbi: { host: listen, port, address } };
    const members = { ...common, ...sbi, ...SENSIBLE[nfType]?.(plmnId), ...config };
    const plan = planNf({ name: names.next(type), nfType, address, port, config: members });
    return n2Port === undefined ? plan : { ...plan, n2Port };
  });
  return {
    name: 'test',
    plmnId,
    communication: communication ?? (plans.some(({ type }) => type === 'SCP') ? 'D' : 'direct'),
    sNssais,
    n32: { security: 'TLS', permissions: [], topologyHiding: {}, firewall: {} },
    nfs: plans,
  };
}

export interface NfPlanOptions {
  readonly name: string;
  readonly nfType: string;
  readonly address: string;
  readonly port: number;
  readonly config: Record<string, unknown>;
}

/** Nothing listens on `opsPort` here: a test looks into an NF by its interface and its exchanges. */
export function planNf({ name, nfType, address, port, config }: NfPlanOptions): NfPlan {
  return { name, type: nfType, port, host: address, opsPort: port, config };
}

function withNrf(nfs: readonly NfChoice[]): { type: string; config?: Readonly<Record<string, unknown>> }[] {
  const chosen = nfs.map((nf) => (typeof nf === 'string' ? { type: nf } : nf));
  const [nrf = { type: 'nrf' }] = chosen.filter(({ type }) => isNrf(type));
  return [nrf, ...chosen.filter(({ type }) => !isNrf(type))];
}
const isNrf = (type: string) => type.toUpperCase() === 'NRF';
