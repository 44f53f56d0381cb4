/**
 * One N32-c connection to a partner. It is a connection of its own for each procedure, with the socket at hand: the keys of PRINS
 * come out of the TLS connection that the parameters were exchanged on (TS 33.501 13.2.4.4.1).
 */
import { once } from 'node:events';
import { type ClientHttp2Session, connect } from 'node:http2';
import { isIP } from 'node:net';
import { type TLSSocket, connect as tlsConnect } from 'node:tls';
import {
  checkAnswer,
  formatTraceparent,
  formatUserAgent,
  newTrace,
  UnexpectedAnswer,
  Unreachable,
} from '@twincore/sbi';
import type { Static, TSchema } from 'typebox';
import type { Partner } from '../config.ts';

export interface N32cIdentity {
  readonly nfInstanceId: string;
  readonly key: Buffer;
  readonly cert: Buffer;
}

const CONNECT_MS = 3_000;
const ANSWER_MS = 10_000;
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;
const API = '/n32c-handshake/v1';

export class N32cConnection {
  readonly #session: ClientHttp2Session;
  readonly #userAgent: string;
  readonly #trace = newTrace();

  private constructor(session: ClientHttp2Session, userAgent: string) {
    this.#session = session;
    this.#userAgent = userAgent;
  }

  /** Mutual TLS 1.3 to the partner's SEPP, whose certificate has to be of its CA and of its name. Throws {@link Unreachable}. */
  static async open({ nfInstanceId, key, cert }: N32cIdentity, partner: Partner, ca: Buffer): Promise<N32cConnection> {
    const { fqdn, host, port } = partner.n32;
    const socket = tlsConnect({
      host,
      port,
      key,
      cert,
      ca,
      minVersion: 'TLSv1.3',
      ALPNProtocols: ['h2'],
      ...(isIP(fqdn) ? {} : { servername: fqdn }),
    });
    try {
      await once(socket, 'secureConnect', { signal: AbortSignal.timeout(CONNECT_MS) });
      const session = connect(`https://${fqdn}:${port}`, { createConnection: () => socket });
      // Each request tells what became of it.
      session.on('error', () => {});
      return new N32cConnection(session, formatUserAgent('SEPP', nfInstanceId));
    } catch (error) {
      socket.destroy();
      throw new Unreachable('SEPP', error as Error);
    }
  }

  /** Calls an operation of the N32-c handshake API. Throws for another status than `expect` and for a malformed answer. */
  async call<T extends TSchema>(operation: string, body: object, expect: number, schema?: T): Promise<Static<T>> {
    const { status, text } = await this.#post(`${API}/${operation}`, JSON.stringify(body)).catch((error: Error) => {
      throw new Unreachable('SEPP', error);
    });
    const answer = jsonOf(text);
    if (status !== expect) throw new UnexpectedAnswer('SEPP', operation, status, Object(answer));
    if (schema) checkAnswer(schema, answer, 'SEPP');
    return answer as Static<T>;
  }

  /** Keying material of this TLS connection, empty context (RFC 8446 7.5). */
  exportKeyingMaterial(label: string, octets: number): Buffer {
    return (this.#session.socket as TLSSocket).exportKeyingMaterial(octets, label, Buffer.alloc(0));
  }

  close(): void {
    this.#session.destroy();
  }

  async #post(path: string, body: string): Promise<{ status: number; text: string }> {
    const stream = this.#session.request(
      {
        ':method': 'POST',
        ':path': path,
        'content-type': 'application/json',
        accept: 'application/json, application/problem+json',
        'user-agent': this.#userAgent,
        traceparent: formatTraceparent(this.#trace),
      },
      { signal: AbortSignal.timeout(ANSWER_MS) },
    );
    stream.end(body);
    const [headers] = (await once(stream, 'response')) as [{ ':status'?: number }];
    let text = '';
    for await (const chunk of stream.setEncoding('utf8')) {
      text += chunk;
      if (text.length > MAX_ANSWER_BYTES) throw new Error('the answer is too large');
    }
    return { status: headers[':status'] ?? 0, text };
  }
}

function jsonOf(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return text;
  }
}
