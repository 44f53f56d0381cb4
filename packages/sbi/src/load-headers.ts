/** Load and overload control information as header values (TS 29.500 clauses 6.3.3, 6.4.3, 5.2.3.2.9 and 5.2.3.2.10). */

export const LCI = '3gpp-sbi-lci';
export const OCI = '3gpp-sbi-oci';

/** Scopes of a producer or proxy; those by S-NSSAI and DNN, and those of consumers, are not understood and so not obeyed. */
const SCOPES = ['NF-Instance', 'NF-Set', 'NF-Service-Instance', 'NF-Service-Set', 'SCP-FQDN', 'SEPP-FQDN'] as const;
type ScopeName = (typeof SCOPES)[number];

/** `NF-Instance:<uuid>` and the like: whom load or overload information is about. */
export type Scope = `${ScopeName}:${string}`;

export const scopeOf = (name: ScopeName, value: string): Scope => `${name}:${value.toLowerCase()}`;

/** What an NF announces of itself: a proxy its FQDN, any other NF its instance. */
export function ownScope(nf: { nfType: string; nfInstanceId: string; fqdn: string }): Scope {
  return nf.nfType === 'SCP' || nf.nfType === 'SEPP'
    ? scopeOf(`${nf.nfType}-FQDN`, nf.fqdn)
    : scopeOf('NF-Instance', nf.nfInstanceId);
}

export interface LoadInformation {
  /** Milliseconds since 1970, whole seconds: of two for one scope the newer one holds. */
  readonly timestamp: number;
  readonly scope: Scope;
  /** 0 to 100. */
  readonly load: number;
}

export interface OverloadInformation {
  readonly timestamp: number;
  readonly scope: Scope;
  /** Share of requests not to be sent, 0 to 100; 0 ends an overload. */
  readonly reduction: number;
  readonly validitySeconds: number;
}

const stamp = (timestamp: number) => `Timestamp: "${new Date(timestamp).toUTCString()}"`;
const scopeText = (scope: Scope) => scope.replace(':', ': ');

export function formatLci({ timestamp, scope, load }: LoadInformation): string {
  return `${stamp(timestamp)}; Load-Metric: ${load}%; ${scopeText(scope)}`;
}

export function formatOci({ timestamp, scope, reduction, validitySeconds }: OverloadInformation): string {
  const metric = `Overload-Reduction-Metric: ${reduction}%`;
  return `${stamp(timestamp)}; Period-of-Validity: ${validitySeconds}s; ${metric}; ${scopeText(scope)}`;
}

/** The elements of a 3gpp-Sbi-Lci that are well formed and of a known scope. */
export function parseLci(value: string | string[] | undefined): LoadInformation[] {
  return elementsOf(value).flatMap(({ common, given }) => {
    const load = percentIn(given['Load-Metric']);
    return common && load !== undefined ? [{ ...common, load }] : [];
  });
}

/** The elements of a 3gpp-Sbi-Oci that are well formed and of a known scope. */
export function parseOci(value: string | string[] | undefined): OverloadInformation[] {
  return elementsOf(value).flatMap(({ common, given }) => {
    const reduction = percentIn(given['Overload-Reduction-Metric']);
    const validitySeconds = Number(/^(\d{1,6})s$/.exec(given['Period-of-Validity'] ?? '')?.[1] ?? Number.NaN);
    return common && reduction !== undefined && validitySeconds >= 0 ? [{ ...common, reduction, validitySeconds }] : [];
  });
}

/** A value of more text than this is nobody's announcement. */
const MAX_OCTETS = 4_096;

function elementsOf(value: string | string[] | undefined) {
  const text = [value ?? []].flat().join(', ');
  if (text.length > MAX_OCTETS) return [];
  // The date has a comma, inside its quotes.
  return (text.match(/(?:"[^"]*"|[^,"])+/g) ?? []).map((element) => {
    const parts = element.split(';').map((part) => /^\s*([A-Za-z-]+):\s+(.*?)\s*$/.exec(part));
    const given: Record<string, string> = Object.fromEntries(
      parts.flatMap((match) => (match?.[1] ? [[match[1], match[2] ?? '']] : [])),
    );
    return { given, common: commonOf(given) };
  });
}

function commonOf(given: Readonly<Record<string, string>>): { timestamp: number; scope: Scope } | undefined {
  const timestamp = Date.parse(given.Timestamp?.replaceAll('"', '') ?? '');
  const name = SCOPES.find((candidate) => given[candidate]);
  // Of some slices only: obeying it for all would hold back what the producer wants to have.
  if (!name || Number.isNaN(timestamp) || given['S-NSSAI'] || given.DNN) return undefined;
  return { timestamp, scope: scopeOf(name, given[name] ?? '') };
}

function percentIn(text: string | undefined): number | undefined {
  const value = Number(/^(\d{1,3})%$/.exec(text ?? '')?.[1] ?? Number.NaN);
  return value <= 100 ? value : undefined;
}
