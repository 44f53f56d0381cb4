import { PlmnId } from '@twincore/model';
import { NfConfig } from '@twincore/sbi';
import Type, { type Static } from 'typebox';

export const UdmConfig = Type.Object({
  ...NfConfig.properties,
  /**
   * JSON file with the SIDF's keys: a list of { homeNetworkPublicKeyId, protectionScheme: 1 or 2, privateKey: hex }. Without
   * it only SUCIs of the null scheme can be revealed.
   */
  homeNetworkKeys: Type.Optional(Type.String({ minLength: 1 })),
  /**
   * Serving networks that may authenticate subscribers. Absent: each one that reaches the AUSF, which has compared the name
   * with the PLMN that the N32 connection and the token prove.
   */
  allowedServingNetworks: Type.Optional(Type.Array(PlmnId)),
});
export type UdmConfig = Static<typeof UdmConfig>;
