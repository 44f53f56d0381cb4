/** Configuration of a SEPP. Everything that NfConfig says holds as well; `tls` is the identity toward the own PLMN. */
import { Fqdn, PlmnId } from '@twincore/model';
import { NfConfig, TlsFiles } from '@twincore/sbi';
import Type, { type Static } from 'typebox';

const Port = Type.Integer({ minimum: 0, maximum: 65535 });

/** Another PLMN whose SEPP this one talks to. */
export const Partner = Type.Object({
  plmnId: PlmnId,
  n32: Type.Object({ fqdn: Fqdn, host: Type.String(), port: Port }),
  /** PEM file of the CA that issues the partner's SEPP certificates; believed for that partner only. */
  ca: Type.String({ minLength: 1 }),
});
export type Partner = Static<typeof Partner>;

export const SeppConfig = Type.Object({
  ...NfConfig.properties,
  /** Not optional here: the NRF knows which targets exist in the own PLMN. */
  nrf: Type.Required(NfConfig).properties.nrf,
  /** The border: where partners connect, and the identity shown to them. */
  n32: Type.Object({
    host: Type.String({ default: '127.0.0.1' }),
    port: Port,
    fqdn: Fqdn,
    tls: Type.Pick(TlsFiles, ['key', 'cert']),
  }),
  partners: Type.Array(Partner, { default: [] }),
});
export type SeppConfig = Static<typeof SeppConfig>;
