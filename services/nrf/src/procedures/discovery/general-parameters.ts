/** Query parameters of NF discovery that are not about one type of NF (TS 29.510 6.2.3.2.3.1). */
import {
  ComplexQuery,
  ExtSnssai,
  Fqdn,
  type NFProfile,
  type NFService,
  NFType,
  NfInstanceId,
  NfServiceInstance,
  NfServiceSetId,
  NfSetId,
  type PlmnId,
  PlmnIdNid,
  PlmnSnssai,
  ServiceName,
  Snssai,
  SupportedFeatures,
  samePlmn,
  Uri,
} from '@twincore/model';
import Type from 'typebox';
import { infosOf } from '../matching/infos.ts';
import { shareSlice, slicesIn } from '../matching/slices.ts';
import { fqdnsOf, indexKey, servicesOf } from '../registry.ts';
import {
  flag,
  integer,
  jointly,
  json,
  list,
  Name,
  ofRequest,
  onProfile,
  onService,
  type Parameter,
  PlmnIds,
  type Query,
  shareOrAny,
  text,
} from './parameter.ts';
import { sliceItemsOf } from './slice-items.ts';

const Snssais = Type.Array(Snssai, { minItems: 1, maxItems: 64 });
const PlmnSnssais = Type.Array(PlmnSnssai, { minItems: 1, maxItems: 16 });
const Services = Type.Array(NfServiceInstance, { minItems: 1, maxItems: 64 });

export const GENERAL: Readonly<Record<string, Parameter>> = {
  'target-nf-type': onProfile(
    text(NFType),
    (nfType, profile) => profile.nfType === nfType,
    (nfType) => [indexKey.type(nfType)],
  ),
  'requester-nf-type': ofRequest(text(NFType)),
  'requester-nf-instance-id': ofRequest(text(NfInstanceId)),
  'requester-nf-instance-fqdn': ofRequest(text(Fqdn)),
  'requester-plmn-list': ofRequest(json(PlmnIds)),
  'requester-snpn-list': ofRequest(json(Type.Array(PlmnIdNid, { minItems: 1, maxItems: 16 }))),
  'requester-snssais': ofRequest(json(Type.Array(ExtSnssai, { minItems: 1, maxItems: 64 }))),
  'requester-plmn-specific-snssai-list': ofRequest(json(PlmnSnssais)),
  'requester-features': ofRequest(text(SupportedFeatures)),

  limit: ofRequest(integer({ minimum: 1 })),
  'max-payload-size': ofRequest(integer({ minimum: 1, maximum: 2_000 })),
  'max-payload-size-ext': ofRequest(integer({ minimum: 1 })),
  'complex-query': ofRequest(json(ComplexQuery)),
  'preferences-precedence': ofRequest(list(Name, 32)),
  'preferred-nf-instances': ofRequest(list(NfInstanceId)),
  'hnrf-uri': ofRequest(text(Uri)),
  /** That the NRF finds out the network of a ported number; there is no MNPF here that knows, so it is its own. */
  'target-nw-resolution': ofRequest(flag),

  'target-plmn-list': onProfile(json(PlmnIds), (plmnIds, { plmnList = [] }) =>
    plmnList.some((own) => plmnIds.some((plmnId) => samePlmn(own, plmnId))),
  ),
  'target-snpn': onProfile(json(PlmnIdNid), ({ nid, ...plmnId }, { snpnList = [] }) =>
    snpnList.some((own) => samePlmn(own, plmnId) && own.nid?.toLowerCase() === nid?.toLowerCase()),
  ),
  'target-hni': onProfile(text(Fqdn), (hni, { hniList = [] }) => hniList.some((own) => sameName(own, hni))),
  'target-nf-instance-id': onProfile(
    text(NfInstanceId),
    (id, profile) => profile.nfInstanceId === id.toLowerCase(),
    (id) => [indexKey.instance(id)],
  ),
  'target-nf-fqdn': onProfile(
    text(Fqdn),
    (fqdn, profile) => fqdnsOf(profile).some((own) => sameName(own, fqdn)),
    (fqdn) => [indexKey.fqdn(fqdn)],
  ),
  'target-nf-set-id': onProfile(
    text(NfSetId),
    (set, { nfSetIdList = [] }) => nfSetIdList.some((own) => sameName(own, set)),
    (set) => [indexKey.set(set)],
  ),
  /** The NRF that has the profile: this one, since it asks no other NRF of its PLMN. */
  'nrf-disc-uri': ofRequest(text(Uri)),
  /** Of the NF, and of what it tells slice by slice where it does. */
  snssais: onProfile(json(Snssais), (sNssais, profile, query) => {
    const own = slicesIn(profile, plmnsOf(query, profile));
    const items = infosOf(profile).flatMap(sliceItemsOf);
    return (
      (!own || shareSlice(sNssais, own)) &&
      (items.length === 0 || items.some(({ sNssai }) => !sNssai || shareSlice(sNssais, [sNssai])))
    );
  }),
  'plmn-specific-snssai-list': onProfile(json(PlmnSnssais), (wanted, profile) =>
    wanted.some(({ plmnId, sNssaiList }) => {
      const own = slicesIn(profile, [plmnId]);
      const here = profile.plmnList?.some((candidate) => samePlmn(candidate, plmnId)) ?? true;
      return own ? shareSlice(sNssaiList, own) : here;
    }),
  ),
  'nsi-list': onProfile(list(Name), (nsis, { nsiList }) => shareOrAny(nsiList, nsis)),
  'serving-scope': onProfile(list(Name), (areas, { servingScope }) => shareOrAny(servingScope, areas)),
  'exclude-nfinst-list': onProfile(
    list(NfInstanceId),
    (ids, profile) => !ids.some((id) => id.toLowerCase() === profile.nfInstanceId),
  ),
  'exclude-nfset-list': onProfile(
    list(NfSetId),
    (sets, { nfSetIdList = [] }) => !sets.some((set) => nfSetIdList.some((own) => sameName(own, set))),
  ),
  'notification-type': onProfile(text(Name), jointly('notification-type', isDefaultSubscriber)),
  'n1-msg-class': onProfile(text(Name), jointly('n1-msg-class', isDefaultSubscriber)),
  'n2-info-class': onProfile(text(Name), jointly('n2-info-class', isDefaultSubscriber)),

  'service-names': onService(
    list(ServiceName),
    (names, { serviceName }) => names.includes(serviceName),
    (names, nfType) => names.map((name) => indexKey.service(nfType, name)),
  ),
  'target-nf-service-set-id': onService(
    text(NfServiceSetId),
    (set, { nfServiceSetIdList = [] }) => nfServiceSetIdList.some((own) => sameName(own, set)),
    (set) => [indexKey.serviceSet(set)],
  ),
  'supported-features': onService(text(SupportedFeatures), (wanted, { supportedFeatures = '' }) =>
    hasFeatures(supportedFeatures, wanted),
  ),
  /** One for each of `service-names`, in its order. */
  'required-features': onService(list(SupportedFeatures), (wanted, service, query) => {
    const features = wanted[query['service-names']?.indexOf(service.serviceName) ?? 0];
    return features === undefined || hasFeatures(service.supportedFeatures ?? '', features);
  }),
  'exclude-nfservinst-list': onService(
    json(Services),
    (excluded, service, _query, profile) => !excluded.some((instance) => isService(instance, service, profile)),
  ),
  'exclude-nfserviceset-list': onService(
    list(NfServiceSetId),
    (sets, { nfServiceSetIdList = [] }) => !sets.some((set) => nfServiceSetIdList.some((own) => sameName(own, set))),
  ),
};

