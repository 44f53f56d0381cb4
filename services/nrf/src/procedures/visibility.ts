/** Who may see and use whom: the `allowed…` attributes of profiles and services (TS 29.510 6.1.6.2.2 and 6.1.6.2.3). */
import { type NFProfile, type NFService, type PlmnId, type Snssai, samePlmn } from '@twincore/model';
import type { RegisteredNf } from './registry.ts';

/** For whom a decision is made. */
export interface Requester {
  readonly nfType: string;
  readonly plmnId: PlmnId;
  /** Slices that the requester serves; undefined when nothing limits it to some. */
  readonly sNssais?: readonly Snssai[];
}

/** Types of the own PLMN that have to know every NF: operators look, proxies route, and neither is a consumer. */
const SEES_ALL: ReadonlySet<string> = new Set(['OPERATOR', 'NRF', 'SCP', 'SEPP']);

/** Whether NFs of this type, in the own PLMN, may know of every NF. */
export function seesAll(nfType: string): boolean {
  return SEES_ALL.has(nfType);
}

/** Whether an NF may use a service: the service's own restrictions, and the NF's for what it does not restrict itself. */
export function mayUse(requester: Requester, profile: NFProfile, service?: NFService): boolean {
  const allowedNfTypes = service?.allowedNfTypes ?? profile.allowedNfTypes;
  const allowedPlmns = service?.allowedPlmns ?? profile.allowedPlmns;
  const allowedNssais = service?.allowedNssais ?? profile.allowedNssais;
  if (allowedNfTypes && !allowedNfTypes.includes(requester.nfType)) return false;
  if (allowedPlmns && !allowedPlmns.some((plmnId) => samePlmn(plmnId, requester.plmnId))) return false;
  return !allowedNssais || (requester.sNssais !== undefined && shareSlice(allowedNssais, requester.sNssais));
}

/** Whether an NF may learn of a service, or of an NF as such. `ownPlmn` is the NRF's. */
export function maySee(requester: Requester, ownPlmn: PlmnId, profile: NFProfile, service?: NFService): boolean {
  return (seesAll(requester.nfType) && samePlmn(requester.plmnId, ownPlmn)) || mayUse(requester, profile, service);
}

/**
 * The discovered form of an NF as JSON text, with the services that `requester` may see and that are in operation; only
 * those of `serviceNames` when it is given. Undefined when there is nothing in it for the requester: an NF that keeps all its
 * services from it is none of its business either.
 */
export function render(
  nf: RegisteredNf,
  requester: Requester,
  ownPlmn: PlmnId,
  serviceNames?: ReadonlySet<string>,
): string | undefined {
  const form = samePlmn(requester.plmnId, ownPlmn) ? 'home' : 'abroad';
  const services = nf.services.filter(
    ({ service }) =>
      service.nfServiceStatus === 'REGISTERED' &&
      (!serviceNames || serviceNames.has(service.serviceName)) &&
      maySee(requester, ownPlmn, nf.profile, service),
  );
  if (services.length > 0) return `${nf.head[form]},"nfServices":[${services.map(({ json }) => json[form]).join()}]}`;
  const bare = !serviceNames && nf.services.length === 0 && maySee(requester, ownPlmn, nf.profile);
  return bare ? `${nf.head[form]}}` : undefined;
}

/** The slices that a requester may name: what it claims, within what it registered with. */
export function slicesOf(
  registered: readonly Snssai[] | undefined,
  claimed: readonly Snssai[] | undefined,
): readonly Snssai[] | undefined {
  if (!registered || !claimed) return claimed ?? registered;
  return claimed.filter((slice) => registered.some((own) => sameSlice(slice, own)));
}

export function shareSlice(some: readonly Snssai[], others: readonly Snssai[]): boolean {
  return some.some((slice) => others.some((other) => sameSlice(slice, other)));
}

function sameSlice(a: Snssai, b: Snssai): boolean {
  return a.sst === b.sst && (a.sd ?? '').toLowerCase() === (b.sd ?? '').toLowerCase();
}
