/** The form of an entry in the table of query parameters. */
import { type ExtSnssai, type MbsSessionId, type NFProfile, type NFService, PlmnId } from '@twincore/model';
import Type, { type Static, type TSchema } from 'typebox';
import type { NfInfo } from '../matching/infos.ts';

/** How a value is written in a URI: as it is, separated by commas, or as JSON text (`content: application/json`). */
export type Style = 'text' | 'integer' | 'boolean' | 'list' | 'json';

/** Parsed parameters by name. Those that are typed here belong together with others, and the others look at them. */
export interface Query extends Readonly<Record<string, unknown>> {
  readonly snssais?: readonly ExtSnssai[];
  readonly dnn?: string;
  readonly 'dnai-list'?: readonly string[];
  readonly 'target-plmn-list'?: readonly PlmnId[];
  readonly 'service-names'?: readonly string[];
  readonly 'routing-indicator'?: string;
  readonly 'home-pub-key-id'?: number;
  readonly 'realm-id'?: string;
  readonly 'n1-msg-class'?: string;
  readonly 'n2-info-class'?: string;
  readonly 'notification-type'?: string;
  readonly 'mbs-session-id-list'?: readonly MbsSessionId[];
}

interface Base {
  readonly style: Style;
  readonly schema: TSchema;
}
/** Selects NFs by their profile as a whole. */
export interface ProfileFilter extends Base {
  readonly on: 'profile';
  readonly matches: (value: unknown, profile: NFProfile, query: Query) => boolean;
  /** Keys of the registry's index, one of which each matching NF has. */
  readonly keys?: (value: unknown, targetNfType: string) => readonly string[];
}
/** Selects NFs by what they tell of their type of NF; all such filters of a query have to hold for one and the same info. */
export interface InfoFilter extends Base {
  readonly on: 'info';
  readonly matches: (value: unknown, info: NfInfo, query: Query) => boolean;
}
/** Selects services, and NFs that have such a service. */
export interface ServiceFilter extends Base {
  readonly on: 'service';
  readonly matches: (value: unknown, service: NFService, query: Query, profile: NFProfile) => boolean;
  readonly keys?: (value: unknown, targetNfType: string) => readonly string[];
}
/** Prefers some of the NFs that were found. */
export interface Preference extends Base {
  readonly on: 'preference';
  readonly prefers: (value: unknown, candidate: Preferred) => boolean;
  /** The member of PreferredSearch that tells whether such were found. */
  readonly indicator: string;
  /** The member that tells of others beside them; without one, others are left out as soon as one is found that is preferred. */
  readonly others?: string;
}
export interface Preferred {
  readonly profile: NFProfile;
  readonly infos: readonly NfInfo[];
  readonly services: readonly NFService[];
}
/** Says who asks, in which form and order the answer is to be, or where to ask. */
export interface RequestParameter extends Base {
  readonly on: 'request';
}
export type Filter = ProfileFilter | InfoFilter | ServiceFilter;
export type Parameter = Filter | Preference | RequestParameter;

/** A style with its schema; what these say together is how the parameter looks. */
interface Form<T extends TSchema> {
  readonly style: Style;
  readonly schema: T;
}
export const text = <T extends TSchema>(schema: T): Form<T> => ({ style: 'text', schema });
export const json = <T extends TSchema>(schema: T): Form<T> => ({ style: 'json', schema });
export const list = <T extends TSchema>(item: T, maxItems = 64) => ({
  style: 'list' as const,
  schema: Type.Array(item, { minItems: 1, maxItems }),
});
export const flag: Form<ReturnType<typeof Type.Boolean>> = { style: 'boolean', schema: Type.Boolean() };
export const integer = (options: { minimum?: number; maximum?: number } = {}) => ({
  style: 'integer' as const,
  schema: Type.Integer(options),
});
export const Name = Type.String({ minLength: 1, maxLength: 256 });
export const PlmnIds = Type.Array(PlmnId, { minItems: 1, maxItems: 16 });

export function onProfile<T extends TSchema>(
  form: Form<T>,
  matches: (value: Static<T>, profile: NFProfile, query: Query) => boolean,
  keys?: (value: Static<T>, targetNfType: string) => readonly string[],
): ProfileFilter {
  return { ...form, on: 'profile', matches: matches as never, ...(keys ? { keys: keys as never } : {}) };
}

export function onInfo<T extends TSchema>(
  form: Form<T>,
  matches: (value: Static<T>, info: NfInfo, query: Query) => boolean,
): InfoFilter {
  return { ...form, on: 'info', matches: matches as never };
}

export function onService<T extends TSchema>(
  form: Form<T>,
  matches: (value: Static<T>, service: NFService, query: Query, profile: NFProfile) => boolean,
  keys?: (value: Static<T>, targetNfType: string) => readonly string[],
): ServiceFilter {
  return { ...form, on: 'service', matches: matches as never, ...(keys ? { keys: keys as never } : {}) };
}

export function preferring<T extends TSchema>(
  form: Form<T>,
  prefers: (value: Static<T>, candidate: Preferred) => boolean,
  indicator: string,
  others?: string,
): Preference {
  return { ...form, on: 'preference', prefers: prefers as never, indicator, ...(others ? { others } : {}) };
}

/** A matcher of one parameter that has to hold together with others, for the same part of a profile. */
export const jointly =
  <V, P>(name: string, matches: (part: P, query: Query) => boolean) =>
  (value: V, part: P, query: Query): boolean =>
    matches(part, query[name] === value ? query : { ...query, [name]: value });

export const ofRequest = <T extends TSchema>(form: Form<T>): RequestParameter => ({ ...form, on: 'request' });

/** Attributes that restrict an NF where they are present, and where they are absent it serves all. */
export function includesOrAny<T>(own: readonly T[] | undefined, value: T): boolean {
  return own?.includes(value) ?? true;
}
export function shareOrAny<T>(own: readonly T[] | undefined, values: readonly T[] | undefined): boolean {
  return !own || !values || values.some((value) => own.includes(value));
}
/** Whether everything that is asked for is supported: each member that is true. */
export function supports(own: object | undefined, wanted: object): boolean {
  const members = (own ?? {}) as Record<string, unknown>;
  return Object.entries(wanted).every(([name, value]) => value !== true || members[name] === true);
}
