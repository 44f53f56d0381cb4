/** What every NF's configuration file has in common. A service adds its own section and reads the file with loadConfig. */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Fqdn, NFType, NfInstanceId, NfServiceSetId, NfSetId, PlmnId, Snssai } from '@twincore/model';
import Type, { type Static, type TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { parse } from 'yaml';
import { Insecure } from './insecure.ts';
import { Limits } from './limits.ts';

const Port = Type.Integer({ minimum: 0, maximum: 65535 });
const File = Type.String({ minLength: 1 });
const ApiRoot = Type.String({ pattern: '^https?://[^/]+$' });

/** PEM files. `ca` is whom this side believes. */
export const TlsFiles = Type.Object({
  key: File,
  cert: File,
  ca: Type.Union([File, Type.Array(File, { minItems: 1 })]),
});
export type TlsFiles = Static<typeof TlsFiles>;

export const NfConfig = Type.Object({
  nfInstanceId: NfInstanceId,
  nfType: NFType,
  plmnId: PlmnId,
  fqdn: Fqdn,
  /** Where the service-based interface listens; `address` is where others reach it, when that is not `host`. */
  sbi: Type.Object({
    host: Type.String({ default: '127.0.0.1' }),
    port: Port,
    address: Type.Optional(Type.String({ format: 'ipv4' })),
  }),
  /** Where /healthz and /metrics listen, without TLS, for the operator of this machine only. */
  ops: Type.Optional(Type.Object({ host: Type.String({ default: '127.0.0.1' }), port: Port })),
  /** PEM files: own key, own certificate chain, the CA of the own PLMN. */
  tls: TlsFiles,
  /** Defences that a lab may switch off to see what they are good for; the NF warns at start about each. */
  insecure: Insecure,
  /** The NRF of the own PLMN; absent in the NRF itself and in what does not register. */
  nrf: Type.Optional(Type.Object({ apiRoot: ApiRoot })),
  /** Who issues the tokens that are accepted here: the NRF's instance id and the file with its public keys (JWKS). */
  tokens: Type.Optional(Type.Object({ issuer: NfInstanceId, keys: File })),
  /** The own PLMN's SEPP: the only way to another PLMN. */
  sepp: Type.Optional(Type.Object({ apiRoot: ApiRoot })),
  /**
   * The own PLMN's SCP: with it, what this NF consumes and notifies goes through it (TS 23.501 Annex E). In mode C this NF
   * discovers producers and gets tokens itself, in mode D the SCP does. Without it communication is direct.
   */
  scp: Type.Optional(Type.Object({ apiRoot: ApiRoot, mode: Type.Union([Type.Literal('C'), Type.Literal('D')]) })),
  /** What this NF says of its load; it declares overload only when `capacity`, in requests a second, is given. */
  load: Type.Object({ capacity: Type.Optional(Type.Integer({ minimum: 1 })) }, { default: {} }),
  /** Addresses of names that are needed before the NRF can be asked (the NRF's, the SEPP's and the SCP's own). */
  hosts: Type.Record(Type.String(), Type.String(), { default: {} }),
  sNssais: Type.Array(Snssai, { default: [] }),
  /** Network slice instances, NF sets and NF service sets that this NF belongs to. */
  nsiList: Type.Array(Type.String(), { default: [] }),
  nfSetIdList: Type.Array(NfSetId, { default: [] }),
  nfServiceSetIdList: Type.Array(NfServiceSetId, { default: [] }),
  /** Directory for what must survive a restart. */
  stateDir: Type.String({ minLength: 1 }),
  /** NDJSON file for recorded exchanges; none is written without it. */
  trace: Type.Optional(Type.Object({ file: File, showSecrets: Type.Boolean({ default: false }) })),
  log: Type.Object({ level: Type.String({ default: 'info' }) }, { default: { level: 'info' } }),
  limits: Limits,
});
export type NfConfig = Static<typeof NfConfig>;

export class ConfigError extends Error {}

/** Validates a configuration and fills in defaults; a {@link ConfigError} names every member that is wrong. */
export function parseConfig<T extends TSchema>(schema: T, input: unknown, source: string): Static<T> {
  const value = Value.Default(schema, structuredClone(input));
  if (Value.Check(schema, value)) return value as Static<T>;
  const errors = Value.Errors(schema, value).map((error) => `  ${error.instancePath || '/'}: ${error.message}`);
  throw new ConfigError(`${source} is not a valid configuration:\n${[...new Set(errors)].join('\n')}`);
}

/** Reads the file (YAML or JSON) that `--config FILE` names. */
export function loadConfig<T extends TSchema>(schema: T, argv = process.argv.slice(2)): Static<T> {
  const { values } = parseArgs({ args: argv, options: { config: { type: 'string' } } });
  if (values.config === undefined) throw new ConfigError('usage: main.ts --config FILE (YAML or JSON)');
  return parseConfig(schema, parse(readFileSync(values.config, 'utf8')), values.config);
}

/** The IPv4 address under which other NFs reach the service-based interface. */
export const addressOf = ({ sbi }: Pick<NfConfig, 'sbi'>): string => sbi.address ?? sbi.host;

/** The PEM files of one side of a TLS connection, read. */
export function readTls({ key, cert, ca }: TlsFiles): { key: Buffer; cert: Buffer; ca: Buffer[] } {
  return { key: readFileSync(key), cert: readFileSync(cert), ca: [ca].flat().map((file) => readFileSync(file)) };
}
