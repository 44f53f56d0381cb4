/** The lab's PKI: a CA for each PLMN, a certificate for each NF instance (TS 33.310 clause 6.1.3c), the NRF's signing key. */
import 'reflect-metadata';
import { randomBytes, webcrypto } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as x509 from '@peculiar/x509';
import { type PlmnId, plmnDomain, plmnToString } from '@twincore/model';
import { encodeNfTypes, identityOfCertificate, NF_TYPES_OID } from '@twincore/sbi';
import { calculateJwkThumbprint, exportJWK } from 'jose';
import { LabError } from './errors.ts';

const KEY = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const SIGNATURE = { name: 'ECDSA', hash: 'SHA-256' } as const;
const DAY_MS = 86_400_000;
const CA_DAYS = 3650;
const NF_DAYS = 365;
/** A certificate with less time left is made anew. */
const RENEW_BEFORE_MS = 30 * DAY_MS;
const BOTH_SIDES_OF_TLS = [x509.ExtendedKeyUsage.serverAuth, x509.ExtendedKeyUsage.clientAuth];

export interface CertificateRequest {
  /** File name without extension, e.g. `ausf`. */
  readonly name: string;
  readonly nfInstanceId: string;
  /** None: a certificate that has names and nothing else, as the SEPPs of other vendors may have. */
  readonly nfTypes: readonly string[];
  readonly fqdn: string;
  /** Further DNS names, e.g. the wildcard of a SEPP's telescopic FQDNs. */
  readonly moreNames?: readonly string[];
}

/** Paths of PEM files, as the `tls` member of an NF's configuration takes them. */
export interface CertificateFiles {
  readonly key: string;
  readonly cert: string;
  readonly ca: string;
}

/** Paths of the NRF's signing key (PKCS8 PEM, P-256) and of the JWKS file that producers verify tokens with. */
export interface SigningKeyFiles {
  readonly key: string;
  readonly jwks: string;
}

export interface PlmnPki {
  readonly dir: string;
  /** The CA certificate, PEM. */
  readonly ca: string;
  /** An NF's certificate: made, or reused while it names the same NF and is not about to expire. */
  certificate(request: CertificateRequest): Promise<CertificateFiles>;
  signingKey(): Promise<SigningKeyFiles>;
  /**
   * Puts a new signing key in place of the NRF's. The public key of the old one stays where producers look for it, so that tokens
   * verify until they expire; keys that were replaced before `keepSince` (ms since 1970) go.
   */
  rotateSigningKey(keepSince: number): Promise<{ kid: string; replaced: string | undefined }>;
}

/** The PKI of one PLMN in `<dir>/<MCC-MNC>`, made when it is not there. */
export async function openPlmnPki(dir: string, plmnId: PlmnId): Promise<PlmnPki> {
  x509.cryptoProvider.set(webcrypto as Crypto);
  const home = join(dir, plmnToString(plmnId));
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const ca = await openCa(home, plmnId);
  return {
    dir: home,
    ca: ca.file,
    certificate: (request) => certificate(home, ca, request),
    signingKey: () => signingKey(home),
    rotateSigningKey: (keepSince) => rotateSigningKey(home, keepSince),
  };
}

interface Ca {
  readonly file: string;
  readonly certificate: x509.X509Certificate;
  readonly key: CryptoKey;
}

async function openCa(dir: string, plmnId: PlmnId): Promise<Ca> {
  const file = join(dir, 'ca.pem');
  const keyFile = join(dir, 'ca-key.pem');
  if (existsSync(file) && existsSync(keyFile)) {
    const existing = readCertificate(file);
    if (!expiresSoon(existing)) return { file, certificate: existing, key: await readKey(keyFile) };
  }
  const keys = await newKeys();
  const made = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: `CN=twincore lab CA ${plmnToString(plmnId)},O=${plmnDomain(plmnId)}`,
    ...validity(CA_DAYS),
    keys,
    signingAlgorithm: SIGNATURE,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  await writeKey(keyFile, keys.privateKey);
  writeFileSync(file, made.toString('pem'));
  return { file, certificate: made, key: keys.privateKey };
}

async function certificate(dir: string, ca: Ca, request: CertificateRequest): Promise<CertificateFiles> {
  const { name, nfInstanceId, nfTypes, fqdn, moreNames = [] } = request;
  const files = { key: join(dir, `${name}-key.pem`), cert: join(dir, `${name}.pem`), ca: ca.file };
  if (existsSync(files.key) && existsSync(files.cert) && (await isUsable(files.cert, ca, request))) return files;
  const keys = await newKeys();
  const made = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: `CN=${fqdn}`,
    issuer: ca.certificate.subject,
    ...validity(NF_DAYS),
    publicKey: keys.publicKey,
    signingKey: ca.key,
    signingAlgorithm: SIGNATURE,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension(BOTH_SIDES_OF_TLS),
      new x509.SubjectAlternativeNameExtension([
        ...[fqdn, ...moreNames].map((value) => ({ type: 'dns' as const, value })),
        ...(nfTypes.length > 0 ? [{ type: 'url' as const, value: `urn:uuid:${nfInstanceId}` }] : []),
      ]),
      ...(nfTypes.length > 0 ? [new x509.Extension(NF_TYPES_OID, false, new Uint8Array(encodeNfTypes(nfTypes)))] : []),
      await x509.AuthorityKeyIdentifierExtension.create(ca.certificate.publicKey),
    ],
  });
  await writeKey(files.key, keys.privateKey);
  writeFileSync(files.cert, made.toString('pem'));
  return files;
}

