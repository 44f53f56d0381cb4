/** Who is at the other end of a TLS connection: the NF certificate profile of TS 33.310 clause 6.1.3c. */
import 'reflect-metadata';
import type { Http2Session } from 'node:http2';
import type { TLSSocket } from 'node:tls';
import * as x509 from '@peculiar/x509';
import { nfFqdn, type PlmnId, plmnOfFqdn, samePlmn } from '@twincore/model';

/** id-pe-nftypes (RFC 9310): the NF types that the certificate's subject may act as. */
export const NF_TYPES_OID = '1.3.6.1.5.5.7.1.34';
const SEQUENCE = 0x30;
const IA5_STRING = 0x16;

export interface PeerIdentity {
  /** From the SAN `URI:urn:uuid:<nfInstanceId>`. */
  readonly nfInstanceId: string;
  /** From the RFC 9310 extension; empty when the certificate has none. */
  readonly nfTypes: readonly string[];
  /** From the SAN dNSName. */
  readonly fqdn: string;
  readonly plmnId: PlmnId;
}

/** DER of RFC 9310 `NFTypes ::= SEQUENCE SIZE (1..MAX) OF IA5String`, all lengths below 128 octets. */
export function encodeNfTypes(nfTypes: readonly string[]): Buffer {
  const items = nfTypes.map((type) =>
    Buffer.concat([Buffer.from([IA5_STRING, type.length]), Buffer.from(type, 'ascii')]),
  );
  const content = Buffer.concat(items);
  if (content.length > 127) throw new RangeError('too many NF types for one certificate');
  return Buffer.concat([Buffer.from([SEQUENCE, content.length]), content]);
}

/** Inverse of {@link encodeNfTypes}; an extension of another shape yields no type, so that it grants nothing. */
export function decodeNfTypes(der: Uint8Array): string[] {
  if (der[0] !== SEQUENCE || der[1] !== der.length - 2) return [];
  const types: string[] = [];
  for (let at = 2; at < der.length; ) {
    const length = der[at + 1];
    if (der[at] !== IA5_STRING || length === undefined || at + 2 + length > der.length) return [];
    types.push(Buffer.from(der.subarray(at + 2, at + 2 + length)).toString('ascii'));
    at += 2 + length;
  }
  return types;
}

/** Judges a certificate where its NF profile does not: `found` is what that says, undefined when it is no NF certificate. */
export type IdentifyOther = (der: Uint8Array, found: PeerIdentity | undefined) => PeerIdentity | undefined;

/** The identity in a DER certificate, or undefined when it is not an NF certificate (no UUID or no FQDN of a PLMN). */
export function identityOfCertificate(der: Uint8Array): PeerIdentity | undefined {
  const certificate = new x509.X509Certificate(new Uint8Array(der));
  const names = certificate.getExtension(x509.SubjectAlternativeNameExtension)?.names.items ?? [];
  const uri = names.find((name) => name.type === 'url' && name.value.startsWith('urn:uuid:'));
  const dns = names.find((name) => name.type === 'dns' && plmnOfFqdn(name.value) !== undefined);
  const plmnId = dns && plmnOfFqdn(dns.value);
  if (!uri || !dns || !plmnId) return undefined;
  const extension = certificate.getExtension(NF_TYPES_OID);
  return {
    nfInstanceId: uri.value.slice('urn:uuid:'.length).toLowerCase(),
    nfTypes: extension ? decodeNfTypes(new Uint8Array(extension.value)) : [],
    fqdn: dns.value,
    plmnId,
  };
}

const known = new WeakMap<object, PeerIdentity | null>();

/**
 * {@link identityOfCertificate} of a connection's peer, parsed once for each HTTP/2 session. A name in a certificate cannot tell
 * MNC 01 from 001, so that of `plmnIds` which it may mean takes its place.
 */
export function identityOfSession(
  session: Http2Session,
  plmnIds: readonly PlmnId[],
  identifyOther: IdentifyOther = (_der, found) => found,
): PeerIdentity | undefined {
  let identity = known.get(session);
  if (identity === undefined) {
    const socket = session.socket as TLSSocket;
    const raw = socket.authorized ? socket.getPeerX509Certificate()?.raw : undefined;
    const found = raw && identifyOther(raw, identityOfCertificate(raw));
    const plmnId = found && plmnIds.find((candidate) => samePlmn(candidate, found.plmnId));
    identity = found ? { ...found, plmnId: plmnId ?? found.plmnId } : null;
    known.set(session, identity);
  }
  return identity ?? undefined;
}

/** An NF that says its type alone, as other cores' do. */
const NIL = '00000000-0000-0000-0000-000000000000';

/** Without TLS (`insecure.cleartext`) there is only what the consumer says of itself: `AMF-<nfInstanceId>`, or `AMF`. */
export function identityOfUserAgent(userAgent: string | undefined, plmnId: PlmnId): PeerIdentity | undefined {
  const match = /^([A-Z0-9_]+)(?:-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}))?$/i.exec(userAgent ?? '');
  if (!match?.[1]) return undefined;
  const nfInstanceId = (match[2] ?? NIL).toLowerCase();
  return { nfInstanceId, nfTypes: [match[1]], fqdn: nfFqdn(match[1], plmnId), plmnId };
}
