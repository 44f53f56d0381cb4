/** Which of the NFs that were found come first (TS 29.510 6.2.3.2.3.1: preferences, then priority, capacity and load). */
import type { Guami, PreferredSearch } from '@twincore/model';
import type { OfferedService, RegisteredNf } from '../registry.ts';
import type { Preference, Query } from './parameter.ts';
import { PARAMETERS } from './parameters.ts';
import { sameGuami } from './session-parameters.ts';

export interface Found {
  readonly nf: RegisteredNf;
  readonly services: readonly OfferedService[];
}

/** The NFs in order, without those that give way to better ones, and what PreferredSearch tells of it. */
export function rank(found: readonly Found[], query: Query): { ranked: readonly Found[]; preferred: PreferredSearch } {
  const preferred: Record<string, boolean> = {};
  let remaining = found;
  const orders: ((one: Found) => number)[] = instancesFirst(query);
  for (const { preference, value } of preferencesOf(query)) {
    const fits = ({ nf, services }: Found) =>
      preference.prefers(value, {
        profile: nf.profile,
        infos: nf.infos,
        services: services.map(({ service }) => service),
      });
    const fitting = remaining.filter(fits);
    preferred[preference.indicator] = fitting.length > 0;
    if (preference.others) {
      preferred[preference.others] = fitting.length < remaining.length;
      const first = new Set(fitting);
      orders.push((one) => (first.has(one) ? 0 : 1));
    } else if (fitting.length > 0) {
      remaining = fitting;
    }
  }
  orders.push(priorityOf, (one) => -freeCapacityOf(one));
  if (remaining.length < 2) return { ranked: remaining, preferred };
  const keyed = remaining.map((one) => ({ one, keys: orders.map((order) => order(one)) }));
  keyed.sort((a, b) => {
    const at = a.keys.findIndex((key, index) => key !== b.keys[index]);
    return at < 0 ? 0 : (a.keys[at] ?? 0) - (b.keys[at] ?? 0);
  });
  return { ranked: keyed.map(({ one }) => one), preferred };
}

/** In the order of `preferences-precedence`, then as the query has them. */
function preferencesOf(query: Query): { preference: Preference; value: unknown }[] {
  const precedence = (query['preferences-precedence'] as readonly string[] | undefined) ?? [];
  const names = [...new Set([...precedence, ...Object.keys(query)])];
  return names.flatMap((name) => {
    const preference = PARAMETERS.get(name);
    const value = query[name];
    return preference?.on === 'preference' && value !== undefined ? [{ preference, value }] : [];
  });
}

/** `preferred-nf-instances` in its order, and the AMF that has the GUAMI before its backups. */
function instancesFirst(query: Query): ((one: Found) => number)[] {
  const orders: ((one: Found) => number)[] = [];
  const ids = (query['preferred-nf-instances'] as readonly string[] | undefined)?.map((id) => id.toLowerCase());
  if (ids) {
    const places = new Map(ids.map((id, place) => [id, place]));
    orders.push(({ nf }) => places.get(nf.profile.nfInstanceId) ?? places.size);
  }
  const guami = query.guami as Guami | undefined;
  if (guami) {
    orders.push(({ nf }) =>
      nf.infos.some(({ guamiList }) => guamiList?.some((own) => sameGuami(own, guami))) ? 0 : 1,
    );
  }
  return orders;
}

/** The lower the sooner; that of a service stands above that of its NF (TS 29.510 6.1.6.2.3). */
function priorityOf({ nf, services }: Found): number {
  const own = nf.profile.priority ?? 0;
  if (services.length === 0) return own;
  return Math.min(...services.map(({ service }) => service.priority ?? own));
}

function freeCapacityOf({ nf: { profile } }: Found): number {
  return (profile.capacity ?? 1) * (100 - (profile.load ?? 0));
}
