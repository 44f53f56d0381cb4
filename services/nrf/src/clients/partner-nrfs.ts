/** The NRFs of other PLMNs, asked through the own SEPP (TS 23.502 4.17.5, TS 33.501 13.4.1.2). */
import {
  AccessTokenErr,
  type AccessTokenReq,
  AccessTokenRsp,
  type PlmnId,
  plmnToString,
  SearchResult,
  SubscriptionData,
  samePlmn,
} from '@twincore/model';
import {
  checkAnswer,
  commonProblem,
  type HttpClient,
  type HttpResponse,
  routeTo,
  SbiProblem,
  UnexpectedAnswer,
} from '@twincore/sbi';
import Type from 'typebox';
import { Value } from 'typebox/value';
import type { NrfConfig } from '../config.ts';
import { AccessTokenError } from '../procedures/access-token.ts';
import type { RemoteSubscriptions } from '../procedures/relayed-subscriptions.ts';

export interface PartnerNrfs {
  /**
   * Nnrf_NFDiscovery_Request with these query parameters, at `apiRoot` if the requester knows it. Throws the partner's refusal, and
   * 504 when there is no answer.
   */
  discover(plmnId: PlmnId, parameters: URLSearchParams, apiRoot?: string): Promise<SearchResult>;
  /** Nnrf_AccessToken_Get, at `uri` if it is given. Throws the partner's AccessTokenError, and 504 when there is no answer. */
  token(plmnId: PlmnId, request: AccessTokenReq, uri?: string): Promise<AccessTokenRsp>;
  readonly subscriptions: RemoteSubscriptions;
}

/** The partners that the configuration names; a request for another PLMN is 504 TARGET_NF_NOT_REACHABLE. */
export function partnerNrfs(config: NrfConfig, http: HttpClient): PartnerNrfs {
  const uriOf = (plmnId: PlmnId, path: string, apiRoot?: string) => {
    const partner = config.partners.find((candidate) => samePlmn(candidate.plmnId, plmnId));
    if (partner) return routeTo((apiRoot ?? partner.nrfApiRoot) + path, config);
    throw commonProblem('TARGET_NF_NOT_REACHABLE', `${plmnToString(plmnId)} is no roaming partner`);
  };
  const send = (
    plmnId: PlmnId,
    method: 'POST' | 'PATCH' | 'DELETE',
    path: string,
    operation: string,
    body?: unknown,
    contentType = 'application/json',
  ) =>
    http.send({
      method,
      ...uriOf(plmnId, `/nnrf-nfm/v1/subscriptions${path}`),
      ...(body === undefined ? {} : { body, contentType }),
      target: 'NRF',
      operation: `Nnrf_NFManagement_${operation}`,
    });
  return {
    async discover(plmnId, parameters, apiRoot) {
      const answer = await http.send({
        method: 'GET',
        ...uriOf(plmnId, `/nnrf-disc/v1/nf-instances?${parameters}`, apiRoot),
        target: 'NRF',
        operation: 'Nnrf_NFDiscovery_Request',
      });
      if (answer.status !== 200) throw refusalOf('NFDiscovery', answer);
      checkAnswer(SearchResult, answer.body, 'NRF');
      // A search that is stored there is none that this NRF could answer for.
      const { searchId: _theirs, ...result } = answer.body as SearchResult;
      return result;
    },

    async token(plmnId, request, uri) {
      const answer = await http.send({
        method: 'POST',
        ...(uri === undefined ? uriOf(plmnId, '/oauth2/token') : uriOf(plmnId, '', uri)),
        body: formOf(request),
        contentType: 'application/x-www-form-urlencoded',
        target: 'NRF',
        operation: 'Nnrf_AccessToken_Get',
      });
      if (answer.status === 400 && Value.Check(AccessTokenErr, answer.body)) {
        throw new AccessTokenError(answer.body.error, answer.body.error_description);
      }
      if (answer.status !== 200) throw refusalOf('AccessToken', answer);
      checkAnswer(AccessTokenRsp, answer.body, 'NRF');
      return answer.body as AccessTokenRsp;
    },

    subscriptions: {
      async subscribe(plmnId, data) {
        const answer = await send(plmnId, 'POST', '', 'NFStatusSubscribe', data);
        if (answer.status !== 201) throw refusalOf('NFStatusSubscribe', answer);
        checkAnswer(SubscriptionId, answer.body, 'NRF');
        checkAnswer(SubscriptionData, answer.body, 'NRF');
        return answer.body as SubscriptionData;
      },
      async renew(plmnId, id, patch) {
        const answer = await send(plmnId, 'PATCH', `/${id}`, 'NFStatusSubscribe', patch, JSON_PATCH);
        if (answer.status === 204) return undefined;
        if (answer.status !== 200) throw refusalOf('NFStatusSubscribe', answer);
        checkAnswer(SubscriptionData, answer.body, 'NRF');
        return answer.body as SubscriptionData;
      },
      async unsubscribe(plmnId, id) {
        const answer = await send(plmnId, 'DELETE', `/${id}`, 'NFStatusUnSubscribe');
        // One that is not there any more is what was asked for.
        if (answer.status !== 204 && answer.status !== 404) throw refusalOf('NFStatusUnSubscribe', answer);
      },
    },
  };
}

const JSON_PATCH = 'application/json-patch+json';
/** An id that can be a part of a path. */
const SubscriptionId = Type.Object({
  subscriptionId: Type.String({ pattern: '^([0-9]{5,6}-)?[A-Za-z0-9_.~]{1,64}$' }),
});

/** What a partner or a SEPP on the way refuses, the requester has to know; what fails there is no fault of the requester. */
function refusalOf(operation: string, { status, body }: HttpResponse): SbiProblem {
  const problem = typeof body === 'object' && body !== null ? body : {};
  const relayed = (status >= 400 && status < 500) || status === 504;
  return relayed ? new SbiProblem(status, problem) : new UnexpectedAnswer('NRF', operation, status, problem);
}

function formOf(request: AccessTokenReq): string {
  const { targetNsiList = [], ...others } = request;
  const members = Object.entries(others).map(([name, value]) => [
    name,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  return new URLSearchParams([...members, ...targetNsiList.map((nsi) => ['targetNsiList', nsi])]).toString();
}
