/** What a lab is made of, without the launcher: for whoever puts a PLMN together another way, as the testkit does. */
export { PROJECT_ROOT, type RunDirectory } from './directory.ts';
export { LabError } from './errors.ts';
export { type ForeignNf, foreignNfOf, registrationOf } from './foreign-nf.ts';
export { openHomeNetworkKeys } from './home-network-keys.ts';
export { nfConfigOf, type PreparedSite, prepareSite } from './nf-configs.ts';
export { createOperator } from './operator.ts';
export { openPlmnPki } from './pki.ts';
export type { Communication, NfPlan, SitePlan } from './topology.ts';
export { readTrace, traceSettled } from './trace-files.ts';
export { createUe } from './ue.ts';
