/** A SEPP that speaks PRINS and does with its messages what an attacker wants: N32-c with the real one, and messages of its context. */
import type { KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type ClientHttp2Session, connect } from 'node:http2';
import { json } from 'node:stream/consumers';
import type { TLSSocket } from 'node:tls';
import type { N32fReformattedReqMsg } from '@twincore/model';
import {
  CompiledPolicy,
  defaultPolicy,
  N32_MASTER_EXPORTER,
  N32fContext,
  rawPublicKey,
  readMessage,
  type SbiRequest,
} from '@twincore/n32';
import type { Outcome } from './attack.ts';
import type { AttackRequest, Puppet } from './scene.ts';

/** The IPX provider that the attacker's network says it has. */
export interface AttackerIpx {
  readonly identity: string;
  readonly publicKey: KeyObject;
}

export interface PrinsPeer {
  /** As the SEPP of a partner would send it (TS 29.573 5.3.2). */
  protect(request: SbiRequest): Promise<N32fReformattedReqMsg>;
  /** The answer that the message contains, or how the SEPP refuses it. */
  deliver(message: N32fReformattedReqMsg): Promise<Outcome>;
}

export const PROCESS = '/n32f-forward/v1/n32f-process';
const OWN_CONTEXT = 'cd'.repeat(8);
const MINUTE_MS = 60_000;
/** More messages than any attack sends. */
const MESSAGES = 64;

/** Agrees on a context of PRINS (TS 29.573 5.2.3). Throws when the SEPP at `apiRoot` does not. */
export async function openPrins(puppet: Puppet, apiRoot: string, ipx?: AttackerIpx): Promise<PrinsPeer> {
  const { fqdn, nfInstanceId, tls } = puppet;
  const [key, cert, ca] = [readFileSync(tls.key), readFileSync(tls.cert), readFileSync(tls.ca)];
  const url = new URL(apiRoot);
  const session = connect(`https://127.0.0.1:${url.port}`, { key, cert, ca, servername: url.hostname });
  try {
    const agreed = await post(session, `SEPP-${nfInstanceId}`, url.host, '/n32c-handshake/v1/exchange-params', {
      n32fContextId: OWN_CONTEXT,
      sender: fqdn,
      jweCipherSuiteList: ['A256GCM'],
      jwsCipherSuiteList: ['ES256'],
      protectionPolicyInfo: defaultPolicy(),
      ...(ipx
        ? {
            ipxProviderSecInfoList: [{ ipxProviderId: ipx.identity, rawPublicKeyList: [rawPublicKey(ipx.publicKey)] }],
          }
        : {}),
    });
    if (agreed.n32fContextId === undefined) throw new Error(`PRINS is not agreed on: ${JSON.stringify(agreed)}`);
    const { label, octets } = N32_MASTER_EXPORTER;
    const policy = new CompiledPolicy(defaultPolicy());
    const n32f = new N32fContext(
      {
        role: 'initiating',
        ownContextId: OWN_CONTEXT,
        peerContextId: agreed.n32fContextId,
        cipherSuite: 'A256GCM',
        masterKey: (session.socket as TLSSocket).exportKeyingMaterial(octets, label, Buffer.alloc(0)),
        expiresAt: Date.now() + MINUTE_MS,
      },
      {
        own: policy,
        peer: policy,
        ...(ipx ? { authorizedIpxId: ipx.identity } : {}),
        trust: { peer: [] },
        unchecked: { replay: true },
      },
    );
    n32f.grant(n32f.state(MESSAGES));
    return peerWith(n32f, (request) => puppet.send(request));
  } finally {
    session.close();
  }
}

function peerWith(n32f: N32fContext, send: (request: AttackRequest) => Promise<Outcome>): PrinsPeer {
  let sent: ReturnType<N32fContext['protectRequest']> | undefined;
  return {
    async protect(request) {
      sent = n32f.protectRequest(request, Date.now());
      return sent.message;
    },
    async deliver(message) {
      const outcome = await send({ method: 'POST', path: PROCESS, body: message });
      if (!('status' in outcome) || outcome.status !== 200 || !sent) return outcome;
      const { response } = n32f.receiveResponse(readMessage(JSON.stringify(outcome.body)), sent, Date.now());
      const text = Buffer.from(response.body ?? []).toString();
      const headers = Object.fromEntries(response.headers);
      return { status: response.status, headers, body: text === '' ? undefined : JSON.parse(text) };
    },
  };
}

async function post(
  session: ClientHttp2Session,
  userAgent: string,
  authority: string,
  path: string,
  body: object,
): Promise<{ n32fContextId?: string }> {
  const failed = new Promise<never>((_, reject) => session.once('error', reject));
  const stream = session.request({
    ':method': 'POST',
    ':path': path,
    ':authority': authority,
    'content-type': 'application/json',
    'user-agent': userAgent,
  });
  stream.end(JSON.stringify(body));
  return (await Promise.race([json(stream), failed])) as { n32fContextId?: string };
}
