/** Configuration of a SEPP. Everything that NfConfig says holds as well; `tls` is the identity toward the own PLMN. */
import { Fqdn, PlmnId } from '@twincore/model';
import { formatServer, NfConfig, TlsFiles } from '@twincore/sbi';
import Type, { type Static } from 'typebox';

const Port = Type.Integer({ minimum: 0, maximum: 65535 });
const File = Type.String({ minLength: 1 });

/** Whose PLMN has to stand at a place of a request: `path ueId`, `query plmn-id`, `form targetPlmn`, `body /guami/plmnId`. */
const Plmns = Type.Record(
  Type.String({ pattern: '^(path|query|form|body) .+$' }),
  Type.Union([Type.Literal('sender'), Type.Literal('receiver')]),
  { default: {} },
);

/** One operation that may cross the border. */
export const OperationRule = Type.Object({
  /** As the TS calls it; that of a callback is the value of 3gpp-Sbi-Callback (TS 29.500 annex B). */
  name: Type.String({ minLength: 1 }),
  /** It may pass in relations that have this purpose (TS 29.573 6.1.5.3.9). */
  purpose: Type.String({ default: 'ROAMING' }),
  methods: Type.Array(Type.String(), { minItems: 1 }),
  /** Of an API; `{name}` is one segment, `**` at the end any number. */
  path: Type.Optional(Type.String({ pattern: '^/' })),
  /** A callback has no path of its own. */
  callback: Type.Optional(Type.Boolean()),
  /** NF types that may ask; any when empty. */
  consumers: Type.Array(Type.String(), { default: [] }),
  plmns: Plmns,
});
export type OperationRule = Static<typeof OperationRule>;

const Rate = (perSecond: number) => Type.Integer({ minimum: 1, default: perSecond });

/** What may pass between a partner and this network, in both directions. */
const FirewallConfig = Type.Object(
  {
    /** In place of those of `roaming-operations.ts`. */
    operations: Type.Optional(Type.Array(OperationRule)),
    /** Beside those. */
    moreOperations: Type.Array(OperationRule, { default: [] }),
    /** Names of operations that must not pass after all. */
    denied: Type.Array(Type.String(), { default: [] }),
    /** Lets callbacks pass that do not say their name in 3gpp-Sbi-Callback, as some cores send them. */
    unnamedCallbacks: Type.Boolean({ default: false }),
    /** Requests of this partner. */
    requestsPerSecond: Rate(2_000),
    /** Requests of this partner about one UE. */
    requestsPerSecondPerUe: Rate(50),
    /** Octets of a body from this partner. */
    bodyBytes: Type.Integer({ minimum: 1024, default: 131_072 }),
  },
  { default: {} },
);

/** What of this network a partner does not get to see (TS 33.501 5.9.3.2). */
const HidingConfig = Type.Object(
  {
    fqdns: Type.Boolean({ default: true }),
    /** In profiles they are left out; in URIs those of `targets` get a name. */
    addresses: Type.Boolean({ default: true }),
    instanceIds: Type.Boolean({ default: true }),
  },
  { default: {} },
);

/** An IE that an IPX may change (TS 33.501 13.2.3.4). */
const PermissionConfig = Type.Object({
  apiSignature: Type.Optional(Type.String()),
  apiMethod: Type.Optional(Type.String()),
  ieLoc: Type.Union([Type.Literal('URI_PARAM'), Type.Literal('HEADER'), Type.Literal('BODY')]),
  reqIe: Type.Optional(Type.String()),
  rspIe: Type.Optional(Type.String()),
});

