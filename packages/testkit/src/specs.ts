/** 3GPP's OpenAPI documents, which are not part of twincore. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { PROJECT_ROOT } from '@twincore/lab/parts';

/** Where they are: `TWINCORE_SPECS`, or where `twincore conformance` looks too. */
export function specsDirectory(given = process.env.TWINCORE_SPECS): string {
  return resolve(given ?? resolve(PROJECT_ROOT, '../shared/3gpp-openapi'));
}

/** Whether there is anything that {@link Exchanges.assertConformant} could compare with. */
export const hasSpecs = (specs?: string): boolean => existsSync(specsDirectory(specs));
