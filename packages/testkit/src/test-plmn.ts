/** A PLMN whose every NF the test composes itself: for the tests of the NFs, where a stand-in is wanted for all others and tokens are forged. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openPlmnPki, type PlmnPki } from '@twincore/lab/pki';
import { nfFqdn, type PlmnId } from '@twincore/model';
import {
  createCca,
  createMetrics,
  HttpClient,
  type HttpRequest,
  type HttpResponse,
  type NfConfig,
  type NfDefinition,
  parseConfig,
  SECURE,
  startNf,
  type TokenRule,
} from '@twincore/sbi';
import { importPKCS8, type JWTPayload, SignJWT } from 'jose';
import pino from 'pino';
import { freePort } from './ports.ts';

/** What a test sends. `token` is a finished token, or claims that the lab's NRF key signs; what is absent has a sensible value. */
export interface TestRequest extends Omit<HttpRequest, 'target' | 'operation'> {
  readonly token?: string | (JWTPayload & { scope: string });
}

/** An NF of a given type as seen by others: its certificate and its instance id. */
export interface TestClient {
  readonly nfInstanceId: string;
  readonly nfType: string;
  send(request: TestRequest): Promise<HttpResponse>;
  /** A client credentials assertion for receivers of these NF types. */
  assertion(audience: readonly string[]): Promise<string>;
  close(): Promise<void>;
}

export interface StartedNf<C extends NfConfig> {
  readonly apiRoot: string;
  readonly config: C;
  stop(): Promise<void>;
}

export interface TestPlmn {
  readonly plmnId: PlmnId;
  readonly pki: PlmnPki;
  /** The issuer of tokens that NFs started here accept. */
  readonly nrfInstanceId: string;
  /** Starts an NF on a free port; members of `config` replace those that the testkit would choose. */
  start<C extends NfConfig>(
    definition: NfDefinition<C>,
    config: { nfType: string } & Record<string, unknown>,
  ): Promise<StartedNf<C>>;
  /** `hosts` has the addresses of names that no NF started here has. */
  client(
    nfType: string,
    options?: { nfInstanceId?: string; nfTypes?: string[]; hosts?: Record<string, string> },
  ): Promise<TestClient>;
  /** A token as the NRF of this PLMN signs it. */
  sign(claims: JWTPayload): Promise<string>;
  close(): Promise<void>;
}

/** A PLMN without NFs, in a temporary directory that `close` removes. */
export async function testPlmn(plmnId: PlmnId): Promise<TestPlmn> {
  const dir = mkdtempSync(join(tmpdir(), 'twincore-test-'));
  const pki = await openPlmnPki(join(dir, 'pki'), plmnId);
  const signing = await pki.signingKey();
  const nrfInstanceId = randomUUID();
  const key = await importPKCS8(readFileSync(signing.key, 'utf8'), 'ES256');
  const kid = (JSON.parse(readFileSync(signing.jwks, 'utf8')) as { keys: { kid: string }[] }).keys[0]?.kid ?? '';
  const open: (() => Promise<void>)[] = [];
  const hosts: Record<string, string> = {};

  const sign = (claims: JWTPayload) =>
    new SignJWT({ iss: nrfInstanceId, exp: Math.floor(Date.now() / 1000) + 300, ...claims })
      .setProtectedHeader({ alg: 'ES256', kid, typ: 'JWT' })
      .sign(key);

  return {
    plmnId,
    pki,
    nrfInstanceId,
    sign,

    async start(definition, own) {
      const nfInstanceId = own.nfType === 'NRF' ? nrfInstanceId : randomUUID();
      const fqdn = nfFqdn(`${own.nfType}-${nfInstanceId.slice(0, 8)}`, plmnId);
      const config = parseConfig(
        definition.configSchema,
        {
          nfInstanceId,
          plmnId,
          fqdn,
          sbi: { host: '127.0.0.1', port: await freePort() },
          tls: await pki.certificate({ name: nfInstanceId, nfInstanceId, nfTypes: [own.nfType], fqdn }),
          tokens: { issuer: nrfInstanceId, keys: signing.jwks },
          hosts,
          stateDir: join(dir, nfInstanceId),
          log: { level: 'silent' },
          ...own,
        },
        `the test's ${own.nfType}`,
      ) as NfConfig;
      const running = await startNf(definition as unknown as NfDefinition<NfConfig>, config);
      hosts[config.fqdn] = config.sbi.host;
      let stopped = false;
      const stop = async () => {
        if (!stopped) await running.stop();
        stopped = true;
      };
      open.push(stop);
      return { apiRoot: `https://${config.fqdn}:${config.sbi.port}`, config: config as never, stop };
    },

    async client(nfType, options = {}) {
      const nfInstanceId = options.nfInstanceId ?? randomUUID();
      const fqdn = nfFqdn(`${nfType}-${nfInstanceId.slice(0, 8)}`, plmnId);
      const nfTypes = options.nfTypes ?? [nfType];
      const tls = await pki.certificate({ name: nfInstanceId, nfInstanceId, nfTypes, fqdn });
      const metrics = createMetrics({ nfType, plmn: 'test' });
      const http = new HttpClient(
        { nfType, nfInstanceId, tls, hosts: options.hosts ?? {}, insecure: SECURE },
        { metrics, log: pino({ level: 'silent' }) },
      );
      open.push(() => http.close());
      return {
        nfInstanceId,
        nfType,
        close: () => http.close(),
        assertion: (audience) => createCca({ nfInstanceId, tls }, audience),
        async send({ token, ...request }) {
          for (const [name, address] of Object.entries(hosts)) http.learnHost(name, address);
          const signed = typeof token === 'object' ? await sign({ sub: nfInstanceId, ...token }) : token;
          return http.send({
            ...request,
            headers: { ...(signed === undefined ? {} : { authorization: `Bearer ${signed}` }), ...request.headers },
            target: 'test',
            operation: 'test',
          });
        },
      };
    },

    async close() {
      for (const close of open.reverse()) await close();
      rmSync(dir, { recursive: true });
    },
  };
}

/** A `scope` that is enough for every operation of some rules. */
export function scopeOfAll(rules: Readonly<Record<string, TokenRule>>): string {
  return [...new Set(Object.values(rules).flatMap(({ service, scopes = [] }) => [service, ...scopes]))].join(' ');
}