const PrinsConfig = Type.Object(
  {
    /** Best first. */
    cipherSuites: Type.Array(Type.Union([Type.Literal('A256GCM'), Type.Literal('A128GCM')]), {
      default: ['A256GCM', 'A128GCM'],
      minItems: 1,
    }),
    keyLifetimeSeconds: Type.Integer({ minimum: 120, default: 86_400 }),
    /** JSON file with a ProtectionPolicy (TS 29.573 6.1.5.2.6) in place of the default one. */
    policy: Type.Optional(File),
    /** Our IPX provider: N32-f messages go to it and come from it, and it may change what is permitted here. */
    ipx: Type.Optional(
      Type.Object({
        fqdn: Fqdn,
        host: Type.String(),
        port: Port,
        /** PEM files: the CA of its TLS certificate, and with what it signs (public key or certificate). */
        ca: File,
        keys: Type.Array(File, { minItems: 1 }),
        permissions: Type.Array(PermissionConfig, { default: [] }),
      }),
    ),
  },
  { default: {} },
);

/** The SEPP of other PLMNs, and how to live with it. */
export const Partner = Type.Object({
  /** The PLMNs that it speaks for; that in the name of its certificate first. */
  plmnIds: Type.Array(PlmnId, { minItems: 1 }),
  n32: Type.Object({ fqdn: Fqdn, host: Type.String(), port: Port }),
  /** PEM file of the CA that issues the partner's SEPP certificates; believed for that partner only. */
  ca: File,
  /** The certificate of the partner's SEPP has nothing but its FQDN: neither NF types (RFC 9310) nor an instance id. */
  plainCertificate: Type.Boolean({ default: false }),
  /** What protects N32-f with this partner: exactly that, never something else that it would like better. */
  security: Type.Union([Type.Literal('TLS'), Type.Literal('PRINS')], { default: 'TLS' }),
  prins: PrinsConfig,
  /** Whether to say on N32-c that this SEPP knows 3gpp-Sbi-Target-apiRoot; if not, the partner names targets by their authority. */
  targetApiRoot: Type.Boolean({ default: true }),
  /** What the relation is for (TS 29.573 6.1.5.3.9). */
  usagePurposes: Type.Array(Type.String(), { default: ['ROAMING'], minItems: 1 }),
  firewall: FirewallConfig,
  topologyHiding: HidingConfig,
});
export type Partner = Static<typeof Partner>;

export const SeppConfig = Type.Object({
  ...NfConfig.properties,
  /**
   * Origins in the own PLMN that partners may reach, without asking an NRF. With neither these nor an NRF nothing can be
   * reached from outside.
   */
  targets: Type.Array(Type.String({ pattern: '^https?://[^/]+$' }), { default: [] }),
  /** Further PLMNs of the same operator that this SEPP speaks for, beside `plmnId`. */
  morePlmnIds: Type.Array(PlmnId, { default: [] }),
  /** The border: where partners connect, and the identity shown to them. */
  n32: Type.Object({
    host: Type.String({ default: '127.0.0.1' }),
    port: Port,
    fqdn: Fqdn,
    tls: Type.Pick(TlsFiles, ['key', 'cert']),
  }),
  partners: Type.Array(Partner, { default: [] }),
  /** `n32-audit.ndjson` in `stateDir`: octets of one file, and how many files of former lines are kept beside it. */
  audit: Type.Object(
    {
      fileBytes: Type.Integer({ minimum: 4096, default: 16_777_216 }),
      files: Type.Integer({ minimum: 1, default: 4 }),
    },
    { default: {} },
  ),
});
export type SeppConfig = Static<typeof SeppConfig>;

/** Who a SEPP is to its partners. */
export interface Self {
  readonly fqdn: string;
  /** In Server and Via (TS 29.500 6.10.8). */
  readonly name: string;
  readonly plmnIds: readonly PlmnId[];
}

export function selfOf({ nfType, nfInstanceId, n32, plmnId, morePlmnIds }: SeppConfig): Self {
  const name = formatServer({ nfType, nfInstanceId, fqdn: n32.fqdn });
  return { fqdn: n32.fqdn, name, plmnIds: [plmnId, ...morePlmnIds] };
}
