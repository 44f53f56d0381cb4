/** What an NF serves of a slice and a data network: the list by slice and DNN of SMF, UPF and others, in one form. */
import type { ExtSnssai, Ipv4AddressRange, Ipv6PrefixRange } from '@twincore/model';
import type { NfInfo } from '../matching/infos.ts';
import { shareSlice } from '../matching/slices.ts';
import { type Query, shareOrAny } from './parameter.ts';

interface DnnItem {
  readonly dnn?: string;
  readonly dnaiList?: readonly string[];
  readonly pduSessionTypes?: readonly string[];
  readonly ipv4IndexList?: readonly (string | number)[];
  readonly ipv6IndexList?: readonly (string | number)[];
  readonly ipv4AddressRanges?: Ipv4AddressRange[];
  readonly ipv6PrefixRanges?: Ipv6PrefixRange[];
}
interface SliceItem {
  readonly sNssai?: ExtSnssai;
  readonly redundantTransport?: boolean;
  readonly dnns: readonly DnnItem[];
}

/** The slices that an info lists one by one; empty when it lists none. */
export function sliceItemsOf(info: NfInfo): readonly SliceItem[] {
  const loose = info as NfInfo & { sNssaiInfoList?: Record<string, { sNssai: ExtSnssai; dnnInfoList: DnnItem[] }> };
  return [
    ...(info.sNssaiSmfInfoList ?? []).map(({ sNssai, dnnSmfInfoList }) => ({ sNssai, dnns: dnnSmfInfoList })),
    ...[...(info.sNssaiUpfInfoList ?? []), ...(info.sNssaiMbUpfInfoList ?? [])].map(({ dnnUpfInfoList, ...item }) => ({
      ...item,
      dnns: dnnUpfInfoList,
    })),
    ...(info.sNssaiEasdfInfoList ?? []).map(({ sNssai, dnnEasdfInfoList }) => ({ sNssai, dnns: dnnEasdfInfoList })),
    ...Object.values(loose.sNssaiInfoList ?? {}).map(({ sNssai, dnnInfoList }) => ({ sNssai, dnns: dnnInfoList })),
  ];
}

/**
 * Whether an NF serves slice, DNN, DNAI, indexes and session types of a query together: in one entry of its list. One that
 * lists nothing serves all; PCF, BSF and P-CSCF list DNNs only.
 */
export function servesTogether(info: NfInfo, query: Query): boolean {
  const { snssais, dnn } = query;
  const wanted = query as Query & {
    'pdu-session-types'?: string[];
    'ipv4-index'?: string | number;
    'ipv6-index'?: string | number;
    'redundant-transport'?: boolean;
  };
  const items = sliceItemsOf(info);
  if (items.length === 0) {
    return (dnn === undefined || servesDnn(info.dnnList, dnn)) && shareOrAny(info.dnaiList, query['dnai-list']);
  }
  return items.some(
    ({ sNssai, dnns, redundantTransport = false }) =>
      (!snssais || !sNssai || shareSlice(snssais, [sNssai])) &&
      (wanted['redundant-transport'] ?? redundantTransport) === redundantTransport &&
      dnns.some(
        (item) =>
          (dnn === undefined || item.dnn === undefined || servesDnn([item.dnn], dnn)) &&
          (item.dnaiList?.includes('*') || shareOrAny(item.dnaiList, query['dnai-list'])) &&
          (item.pduSessionTypes === undefined ||
            (wanted['pdu-session-types'] ?? []).every((type) => item.pduSessionTypes?.includes(type))) &&
          has(item.ipv4IndexList, wanted['ipv4-index']) &&
          has(item.ipv6IndexList, wanted['ipv6-index']),
      ),
  );
}

function servesDnn(own: readonly string[] | undefined, dnn: string): boolean {
  return own?.some((candidate) => candidate === '*' || candidate.toLowerCase() === dnn.toLowerCase()) ?? true;
}

function has(list: readonly (string | number)[] | undefined, index: string | number | undefined): boolean {
  return index === undefined || list?.includes(index) === true;
}
