/** The key pairs for concealing SUPIs (TS 33.501 Annex C): the private parts for the UDM, the public parts for USIMs. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateHomeNetworkKey } from '@twincore/crypto';
import Type, { type Static } from 'typebox';
import { readYaml } from './yaml-file.ts';

const PublicKeys = Type.Array(
  Type.Object({
    homeNetworkPublicKeyId: Type.Integer(),
    protectionScheme: Type.Union([Type.Literal(1), Type.Literal(2)]),
    publicKey: Type.String(),
  }),
);
export interface HomeNetworkKeys {
  /** JSON file as the UDM's `homeNetworkKeys` takes it. */
  readonly privateKeysFile: string;
  readonly publicKeys: Static<typeof PublicKeys>;
}

const KEYS = [
  { homeNetworkPublicKeyId: 1, protectionScheme: 1, profile: 'A' },
  { homeNetworkPublicKeyId: 2, protectionScheme: 2, profile: 'B' },
] as const;

/** The keys in `dir` (identifier 1: Profile A, 2: Profile B), generated when they are not there. */
export function openHomeNetworkKeys(dir: string): HomeNetworkKeys {
  const privateKeysFile = join(dir, 'home-network-keys.json');
  const publicKeysFile = join(dir, 'home-network-public-keys.json');
  if (!existsSync(privateKeysFile) || !existsSync(publicKeysFile)) {
    const made = KEYS.map(({ profile, ...key }) => ({ ...key, ...generateHomeNetworkKey(profile) }));
    const privateKeys = made.map(({ publicKey: _, privateKey, ...key }) => ({
      ...key,
      privateKey: privateKey.toString('hex'),
    }));
    const publicKeys = made.map(({ privateKey: _, publicKey, ...key }) => ({
      ...key,
      publicKey: publicKey.toString('hex'),
    }));
    writeFileSync(privateKeysFile, `${JSON.stringify(privateKeys, null, 2)}\n`, { mode: 0o600 });
    writeFileSync(publicKeysFile, `${JSON.stringify(publicKeys, null, 2)}\n`);
  }
  return { privateKeysFile, publicKeys: readYaml(PublicKeys, publicKeysFile) };
}

/** The public key that a USIM holds under an identifier. */
export function publicKeyOf(keys: HomeNetworkKeys, homeNetworkPublicKeyId: number): string | undefined {
  return keys.publicKeys.find((key) => key.homeNetworkPublicKeyId === homeNetworkPublicKeyId)?.publicKey;
}
