/** An NF of the home network that the tests speak for: a certificate of the lab's CA, registered at the NRF like any other. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { type Lab, nfInstanceIdOf } from '@twincore/lab';
import { type CertificateFiles, openPlmnPki } from '@twincore/lab/pki';
import { nfFqdn, type PlmnId } from '@twincore/model';
import { createMetrics, HttpClient, type HttpRequest, type HttpResponse, SECURE } from '@twincore/sbi';
import pino from 'pino';

export type Call = Omit<HttpRequest, 'target' | 'operation'>;

export interface TestNf {
  readonly nfInstanceId: string;
  readonly fqdn: string;
  readonly tls: CertificateFiles;
  send(request: Call): Promise<HttpResponse>;
  /** Registers again, which also is a sign of life. */
  register(): Promise<void>;
  /** Nnrf_AccessToken_Get; any status is an answer. `members` are added to the request. */
  askToken(scope: string, targetNfType: string, members?: Record<string, string>): Promise<HttpResponse>;
  /** A token of the NRF. */
  token(scope: string, targetNfType: string, members?: Record<string, string>): Promise<string>;
  close(): Promise<void>;
}

/** With `name` the NF has the same instance id in every run. */
export async function testNf(lab: Lab, plmnId: PlmnId, nfType: string, name?: string): Promise<TestNf> {
  const pki = await openPlmnPki(join(lab.dir, 'pki'), plmnId);
  const nfInstanceId = name === undefined ? randomUUID() : nfInstanceIdOf(plmnId, name);
  const fqdn = nfFqdn(`test-${nfInstanceId.slice(0, 8)}`, plmnId);
  const tls = await pki.certificate({ name: nfInstanceId, nfInstanceId, nfTypes: [nfType], fqdn });
  const hosts = Object.fromEntries(lab.nfs.map(({ config }) => [config.fqdn, config.sbi.host]));
  const http = new HttpClient(
    { nfType, nfInstanceId, tls, hosts, insecure: SECURE },
    { metrics: createMetrics({ nfType, plmn: 'test' }), log: pino({ level: 'silent' }) },
  );
  const { apiRoot: nrf } = lab.nfs.find(
    ({ config }) => config.nfType === 'NRF' && config.plmnId.mcc === plmnId.mcc,
  ) ?? { apiRoot: '' };
  const send = (request: Call) => http.send({ ...request, target: 'test', operation: 'test' });
  const register = async () => {
    const { status } = await send({
      method: 'PUT',
      url: `${nrf}/nnrf-nfm/v1/nf-instances/${nfInstanceId}`,
      body: { nfInstanceId, nfType, nfStatus: 'REGISTERED', plmnList: [plmnId], fqdn, ipv4Addresses: ['127.0.0.1'] },
    });
    if (status !== 201 && status !== 200) throw new Error(`the NRF answered ${status}`);
  };
  await register();
  const askToken = (scope: string, targetNfType: string, members: Record<string, string> = {}) =>
    send({
      method: 'POST',
      url: `${nrf}/oauth2/token`,
      contentType: 'application/x-www-form-urlencoded',
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        nfInstanceId,
        nfType,
        targetNfType,
        scope,
        ...members,
      }).toString(),
    });
  return {
    nfInstanceId,
    fqdn,
    tls,
    send,
    register,
    askToken,
    async token(scope, targetNfType, members) {
      const { status, body } = await askToken(scope, targetNfType, members);
      if (status !== 200) throw new Error(`the NRF answered ${status} ${JSON.stringify(body)}`);
      return (body as { access_token: string }).access_token;
    },
    close: () => http.close(),
  };
}

export { forgeToken } from '@twincore/attacks';
