/** NG setup (TS 38.413 8.7.1): whether a gNB and this AMF have something to offer each other. */
import { type Guami, type PlmnId, type Snssai, samePlmn, type Tai } from '@twincore/model';
import type { N2MessageOf } from '@twincore/n2';

export interface AmfIdentity {
  readonly amfName: string;
  readonly guami: Guami;
  readonly plmnId: PlmnId;
  readonly taiList: readonly Tai[];
  readonly sNssais: readonly Snssai[];
}

type Request = N2MessageOf<'NGSetupRequest'>;
type Answer = N2MessageOf<'NGSetupResponse'> | N2MessageOf<'NGSetupFailure'>;

/** Of several AMFs a gNB chooses one by its capacity relative to the others (TS 38.413 9.3.1.32). */
const RELATIVE_AMF_CAPACITY = 255;

/** Tracking areas of the gNB that the AMF serves too, as the AMF writes them. */
export function commonTais({ supportedTaList }: Request, { taiList }: Pick<AmfIdentity, 'taiList'>): Tai[] {
  const offered = supportedTaList.flatMap(({ tac, broadcastPlmnList }) =>
    broadcastPlmnList.map(({ plmnId }) => ({ plmnId, tac })),
  );
  return taiList.filter((own) => offered.some((tai) => sameTai(own, tai)));
}

/** TACs are hexadecimal text, in either case. */
export function sameTai(a: Tai, b: Tai): boolean {
  return samePlmn(a.plmnId, b.plmnId) && a.tac.toLowerCase() === b.tac.toLowerCase();
}

/** Success, or failure with the cause that 8.7.1.4 and 9.3.1.2 have for it. */
export function answerNgSetup(request: Request, amf: AmfIdentity): Answer {
  const plmns = request.supportedTaList.flatMap(({ broadcastPlmnList }) => broadcastPlmnList);
  if (!plmns.some(({ plmnId }) => samePlmn(plmnId, amf.plmnId))) {
    return { message: 'NGSetupFailure', cause: { group: 'misc', value: 'unknown-PLMN-or-SNPN' } };
  }
  if (commonTais(request, amf).length === 0) {
    return { message: 'NGSetupFailure', cause: { group: 'misc', value: 'unspecified' } };
  }
  return {
    message: 'NGSetupResponse',
    amfName: amf.amfName,
    servedGuamiList: [{ guami: amf.guami }],
    relativeAmfCapacity: RELATIVE_AMF_CAPACITY,
    plmnSupportList: [{ plmnId: amf.plmnId, sliceSupportList: [...amf.sNssais] }],
  };
}
