/** Nudr_DataRepository, subscription data (TS 29.504 clause 6.1, TS 29.505 clause 5.2). */
import { Amf3GppAccessRegistration, AuthEvent, PatchItem, ServingNetworkName, Supi, VarPlmnId } from '@twincore/model';
import { type NfConfig, SbiProblem, type SbiRequest, type SbiServer, type TokenRule } from '@twincore/sbi';
import Type, { type Static } from 'typebox';
import { found, type Repository, statusKey, userNotFound } from '../procedures/repository.ts';
import {
  deleteAuthenticationStatus,
  patchAmf3GppAccess,
  patchAuthenticationSubscription,
  putAmf3GppAccess,
  putAuthenticationStatus,
} from '../procedures/subscription-data.ts';

const ROOT = '/nudr-dr/v2/subscription-data/:ueId';
const JSON_PATCH = 'application/json-patch+json';

const UeParams = Type.Object({ ueId: Supi });
const StatusParams = Type.Object({ ueId: Supi, servingNetworkName: Type.Optional(ServingNetworkName) });
const ProvisionedParams = Type.Object({ ueId: Supi, servingPlmnId: VarPlmnId });
/** One comma-separated value, as OpenAPI's `explode: false` sends it, or the parameter repeated. */
const Fields = Type.Object({
  fields: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 256 }), { minItems: 1, maxItems: 64 })),
});
const Patch = Type.Array(PatchItem, { minItems: 1, maxItems: 64 });

type Ue = { Params: Static<typeof UeParams> };
type Status = { Params: Static<typeof StatusParams> };
type Queried = { Querystring: Static<typeof Fields> };
type Patched = { Body: Static<typeof Patch> };

type Operation = 'Query' | 'Create' | 'Update' | 'Delete';
const rule = (operation: Operation, ...scopes: string[]): TokenRule => ({
  access: 'token',
  operation: `Nudr_DataRepository_${operation}`,
  service: 'nudr-dr',
  consumers: ['UDM'],
  scopes: scopes.map((scope) => `nudr-dr:subscription-data${scope}`),
});

/** Subscription data are the UDM's (TS 23.502 table 5.2.12.1-1, TS 29.504 5.2.1); the scopes are those of TS29505_Subscription_Data.yaml. */
export const NUDR_DR = {
  readCredentials: rule('Query', ':authentication-subscription:read'),
  modifyCredentials: rule('Update', ':authentication-subscription:modify'),
  query: rule('Query', ''),
  create: rule('Create', ''),
  delete: rule('Delete', ''),
  createRegistration: rule('Create', ':registrations:write', ''),
  updateRegistration: rule('Update', ':registrations:write', ''),
} satisfies Record<string, TokenRule>;

/** Registers the routes. */
export function nudrDr(server: SbiServer, repository: Repository, config: NfConfig): void {
  authenticationSubscription(server, repository);
  for (const path of ['authentication-status', 'authentication-status/:servingNetworkName']) {
    authenticationStatus(server, repository, `${ROOT}/authentication-data/${path}`);
  }
  provisionedData(server, repository, 'am-data', 'amData');
  provisionedData(server, repository, 'smf-selection-subscription-data', 'smfSelectionData');
  amf3GppAccess(server, repository, config);
}

function authenticationSubscription(server: SbiServer, repository: Repository): void {
  const path = `${ROOT}/authentication-data/authentication-subscription`;
  server.get<Ue>(
    path,
    { config: { sbi: NUDR_DR.readCredentials }, schema: { params: UeParams } },
    async ({ params }) => {
      const subscription = await repository.authenticationSubscriptions.get(params.ueId);
      if (!subscription) throw userNotFound();
      return subscription;
    },
  );
  server.patch<Ue & Patched>(
    path,
    {
      config: { sbi: NUDR_DR.modifyCredentials },
      schema: { params: UeParams, body: Patch },
      preValidation: requireJsonPatch,
    },
    async ({ params, body }, reply) => {
      await patchAuthenticationSubscription(repository, params.ueId, body);
      return reply.code(204).send();
    },
  );
}

