/**
 * The steps of an attack as commands for a terminal. They are made by playing the same steps on a stage that writes down what would be
 * sent, so that they are what the attack really does.
 */
import { join } from 'node:path';
import { commandLine, LabError, type LabNf, nfInstanceIdOf, PROJECT_ROOT, readTopology } from '@twincore/lab';
import { type NFType, nfFqdn, type PlmnId, plmnToString } from '@twincore/model';
import type { NfConfig } from '@twincore/sbi';
import type { JWTPayload } from 'jose';
import type { Attack, Outcome } from './attack.ts';
import type { Signer } from './forge-token.ts';
import { filesOf, identityOf } from './own-hand.ts';
import { PROCESS } from './prins-peer.ts';
import { type AttackRequest, HOME, n32RootOf, type Puppet, type Scene, VISITED } from './scene.ts';

export interface ByHand {
  /** What whoever does it has. */
  readonly attacker: readonly string[];
  /** Ready to paste, for a lab in `dir`. */
  readonly commands: readonly string[];
}

/** A body longer than this is not for a command line. */
const LONGEST_BODY = 2_000;
type Nf = Pick<LabNf, 'apiRoot' | 'config'>;

export async function byHand({ steps, target, before }: Attack, dir: string): Promise<ByHand> {
  const nf = plannedNfs(dir);
  const has = new Set<string>();
  const made: string[] = [];
  const commands: string[] = [];
  const say = (command: string) => {
    if (!commands.includes(command)) commands.push(command);
  };
  const own = (command: string) => {
    if (!made.includes(command)) made.push(command);
  };
  const token = (claims: JWTPayload, signer: Signer) => {
    has.add(SIGNED_BY[signer]);
    const fresh = { ...claims };
    // The command gives it a minute from when it is typed; one that is over stays over.
    if (Number(claims.exp) > Date.now() / 1000) delete fresh.exp;
    say(
      `TOKEN=$(${COMMAND} attack token ${quoted(JSON.stringify(fresh))}${signer === '001-01' ? '' : ` --signed-by ${signer}`})`,
    );
  };
  const puppetOf = (nfType: string, name: string, plmnId: PlmnId, apiRoot: string): Puppet => {
    const { file, ...identity } = identityOf(plmnId, nfType, name);
    const { cert, key } = filesOf(dir, plmnId, file);
    const tls = { cert, key, ca: join(dir, 'pki', plmnToString(HOME), 'ca.pem') };
    const use = () => {
      const plmn = plmnToString(plmnId);
      has.add(`the certificate and the key of ${article(nfType)} ${nfType} of ${plmn}`);
      own(`${COMMAND} attack nf ${nfType}${name ? ` --name ${name}` : ''}${plmnId === HOME ? '' : ` --plmn ${plmn}`}`);
    };
    return {
      ...identity,
      tls,
      async send(request) {
        use();
        if (request.token !== undefined && typeof request.token !== 'string') token(request.token, '001-01');
        say(curl(apiRoot, request, ['--cert', cert, '--key', key], tls.ca));
        return NOTHING;
      },
      async register() {
        return NOTHING;
      },
    };
  };
  const attacked = nf('home', target);
  const at = attacked.apiRoot;
  const scene: Scene = {
    lab: { dir, nfs: [], nf: (site, name) => nf(site, name) as LabNf, ue: unplayable, trace: unplayable },
    target: attacked as LabNf,
    memory: new Map([
      ['callback', '/$CALLBACK'],
      ['subscription', '/$SUBSCRIPTION'],
      ['context', '$CONTEXT'],
    ]),
    claims: (of, scope) => ({
      iss: nf('home', 'nrf').config.nfInstanceId,
      sub: of.nfInstanceId,
      aud: attacked.config.nfType,
      scope,
      exp: Number.MAX_SAFE_INTEGER,
    }),
    async sign(claims, signer = '001-01') {
      token(claims, signer);
      return '$TOKEN';
    },
    puppet: async (nfType, name = '') => puppetOf(nfType, name, HOME, at),
    foreigner: async (nfType) => puppetOf(nfType, 'foreign', VISITED, at),
    partner: async (plmnId = VISITED) => puppetOf('SEPP', 'partner', plmnId, n32RootOf(attacked)),
    async prins() {
      const peer = puppetOf('SEPP', 'partner', VISITED, n32RootOf(attacked));
      say(
        '# message.json: `openPrins` in packages/attacks/src/prins-peer.ts agrees on the context; `protect` of what it gives makes the message',
      );
      return {
        protect: async () => ({ reformattedData: { ciphertext: '' } }),
        deliver: () => peer.send({ method: 'POST', path: PROCESS, body: '@message.json' }),
      };
    },
    async nobody(userAgent, request, scheme = 'https') {
      has.add('a way into the network, and no certificate');
      const headers = { ...request.headers, 'user-agent': userAgent };
      say(
        curl(at.replace('https', scheme), { ...request, headers }, [], join(dir, 'pki', plmnToString(HOME), 'ca.pem')),
      );
      return NOTHING;
    },
    async assertion(of, audience) {
      has.add('a CA of its own, which nobody trusts');
      say(`CCA=$(${COMMAND} attack assertion ${of.nfType} --name victim --audience ${audience.join(',')})`);
      return '$CCA';
    },
  };
  for (const { run } of steps) await run(scene);
  const first = before === undefined ? [] : [`# Before: ${before}`];
  return { attacker: [...has], commands: [...made, ...first, ...commands] };
}

