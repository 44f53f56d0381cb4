/** A UE's logical N2 connection as procedures see it. */
import type { Snssai, Tai } from '@twincore/model';

/** Cause of NGAP (TS 38.413 9.3.1.2): group, and name in the ASN.1. */
export interface Cause {
  readonly group: 'radioNetwork' | 'transport' | 'nas' | 'protocol' | 'misc';
  readonly value: string;
}

/** What a gNB needs to know to serve a UE (TS 38.413 9.2.2.1). */
export interface UeContextSetup {
  /** KgNB, 32 octets. */
  readonly kgnb: Buffer;
  /** The IE of TS 24.501 9.11.3.54. */
  readonly ueSecurityCapability: Buffer;
  readonly allowedNssai: readonly Snssai[];
  readonly nasPdu: Buffer;
}

export interface UeConnection {
  /** For logs. */
  readonly id: number;
  readonly tai: Tai;
  /** True once the gNB has been told to set up a context. */
  readonly hasContext: boolean;
  /** Both send a NAS PDU and return the name of the N2 message that carries it. */
  downlink(nasPdu: Buffer): string;
  setUpContext(setup: UeContextSetup): string;
  release(cause: Cause): void;
}
