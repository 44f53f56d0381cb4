/** Nudm_UEAuthentication as the AUSF consumes it (TS 29.503 clause 5.4). */
import { AuthEvent, type AuthenticationInfoRequest, AuthenticationInfoResult, type Av5GHeAka } from '@twincore/model';
import { problem, type SbiConsumer, SbiProblem, UnexpectedAnswer } from '@twincore/sbi';

/** An authentication result; the AUSF's own instance id is added on the way. */
export type Result = Omit<AuthEvent, 'nfInstanceId'>;

export interface HomeAuthentication {
  /** The 5G HE AV and the SUPI. Throws what {@link relay} makes of the UDM's refusal. */
  generateAuthData(
    supiOrSuci: string,
    request: Omit<AuthenticationInfoRequest, 'ausfInstanceId'>,
  ): Promise<{ supi: string; vector: Av5GHeAka }>;
  /** Stores a result in the home; gives the URI of the event. */
  confirmAuth(supi: string, result: Result): Promise<string>;
  /** Removes the event of this URI. Throws 404 CONTEXT_NOT_FOUND when the home does not have it any more. */
  removeAuth(uri: string, result: Result): Promise<void>;
}

/** Refusals that TS 29.509 table 6.1.7.3-1 passes on to the AMF as they are. */
const RELAYED = new Set([
  '403 AUTHENTICATION_REJECTED',
  '403 SERVING_NETWORK_NOT_AUTHORIZED',
  '403 INVALID_HN_PUBLIC_KEY_IDENTIFIER',
  '403 INVALID_SCHEME_OUTPUT',
  '404 USER_NOT_FOUND',
  '501 UNSUPPORTED_PROTECTION_SCHEME',
]);

/** {@link HomeAuthentication} by calls to the UDM. */
export function homeAuthenticationOf(consumer: Pick<SbiConsumer, 'call'>, nfInstanceId: string): HomeAuthentication {
  const udm = { nfType: 'UDM', serviceName: 'nudm-ueau' };
  return {
    async generateAuthData(supiOrSuci, request) {
      const call = consumer.call({
        ...udm,
        operation: 'Nudm_UEAuthentication_Get',
        scopes: ['nudm-ueau:security-information:generate-auth-data:invoke'],
        method: 'POST',
        path: `/${encodeURIComponent(supiOrSuci)}/security-information/generate-auth-data`,
        body: { ...request, ausfInstanceId: nfInstanceId } satisfies AuthenticationInfoRequest,
        expect: [200],
        schema: AuthenticationInfoResult,
      });
      const { body } = await call.catch((error: unknown) => {
        if (error instanceof UnexpectedAnswer && error.answeredStatus >= 500 && error.answeredStatus !== 501) {
          throw problem(500, 'AV_GENERATION_PROBLEM', error.message);
        }
        return relay(error);
      });
      const { authType, authenticationVector: vector, supi = supiOrSuci } = body;
      if (authType !== '5G_AKA' || !vector || supi.startsWith('suci-')) {
        throw problem(500, 'AV_GENERATION_PROBLEM', 'the UDM answered no 5G HE AV');
      }
      return { supi, vector };
    },

    async confirmAuth(supi, result) {
      const call = consumer.call({
        ...udm,
        operation: 'Nudm_UEAuthentication_ResultConfirmation',
        scopes: ['nudm-ueau:auth-events:create'],
        method: 'POST',
        path: `/${encodeURIComponent(supi)}/auth-events`,
        body: { ...result, nfInstanceId } satisfies AuthEvent,
        expect: [201],
        schema: AuthEvent,
      });
      const { headers } = await call.catch(relay);
      return String(headers.location);
    },

    async removeAuth(uri, result) {
      const call = consumer.call({
        ...udm,
        operation: 'Nudm_UEAuthentication_ResultConfirmation',
        scopes: ['nudm-ueau:auth-event-id:modify'],
        method: 'PUT',
        path: uri,
        body: { ...result, nfInstanceId, authRemovalInd: true } satisfies AuthEvent,
        expect: [204],
      });
      await call.catch((error: unknown) => {
        if (error instanceof UnexpectedAnswer && error.answeredStatus === 404) throw problem(404, 'CONTEXT_NOT_FOUND');
        return relay(error);
      });
    },
  };
}

/** The answer to the AMF for a failure of the UDM (TS 29.509 table 6.1.7.3-1). */
function relay(error: unknown): never {
  if (error instanceof UnexpectedAnswer) {
    const { answeredStatus, answer } = error;
    const cause = answer.cause ?? '';
    if (RELAYED.has(`${answeredStatus} ${cause}`)) throw problem(answeredStatus, cause);
  }
  if (error instanceof SbiProblem && error.status === 504) {
    throw problem(504, 'UPSTREAM_SERVER_ERROR', error.message);
  }
  throw error;
}
