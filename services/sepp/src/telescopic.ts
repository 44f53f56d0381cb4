/** Telescopic FQDNs (TS 23.003 28.5.2, TS 29.573 5.4): a name below this SEPP's own for an NF of another PLMN. */
import { createHash } from 'node:crypto';
import { plmnOfFqdn } from '@twincore/model';
import type { Collection } from '@twincore/store';
import type { Partners } from './partners.ts';

const LABEL_DIGITS = 24;

export class TelescopicNames {
  readonly #seppFqdn: string;
  readonly #partners: Partners;
  readonly #stored: Collection<string>;

  constructor(seppFqdn: string, partners: Partners, stored: Collection<string>) {
    this.#seppFqdn = seppFqdn.toLowerCase();
    this.#partners = partners;
    this.#stored = stored;
  }

  get seppDomain(): string {
    return this.#seppFqdn;
  }

  /** The label for an NF of a partner; it is on disk and stays the same for ever. Undefined for another name. */
  async labelOf(foreignFqdn: string): Promise<string | undefined> {
    const name = foreignFqdn.toLowerCase();
    const plmnId = plmnOfFqdn(name);
    if (!plmnId || !this.#partners.of(plmnId)) return undefined;
    const label = `t${createHash('sha256').update(name).digest('hex').slice(0, LABEL_DIGITS)}`;
    if ((await this.#stored.get(label)) === undefined) await this.#stored.put(label, name);
    return label;
  }

  foreignFqdnOf(label: string): Promise<string | undefined> {
    return this.#stored.get(label.toLowerCase());
  }

  /** The label in a host name that is a telescopic FQDN of this SEPP. */
  labelIn(hostname: string): string | undefined {
    const name = hostname.toLowerCase();
    const label = name.endsWith(`.${this.#seppFqdn}`) ? name.slice(0, -this.#seppFqdn.length - 1) : '';
    return label !== '' && !label.includes('.') ? label : undefined;
  }
}