function plmnsOf(query: Query, { plmnList }: NFProfile): readonly PlmnId[] {
  return query['target-plmn-list'] ?? plmnList ?? [];
}

/** Names of NFs and sets are names of domains, and have no case (TS 23.003 28.3.2). */
function sameName(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

/** Features are bits of a hexadecimal number, the first one the lowest (TS 29.571 5.2.2). */
function hasFeatures(own: string, wanted: string): boolean {
  const missing = BigInt(`0x0${wanted}`) & ~BigInt(`0x0${own}`);
  return missing === 0n;
}

/** Whether an NF, or one of its services, takes a notification of this type and class by default. */
function isDefaultSubscriber(profile: NFProfile, query: Query): boolean {
  const { 'notification-type': type, 'n1-msg-class': n1, 'n2-info-class': n2 } = query;
  return [profile, ...servicesOf(profile)].some(({ defaultNotificationSubscriptions = [] }) =>
    defaultNotificationSubscriptions.some(
      ({ notificationType, n1MessageClass, n2InformationClass }) =>
        (type === undefined || notificationType === type) &&
        (n1 === undefined || n1MessageClass === n1) &&
        (n2 === undefined || n2InformationClass === n2),
    ),
  );
}

function isService(
  { serviceInstanceId, nfInstanceId, nfServiceSetId }: NfServiceInstance,
  service: NFService,
  profile: NFProfile,
): boolean {
  if (serviceInstanceId !== undefined && serviceInstanceId !== service.serviceInstanceId) return false;
  if (nfInstanceId !== undefined) return nfInstanceId.toLowerCase() === profile.nfInstanceId;
  return service.nfServiceSetIdList?.some((own) => sameName(own, nfServiceSetId ?? '')) === true;
}
