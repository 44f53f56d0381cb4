/** Where the specifications describe what a trace shows: the steps of a registration, by NAS message and service operation. */
import type { TraceRecord } from '@twincore/sbi';

const NAS_STEPS: Readonly<Record<string, string>> = {
  'registration request': 'TS 23.502 4.2.2.2.2 step 1',
  'identity request': 'TS 23.502 4.2.2.2.2 step 6',
  'identity response': 'TS 23.502 4.2.2.2.2 step 7',
  'authentication request': 'TS 33.501 6.1.3.2.0 step 6',
  'authentication response': 'TS 33.501 6.1.3.2.0 step 8',
  'authentication failure': 'TS 33.501 6.1.3.3.1',
  'authentication reject': 'TS 33.501 6.1.3.2.2',
  'security mode command': 'TS 33.501 6.7.2 step 1b',
  'security mode complete': 'TS 33.501 6.7.2 step 2b',
  'registration accept': 'TS 23.502 4.2.2.2.2 step 21',
  'registration complete': 'TS 23.502 4.2.2.2.2 step 22',
  'registration reject': 'TS 24.501 5.5.1.2.5',
};

/** By operation; where one operation serves two steps, with the method before it. */
const SBI_STEPS: Readonly<Record<string, string>> = {
  'POST Nausf_UEAuthentication_Authenticate': 'TS 33.501 6.1.2 (answer: 6.1.3.2.0 step 5)',
  'PUT Nausf_UEAuthentication_Authenticate': 'TS 33.501 6.1.3.2.0 steps 10, 12',
  Nudm_UEAuthentication_Get: 'TS 33.501 6.1.3.2.0 steps 1, 2',
  Nudm_UEAuthentication_ResultConfirmation: 'TS 33.501 6.1.4.1a',
  Nudm_UECM_Registration: 'TS 23.502 4.2.2.2.2 step 14a',
  Nudm_SDM_Get: 'TS 23.502 4.2.2.2.2 step 14b',
  Nudm_SDM_Subscribe: 'TS 23.502 4.2.2.2.2 step 14c',
  Nudm_UECM_DeregistrationNotification: 'TS 23.502 4.2.2.2.2 step 14d',
  Nnrf_NFDiscovery_Request: 'TS 23.502 4.17.4',
  Nnrf_AccessToken_Get: 'TS 33.501 13.4.1',
};

/** The clause and step of a record, or undefined where the procedure's clauses do not speak of it. */
export function stepOf(record: TraceRecord): string | undefined {
  if (record.kind === 'nas') return NAS_STEPS[record.message.toLowerCase()];
  return SBI_STEPS[`${record.method} ${record.operation}`] ?? SBI_STEPS[record.operation];
}
