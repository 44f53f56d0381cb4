/** Who may see and use whom: the `allowed…` attributes of profiles and services (TS 29.510 6.1.6.2.2 and 6.1.6.2.3). */
import { type ExtSnssai, type NFProfile, type NFService, type PlmnId, samePlmn } from '@twincore/model';
import { matchesName } from './matching/linear-pattern.ts';
import { overlap, shareSlice } from './matching/slices.ts';
import type { Form, OfferedService, RegisteredNf } from './registry.ts';

/** For whom a decision is made. */
export interface Requester {
  readonly nfType: string;
  readonly plmnId: PlmnId;
  /** In another PLMN it is what that PLMN's NRF says, or unknown. */
  readonly nfInstanceId?: string;
  readonly fqdn?: string;
  /** Slices that the requester serves; undefined when nothing limits it to some. */
  readonly sNssais?: readonly ExtSnssai[];
  /** `insecure.withoutVisibility`: nothing is kept from it. */
  readonly unlimited?: boolean;
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
  const allowedNfDomains = service?.allowedNfDomains ?? profile.allowedNfDomains;
  if (allowedNfTypes && !allowedNfTypes.includes(requester.nfType)) return false;
  if (allowedPlmns && !allowedPlmns.some((plmnId) => samePlmn(plmnId, requester.plmnId))) return false;
  if (allowedNfDomains && !allowedNfDomains.some((domain) => isInDomain(requester.fqdn, domain))) return false;
  return !allowedNssais || (requester.sNssais !== undefined && shareSlice(allowedNssais, requester.sNssais));
}

/** A pattern that cannot be run safely lets nobody in. */
function isInDomain(fqdn: string | undefined, domain: string): boolean {
  return fqdn !== undefined && matchesName(domain, fqdn) === true;
}

/** Whether an NF may learn of a service, or of an NF as such. `ownPlmn` is the NRF's. */
export function maySee(requester: Requester, ownPlmn: PlmnId, profile: NFProfile, service?: NFService): boolean {
  const free = requester.unlimited || (seesAll(requester.nfType) && samePlmn(requester.plmnId, ownPlmn));
  return free || mayUse(requester, profile, service);
}

/** How profiles look to a requester. */
export function formFor(requester: Requester, ownPlmn: PlmnId): Form {
  return samePlmn(requester.plmnId, ownPlmn) ? 'home' : 'abroad';
}

/**
 * The discovered form of an NF as JSON text, with the services that `requester` may see, whatever their state. Undefined when
 * there is nothing in it for the requester: an NF that keeps all its services from it is none of its business either.
 */
export function render(nf: RegisteredNf, requester: Requester, ownPlmn: PlmnId): string | undefined {
  const services = visibleServices(nf, requester, ownPlmn);
  if (services.length === 0 && (nf.services.length > 0 || !maySee(requester, ownPlmn, nf.profile))) return undefined;
  return nf.render(formFor(requester, ownPlmn), services);
}

/** The services that a requester may know of, whatever their state. */
export function visibleServices(nf: RegisteredNf, requester: Requester, ownPlmn: PlmnId): readonly OfferedService[] {
  return nf.services.filter(({ service }) => maySee(requester, ownPlmn, nf.profile, service));
}

/** The slices that a requester may name: what it claims, within what it registered with. */
export function slicesOf(
  registered: readonly ExtSnssai[] | undefined,
  claimed: readonly ExtSnssai[] | undefined,
): readonly ExtSnssai[] | undefined {
  if (!registered || !claimed) return claimed ?? registered;
  return claimed.filter((slice) => registered.some((own) => overlap(slice, own)));
}
