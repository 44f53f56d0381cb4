/** Subscribers as the web console of free5GC has them: the body of its `POST /api/subscriber/{ueId}/{plmnId}`. */
import type { FoundSubscriber } from './index.ts';
import { asImsi, hex, text } from './values.ts';

export function isFree5gc(document: unknown): boolean {
  const { ueId, AuthenticationSubscription } = Object(document);
  return typeof ueId === 'string' && typeof AuthenticationSubscription === 'object';
}

export function fromFree5gc(document: unknown): FoundSubscriber {
  const { ueId, AuthenticationSubscription, AccessAndMobilitySubscriptionData, SmfSelectionSubscriptionData } =
    Object(document);
  const { authenticationMethod, permanentKey, milenage, opc, sequenceNumber, ...rest } =
    Object(AuthenticationSubscription);
  const amData = amDataOf(AccessAndMobilitySubscriptionData);
  return {
    supi: asImsi(ueId),
    authenticationMethod: text(authenticationMethod),
    // Its newer versions name the members as TS 29.505 does.
    k: hex(Object(permanentKey).permanentKeyValue) ?? hex(rest.encPermanentKey) ?? '',
    op: hex(Object(Object(milenage).op).opValue),
    opc: hex(Object(opc).opcValue) ?? hex(rest.encOpcKey),
    amf: hex(rest.authenticationManagementField),
    sqn: text(sequenceNumber) ?? text(Object(sequenceNumber).sqn),
    ...(amData ? { amData } : {}),
    ...(SmfSelectionSubscriptionData ? { smfSelectionData: SmfSelectionSubscriptionData } : {}),
  };
}

/** Without the members that are its own, such as a slice's `isDefault`. */
function amDataOf(data: unknown) {
  if (typeof data !== 'object' || data === null) return undefined;
  const { gpsis, subscribedUeAmbr, nssai } = Object(data);
  const { defaultSingleNssais, singleNssais } = Object(nssai);
  const defaults = slicesOf(defaultSingleNssais);
  const all = slicesOf(singleNssais);
  return {
    ...(Array.isArray(gpsis) && gpsis.length > 0 ? { gpsis } : {}),
    ...(subscribedUeAmbr ? { subscribedUeAmbr } : {}),
    nssai: { defaultSingleNssais: defaults, ...(all.length > 0 ? { singleNssais: all } : {}) },
  };
}

function slicesOf(value: unknown) {
  return Array.isArray(value) ? value.map(({ sst, sd }) => ({ sst, ...(text(sd) ? { sd: text(sd) } : {}) })) : [];
}
