/**
 * "Your own NF": a 5G-EIR (TS 29.511) of one operation, with nothing of twincore in it but the JSON file that it is given.
 *
 *   node eir.ts FILE.json      FILE.json as plmn.admit, twincore-plmn or `twincore up --external` write it
 */
import { readFileSync } from 'node:fs';
import { connect, createSecureServer, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import { createLocalJWKSet, jwtVerify } from 'jose';

const own = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as {
  nfInstanceId: string;
  plmnId: { mcc: string; mnc: string };
  fqdn: string;
  sbi: { host: string; port: number; address?: string };
  nrf: { apiRoot: string };
  tls: { key: string; cert: string; ca: string };
  tokens: { issuer: string; keys: string };
  hosts: Record<string, string>;
};
const tls = { key: readFileSync(own.tls.key), cert: readFileSync(own.tls.cert), ca: readFileSync(own.tls.ca) };
const jwks = createLocalJWKSet(JSON.parse(readFileSync(own.tokens.keys, 'utf8')));
const address = own.sbi.address ?? own.sbi.host;
const SERVICE = 'n5g-eir-eic';
const STOLEN = 'imei-490154203237518';

/** Nnrf_NFManagement_NFRegister (TS 29.510 5.2.2.2). FQDN, address and port are those under which the others look for us. */
async function register(): Promise<void> {
  const { hostname, port } = new URL(own.nrf.apiRoot);
  const session = connect(own.nrf.apiRoot, {
    ...tls,
    host: own.hosts[hostname] ?? hostname,
    port: Number(port),
    servername: hostname,
  });
  const stream = session.request({
    ':method': 'PUT',
    ':path': `/nnrf-nfm/v1/nf-instances/${own.nfInstanceId}`,
    'content-type': 'application/json',
  });
  stream.end(
    JSON.stringify({
      nfInstanceId: own.nfInstanceId,
      nfType: '5G_EIR',
      nfStatus: 'REGISTERED',
      plmnList: [own.plmnId],
      fqdn: own.fqdn,
      ipv4Addresses: [address],
      nfServices: [
        {
          serviceInstanceId: SERVICE,
          serviceName: SERVICE,
          versions: [{ apiVersionInUri: 'v1', apiFullVersion: '1.2.0' }],
          scheme: 'https',
          nfServiceStatus: 'REGISTERED',
          fqdn: own.fqdn,
          ipEndPoints: [{ ipv4Address: address, port: own.sbi.port }],
          allowedNfTypes: ['AMF'],
          oauth2Required: true,
        },
      ],
    }),
  );
  const status = await new Promise((resolve, reject) => {
    stream.on('response', (headers) => resolve(headers[':status']));
    stream.on('error', reject);
  });
  session.close();
  if (status !== 201 && status !== 200) throw new Error(`the NRF answered ${status}`);
}

/** The checks of TS 33.501 13.4.1.1.2 that a producer in one PLMN without slices needs. */
async function isAuthorized({ authorization = '' }: IncomingHttpHeaders): Promise<boolean> {
  try {
    const { payload } = await jwtVerify(authorization.replace(/^Bearer /i, ''), jwks, {
      issuer: own.tokens.issuer,
      audience: ['5G_EIR', own.nfInstanceId],
      algorithms: ['ES256'],
    });
    return String(payload.scope).split(' ').includes(SERVICE);
  } catch {
    return false;
  }
}

async function answer(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): Promise<void> {
  const send = (status: number, body: object, more = {}) => {
    const type = status < 400 ? 'application/json' : 'application/problem+json';
    stream.respond({ ':status': status, 'content-type': type, ...more });
    stream.end(JSON.stringify(body));
  };
  const url = new URL(String(headers[':path']), own.nrf.apiRoot);
  if (!(await isAuthorized(headers)))
    return send(401, { status: 401 }, { 'www-authenticate': 'Bearer realm="5G_EIR"' });
  if (headers[':method'] !== 'GET' || url.pathname !== `/${SERVICE}/v1/equipment-status`)
    return send(404, { status: 404 });
  const pei = url.searchParams.get('pei');
  if (!pei) return send(400, { status: 400, cause: 'MANDATORY_QUERY_PARAM_MISSING' });
  send(200, { status: pei === STOLEN ? 'BLACKLISTED' : 'WHITELISTED' });
}

const server = createSecureServer({ ...tls, requestCert: true, rejectUnauthorized: true, minVersion: 'TLSv1.3' });
server.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
  stream.on('error', () => {});
  answer(stream, headers);
});
server.listen(own.sbi.port, own.sbi.host, register);
