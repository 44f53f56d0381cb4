/** N2 associations (TS 38.412) between a gNB and an AMF. A later transport, SCTP, fits behind the same interface. */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { decodeFrame, encodeFrame, type Frame, FrameReader, N2ProtocolError } from './frames.ts';
import type { N2Message } from './messages.ts';

/** One association. Messages arrive in the order in which they were sent. */
export interface N2Association {
  /** Address and port of the other end, for logs. */
  readonly peer: string;
  /** Sends one message; when the association is gone it is lost, as it is on a link that fails. */
  send(message: N2Message, traceparent?: string): void;
  /** Ends the association after what was sent has left. */
  close(): void;
}

/** What the owner of an association does with what happens on it. */
export interface N2Handler {
  onMessage(frame: Frame): void;
  /** A frame that was no N2 message; the other end has got its ERROR INDICATION. */
  onProtocolError?(error: N2ProtocolError): void;
  /** The association is gone, for whatever reason. Comes once. */
  onClose?(error?: Error): void;
}

export interface N2Server {
  readonly port: number;
  /** Ends every association and stops listening. */
  close(): Promise<void>;
}

/** Octets that wait for a peer which does not read. Beyond them the association is ended instead of memory being filled. */
const MAX_WAITING_OCTETS = 16 * 1024 * 1024;

/** Listens for gNBs (the AMF's side). `accept` is called for each association and returns its handler. */
export async function listenN2(
  { host, port, maxAssociations = 256 }: { host: string; port: number; maxAssociations?: number },
  accept: (association: N2Association) => N2Handler,
): Promise<N2Server> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    associate(socket, accept);
  });
  server.maxConnections = maxAssociations;
  server.listen(port, host);
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : port,
    async close() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** Connects to an AMF (the gNB's side). Rejects when nobody listens there. */
export async function connectN2(
  { host, port, timeoutMs = 3_000 }: { host: string; port: number; timeoutMs?: number },
  handlerOf: (association: N2Association) => N2Handler,
): Promise<N2Association> {
  const socket = connect({ host, port });
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(timeoutMs) });
  } catch (error) {
    socket.destroy();
    throw error;
  }
  return associate(socket, handlerOf);
}

function associate(socket: Socket, handlerOf: (association: N2Association) => N2Handler): N2Association {
  const reader = new FrameReader();
  const association: N2Association = {
    peer: `${socket.remoteAddress}:${socket.remotePort}`,
    send(message, traceparent) {
      if (!socket.writable) return;
      socket.write(encodeFrame({ message, ...(traceparent === undefined ? {} : { traceparent }) }));
      if (socket.writableLength > MAX_WAITING_OCTETS) socket.destroy(new Error('the peer does not read'));
    },
    close: () => socket.end(),
  };
  const handler = handlerOf(association);
  socket.setNoDelay(true);
  let failure: Error | undefined;
  socket.on('error', (error) => {
    failure = error;
  });
  socket.on('close', () => handler.onClose?.(failure));
  socket.on('data', (chunk: Buffer) => {
    let frames: Buffer[];
    try {
      frames = reader.push(chunk);
    } catch (error) {
      // Without its length a stream cannot be cut into messages any more.
      socket.destroy(error as Error);
      return;
    }
    for (const json of frames) deliver(json, association, handler);
  });
  return association;
}

function deliver(json: Buffer, association: N2Association, handler: N2Handler): void {
  try {
    handler.onMessage(decodeFrame(json));
  } catch (error) {
    if (!(error instanceof N2ProtocolError)) throw error;
    association.send({ message: 'ErrorIndication', cause: error.n2Cause });
    handler.onProtocolError?.(error);
  }
}
