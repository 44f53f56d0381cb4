/** Who the partners are, and proof that a TLS peer is one of them. */

import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Http2ServerRequest, Http2Session } from 'node:http2';
import type { TLSSocket } from 'node:tls';
import { type PlmnId, plmnToString, samePlmn } from '@twincore/model';
import { Refusal, type SbiRequest } from '@twincore/sbi';
import type { Partner } from './config.ts';

/** True when one of `plmnIds` is `plmnId`. */
export const includesPlmn = (plmnIds: readonly PlmnId[], plmnId: PlmnId) =>
  plmnIds.some((one) => samePlmn(one, plmnId));

/** How logs, counters and traces call a partner: by its first PLMN. */
export function nameOf({ plmnIds: [first] }: Partner): string {
  return first ? plmnToString(first) : '';
}

export class Partners {
  readonly all: readonly Partner[];
  readonly #cas: ReadonlyMap<Partner, X509Certificate>;
  readonly #known = new WeakMap<Http2Session, Partner>();

  constructor(partners: readonly Partner[]) {
    this.all = partners;
    this.#cas = new Map(partners.map((partner) => [partner, new X509Certificate(readFileSync(partner.ca))]));
  }

  of(plmnId: PlmnId): Partner | undefined {
    return this.all.find((partner) => includesPlmn(partner.plmnIds, plmnId));
  }

  /**
   * The partner that a request on N32 comes from. The listener believes the CAs of all partners, so the certificate's PLMN
   * has to be checked against the CA that issued it: a partner's CA must not speak for another partner. Throws a 403.
   */
  ofPeer(request: SbiRequest): Partner {
    const partner = this.find(request);
    if (partner) return partner;
    const { peer } = request.sbi;
    const whom = peer ? `${peer.fqdn} of ${plmnToString(peer.plmnId)}` : 'nobody';
    throw new Refusal(403, 'n32-partner', `the certificate speaks for ${whom}, which is not a partner behind that CA`);
  }

  /** As {@link ofPeer}; undefined where that throws. */
  find(request: SbiRequest): Partner | undefined {
    const session = sessionOf(request);
    const known = session && this.#known.get(session);
    if (known) return known;
    const peer = request.sbi.peer;
    const partner = peer && this.of(peer.plmnId);
    if (
      !session ||
      !partner ||
      !this.#isIssuedBy(partner, session) ||
      peer?.fqdn.toLowerCase() !== partner.n32.fqdn.toLowerCase()
    ) {
      return undefined;
    }
    this.#known.set(session, partner);
    return partner;
  }

  /** Whether a request comes from one of these IPX providers, with a certificate of the partner's CA. */
  isIpxOf(partner: Partner, ipxProviderIds: readonly string[], request: SbiRequest): boolean {
    const { peer } = request.sbi;
    const session = sessionOf(request);
    const named = ipxProviderIds.some((id) => id.toLowerCase() === peer?.fqdn.toLowerCase());
    return named && peer?.nfTypes.includes('IPX') === true && !!session && this.#isIssuedBy(partner, session);
  }

  #isIssuedBy(partner: Partner, session: Http2Session): boolean {
    const issuer = this.#cas.get(partner);
    const certificate = (session.socket as TLSSocket).getPeerX509Certificate();
    return !!issuer && !!certificate?.checkIssued(issuer) && certificate.verify(issuer.publicKey);
  }
}

/** The HTTP/2 connection that a request came on. */
export function sessionOf(request: SbiRequest): Http2Session | undefined {
  return (request.raw as unknown as Http2ServerRequest).stream.session;
}
