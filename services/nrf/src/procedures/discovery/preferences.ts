/** Query parameters that prefer some NFs to others (TS 29.510 6.2.3.2.3.1, PreferredSearch of 6.2.6.2.6). */
import { DurationSec, OpenEnum, ServiceName, Tai, VendorSpecificFeatures } from '@twincore/model';
import Type, { type Static } from 'typebox';
import { servesTai } from '../matching/ranges.ts';
import { flag, json, list, Name, type Parameter, preferring, text } from './parameter.ts';
import { isCombined } from './session-parameters.ts';

const mapOf = <T extends Type.TSchema>(value: T) =>
  Type.Record(Type.String(), value, { minProperties: 1, maxProperties: 64 });

export const PREFERENCES: Readonly<Record<string, Parameter>> = {
  'preferred-tai': preferring(
    json(Tai),
    (tai, { infos }) => infos.length === 0 || infos.some((info) => servesTai(info, tai)),
    'preferredTaiMatchInd',
  ),
  'preferred-full-plmn': preferring(
    flag,
    (wanted, { infos }) =>
      !wanted || infos.length === 0 || infos.some(({ taiList, taiRangeList }) => !taiList && !taiRangeList),
    'preferredFullPlmnMatchInd',
  ),
  'preferred-collocated-nf-types': preferring(
    list(OpenEnum('UPF', 'SMF', 'MB_UPF', 'MB_SMF')),
    (types, { profile: { collocatedNfInstances = [] } }) =>
      types.every((type) => collocatedNfInstances.some(({ nfType }) => nfType === type)),
    'preferredCollocatedNfTypeInd',
  ),
  'preferred-pgw-ind': preferring(
    flag,
    (wanted, { infos }) => infos.some(isCombined) === wanted,
    'preferredPgwMatchInd',
  ),
  'preferred-locality': preferring(
    text(Name),
    (locality, { profile }) => profile.locality === locality,
    'preferredLocalityMatchInd',
    'otherLocalityInd',
  ),
  'preferred-api-versions': preferring(
    json(
      Type.Record(ServiceName, Type.String({ pattern: '^(=|>=|>|<=|<|\\^)?v?[0-9][0-9A-Za-z.-]*$', maxLength: 64 })),
    ),
    (wanted, { services }) =>
      services.some(({ serviceName, versions }) => {
        const version = wanted[serviceName];
        return version !== undefined && versions.some((own) => satisfies(own, version));
      }),
    'preferredApiVersionsMatchInd',
    'otherApiVersionsInd',
  ),
  'preferred-vendor-specific-features': preferring(
    json(mapOf(VendorSpecificFeatures)),
    (wanted, { services }) =>
      services.some(({ serviceName, supportedVendorSpecificFeatures }) => {
        const features = wanted[serviceName];
        return features !== undefined && hasVendorFeatures(supportedVendorSpecificFeatures, features);
      }),
    'preferredVendorSpecificFeaturesInd',
  ),
  'preferred-vendor-specific-nf-features': preferring(
    json(VendorSpecificFeatures),
    (wanted, { profile }) => hasVendorFeatures(profile.supportedVendorSpecificFeatures, wanted),
    'preferredVendorSpecificFeaturesInd',
  ),
  /** An NWDAF that does the analytics within the time; one that names no delay promises none. */
  'preferred-analytics-delays': preferring(
    json(mapOf(DurationSec)),
    (wanted, { infos }) =>
      infos.some(({ analyticsDelay, eventIds, nwdafEvents }) =>
        Object.entries(wanted).some(
          ([event, delay]) =>
            analyticsDelay !== undefined &&
            analyticsDelay <= delay &&
            ((!eventIds && !nwdafEvents) || eventIds?.includes(event) || nwdafEvents?.includes(event)),
        ),
      ),
    'preferredAnalyticsDelaysInd',
  ),
};

const OPERATORS: Readonly<Record<string, (order: number, sameMajor: boolean) => boolean>> = {
  '=': (order) => order === 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '^': (order, sameMajor) => sameMajor && order >= 0,
};

/** Whether a version is the one that is preferred: `v1` is that in the URI, `1.2.0` the full one, after an operator if any. */
function satisfies(own: { apiVersionInUri: string; apiFullVersion: string }, preferred: string): boolean {
  const [, operator = '=', version = ''] = /^(=|>=|>|<=|<|\^)?(.*)$/.exec(preferred) ?? [];
  const numbers = (text: string) =>
    text
      .replace(/^v/, '')
      .split(/[.-]/)
      .map((part) => Number.parseInt(part, 10) || 0);
  const wanted = numbers(version);
  const offered = numbers(version.startsWith('v') ? own.apiVersionInUri : own.apiFullVersion);
  const differing = wanted.findIndex((number, at) => number !== (offered[at] ?? 0));
  const order = differing < 0 ? 0 : (offered[differing] ?? 0) - (wanted[differing] ?? 0);
  return OPERATORS[operator]?.(order, wanted[0] === offered[0]) === true;
}

type Vendor = Static<typeof VendorSpecificFeatures>;
function hasVendorFeatures(own: Vendor | undefined, wanted: Vendor): boolean {
  return Object.entries(wanted).every(([vendor, features]) =>
    features.every((feature) =>
      own?.[vendor]?.some(
        ({ featureName, featureVersion }) =>
          featureName === feature.featureName && featureVersion === feature.featureVersion,
      ),
    ),
  );
}
