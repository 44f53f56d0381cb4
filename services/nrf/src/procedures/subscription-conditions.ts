/** The conditions of a subscription: which NFs it is about (TS 29.510 6.1.6.2.35). */
import { type SubscrConditions, type SubscriptionData, subscrConditions } from '@twincore/model';
import { commonProblem } from '@twincore/sbi';
import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { servesMl } from './discovery/exposure-parameters.ts';
import { shareOrAny } from './discovery/parameter.ts';
import { sameGuami } from './discovery/session-parameters.ts';
import type { NfInfo } from './matching/infos.ts';
import { areasOverlap, rangesOverlap } from './matching/ranges.ts';
import { shareSlice, slicesIn } from './matching/slices.ts';
import { ANY_NF, indexKey, type OfferedService, type RegisteredNf } from './registry.ts';

type Conditions = {
  readonly [Name in keyof SubscrConditions]: {
    /** Index keys, one of which every NF has that meets the condition. */
    readonly keys: (condition: SubscrConditions[Name]) => readonly string[];
    /** What is left to ask of an NF with such a key. */
    readonly meets?: (
      condition: SubscrConditions[Name],
      nf: RegisteredNf,
      visible: readonly OfferedService[],
    ) => boolean;
  };
};

const CONDITIONS: Conditions = {
  NfInstanceIdCond: { keys: ({ nfInstanceId }) => [indexKey.instance(nfInstanceId)] },
  NfInstanceIdListCond: { keys: ({ nfInstanceIdList }) => nfInstanceIdList.map(indexKey.instance) },
  NfTypeCond: { keys: ({ nfType }) => [indexKey.type(nfType)] },
  ServiceNameCond: {
    keys: ({ serviceName }) => [indexKey.serviceOfAny(serviceName)],
    meets: ({ serviceName }, _nf, visible) => offers(visible, [serviceName]),
  },
  ServiceNameListCond: {
    keys: ({ serviceNameList }) => serviceNameList.map(indexKey.serviceOfAny),
    meets: ({ serviceNameList }, _nf, visible) => offers(visible, serviceNameList),
  },
  AmfCond: {
    keys: () => [indexKey.type('AMF')],
    meets: ({ amfSetId, amfRegionId }, { infos }) =>
      infos.some((info) => isOrAny(amfSetId, info.amfSetId) && isOrAny(amfRegionId, info.amfRegionId)),
  },
  GuamiListCond: {
    keys: ({ guamiList }) => guamiList.map(indexKey.guami),
    meets: (condition, { infos }) =>
      infos.some(({ guamiList = [] }) =>
        guamiList.some((own) => condition.guamiList.some((guami) => sameGuami(own, guami))),
      ),
  },
  NetworkSliceCond: {
    keys: () => [ANY_NF],
    meets: ({ snssaiList, nsiList }, nf) => serves(nf, snssaiList) && shareOrAny(nf.profile.nsiList, nsiList),
  },
  NfGroupCond: { keys: ({ nfType, nfGroupId }) => [indexKey.group(nfType, nfGroupId)] },
  NfGroupListCond: { keys: ({ nfType, nfGroupIdList }) => nfGroupIdList.map((id) => indexKey.group(nfType, id)) },
  NfSetCond: { keys: ({ nfSetId }) => [indexKey.set(nfSetId)] },
  NfServiceSetCond: {
    keys: ({ nfServiceSetId }) => [indexKey.serviceSet(nfServiceSetId)],
    meets: ({ nfSetId }, { keys }) => nfSetId === undefined || keys.has(indexKey.set(nfSetId)),
  },
  UpfCond: {
    keys: () => [indexKey.type('UPF')],
    meets: ({ smfServingArea, taiList }, { infos }) =>
      tells(infos, (info) => shareOrAny(info.smfServingArea, smfServingArea) && areasOverlap(info, { taiList })),
  },
  ScpDomainCond: {
    keys: () => [ANY_NF],
    meets: ({ scpDomains, nfTypeList }, { profile, infos }) =>
      (nfTypeList?.includes(profile.nfType) ?? true) &&
      [...(profile.scpDomains ?? []), ...infos.flatMap((info) => Object.keys(info.scpDomainInfoList ?? {}))].some(
        (domain) => scpDomains.includes(domain),
      ),
  },
  NwdafCond: {
    keys: () => [indexKey.type('NWDAF')],
    meets: ({ analyticsIds, snssaiList, mlAnalyticsList, ...collects }, nf) =>
      serves(nf, snssaiList) &&
      tells(
        nf.infos,
        (info) =>
          (shareOrAny(info.eventIds, analyticsIds) || shareOrAny(info.nwdafEvents, analyticsIds)) &&
          (mlAnalyticsList?.some((wanted) => info.mlAnalyticsList?.some((own) => servesMl(own, wanted))) ?? true) &&
          collectsFrom(info, collects),
      ),
  },
  NefCond: {
    keys: () => [indexKey.type('NEF')],
    meets: ({ afEvents, snssaiList, pfdData, ...wanted }, nf) =>
      serves(nf, snssaiList) &&
      tells(
        nf.infos,
        (info) =>
          shareOrAny(info.afEeData?.afEvents, afEvents) &&
          shareOrAny(info.pfdData?.appIds, pfdData?.appIds) &&
          shareOrAny(info.pfdData?.afIds, pfdData?.afIds) &&
          shareOrAny(info.servedFqdnList, wanted.servedFqdnList) &&
          rangesOverlap(info.gpsiRanges, wanted.gpsiRanges) &&
          rangesOverlap(info.externalGroupIdentifiersRanges, wanted.externalGroupIdentifiersRanges),
      ),
  },
  DccfCond: {
    keys: () => [indexKey.type('DCCF')],
    meets: (condition, { infos }) => tells(infos, (info) => collectsFrom(info, condition)),
  },
};

