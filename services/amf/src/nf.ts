/** Composition of the AMF. */
import { join } from 'node:path';
import { type Guami, plmnToString, servingNetworkNameOf } from '@twincore/model';
import { encodeMessage } from '@twincore/nas';
import { ConfigError, type Nf, type NfDefinition } from '@twincore/sbi';
import { openStore } from '@twincore/store';
import { callbackPath, deregNotification } from './api/dereg-notification.ts';
import { type HomeAuthentication, homeAuthenticationOf } from './clients/ausf.ts';
import { type SubscriberData, subscriberDataOf } from './clients/udm.ts';
import { AmfConfig } from './config.ts';
import { Sessions, startN2 } from './n2/server.ts';
import { nasRecorder } from './nas/trace.ts';
import { deregisteredByHome } from './procedures/dereg-notification.ts';
import { begin } from './procedures/dispatch.ts';
import type { Environment } from './procedures/environment.ts';
import { recognize } from './procedures/recognize.ts';
import { UeContexts } from './procedures/ue-contexts.ts';

/** The home networks of UEs, as the AMF calls them. */
export interface Homes {
  readonly ausf: HomeAuthentication;
  readonly udm: SubscriberData;
}

const guamiOf = ({ plmnId, amfId }: AmfConfig): Guami => ({ plmnId, amfId: amfId.toLowerCase() });

/** An AMF over the given home networks; tests put a stand-in there. */
export function amfOver(homesOf: (nf: Nf<AmfConfig>) => Homes): NfDefinition<AmfConfig> {
  return {
    configSchema: AmfConfig,

    // No service is offered yet: what others ask of an AMF comes with what asks it.
    profile: (config) => {
      const amfId = Number.parseInt(config.amfId, 16);
      return {
        amfInfo: {
          amfRegionId: config.amfId.slice(0, 2),
          amfSetId: ((amfId >> 6) & 0x3ff).toString(16).padStart(3, '0'),
          guamiList: [guamiOf(config)],
          taiList: config.taiList,
        },
      };
    },

    async build(nf) {
      const { config, log, server } = nf;
      checkTimers(config);
      const guami = guamiOf(config);
      const store = openStore(join(config.stateDir, 'amf.sqlite'));
      const contexts = new UeContexts(store, guami);
      const registrations = nf.metrics.counter('amf_registrations_total', 'Registrations by outcome', ['outcome']);
      const apiRoot = `${config.insecure.cleartext ? 'http' : 'https'}://${config.fqdn}:${config.sbi.port}`;
      const environment: Environment = {
        config,
        guami,
        contexts,
        ...homesOf(nf),
        callbackUri: (callbackId) => apiRoot + callbackPath(callbackId),
        onRegistration: (outcome) => registrations.inc({ outcome }),
        warn: (about, error) => log.warn({ reason: error instanceof Error ? error.message : String(error) }, about),
      };
      const { nfType, nfInstanceId, plmnId } = config;
      const sessions = new Sessions({
        contexts,
        recordNas: nasRecorder(nf.trace, { nfType, nfInstanceId, plmn: plmnToString(plmnId) }),
        retransmissions: config.timers.retransmissions,
        recognize: (pdu) => recognize(contexts, pdu),
        begin: (session, received) => begin(session, received, environment),
      });
      deregNotification(server, (caller, callbackId, data) =>
        deregisteredByHome(environment, (supi) => sessions.of(supi), caller, callbackId, data),
      );
      const n2 = await startN2({ listen: config.n2, amf: { ...config, guami }, log, sessions });
      return {
        async close() {
          await n2.close();
          await sessions.close();
          await store.close();
        },
      };
    },
  };
}

export const amf = amfOver(({ consumer, config }) => ({
  ausf: homeAuthenticationOf(consumer, servingNetworkNameOf(config.plmnId)),
  udm: subscriberDataOf(consumer, { nfInstanceId: config.nfInstanceId, guami: guamiOf(config) }),
}));

/** Throws {@link ConfigError} for timers that NAS cannot express, before a UE is the first to notice. */
function checkTimers({ t3512, t3346 }: AmfConfig): void {
  try {
    encodeMessage({ messageType: 'REGISTRATION ACCEPT', registrationResult: { access: '3GPP' }, t3512 });
    encodeMessage({ messageType: 'REGISTRATION REJECT', fiveGmmCause: 22, t3346 });
  } catch (error) {
    throw new ConfigError(`t3512 or t3346: ${(error as Error).message}`);
  }
}
