/** The USIM: concealment of the SUPI and the card's side of AKA, with the faults that a test may give it. */
import { concealSupi, type UsimResult, UsimSqn, usimAuthenticate } from '@twincore/crypto';
import type { Card, UeRecord } from './record.ts';

/** `wrongK`: the card holds another K than the network. `rejectSqn`: it finds the SQN used already. */
export interface UsimFaults {
  readonly wrongK?: boolean | undefined;
  readonly rejectSqn?: boolean | undefined;
}

/** A Δ that no SQN keeps to (TS 33.102 C.2.1), so that a right one is refused and AUTS tells the real SQN_MS. */
const ACCEPTS_NO_SQN = { delta: -(1n << 43n) };

/** The SUCI of a card (TS 33.501 6.12.2), made anew at each call. */
export function concealedIdentity({ supi, card }: Pick<UeRecord, 'supi' | 'card'>): string {
  const { homeNetworkPublicKey } = card;
  return concealSupi({
    supi,
    mncLength: card.plmnId.mnc.length === 3 ? 3 : 2,
    scheme: card.protectionScheme as 0 | 1 | 2,
    routingIndicator: card.routingIndicator,
    homeNetworkPublicKeyId: card.homeNetworkPublicKeyId ?? 0,
    ...(homeNetworkPublicKey === undefined ? {} : { homeNetworkPublicKey: Buffer.from(homeNetworkPublicKey, 'hex') }),
  });
}

/** Why a card cannot conceal its SUPI as it says it does, or undefined. */
export function flawOf(supi: string, card: Card): { readonly param: string; readonly reason: string } | undefined {
  try {
    concealedIdentity({ supi, card });
  } catch {
    return { param: '/homeNetworkPublicKey', reason: 'does not fit protectionScheme and homeNetworkPublicKeyId' };
  }
  const { mcc, mnc } = card.plmnId;
  return supi.startsWith(`imsi-${mcc}${mnc}`)
    ? undefined
    : { param: '/plmnId', reason: 'is not the home network that the SUPI names' };
}

/** Runs AKA (TS 33.102 6.3.3) and moves the record's sequence numbers; the caller saves it before it answers. */
export function authenticate(
  record: UeRecord,
  challenge: { readonly rand: Buffer; readonly autn: Buffer },
  faults: UsimFaults,
): UsimResult {
  const k = Buffer.from(record.card.k, 'hex');
  const sqnState = UsimSqn.from(record.sqn, faults.rejectSqn ? ACCEPTS_NO_SQN : {});
  const result = usimAuthenticate({
    k: faults.wrongK ? k.map((octet) => octet ^ 0xff) : k,
    opc: Buffer.from(record.card.opc, 'hex'),
    ...challenge,
    sqnState,
  });
  record.sqn = sqnState.toJSON();
  return result;
}

/** IMEISV of the UE (TS 23.003 6.2.2): configured, or a TAC of the range for tests with digits of the SUPI. */
export function imeisvOf({ supi, card }: UeRecord): string {
  return card.imeisv ?? `00101500${supi.slice(-6)}01`;
}
