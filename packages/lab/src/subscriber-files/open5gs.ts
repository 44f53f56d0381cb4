/** Subscribers as Open5GS keeps them in MongoDB, exported with `mongoexport --db open5gs --collection subscribers`. */
import type { FoundSubscriber } from './index.ts';
import { asImsi, hex, smfSelectionFor, text } from './values.ts';

export function isOpen5gs(document: unknown): boolean {
  const { imsi, security } = Object(document);
  return typeof imsi === 'string' && typeof security === 'object';
}

export function fromOpen5gs(document: unknown): FoundSubscriber {
  const { imsi, msisdn, security, ambr, slice } = Object(document);
  const { k, op, opc, amf, sqn } = Object(security);
  const slices = Array.isArray(slice) ? slice.map(sliceOf) : [];
  const defaults = slices.filter(({ isDefault }) => isDefault);
  const numbers = Array.isArray(msisdn) ? msisdn.map((number) => `msisdn-${number}`) : [];
  const bitRates = Object(ambr);
  return {
    supi: asImsi(imsi),
    k: hex(k) ?? '',
    op: hex(op),
    opc: hex(opc),
    amf: hex(amf),
    sqn: sqnOf(sqn),
    ...(slices.length === 0
      ? {}
      : {
          amData: {
            ...(numbers.length > 0 ? { gpsis: numbers } : {}),
            ...(ambr
              ? { subscribedUeAmbr: { uplink: rateOf(bitRates.uplink), downlink: rateOf(bitRates.downlink) } }
              : {}),
            nssai: {
              defaultSingleNssais: (defaults.length > 0 ? defaults : slices).map(({ snssai }) => snssai),
              singleNssais: slices.map(({ snssai }) => snssai),
            },
          },
          smfSelectionData: smfSelectionFor(slices),
        }),
  };
}

function sliceOf(slice: unknown) {
  const { sst, sd, default_indicator, session } = Object(slice);
  const dnns = Array.isArray(session) ? session.map(({ name }) => text(name)).filter((name) => name !== undefined) : [];
  return {
    snssai: { sst: numberOf(sst), ...(text(sd) ? { sd: text(sd) } : {}) },
    isDefault: default_indicator === true,
    dnns,
  };
}

/** A number, or one of MongoDB's Extended JSON. */
function numberOf(value: unknown): number {
  const { $numberLong, $numberInt } = Object(value);
  return Number($numberLong ?? $numberInt ?? value ?? 0);
}

function sqnOf(value: unknown): string {
  const { $numberLong } = Object(value);
  const digits = String($numberLong ?? value ?? '0');
  return /^\d{1,15}$/.test(digits) ? BigInt(digits).toString(16) : digits;
}

/** Open5GS counts units from bit/s upwards by thousands. */
const UNITS = ['bps', 'Kbps', 'Mbps', 'Gbps', 'Tbps'];
function rateOf(rate: unknown): string {
  const { value, unit } = Object(rate);
  return `${numberOf(value)} ${UNITS[numberOf(unit)] ?? ''}`;
}
