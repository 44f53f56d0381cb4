import { createCipheriv, createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { x25519 } from '@noble/curves/ed25519.js';
import { p256 } from '@noble/curves/nist.js';

/** Protection scheme identifiers, TS 33.501 C.1: null scheme, ECIES Profile A, ECIES Profile B. */
export type ProtectionScheme = 0 | 1 | 2;

export type SuciErrorReason =
  | 'malformed' // not the string form, or a part out of its bounds
  | 'unsupported-supi-type' // well-known SUPI type, but not an IMSI
  | 'unsupported-scheme' // protection scheme other than null, A, B
  | 'unknown-key' // no private key for this home network public key identifier
  | 'unusable-key' // a home network key that the curve refuses
  | 'invalid-ephemeral-key' // not a point that key agreement may use
  | 'mac-mismatch'
  | 'invalid-plaintext'; // authentic, but not the BCD digits of an MSIN

/** Why a SUCI cannot be read or made. The message never holds a SUPI or key. */
export class SuciError extends Error {
  readonly reason: SuciErrorReason;
  constructor(reason: SuciErrorReason, message: string) {
    super(message);
    this.name = 'SuciError';
    this.reason = reason;
  }
}

/** The parts of a SUCI whose SUPI type is 0 (IMSI), TS 23.003 2.2B. */
export interface Suci {
  mcc: string;
  mnc: string;
  routingIndicator: string;
  scheme: ProtectionScheme;
  homeNetworkPublicKeyId: number;
  /** MSIN digits for the null scheme; otherwise lower-case hex of ephemeral public key || ciphertext || MAC tag. */
  schemeOutput: string;
}

interface Profile {
  publicKeyOctets: number;
  generateKey(): { secretKey: Uint8Array; publicKey: Uint8Array };
  isPrivateKey(privateKey: Uint8Array): boolean;
  publicKey(privateKey: Uint8Array): Uint8Array;
  sharedSecret(privateKey: Uint8Array, publicKey: Uint8Array): Uint8Array;
}

const PROFILES: Record<1 | 2, Profile> = {
  // noble refuses the all-zero shared secret of a small-order point (RFC 7748 clause 6.1).
  1: {
    publicKeyOctets: 32,
    generateKey: () => x25519.keygen(),
    isPrivateKey: (privateKey) => privateKey.length === 32,
    publicKey: (privateKey) => x25519.getPublicKey(privateKey),
    sharedSecret: (privateKey, publicKey) => x25519.getSharedSecret(privateKey, publicKey),
  },
  // The shared secret is the x coordinate alone: what follows the sign octet of the compressed point.
  2: {
    publicKeyOctets: 33,
    generateKey: () => p256.keygen(),
    isPrivateKey: (privateKey) => p256.utils.isValidSecretKey(privateKey),
    publicKey: (privateKey) => p256.getPublicKey(privateKey, true),
    sharedSecret: (privateKey, publicKey) => p256.getSharedSecret(privateKey, publicKey, true).subarray(1),
  },
};

const MAC_OCTETS = 8;
const IMSI_DIGITS_MAX = 15;
/** The longest SUCI of a known scheme has 117 characters (Profile B); this only guards the regular expression. */
const SUCI_LENGTH_MAX = 128;
const SUCI_SHAPE = /^suci-([0-7])-(\d{3})-(\d{2,3})-(\d{1,4})-([0-9a-fA-F])-(0|[1-9]\d{0,2})-([0-9a-fA-F]+)$/;

const malformed = (what: string): SuciError => new SuciError('malformed', what);

/** Runs a curve operation and gives whatever it throws the reason that fits the key it was handed. */
function onCurve<T>(reason: SuciErrorReason, operation: () => T): T {
  try {
    return operation();
  } catch {
    throw new SuciError(reason, 'the curve refuses this key');
  }
}

function toScheme(value: number): ProtectionScheme {
  if (value === 0 || value === 1 || value === 2) {
    return value;
  }
  throw new SuciError('unsupported-scheme', `protection scheme ${value} is not supported`);
}

/**
 * Reads the string form `suci-0-<mcc>-<mnc>-<routingIndicator>-<scheme>-<hnKeyId>-<schemeOutput>` of TS 29.571 / TS 23.003
 * 28.7.3, with every part's bounds: the scheme output must be as long as its scheme makes it.
 * @throws SuciError: malformed, unsupported-supi-type, unsupported-scheme
 */
export function parseSuci(suci: string): Suci {
  if (typeof suci !== 'string' || suci.length > SUCI_LENGTH_MAX) {
    throw malformed('SUCI is not a string or too long');
  }
  if (/^suci-[1-7]-/.test(suci)) {
    throw new SuciError('unsupported-supi-type', 'only SUPI type 0 (IMSI) is supported');
  }
  const [, , mcc, mnc, routingIndicator, schemeDigit, keyId, output] = SUCI_SHAPE.exec(suci) ?? [];
  if (!mcc || !mnc || !routingIndicator || !schemeDigit || !keyId || !output) {
    throw malformed('SUCI does not have the form suci-0-mcc-mnc-ri-scheme-keyId-output');
  }
  const scheme = toScheme(Number.parseInt(schemeDigit, 16));
  const homeNetworkPublicKeyId = Number(keyId);
  if (homeNetworkPublicKeyId > 255 || (scheme === 0) !== (homeNetworkPublicKeyId === 0)) {
    throw malformed('home network public key identifier does not fit the scheme');
  }
  const schemeOutput = output.toLowerCase();
  checkSchemeOutput(scheme, schemeOutput, IMSI_DIGITS_MAX - mcc.length - mnc.length);
  return { mcc, mnc, routingIndicator, scheme, homeNetworkPublicKeyId, schemeOutput };
}

function checkSchemeOutput(scheme: ProtectionScheme, output: string, msinDigitsMax: number): void {
  if (scheme === 0) {
    if (!/^\d+$/.test(output) || output.length > msinDigitsMax) {
      throw malformed('null scheme output must be the digits of an MSIN');
    }
    return;
  }
  const ciphertextOctets = output.length / 2 - PROFILES[scheme].publicKeyOctets - MAC_OCTETS;
  if (!Number.isInteger(ciphertextOctets) || ciphertextOctets < 1 || ciphertextOctets > Math.ceil(msinDigitsMax / 2)) {
    throw malformed('scheme output has a length that its scheme cannot make');
  }
}

/** The string form of a SUCI; the inverse of parseSuci. Throws the SuciError that parseSuci would for these parts. */
export function formatSuci(suci: Suci): string {
  const { mcc, mnc, routingIndicator, scheme, homeNetworkPublicKeyId, schemeOutput } = suci;
  const text = `suci-0-${mcc}-${mnc}-${routingIndicator}-${scheme}-${homeNetworkPublicKeyId}-${schemeOutput}`;
  parseSuci(text);
  return text;
}

/** MSIN digits as the BCD octets of TS 24.501 clause 9.11.3.4: low nibble first, filler F after an odd count. */
function msinToBcd(msin: string): Buffer {
  const nibbles = msin.length % 2 === 0 ? msin : `${msin}f`;
  return Buffer.from(nibbles.replace(/(.)(.)/g, '$2$1'), 'hex');
}

function msinFromBcd(octets: Buffer): string {
  const digits = octets.toString('hex').replace(/(.)(.)/g, '$2$1');
  const msin = digits.endsWith('f') ? digits.slice(0, -1) : digits;
  if (!/^\d+$/.test(msin)) {
    throw new SuciError('invalid-plaintext', 'the scheme input is not BCD digits');
  }
  return msin;
}

/** ANSI X9.63 KDF with SHA-256 and the ephemeral public key as SharedInfo1, cut into key, ICB and MAC key (C.3.2, C.3.4). */
function deriveEciesKeys(sharedSecret: Uint8Array, ephemeralPublicKey: Uint8Array) {
  const blocks = [1, 2].map((counter) =>
    createHash('sha256')
      .update(sharedSecret)
      .update(Buffer.of(0, 0, 0, counter))
      .update(ephemeralPublicKey)
      .digest(),
  );
  const keys = Buffer.concat(blocks);
  return { encryptionKey: keys.subarray(0, 16), icb: keys.subarray(16, 32), macKey: keys.subarray(32, 64) };
}

const aesCtr = (key: Uint8Array, icb: Uint8Array, data: Uint8Array): Buffer =>
  createCipheriv('aes-128-ctr', key, icb).update(data);

const macTag = (key: Uint8Array, ciphertext: Uint8Array): Buffer =>
  createHmac('sha256', key).update(ciphertext).digest().subarray(0, MAC_OCTETS);

/**
 * The UE's side: conceals an IMSI, TS 33.501 C.2 (null scheme) and C.3.2 (ECIES).
 * @param input.supi `imsi-` and 5 to 15 digits
 * @param input.mncLength digits of the MNC, 2 or 3
 * @param input.scheme 0 null, 1 Profile A, 2 Profile B
 * @param input.homeNetworkPublicKey X25519 key of 32 octets, or a secp256r1 point; needed for schemes 1 and 2
 * @param input.homeNetworkPublicKeyId 1..255; the null scheme always carries 0
 * @param input.routingIndicator 1 to 4 digits
 * @param input.ephemeralPrivateKey 32 octets, freshly generated when absent
 * @throws SuciError: malformed (SUPI or another part), unusable-key
 */
export function concealSupi(input: {
  supi: string;
  mncLength: 2 | 3;
  scheme: ProtectionScheme;
  homeNetworkPublicKey?: Uint8Array;
  homeNetworkPublicKeyId: number;
  routingIndicator: string;
  ephemeralPrivateKey?: Uint8Array;
}): string {
  const imsi = /^imsi-(\d{3})(\d{3,12})$/.exec(input.supi);
  const [, mcc, rest] = imsi ?? [];
  if (mcc === undefined || rest === undefined || rest.length <= input.mncLength) {
    throw malformed('SUPI must be imsi- and at most 15 digits with an MSIN');
  }
  const mnc = rest.slice(0, input.mncLength);
  const msin = rest.slice(input.mncLength);
  const { scheme, routingIndicator } = input;
  if (scheme === 0) {
    return formatSuci({ mcc, mnc, routingIndicator, scheme, homeNetworkPublicKeyId: 0, schemeOutput: msin });
  }
  const schemeOutput = encrypt(PROFILES[scheme], msinToBcd(msin), input).toString('hex');
  const { homeNetworkPublicKeyId } = input;
  return formatSuci({ mcc, mnc, routingIndicator, scheme, homeNetworkPublicKeyId, schemeOutput });
}

function encrypt(
  profile: Profile,
  plaintext: Buffer,
  keys: { homeNetworkPublicKey?: Uint8Array; ephemeralPrivateKey?: Uint8Array },
): Buffer {
  const { homeNetworkPublicKey } = keys;
  if (homeNetworkPublicKey === undefined) {
    throw new SuciError('unusable-key', 'this scheme needs the home network public key');
  }
  const ephemeralPrivateKey = keys.ephemeralPrivateKey ?? profile.generateKey().secretKey;
  const { ephemeralPublicKey, shared } = onCurve('unusable-key', () => ({
    ephemeralPublicKey: profile.publicKey(ephemeralPrivateKey),
    shared: profile.sharedSecret(ephemeralPrivateKey, homeNetworkPublicKey),
  }));
  const { encryptionKey, icb, macKey } = deriveEciesKeys(shared, ephemeralPublicKey);
  const ciphertext = aesCtr(encryptionKey, icb, plaintext);
  return Buffer.concat([ephemeralPublicKey, ciphertext, macTag(macKey, ciphertext)]);
}

/**
 * The SIDF: reveals the SUPI of a SUCI, TS 33.501 C.3.3 (MAC before decryption) and 6.12.5.
 * @param suci the string form
 * @param privateKeyOf the home network private key (32 octets) of an identifier and scheme; undefined when there is none
 * @returns `imsi-` and the digits
 * @throws SuciError with its reason, for every SUCI that cannot be revealed
 */
export function deconcealSuci(
  suci: string,
  privateKeyOf: (keyId: number, scheme: ProtectionScheme) => Uint8Array | undefined,
): string {
  const { mcc, mnc, scheme, homeNetworkPublicKeyId, schemeOutput } = parseSuci(suci);
  if (scheme === 0) {
    return `imsi-${mcc}${mnc}${schemeOutput}`;
  }
  const privateKey = privateKeyOf(homeNetworkPublicKeyId, scheme);
  if (privateKey === undefined) {
    throw new SuciError('unknown-key', `no home network key ${homeNetworkPublicKeyId} for scheme ${scheme}`);
  }
  const msin = msinFromBcd(decrypt(PROFILES[scheme], privateKey, Buffer.from(schemeOutput, 'hex')));
  if (mcc.length + mnc.length + msin.length > IMSI_DIGITS_MAX) {
    throw new SuciError('invalid-plaintext', 'the MSIN makes the IMSI longer than 15 digits');
  }
  return `imsi-${mcc}${mnc}${msin}`;
}

function decrypt(profile: Profile, privateKey: Uint8Array, schemeOutput: Buffer): Buffer {
  const ephemeralPublicKey = schemeOutput.subarray(0, profile.publicKeyOctets);
  const ciphertext = schemeOutput.subarray(profile.publicKeyOctets, -MAC_OCTETS);
  if (!profile.isPrivateKey(privateKey)) {
    throw new SuciError('unusable-key', 'the home network private key does not fit the profile');
  }
  const shared = onCurve('invalid-ephemeral-key', () => profile.sharedSecret(privateKey, ephemeralPublicKey));
  const { encryptionKey, icb, macKey } = deriveEciesKeys(shared, ephemeralPublicKey);
  if (!timingSafeEqual(macTag(macKey, ciphertext), schemeOutput.subarray(-MAC_OCTETS))) {
    throw new SuciError('mac-mismatch', 'the MAC tag of the scheme output is wrong');
  }
  return aesCtr(encryptionKey, icb, ciphertext);
}

/**
 * A home network key pair, TS 33.501 C.3.4.
 * @returns private key of 32 octets; public key of 32 octets (A, X25519) or 33 (B, compressed secp256r1 point)
 */
export function generateHomeNetworkKey(profile: 'A' | 'B'): { privateKey: Buffer; publicKey: Buffer } {
  const { secretKey, publicKey } = PROFILES[profile === 'A' ? 1 : 2].generateKey();
  return { privateKey: Buffer.from(secretKey), publicKey: Buffer.from(publicKey) };
}
