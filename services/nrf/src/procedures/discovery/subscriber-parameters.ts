/** Query parameters about subscribers and the NFs that have their data (TS 29.510 6.2.3.2.3.1). */
import { DataSetId, Gpsi, GroupId, type IdentityRange, NfGroupId, PlmnId, Supi } from '@twincore/model';
import Type from 'typebox';
import type { NfInfo } from '../matching/infos.ts';
import { infosOf } from '../matching/infos.ts';
import { matchesPattern } from '../matching/linear-pattern.ts';
import { groupIn, identityIn, plmnIn } from '../matching/ranges.ts';
import { indexKey } from '../registry.ts';
import {
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
  text,
} from './parameter.ts';

const Digits = Type.String({ pattern: '^[0-9]{5,15}$' });
const IDENTITY_RANGES = [
  'supiRanges',
  'supiRangeList',
  'gpsiRanges',
  'gpsiRangeList',
  'externalGroupIdentifiersRanges',
  'internalGroupIdentifiersRanges',
  'imsiRanges',
  'imsPrivateIdentityRanges',
  'imsPublicIdentityRanges',
  'msisdnRanges',
] as const satisfies readonly (keyof NfInfo)[];

/** Whether an NF serves an identity: its ranges have it, or it has no ranges of identities at all (NOTE 1 of TS 29.510 6.1.6.2.7). */
function serves(
  info: NfInfo,
  ranges: readonly IdentityRange[] | undefined,
  isIn: (ranges: readonly IdentityRange[]) => boolean,
): boolean {
  return ranges ? isIn(ranges) : IDENTITY_RANGES.every((name) => info[name] === undefined);
}

export const SUBSCRIBERS: Readonly<Record<string, Parameter>> = {
  supi: onInfo(text(Supi), (supi, info) =>
    serves(info, info.supiRanges ?? info.supiRangeList, (ranges) => identityIn(supi, ranges)),
  ),
  gpsi: onInfo(text(Gpsi), (gpsi, info) =>
    serves(info, info.gpsiRanges ?? info.gpsiRangeList, (ranges) => identityIn(gpsi, ranges)),
  ),
  'external-group-identity': onInfo(
    text(Type.String({ pattern: '^extgroupid-[^@]+@[^@]+$', maxLength: 256 })),
    (group, info) => serves(info, info.externalGroupIdentifiersRanges, (ranges) => identityIn(group, ranges)),
  ),
  'internal-group-identity': onInfo(text(GroupId), (group, info) => {
    const ranges = info.internalGroupIdentifiersRanges;
    if (info.internalGroupId) return info.internalGroupId.includes(group);
    return ranges ? groupIn(group, ranges) : serves(info, undefined, () => false);
  }),
  imsi: onInfo(text(Digits), (imsi, info) => serves(info, info.imsiRanges, (ranges) => identityIn(imsi, ranges))),
  'ims-private-identity': onInfo(text(Name), (impi, info) =>
    serves(info, info.imsPrivateIdentityRanges, (ranges) => identityIn(impi, ranges)),
  ),
  'ims-public-identity': onInfo(text(Name), (impu, info) =>
    serves(info, info.imsPublicIdentityRanges, (ranges) => identityIn(impu, ranges)),
  ),
  msisdn: onInfo(text(Name), (msisdn, info) => serves(info, info.msisdnRanges, (ranges) => identityIn(msisdn, ranges))),
  'routing-indicator': onInfo(text(Type.String({ pattern: '^[0-9]{1,4}$' })), jointly('routing-indicator', servesSuci)),
  'home-pub-key-id': onInfo(integer({ minimum: 0, maximum: 255 }), jointly('home-pub-key-id', servesSuci)),
  'group-id-list': onProfile(
    list(NfGroupId),
    (groups, profile) => infosOf(profile).some(({ groupId }) => groupId !== undefined && groups.includes(groupId)),
    (groups, nfType) => groups.map((group) => indexKey.group(nfType, group)),
  ),
  'data-set': onInfo(text(DataSetId), (set, { supportedDataSets }) => includesOrAny(supportedDataSets, set)),
  'shared-data-id': onInfo(
    text(Type.String({ pattern: '^[0-9]{5,6}-.+$', maxLength: 256 })),
    (id, { sharedDataIdRanges }) =>
      sharedDataIdRanges?.some(({ pattern }) => pattern === undefined || (matchesPattern(pattern, id) ?? true)) ?? true,
  ),
  'chf-supported-plmn': onInfo(json(PlmnId), (plmnId, { plmnRangeList }) =>
    plmnRangeList ? plmnIn(plmnId, plmnRangeList) : true,
  ),
  'realm-id': onInfo(text(Name), (realm, { storageIdRanges }) => !storageIdRanges || realm in storageIdRanges),
  /** Of that realm, if one is given. */
  'storage-id': onInfo(text(Name), (id, { storageIdRanges }, query) => {
    if (!storageIdRanges) return true;
    const realm = query['realm-id'];
    const ranges = realm === undefined ? Object.values(storageIdRanges).flat() : (storageIdRanges[realm] ?? []);
    return identityIn(id, ranges);
  }),
};

/** Routing indicator and home network public key are of one SUCI, and have to be in one entry where the NF lists them so. */
function servesSuci(info: NfInfo, query: Query): boolean {
  const { 'routing-indicator': indicator, 'home-pub-key-id': key } = query;
  if (info.suciInfos) {
    return info.suciInfos.some(
      ({ routingInds, hNwPubKeyIds }) =>
        (indicator === undefined || includesOrAny(routingInds, indicator)) &&
        (key === undefined || includesOrAny(hNwPubKeyIds, key)),
    );
  }
  return indicator === undefined || includesOrAny(info.routingIndicators, indicator);
}
