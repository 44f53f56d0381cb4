/**
 * What goes over the air between a UE and a gNB. It is all that either side knows of the other: no key crosses it (TS 38.331,
 * as far as a NAS simulator needs it).
 */
import { kdf, nia } from '@twincore/crypto';
import type { PlmnId, Tai } from '@twincore/model';
import type { FiveGSTmsi } from '@twincore/nas';

/** Who ended a connection: the AMF by UE CONTEXT RELEASE COMMAND, or the gNB because it lost its AMF. */
export type ReleasedBy = 'AMF' | 'gNB';

/** A UE on one RRC connection, as its gNB sees it. The gNB calls in the order in which things happen. */
export interface RadioUe {
  onNas(nasPdu: Buffer): void;
  /** RRC SecurityModeCommand (TS 38.331 5.3.4.3); false when its MAC-I does not verify with the UE's own KgNB. */
  onSecurityModeCommand(macI: Buffer): Promise<boolean>;
  /** RRC release. Nothing comes after it. */
  onReleased(by: ReleasedBy): void;
}

/** One RRC connection, as the UE sees it. What is sent on one that has ended is lost. */
export interface RadioConnection {
  /** RRCSetupComplete with the initial NAS message, and the 5G-S-TMSI of a UE that has one. */
  sendInitial(nasPdu: Buffer, traceparent: string, fiveGSTmsi?: FiveGSTmsi): void;
  /** ULInformationTransfer. */
  send(nasPdu: Buffer, traceparent: string): void;
  /** The UE is gone: switched off, or without an answer for too long. */
  leave(): void;
}

/** A cell that a UE may camp on, and what it broadcasts. */
export interface Cell {
  readonly plmnId: PlmnId;
  readonly tai: Tai;
  /** Resolves with whether the gNB has an AMF; waits a moment for it. */
  ready(): Promise<boolean>;
  connect(ue: RadioUe): RadioConnection;
}

const FC_ALGORITHM_KEY = 0x69;
const N_RRC_INT_ALG = 0x04;
const NIA2 = 2;
const DOWNLINK = 1;
/** SRB1's identity minus one (TS 38.331 5.3.4.3, TS 33.501 D.3.1.1). */
const BEARER_SRB1 = 0;
/** Stands for the octets of an RRC SecurityModeCommand that selects NEA0 and NIA2; ransim has no RRC encoding. */
const SECURITY_MODE_COMMAND = Buffer.from('SecurityModeCommand NEA0 NIA2');

/** MAC-I of an RRC SecurityModeCommand with KRRCint out of KgNB (TS 33.501 6.7.4, A.8): equal exactly when KgNB is. */
export function securityModeMacI(kgnb: Buffer): Buffer {
  const kRrcInt = kdf(kgnb, FC_ALGORITHM_KEY, Buffer.of(N_RRC_INT_ALG), Buffer.of(NIA2)).subarray(16);
  return nia(NIA2, { key: kRrcInt, count: 0, bearer: BEARER_SRB1, direction: DOWNLINK, data: SECURITY_MODE_COMMAND });
}
