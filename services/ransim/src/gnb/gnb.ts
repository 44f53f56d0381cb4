/** A gNB with one cell: NAS relay between UEs and an AMF, and the UE contexts that N2 keeps (TS 38.413 clause 8). */
import type { Cause, N2Message, N2MessageName, N2MessageOf, UserLocationInformation } from '@twincore/n2';
import type { FastifyBaseLogger } from 'fastify';
import type { GnbConfig, N2Settings } from '../config.ts';
import { type Cell, type RadioConnection, type RadioUe, type ReleasedBy, securityModeMacI } from '../radio.ts';
import { N2Link } from './n2-link.ts';
import { type UeContext, UeContexts } from './ue-contexts.ts';

type Handlers = { readonly [N in N2MessageName]?: (message: N2MessageOf<N>) => void };

const radio = (value: string): Cause => ({ group: 'radioNetwork', value });

export class Gnb implements Cell {
  readonly name: string;
  readonly plmnId: Cell['plmnId'];
  readonly tai: Cell['tai'];
  readonly #location: UserLocationInformation;
  readonly #contexts = new UeContexts();
  readonly #link: N2Link;
  readonly #log: FastifyBaseLogger;

  /** Connects to the AMF from now on. */
  constructor(config: GnbConfig, settings: N2Settings, log: FastifyBaseLogger) {
    this.name = config.name;
    this.plmnId = config.plmnId;
    this.tai = { plmnId: config.plmnId, tac: config.tac };
    this.#location = { nrCgi: { plmnId: config.plmnId, nrCellId: config.nrCellId }, tai: this.tai };
    this.#log = log.child({ gnb: config.name });
    this.#link = new N2Link(config, settings, log, {
      onMessage: (message) => this.#receive(message),
      onLost: () => this.#lost(),
    });
  }

  ready(): Promise<boolean> {
    return this.#link.whenReady();
  }

  /** RRC setup. The context ends with UE CONTEXT RELEASE, or with the association. */
  connect(ue: RadioUe): RadioConnection {
    const context = this.#contexts.add(ue);
    return {
      sendInitial: (nasPdu, traceparent, fiveGSTmsi) =>
        this.#link.send(
          {
            message: 'InitialUEMessage',
            ranUeNgapId: context.ranUeNgapId,
            nasPdu: nasPdu.toString('hex'),
            userLocationInformation: this.#location,
            rrcEstablishmentCause: 'mo-Signalling',
            ueContextRequest: 'requested',
            ...(fiveGSTmsi ? { fiveGSTmsi } : {}),
          },
          traceparent,
        ),
      send: (nasPdu, traceparent) => this.#uplink(context, nasPdu, traceparent),
      leave: () => this.#leave(context),
    };
  }

  close(): Promise<void> {
    return this.#link.close();
  }

  #uplink(context: UeContext, nasPdu: Buffer, traceparent: string): void {
    const ids = idsOf(context);
    // A UE that has left sends nothing, and before the AMF's first message only the initial one could be sent.
    if (!ids || !context.ue) return;
    const location = { userLocationInformation: this.#location };
    this.#link.send(
      { message: 'UplinkNASTransport', ...ids, nasPdu: nasPdu.toString('hex'), ...location },
      traceparent,
    );
  }

  /** The AMF releases what it knows of; a context that it has not answered yet is ended by the gNB alone. */
  #leave(context: UeContext): void {
    if (!context.ue) return;
    context.ue = undefined;
    const ids = idsOf(context);
    if (!ids) {
      this.#contexts.remove(context);
      return;
    }
    this.#link.send({ message: 'UEContextReleaseRequest', ...ids, cause: radio('radio-connection-with-ue-lost') });
  }

  #lost(): void {
    for (const context of this.#contexts.clear()) release(context, 'gNB');
  }

  readonly #handlers: Handlers = {
    DownlinkNASTransport: (message) => {
      this.#contextOf(message)?.ue?.onNas(Buffer.from(message.nasPdu, 'hex'));
    },

    InitialContextSetupRequest: (message) => {
      const context = this.#contextOf(message);
      const ids = context && idsOf(context);
      if (!ids) return;
      const fail = () =>
        this.#link.send({
          message: 'InitialContextSetupFailure',
          ...ids,
          cause: radio('failure-in-radio-interface-procedure'),
        });
      const { ue } = context;
      if (!ue) {
        fail();
        return;
      }
      const activated = ue.onSecurityModeCommand(securityModeMacI(Buffer.from(message.securityKey, 'hex')));
      // The UE takes what it is sent in order, so the NAS message waits there for the security mode procedure.
      if (message.nasPdu !== undefined) ue.onNas(Buffer.from(message.nasPdu, 'hex'));
      activated.then((success) => {
        if (success) this.#link.send({ message: 'InitialContextSetupResponse', ...ids });
        else fail();
      });
    },

    UEContextReleaseCommand: ({ ueNgapIds, cause }) => {
      const context = this.#contextOf(ueNgapIds);
      if (!context) return;
      this.#log.debug({ cause }, 'UE context released');
      this.#contexts.remove(context);
      this.#link.send({ message: 'UEContextReleaseComplete', ...ueNgapIds });
      release(context, 'AMF');
    },

    ErrorIndication: ({ ranUeNgapId, cause }) => {
      this.#log.warn({ cause }, 'ERROR INDICATION from the AMF');
      const context = ranUeNgapId === undefined ? undefined : this.#contexts.get(ranUeNgapId);
      if (!context) return;
      // The AMF does not know the UE, or not by these ids: nothing more can come of this context.
      this.#contexts.remove(context);
      release(context, 'AMF');
    },
  };

  #receive(message: N2Message): void {
    const handle = this.#handlers[message.message] as ((message: N2Message) => void) | undefined;
    if (handle) {
      handle(message);
      return;
    }
    this.#log.warn({ message: message.message }, 'an N2 message that a gNB does not take');
    const cause: Cause = { group: 'protocol', value: 'message-not-compatible-with-receiver-state' };
    this.#link.send({ message: 'ErrorIndication', cause });
  }

  /** The context of a UE-associated message; a wrong pair of ids is answered as TS 38.413 10.6 says. */
  #contextOf(ids: { readonly amfUeNgapId: number; readonly ranUeNgapId: number }): UeContext | undefined {
    const { amfUeNgapId, ranUeNgapId } = ids;
    const context = this.#contexts.get(ranUeNgapId);
    if (context && (context.amfUeNgapId ?? amfUeNgapId) === amfUeNgapId) {
      context.amfUeNgapId = amfUeNgapId;
      return context;
    }
    const cause = radio(context ? 'inconsistent-remote-UE-NGAP-ID' : 'unknown-local-UE-NGAP-ID');
    this.#link.send({ message: 'ErrorIndication', amfUeNgapId, ranUeNgapId, cause });
    return undefined;
  }
}

function idsOf({ amfUeNgapId, ranUeNgapId }: UeContext): { amfUeNgapId: number; ranUeNgapId: number } | undefined {
  return amfUeNgapId === undefined ? undefined : { amfUeNgapId, ranUeNgapId };
}

function release(context: UeContext, by: ReleasedBy): void {
  const { ue } = context;
  context.ue = undefined;
  ue?.onReleased(by);
}
