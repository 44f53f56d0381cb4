/** Whether an NF, and which of its services, is what a query asks for. */
import type { Atom, ComplexQuery, NFProfile, NFService } from '@twincore/model';
import type { NfInfo } from '../matching/infos.ts';
import type { OfferedService, RegisteredNf } from '../registry.ts';
import type { InfoFilter, ProfileFilter, Query, ServiceFilter } from './parameter.ts';
import { type Condition, conditionOf, conditionsOf } from './parameters.ts';

interface Part<F> {
  readonly filter: F;
  readonly value: unknown;
}
/** What an NF that tells nothing of its type is compared with: attributes that are absent restrict it to nothing. */
const TELLS_NOTHING: readonly NfInfo[] = [{}];

export class Matcher {
  readonly #query: Query;
  readonly #profile: Part<ProfileFilter>[] = [];
  readonly #info: Part<InfoFilter>[] = [];
  readonly #service: Part<ServiceFilter>[] = [];
  readonly #complex: ((nf: RegisteredNf, service: NFService | undefined) => boolean) | undefined;

  constructor(query: Query) {
    this.#query = query;
    for (const { filter, value } of conditionsOf(query)) {
      if (filter.on === 'profile') this.#profile.push({ filter, value });
      else if (filter.on === 'info') this.#info.push({ filter, value });
      else this.#service.push({ filter, value });
    }
    const complex = query['complex-query'] as ComplexQuery | undefined;
    this.#complex = complex && this.#complexOf(complex);
  }

  /**
   * The services of an NF that match, out of those that the requester may know of; undefined when the NF does not match. An NF
   * without any services matches as such, unless services are asked for.
   */
  match(nf: RegisteredNf, visible: readonly OfferedService[]): readonly OfferedService[] | undefined {
    const { profile } = nf;
    if (!this.#profile.every(({ filter, value }) => filter.matches(value, profile, this.#query))) return undefined;
    if (this.#info.length > 0 && !infosFor(nf).some((info) => this.#matchesInfo(info))) return undefined;
    if (nf.services.length === 0) {
      const bare = this.#service.length === 0 && (this.#complex?.(nf, undefined) ?? true);
      return bare ? [] : undefined;
    }
    const services =
      this.#service.length === 0 && !this.#complex
        ? visible
        : visible.filter(({ service }) => this.#matchesService(nf, profile, service));
    return services.length > 0 ? services : undefined;
  }

  #matchesInfo(info: NfInfo): boolean {
    return this.#info.every(({ filter, value }) => filter.matches(value, info, this.#query));
  }

  #matchesService(nf: RegisteredNf, profile: NFProfile, service: NFService): boolean {
    return (
      this.#service.every(({ filter, value }) => filter.matches(value, service, this.#query, profile)) &&
      (this.#complex?.(nf, service) ?? true)
    );
  }

  /** A complex query (TS 29.571 5.2.4.10): an AND of ORs, or an OR of ANDs, about an NF and one of its services. */
  #complexOf(query: ComplexQuery) {
    type Test = (nf: RegisteredNf, service: NFService | undefined) => boolean;
    const atom = (given: Atom): Test => {
      const condition = conditionOf(given);
      if (!condition) throw new Error('a complex query that was not checked');
      return (nf, service) => this.#holds(condition, nf, service) !== (given.negative === true);
    };
    const all =
      (tests: Test[]): Test =>
      (nf, service) =>
        tests.every((test) => test(nf, service));
    const any =
      (tests: Test[]): Test =>
      (nf, service) =>
        tests.some((test) => test(nf, service));
    return 'cnfUnits' in query
      ? all(query.cnfUnits.map(({ cnfUnit }) => any(cnfUnit.map(atom))))
      : any(query.dnfUnits.map(({ dnfUnit }) => all(dnfUnit.map(atom))));
  }

  #holds({ filter, value }: Condition, nf: RegisteredNf, service: NFService | undefined): boolean {
    switch (filter.on) {
      case 'profile':
        return filter.matches(value, nf.profile, this.#query);
      case 'info':
        return infosFor(nf).some((info) => filter.matches(value, info, this.#query));
      case 'service':
        return service !== undefined && filter.matches(value, service, this.#query, nf.profile);
    }
  }
}

function infosFor({ infos }: RegisteredNf): readonly NfInfo[] {
  return infos.length > 0 ? infos : TELLS_NOTHING;
}
