export { connectN2, listenN2, type N2Association, type N2Handler, type N2Server } from './association.ts';
export { type Frame, MAX_FRAME_OCTETS, N2ProtocolError } from './frames.ts';
export type { Cause, N2Message, N2MessageName, N2MessageOf, UserLocationInformation } from './messages.ts';