type Name = keyof SubscrConditions;
const NAMES = Object.keys(CONDITIONS) as Name[];
const validators = new Map(NAMES.map((name) => [name, Compile(subscrConditions[name] as TSchema)]));
/** Conditions whose members another one has as well, and then that one is meant. */
const ALSO: Partial<Record<Name, Name>> = { NfSetCond: 'NfServiceSetCond' };

/** A condition, read. */
export interface Condition {
  readonly keys: readonly string[];
  /** `visible` are the services that the subscriber may know of. */
  readonly meets: (nf: RegisteredNf, visible: readonly OfferedService[]) => boolean;
}
const EVERY_NF: Condition = { keys: [ANY_NF], meets: () => true };

/** Throws 400 OPTIONAL_IE_INCORRECT for one that is none of those of the TS, or several at once: it is never widened. */
export function conditionOf({ subscrCond }: SubscriptionData): Condition {
  if (subscrCond === undefined) return EVERY_NF;
  const fitting = NAMES.filter((name) => validators.get(name)?.Check(subscrCond));
  const typed = 'conditionType' in subscrCond;
  const meant = fitting
    .filter((name) => typed === 'conditionType' in subscrConditions[name].properties)
    .filter((name) => !fitting.some((other) => ALSO[name] === other));
  const [name] = meant;
  if (name === undefined || meant.length > 1) {
    throw commonProblem('OPTIONAL_IE_INCORRECT', undefined, [
      { param: '/subscrCond', reason: `must be exactly one of ${NAMES.join(', ')}` },
    ]);
  }
  const { keys, meets } = CONDITIONS[name] as Conditions['NfInstanceIdCond'];
  const condition = subscrCond as unknown as SubscrConditions['NfInstanceIdCond'];
  const ofKey = keys(condition);
  return {
    keys: ofKey,
    meets: (nf, visible) =>
      ofKey.some((key) => key === ANY_NF || nf.keys.has(key)) && (meets?.(condition, nf, visible) ?? true),
  };
}

function offers(visible: readonly OfferedService[], names: readonly string[]): boolean {
  return visible.some(({ service }) => names.includes(service.serviceName));
}

function isOrAny(wanted: string | undefined, own: string | undefined): boolean {
  return wanted === undefined || wanted.toLowerCase() === own?.toLowerCase();
}

function serves({ profile }: RegisteredNf, wanted: SubscrConditions['NetworkSliceCond']['snssaiList'] | undefined) {
  const own = slicesIn(profile, profile.plmnList ?? []);
  return !wanted || !own || shareSlice(own, wanted);
}

/** Whether one of the infos fits; an NF that tells nothing restricts itself to nothing. */
function tells(infos: readonly NfInfo[], fits: (info: NfInfo) => boolean): boolean {
  return infos.length === 0 ? fits({}) : infos.some(fits);
}

type Collects = Omit<SubscrConditions['DccfCond'], 'conditionType'>;
function collectsFrom(info: NfInfo, { servingNfTypeList, servingNfSetIdList, taiList, taiRangeList }: Collects) {
  return (
    shareOrAny(info.servingNfTypeList, servingNfTypeList) &&
    shareOrAny(info.servingNfSetIdList, servingNfSetIdList) &&
    areasOverlap(info, { taiList, taiRangeList })
  );
}
