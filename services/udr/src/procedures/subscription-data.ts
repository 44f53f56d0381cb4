/** The operations on subscription data that do more than read one entry. */
import { Amf3GppAccessRegistration, type AuthEvent, AuthenticationSubscription, type PatchItem } from '@twincore/model';
import { applyPatch, type PatchRules } from './json-patch.ts';
import { dataNotFound, type Repository, requireSubscriber, statusKey, userNotFound } from './repository.ts';

/** TS 29.505 5.2.2.3: only the sequence number changes by PATCH; keys are provisioned. */
const SEQUENCE_NUMBER: PatchRules<typeof AuthenticationSubscription> = {
  schema: AuthenticationSubscription,
  writable: new Set(
    ['', '/sqn', '/sqnScheme', '/lastIndexes', '/indLength'].map((member) => `/sequenceNumber${member}`),
  ),
};

/** TS 29.503 6.2.6.2.7: what an AMF may change in its registration. */
const AMF_REGISTRATION: PatchRules<typeof Amf3GppAccessRegistration> = {
  schema: Amf3GppAccessRegistration,
  /** What an AMF may modify (TS 29.503 6.2.6.2.7). */
  writable: new Set([
    '/purgeFlag',
    '/pei',
    '/imsVoPs',
    '/backupAmfInfo',
    '/epsInterworkingInfo',
    '/ueSrvccCapability',
    '/ueMINTCapability',
  ]),
};

/**
 * PATCH of an authentication subscription. Reading, testing and writing are one step and durable when this resolves, so a
 * `test` on the SQN together with its replacement lets exactly one of several UDM requests have it.
 * @throws SbiProblem 404 USER_NOT_FOUND, and what {@link applyPatch} throws
 */
export async function patchAuthenticationSubscription(
  repository: Repository,
  supi: string,
  patch: readonly PatchItem[],
): Promise<void> {
  await repository.authenticationSubscriptions.update(supi, (current) => {
    if (!current) throw userNotFound();
    return applyPatch(current, patch, SEQUENCE_NUMBER);
  });
}

/** PUT of an authentication status. Throws 404 USER_NOT_FOUND. */
export async function putAuthenticationStatus(
  repository: Repository,
  supi: string,
  servingNetworkName: string | undefined,
  event: AuthEvent,
): Promise<void> {
  await requireSubscriber(repository, supi);
  await repository.authenticationStatus.put(statusKey(supi, servingNetworkName), event);
}

/** DELETE of an authentication status. Throws 404 USER_NOT_FOUND or DATA_NOT_FOUND. */
export async function deleteAuthenticationStatus(
  repository: Repository,
  supi: string,
  servingNetworkName: string | undefined,
): Promise<void> {
  if (await repository.authenticationStatus.delete(statusKey(supi, servingNetworkName))) return;
  await requireSubscriber(repository, supi);
  throw dataNotFound();
}

/** PUT of the AMF registration of 3GPP access; true when there was none before. Throws 404 USER_NOT_FOUND. */
export async function putAmf3GppAccess(
  repository: Repository,
  supi: string,
  registration: Amf3GppAccessRegistration,
): Promise<boolean> {
  await requireSubscriber(repository, supi);
  let created = false;
  await repository.amf3GppAccess.update(supi, (current) => {
    created = current === undefined;
    return registration;
  });
  return created;
}

/** PATCH of the AMF registration. Throws 404 USER_NOT_FOUND or DATA_NOT_FOUND, and what {@link applyPatch} throws. */
export async function patchAmf3GppAccess(
  repository: Repository,
  supi: string,
  patch: readonly PatchItem[],
): Promise<void> {
  await requireSubscriber(repository, supi);
  await repository.amf3GppAccess.update(supi, (current) => {
    if (!current) throw dataNotFound();
    return applyPatch(current, patch, AMF_REGISTRATION);
  });
}
