/** 3GPP's OpenAPI documents, where they are. */
import { resolve } from 'node:path';
import { PROJECT_ROOT } from '@twincore/lab/parts';

export { checkRecords, renderReport } from '@twincore/conformance';

/** Where `twincore conformance` looks for them too. */
export function specsDirectory(given = process.env.TWINCORE_SPECS): string {
  return resolve(given ?? resolve(PROJECT_ROOT, '../shared/3gpp-openapi'));
}
