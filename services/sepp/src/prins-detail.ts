/** What the trace shows of a message under PRINS that was received: what was clear, where something was encrypted, who changed what. */
import { describeBlock, type ReceivedMessage } from '@twincore/n32';
import type { PrinsMessageDetail } from '@twincore/sbi';

interface Received {
  readonly modifications: readonly { readonly identity: string; readonly operations: readonly unknown[] }[];
}

/** `received` has the modifications, whose signers are verified. */
export function messageDetail({ text }: ReceivedMessage, { modifications }: Received): PrinsMessageDetail {
  return {
    ...describeBlock(text),
    ...(modifications.length > 0
      ? { modifications: modifications.map(({ identity, operations }) => ({ signer: identity, operations })) }
      : {}),
  };
}
