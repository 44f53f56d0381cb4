/** The ARPF (TS 33.501 6.1.3.2 step 1, TS 33.102 6.3.5): 5G HE AVs with sequence numbers that are used once. */
import { generate5gHeAv, nextSqn, sqnFromBuffer, sqnToBuffer, verifyAuts } from '@twincore/crypto';
import type { AuthenticationSubscription, Av5GHeAka, ResynchronizationInfo } from '@twincore/model';
import { commonProblem, problem } from '@twincore/sbi';
import type { SubscriptionData } from '../clients/udr.ts';
import type { KeyedQueue } from './keyed-queue.ts';

/** How often another UDM instance may take the SQN first. Requests of this one wait for each other. */
const ATTEMPTS = 8;
const IND_BITS = 5n;
const SEQ_MAX = (1n << 43n) - 1n;
/** Δ of TS 33.102 C.2.1: a USIM accepts no SEQ that is further ahead of its own. */
const DELTA = 1n << 28n;

interface Credentials {
  readonly k: Buffer;
  readonly opc: Buffer;
  readonly amf: Buffer;
  readonly sqn: bigint;
}

/** What the ARPF derives and keeps to itself, in hexadecimal. */
export interface ArpfKeys {
  readonly ck: string;
  readonly ik: string;
}

/**
 * A 5G HE AV for `supi`. Its SQN is in the UDR, on disk, before the vector exists.
 * @param resynchronization what the USIM answered to a challenge that it found out of order
 * @throws SbiProblem 404 USER_NOT_FOUND; 403 AUTHENTICATION_REJECTED when the subscriber does not use 5G AKA, the AUTS is not
 * the USIM's, or no sequence number is left; 503 NF_CONGESTION when the SQN could not be had
 */
export async function generateAuthData(
  {
    udr,
    queue,
    onKeys = () => {},
  }: {
    udr: Pick<SubscriptionData, 'authenticationSubscription' | 'replaceSqn'>;
    queue: KeyedQueue;
    /** For the recorded exchange, which hides them. */
    onKeys?: (keys: ArpfKeys) => void;
  },
  supi: string,
  servingNetworkName: string,
  resynchronization?: ResynchronizationInfo,
): Promise<Av5GHeAka> {
  return queue.run(supi, async () => {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const subscription = await udr.authenticationSubscription(supi);
      const { k, opc, amf, sqn: current } = credentialsOf(subscription);
      const base = resynchronization ? resynchronize({ k, opc, current }, resynchronization) : current;
      if (base >> IND_BITS >= SEQ_MAX) throw problem(403, 'AUTHENTICATION_REJECTED', 'no sequence number is left');
      const sqn = nextSqn(base);
      if (await udr.replaceSqn(supi, subscription.sequenceNumber?.sqn ?? '', sqnToBuffer(sqn).toString('hex'))) {
        const { rand, xresStar, autn, kausf, ck, ik } = generate5gHeAv({ k, opc, sqn, amf, servingNetworkName });
        onKeys({ ck: ck.toString('hex'), ik: ik.toString('hex') });
        return {
          avType: '5G_HE_AKA',
          rand: rand.toString('hex'),
          xresStar: xresStar.toString('hex'),
          autn: autn.toString('hex'),
          kausf: kausf.toString('hex'),
        };
      }
    }
    throw commonProblem('NF_CONGESTION', 'the sequence number changes too fast');
  });
}

function credentialsOf(subscription: AuthenticationSubscription): Credentials {
  const { authenticationMethod, encPermanentKey, encOpcKey, authenticationManagementField, sequenceNumber } =
    subscription;
  if (authenticationMethod !== '5G_AKA') {
    throw problem(403, 'AUTHENTICATION_REJECTED', `the subscriber uses ${authenticationMethod}`);
  }
  const usable =
    subscription.protectionParameterId === undefined && (subscription.algorithmId ?? 'milenage') === 'milenage';
  if (!usable || !encPermanentKey || !encOpcKey || !authenticationManagementField || !sequenceNumber?.sqn) {
    throw commonProblem('UNSPECIFIED_NF_FAILURE', 'the authentication subscription cannot be used');
  }
  return {
    k: Buffer.from(encPermanentKey, 'hex'),
    opc: Buffer.from(encOpcKey, 'hex'),
    amf: Buffer.from(authenticationManagementField, 'hex'),
    sqn: sqnFromBuffer(Buffer.from(sequenceNumber.sqn, 'hex')),
  };
}

/**
 * TS 33.102 6.3.5: the SQN to continue from. SQN_HE stays when its successor is one that the USIM accepts, so that replaying
 * an old AUTS does not turn it back; otherwise SQN_MS takes its place.
 */
function resynchronize(
  { k, opc, current }: { k: Buffer; opc: Buffer; current: bigint },
  { rand, auts }: ResynchronizationInfo,
): bigint {
  const sqnMs = verifyAuts({ k, opc, rand: Buffer.from(rand, 'hex'), auts: Buffer.from(auts, 'hex') });
  if (sqnMs === undefined) throw problem(403, 'AUTHENTICATION_REJECTED', 'the AUTS does not verify');
  const ahead = (current >> IND_BITS) - (sqnMs >> IND_BITS);
  return ahead >= 0n && ahead < DELTA ? current : sqnMs;
}
