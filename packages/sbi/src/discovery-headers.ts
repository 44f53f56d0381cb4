/** Discovery factors as headers, for delegated discovery (TS 29.500 clauses 5.2.3.2.7 and 6.10.3.2). */

export const DISCOVERY_PREFIX = '3gpp-sbi-discovery-';
export const ACCESS_SCOPE = '3gpp-sbi-access-scope';

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** `3gpp-Sbi-Discovery-<parameter>` for each query parameter of Nnrf_NFDiscovery. */
export function discoveryHeaders(parameters: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(parameters).map(([name, value]) => [DISCOVERY_PREFIX + name, value]));
}

/** The query parameters that such headers carry. */
export function discoveryParameters(headers: Headers): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      name.startsWith(DISCOVERY_PREFIX) && value !== undefined
        ? [[name.slice(DISCOVERY_PREFIX.length), [value].flat().join(',')]]
        : [],
    ),
  );
}
