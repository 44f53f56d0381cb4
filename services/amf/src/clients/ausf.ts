/** Nausf_UEAuthentication as the SEAF consumes it (TS 29.509 clause 5.2). The AUSF is that of the UE's home network. */
import {
  type AuthenticationInfo,
  type Av5gAka,
  type ConfirmationData,
  ConfirmationDataResponse,
  type PlmnId,
  plmnOfFqdn,
  type ResynchronizationInfo,
  samePlmn,
  UEAuthenticationCtx,
} from '@twincore/model';
import type { SbiConsumer } from '@twincore/sbi';
import { fromHome, HomeFailure } from './home-failure.ts';

export interface AuthenticationRequest {
  readonly supiOrSuci: string;
  readonly resynchronizationInfo?: ResynchronizationInfo;
}

/** Every method throws a {@link HomeFailure}. */
export interface HomeAuthentication {
  /** A 5G SE AV, and the URI at which the home wants to hear the UE's answer. */
  authenticate(
    home: PlmnId,
    request: AuthenticationRequest,
  ): Promise<{ readonly vector: Av5gAka; readonly confirmation: string }>;
  /** The home's verdict. `resStar` in hexadecimal; null when the UE gave none. */
  confirm(home: PlmnId, confirmation: string, resStar: string | null): Promise<ConfirmationDataResponse>;
  /** Has the home forget a success, when nothing here rests on it any more. */
  removeResult(home: PlmnId, confirmation: string): Promise<void>;
}

/** Routing indicator of a SUCI (TS 23.003 2.2B): by it the home's AUSF is chosen. */
const routingIndicatorOf = (supiOrSuci: string) => /^suci-0-\d+-\d+-(\d{1,4})-/.exec(supiOrSuci)?.[1];

/** A link is a request that this AMF will make, with a token for the home: it must not lead anywhere else. */
function isIn(home: PlmnId, uri: string): boolean {
  const plmnId = URL.canParse(uri) ? plmnOfFqdn(new URL(uri).hostname) : undefined;
  return plmnId !== undefined && samePlmn(plmnId, home);
}

/** {@link HomeAuthentication} by calls to AUSFs. */
export function homeAuthenticationOf(
  consumer: Pick<SbiConsumer, 'call'>,
  servingNetworkName: string,
): HomeAuthentication {
  const operation = 'Nausf_UEAuthentication_Authenticate';
  const ausf = (plmnId: PlmnId) => ({ operation, nfType: 'AUSF', serviceName: 'nausf-auth', plmnId });
  return {
    async authenticate(home, request) {
      const routingIndicator = routingIndicatorOf(request.supiOrSuci);
      const answer = consumer.call({
        ...ausf(home),
        method: 'POST',
        path: '/ue-authentications',
        body: { ...request, servingNetworkName } satisfies AuthenticationInfo,
        ...(routingIndicator ? { routingIndicator } : {}),
        expect: [201],
        schema: UEAuthenticationCtx,
      });
      const { body } = await fromHome('AUSF', answer);
      const confirmation = body._links['5g-aka']?.href;
      if (body.authType !== '5G_AKA' || !confirmation || !isIn(home, confirmation)) {
        throw new HomeFailure('AUSF', 'UNSPECIFIED', 'the AUSF answered no 5G SE AV with a link in its own network');
      }
      return { vector: body['5gAuthData'], confirmation };
    },

    async confirm(home, confirmation, resStar) {
      const answer = consumer.call({
        ...ausf(home),
        method: 'PUT',
        path: confirmation,
        body: { resStar } satisfies ConfirmationData,
        expect: [200],
        schema: ConfirmationDataResponse,
      });
      return (await fromHome('AUSF', answer)).body;
    },

    async removeResult(home, confirmation) {
      await fromHome(
        'AUSF',
        consumer.call({ ...ausf(home), method: 'DELETE', path: confirmation, expect: [204, 404] }),
      );
    },
  };
}
