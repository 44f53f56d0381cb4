/**
 * A bounded load of one small GET request over HTTP/2. It writes and counts frames itself (RFC 9113), because node:http2 as a
 * client costs more than the servers that are measured, and would be what is measured.
 */
import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';

export interface Target {
  readonly port: number;
  /** Absent for cleartext. */
  readonly tls?: ConnectionOptions;
  /** Path and query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface Load extends Target {
  /** Requests under way at any moment, over all connections. */
  readonly concurrency: number;
  readonly connections: number;
  readonly seconds: number;
}

const FRAME = { data: 0, headers: 1, rstStream: 3, settings: 4, ping: 6, goaway: 7, windowUpdate: 8 } as const;
const FLAG = { endStream: 0x1, ack: 0x1, endHeaders: 0x4 } as const;
const HEAD = 9;
/** HPACK's static entry `:status: 200` (RFC 7541 Appendix A) as an indexed field; what every good answer begins with. */
const STATUS_200 = 0x88;
const WINDOW = 2 ** 30;

/** Good answers per second. Throws when an answer is not 200, or a stream or connection is refused. */
export async function requestsPerSecond(load: Load): Promise<number> {
  const each = Math.ceil(load.concurrency / load.connections);
  const connections = await Promise.all(Array.from({ length: load.connections }, () => Connection.open(load)));
  const startedAt = performance.now();
  const counts = await Promise.all(
    connections.map((connection) => connection.run(each, startedAt + load.seconds * 1000)),
  );
  const seconds = (performance.now() - startedAt) / 1000;
  return counts.reduce((sum, count) => sum + count, 0) / seconds;
}

class Connection {
  readonly #socket: Socket;
  readonly #request: Buffer;
  #waiting: Buffer = Buffer.alloc(0);
  #nextStream = 1;
  #answered = 0;
  #underWay = 0;
  #consumed = 0;
  #end = 0;
  readonly #done = Promise.withResolvers<number>();

  static async open({ port, tls, path, headers }: Target): Promise<Connection> {
    const socket = tls
      ? connectTls({ host: '127.0.0.1', port, ALPNProtocols: ['h2'], ...tls })
      : connectTcp({ host: '127.0.0.1', port });
    await once(socket, tls ? 'secureConnect' : 'connect');
    socket.setNoDelay(true);
    const fields = {
      ':method': 'GET',
      ':scheme': tls ? 'https' : 'http',
      ':path': path,
      ':authority': 'bench',
      ...headers,
    };
    return new Connection(socket, headerBlock(fields));
  }

  constructor(socket: Socket, request: Buffer) {
    this.#socket = socket;
    this.#request = request;
    socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
    socket.write(Buffer.concat([frame(FRAME.settings, 0, 0), frame(FRAME.windowUpdate, 0, 0, uint32(WINDOW))]));
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('error', (error) => this.#done.reject(error));
    socket.on('close', () => this.#done.reject(new Error('the connection was closed')));
  }

  /** Keeps `concurrency` requests under way until `end`; resolves with the answers when the last one is there. */
  run(concurrency: number, end: number): Promise<number> {
    this.#end = end;
    this.#send(concurrency);
    return this.#done.promise;
  }

  #send(count: number): void {
    const frames: Buffer[] = [];
    for (let i = 0; i < count; i++) {
      frames.push(frame(FRAME.headers, FLAG.endHeaders | FLAG.endStream, this.#nextStream, this.#request));
      this.#nextStream += 2;
    }
    this.#underWay += count;
    this.#socket.write(Buffer.concat(frames));
  }

  #read(chunk: Buffer): void {
    const octets = this.#waiting.length === 0 ? chunk : Buffer.concat([this.#waiting, chunk]);
    let at = 0;
    let ended = 0;
    while (octets.length - at >= HEAD) {
      const length = octets.readUIntBE(at, 3);
      if (octets.length - at < HEAD + length) break;
      const type = octets[at + 3] ?? 0;
      const flags = octets[at + 4] ?? 0;
      const payload = octets.subarray(at + HEAD, at + HEAD + length);
      at += HEAD + length;
      if (type === FRAME.headers && payload[0] !== STATUS_200) this.#fail('an answer that is not 200');
      if (type === FRAME.rstStream || type === FRAME.goaway) this.#fail(`frame type ${type} from the server`);
      if (type === FRAME.data) this.#consumed += length;
      if (type === FRAME.settings && !(flags & FLAG.ack)) this.#socket.write(frame(FRAME.settings, FLAG.ack, 0));
      if (type === FRAME.ping && !(flags & FLAG.ack)) this.#socket.write(frame(FRAME.ping, FLAG.ack, 0, payload));
      if ((type === FRAME.headers || type === FRAME.data) && flags & FLAG.endStream) ended++;
    }
    this.#waiting = octets.subarray(at);
    if (this.#consumed > WINDOW / 2) {
      this.#socket.write(frame(FRAME.windowUpdate, 0, 0, uint32(this.#consumed)));
      this.#consumed = 0;
    }
    this.#answered += ended;
    this.#underWay -= ended;
    if (performance.now() < this.#end) {
      if (ended > 0) this.#send(ended);
    } else if (this.#underWay === 0) {
      this.#done.resolve(this.#answered);
      this.#socket.destroy();
    }
  }

  #fail(message: string): void {
    this.#done.reject(new Error(message));
    this.#socket.destroy();
  }
}

function frame(type: number, flags: number, stream: number, payload: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(HEAD);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

function uint32(value: number): Buffer {
  const octets = Buffer.alloc(4);
  octets.writeUInt32BE(value);
  return octets;
}

/** HPACK: every field literal, without indexing and Huffman coding (RFC 7541 6.2.2). */
function headerBlock(fields: Readonly<Record<string, string>>): Buffer {
  return Buffer.concat(
    Object.entries(fields).flatMap(([name, value]) => [Buffer.of(0), text(name.toLowerCase()), text(value)]),
  );
}

/** A string literal with its length in 7 bits and, from 127 on, in continuation octets (RFC 7541 5.1, 5.2). */
function text(value: string): Buffer {
  const octets = Buffer.from(value, 'latin1');
  if (octets.length < 127) return Buffer.concat([Buffer.of(octets.length), octets]);
  const length = [127];
  let rest = octets.length - 127;
  for (; rest >= 128; rest >>= 7) length.push((rest & 127) | 128);
  return Buffer.concat([Buffer.from([...length, rest]), octets]);
}
