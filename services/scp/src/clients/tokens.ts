/** Nnrf_AccessToken_Get on behalf of consumers (TS 33.501 clause 13.4.1.3.2, TS 29.510 clause 5.4.2.2). */
import { AccessTokenErr, AccessTokenRsp } from '@twincore/model';
import { CLIENT_CREDENTIALS, checkAnswer, type HttpClient, SbiProblem } from '@twincore/sbi';
import { LRUCache } from 'lru-cache';
import { Value } from 'typebox/value';
import { scpProblem } from '../procedures/errors.ts';

export interface TokenRequest {
  /** The consumer, by its certificate. */
  readonly nfInstanceId: string;
  readonly nfType: string;
  readonly targetNfType: string;
  readonly scope: string;
  /** As JSON text, for a producer in another PLMN. */
  readonly requesterPlmn?: string;
  readonly targetPlmn?: string;
}

export interface Token {
  readonly value: string;
  readonly source: 'requested' | 'cached';
}

export class TokensOnBehalf {
  readonly #http: HttpClient;
  readonly #uri: string;
  readonly #tokens = new LRUCache<string, Promise<string>>({ max: 5_000 });

  constructor(http: HttpClient, nrfApiRoot: string) {
    this.#http = http;
    this.#uri = `${nrfApiRoot}/oauth2/token`;
  }

  /**
   * A token for the consumer, with its assertion as proof. The key names the consumer, so that nobody gets what another was
   * given. Throws 403 ACCESS_TOKEN_DENIED, 504 NRF_NOT_REACHABLE.
   */
  async get(request: TokenRequest, assertion: string | undefined): Promise<Token> {
    const key = JSON.stringify(request);
    const known = this.#tokens.get(key);
    if (known) return { value: await known, source: 'cached' };
    const granted = this.#request(request, assertion);
    const value = granted.then(({ access_token }) => access_token);
    // Whoever asks the same meanwhile waits for this one.
    this.#tokens.set(key, value);
    granted.then(
      // Renewed when a tenth of its life is left, so that it never expires on its way to the producer.
      ({ expires_in = 60 }) => this.#tokens.set(key, value, { ttl: Math.max(1, Math.floor(expires_in * 900)) }),
      () => this.#tokens.delete(key),
    );
    return { value: await value, source: 'requested' };
  }

  /** Drops a token that a producer refused. */
  forget(request: TokenRequest): void {
    this.#tokens.delete(JSON.stringify(request));
  }

  async #request(request: TokenRequest, assertion: string | undefined): Promise<AccessTokenRsp> {
    const { status, body } = await this.#http
      .send({
        method: 'POST',
        url: this.#uri,
        headers: assertion === undefined ? {} : { [CLIENT_CREDENTIALS]: assertion },
        body: new URLSearchParams({ grant_type: 'client_credentials', ...request }).toString(),
        contentType: 'application/x-www-form-urlencoded',
        target: 'NRF',
        operation: 'Nnrf_AccessToken_Get',
      })
      .catch((error: unknown) => {
        if (error instanceof SbiProblem) throw scpProblem('NRF_NOT_REACHABLE', error.message);
        throw error;
      });
    if (status !== 200) {
      const { error, error_description = '' } = Value.Check(AccessTokenErr, body)
        ? body
        : { error: `status ${status}` };
      throw scpProblem('ACCESS_TOKEN_DENIED', `the NRF: ${error} ${error_description}`.trim());
    }
    checkAnswer(AccessTokenRsp, body, 'NRF');
    return body as AccessTokenRsp;
  }
}
