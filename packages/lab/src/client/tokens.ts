/** Access tokens, for people who want to look at them: ask for one in the name of an NF, and see what a producer would say of it. */
import { type AccessTokenClaims, type NFProfile, samePlmn } from '@twincore/model';
import {
  type Consumer,
  flawsOfUse,
  type NfConfig,
  newTrace,
  SECURE,
  type TokenUse,
  TokenVerifier,
  withTrace,
} from '@twincore/sbi';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { LabError } from '../errors.ts';
import type { LabInfo, NfInfo } from '../lab-info.ts';
import { httpAs, readNfConfig } from './nf-http.ts';
import { TOKEN_CHECKS, type TokenCheck } from './token-checks.ts';
import type { LabClient, TokenAnswer, TokenReport, TokenRequest, TokenVerification } from './types.ts';

export interface Collaborators {
  readonly info: LabInfo;
  readonly nf: (name: string) => NfInfo;
  /** The profile of an NF at its NRF. */
  readonly profile: (name: string) => Promise<unknown>;
}

export function createTokens(collaborators: Collaborators): Pick<LabClient, 'requestToken' | 'verifyToken'> {
  return {
    requestToken: (request) => requestToken(collaborators, request),
    verifyToken: (jwt, against = {}) => verifyToken(collaborators, jwt.trim(), against),
  };
}

/** Nnrf_AccessToken_Get (TS 29.510 5.4.2.2) with the certificate of an NF. */
async function requestToken({ info, nf }: Collaborators, request: TokenRequest): Promise<TokenAnswer> {
  const requester = nf(request.as);
  const config = readNfConfig(requester);
  if (!config.nrf)
    throw new LabError(`${requester.label} has no NRF to ask`, 'Choose another NF.', { reason: 'usage' });
  const producer = isNfType(info, request.target) ? undefined : nf(request.target);
  const targetPlmn = request.targetPlmn ?? producer?.plmnId;
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    nfInstanceId: requester.nfInstanceId,
    nfType: requester.nfType,
    targetNfType: producer?.nfType ?? request.target.toUpperCase(),
    scope: request.scope,
  });
  if (producer) form.set('targetNfInstanceId', producer.nfInstanceId);
  if (request.sNssais) form.set('targetSnssaiList', JSON.stringify(request.sNssais));
  if (targetPlmn && !samePlmn(targetPlmn, requester.plmnId)) {
    form.set('requesterPlmn', JSON.stringify(requester.plmnId));
    form.set('targetPlmn', JSON.stringify(targetPlmn));
  }
  const http = httpAs(config);
  const trace = newTrace();
  try {
    const { status, body } = await withTrace(trace, () =>
      http.send({
        method: 'POST',
        url: `${config.nrf?.apiRoot}/oauth2/token`,
        body: form.toString(),
        contentType: 'application/x-www-form-urlencoded',
        target: 'NRF',
        operation: 'Nnrf_AccessToken_Get',
      }),
    );
    const { access_token, expires_in, error, error_description, cause, detail } = Object(body);
    const token = typeof access_token === 'string' ? access_token : undefined;
    return {
      status,
      token,
      claims: token === undefined ? undefined : (decodeJwt(token) as unknown as AccessTokenClaims),
      expiresIn: expires_in,
      error: status === 200 ? undefined : (error ?? cause),
      description: error_description ?? detail,
      traceId: trace.traceId,
    };
  } finally {
    await http.close();
  }
}

function isNfType({ nfs }: LabInfo, target: string): boolean {
  return nfs.some(({ nfType }) => nfType === target.toUpperCase());
}

/** Reasons that depend on the request, and what has to be known of it. */
const NEEDS: Readonly<Record<string, keyof TokenVerification>> = {
  'token-scope': 'service',
  'token-operation-scope': 'operationScope',
  'token-consumer-plmn': 'consumer',
  'token-subject': 'consumer',
  'consumer-nf-type': 'consumer',
};

async function verifyToken(
  collaborators: Collaborators,
  jwt: string,
  against: TokenVerification,
): Promise<TokenReport> {
  const { info, nf } = collaborators;
  const header = decoded(() => decodeProtectedHeader(jwt));
  const claims = decoded(() => decodeJwt(jwt)) as AccessTokenClaims | undefined;
  const producer = against.producer === undefined ? producerFor(info, claims) : nf(against.producer);
  // Without a producer that the token is for, some other NF of the lab says so.
  const judge = producer ?? info.nfs.find(({ nfType }) => nfType === 'UDM') ?? info.nfs[0];
  const config = judge && readNfConfig(judge);
  if (!judge || !config?.tokens) {
    throw new LabError(`${judge?.label ?? 'nobody'} accepts no tokens`, 'Name another producer.', { reason: 'usage' });
  }
  const { claims: readable, reasons } = await new TokenVerifier(config, config.tokens, SECURE).examine(jwt);
  if (readable) reasons.push(...(await useFlaws(collaborators, { claims: readable, judge, config, against })));
  const checks = TOKEN_CHECKS.map((check) => resultOf(check, { reasons, claims, readable, against }));
  return {
    valid: checks.every(({ result }) => result !== 'failed' && result !== 'not reached'),
    producer: producer?.label,
    header,
    claims,
    checks,
  };
}

