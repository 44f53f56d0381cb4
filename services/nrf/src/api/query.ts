/** Query parameters whose value is JSON text (TS 29.510 6.2.3.2.3.1, `content: application/json` in the OpenAPI). */
import { commonProblem } from '@twincore/sbi';
import type { Static, TSchema } from 'typebox';
import { Value } from 'typebox/value';

/** The value of an optional parameter; undefined when it is absent. Throws 400 OPTIONAL_QUERY_PARAM_INCORRECT. */
export function jsonParameter<T extends TSchema>(
  schema: T,
  param: string,
  text: string | undefined,
): Static<T> | undefined {
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    if (Value.Check(schema, value)) return value as Static<T>;
  } catch {
    // Not JSON is as wrong as JSON of another shape.
  }
  throw commonProblem('OPTIONAL_QUERY_PARAM_INCORRECT', undefined, [{ param }]);
}
