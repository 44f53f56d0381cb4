/** TS 29.571 (Release 17): data types common to all service-based interfaces. Objects stay open, as clause 5.2.7 of TS 29.500 asks. */
import Type, { type Static, type TSchema } from 'typebox';

/** Text that must match one of `values` today, while later releases may add more ("anyOf enum, string" in the OpenAPI). */
export const OpenEnum = (...values: string[]) => Type.String({ minLength: 1, maxLength: 64, examples: values });
/** Text out of a closed list. */
export const ClosedEnum = <const T extends readonly string[]>(...values: T) =>
  Type.Unsafe<T[number]>(Type.String({ enum: [...values] } as never));
export const Nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
/** Octets as hexadecimal digits, two for each octet. */
export const Hex = (octets: number) => Type.String({ pattern: `^[A-Fa-f0-9]{${octets * 2}}$` });

export const NfInstanceId = Type.String({ format: 'uuid' });
export const Uri = Type.String({ minLength: 1, maxLength: 2048 });
export const DateTime = Type.String({ format: 'date-time' });
export const DurationSec = Type.Integer();
export const SupportedFeatures = Type.String({ pattern: '^[A-Fa-f0-9]*$', maxLength: 64 });
export const Fqdn = Type.String({
  pattern: '^([0-9A-Za-z]([-0-9A-Za-z]{0,61}[0-9A-Za-z])?\\.)+[A-Za-z]{2,63}\\.?$',
  minLength: 4,
  maxLength: 253,
});

export const Mcc = Type.String({ pattern: '^\\d{3}$' });
export const Mnc = Type.String({ pattern: '^\\d{2,3}$' });
export const PlmnId = Type.Object({ mcc: Mcc, mnc: Mnc });
export type PlmnId = Static<typeof PlmnId>;
export const PlmnIdNid = Type.Object({
  mcc: Mcc,
  mnc: Mnc,
  nid: Type.Optional(Type.String({ pattern: '^[A-Fa-f0-9]{11}$' })),
});
export type PlmnIdNid = Static<typeof PlmnIdNid>;

export const Snssai = Type.Object({
  sst: Type.Integer({ minimum: 0, maximum: 255 }),
  sd: Type.Optional(Type.String({ pattern: '^[A-Fa-f0-9]{6}$' })),
});
export type Snssai = Static<typeof Snssai>;

export const Supi = Type.String({
  pattern: '^(imsi-[0-9]{5,15}|nai-.+|gli-.+|gci-.+)$',
  maxLength: 256,
});
export const SupiOrSuci = Type.String({
  pattern:
    '^(imsi-[0-9]{5,15}|nai-.+|gli-.+|gci-.+|suci-(0-[0-9]{3}-[0-9]{2,3}|[1-7]-.+)-[0-9]{1,4}-(0-0-.*|[a-fA-F1-9]-([1-9]|[1-9][0-9]|1[0-9]{2}|2[0-4][0-9]|25[0-5])-[a-fA-F0-9]+))$',
  maxLength: 512,
});
export const Gpsi = Type.String({ pattern: '^(msisdn-[0-9]{5,15}|extid-[^@]+@[^@]+|.+)$', maxLength: 256 });
export const Pei = Type.String({
  pattern: '^(imei-[0-9]{15}|imeisv-[0-9]{16}|mac((-[0-9a-fA-F]{2}){6})(-untrusted)?|eui((-[0-9a-fA-F]{2}){8}))$',
});

export const AmfId = Type.String({ pattern: '^[A-Fa-f0-9]{6}$' });
export const Guami = Type.Object({ plmnId: PlmnIdNid, amfId: AmfId });
export type Guami = Static<typeof Guami>;
export const Tai = Type.Object({ plmnId: PlmnId, tac: Type.String({ pattern: '^([A-Fa-f0-9]{4}|[A-Fa-f0-9]{6})$' }) });
export type Tai = Static<typeof Tai>;

export const AccessType = ClosedEnum('3GPP_ACCESS', 'NON_3GPP_ACCESS');
export const RatType = OpenEnum('NR', 'EUTRA', 'WLAN', 'VIRTUAL');

export const LinksValueSchema = Type.Object({ href: Uri });
export const Link = Type.Object({ href: Uri });

