/** GUAMI and 5G-GUTI of this AMF (TS 23.003 2.10). */
import { randomBytes } from 'node:crypto';
import type { Guami, PlmnId } from '@twincore/model';
import type { FiveGGuti } from '@twincore/nas';

/** Region, set and pointer of an AMF id. */
export function splitAmfId(amfId: string): Pick<FiveGGuti, 'amfRegionId' | 'amfSetId' | 'amfPointer'> {
  const value = Number.parseInt(amfId, 16);
  return { amfRegionId: value >> 16, amfSetId: (value >> 6) & 0x3ff, amfPointer: value & 0x3f };
}

/** A 5G-GUTI that nobody can foretell (TS 33.501 6.12.3). Whether it is free is the caller's to find out. */
export function randomGuti({ plmnId, amfId }: { readonly plmnId: PlmnId; readonly amfId: string }): FiveGGuti {
  const { mcc, mnc } = plmnId;
  return { plmnId: { mcc, mnc }, ...splitAmfId(amfId), tmsi: randomBytes(4).readUInt32BE() };
}

/** True when the GUTI was given out under this GUAMI; another AMF's says nothing here. */
export function isOfGuami(guti: FiveGGuti, guami: Guami): boolean {
  const own = splitAmfId(guami.amfId);
  return (
    guti.plmnId.mcc === guami.plmnId.mcc &&
    guti.plmnId.mnc === guami.plmnId.mnc &&
    guti.amfRegionId === own.amfRegionId &&
    guti.amfSetId === own.amfSetId &&
    guti.amfPointer === own.amfPointer
  );
}
