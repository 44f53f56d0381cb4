/** JSON Patch (RFC 6902) on a stored resource: all operations or none, and only where the resource allows it. */
import { isDeepStrictEqual } from 'node:util';
import type { PatchItem } from '@twincore/model';
import { commonProblem, SbiProblem } from '@twincore/sbi';
import type { Static, TSchema } from 'typebox';
import { Pointer, Value } from 'typebox/value';

/** What of a resource a PATCH may write, as JSON Pointers; a `test` may look at everything. */
export interface PatchRules<T extends TSchema> {
  readonly schema: T;
  readonly writable: ReadonlySet<string>;
}

/** RFC 5789 2.2: the resource is not in the state that the patch presumes. The consumer reads it again. */
const conflict = (index: number, detail: string) => new SbiProblem(409, { detail: `operation ${index}: ${detail}` });

/**
 * The document after `patch`; the given one stays as it is.
 * @throws SbiProblem 409 when a `test` fails or a target does not exist, 403 MODIFICATION_NOT_ALLOWED for a member that may
 * not be written, 400 for an operation without value or a result that is not valid
 */
export function applyPatch<T extends TSchema>(
  document: Static<T>,
  patch: readonly PatchItem[],
  { schema, writable }: PatchRules<T>,
): Static<T> {
  const result = structuredClone(document) as object;
  for (const [index, item] of patch.entries()) {
    if (item.op === 'test') {
      requireValue(item, index);
      if (!Pointer.Has(result, item.path) || !isDeepStrictEqual(Pointer.Get(result, item.path), item.value)) {
        throw conflict(index, 'the value is another one');
      }
    } else {
      write(result, item, index, writable);
    }
  }
  if (Value.Check(schema, result)) return result as Static<T>;
  const params = Value.Errors(schema, result).map(({ instancePath, message }) => ({
    param: instancePath,
    reason: message,
  }));
  throw commonProblem('MANDATORY_IE_INCORRECT', 'the patch would leave an invalid resource', params);
}

function write(document: object, item: PatchItem, index: number, writable: ReadonlySet<string>): void {
  if (!writable.has(item.path) || item.op === 'copy' || item.op === 'move') {
    throw commonProblem('MODIFICATION_NOT_ALLOWED', `operation ${index}: ${item.op} ${item.path}`);
  }
  const parent = item.path.slice(0, item.path.lastIndexOf('/'));
  const target = item.op === 'add' ? parent : item.path;
  if (target !== '' && !Pointer.Has(document, target)) throw conflict(index, 'the target does not exist');
  if (item.op === 'remove') {
    Pointer.Delete(document, item.path);
  } else {
    requireValue(item, index);
    Pointer.Set(document, item.path, item.value);
  }
}

function requireValue(item: PatchItem, index: number): void {
  if (item.value === undefined) {
    throw commonProblem('MANDATORY_IE_MISSING', undefined, [{ param: `/${index}/value` }]);
  }
}
