/** 5G AKA with confirmation in the home (TS 33.501 6.1.3.2, TS 29.509 5.2.2.2.2). */
import { randomUUID, timingSafeEqual } from 'node:crypto';
import { deriveHresStar, deriveKseaf } from '@twincore/crypto';
import {
  type AuthenticationInfo,
  type Av5gAka,
  type ConfirmationDataResponse,
  type PlmnId,
  plmnOfServingNetworkName,
  samePlmn,
} from '@twincore/model';
import { problem } from '@twincore/sbi';
import type { HomeAuthentication, Result } from '../clients/udm.ts';
import { type Contexts, contextNotFound, keepConfirmed, takePending } from './contexts.ts';

export interface Collaborators {
  readonly udm: HomeAuthentication;
  readonly contexts: Contexts;
  readonly config: { readonly authContextSeconds: number };
}

/** The AMF (SEAF) that asks, as the guard knows it. */
export interface Seaf {
  readonly nfInstanceId: string;
  readonly plmnId: PlmnId;
}

const octets = (hex: string) => Buffer.from(hex, 'hex');

/**
 * Starts an authentication: a 5G SE AV, and a context that waits for its confirmation.
 * @throws SbiProblem 403 SERVING_NETWORK_NOT_AUTHORIZED when the serving network is not the SEAF's own (TS 33.501 6.1.2), and
 * what the UDM refuses
 */
export async function authenticate(
  { udm, contexts, config }: Collaborators,
  seaf: Seaf,
  { supiOrSuci, servingNetworkName, resynchronizationInfo }: AuthenticationInfo,
): Promise<{ authCtxId: string; vector: Av5gAka }> {
  const plmnId = plmnOfServingNetworkName(servingNetworkName);
  if (!plmnId || !samePlmn(plmnId, seaf.plmnId)) throw problem(403, 'SERVING_NETWORK_NOT_AUTHORIZED');
  const { supi, vector } = await udm.generateAuthData(supiOrSuci, {
    servingNetworkName,
    ...(resynchronizationInfo ? { resynchronizationInfo } : {}),
  });
  const { rand, autn, xresStar, kausf } = vector;
  const authCtxId = randomUUID();
  await contexts.authentications.put(
    authCtxId,
    { state: 'pending', consumer: seaf.nfInstanceId, supi, servingNetworkName, xresStar, kausf },
    { expiresAt: Date.now() + config.authContextSeconds * 1000 },
  );
  const hxresStar = deriveHresStar({ rand: octets(rand), resStar: octets(xresStar) }).toString('hex');
  return { authCtxId, vector: { rand, autn, hxresStar } };
}

/**
 * Ends an authentication. The context is used up whatever the outcome, and the home hears of it before the SEAF does.
 * @param resStar RES* of 16 octets in hexadecimal, null when the UE gave none
 * @throws SbiProblem 404 CONTEXT_NOT_FOUND when there is no such context of this SEAF, or not any more
 */
export async function confirm(
  { udm, contexts }: Collaborators,
  seaf: Pick<Seaf, 'nfInstanceId'>,
  authCtxId: string,
  resStar: string | null,
): Promise<ConfirmationDataResponse> {
  const { supi, servingNetworkName, xresStar, kausf } = await takePending(contexts, seaf.nfInstanceId, authCtxId);
  const success = resStar !== null && timingSafeEqual(octets(resStar), octets(xresStar));
  const authEvent = await udm.confirmAuth(supi, resultOf(servingNetworkName, success));
  if (!success) return { authResult: 'AUTHENTICATION_FAILURE' };
  const confirmed = { state: 'confirmed', consumer: seaf.nfInstanceId, supi, servingNetworkName, authEvent } as const;
  await keepConfirmed(contexts, authCtxId, confirmed, kausf);
  const kseaf = deriveKseaf({ kausf: octets(kausf), servingNetworkName }).toString('hex');
  return { authResult: 'AUTHENTICATION_SUCCESS', supi, kseaf };
}

/**
 * Has the result of an authentication removed from the home, when the serving network has no UE context any more (TS 29.509
 * 5.2.2.2.5). KAUSF stays.
 * @throws SbiProblem 404 CONTEXT_NOT_FOUND when this SEAF has no such result
 */
export async function removeResult(
  { udm, contexts }: Collaborators,
  seaf: Pick<Seaf, 'nfInstanceId'>,
  authCtxId: string,
): Promise<void> {
  const context = await contexts.authentications.get(authCtxId);
  if (context?.state !== 'confirmed' || context.consumer !== seaf.nfInstanceId) throw contextNotFound();
  await udm.removeAuth(context.authEvent, resultOf(context.servingNetworkName, true));
  await contexts.authentications.delete(authCtxId);
}

function resultOf(servingNetworkName: string, success: boolean): Result {
  return { success, timeStamp: new Date().toISOString(), authType: '5G_AKA', servingNetworkName };
}
