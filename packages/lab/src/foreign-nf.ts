/** An NF that somebody else runs beside ours: what it has to know, and whether it has come. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { NFProfile } from '@twincore/model';
import type { NfConfig } from '@twincore/sbi';
import { LabError } from './errors.ts';
import type { Operator } from './operator.ts';

/** What is an NF's own affair, where it is not one of ours. */
const OWN_AFFAIRS = ['ops', 'insecure', 'load', 'stateDir', 'trace', 'log', 'limits'] as const;

/**
 * What an NF needs to take part. The members are those of a configuration of ours, those of its type among them, so that one of
 * our NFs can be run from it as well. Files are PEM, but `tokens.keys`, which is a JWKS. `nrf` is where it registers, discovers
 * and asks for tokens; `tokens` whose tokens it accepts; `hosts` has the addresses of names that no DNS knows.
 */
export interface ForeignNf extends Omit<NfConfig, (typeof OWN_AFFAIRS)[number] | 'tls'> {
  /** Where the others will look for it: its profile has to say FQDN, address and port so. */
  readonly apiRoot: string;
  /** Without key and certificate where it has its own. */
  readonly tls: Pick<NfConfig['tls'], 'ca'> & Partial<NfConfig['tls']>;
}

/** The part of a configuration that is of use to an NF of another make. */
export function foreignNfOf(config: NfConfig, { ownCertificate = false } = {}): ForeignNf {
  const { tls, ...members } = config;
  const shared = Object.entries(members).filter(([name]) => !(OWN_AFFAIRS as readonly string[]).includes(name));
  return {
    ...(Object.fromEntries(shared) as Omit<ForeignNf, 'apiRoot' | 'tls'>),
    apiRoot: `https://${config.fqdn}:${config.sbi.port}`,
    tls: ownCertificate ? { ca: tls.ca } : tls,
  };
}

const POLL_MS = 100;

/** Resolves with the NF's profile once the NRF has it as REGISTERED. Ends with the signal's reason when that comes first. */
export async function registrationOf(
  operator: Pick<Operator, 'request'>,
  { nrf, nfInstanceId }: { nrf: string; nfInstanceId: string },
  signal: AbortSignal,
): Promise<NFProfile> {
  for (;;) {
    signal.throwIfAborted();
    const { status, body } = await operator.request({
      method: 'GET',
      url: `${nrf}/nnrf-nfm/v1/nf-instances/${nfInstanceId}`,
      operation: 'Nnrf_NFManagement_NFProfileRetrieval',
    });
    if (status === 200 && (body as NFProfile).nfStatus === 'REGISTERED') return body as NFProfile;
    if (status !== 200 && status !== 404) {
      throw new LabError(`the NRF answered ${status} to a question for ${nfInstanceId}`, 'Look into its log.');
    }
    await sleep(POLL_MS, undefined, { signal }).catch(() => {});
  }
}
