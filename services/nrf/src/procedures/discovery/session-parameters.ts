/** Query parameters about AMF, SMF, UPF, PCF, BSF and what is near them (TS 29.510 6.2.3.2.3.1). */
import {
  AccessType,
  AmfRegionId,
  AmfSetId,
  AtsssCapability,
  Dnai,
  Dnn,
  Fqdn,
  GatewayInfo,
  Guami,
  guamiToString,
  IpAddr,
  IpIndex,
  Ipv4Addr,
  Ipv6Prefix,
  MbsSessionId,
  NsacfCapability,
  PduSessionType,
  ProSeCapability,
  samePlmn,
  Tai,
  V2xCapability,
} from '@twincore/model';
import Type, { type Static } from 'typebox';
import { infosOf, type NfInfo } from '../matching/infos.ts';
import { ipv4In, ipv6PrefixIn, sameIp, servesTai } from '../matching/ranges.ts';
import { indexKey } from '../registry.ts';
import {
  flag,
  includesOrAny,
  integer,
  jointly,
  json,
  list,
  Name,
  onInfo,
  onProfile,
  type Parameter,
  type Query,
  supports,
  text,
} from './parameter.ts';
import { servesTogether } from './slice-items.ts';

const sameText = (a: string | undefined, b: string) => a?.toLowerCase() === b.toLowerCase();
/** An attribute that is true or, absent as well, false. */
const is = (of: (info: NfInfo) => boolean | undefined) =>
  onInfo(flag, (wanted, info) => (of(info) ?? false) === wanted);
/** An attribute that may be left open. */
const isOrMayBe = (of: (info: NfInfo) => boolean | undefined) =>
  onInfo(flag, (wanted, info) => (of(info) ?? wanted) === wanted);
/** A capability that is asked for or not; `false` asks for nothing. */
const can = (of: (info: NfInfo) => boolean | undefined) => onInfo(flag, (wanted, info) => !wanted || of(info) === true);

export const SESSIONS: Readonly<Record<string, Parameter>> = {
  tai: onInfo(json(Tai), (tai, info) => servesTai(info, tai)),
  'tai-list': onInfo(json(Type.Array(Tai, { minItems: 1, maxItems: 256 })), (tais, info) =>
    tais.some((tai) => servesTai(info, tai)),
  ),
  'amf-region-id': onInfo(text(AmfRegionId), (region, { amfRegionId }) => sameText(amfRegionId, region)),
  'amf-set-id': onInfo(text(AmfSetId), (set, { amfSetId }) => sameText(amfSetId, set)),
  /** An AMF that is a backup for the GUAMI is found as well, after that which has it. */
  guami: onProfile(
    json(Guami),
    (guami, profile) =>
      infosOf(profile).some(({ guamiList = [], backupInfoAmfFailure = [], backupInfoAmfRemoval = [] }) =>
        [...guamiList, ...backupInfoAmfFailure, ...backupInfoAmfRemoval].some((own) => sameGuami(own, guami)),
      ),
    (guami) => [indexKey.guami(guami)],
  ),
  'support-onboarding-capability': can((info) => info.amfOnboardingCapability ?? info.smfOnboardingCapability),
  'high-latency-com': onInfo(
    { style: 'boolean', schema: Type.Literal(true) },
    (_true, { highLatencyCom }) => highLatencyCom === true,
  ),

  dnn: onInfo(text(Dnn), jointly('dnn', servesTogether)),
  'dnai-list': onInfo(list(Dnai), jointly('dnai-list', servesTogether)),
  'ipv4-index': onInfo(json(IpIndex), jointly('ipv4-index', servesTogether)),
  'ipv6-index': onInfo(json(IpIndex), jointly('ipv6-index', servesTogether)),
  'redundant-transport': onInfo(flag, jointly('redundant-transport', servesTogether)),
  'pdu-session-types': onInfo(
    list(PduSessionType),
    (types, info, query) =>
      (info.pduSessionTypes === undefined || types.every((type) => info.pduSessionTypes?.includes(type))) &&
      servesTogether(info, { ...query, 'pdu-session-types': types }),
  ),
  'access-type': onInfo(text(AccessType), (type, { accessType }) => includesOrAny(accessType, type)),
  'smf-serving-area': onInfo(text(Name), (area, { smfServingArea }) => includesOrAny(smfServingArea, area)),
  'pgw-ind': is((info) => isCombined(info)),
  pgw: onInfo(text(Fqdn), (fqdn, { pgwFqdn, pgwFqdnList = [] }) =>
    [pgwFqdn, ...pgwFqdnList].some((own) => sameText(own, fqdn)),
  ),
  'pgw-ip': onInfo(json(IpAddr), (address, { pgwIpAddrList = [] }) =>
    pgwIpAddrList.some((own) => sameIp(own, address)),
  ),
  'vsmf-support-ind': isOrMayBe(({ vsmfSupportInd }) => vsmfSupportInd),
  'ismf-support-ind': isOrMayBe(({ ismfSupportInd }) => ismfSupportInd),

  'upf-iwk-eps-ind': is(({ iwkEpsInd }) => iwkEpsInd),
  'upf-ue-ip-addr-ind': is(({ ueIpAddrInd }) => ueIpAddrInd),
  'redundant-gtpu': is(({ redundantGtpu }) => redundantGtpu),
  ipups: is(({ ipups }) => ipups),
  'data-forwarding': is(({ dataForwarding }) => dataForwarding),
  'atsss-capability': onInfo(json(AtsssCapability), (wanted, { atsssCapability }) => supports(atsssCapability, wanted)),
  'w-agf-info': onInfo(json(GatewayInfo), (wanted, { wAgfInfo }) => sameGateway(wAgfInfo, wanted)),
  'tngf-info': onInfo(json(GatewayInfo), (wanted, { tngfInfo }) => sameGateway(tngfInfo, wanted)),
  'twif-info': onInfo(json(GatewayInfo), (wanted, { twifInfo }) => sameGateway(twifInfo, wanted)),
  'required-pfcp-features': onInfo(
    text(Type.String({ pattern: '^([A-Fa-f0-9]{2}){1,32}$' })),
    (wanted, { supportedPfcpFeatures = '' }) => hasOctets(supportedPfcpFeatures, wanted),
  ),

  'ue-ipv4-address': onInfo(text(Ipv4Addr), (address, info) => {
    const ranges = info.ipv4AddressRanges ?? info.servedIpv4AddressRanges;
    return ranges ? ipv4In(address, ranges) : true;
  }),
  'ue-ipv6-prefix': onInfo(text(Ipv6Prefix), (prefix, info) => {
    const ranges = info.ipv6PrefixRanges ?? info.servedIpv6PrefixRanges;
    return ranges ? ipv6PrefixIn(prefix, ranges) : true;
  }),
  'ip-domain': onInfo(text(Name), (domain, { ipDomainList }) => includesOrAny(ipDomainList, domain)),
  'v2x-support-ind': is(({ v2xSupportInd }) => v2xSupportInd),
  'prose-support-ind': is(({ proseSupportInd }) => proseSupportInd),
  'v2x-capability': onInfo(json(V2xCapability), (wanted, { v2xCapability }) => supports(v2xCapability, wanted)),
  'prose-capability': onInfo(json(ProSeCapability), (wanted, { proseCapability }) => supports(proseCapability, wanted)),
  'nsacf-capability': onInfo(json(NsacfCapability), (wanted, { nsacfCapability }) => supports(nsacfCapability, wanted)),
  'nsac-sai': onInfo(text(Name), (area, { nsacSaiList }) => includesOrAny(nsacSaiList, area)),
  'upf-n6-ip': onInfo(
    json(IpAddr),
    (address, { upfN6IpAddressList }) => upfN6IpAddressList?.some((own) => sameIp(own, address)) ?? true,
  ),

  'mbsmf-serving-area': onInfo(text(Name), (area, { mbSmfServingArea }) => includesOrAny(mbSmfServingArea, area)),
  'mbs-session-id-list': onInfo(
    json(Type.Array(MbsSessionId, { minItems: 1, maxItems: 64 })),
    jointly('mbs-session-id-list', servesMbsSession),
  ),
  'area-session-id': onInfo(integer({ minimum: 0, maximum: 65535 }), jointly('area-session-id', servesMbsSession)),
};

