import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeMessage, encodeMessage, encodeUeSecurityCapability, type NasMessage } from '../src/index.ts';

/**
 * Octets written down by hand from the tables of TS 24.501 (message: clause 8.2, IE: clause 9.11), one line per IE.
 * The Profile A scheme output is the test data of TS 33.501 C.4.3 (IMSI 274012001002086, home network key 27).
 */
const SCHEME_OUTPUT_A = 'b2e92f836055a255837debf850b528997ce0201cb82adfe4be1f587d07d8457dcb02352410cddd9e730ef3fa87';
const RAND = '23553cbe9637a89d218ae64dae47bf35';
const AUTN = '55f328b43577b9b94a9ffac354dfafb3';

const VECTORS: readonly { readonly name: string; readonly octets: readonly string[]; readonly message: NasMessage }[] =
  [
    {
      name: 'REGISTRATION REQUEST, SUCI with null scheme (8.2.6)',
      octets: [
        '7e', // EPD 5GMM (9.2)
        '00', // plain
        '41', // REGISTRATION REQUEST (9.7)
        '79', // ngKSI 111 no key, TSC native | FOR 1, 001 initial
        '000d', // 5GS mobile identity, LV-E
        '01', // SUPI format IMSI | SUCI
        '00f110', // MCC 001 MNC 01: MCC2 MCC1, 1111 MCC3, MNC2 MNC1
        '0000', // routing indicator 0000
        '00', // null scheme
        '00', // key identifier 0
        '0000000010', // MSIN 0000000001, low nibble first
        '1001' + '00', // 5GMM capability
        '2e02' + 'a020', // UE security capability: EA0 (bit 8), EA2 (bit 6); IA2 (bit 6)
        '2f02' + '0101', // requested NSSAI: one S-NSSAI of 1 octet, SST 1
        '5299f907' + '000001', // last visited registered TAI 999-70, TAC 000001
      ],
      message: {
        messageType: 'REGISTRATION REQUEST',
        registrationType: { type: 'INITIAL', followOnRequest: true },
        ngKsi: { tsc: 'NATIVE', ksi: 7 },
        mobileIdentity: { type: 'SUCI', suci: 'suci-0-001-01-0000-0-0-0000000001' },
        fiveGmmCapability: Buffer.from([0]),
        ueSecurityCapability: encodeUeSecurityCapability({ nea: [0, 2], nia: [2] }),
        requestedNssai: [{ sst: 1 }],
        lastVisitedRegisteredTai: { plmnId: { mcc: '999', mnc: '70' }, tac: '000001' },
      },
    },
    {
      name: 'REGISTRATION REQUEST, SUCI with Profile A (8.2.6)',
      octets: [
        '7e0041' + '71', // ngKSI no key | FOR 0, initial
        '0035', // 53 octets: 8 + 32 + 5 + 8
        '01' + '722410', // SUCI of MCC 274 MNC 012 (three digits: MNC3 in the high nibble of the second octet)
        '76f8', // routing indicator 678, filler 1111
        '01' + '1b', // Profile A, key identifier 27
        SCHEME_OUTPUT_A,
      ],
      message: {
        messageType: 'REGISTRATION REQUEST',
        registrationType: { type: 'INITIAL', followOnRequest: false },
        ngKsi: { tsc: 'NATIVE', ksi: 7 },
        mobileIdentity: { type: 'SUCI', suci: `suci-0-274-012-678-1-27-${SCHEME_OUTPUT_A}` },
      },
    },
    {
      name: 'AUTHENTICATION REQUEST (8.2.1)',
      octets: [
        '7e0056' + '01' /* spare | native ngKSI 1 */,
        '020000' /* ABBA */,
        `21${RAND}` /* TV */,
        `2010${AUTN}` /* TLV */,
      ],
      message: {
        messageType: 'AUTHENTICATION REQUEST',
        ngKsi: { tsc: 'NATIVE', ksi: 1 },
        abba: Buffer.from('0000', 'hex'),
        rand: Buffer.from(RAND, 'hex'),
        autn: Buffer.from(AUTN, 'hex'),
      },
    },
    {
      name: 'SECURITY MODE COMMAND (8.2.25)',
      octets: [
        '7e005d' + '22', // 128-5G-EA2 | 128-5G-IA2
        '01', // spare | native ngKSI 1
        '02a020', // replayed UE security capabilities, LV
        'e1', // IMEISV requested
        '360102', // additional 5G security information: RINMR (bit 2)
      ],
      message: {
        messageType: 'SECURITY MODE COMMAND',
        selectedAlgorithms: { ciphering: 2, integrity: 2 },
        ngKsi: { tsc: 'NATIVE', ksi: 1 },
        replayedUeSecurityCapability: Buffer.from('a020', 'hex'),
        imeisvRequested: true,
        additionalSecurityInformation: { horizontalDerivation: false, retransmitInitialNasMessage: true },
      },
    },
    {
      name: 'REGISTRATION ACCEPT (8.2.7)',
      octets: [
        '7e0042' + '0101', // registration result, LV: 3GPP access
        '77000b' + 'f2', // 5G-GUTI, TLV-E: 1111 | 0 | 010
        '99f907' + '02' + '0045' + 'deadbeef', // 999-70, region 2, set 1 (10 bits) and pointer 5 (6 bits), 5G-TMSI
        '5407' + '00' + '99f907' + '000001', // TAI list: type 00, 1 element, PLMN, TAC
        '1509' + '0801010203' + '07a0b0c0', // allowed NSSAI: 8 octets: SST 1, SD 010203, mapped SST 7, mapped SD a0b0c0
        '2102' + '0100', // 5GS network feature support
        '5e01' + '06', // T3512, GPRS timer 3: unit 000 (10 min), value 6
      ],
      message: {
        messageType: 'REGISTRATION ACCEPT',
        registrationResult: {
          access: '3GPP',
          smsAllowed: false,
          nssaaPending: false,
          emergencyRegistered: false,
          disasterRoaming: false,
        },
        guti: { plmnId: { mcc: '999', mnc: '70' }, amfRegionId: 2, amfSetId: 1, amfPointer: 5, tmsi: 0xdeadbeef },
        taiList: [{ plmnId: { mcc: '999', mnc: '70' }, tac: '000001' }],
        allowedNssai: [{ sst: 1, sd: '010203', mapped: { sst: 7, sd: 'a0b0c0' } }],
        networkFeatureSupport: Buffer.from('0100', 'hex'),
        t3512: 3600,
      },
    },
    {
      name: 'SECURITY MODE COMPLETE with IMEISV (8.2.26)',
      octets: ['7e005e', '770009' + '15' /* digit 1, even, IMEISV */, '32547698103254f6' /* 2 to 16, filler */],
      message: { messageType: 'SECURITY MODE COMPLETE', imeisv: '1234567890123456' },
    },
    {
      name: 'DEREGISTRATION REQUEST UE ORIGINATING, switch off, native ngKSI 1 (8.2.12)',
      octets: ['7e0045' + '19', '000b' + 'f2' + '00f110' + '01' + '0040' + '00000001'],
      message: {
        messageType: 'DEREGISTRATION REQUEST UE ORIGINATING',
        deregistrationType: { switchOff: true, reRegistrationRequired: false, access: '3GPP' },
        ngKsi: { tsc: 'NATIVE', ksi: 1 },
        mobileIdentity: {
          type: '5G-GUTI',
          guti: { plmnId: { mcc: '001', mnc: '01' }, amfRegionId: 1, amfSetId: 1, amfPointer: 0, tmsi: 1 },
        },
      },
    },
    {
      name: 'SERVICE REQUEST: ngKSI in the low, service type in the high half octet (8.2.16)',
      octets: ['7e004c' + '12', '0007' + 'f4' + '0040' + '00000001'],
      message: {
        messageType: 'SERVICE REQUEST',
        ngKsi: { tsc: 'NATIVE', ksi: 2 },
        serviceType: 'DATA',
        sTmsi: { amfSetId: 1, amfPointer: 0, tmsi: 1 },
      },
    },
    {
      name: 'AUTHENTICATION FAILURE, synch failure (8.2.4)',
      octets: ['7e0059' + '15', `300e${AUTN.slice(0, 28)}`],
      message: {
        messageType: 'AUTHENTICATION FAILURE',
        fiveGmmCause: 21,
        auts: Buffer.from(AUTN.slice(0, 28), 'hex'),
      },
    },
  ];

for (const { name, octets, message } of VECTORS) {
  test(name, () => {
    const bytes = octets.join('');
    assert.equal(encodeMessage(message).toString('hex'), bytes);
    assert.deepEqual(decodeMessage(Buffer.from(bytes, 'hex')), message);
  });
}
