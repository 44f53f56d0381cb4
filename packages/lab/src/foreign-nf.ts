/** An NF that somebody else runs beside ours: what it has to know, and whether it has come. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { NFProfile } from '@twincore/model';
import type { NfConfig } from '@twincore/sbi';
import { LabError } from './errors.ts';
import type { Operator } from './operator.ts';

/**
 * What an NF needs to take part. The members are those of a configuration of ours, so that one of our NFs can be run from it as
 * well; all files are PEM but `tokens.keys`, which is a JWKS.
 */
export interface ForeignNf
  extends Pick<NfConfig, 'nfInstanceId' | 'nfType' | 'plmnId' | 'fqdn' | 'sbi' | 'tls' | 'hosts' | 'sNssais'> {
  /** Where the others will look for it: its profile has to say FQDN, address and port so. */
  readonly apiRoot: string;
  /** Where it registers, discovers others and asks for tokens. */
  readonly nrf?: NonNullable<NfConfig['nrf']>;
  /** Whose tokens it has to accept, and no others. */
  readonly tokens?: NonNullable<NfConfig['tokens']>;
  readonly sepp?: NonNullable<NfConfig['sepp']>;
  readonly scp?: NonNullable<NfConfig['scp']>;
}

/** The part of a configuration that is of use to an NF of another make. */
export function foreignNfOf(config: NfConfig): ForeignNf {
  const { nfInstanceId, nfType, plmnId, fqdn, sbi, nrf, tls, tokens, sepp, scp, hosts, sNssais } = config;
  return {
    nfInstanceId,
    nfType,
    plmnId,
    fqdn,
    apiRoot: `https://${fqdn}:${sbi.port}`,
    sbi,
    ...(nrf ? { nrf } : {}),
    tls,
    ...(tokens ? { tokens } : {}),
    ...(sepp ? { sepp } : {}),
    ...(scp ? { scp } : {}),
    hosts,
    sNssais,
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
