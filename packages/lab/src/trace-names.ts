/** How people call the parties of a trace. */
import type { TraceParty, TraceRecord } from '@twincore/sbi';

/** `AMF(999-70)`; a UE or gNB has no PLMN. */
export function partyName({ nfType, plmn }: TraceParty): string {
  return plmn === undefined ? nfType : `${nfType}(${plmn})`;
}

/** NF names by instance id, as far as the records tell. */
export function instanceNames(records: readonly TraceRecord[]): Map<string, string> {
  const parties = records.flatMap(({ from, to }) => [from, to]);
  return new Map(parties.flatMap((party) => (party.nfInstanceId ? [[party.nfInstanceId, partyName(party)]] : [])));
}
