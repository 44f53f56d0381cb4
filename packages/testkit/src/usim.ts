/** The USIM of a subscriber: what a test of an AUSF, UDM or AMF needs of the UE. */
import { deriveKausf, deriveResStar, UsimSqn, usimAuthenticate } from '@twincore/crypto';
import type { Subscriber } from './subscribers.ts';

/** What UE and USIM answer to a challenge (TS 33.501 6.1.3.2), in hexadecimal. */
export type UsimAnswer =
  | { readonly result: 'success'; readonly resStar: string; readonly kausf: string }
  | { readonly result: 'mac-failure' }
  | { readonly result: 'sync-failure'; readonly auts: string };

export interface Usim {
  readonly supi: string;
  /** A success uses the challenge's SQN up, as in a real USIM. RAND and AUTN are 16 octets in hexadecimal. */
  authenticate(challenge: { rand: string; autn: string; servingNetworkName: string }): UsimAnswer;
}

const octets = (hex: string) => Buffer.from(hex, 'hex');

export function usimOf({ supi, k, opc }: Pick<Subscriber, 'supi' | 'k' | 'opc'>): Usim {
  const sqnState = new UsimSqn();
  return {
    supi,
    authenticate({ rand, autn, servingNetworkName }) {
      const answer = usimAuthenticate({
        k: octets(k),
        opc: octets(opc),
        rand: octets(rand),
        autn: octets(autn),
        sqnState,
      });
      if (answer.result === 'sync-failure') return { result: answer.result, auts: answer.auts.toString('hex') };
      if (answer.result === 'mac-failure') return { result: answer.result };
      const { ck, ik, res, sqnXorAk } = answer;
      return {
        result: 'success',
        resStar: deriveResStar({ ck, ik, servingNetworkName, rand: octets(rand), res }).toString('hex'),
        kausf: deriveKausf({ ck, ik, servingNetworkName, sqnXorAk }).toString('hex'),
      };
    },
  };
}
