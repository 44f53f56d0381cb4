/** Configuration of an IPX provider's hop. Everything that NfConfig says holds as well; `tls.ca` is who may connect: SEPPs of customers, other IPXs. */
import { Fqdn, PlmnId } from '@twincore/model';
import { NfConfig } from '@twincore/sbi';
import Type, { type Static } from 'typebox';

const Port = Type.Integer({ minimum: 1, maximum: 65535 });
const File = Type.String({ minLength: 1 });
const On = Type.Union([Type.Literal('request'), Type.Literal('response')]);

/** Where messages for a SEPP go next: to it, or to the IPX of its network. */
const Route = Type.Object({
  sepp: Fqdn,
  next: Type.Object({ fqdn: Fqdn, host: Type.String(), port: Port, ca: File }),
});
export type Route = Static<typeof Route>;

/** Sets a header, or adds it where there is none. */
const SetHeader = Type.Object({ on: On, header: Type.String({ minLength: 1 }), set: Type.String() });
/** Writes a text in the body in another way; a body that has no such text stays as it is. */
const Normalise = Type.Object({
  on: On,
  /** JSON Pointer of the IE. */
  ie: Type.String({ pattern: '^/' }),
  normalise: Type.Union([Type.Literal('lowercase'), Type.Literal('uppercase'), Type.Literal('trim')]),
});
/** Puts another value in place of an IE's. */
const Replace = Type.Object({ on: On, ie: Type.String({ pattern: '^/' }), set: Type.Unknown() });

export const Mediation = Type.Union([SetHeader, Normalise, Replace]);
export type Mediation = Static<typeof Mediation>;

export const IpxConfig = Type.Object({
  ...NfConfig.properties,
  /** Of those who connect: a name in a certificate cannot tell MNC 01 from 001. */
  plmnIds: Type.Array(PlmnId, { default: [] }),
  /** PEM file of the P-256 private key that modifications are signed with. */
  signingKey: File,
  routes: Type.Array(Route, { default: [] }),
  /** What this provider does to messages, in this order. Whether it may, the SEPPs' policy says. */
  mediations: Type.Array(Mediation, { default: [] }),
});
export type IpxConfig = Static<typeof IpxConfig>;
