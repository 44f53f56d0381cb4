/**
 * Errors that any operation may answer although its document does not list them: what every NF must understand for the
 * method (TS 29.500 table 5.2.7.1-1, "M"), and what a SCP or SEPP on the way answers by itself (TS 29.500 6.10.8).
 */
const EVERY_METHOD = [400, 401, 403, 404, 429, 500, 503];
const WITH_BODY = [411, 413, 415];
const FROM_PROXIES = [502, 504, 508];
const BODY_METHODS = new Set(['PATCH', 'POST', 'PUT']);

export function isCommonError(method: string, status: number): boolean {
  return (
    EVERY_METHOD.includes(status) ||
    FROM_PROXIES.includes(status) ||
    (BODY_METHODS.has(method) && WITH_BODY.includes(status))
  );
}
