/** A repair of how undici gives up requests. */
import { subscribe } from 'node:diagnostics_channel';
import { type ClientHttp2Stream, constants } from 'node:http2';

/**
 * Makes streams that a client closes before their request is sent end with an error code.
 *
 * undici gives up a request (timeout, abort) by closing its stream without one and destroying it. While the body waits for the
 * peer's window or for the socket, Node sends no RST_STREAM then, and afterwards it never returns from writing to that session
 * (seen with Node 26.10, undici 8.12): a producer that reads nothing could hang its consumers.
 */
export function resetAbandonedStreams(): void {
  subscribe('http2.client.stream.created', (message) => {
    const { stream } = message as { stream: ClientHttp2Stream };
    const close = stream.close.bind(stream);
    stream.close = (code, callback) =>
      close(code ?? (stream.writableFinished ? constants.NGHTTP2_NO_ERROR : constants.NGHTTP2_CANCEL), callback);
  });
}
