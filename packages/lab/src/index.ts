export { findRun, PROJECT_ROOT, type RunDirectory } from './directory.ts';
export { LabError } from './errors.ts';
export { nfInstanceIdOf } from './instance-id.ts';
export { type Lab, type LabNf, type LabOptions, type LabStep, type NfState, startLab } from './lab.ts';
export type { Operator, OperatorRequest, OperatorResponse } from './operator.ts';
export * from './pki.ts';
export { readTrace } from './trace-files.ts';
export type { RegistrationOptions, RegistrationOutcome, Ue, UeStep } from './ue.ts';
export type { Usim } from './ue-file.ts';
