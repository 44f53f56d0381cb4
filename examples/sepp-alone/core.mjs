/**
 * Stands in for two cores that know nothing of twincore: plain HTTP/2 in cleartext, and nothing else. `serve` is the AUSF and UDM of the home and
 * the AMF of the visited network; the other commands are what their NFs ask of the SEPPs.
 */
import { once } from 'node:events';
import { connect, createServer } from 'node:http2';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';

const SEPP = { home: 'http://127.0.0.1:7771', visited: 'http://127.0.0.1:7772' };
const AUSF = 'ausf.5gc.mnc001.mcc001.3gppnetwork.org';
const AUSF_PORT = 7773;
const AMF = 'http://127.0.0.1:7774';
const AUTHENTICATIONS = '/nausf-auth/v1/ue-authentications';
const REGISTRATION = '/nudm-uecm/v1/imsi-001010000000001/registrations/amf-3gpp-access';
const SERVED = {
  supiOrSuci: 'suci-0-001-01-0000-0-0-0000000001',
  servingNetworkName: '5G:mnc070.mcc999.3gppnetwork.org',
};
/** Where the home has to send callbacks: what the AMF said at its registration. */
let callback = '';

function serve(port, answer) {
  const server = createServer();
  server.on('stream', async (stream, headers) => {
    const { status, body } = answer(headers, await text(stream));
    stream.respond(
      { ':status': status, ...(body ? { 'content-type': 'application/json' } : {}) },
      { endStream: !body },
    );
    if (body) stream.end(JSON.stringify(body));
  });
  server.listen(port, '127.0.0.1');
}

function answerOfHome({ ':path': path, ...headers }, body) {
  if (path === '/callback') return { status: 200, body: { callback } };
  const from = String(headers['3gpp-sbi-originating-network-id']).split(';')[0];
  if (path === AUTHENTICATIONS) return { status: 201, body: { authType: '5G_AKA', askedBy: from, via: headers.via } };
  callback = JSON.parse(body).deregCallbackUri;
  return { status: 201, body: { callback } };
}

function answerOfVisited({ ':path': path }) {
  return path === '/dereg' ? { status: 204 } : { status: 404 };
}

/** The SEPPs may be on their way up, or have not agreed yet. */
async function ask(origin, headers, body) {
  for (let attempt = 1; ; attempt++) {
    const { status, content } = await askOnce(origin, headers, body).catch((error) => ({ status: error.code }));
    const isReady = typeof status === 'number' && status !== 504;
    if (isReady || attempt === 100) return { status, content };
    await sleep(100);
  }
}

async function askOnce(origin, headers, body) {
  const session = connect(origin);
  const failed = once(session, 'error').then(([error]) => Promise.reject(error));
  failed.catch(() => {});
  const stream = session.request({ ':method': 'POST', 'content-type': 'application/json', ...headers });
  stream.on('error', () => {});
  stream.end(body === undefined ? undefined : JSON.stringify(body));
  const [answer] = await Promise.race([once(stream, 'response'), failed]);
  const content = await text(stream);
  session.close();
  return { status: answer[':status'], content };
}

const COMMANDS = {
  serve() {
    serve(AUSF_PORT, answerOfHome);
    serve(Number(new URL(AMF).port), answerOfVisited);
  },

  /** The visited AMF has a UE of the home authenticated. */
  async authenticate() {
    return ask(
      SEPP.visited,
      { ':path': AUTHENTICATIONS, 'user-agent': 'AMF', '3gpp-sbi-target-apiroot': `http://${AUSF}:${AUSF_PORT}` },
      SERVED,
    );
  },

  /** The same by telescopic FQDN. */
  async telescopic() {
    const query = `?foreign-fqdn=${AUSF}`;
    const path = `/nsepp-telescopic/v1/mapping${query}`;
    const { content } = await ask(SEPP.visited, { ':method': 'GET', ':path': path, 'user-agent': 'NRF' });
    const { telescopicLabel, seppDomain } = JSON.parse(content);
    const authority = `${telescopicLabel}.${seppDomain}`;
    return ask(SEPP.visited, { ':authority': authority, ':path': AUTHENTICATIONS, 'user-agent': 'AMF' }, SERVED);
  },

  /** The visited AMF registers with its address; the home sees a name in place of that, and notifies there. */
  async callback() {
    const registered = await ask(
      SEPP.visited,
      {
        ':method': 'PUT',
        ':path': REGISTRATION,
        'user-agent': 'AMF',
        '3gpp-sbi-target-apiroot': `http://${AUSF}:${AUSF_PORT}`,
      },
      {
        amfInstanceId: 'b0f5c3a0-5b1e-4e43-9d7e-000000000001',
        deregCallbackUri: `${AMF}/dereg`,
        guami: { plmnId: { mcc: '999', mnc: '70' }, amfId: '010041' },
        ratType: 'NR',
      },
    );
    if (registered.status !== 201) return registered;
    const { content } = await askOnce(`http://127.0.0.1:${AUSF_PORT}`, { ':path': '/callback' });
    const uri = new URL(JSON.parse(content).callback);
    console.log(`the home is to notify at ${uri}`);
    return ask(
      SEPP.home,
      {
        ':path': uri.pathname,
        'user-agent': 'UDM',
        '3gpp-sbi-callback': 'Nudm_UECM_DeregistrationNotification',
        '3gpp-sbi-target-apiroot': uri.origin,
      },
      { deregReason: 'UE_INITIAL_REGISTRATION' },
    );
  },

  /** What must not pass: vectors out of the home's UDM. */
  async attack() {
    return ask(SEPP.visited, {
      ':path': '/nudm-ueau/v1/imsi-001010000000001/security-information/generate-auth-data',
      'user-agent': 'AUSF',
      '3gpp-sbi-target-apiroot': `http://${AUSF}:${AUSF_PORT}`,
    });
  },
};

const [name = ''] = process.argv.slice(2);
const command = COMMANDS[name];
if (!command) {
  console.error(`Say one of: ${Object.keys(COMMANDS).join(', ')}`);
  process.exitCode = 2;
} else {
  const answer = await command();
  if (answer) console.log(answer.status, answer.content ?? '');
}
