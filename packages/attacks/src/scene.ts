/** What an attacker has to work with: certificates of NFs that it has taken over, and tokens with any claims. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:http2';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { LabNf } from '@twincore/lab';
import { type CertificateFiles, openPlmnPki } from '@twincore/lab/pki';
import { nfFqdn, type PlmnId } from '@twincore/model';
import {
  createCca,
  createMetrics,
  HttpClient,
  type HttpMethod,
  type HttpResponse,
  type NfConfig,
  SECURE,
} from '@twincore/sbi';
import type { JWTPayload } from 'jose';
import pino from 'pino';
import type { Outcome } from './attack.ts';
import { forgeTokenBy, type Signer } from './forge-token.ts';
import { type AttackerIpx, openPrins, type PrinsPeer } from './prins-peer.ts';
import type { AttackedLab } from './runner.ts';

export const HOME = { mcc: '001', mnc: '01' };
export const VISITED = { mcc: '999', mnc: '70' };
export const THIRD = { mcc: '901', mnc: '99' };

export interface AttackRequest {
  readonly method: HttpMethod;
  /** Below the target's API root. */
  readonly path: string;
  readonly body?: unknown;
  readonly contentType?: string;
  /** A finished token, or claims over those of a good one, which the NRF's stolen key signs. */
  readonly token?: string | JWTPayload;
  readonly headers?: Record<string, string>;
}

/** An NF that the attacker has, with its key: of this type, registered or not. */
export interface Puppet {
  readonly nfInstanceId: string;
  readonly nfType: string;
  readonly fqdn: string;
  readonly tls: CertificateFiles;
  send(request: AttackRequest): Promise<Outcome>;
  register(members?: Record<string, unknown>): Promise<Outcome>;
}

export interface Scene {
  readonly lab: AttackedLab;
  /** The NF under attack. */
  readonly target: LabNf;
  /** The same NF for the same name. */
  puppet(nfType: string, name?: string): Promise<Puppet>;
  /** An NF with a certificate of the other network's CA. */
  foreigner(nfType: string): Promise<Puppet>;
  /** The SEPP of 999-70 or another network: what it sends goes to the N32 listener of the target. */
  partner(plmnId?: PlmnId): Promise<Puppet>;
  /** The SEPP of 999-70 with a new context of PRINS, behind an IPX provider when one is given. */
  prins(ipx?: AttackerIpx): Promise<PrinsPeer>;
  /** Somebody without any certificate, who says that it is this NF; over TLS or without. */
  nobody(userAgent: string, request: AttackRequest, scheme?: 'https' | 'http'): Promise<Outcome>;
  /** Claims of a token that the NRF would issue to `of` for the target. */
  claims(of: Puppet, scope: string): JWTPayload;
  sign(claims: JWTPayload, signer?: Signer): Promise<string>;
  /** A client credentials assertion of this NF (TS 33.501 13.3.8) by a certificate of a CA that nobody trusts. */
  assertion(of: Puppet, audience: readonly string[]): Promise<string>;
  /** What one step found, for a later one. */
  readonly memory: Map<string, string>;
}

export interface Theatre {
  scene(target: LabNf): Scene;
  close(): Promise<void>;
}

