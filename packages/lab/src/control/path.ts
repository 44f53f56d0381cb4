/** Where the launcher's control API listens. */
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** sockaddr_un has 108 octets on Linux, 104 elsewhere, one of them NUL. */
const MAX_OCTETS = 100;

/** `<lab dir>/control.sock`, or a name of its own in the system's temporary directory when that path is too long for a socket. */
export function controlPathOf(dir: string): string {
  const path = join(dir, 'control.sock');
  if (Buffer.byteLength(path) <= MAX_OCTETS) return path;
  const name = createHash('sha256').update(dir).digest('hex').slice(0, 16);
  return join(tmpdir(), `twincore-${name}.sock`);
}
