/** Where each defence is in the code. */
import type { Defence } from '@twincore/sbi';

const server = 'packages/sbi/src/server.ts';
const guard = 'packages/sbi/src/guard.ts';
const verifier = 'packages/sbi/src/token-verifier.ts';

export const DEFENCE_FILES: Readonly<Record<Defence, string>> = {
  cleartext: server,
  withoutClientCertificates: server,
  withoutCertificateIdentity: server,
  withoutPeerNfType: guard,
  withoutTokens: guard,
  withoutTokenSignature: verifier,
  withoutTokenIssuer: verifier,
  withoutTokenExpiry: verifier,
  withoutTokenAudience: verifier,
  withoutTokenProducerPlmn: verifier,
  withoutTokenSlice: verifier,
  withoutTokenNsi: verifier,
  withoutTokenNfSet: verifier,
  withoutTokenNfServiceSet: verifier,
  withoutTokenScope: guard,
  withoutOperationScope: guard,
  withoutTokenSubject: guard,
  withoutTokenConsumerPlmn: guard,
  withoutConsumerNfType: guard,
  withoutRequestPlmn: guard,
  withoutCcaChain: 'packages/sbi/src/cca.ts',
  withoutSchemas: server,
  withoutMediaTypes: server,
  withoutBodyLimit: server,
  withoutGrantPolicy: 'services/nrf/src/procedures/access-token.ts',
  withoutVisibility: 'services/nrf/src/api/nnrf-disc.ts',
  withoutNotificationPolicy: 'services/nrf/src/procedures/status-subscribe.ts',
  withoutSourcePlmn: 'services/sepp/src/procedures/deliver.ts',
  withoutN32Firewall: 'services/sepp/src/procedures/deliver.ts',
  withoutN32Downgrade: 'services/sepp/src/procedures/exchange-capability.ts',
  withoutN32Replay: 'packages/n32/src/replay.ts',
  withoutN32ModificationPolicy: 'packages/n32/src/modifications.ts',
  withoutN32IpxSigner: 'packages/n32/src/modifications.ts',
  withoutN32ContextOwner: 'services/sepp/src/procedures/terminate.ts',
  withoutN32PartnerRate: 'services/sepp/src/procedures/rates.ts',
};
