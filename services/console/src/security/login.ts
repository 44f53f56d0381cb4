/** Who may use the console: everybody on its own machine's loopback, or whoever has the password of this start. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** So many sessions at once; the oldest ends for a new one. */
const MAX_SESSIONS = 100;
const SESSION_MS = 12 * 3600 * 1000;
/** Wrong passwords in a minute before nobody is let in until the next. The password has 120 bits; this only keeps logs short. */
const TRIES_PER_MINUTE = 10;

const digest = (text: string) => createHash('sha256').update(text).digest();

export class Login {
  /** To be shown once, to whoever started the console. */
  readonly password = randomBytes(15).toString('base64url');
  readonly #digest = digest(this.password);
  /** Digests of session ids, so that reading memory does not give a session away; with when they end. */
  readonly #sessions = new Map<string, number>();
  #tries = 0;
  #minute = 0;

  /** A new session's id, or undefined when the password is wrong or was tried too often. */
  enter(password: string, now = Date.now()): string | undefined {
    const minute = Math.floor(now / 60_000);
    if (minute !== this.#minute) {
      this.#minute = minute;
      this.#tries = 0;
    }
    if (this.#tries >= TRIES_PER_MINUTE) return undefined;
    if (!timingSafeEqual(digest(password), this.#digest)) {
      this.#tries += 1;
      return undefined;
    }
    const session = randomBytes(24).toString('base64url');
    this.#sessions.set(digest(session).toString('hex'), now + SESSION_MS);
    const [oldest] = this.#sessions.keys();
    if (this.#sessions.size > MAX_SESSIONS && oldest !== undefined) this.#sessions.delete(oldest);
    return session;
  }

  knows(session: string | undefined, now = Date.now()): boolean {
    if (session === undefined) return false;
    const end = this.#sessions.get(digest(session).toString('hex'));
    return end !== undefined && end > now;
  }

  leave(session: string | undefined): void {
    if (session !== undefined) this.#sessions.delete(digest(session).toString('hex'));
  }
}