function authenticationStatus(server: SbiServer, repository: Repository, path: string): void {
  const schema = { params: StatusParams };
  server.put<Status & { Body: AuthEvent }>(
    path,
    { config: { sbi: NUDR_DR.create }, schema: { ...schema, body: AuthEvent } },
    async ({ params, body }, reply) => {
      await putAuthenticationStatus(repository, params.ueId, params.servingNetworkName, body);
      return reply.code(204).send();
    },
  );
  server.get<Status & Queried>(
    path,
    { config: { sbi: NUDR_DR.query }, schema: { ...schema, querystring: Fields } },
    async ({ params, query }) => {
      const { ueId, servingNetworkName } = params;
      const event = await repository.authenticationStatus.get(statusKey(ueId, servingNetworkName));
      return select(await found(repository, ueId, event), query);
    },
  );
  server.delete<Status>(path, { config: { sbi: NUDR_DR.delete }, schema }, async ({ params }, reply) => {
    await deleteAuthenticationStatus(repository, params.ueId, params.servingNetworkName);
    return reply.code(204).send();
  });
}

function provisionedData(
  server: SbiServer,
  repository: Repository,
  resource: string,
  member: 'amData' | 'smfSelectionData',
): void {
  server.get<{ Params: Static<typeof ProvisionedParams> } & Queried>(
    `${ROOT}/:servingPlmnId/provisioned-data/${resource}`,
    { config: { sbi: NUDR_DR.query }, schema: { params: ProvisionedParams, querystring: Fields } },
    async ({ params, query }) => {
      const data = (await repository.provisionedData.get(params.ueId))?.[member];
      return select(await found(repository, params.ueId, data), query);
    },
  );
}

function amf3GppAccess(server: SbiServer, repository: Repository, config: NfConfig): void {
  const path = `${ROOT}/context-data/amf-3gpp-access`;
  const apiRoot = `${config.insecure.cleartext ? 'http' : 'https'}://${config.fqdn}:${config.sbi.port}`;
  server.put<Ue & { Body: Amf3GppAccessRegistration }>(
    path,
    { config: { sbi: NUDR_DR.createRegistration }, schema: { params: UeParams, body: Amf3GppAccessRegistration } },
    async ({ params, body }, reply) => {
      if (!(await putAmf3GppAccess(repository, params.ueId, body))) return reply.code(204).send();
      return reply
        .code(201)
        .header('location', apiRoot + path.replace(':ueId', params.ueId))
        .send(body);
    },
  );
  server.patch<Ue & Patched>(
    path,
    {
      config: { sbi: NUDR_DR.updateRegistration },
      schema: { params: UeParams, body: Patch },
      preValidation: requireJsonPatch,
    },
    async ({ params, body }, reply) => {
      await patchAmf3GppAccess(repository, params.ueId, body);
      return reply.code(204).send();
    },
  );
  server.get<Ue & Queried>(
    path,
    { config: { sbi: NUDR_DR.query }, schema: { params: UeParams, querystring: Fields } },
    async ({ params, query }) =>
      select(await found(repository, params.ueId, await repository.amf3GppAccess.get(params.ueId)), query),
  );
}

/** TS 29.504 6.1.3: the members named by `fields` (TS 29.501 partial retrieval), everything without it. */
function select(data: object, { fields }: Static<typeof Fields>): object {
  if (!fields) return data;
  const names = new Set(fields.flatMap((field) => field.split(',')));
  return Object.fromEntries(Object.entries(data).filter(([name]) => names.has(name)));
}

async function requireJsonPatch({ headers }: SbiRequest): Promise<void> {
  if (!headers['content-type']?.toLowerCase().startsWith(JSON_PATCH)) {
    throw new SbiProblem(415, { detail: `a PATCH here is ${JSON_PATCH}` });
  }
}
