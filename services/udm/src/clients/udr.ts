/** Nudr_DataRepository as the UDM consumes it (TS 29.504, TS 29.505). */
import {
  AccessAndMobilitySubscriptionData,
  Amf3GppAccessRegistration,
  AuthEvent,
  AuthenticationSubscription,
  type PatchItem,
  type PlmnId,
  SmfSelectionSubscriptionData,
} from '@twincore/model';
import { problem, type SbiConsumer, type ServiceCall, UnexpectedAnswer } from '@twincore/sbi';
import type { TSchema } from 'typebox';

/** What a conditional change came to: done, refused because the state is another one, or there is nothing to change. */
export type ChangeResult = 'changed' | 'conflict' | 'absent';

/** Every method throws 404 USER_NOT_FOUND for somebody who is no subscriber. */
export interface SubscriptionData {
  authenticationSubscription(supi: string): Promise<AuthenticationSubscription>;
  /** Replaces the SQN (12 hex digits) if it still is `from`; false when it is not. Durable when this resolves. */
  replaceSqn(supi: string, from: string, to: string): Promise<boolean>;
  authenticationStatus(supi: string, servingNetworkName: string): Promise<AuthEvent | undefined>;
  putAuthenticationStatus(supi: string, event: AuthEvent): Promise<void>;
  /** False when there was none. */
  deleteAuthenticationStatus(supi: string, servingNetworkName: string): Promise<boolean>;
  /** `fields` limits the answer to these members. */
  amData(supi: string, plmnId: PlmnId, fields?: string): Promise<AccessAndMobilitySubscriptionData | undefined>;
  smfSelectionData(supi: string, plmnId: PlmnId): Promise<SmfSelectionSubscriptionData | undefined>;
  amf3GppAccess(supi: string): Promise<Amf3GppAccessRegistration | undefined>;
  /** True when there was none before. */
  putAmf3GppAccess(supi: string, registration: Amf3GppAccessRegistration): Promise<boolean>;
  patchAmf3GppAccess(supi: string, patch: PatchItem[]): Promise<ChangeResult>;
}

type Request<T extends TSchema> = Pick<ServiceCall<T>, 'method' | 'body' | 'contentType' | 'schema'> & {
  readonly resource: string;
};

const OPERATION = {
  GET: 'Nudr_DataRepository_Query',
  PUT: 'Nudr_DataRepository_Create',
  PATCH: 'Nudr_DataRepository_Update',
  POST: 'Nudr_DataRepository_Create',
  DELETE: 'Nudr_DataRepository_Delete',
};
const JSON_PATCH = 'application/json-patch+json';
const status = (servingNetworkName: string) => `authentication-data/authentication-status/${servingNetworkName}`;
const provisioned = ({ mcc, mnc }: PlmnId, resource: string) => `${mcc}${mnc}/provisioned-data/${resource}`;
const CREDENTIALS = 'authentication-data/authentication-subscription';
const AMF_REGISTRATION = 'context-data/amf-3gpp-access';

/** What the OpenAPI document has beneath `nudr-dr:subscription-data` for these resources: no token is good for more than it is for. */
function scopeOf(method: ServiceCall['method'], resource: string): string {
  if (resource === CREDENTIALS) return `:authentication-subscription:${method === 'GET' ? 'read' : 'modify'}`;
  return resource === AMF_REGISTRATION && method !== 'GET' ? ':registrations:write' : '';
}

/** {@link SubscriptionData} by calls to the UDR. */
export function subscriptionDataOf(consumer: Pick<SbiConsumer, 'call'>): SubscriptionData {
  const send = <T extends TSchema>(supi: string, { resource, ...request }: Request<T>) =>
    consumer.call<T>({
      ...request,
      operation: OPERATION[request.method],
      nfType: 'UDR',
      serviceName: 'nudr-dr',
      scopes: [`nudr-dr:subscription-data${scopeOf(request.method, resource)}`],
      apiVersion: 'v2',
      path: `/subscription-data/${supi}/${resource}`,
      expect: [200, 201, 204],
    });
  const get = async <T extends TSchema>(supi: string, resource: string, schema: T) =>
    (await unlessDataNotFound(send(supi, { method: 'GET', resource, schema })))?.body;

  return {
    async authenticationSubscription(supi) {
      const schema = AuthenticationSubscription;
      return (await existing(send(supi, { method: 'GET', resource: CREDENTIALS, schema }))).body;
    },

    async replaceSqn(supi, from, to) {
      const path = '/sequenceNumber/sqn';
      const body: PatchItem[] = [
        { op: 'test', path, value: from },
        { op: 'replace', path, value: to },
      ];
      const request = { method: 'PATCH', resource: CREDENTIALS, body, contentType: JSON_PATCH } as const;
      return (await change(send(supi, request))) === 'changed';
    },

    authenticationStatus: (supi, servingNetworkName) => get(supi, status(servingNetworkName), AuthEvent),

    async putAuthenticationStatus(supi, event) {
      const resource = status(event.servingNetworkName);
      await existing(send(supi, { method: 'PUT', resource, body: event }));
    },

    async deleteAuthenticationStatus(supi, servingNetworkName) {
      const answer = send(supi, { method: 'DELETE', resource: status(servingNetworkName) });
      return (await unlessDataNotFound(answer)) !== undefined;
    },

    amData: (supi, plmnId, fields) =>
      get(
        supi,
        `${provisioned(plmnId, 'am-data')}${fields ? `?fields=${fields}` : ''}`,
        AccessAndMobilitySubscriptionData,
      ),

    smfSelectionData: (supi, plmnId) =>
      get(supi, provisioned(plmnId, 'smf-selection-subscription-data'), SmfSelectionSubscriptionData),

    amf3GppAccess: (supi) => get(supi, AMF_REGISTRATION, Amf3GppAccessRegistration),

    async putAmf3GppAccess(supi, registration) {
      const answer = send(supi, { method: 'PUT', resource: AMF_REGISTRATION, body: registration });
      return (await existing(answer)).status === 201;
    },

    patchAmf3GppAccess: (supi, patch) =>
      change(send(supi, { method: 'PATCH', resource: AMF_REGISTRATION, body: patch, contentType: JSON_PATCH })),
  };
}

/** The answer, or undefined for 404 DATA_NOT_FOUND. Throws 404 USER_NOT_FOUND for an unknown subscriber. */
async function unlessDataNotFound<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof UnexpectedAnswer) || error.answeredStatus !== 404) throw error;
    if (error.answer.cause === 'DATA_NOT_FOUND') return undefined;
    if (error.answer.cause === 'USER_NOT_FOUND') throw problem(404, 'USER_NOT_FOUND');
    throw error;
  }
}

/** The answer where absent data can only mean an absent subscriber. */
async function existing<T>(answer: Promise<T>): Promise<T> {
  const found = await unlessDataNotFound(answer);
  if (found === undefined) throw problem(404, 'USER_NOT_FOUND');
  return found;
}

async function change(answer: Promise<unknown>): Promise<ChangeResult> {
  try {
    return (await unlessDataNotFound(answer)) === undefined ? 'absent' : 'changed';
  } catch (error) {
    if (error instanceof UnexpectedAnswer && error.answeredStatus === 409) return 'conflict';
    throw error;
  }
}
