/** Registration over 3GPP access (TS 23.502 4.2.2.2.2, TS 24.501 5.5.1.2 and 5.5.1.3). */
import { FIVE_GMM_CAUSE, MAX_NAS_COUNT, type NasMessageOf } from '@twincore/nas';
import type { Received } from '../nas/link.ts';
import { AuthenticationFailed, authenticate } from './authentication.ts';
import { AuthenticationRejected, RegistrationRejected } from './causes.ts';
import type { Environment } from './environment.ts';
import { type Identity, identify, identityOfSuci } from './identification.ts';
import { acceptRegistration } from './registration-accept.ts';
import { controlSecurityMode, open, type SecurityModeResult } from './security-mode-control.ts';
import { demandsAuthentication, registerAtHome, subscribedSlices } from './subscription.ts';
import type { UeContext } from './ue-contexts.ts';
import type { UeSession } from './ue-session.ts';

type RegistrationRequest = NasMessageOf<'REGISTRATION REQUEST'>;

/** A UE with a security context in use: its context, the COUNT for KgNB, and what it asks for, integrity protected. */
export type SecuredUe = Required<SecurityModeResult>;

/** Registration types that this AMF serves; the rest needs services that it does not have. */
const SERVED: readonly string[] = ['INITIAL', 'MOBILITY UPDATING', 'PERIODIC UPDATING'];

/** Registers a UE. Throws what ends the registration otherwise: see `causes.ts` for what the UE then hears. */
export async function register(
  session: UeSession,
  { message: request, count }: Received<RegistrationRequest>,
  environment: Environment,
): Promise<void> {
  if (!SERVED.includes(request.registrationType.type)) {
    const { PROTOCOL_ERROR_UNSPECIFIED } = FIVE_GMM_CAUSE;
    throw new RegistrationRejected(PROTOCOL_ERROR_UNSPECIFIED, `no ${request.registrationType.type} registration here`);
  }
  const known = count === undefined ? undefined : session.ue;
  const initial = known && wholeRequest(known, request, count);
  const trusted =
    known && initial && count !== undefined && mayStay(known, initial, environment)
      ? { ue: known, count, initial }
      : undefined;
  let secured: SecuredUe = trusted ?? (await secure(session, environment, request, initial));
  try {
    await registerAtHome(environment, secured);
  } catch (error) {
    if (!trusted || !demandsAuthentication(error)) throw error;
    secured = await secure(session, environment, request, initial);
    await registerAtHome(environment, secured);
  }
  const slices = await subscribedSlices(environment, secured);
  await acceptRegistration(session, environment, secured, slices);
}

/** NAS COUNTs from which on a security context is renewed at the next registration, long before it is used up. */
const RENEWAL_COUNT = MAX_NAS_COUNT - 0xffff;

/**
 * Authentication may be left out for a UE whose security context holds and whose home still has its result, if the UE can
 * still what the algorithms were chosen by.
 */
function mayStay(ue: UeContext, initial: RegistrationRequest, { config }: Environment): boolean {
  const { mobileIdentity, ueSecurityCapability } = initial;
  const { ulCount, dlCount } = ue.security;
  return (
    !config.authenticateKnownUes &&
    mobileIdentity.type === '5G-GUTI' &&
    ue.confirmation !== undefined &&
    (ueSecurityCapability?.equals(ue.ueSecurityCapability) ?? true) &&
    Math.max(ulCount, dlCount) < RENEWAL_COUNT
  );
}

/** All of a request whose integrity was verified: the container if it has one (TS 24.501 4.4.6). */
function wholeRequest(ue: UeContext, request: RegistrationRequest, count: number | undefined): RegistrationRequest {
  const container = request.nasMessageContainer;
  return container && count !== undefined ? open(ue.security.cipherContainer(container, count)) : request;
}

/** Authenticates the UE and takes the new keys into use. `initial` is its whole request, if that was verified already. */
async function secure(
  session: UeSession,
  environment: Environment,
  request: RegistrationRequest,
  initial: RegistrationRequest | undefined,
): Promise<SecuredUe> {
  const usedKsis = [request.ngKsi.ksi, ...(session.ue ? [session.ue.security.ngKsi.ksi] : [])];
  const authenticated = await authenticateUe(session, environment, request, usedKsis);
  const wantCopy = initial === undefined;
  const result = await controlSecurityMode(session, environment, authenticated, initial ?? request, wantCopy);
  return { ...result, initial: result.initial ?? initial ?? request };
}

/**
 * Authenticates the UE by the identity that it gave. A 5G-GUTI may point to the wrong subscriber, so after a failure with it
 * the UE is asked for its SUCI and has one more try (TS 33.501 6.1.3.2.2, TS 24.501 5.4.1.3.7 c).
 */
async function authenticateUe(
  session: UeSession,
  environment: Environment,
  request: RegistrationRequest,
  usedKsis: readonly number[],
) {
  const claimed = await claimedIdentity(session, environment, request);
  const attempt = async (identity: Identity) => authenticate(session, environment, identity, usedKsis);
  try {
    if (claimed && !claimed.supiOrSuci.startsWith('suci-')) {
      return await attempt(claimed).catch(async (error: unknown) => {
        if (!(error instanceof AuthenticationFailed)) throw error;
        return attempt(await identify(session, environment));
      });
    }
    return await attempt(claimed ?? (await identify(session, environment)));
  } catch (error) {
    throw error instanceof AuthenticationFailed ? new AuthenticationRejected(error.message) : error;
  }
}

/** Whom the UE says it is: a SUCI, or the SUPI behind a 5G-GUTI of this AMF. Undefined when only the UE can tell. */
async function claimedIdentity(
  session: UeSession,
  { contexts }: Environment,
  { mobileIdentity }: RegistrationRequest,
): Promise<Identity | undefined> {
  if (mobileIdentity.type === 'SUCI') return identityOfSuci(mobileIdentity.suci);
  if (mobileIdentity.type !== '5G-GUTI') return undefined;
  if (session.ue) return { supiOrSuci: session.ue.supi, homePlmn: session.ue.homePlmn };
  const context = await contexts.byGuti(mobileIdentity.guti);
  if (!context) return undefined;
  contexts.release(context);
  return { supiOrSuci: context.supi, homePlmn: context.homePlmn };
}
