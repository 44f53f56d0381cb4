/** NAS messages in the recorded exchange. */
import { messageTypeOf, type NasMessage, peekHeader, SECURITY_HEADER, type SecurityHeaderType } from '@twincore/nas';
import { type NasTraceRecord, preciseNow, type TraceContext, type TraceParty, type TraceRecorder } from '@twincore/sbi';

/** Names of TS 24.501 9.3.1. */
const SECURITY: Readonly<Record<SecurityHeaderType, string>> = {
  0: 'plain',
  1: 'integrity protected',
  2: 'integrity protected and ciphered',
  3: 'integrity protected with new 5G NAS security context',
  4: 'integrity protected and ciphered with new 5G NAS security context',
};
const UE: TraceParty = { nfType: 'UE' };

export interface NasRecord {
  readonly direction: 'up' | 'down';
  readonly message: NasMessage | string;
  readonly n2: string;
  readonly securityHeaderType: SecurityHeaderType;
  /** What belongs beside the message. */
  readonly detail?: Readonly<Record<string, unknown>>;
}

export type RecordNas = (record: NasRecord, context: TraceContext) => void;

/** Writes records of NAS messages between UEs and `amf`. */
export function nasRecorder(recorder: TraceRecorder | undefined, amf: TraceParty): RecordNas {
  if (!recorder) return () => {};
  return ({ direction, message, n2, securityHeaderType, detail }, { traceId }) => {
    const [from, to] = direction === 'up' ? [UE, amf] : [amf, UE];
    const record: NasTraceRecord = {
      kind: 'nas',
      at: preciseNow(),
      traceId,
      from,
      to,
      message: titleOf(typeof message === 'string' ? message : message.messageType),
      n2,
      security: SECURITY[securityHeaderType],
      detail: { ...(typeof message === 'string' ? {} : readable(message)), ...detail },
    };
    recorder.write(record);
  };
}

/** The type of a message that was not let in, as far as it shows. */
export function describeRefused(pdu: Uint8Array): Pick<NasRecord, 'message' | 'securityHeaderType'> {
  try {
    const header = peekHeader(pdu);
    const clear = header.securityHeaderType === SECURITY_HEADER.plain ? header : peekHeader(header.payload);
    const type = clear.securityHeaderType === SECURITY_HEADER.plain ? messageTypeOf(clear.messageCode) : undefined;
    return { message: type ?? 'unreadable message', securityHeaderType: header.securityHeaderType };
  } catch {
    return { message: 'unreadable message', securityHeaderType: SECURITY_HEADER.plain };
  }
}

/** `Registration request`, as TS 24.501 writes the name of a message in running text. */
function titleOf(messageType: string): string {
  const text = messageType
    .toLowerCase()
    .replace(/\bue\b/, 'UE')
    .replace('5gmm', '5GMM');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Octet strings in hexadecimal; the recorder hides the ones that are secrets by their names. */
function readable(value: unknown): Record<string, unknown> {
  const { messageType: _, ...members } = value as Record<string, unknown>;
  return Object.fromEntries(
    Object.entries(members).map(([name, member]) => [
      name,
      member instanceof Uint8Array ? Buffer.from(member).toString('hex') : member,
    ]),
  );
}
