/** The HTTP client of an NF of the lab: with its certificate, for who wants to see what that NF would get to see. */
import { readFileSync } from 'node:fs';
import { createMetrics, HttpClient, NfConfig, parseConfig } from '@twincore/sbi';
import pino from 'pino';
import type { NfInfo } from '../lab-info.ts';

/** The configuration that an NF was last started with. */
export function readNfConfig({ configFile }: NfInfo): NfConfig {
  return parseConfig(NfConfig, JSON.parse(readFileSync(configFile, 'utf8')), configFile);
}

/** To be closed by the caller. */
export function httpAs(config: NfConfig): HttpClient {
  const metrics = createMetrics({ nfType: config.nfType, plmn: 'lab' });
  return new HttpClient(config, { metrics, log: pino({ level: 'silent' }) });
}
