/** Binding of a resource context to an NF instance or set (TS 29.500 clause 6.12), and the identity of a selected producer. */

export const BINDING = '3gpp-sbi-binding';
export const ROUTING_BINDING = '3gpp-sbi-routing-binding';
export const PRODUCER_ID = '3gpp-sbi-producer-id';

const LEVELS = ['nf-instance', 'nf-set', 'nfservice-instance', 'nfservice-set'] as const;
type Level = (typeof LEVELS)[number];

/** One binding indication: the level within which another producer may take over, and who can be found at it. */
export interface Binding {
  readonly level: Level;
  readonly nfInstanceId?: string;
  readonly nfSetId?: string;
  readonly serviceInstanceId?: string;
  readonly serviceSetId?: string;
  readonly serviceName?: string;
}

const PARAMETERS = {
  nfinst: 'nfInstanceId',
  nfset: 'nfSetId',
  nfservinst: 'serviceInstanceId',
  nfserviceset: 'serviceSetId',
  servname: 'serviceName',
} as const;

const isLevel = (value: string | undefined): value is Level => LEVELS.some((level) => level === value);

/** Value of 3gpp-Sbi-Binding or 3gpp-Sbi-Routing-Binding (TS 29.500 clauses 5.2.3.2.5 and 5.2.3.2.6). */
export function formatBinding(binding: Binding): string {
  return [`bl=${binding.level}`, ...parametersOf(binding)].join('; ');
}

/** The first binding of a header value; undefined when it is malformed or names nobody. Unknown parameters are ignored. */
export function parseBinding(value: string | string[] | undefined): Binding | undefined {
  if (typeof value !== 'string') return undefined;
  const { bl, ...given } = parametersIn(value.split(',', 1)[0] ?? '');
  const binding = membersOf(given);
  return isLevel(bl) && Object.keys(binding).length > 0 ? { level: bl, ...binding } : undefined;
}

export type ProducerId = Omit<Binding, 'level' | 'serviceName'> & { readonly nfInstanceId: string };

/** Value of 3gpp-Sbi-Producer-Id (TS 29.500 clause 5.2.3.2.8). */
export function formatProducerId(producer: ProducerId): string {
  return parametersOf(producer).join('; ');
}

/** Inverse of {@link formatProducerId}; undefined when it is malformed. */
export function parseProducerId(value: string | string[] | undefined): ProducerId | undefined {
  if (typeof value !== 'string') return undefined;
  const { nfInstanceId, ...others } = membersOf(parametersIn(value));
  return nfInstanceId === undefined ? undefined : { ...others, nfInstanceId: nfInstanceId.toLowerCase() };
}

function parametersOf(binding: Omit<Binding, 'level'>): string[] {
  return Object.entries(PARAMETERS).flatMap(([name, member]) =>
    binding[member] === undefined ? [] : [`${name}=${binding[member]}`],
  );
}

function parametersIn(text: string): Record<string, string> {
  const pairs = text.split(';').map((part) => part.trim().split('=', 2));
  return Object.fromEntries(pairs.filter((pair) => pair.length === 2).map(([name = '', value = '']) => [name, value]));
}

function membersOf(given: Readonly<Record<string, string>>): Omit<Binding, 'level'> {
  const members = Object.entries(PARAMETERS).flatMap(([name, member]) => {
    const value = given[name];
    return value ? [[member, value] as const] : [];
  });
  return Object.fromEntries(members);
}
