/** What the trace shows of a message under PRINS: what is clear, where something is encrypted, who changed what. */
import type { ReceivedMessage } from '@twincore/n32';
import type { PrinsMessageDetail } from '@twincore/sbi';

interface Received {
  readonly modifications: readonly { readonly identity: string; readonly operations: readonly unknown[] }[];
}

/** The clear part of a message, out of the text of its DataToIntegrityProtectBlock. */
export function blockDetail(aad: string): PrinsMessageDetail {
  const clear = JSON.parse(aad) as Record<string, unknown>;
  return { clear, encrypted: encryptedPlaces(clear) };
}

/** A message that was received, with the modifications whose signers were verified. */
export function messageDetail({ text }: ReceivedMessage, { modifications }: Received): PrinsMessageDetail {
  return {
    ...blockDetail(text),
    ...(modifications.length > 0
      ? { modifications: modifications.map(({ identity, operations }) => ({ signer: identity, operations })) }
      : {}),
  };
}

/** Where a reference to an encrypted value stands, as people find it: a header's name, a pointer into the body, or the URI. */
function encryptedPlaces(block: Record<string, unknown>): string[] {
  const places: string[] = [];
  for (const { header, value } of list(block.headers)) if (isReference(value)) places.push(`header ${header}`);
  for (const { iePath, value } of list(block.payload)) if (isReference(value)) places.push(`body ${iePath}`);
  if (JSON.stringify(block.requestLine ?? '').includes('encBlockIndex')) places.unshift('URI');
  return places;
}

const list = (value: unknown) => (Array.isArray(value) ? (value as Record<string, unknown>[]) : []);
const isReference = (value: unknown) => JSON.stringify(value ?? null).includes('"encBlockIndex"');