const COMMAND = commandLine('').replace('npm run', 'npm run -s').trim();
const NOTHING: Outcome = { status: 0, headers: {}, body: undefined };
const SIGNED_BY: Readonly<Record<Signer, string>> = {
  '001-01': 'a token with these claims (here signed with the key of the NRF, as if it had issued it)',
  '999-70': 'the signing key of the NRF of 999-70',
  none: 'a token that it has written itself',
  hs256: 'the public key of the NRF, which every producer has',
};
const unplayable = () => {
  throw new LabError('this step needs a lab that runs', 'Run the attack instead.');
};
const article = (nfType: string) => (/^(?:[AEIOU]|[FHLMNRSX](?=[A-Z]))/.test(nfType) ? 'an' : 'a');

/** The NFs of the topology, as a lab in `dir` would have them. */
function plannedNfs(dir: string): (site: string, name: string) => Nf {
  const sites = readTopology(join(PROJECT_ROOT, 'deploy'));
  return (site, name) => {
    const { plmnId, nfs } = sites.find((one) => one.name === site) ?? { plmnId: HOME, nfs: [] };
    const plan = nfs.find((one) => one.name === name);
    if (!plan)
      throw new LabError(`the topology has no ${site}/${name}`, 'The attacks are made for the topology in deploy/.');
    const fqdn = nfFqdn(name, plmnId);
    const config = {
      nfType: plan.type as NFType,
      nfInstanceId: nfInstanceIdOf(plmnId, name),
      fqdn,
      plmnId,
      sbi: { host: '127.0.0.1', port: plan.port },
      tls: { ca: join(dir, 'pki', plmnToString(plmnId), 'ca.pem') },
      ...(plan.n32Port === undefined ? {} : { n32: { fqdn, host: '127.0.0.1', port: plan.n32Port } }),
    };
    return { apiRoot: `https://${fqdn}:${plan.port}`, config: config as unknown as NfConfig };
  };
}

function curl(apiRoot: string, request: AttackRequest, identity: readonly string[], ca: string): string {
  const { protocol, host, hostname, port } = new URL(apiRoot);
  const bearer = request.token === undefined ? {} : { authorization: 'Bearer $TOKEN' };
  const body = request.body === undefined ? undefined : textOf(request.body);
  const type = body === undefined ? {} : { 'content-type': request.contentType ?? 'application/json' };
  const headers = Object.entries({ ...type, ...request.headers, ...bearer }).filter(([name]) => name !== 'host');
  const parts = [
    'curl -sS -i',
    protocol === 'https:' ? `--http2 --cacert ${ca}` : '--http2-prior-knowledge',
    ...(identity.length > 0 ? [identity.join(' ')] : []),
    `--resolve ${hostname}:${port}:127.0.0.1`,
    ...(request.method === 'GET' ? [] : [`-X ${request.method}`]),
    ...headers.map(([name, value]) => `-H ${withVariables(`${name}: ${value}`)}`),
    ...(body === undefined ? [] : [body.length > LONGEST_BODY ? '-d @body.json' : `-d ${withVariables(body)}`]),
    withVariables(`${protocol}//${host}${request.path}`),
  ];
  const [long, note] =
    body !== undefined && body.length > LONGEST_BODY
      ? [true, `# body.json has ${body.length} octets: ${body.slice(0, 60)}…\n`]
      : [false, ''];
  return `${long ? note : ''}${parts.join(' \\\n  ')}`;
}

const textOf = (body: unknown) => (typeof body === 'string' ? body : JSON.stringify(body));
/** For a POSIX shell. */
const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
const withVariables = (text: string) =>
  /\$(?:TOKEN|CCA|CALLBACK|SUBSCRIPTION|CONTEXT)\b/.test(text)
    ? `"${text
        .replaceAll(/["`\\]/g, '\\$&')
        .replace('/$SUB', '$SUB')
        .replace('/$CALL', '$CALL')}"`
    : quoted(text);
