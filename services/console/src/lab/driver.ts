/** The lab, when something is to be done to it: attached to when it is first needed, and again when another one runs. */
import { attachLab, type LabClient, LabError } from '@twincore/lab';

export class Driver {
  readonly #dir: string;
  #client: { readonly run: string; readonly attached: Promise<LabClient> } | undefined;

  constructor(dir: string) {
    this.#dir = dir;
  }

  /** The client of the lab that runs `run`. Throws a LabError where none does. */
  async lab(run: string): Promise<LabClient> {
    if (this.#client?.run !== run) {
      await this.close();
      this.#client = { run, attached: attachLab({ dir: this.#dir }) };
    }
    const client = this.#client;
    try {
      const lab = await client.attached;
      if (lab.info.run === run) return lab;
      throw new LabError('another run of the lab has begun', 'Load the page again.');
    } catch (error) {
      // It may be there the next time.
      if (this.#client === client) await this.close();
      throw error;
    }
  }

  async canDrive(run: string): Promise<boolean> {
    return this.lab(run).then(
      () => true,
      () => false,
    );
  }

  async close(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    await client?.attached.then(
      (lab) => lab.close(),
      () => {},
    );
  }
}
