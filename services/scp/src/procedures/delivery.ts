/** Sending a request to the first destination of its route that takes it, and what the answer says of it (TS 29.500 clauses 6.10.4 to 6.10.6). */
import {
  CLIENT_CREDENTIALS,
  discard,
  formatProducerId,
  HIGHEST_PRIORITY,
  type HttpClient,
  isSurelyUnsent,
  isTurnedAway,
  isUnreached,
  mayRepeat,
  PRODUCER_ID,
  type RawRequest,
  type RawResponse,
  type SbiProblem,
  type ScpDetail,
  TARGET_API_ROOT,
  Unreachable,
  VIA,
  viaWith,
} from '@twincore/sbi';
import type { Token } from '../clients/tokens.ts';
import { scpProblem } from './errors.ts';
import type { Destination, Network, Route } from './route.ts';
import { MAX_FORWARD_HOPS, nextHops, type RoutingRequest } from './routing-request.ts';

export interface DeliveryOptions {
  readonly http: Pick<HttpClient, 'open'>;
  readonly network: Network;
  readonly routing: RoutingRequest;
  readonly route: Route;
  /** 3gpp-Sbi-Max-Forward-Hops as it came. */
  readonly hops: string | undefined;
  /** Name of this SCP in Via. */
  readonly via: string;
  /** A token for the consumer, where this SCP has to get it. */
  readonly token?: () => Promise<Token>;
  readonly forgetToken?: () => void;
  /** Hears how far the request has come. */
  readonly report: (detail: Omit<ScpDetail, 'mode'>) => void;
  /** Hears of each producer that did not answer or sent the request away. */
  readonly failed: (target: string) => void;
  /** The destinations that the NRF knows of now. */
  readonly rediscover: () => Promise<readonly Destination[]>;
}

/** Whether another producer may have the request of this answer: this one did not get it, or did not want it. */
function isForOthers({ statusCode: status, headers }: RawResponse, method: string): boolean {
  if (isTurnedAway(status)) return true;
  return isUnreached({ status, headers }) && mayRepeat(method, isSurelyUnsent({ status, headers }));
}

export class Delivery {
  readonly #options: DeliveryOptions;
  readonly #failed: string[] = [];
  #refreshed = false;

  constructor(options: DeliveryOptions) {
    this.#options = options;
  }

  /** Throws a problem when no destination answers. Any status of the last one is an answer. */
  async open(request: RawRequest): Promise<RawResponse> {
    const { route, routing, network } = this.#options;
    let failure: SbiProblem | undefined;
    const waiting: Destination[] = [...route];
    for (let next = waiting.shift(); next; next = waiting.shift() ?? (await this.#another())) {
      const destination = next;
      // For a target that the consumer has chosen it has obeyed, or goes on with what has begun.
      const priority = destination.producer ? routing.priority : HIGHEST_PRIORITY;
      if (!network.memory.loads.admit(destination.scopes, priority)) continue;
      try {
        const response = await this.#send(request, destination);
        if (waiting.length === 0 || !isForOthers(response, request.method)) return this.#answer(response, destination);
        discard(response);
      } catch (error) {
        if (!(error instanceof Unreachable)) throw error;
        failure = error;
        if (!mayRepeat(request.method, error.notSent)) {
          this.#failedAt(destination, request.target);
          throw failure;
        }
      }
      this.#failedAt(destination, request.target);
    }
    throw failure ?? scpProblem('NF_CONGESTION', 'every producer is overloaded and wants fewer requests');
  }

  #failedAt({ apiRoot }: Destination, target: string): void {
    this.#options.network.memory.failed(apiRoot);
    this.#failed.push(apiRoot);
    this.#options.failed(target);
  }

  /** Once all have failed: one that the NRF knows of since, if what it said before was outdated. */
  async #another(): Promise<Destination | undefined> {
    if (this.#refreshed || this.#failed.length === 0) return undefined;
    this.#refreshed = true;
    const found = await this.#options.rediscover();
    return found.find(({ apiRoot }) => !this.#failed.includes(apiRoot));
  }

  async #send(request: RawRequest, destination: Destination): Promise<RawResponse> {
    const { http, token, forgetToken, network } = this.#options;
    const granted = await token?.();
    this.#report(destination, granted);
    const headers = { ...request.headers, ...this.#headersFor(destination) };
    const { origin, prefix, abroad } = destination;
    // Nobody abroad can verify it (TS 33.501 13.3.8.1).
    if (abroad) delete headers[CLIENT_CREDENTIALS];
    const send = (with_: Token | undefined) =>
      http.open({
        ...request,
        origin,
        path: prefix + request.path,
        headers: { ...headers, ...(with_ ? { authorization: `Bearer ${with_.value}` } : {}) },
      });
    let response = await send(granted);
    if (response.statusCode === 401 && token && granted?.source === 'cached') {
      // The keys of the NRF may have changed since.
      discard(response);
      forgetToken?.();
      const fresh = await token();
      this.#report(destination, fresh);
      response = await send(fresh);
    }
    network.memory.loads.learn(response.headers);
    return response;
  }

  #report({ apiRoot, producer, abroad }: Destination, granted: Token | undefined): void {
    this.#options.report({
      targetApiRoot: apiRoot,
      ...(producer ? { producer: producer.nfInstanceId } : {}),
      ...(abroad ? { toSepp: true } : {}),
      ...(this.#failed.length > 0 ? { failed: [...this.#failed] } : {}),
      ...(granted ? { token: granted.source } : {}),
    });
  }

  /** What the next hop has to know: a proxy whom the request is for, a producer who sent it. */
  #headersFor({ abroad, isScp, apiRoot }: Destination): Record<string, string> {
    const hops = nextHops(this.#options.hops, isScp);
    return {
      ...(abroad || isScp ? { [TARGET_API_ROOT]: new URL(apiRoot).origin } : {}),
      ...(hops ? { [MAX_FORWARD_HOPS]: hops } : {}),
    };
  }

  /** The answer with what the consumer has to know of its producer (TS 29.500 6.10.2.5, 6.10.3.4, 6.10.4). */
  #answer(response: RawResponse, { apiRoot, producer }: Destination): RawResponse {
    const { headers } = response;
    const { location } = headers;
    const isRelative = typeof location === 'string' && location.startsWith('/');
    const absolute = isRelative ? new URL(location, apiRoot).href : location;
    const chosen = producer && {
      [PRODUCER_ID]: headers[PRODUCER_ID] ?? formatProducerId(producer),
      ...(location === undefined ? { [TARGET_API_ROOT]: headers[TARGET_API_ROOT] ?? apiRoot } : {}),
    };
    return {
      ...response,
      headers: {
        ...headers,
        ...(absolute === undefined ? {} : { location: absolute }),
        ...chosen,
        [VIA]: viaWith(headers[VIA], this.#options.via),
      },
    };
  }
}
