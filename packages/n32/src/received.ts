/** An N32-f message as it came in: its shape, and what can be read before anything is verified. */
import { DataToIntegrityProtectBlock, type FlatJweJson, type MetaData } from '@twincore/model';
import { Compile } from 'typebox/compile';
import { N32fError } from './errors.ts';
import { hasDuplicateMembers, isObject, parseJson } from './json.ts';
import { fromBase64url } from './jwe.ts';

export type Block = DataToIntegrityProtectBlock & { metaData: MetaData };

/** Nothing in here is to be believed but to find the context that verifies it. */
export interface ReceivedMessage {
  readonly jwe: FlatJweJson;
  /** DataToIntegrityProtectBlock, of which `text` is the source. */
  readonly block: Block;
  readonly text: string;
  /** As they came; absent when there were none. */
  readonly modifications: readonly unknown[];
}

const blockValidator = Compile(DataToIntegrityProtectBlock);

/** The text of metaData.authorizedIpxId when no IPX may modify (TS 29.573 6.2.5.2.9). */
export const NO_IPX = 'NULL';

/**
 * Reads N32fReformattedReqMsg or RspMsg from JSON text.
 * @throws N32fError MESSAGE_RECONSTRUCTION_FAILED when it is none, INTEGRITY_CHECK_FAILED when its AAD is no block,
 * INTEGRITY_CHECK_ON_MODIFICATIONS_FAILED when its modificationsBlock is no list of signed objects
 */
export function readMessage(source: string | Uint8Array): ReceivedMessage {
  const text = typeof source === 'string' ? source : Buffer.from(source).toString('utf8');
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    throw new N32fError('MESSAGE_RECONSTRUCTION_FAILED', 'the message is no JSON');
  }
  if (!isObject(message) || !isObject(message.reformattedData)) {
    throw new N32fError('MESSAGE_RECONSTRUCTION_FAILED', 'the message has no reformattedData');
  }
  if (hasDuplicateMembers(text, message)) {
    throw new N32fError('MESSAGE_RECONSTRUCTION_FAILED', 'the message has a member twice');
  }
  const jwe = message.reformattedData as FlatJweJson;
  const aad = fromBase64url(jwe.aad);
  if (!aad) throw new N32fError('INTEGRITY_CHECK_FAILED', 'aad is no base64url text');
  const { block, text: blockText } = readBlock(aad);
  const { messageId, n32fContextId: contextId } = block.metaData;
  const modifications = message.modificationsBlock ?? [];
  if (!Array.isArray(modifications) || (message.modificationsBlock !== undefined && modifications.length === 0)) {
    throw new N32fError('INTEGRITY_CHECK_ON_MODIFICATIONS_FAILED', 'modificationsBlock is no list', {
      messageId,
      contextId,
    });
  }
  return { jwe, block, text: blockText, modifications };
}

function readBlock(aad: Buffer): { block: Block; text: string } {
  const text = aad.toString('utf8');
  const fail = (what: string) => new N32fError('INTEGRITY_CHECK_FAILED', `aad ${what}`);
  let block: unknown;
  try {
    block = parseJson(text);
  } catch {
    throw fail('is no JSON');
  }
  if (!blockValidator.Check(block)) throw fail('is no DataToIntegrityProtectBlock');
  if (!block.metaData) throw fail('has no metaData');
  return { block: block as Block, text };
}
