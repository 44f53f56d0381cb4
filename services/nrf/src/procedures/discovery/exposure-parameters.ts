/** Query parameters about exposure, analytics, location, SCP and SEPP (TS 29.510 6.2.3.2.3.1). */
import {
  AfEventExposureData,
  AnNodeType,
  Fqdn,
  Ipv4Addr,
  Ipv6Prefix,
  MlAnalyticsInfo,
  NFType,
  NfSetId,
  PfdData,
  PlmnId,
  PlmnIdNid,
  RatType,
  samePlmn,
} from '@twincore/model';
import Type from 'typebox';
import { infosOf } from '../matching/infos.ts';
import { matchesName } from '../matching/linear-pattern.ts';
import { ipv4In, ipv6PrefixIn, sameTai } from '../matching/ranges.ts';
import { shareSlice } from '../matching/slices.ts';
import {
  flag,
  includesOrAny,
  json,
  list,
  Name,
  onInfo,
  onProfile,
  type Parameter,
  shareOrAny,
  text,
} from './parameter.ts';

export const EXPOSURE: Readonly<Record<string, Parameter>> = {
  'nef-id': onInfo(text(Name), (id, { nefId }) => nefId === id),
  'pfd-data': onInfo(
    json(PfdData),
    ({ appIds, afIds }, { pfdData }) => shareOrAny(pfdData?.appIds, appIds) && shareOrAny(pfdData?.afIds, afIds),
  ),
  'af-ee-data': onInfo(json(AfEventExposureData), ({ afEvents, afIds, appIds }, { afEeData, afEvents: own }) => {
    const events = afEeData?.afEvents ?? own;
    return (
      events !== undefined &&
      afEvents.every((event) => events.includes(event)) &&
      shareOrAny(afEeData?.afIds, afIds) &&
      shareOrAny(afEeData?.appIds, appIds)
    );
  }),
  'uas-nf-functionality-ind': onInfo(
    flag,
    (wanted, { uasNfFunctionalityInd = false }) => uasNfFunctionalityInd === wanted,
  ),

  'event-id-list': onInfo(list(Name), (events, { eventIds }) =>
    events.every((event) => includesOrAny(eventIds, event)),
  ),
  'nwdaf-event-list': onInfo(list(Name), (events, { nwdafEvents }) =>
    events.every((event) => includesOrAny(nwdafEvents, event)),
  ),
  'analytics-aggregation-ind': onInfo(
    flag,
    (wanted, { nwdafCapability }) => (nwdafCapability?.analyticsAggregation ?? false) === wanted,
  ),
  'analytics-metadata-prov-ind': onInfo(
    flag,
    (wanted, { nwdafCapability }) => (nwdafCapability?.analyticsMetadataProvisioning ?? false) === wanted,
  ),
  'serving-nf-set-id': onInfo(text(NfSetId), (set, { servingNfSetIdList }) => includesOrAny(servingNfSetIdList, set)),
  'serving-nf-type': onInfo(text(NFType), (nfType, { servingNfTypeList }) => includesOrAny(servingNfTypeList, nfType)),
  'ml-analytics-info-list': onInfo(
    json(Type.Array(MlAnalyticsInfo, { minItems: 1, maxItems: 64 })),
    (wanted, { mlAnalyticsList = [] }) => wanted.some((one) => mlAnalyticsList.some((own) => servesMl(own, one))),
  ),

  'client-type': onInfo(json(Name), (type, { servingClientTypes }) => includesOrAny(servingClientTypes, type)),
  'lmf-id': onInfo(json(Name), (id, { lmfId }) => lmfId === id),
  'an-node-type': onInfo(json(AnNodeType), (type, { servingAnNodeTypes }) => includesOrAny(servingAnNodeTypes, type)),
  'rat-type': onInfo(json(RatType), (type, { servingRatTypes }) => includesOrAny(servingRatTypes, type)),
  'gmlc-number': onInfo(
    text(Type.String({ pattern: '^[0-9]{5,15}$' })),
    (number, { gmlcNumbers }) => gmlcNumbers?.includes(number) === true,
  ),

  'scp-domain-list': onProfile(list(Name), (domains, profile) => {
    const own = [
      ...(profile.scpDomains ?? []),
      ...infosOf(profile).flatMap(({ scpDomainInfoList = {} }) => Object.keys(scpDomainInfoList)),
    ];
    return domains.every((domain) => own.includes(domain));
  }),
  'address-domain': onInfo(
    text(Fqdn),
    (fqdn, { addressDomains }) => addressDomains?.some((domain) => isInDomain(fqdn, domain)) ?? true,
  ),
  'ipv4-addr': onInfo(text(Ipv4Addr), (address, { ipv4Addresses, ipv4AddrRanges }) => {
    if (!ipv4Addresses && !ipv4AddrRanges) return true;
    return ipv4Addresses?.includes(address) === true || ipv4In(address, ipv4AddrRanges ?? []);
  }),
  'ipv6-prefix': onInfo(text(Ipv6Prefix), (prefix, { ipv6Prefixes, ipv6PrefixRanges }) => {
    if (!ipv6Prefixes && !ipv6PrefixRanges) return true;
    const single = (ipv6Prefixes ?? []).map((own) => ({ start: own, end: own }));
    return ipv6PrefixIn(prefix, [...single, ...(ipv6PrefixRanges ?? [])]);
  }),
  'served-nf-set-id': onInfo(text(NfSetId), (set, { servedNfSetIdList }) => includesOrAny(servedNfSetIdList, set)),
  /** A SEPP that names no network reaches all of them; an SCP has to say so. */
  'remote-plmn-id': onProfile(json(PlmnId), (plmnId, profile) => {
    const lists = infosOf(profile).flatMap(({ remotePlmnList }) => (remotePlmnList ? [remotePlmnList] : []));
    if (lists.length === 0) return profile.nfType === 'SEPP';
    return lists.flat().some((own) => samePlmn(own, plmnId));
  }),
  'remote-snpn-id': onInfo(json(PlmnIdNid), ({ nid, ...plmnId }, { remoteSnpnList = [] }) =>
    remoteSnpnList.some((own) => samePlmn(own, plmnId) && own.nid?.toLowerCase() === nid?.toLowerCase()),
  ),
};

/** Whether a model provider has what is wanted: the analytics, in the slice and the place. */
export function servesMl(own: MlAnalyticsInfo, wanted: MlAnalyticsInfo): boolean {
  const places = !own.trackingAreaList || !wanted.trackingAreaList;
  return (
    (wanted.mlAnalyticsIds ?? []).every((id) => includesOrAny(own.mlAnalyticsIds, id)) &&
    (!own.snssaiList || !wanted.snssaiList || shareSlice(own.snssaiList, wanted.snssaiList)) &&
    (places ||
      wanted.trackingAreaList?.some((tai) => own.trackingAreaList?.some((other) => sameTai(tai, other))) === true)
  );
}

/** A domain is a pattern (TS 29.510 6.1.6.2.65); a plain name stands for what is below it too. */
function isInDomain(fqdn: string, domain: string): boolean {
  const [name, end] = [fqdn.toLowerCase(), domain.toLowerCase()];
  return name === end || name.endsWith(`.${end}`) || matchesName(domain, fqdn) === true;
}
