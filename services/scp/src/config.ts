/** Configuration of an SCP: what every NF has, and an NRF. */
import { NfConfig } from '@twincore/sbi';
import Type, { type Static } from 'typebox';

export const ScpConfig = Type.Object({
  ...Type.Omit(NfConfig, ['scp']).properties,
  /** Not optional here: the NRF knows the producers, their names, and who may have a token. */
  nrf: Type.Required(NfConfig).properties.nrf,
  /** Producers that one request is tried at. */
  maxProducers: Type.Integer({ minimum: 1, maximum: 10, default: 3 }),
});
export type ScpConfig = Static<typeof ScpConfig>;
