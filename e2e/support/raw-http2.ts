/** HTTP/2 octet by octet, for what no library would send (RFC 9113, and just as much HPACK, RFC 7541, as it takes). */
import { readFileSync } from 'node:fs';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import type { CertificateFiles } from '@twincore/lab/pki';

export const FRAME = {
  data: 0,
  headers: 1,
  resetStream: 3,
  settings: 4,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;
export const FLAG = { endStream: 1, endHeaders: 4, acknowledge: 1 } as const;
const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
const FRAME_HEADER = 9;

export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

export function frame(type: number, flags: number, stream: number, payload: Uint8Array = Buffer.alloc(0)): Buffer {
  const header = Buffer.alloc(FRAME_HEADER);
  header.writeUIntBE(payload.length, 0, 3);
  header.writeUInt8(type, 3);
  header.writeUInt8(flags, 4);
  header.writeUInt32BE(stream, 5);
  return Buffer.concat([header, payload]);
}

/** A header block of literals without indexing (RFC 7541 6.2.2). */
export function headerBlock(fields: readonly (readonly [name: string, value: string])[]): Buffer {
  return Buffer.concat(fields.flatMap(([name, value]) => [Buffer.of(0), text(name), text(value)]));
}

function text(value: string): Buffer {
  const octets = Buffer.from(value, 'latin1');
  if (octets.length < 127) return Buffer.concat([Buffer.of(octets.length), octets]);
  const length = [127];
  let rest = octets.length - 127;
  for (; rest >= 128; rest = Math.floor(rest / 128)) length.push((rest % 128) + 128);
  return Buffer.concat([Buffer.of(...length, rest), octets]);
}

export interface Peer {
  readonly host: string;
  readonly port: number;
  readonly servername: string;
  readonly tls: CertificateFiles;
}

/** A connection that a test does with what it likes. What comes back is kept as frames. */
export class RawConnection {
  readonly socket: TLSSocket;
  readonly frames: Frame[] = [];
  /** Resolves when the other side has closed, or broken, the connection. */
  readonly closed: Promise<void>;
  isClosed = false;
  #rest = Buffer.alloc(0);
  #waiting = new Set<() => void>();

  private constructor(socket: TLSSocket) {
    this.socket = socket;
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        this.isClosed = true;
        this.#wake();
        resolve();
      });
    });
    socket.on('error', () => {});
    socket.on('data', (octets: Buffer) => this.#read(octets));
  }

  /** Resolves after the TLS handshake; nothing of HTTP/2 has been sent then. */
  static connect({ host, port, servername, tls }: Peer): Promise<RawConnection> {
    const [ca = ''] = [tls.ca].flat();
    return new Promise((resolve, reject) => {
      const socket = connectTls({
        host,
        port,
        servername,
        ALPNProtocols: ['h2'],
        key: readFileSync(tls.key),
        cert: readFileSync(tls.cert),
        ca: readFileSync(ca),
      });
      socket.once('error', reject);
      socket.once('secureConnect', () => resolve(new RawConnection(socket)));
    });
  }

  /** Also sends the preface and our SETTINGS, and agrees to the other side's, which hold from then on only. */
  static async open(peer: Peer, settings: Uint8Array = Buffer.alloc(0)): Promise<RawConnection> {
    const connection = await RawConnection.connect(peer);
    connection.send(Buffer.from(PREFACE), frame(FRAME.settings, 0, 0, settings));
    await connection.received(({ type }) => type === FRAME.settings);
    connection.send(frame(FRAME.settings, FLAG.acknowledge, 0));
    return connection;
  }

  send(...octets: readonly Uint8Array[]): void {
    if (!this.socket.destroyed) this.socket.write(Buffer.concat(octets));
  }

  /** Sends one part after the other with pauses, until the connection is closed or all is sent. */
  async trickle(parts: Iterable<Uint8Array>, pauseMs: number): Promise<void> {
    for (const part of parts) {
      if (this.isClosed) return;
      this.send(part);
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }

  /** Resolves with the first frame that fits; with undefined when the connection is closed before. */
  async received(fits: (frame: Frame) => boolean): Promise<Frame | undefined> {
    for (;;) {
      const found = this.frames.find(fits);
      if (found || this.isClosed) return found;
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  count(type: number): number {
    return this.frames.filter((one) => one.type === type).length;
  }

  close(): void {
    this.socket.destroy();
  }

  #read(octets: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, octets]);
    while (this.#rest.length >= FRAME_HEADER) {
      const end = FRAME_HEADER + this.#rest.readUIntBE(0, 3);
      if (this.#rest.length < end) break;
      this.frames.push({
        type: this.#rest.readUInt8(3),
        flags: this.#rest.readUInt8(4),
        stream: this.#rest.readUInt32BE(5),
        payload: this.#rest.subarray(FRAME_HEADER, end),
      });
      this.#rest = this.#rest.subarray(end);
    }
    this.#wake();
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }
}

/** A TCP connection that does not get as far as TLS. */
export function openTcp({ host, port }: Peer): Promise<{ socket: Socket; closed: Promise<void> }> {
  return new Promise((resolve, reject) => {
    const socket = connectTcp(port, host);
    const closed = new Promise<void>((done) => socket.once('close', () => done()));
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.on('error', () => {});
      socket.resume();
      resolve({ socket, closed });
    });
  });
}