export const InvalidParam = Type.Object({ param: Type.String(), reason: Type.Optional(Type.String()) });
export type InvalidParam = Static<typeof InvalidParam>;
export const ProblemDetails = Type.Object({
  type: Type.Optional(Type.String()),
  title: Type.Optional(Type.String()),
  status: Type.Optional(Type.Integer()),
  detail: Type.Optional(Type.String()),
  instance: Type.Optional(Type.String()),
  cause: Type.Optional(Type.String()),
  invalidParams: Type.Optional(Type.Array(InvalidParam)),
  supportedFeatures: Type.Optional(SupportedFeatures),
});
export type ProblemDetails = Static<typeof ProblemDetails>;

/** One JSON Patch operation (RFC 6902) as TS 29.571 lists it. */
export const PatchItem = Type.Object({
  op: ClosedEnum('add', 'copy', 'move', 'remove', 'replace', 'test'),
  path: Type.String({ maxLength: 1024 }),
  from: Type.Optional(Type.String({ maxLength: 1024 })),
  value: Type.Optional(Type.Unknown()),
});
export type PatchItem = Static<typeof PatchItem>;

export const Ipv4Addr = Type.String({ format: 'ipv4' });
export const Ipv6Addr = Type.String({ format: 'ipv6' });
/** Address and length, `2001:db8::/32`. */
export const Ipv6Prefix = Type.String({ pattern: '^[0-9A-Fa-f:.]{2,45}/([0-9]|[1-9][0-9]|1[01][0-9]|12[0-8])$' });
/** One address or prefix of either family. */
export const IpAddr = Type.Object(
  {
    ipv4Addr: Type.Optional(Ipv4Addr),
    ipv6Addr: Type.Optional(Ipv6Addr),
    ipv6Prefix: Type.Optional(Ipv6Prefix),
  },
  { oneOf: [{ required: ['ipv4Addr'] }, { required: ['ipv6Addr'] }, { required: ['ipv6Prefix'] }] } as never,
);
export type IpAddr = Static<typeof IpAddr>;
export const Dnn = Type.String({ minLength: 1, maxLength: 256 });
export const Dnai = Type.String({ minLength: 1, maxLength: 128 });
export const Nid = Type.String({ pattern: '^[A-Fa-f0-9]{11}$' });
export const NfGroupId = Type.String({ minLength: 1, maxLength: 128 });
/** Internal group identifier (TS 23.003 19.9). */
export const GroupId = Type.String({
  pattern: '^[A-Fa-f0-9]{8}-[0-9]{3}-[0-9]{2,3}-([A-Fa-f0-9][A-Fa-f0-9]){1,10}$',
});
export const NfSetId = Type.String({ minLength: 1, maxLength: 253 });
export const NfServiceSetId = Type.String({ minLength: 1, maxLength: 320 });
export const AmfRegionId = Type.String({ pattern: '^[A-Fa-f0-9]{2}$' });
export const AmfSetId = Type.String({ pattern: '^[0-3][A-Fa-f0-9]{2}$' });
export const PduSessionType = OpenEnum('IPV4', 'IPV6', 'IPV4V6', 'UNSTRUCTURED', 'ETHERNET');

const Sd = Type.String({ pattern: '^[A-Fa-f0-9]{6}$' });
/** An S-NSSAI that may stand for ranges of slice differentiators, or for all of them (TS 29.571 5.4.4.61). */
export const ExtSnssai = Type.Object(
  {
    ...Snssai.properties,
    sdRanges: Type.Optional(
      Type.Array(Type.Object({ start: Type.Optional(Sd), end: Type.Optional(Sd) }), { minItems: 1, maxItems: 64 }),
    ),
    wildcardSd: Type.Optional(Type.Literal(true)),
  },
  { not: { required: ['sdRanges', 'wildcardSd'] } } as never,
);
export type ExtSnssai = Static<typeof ExtSnssai>;

/** One change of a resource, as notifications tell it. */
export const ChangeItem = Type.Object({
  op: OpenEnum('ADD', 'MOVE', 'REMOVE', 'REPLACE'),
  path: Type.String({ maxLength: 1024 }),
  from: Type.Optional(Type.String({ maxLength: 1024 })),
  origValue: Type.Optional(Type.Unknown()),
  newValue: Type.Optional(Type.Unknown()),
});
export type ChangeItem = Static<typeof ChangeItem>;