/** A combined SMF and PGW-C says where its PGW-C is. */
export function isCombined({ pgwFqdn, pgwFqdnList, pgwIpAddrList }: NfInfo): boolean {
  return pgwFqdn !== undefined || pgwFqdnList !== undefined || pgwIpAddrList !== undefined;
}

export function sameGuami(a: Guami, b: Guami): boolean {
  return guamiToString(a) === guamiToString(b) && a.plmnId.nid?.toLowerCase() === b.plmnId.nid?.toLowerCase();
}

type Gateway = Static<typeof GatewayInfo>;
function sameGateway(own: Gateway | undefined, wanted: Gateway): boolean {
  if (!own) return false;
  const shares = (name: 'ipv4EndpointAddresses' | 'ipv6EndpointAddresses') =>
    wanted[name]?.some((address) => own[name]?.includes(address)) === true;
  const named = wanted.endpointFqdn !== undefined && sameText(own.endpointFqdn, wanted.endpointFqdn);
  return named || shares('ipv4EndpointAddresses') || shares('ipv6EndpointAddresses');
}

/** UP function features are bits of octets, counted from the first one (TS 29.244 8.2.25). */
function hasOctets(own: string, wanted: string): boolean {
  const [have, want] = [Buffer.from(own, 'hex'), Buffer.from(wanted, 'hex')];
  return want.every((octet, at) => (octet & ~(have[at] ?? 0)) === 0);
}

/** Sessions that an MB-SMF serves, or whose TMGI is in a range that it assigns from. */
function servesMbsSession({ mbsSessionList, tmgiRangeList }: NfInfo, query: Query): boolean {
  const wanted = query['mbs-session-id-list'];
  const area = query['area-session-id'];
  const served = Object.values(mbsSessionList ?? {}).some(
    ({ mbsSessionId, mbsAreaSessions }) =>
      (!wanted || wanted.some((id) => sameSession(id, mbsSessionId))) &&
      (area === undefined || Object.values(mbsAreaSessions ?? {}).some(({ areaSessionId }) => areaSessionId === area)),
  );
  if (served || area !== undefined) return served;
  return Object.values(tmgiRangeList ?? {}).some(({ mbsServiceIdStart, mbsServiceIdEnd, plmnId }) =>
    wanted?.some(({ tmgi }) => {
      const id = tmgi?.mbsServiceId.toLowerCase() ?? '';
      const inRange = mbsServiceIdStart.toLowerCase() <= id && id <= mbsServiceIdEnd.toLowerCase();
      return tmgi !== undefined && samePlmn(tmgi.plmnId, plmnId) && inRange;
    }),
  );
}

function sameSession(a: MbsSessionId, b: MbsSessionId): boolean {
  if (a.tmgi && b.tmgi) {
    return samePlmn(a.tmgi.plmnId, b.tmgi.plmnId) && sameText(a.tmgi.mbsServiceId, b.tmgi.mbsServiceId);
  }
  if (!a.ssm || !b.ssm) return false;
  return sameIp(a.ssm.sourceIpAddr, b.ssm.sourceIpAddr) && sameIp(a.ssm.destIpAddr, b.ssm.destIpAddr);
}
