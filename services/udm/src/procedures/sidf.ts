/** The SIDF (TS 33.501 6.12.5): from a SUCI to the SUPI. */
import { readFile } from 'node:fs/promises';
import { deconcealSuci, parseSuci, SuciError, type SuciErrorReason } from '@twincore/crypto';
import { Hex, type PlmnId } from '@twincore/model';
import { parseConfig, problem } from '@twincore/sbi';
import Type from 'typebox';

/** The home network private key of an identifier and protection scheme. */
export type PrivateKeyOf = (keyId: number, scheme: number) => Uint8Array | undefined;

const HomeNetworkKeys = Type.Array(
  Type.Object({
    homeNetworkPublicKeyId: Type.Integer({ minimum: 1, maximum: 255 }),
    protectionScheme: Type.Union([Type.Literal(1), Type.Literal(2)]),
    privateKey: Hex(32),
  }),
);

/** Reads the file of `homeNetworkKeys`. Throws ConfigError when it is not such a list. */
export async function loadHomeNetworkKeys(file: string): Promise<PrivateKeyOf> {
  const list = parseConfig(HomeNetworkKeys, JSON.parse(await readFile(file, 'utf8')), file);
  const keys = new Map(
    list.map((key) => [`${key.protectionScheme}-${key.homeNetworkPublicKeyId}`, Buffer.from(key.privateKey, 'hex')]),
  );
  return (keyId, scheme) => keys.get(`${scheme}-${keyId}`);
}

/** TS 29.503 table 6.3.7.3-1. A key of ours that is unusable is not the consumer's fault and stays an internal error. */
const ANSWER: Record<Exclude<SuciErrorReason, 'unusable-key'>, [status: number, cause: string]> = {
  malformed: [403, 'INVALID_SCHEME_OUTPUT'],
  'unsupported-supi-type': [404, 'USER_NOT_FOUND'],
  'unsupported-scheme': [501, 'UNSUPPORTED_PROTECTION_SCHEME'],
  'unknown-key': [403, 'INVALID_HN_PUBLIC_KEY_IDENTIFIER'],
  'invalid-ephemeral-key': [403, 'INVALID_SCHEME_OUTPUT'],
  'mac-mismatch': [403, 'INVALID_SCHEME_OUTPUT'],
  'invalid-plaintext': [403, 'INVALID_SCHEME_OUTPUT'],
};

/**
 * The SUPI that a UE's identity names. A SUPI is that already.
 * @throws SbiProblem with the causes above; 404 USER_NOT_FOUND for a SUCI of another home network, however its digits
 * continue: `001-010` must not reach a subscriber of `001-01`
 */
export function revealSupi(supiOrSuci: string, home: PlmnId, privateKeyOf: PrivateKeyOf): string {
  if (!supiOrSuci.startsWith('suci-')) return supiOrSuci;
  try {
    const { mcc, mnc } = parseSuci(supiOrSuci);
    if (mcc !== home.mcc || mnc !== home.mnc) throw problem(404, 'USER_NOT_FOUND');
    return deconcealSuci(supiOrSuci, privateKeyOf);
  } catch (error) {
    if (error instanceof SuciError && error.reason !== 'unusable-key') {
      const [status, cause] = ANSWER[error.reason];
      throw problem(status, cause);
    }
    throw error;
  }
}
