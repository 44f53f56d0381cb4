/** Answers that stay right until the registry changes. */

/** Characters of kept answers; one answer may have thousands of profiles. */
const MAX_LENGTH = 16 * 1024 * 1024;

export class AnswerCache {
  readonly #answers = new Map<string, string>();
  readonly #currentVersion: () => number;
  #version = -1;
  #length = 0;

  constructor(currentVersion: () => number) {
    this.#currentVersion = currentVersion;
  }

  get(key: string): string | undefined {
    return this.#version === this.#currentVersion() ? this.#answers.get(key) : undefined;
  }

  /** Keeps an answer that was computed from the registry as it is now. */
  set(key: string, answer: string): void {
    const version = this.#currentVersion();
    const added = key.length + answer.length;
    if (this.#version !== version || this.#length + added > MAX_LENGTH) {
      this.#answers.clear();
      this.#length = 0;
      this.#version = version;
    }
    if (added > MAX_LENGTH) return;
    this.#answers.set(key, answer);
    this.#length += added;
  }
}
