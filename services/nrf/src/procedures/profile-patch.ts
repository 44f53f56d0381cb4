/** The JSON Patch of NFUpdate (TS 29.510 5.2.2.3, RFC 6902): all operations or none, and the result is a valid profile. */
import { isDeepStrictEqual } from 'node:util';
import { NFProfile, type PatchItem } from '@twincore/model';
import { commonProblem, SbiProblem } from '@twincore/sbi';
import { applyPatch, type Operation, Pointer } from 'rfc6902';
import { Compile } from 'typebox/compile';

const profileValidator = Compile(NFProfile);
const MAX_INVALID_PARAMS = 20;

/** Attributes that identify an NF; another identity is another registration. */
const IMMUTABLE = ['nfInstanceId', 'nfType'] as const;
/** What a heartbeat tells of an NF and of its services (TS 29.510 5.2.2.3.2). */
const HEARTBEAT_PATH =
  /^\/(nfStatus|load|loadTimeStamp|nfService(s|List)\/[^/]+\/(nfServiceStatus|load|loadTimeStamp))$/;

/** Whether a patch only says that the NF is alive, in which state, and how busy it is. */
export function isHeartbeat(patch: readonly PatchItem[]): boolean {
  return patch.every(({ op, path }) => (op === 'replace' || op === 'add') && HEARTBEAT_PATH.test(path));
}

/**
 * The profile after `patch`; the given one stays as it is.
 * @throws SbiProblem 409 where the profile is not as the patch presumes, 403 MODIFICATION_NOT_ALLOWED for an identity and for
 * `copy`, 400 with invalidParams for a malformed operation or result
 */
export function patchProfile(profile: NFProfile, patch: readonly PatchItem[]): NFProfile {
  checkOperations(patch);
  const changed: unknown = structuredClone(profile);
  for (const [index, operation] of patch.entries()) {
    const failure = apply(changed, operation);
    if (failure) throw new SbiProblem(409, { detail: `operation ${index}: ${failure}` });
  }
  if (!profileValidator.Check(changed)) {
    const errors = profileValidator.Errors(changed).slice(0, MAX_INVALID_PARAMS);
    const params = errors.map(({ instancePath, message }) => ({ param: instancePath || '/', reason: message }));
    throw commonProblem('MANDATORY_IE_INCORRECT', 'the patch would leave an invalid profile', params);
  }
  for (const name of IMMUTABLE) {
    if (changed[name] !== profile[name]) throw commonProblem('MODIFICATION_NOT_ALLOWED', `${name} cannot be changed`);
  }
  return changed;
}

/** Operations that RFC 6902 does not know, and those that could do more than change a profile. */
function checkOperations(patch: readonly PatchItem[]): void {
  for (const [index, item] of patch.entries()) {
    // A few dozen copies of something into itself would fill the memory.
    if (item.op === 'copy') throw commonProblem('MODIFICATION_NOT_ALLOWED', 'copy is not supported');
    const { mandatory, pointers } = item.op === 'move' ? MOVE : NEEDS_VALUE.has(item.op) ? CHANGE : REMOVE;
    const missing = mandatory.find((name) => !(name in item));
    if (missing) throw commonProblem('MANDATORY_IE_MISSING', undefined, [{ param: `/${index}/${missing}` }]);
    for (const name of pointers) {
      if (isPointer(item[name] ?? '')) continue;
      throw commonProblem('MANDATORY_IE_INCORRECT', undefined, [
        { param: `/${index}/${name}`, reason: 'is no JSON Pointer to an attribute' },
      ]);
    }
  }
}

const NEEDS_VALUE: ReadonlySet<string> = new Set(['add', 'replace', 'test']);
const MOVE = { mandatory: ['from'], pointers: ['path', 'from'] } as const;
const CHANGE = { mandatory: ['value'], pointers: ['path'] } as const;
const REMOVE = { mandatory: [], pointers: ['path'] } as const;
/** Names that mean something to JavaScript, and no attribute of a profile. */
const RESERVED: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype', 'length']);

function isPointer(text: string): boolean {
  return text.startsWith('/') && !text.split('/').some((token) => RESERVED.has(token));
}

/** Applies one operation in place; says why it does not fit, if so. */
function apply(target: unknown, operation: PatchItem): string | undefined {
  if (operation.op === 'test') {
    const equal = isDeepStrictEqual(Pointer.fromJSON(operation.path).get(target), operation.value);
    return equal ? undefined : 'the value is another one';
  }
  try {
    return applyPatch(target, [operation as Operation])[0]?.message;
  } catch {
    // The library assumes that a parent is an object or a list, and here it was neither.
    return 'there is no such place in the profile';
  }
}
