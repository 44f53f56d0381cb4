export * from './context.ts';
export * from './default-policy.ts';
export { type BlockDescription, describeBlock } from './describe.ts';
export { type FailureReasonName, N32fError, type N32fErrorTypeName, UnprotectableMessage } from './errors.ts';
export { ipxKeys, rawPublicKey } from './jws.ts';
export {
  JWE_CIPHER_SUITES,
  JWS_CIPHER_SUITES,
  type JweCipherSuite,
  type MessageKind,
  N32_MASTER_EXPORTER,
  type N32cRole,
  n32Kdf,
} from './keys.ts';
export type { HeaderList, SbiRequest, SbiResponse } from './messages.ts';
export {
  appendModification,
  createModification,
  type IpxSigner,
  type IpxTrust,
  type IpxView,
  type KnownIpx,
  type Unchecked,
  type VerifiedModification,
  viewForIpx,
} from './modifications.ts';
export {
  CALLBACK_HEADER,
  CompiledPolicy,
  checkPolicies,
  type OperationRules,
  type Permission,
  policyDifferences,
  withPermissions,
} from './policies.ts';
export { type Block, NO_IPX, type ReceivedMessage, readMessage } from './received.ts';
export type { Reformatted } from './reformat.ts';
export type { ReplayState } from './replay.ts';
