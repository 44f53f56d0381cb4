/**
 * Errors that any operation may answer although its document does not list them: what every NF must understand for the
 * method (TS 29.500 table 5.2.7.1-1, "M"), and what a SCP or SEPP on the way answers by itself (TS 29.500 6.10.8).
 * `specs.test.ts` holds the table against the documents, whose complete lists of errors are these.
 */
export const MANDATORY_ERRORS: Readonly<Record<string, readonly number[]>> = {
  GET: [400, 401, 403, 404, 406, 429, 500, 503],
  DELETE: [400, 401, 403, 404, 429, 500, 503],
  POST: [400, 401, 403, 404, 411, 413, 415, 429, 500, 503],
  PUT: [400, 401, 403, 404, 411, 413, 415, 429, 500, 503],
  PATCH: [400, 401, 403, 404, 411, 413, 415, 429, 500, 503],
};
/** For methods that the table does not have (OPTIONS, HEAD). */
const EVERY_METHOD = [400, 401, 403, 404, 429, 500, 503];
const FROM_PROXIES = [502, 504, 508];

export function isCommonError(method: string, status: number): boolean {
  return (MANDATORY_ERRORS[method] ?? EVERY_METHOD).includes(status) || FROM_PROXIES.includes(status);
}
