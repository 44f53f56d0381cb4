/** Nudm_UEContextManagement and Nudm_SubscriberDataManagement as the AMF consumes them (TS 29.503 clauses 5.2 and 5.3). */
import {
  AccessAndMobilitySubscriptionData,
  type Amf3GppAccessRegistration,
  type Amf3GppAccessRegistrationModification,
  type Guami,
  type PlmnId,
  SmfSelectionSubscriptionData,
} from '@twincore/model';
import type { SbiConsumer } from '@twincore/sbi';
import type { TSchema } from 'typebox';
import { fromHome, HomeFailure } from './home-failure.ts';

/** What a registration says of the UE; who registers is added on the way. */
export type Registration = Omit<Amf3GppAccessRegistration, 'amfInstanceId' | 'guami' | 'ratType'>;

/** The UDM of a UE's home network. Every method throws a {@link HomeFailure}. */
export interface SubscriberData {
  /** Makes this AMF the one that serves the UE over 3GPP access. */
  register(home: PlmnId, supi: string, registration: Registration): Promise<void>;
  /** Tells that this AMF serves the UE no more. */
  purge(home: PlmnId, supi: string): Promise<void>;
  /** The data for this network, undefined when there are none. */
  amData(home: PlmnId, supi: string): Promise<AccessAndMobilitySubscriptionData | undefined>;
  smfSelectData(home: PlmnId, supi: string): Promise<SmfSelectionSubscriptionData | undefined>;
}

/** {@link SubscriberData} by calls to UDMs. */
export function subscriberDataOf(
  consumer: Pick<SbiConsumer, 'call'>,
  { nfInstanceId: amfInstanceId, guami }: { readonly nfInstanceId: string; readonly guami: Guami },
): SubscriberData {
  const { mcc, mnc } = guami.plmnId;
  const plmnId = encodeURIComponent(JSON.stringify({ mcc, mnc }));
  const get = async <T extends TSchema>(home: PlmnId, supi: string, resource: string, schema: T) => {
    const answer = consumer.call<T>({
      operation: 'Nudm_SDM_Get',
      nfType: 'UDM',
      serviceName: 'nudm-sdm',
      apiVersion: 'v2',
      plmnId: home,
      method: 'GET',
      path: `/${supi}/${resource}?plmn-id=${plmnId}`,
      expect: [200],
      schema,
    });
    try {
      return (await fromHome('UDM', answer)).body;
    } catch (error) {
      if (error instanceof HomeFailure && error.reason === 'DATA_NOT_FOUND') return undefined;
      throw error;
    }
  };
  const context = (plmnId: PlmnId, supi: string) => ({
    nfType: 'UDM',
    serviceName: 'nudm-uecm',
    scopes: ['nudm-uecm:amf-registration:write'],
    plmnId,
    path: `/${supi}/registrations/amf-3gpp-access`,
  });

  return {
    async register(home, supi, registration) {
      const answer = consumer.call({
        ...context(home, supi),
        operation: 'Nudm_UECM_Registration',
        method: 'PUT',
        body: { ...registration, amfInstanceId, guami, ratType: 'NR' } satisfies Amf3GppAccessRegistration,
        expect: [200, 201, 204],
      });
      await fromHome('UDM', answer);
    },

    async purge(home, supi) {
      const answer = consumer.call({
        ...context(home, supi),
        operation: 'Nudm_UECM_Update',
        method: 'PATCH',
        body: { guami, purgeFlag: true } satisfies Amf3GppAccessRegistrationModification,
        contentType: 'application/merge-patch+json',
        expect: [200, 204],
      });
      await fromHome('UDM', answer);
    },

    amData: (home, supi) => get(home, supi, 'am-data', AccessAndMobilitySubscriptionData),
    smfSelectData: (home, supi) => get(home, supi, 'smf-select-data', SmfSelectionSubscriptionData),
  };
}
