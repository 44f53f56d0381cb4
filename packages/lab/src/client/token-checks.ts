/** Every check that a producer makes of an access token, in the order in which it makes them, with its clause. */

export interface TokenCheck {
  readonly name: string;
  readonly clause: string;
  /** `not checked`: it depends on something that was not given. `not reached`: there is nothing to look at. */
  readonly result: 'passed' | 'failed' | 'not applicable' | 'not checked' | 'not reached';
  readonly detail?: string;
}

interface TokenCheckEntry {
  readonly name: string;
  readonly clause: string;
  /** Reasons of the refusals that it leads to, as traces and counters have them. */
  readonly reasons: readonly string[];
  /** The claim that it is about; without the claim there is nothing to check. */
  readonly claim?: string;
}

export const TOKEN_CHECKS: readonly TokenCheckEntry[] = [
  {
    name: 'there is a token',
    clause: 'TS 33.501 13.4.1.0, TS 29.500 6.7.3',
    reasons: ['token-missing', 'token-malformed'],
  },
  {
    name: 'signature: ES256 by a key of the own NRF',
    clause: 'TS 33.501 13.4.1.1.2, RFC 7515',
    reasons: ['token-signature'],
  },
  { name: 'the mandatory claims are there', clause: 'TS 29.510 6.3.5.2.4', reasons: ['token-claims'] },
  { name: 'iss: the NRF of this network', clause: 'TS 29.510 6.3.5.2.4', reasons: ['token-iss'], claim: 'iss' },
  {
    name: 'exp: it has not expired',
    clause: 'TS 33.501 13.4.1.1.2, RFC 7519 4.1.4',
    reasons: ['token-expired'],
    claim: 'exp',
  },
  {
    name: 'aud: the type or the instance id of the producer',
    clause: 'TS 33.501 13.4.1.1.2',
    reasons: ['token-audience'],
    claim: 'aud',
  },
  {
    name: 'producerPlmnId: the network of the producer',
    clause: 'TS 33.501 13.4.1.2',
    reasons: ['token-producer-plmn'],
    claim: 'producerPlmnId',
  },
  {
    name: 'producerSnssaiList: a slice of the producer',
    clause: 'TS 33.501 13.4.1.1.2',
    reasons: ['token-slice', 'request-slice'],
    claim: 'producerSnssaiList',
  },
  {
    name: 'producerNsiList: a slice instance of the producer',
    clause: 'TS 33.501 13.4.1.1.2',
    reasons: ['token-nsi'],
    claim: 'producerNsiList',
  },
  {
    name: 'producerNfSetId: the NF set of the producer',
    clause: 'TS 33.501 13.4.1.1.2',
    reasons: ['token-nf-set'],
    claim: 'producerNfSetId',
  },
  {
    name: 'producerNfServiceSetId: the NF service set of the producer',
    clause: 'TS 29.510 6.3.5.2.4',
    reasons: ['token-nf-service-set'],
    claim: 'producerNfServiceSetId',
  },
  { name: 'scope has the service', clause: 'TS 33.501 13.4.1.1.2', reasons: ['token-scope'], claim: 'scope' },
  {
    name: 'scope has that of the operation, where there is one',
    clause: 'TS 33.501 13.4.1.0, e.g. TS 29.503 6.3.9',
    reasons: ['token-operation-scope'],
    claim: 'scope',
  },
  {
    name: 'consumerPlmnId: where the request comes from; needed across networks',
    clause: 'TS 33.501 13.4.1.2',
    reasons: ['token-consumer-plmn'],
    claim: 'consumerPlmnId',
  },
  {
    name: 'sub: the NF that asks',
    clause: 'TS 33.501 13.4.1.1.2, 13.4.1.3',
    reasons: ['token-subject', 'token-cca'],
    claim: 'sub',
  },
  {
    name: 'the NF type of the consumer may use this operation',
    clause: 'TS 33.501 13.4.1.1.2, TS 23.502 5.2',
    reasons: ['consumer-nf-type'],
  },
];