async function isUsable(file: string, ca: Ca, wanted: CertificateRequest): Promise<boolean> {
  const existing = readCertificate(file);
  const identity = identityOfCertificate(new Uint8Array(existing.rawData));
  return (
    !expiresSoon(existing) &&
    identity?.nfInstanceId === wanted.nfInstanceId &&
    identity.fqdn === wanted.fqdn &&
    identity.nfTypes.join() === wanted.nfTypes.join() &&
    dnsNamesOf(existing).join() === [wanted.fqdn, ...(wanted.moreNames ?? [])].join() &&
    (await existing.verify({ publicKey: ca.certificate.publicKey }))
  );
}

function dnsNamesOf(certificate: x509.X509Certificate): string[] {
  const names = certificate.getExtension(x509.SubjectAlternativeNameExtension)?.names.items ?? [];
  return names.filter(({ type }) => type === 'dns').map(({ value }) => value);
}

async function signingKey(dir: string): Promise<SigningKeyFiles> {
  const files = signingKeyFiles(dir);
  if (existsSync(files.key) && existsSync(files.jwks)) return files;
  const { keys, jwk } = await newSigningKey();
  await writeKey(files.key, keys.privateKey);
  writeFileSync(files.jwks, formatJwks([jwk]));
  return files;
}

function signingKeyFiles(dir: string): SigningKeyFiles {
  return { key: join(dir, 'nrf-signing-key.pem'), jwks: join(dir, 'nrf-jwks.json') };
}

/** A public signing key; `replacedAt` (s since 1970) is only for us and means nothing to others (RFC 7517 4). */
interface SigningJwk {
  readonly kty: string;
  readonly crv: string;
  readonly x: string;
  readonly y: string;
  readonly kid: string;
  readonly alg: string;
  readonly use: string;
  readonly replacedAt?: number;
}

async function newSigningKey(): Promise<{ keys: webcrypto.CryptoKeyPair; jwk: SigningJwk }> {
  const keys = await newKeys();
  const { kty, crv, x, y } = await exportJWK(keys.publicKey);
  if (!kty || !crv || !x || !y) throw new Error('the signing key is no P-256 key');
  const jwk = { kty, crv, x, y };
  return { keys, jwk: { ...jwk, kid: await calculateJwkThumbprint(jwk), alg: 'ES256', use: 'sig' } };
}

function formatJwks(keys: readonly SigningJwk[]): string {
  return `${JSON.stringify({ keys }, null, 2)}\n`;
}

async function rotateSigningKey(dir: string, keepSince: number) {
  const files = await signingKey(dir);
  const known = readJwks(files.jwks);
  const now = Math.floor(Date.now() / 1000);
  const kept = known
    .map((key) => ({ ...key, replacedAt: key.replacedAt ?? now }))
    .filter(({ replacedAt }) => replacedAt * 1000 >= keepSince);
  const { keys, jwk } = await newSigningKey();
  // Producers have to be able to verify with the new key before anything is signed with it. Each file is whole at every moment.
  writeFileSync(`${files.jwks}.new`, formatJwks([jwk, ...kept]));
  renameSync(`${files.jwks}.new`, files.jwks);
  await writeKey(`${files.key}.new`, keys.privateKey);
  renameSync(`${files.key}.new`, files.key);
  return { kid: jwk.kid, replaced: known[0]?.kid };
}

function readJwks(file: string): SigningJwk[] {
  try {
    return (JSON.parse(readFileSync(file, 'utf8')) as { keys: SigningJwk[] }).keys;
  } catch (error) {
    throw damaged(file, error);
  }
}

async function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return (await webcrypto.subtle.generateKey(KEY, true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair;
}

async function writeKey(file: string, key: CryptoKey): Promise<void> {
  const der = await webcrypto.subtle.exportKey('pkcs8', key);
  writeFileSync(file, x509.PemConverter.encode(der, 'PRIVATE KEY'), { mode: 0o600 });
}

async function readKey(file: string): Promise<CryptoKey> {
  try {
    const der = x509.PemConverter.decodeFirst(readFileSync(file, 'utf8'));
    return (await webcrypto.subtle.importKey('pkcs8', der, KEY, false, ['sign'])) as CryptoKey;
  } catch (error) {
    throw damaged(file, error);
  }
}

function readCertificate(file: string): x509.X509Certificate {
  try {
    return new x509.X509Certificate(readFileSync(file, 'utf8'));
  } catch (error) {
    throw damaged(file, error);
  }
}

/** Nobody else writes there: an interrupted start, a full disk, or a hand. */
function damaged(file: string, cause: unknown): LabError {
  return new LabError(
    `${file} is damaged`,
    `Remove ${dirname(file)} and start again: CA, certificates and keys of this network are then made anew.`,
    { cause, reason: 'machine' },
  );
}

/** 20 octets at most, positive (RFC 5280 4.1.2.2). */
function serialNumber(): string {
  const octets = randomBytes(16);
  octets[0] = (octets[0] ?? 0) & 0x7f;
  return octets.toString('hex');
}

/** From a day ago, because clocks of machines that exchange certificates differ. */
function validity(days: number) {
  return { notBefore: new Date(Date.now() - DAY_MS), notAfter: new Date(Date.now() + days * DAY_MS) };
}

function expiresSoon(certificate: x509.X509Certificate): boolean {
  return certificate.notAfter.getTime() - Date.now() < RENEW_BEFORE_MS;
}
