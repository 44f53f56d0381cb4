/**
 * Subscribers as comma-separated values: with a header that names the columns, or in the order of the `subscriber_db.csv` that srsRAN's
 * container of Open5GS takes (`Name,IMSI,Key,OP_Type,OP/OPc,AMF,…`). A line that begins with # is a comment.
 */
import { parse } from 'csv-parse/sync';
import { LabError } from '../errors.ts';
import type { FoundSubscriber } from './index.ts';
import { asImsi, hex, smfSelectionFor, text } from './values.ts';

/** What columns may be called. */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  imsi: ['imsi', 'supi', 'ueid'],
  k: ['k', 'key', 'ki', 'permanentkey'],
  opc: ['opc'],
  op: ['op'],
  opType: ['op_type', 'optype'],
  opValue: ['op/opc'],
  amf: ['amf'],
  sqn: ['sqn'],
  msisdn: ['msisdn', 'gpsi'],
  sst: ['sst'],
  sd: ['sd'],
  dnn: ['dnn', 'apn'],
};
const WITHOUT_HEADER = ['name', 'imsi', 'k', 'opType', 'opValue', 'amf'];

export function fromCsv(content: string): FoundSubscriber[] {
  const rows = rowsOf(content);
  const [first = []] = rows;
  const named = first.map(columnOf);
  const hasHeader = named.includes('imsi');
  const columns = hasHeader ? named : WITHOUT_HEADER;
  if (!hasHeader && !/^(imsi-)?\d{5,15}$/.test(first[1] ?? '')) {
    throw new LabError('the file has no column imsi', 'Begin it with a line that names the columns: imsi,k,opc', {
      reason: 'usage',
    });
  }
  return rows
    .slice(hasHeader ? 1 : 0)
    .map((row) => foundIn(Object.fromEntries(row.map((value, index) => [columns[index] ?? '', value]))));
}

function rowsOf(content: string): string[][] {
  try {
    return parse(content, { comment: '#', trim: true, skip_empty_lines: true, relax_column_count: true, bom: true });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new LabError(`the file is no CSV: ${reason}`, 'Export it again.', { reason: 'usage' });
  }
}

function columnOf(title: string): string {
  const wanted = title.toLowerCase();
  return Object.entries(NAMES).find(([, names]) => names.includes(wanted))?.[0] ?? '';
}

function foundIn(row: Readonly<Record<string, string>>): FoundSubscriber {
  const { opType, opValue, sst, sd, dnn, msisdn } = row;
  const isOp = opType?.toLowerCase() === 'op';
  const slice = sst ? { sst: Number(sst), ...(sd ? { sd } : {}) } : undefined;
  return {
    supi: asImsi(row.imsi),
    k: hex(row.k) ?? '',
    opc: hex(row.opc) ?? (isOp ? undefined : hex(opValue)),
    op: hex(row.op) ?? (isOp ? hex(opValue) : undefined),
    amf: hex(row.amf),
    sqn: hex(row.sqn),
    ...(msisdn ? { gpsi: msisdn.startsWith('msisdn-') ? msisdn : `msisdn-${msisdn.replace(/^\+/, '')}` } : {}),
    ...(slice
      ? {
          amData: { nssai: { defaultSingleNssais: [slice], singleNssais: [slice] } },
          smfSelectionData: smfSelectionFor([{ snssai: slice, dnns: text(dnn) ? [dnn ?? ''] : [] }]),
        }
      : {}),
  };
}
