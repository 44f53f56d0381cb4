/** The NRFs of other PLMNs, asked through the own SEPP (TS 23.502 4.17.5, TS 33.501 13.4.1.2). */
import {
  AccessTokenErr,
  type AccessTokenReq,
  AccessTokenRsp,
  type PlmnId,
  plmnToString,
  SearchResult,
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
import { Value } from 'typebox/value';
import type { NrfConfig } from '../config.ts';
import { AccessTokenError } from '../procedures/access-token.ts';

export interface PartnerNrfs {
  /** Nnrf_NFDiscovery_Request with these query parameters. Throws the partner's refusal, and 504 when there is no answer. */
  discover(plmnId: PlmnId, parameters: URLSearchParams): Promise<SearchResult>;
  /** Nnrf_AccessToken_Get. Throws the partner's AccessTokenError, and 504 when there is no answer. */
  token(plmnId: PlmnId, request: AccessTokenReq): Promise<AccessTokenRsp>;
}

/** The partners that the configuration names; a request for another PLMN is 504 TARGET_NF_NOT_REACHABLE. */
export function partnerNrfs(config: NrfConfig, http: HttpClient): PartnerNrfs {
  const uriOf = (plmnId: PlmnId, path: string) => {
    const partner = config.partners.find((candidate) => samePlmn(candidate.plmnId, plmnId));
    if (partner) return routeTo(partner.nrfApiRoot + path, config);
    throw commonProblem('TARGET_NF_NOT_REACHABLE', `${plmnToString(plmnId)} is no roaming partner`);
  };
  return {
    async discover(plmnId, parameters) {
      const answer = await http.send({
        method: 'GET',
        ...uriOf(plmnId, `/nnrf-disc/v1/nf-instances?${parameters}`),
        target: 'NRF',
        operation: 'Nnrf_NFDiscovery_Request',
      });
      if (answer.status !== 200) throw refusalOf('NFDiscovery', answer);
      checkAnswer(SearchResult, answer.body, 'NRF');
      return answer.body as SearchResult;
    },

    async token(plmnId, request) {
      const answer = await http.send({
        method: 'POST',
        ...uriOf(plmnId, '/oauth2/token'),
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
  };
}

/** What a partner or a SEPP on the way refuses, the requester has to know; what fails there is no fault of the requester. */
function refusalOf(operation: string, { status, body }: HttpResponse): SbiProblem {
  const problem = typeof body === 'object' && body !== null ? body : {};
  const relayed = (status >= 400 && status < 500) || status === 504;
  return relayed ? new SbiProblem(status, problem) : new UnexpectedAnswer('NRF', operation, status, problem);
}

function formOf(request: AccessTokenReq): string {
  const members = Object.entries(request).map(([name, value]) => [
    name,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  return new URLSearchParams(members).toString();
}