function resultOf(
  { name, clause, reasons: ofCheck, claim }: (typeof TOKEN_CHECKS)[number],
  found: {
    reasons: readonly string[];
    claims: AccessTokenClaims | undefined;
    readable: AccessTokenClaims | undefined;
    against: TokenVerification;
  },
): TokenCheck {
  const { reasons, claims, readable, against } = found;
  const value = claim === undefined ? undefined : (claims as Record<string, unknown> | undefined)?.[claim];
  const told = claim === 'exp' && typeof value === 'number' ? new Date(value * 1000).toISOString() : textOf(value);
  const detail = told === undefined ? {} : { detail: told };
  const is = (result: TokenCheck['result']): TokenCheck => ({ name, clause, result, ...detail });
  if (ofCheck.some((reason) => reasons.includes(reason))) return is('failed');
  if (readable === undefined) {
    const isBefore = ['token-missing', 'token-signature', 'token-claims'].some((reason) => ofCheck.includes(reason));
    return is(isBefore && claims !== undefined ? 'passed' : 'not reached');
  }
  const needed = ofCheck.map((reason) => NEEDS[reason]).find((need) => need !== undefined);
  if (needed !== undefined && against[needed] === undefined) {
    const servesToo = needed === 'operationScope' && against.service !== undefined;
    return { ...is(servesToo ? 'not applicable' : 'not checked'), ...detail };
  }
  if (ofCheck.includes('consumer-nf-type') && against.service === undefined) return is('not checked');
  return is(claim !== undefined && value === undefined ? 'not applicable' : 'passed');
}

function textOf(value: unknown): string | undefined {
  return value === undefined || typeof value === 'string' ? value : JSON.stringify(value);
}

function decoded<T>(decode: () => T): T | undefined {
  try {
    return decode();
  } catch {
    return undefined;
  }
}

/** An NF that the audience names, in the network that the token says, or in that of the NRF which signed it. */
function producerFor({ nfs }: LabInfo, claims: AccessTokenClaims | undefined): NfInfo | undefined {
  const { aud, iss, producerPlmnId } = claims ?? {};
  const candidates = nfs.filter(({ nfType, nfInstanceId }) =>
    [aud].flat().some((one) => one === nfType || one === nfInstanceId),
  );
  const issuer = nfs.find(({ nfInstanceId }) => nfInstanceId === iss);
  const plmnId = producerPlmnId ?? issuer?.plmnId;
  return candidates.find((nf) => plmnId && samePlmn(nf.plmnId, plmnId)) ?? candidates[0];
}

/** The reasons that speak against what the token is to be used for, as far as that is told. */
async function useFlaws(
  { nf, profile }: Collaborators,
  {
    claims,
    judge,
    config,
    against,
  }: { claims: AccessTokenClaims; judge: NfInfo; config: NfConfig; against: TokenVerification },
): Promise<string[]> {
  const { service, operationScope, consumer: name } = against;
  const consumerNf = name === undefined ? undefined : nf(name);
  const abroad = consumerNf !== undefined && !samePlmn(consumerNf.plmnId, judge.plmnId);
  // A producer sees its own SEPP in place of a consumer in another network.
  const consumer: Consumer = {
    peer: {
      nfInstanceId: consumerNf?.nfInstanceId ?? claims.sub,
      nfTypes: abroad ? ['SEPP'] : [consumerNf?.nfType ?? ''],
      plmnId: judge.plmnId,
      fqdn: consumerNf?.fqdn ?? '',
    },
    plmnId: consumerNf?.plmnId ?? claims.consumerPlmnId ?? config.plmnId,
  };
  const use: TokenUse = {
    rule: {
      access: 'token',
      operation: '',
      service: service ?? '',
      ...(operationScope === undefined ? {} : { scopes: [operationScope] }),
      consumers: service === undefined ? [] : consumersOf(await profile(judge.label), service, operationScope),
    },
    claims,
    consumer,
    granted: claims.scope.split(' '),
    nfTypes: consumerNf ? [consumerNf.nfType] : [],
  };
  const isTold = (reason: string) => {
    const need = NEEDS[reason];
    return (
      (need === undefined || against[need] !== undefined) && (reason !== 'consumer-nf-type' || service !== undefined)
    );
  };
  return flawsOfUse(use).filter(isTold);
}

/** NF types that may use a service, or one operation of it, as the producer has published it (TS 29.510 6.1.6.2.3). */
function consumersOf(profile: unknown, service: string, operationScope: string | undefined): string[] {
  const { nfServices = [], nfServiceList = {} } = Object(profile) as Partial<NFProfile>;
  const found = [...nfServices, ...Object.values(nfServiceList)].find(({ serviceName }) => serviceName === service);
  if (operationScope === undefined) return found?.allowedNfTypes ?? [];
  return Object.entries(found?.allowedOperationsPerNfType ?? {})
    .filter(([, scopes]) => scopes.includes(operationScope))
    .map(([nfType]) => nfType);
}
