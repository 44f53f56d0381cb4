/** What becomes of a request body that nobody wanted to read: of a refused request, or where a body means nothing. */
import { constants, type Http2ServerRequest } from 'node:http2';

/** So many times the largest body that is served is read and thrown away before the answer; more closes the connection. */
const PATIENCE = 4;
/** A sender that pauses for so long gets its answer before the end of the body. */
const PAUSE_MS = 250;

/**
 * Calls `done` once the rest of the body is here and forgotten. To answer before that costs the connection: a consumer then
 * resets its stream, for which nghttp2 closes a session that does it often (it looks like CVE-2023-44487), and Node (seen with
 * 26.10) never takes what it had received off the session's memory, until it refuses every further request on it.
 */
export function afterBody(request: Http2ServerRequest, bodyBytes: number, done: () => void): void {
  const { stream } = request;
  if (request.complete || request.readableEnded || stream.destroyed || stream.endAfterHeaders) {
    done();
    return;
  }
  let rest = bodyBytes * PATIENCE;
  let isDone = false;
  const finish = () => {
    if (isDone) return;
    isDone = true;
    clearTimeout(pause);
    done();
  };
  /** The answer comes before the end of the body, and then nobody waits for that (RFC 9113 8.1). */
  const giveUp = () => {
    // Not at once: the end of the answer may not have been sent yet.
    stream.once('finish', () => setTimeout(() => stream.close(constants.NGHTTP2_NO_ERROR), PAUSE_MS));
    finish();
  };
  const pause = setTimeout(giveUp, PAUSE_MS);
  request.on('data', (chunk: Buffer) => {
    if (isDone) return;
    pause.refresh();
    rest -= chunk.length;
    if (rest >= 0) return;
    stream.session?.close();
    giveUp();
  });
  request.once('end', finish);
  request.once('close', finish);
  request.resume();
}