/** One for a whole run: puppets and what they know are the same before and after a restart of the target. */
export function theatre(lab: Scene['lab']): Theatre {
  const dir = mkdtempSync(join(tmpdir(), 'twincore-attacks-'));
  const clients: HttpClient[] = [];
  const puppets = new Map<string, Promise<Cast>>();
  const memory = new Map<string, string>();
  const hosts = Object.fromEntries(lab.nfs.map(({ config }) => [config.fqdn, config.sbi.host]));
  const { nfInstanceId: nrfId } = lab.nf('home', 'nrf').config;

  const cast = (nfType: string, name: string, plmnId: PlmnId, ca: PlmnId) => {
    const key = [nfType, name, plmnId.mcc, ca.mcc].join(' ');
    let known = puppets.get(key);
    if (!known) {
      known = makeCast(lab, { nfType, plmnId, ca, hosts });
      known.then(({ http }) => clients.push(http)).catch(() => {});
      puppets.set(key, known);
    }
    return known;
  };

  return {
    scene(target) {
      const claims = (of: Puppet, scope: string): JWTPayload => ({
        iss: nrfId,
        sub: of.nfInstanceId,
        aud: target.config.nfType,
        scope,
        exp: Math.floor(Date.now() / 1000) + 60,
      });
      const sign = (payload: JWTPayload, signer: Signer = '001-01') => forgeTokenBy(lab, signer, payload);
      const puppetOf = async (made: Promise<Cast>, apiRoot = target.apiRoot): Promise<Puppet> => {
        const { http, ...self } = await made;
        const send = async ({ path, token, headers, ...request }: AttackRequest): Promise<Outcome> => {
          const bearer = token === undefined || typeof token === 'string' ? token : await sign(token);
          return tried(
            http.send({
              ...request,
              url: apiRoot + path,
              headers: { ...headers, ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }) },
              target: target.config.nfType,
              operation: 'attack',
              timeoutMs: 5_000,
            }),
          );
        };
        return {
          ...self,
          send,
          register: (members) =>
            tried(
              http.send({
                method: 'PUT',
                url: `${lab.nf('home', 'nrf').apiRoot}/nnrf-nfm/v1/nf-instances/${self.nfInstanceId}`,
                body: profileOf(self, members),
                target: 'NRF',
                operation: 'attack',
              }),
            ),
        };
      };
      return {
        lab,
        target,
        memory,
        claims,
        sign,
        puppet: (nfType, name = '') => puppetOf(cast(nfType, name, HOME, HOME)),
        foreigner: (nfType) => puppetOf(cast(nfType, 'foreign', VISITED, VISITED)),
        partner: (plmnId = VISITED) => puppetOf(cast('SEPP', 'partner', plmnId, plmnId), n32RootOf(target)),
        prins: async (ipx) =>
          openPrins(
            await puppetOf(cast('SEPP', 'partner', VISITED, VISITED), n32RootOf(target)),
            n32RootOf(target),
            ipx,
          ),
        nobody: (userAgent, request, scheme = 'https') =>
          withoutCertificate(target, userAgent, request, target.apiRoot.replace('https', scheme)),
        async assertion(of, audience) {
          const { nfInstanceId, nfType, fqdn } = of;
          const pki = await openPlmnPki(join(dir, 'nobody-trusts-this'), HOME);
          const tls = await pki.certificate({ name: nfInstanceId, nfInstanceId, nfTypes: [nfType], fqdn });
          return createCca({ ...of, tls }, [...audience]);
        },
      };
    },
    async close() {
      for (const client of clients) await client.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

interface Cast extends Pick<Puppet, 'nfInstanceId' | 'nfType' | 'fqdn' | 'tls'> {
  readonly http: HttpClient;
}

async function makeCast(
  lab: Scene['lab'],
  about: { nfType: string; plmnId: PlmnId; ca: PlmnId; hosts: NfConfig['hosts'] },
): Promise<Cast> {
  const { nfType, plmnId, ca, hosts } = about;
  const pki = await openPlmnPki(join(lab.dir, 'pki'), ca);
  const nfInstanceId = randomUUID();
  // A partner is its SEPP by name.
  const fqdn = nfFqdn(nfType === 'SEPP' ? 'sepp' : `puppet-${nfInstanceId.slice(0, 8)}`, plmnId);
  const certified = await pki.certificate({ name: nfInstanceId, nfInstanceId, nfTypes: [nfType], fqdn });
  // It believes the home network, wherever its own certificate is from.
  const tls = { ...certified, ca: (await openPlmnPki(join(lab.dir, 'pki'), HOME)).ca };
  const http = new HttpClient(
    { nfType, nfInstanceId, tls, hosts, insecure: SECURE },
    { metrics: createMetrics({ nfType, plmn: 'attack' }), log: pino({ level: 'silent' }) },
  );
  return { nfInstanceId, nfType, fqdn, tls, http };
}

/** Where partners connect: only a SEPP has that. */
export function n32RootOf({ config }: Pick<LabNf, 'config'>): string {
  const { n32 } = config as NfConfig & { readonly n32?: { readonly fqdn: string; readonly port: number } };
  if (!n32) throw new Error(`${config.nfType} has no N32`);
  return `https://${n32.fqdn}:${n32.port}`;
}

/** The NF profile that a puppet registers. */
export function profileOf(
  { nfInstanceId, nfType, fqdn }: Pick<Puppet, 'nfInstanceId' | 'nfType' | 'fqdn'>,
  members: Record<string, unknown> = {},
): Record<string, unknown> {
  const common = { nfInstanceId, nfType, nfStatus: 'REGISTERED', plmnList: [HOME], fqdn };
  return { ...common, ipv4Addresses: ['127.0.0.1'], ...members };
}

/** The answer, or that there was none: a connection that TLS ends is an outcome too. */
async function tried(answer: Promise<HttpResponse>): Promise<Outcome> {
  try {
    return await answer;
  } catch (error) {
    return { tls: (error as Error).message };
  }
}

function withoutCertificate(
  target: LabNf,
  userAgent: string,
  request: AttackRequest,
  apiRoot: string,
): Promise<Outcome> {
  const { hostname } = new URL(apiRoot);
  const session = connect(apiRoot, {
    ca: readFileSync(String(target.config.tls.ca)),
    servername: hostname,
    lookup: (_name, options, callback) => {
      const address = target.config.sbi.host;
      if (options.all) callback(null, [{ address, family: 4 }]);
      else callback(null, address, 4);
    },
  });
  const outcome = new Promise<Outcome>((resolve, reject) => {
    session.on('error', reject);
    const stream = session.request({
      ':method': request.method,
      ':path': request.path,
      'content-type': 'application/json',
      'user-agent': userAgent,
      ...request.headers,
    });
    stream.setTimeout(5_000, () => reject(new Error('no answer')));
    stream.on('error', reject);
    stream.on('response', (headers) => {
      text(stream).then((body) => {
        resolve({
          status: Number(headers[':status']),
          headers: headers as HttpResponse['headers'],
          body: body === '' ? undefined : JSON.parse(body),
        });
      }, reject);
    });
    // TLS 1.3: the server refuses after the client has thought that all is well.
    stream.on('close', () => reject(new Error('the connection was closed')));
    stream.end(request.body === undefined ? undefined : JSON.stringify(request.body));
  });
  return outcome
    .catch((error: Error & { code?: string }): Outcome => ({ tls: error.code ?? error.message }))
    .finally(() => session.destroy());
}
