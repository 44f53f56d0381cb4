import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { NFProfile, SearchResult } from '@twincore/model';
import { openStore } from '@twincore/store';
import { PARAMETERS, readQuery } from '../src/procedures/discovery/parameters.ts';
import { searchNfs } from '../src/procedures/discovery/search.ts';
import { StoredSearches } from '../src/procedures/discovery/stored-searches.ts';
import { Registry } from '../src/procedures/registry.ts';
import { HOME, service, VISITED } from './support.ts';

const SPECS = process.env.TWINCORE_SPECS ?? join(import.meta.dirname, '../../../../shared/3gpp-openapi');

const tai = (tac: string) => ({ plmnId: HOME, tac });
const anySlice = { sst: 1 };
const dnnItem = { dnn: 'internet', dnaiList: ['edge'] };
const smf = (more: object = {}, item: object = dnnItem) => ({
  smfInfo: { sNssaiSmfInfoList: [{ sNssai: anySlice, dnnSmfInfoList: [item] }], ...more },
});
const upf = (more: object = {}, item: object = dnnItem, slice: object = {}) => ({
  upfInfo: { sNssaiUpfInfoList: [{ sNssai: anySlice, dnnUpfInfoList: [item], ...slice }], ...more },
});
const amf = (more: object = {}) => ({
  amfInfo: {
    amfSetId: '001',
    amfRegionId: '02',
    guamiList: [{ plmnId: HOME, amfId: '020041' }],
    ...more,
  },
});
const id = randomUUID();
const range = (start: string, end: string) => [{ start, end }];
const subscription = (more: object) => ({
  defaultNotificationSubscriptions: [{ notificationType: 'N1_MESSAGES', callbackUri: 'https://x/y', ...more }],
});

interface Case {
  readonly type?: string;
  /** As in a URI. */
  readonly value: string;
  /** Parameters that go with it. */
  readonly with?: Readonly<Record<string, string>>;
  readonly found: object;
  readonly notFound: object;
}

/** What each parameter selects by: a profile that it finds, and one that it does not. */
const CASES: Readonly<Record<string, Case>> = {
  'target-nf-instance-id': { value: id.toUpperCase(), found: { nfInstanceId: id }, notFound: {} },
  'target-nf-fqdn': { value: 'A.example.org', found: { fqdn: 'a.example.org' }, notFound: { fqdn: 'b.example.org' } },
  'target-nf-set-id': { value: 'set1.x', found: { nfSetIdList: ['set1.x'] }, notFound: { nfSetIdList: ['set2.x'] } },
  'target-plmn-list': {
    value: JSON.stringify([HOME]),
    found: { plmnList: [HOME] },
    notFound: { plmnList: [VISITED] },
  },
  'target-snpn': {
    value: JSON.stringify({ ...HOME, nid: '0000000000a' }),
    found: { snpnList: [{ ...HOME, nid: '0000000000A' }] },
    notFound: {},
  },
  'target-hni': { value: 'hni.example.org', found: { hniList: ['hni.example.org'] }, notFound: {} },
  snssais: {
    value: '[{"sst":1,"sd":"0000ff"}]',
    found: { sNssais: [{ sst: 1, sd: '000000', sdRanges: [{ start: '0000F0', end: '0001F0' }] }] },
    notFound: { sNssais: [{ sst: 1, sd: '000000' }] },
  },
  'plmn-specific-snssai-list': {
    value: JSON.stringify([{ plmnId: HOME, sNssaiList: [{ sst: 2 }] }]),
    found: { perPlmnSnssaiList: [{ plmnId: HOME, sNssaiList: [{ sst: 2 }] }] },
    notFound: { perPlmnSnssaiList: [{ plmnId: VISITED, sNssaiList: [{ sst: 2 }] }] },
  },
  'nsi-list': { value: 'nsi-1,nsi-2', found: { nsiList: ['nsi-2'] }, notFound: { nsiList: ['nsi-3'] } },
  'serving-scope': { value: 'north', found: { servingScope: ['north'] }, notFound: { servingScope: ['south'] } },
  'exclude-nfinst-list': { value: id, found: {}, notFound: { nfInstanceId: id } },
  'exclude-nfset-list': { value: 'set1.x', found: {}, notFound: { nfSetIdList: ['set1.x'] } },
  'notification-type': {
    value: 'N1_MESSAGES',
    found: subscription({}),
    notFound: subscription({ notificationType: 'N2_INFORMATION' }),
  },
  'n1-msg-class': {
    value: 'LPP',
    with: { 'notification-type': 'N1_MESSAGES' },
    found: subscription({ n1MessageClass: 'LPP' }),
    notFound: subscription({ n1MessageClass: 'SM' }),
  },
  'n2-info-class': {
    value: 'NRPPa',
    found: { nfServices: [service('x', subscription({ n2InformationClass: 'NRPPa' }))] },
    notFound: subscription({ n1MessageClass: 'LPP' }),
  },
  'service-names': {
    value: 'nudm-sdm,nudm-ee',
    found: { nfServices: [service('nudm-ee')] },
    notFound: { nfServices: [service('nudm-ueau')] },
  },
  'target-nf-service-set-id': {
    value: 'set1.snx.nfi',
    found: { nfServices: [service('x', { nfServiceSetIdList: ['set1.snx.nfi'] })] },
    notFound: { nfServices: [service('x')] },
  },
  'supported-features': {
    value: '5',
    found: { nfServices: [service('x', { supportedFeatures: '1d' })] },
    notFound: { nfServices: [service('x', { supportedFeatures: '1a' })] },
  },
  'required-features': {
    value: '1,2',
    with: { 'service-names': 'x,y' },
    found: { nfServices: [service('y', { supportedFeatures: '2' })] },
    notFound: { nfServices: [service('y', { supportedFeatures: '1' })] },
  },
  'exclude-nfservinst-list': {
    value: JSON.stringify([{ nfInstanceId: id, serviceInstanceId: 'x-1' }]),
    found: { nfServices: [service('x')] },
    notFound: { nfInstanceId: id, nfServices: [service('x')] },
  },
  'exclude-nfserviceset-list': {
    value: 'set1.snx',
    found: { nfServices: [service('x')] },
    notFound: { nfServices: [service('x', { nfServiceSetIdList: ['set1.snx'] })] },
  },

  supi: {
    value: 'imsi-001010000000050',
    found: { udmInfo: { supiRanges: range('001010000000001', '001010000000099') } },
    notFound: { udmInfo: { gpsiRanges: range('49', '50') } },
  },
  gpsi: {
    value: 'msisdn-491701234567',
    found: { udmInfo: { gpsiRanges: [{ pattern: '^msisdn-49170[0-9]+$' }] } },
    notFound: { udmInfo: { gpsiRanges: [{ pattern: '^msisdn-49171[0-9]+$' }] } },
  },
  'external-group-identity': {
    value: 'extgroupid-cars@example.org',
    found: { udmInfo: { externalGroupIdentifiersRanges: [{ pattern: '@example\\.org$' }] } },
    notFound: { udmInfo: { externalGroupIdentifiersRanges: [{ pattern: '@example\\.com$' }] } },
  },
  'internal-group-identity': {
    value: '00000001-001-01-0A',
    found: {
      udmInfo: { internalGroupIdentifiersRanges: [{ start: '00000001-001-01-01', end: '00000001-001-01-0f' }] },
    },
    notFound: {
      udmInfo: { internalGroupIdentifiersRanges: [{ start: '00000001-001-01-0b', end: '00000001-001-01-0f' }] },
    },
  },
  imsi: {
    type: 'HSS',
    value: '001010000000001',
    found: { hssInfoList: { a: { imsiRanges: range('001010000000001', '001010000000001') } } },
    notFound: { hssInfoList: { a: { imsiRanges: range('001010000000002', '001010000000003') } } },
  },
  'ims-private-identity': {
    type: 'HSS',
    value: 'a@ims',
    found: { hssInfoList: { a: { imsPrivateIdentityRanges: [{ pattern: '@ims$' }] } } },
    notFound: { hssInfoList: { a: { imsPrivateIdentityRanges: [{ pattern: '@other$' }] } } },
  },
  'ims-public-identity': {
    type: 'HSS',
    value: 'sip:a@ims',
    found: { hssInfoList: { a: { imsPublicIdentityRanges: [{ pattern: '^sip:' }] } } },
    notFound: { hssInfoList: { a: { imsPublicIdentityRanges: [{ pattern: '^tel:' }] } } },
  },
  msisdn: {
    type: 'HSS',
    value: '491701234567',
    found: { hssInfoList: { a: { msisdnRanges: range('491700000000', '491709999999') } } },
    notFound: { hssInfoList: { a: { msisdnRanges: range('491710000000', '491719999999') } } },
  },
  'routing-indicator': {
    value: '17',
    with: { 'home-pub-key-id': '3' },
    found: { udmInfo: { suciInfos: [{ routingInds: ['17'], hNwPubKeyIds: [3] }] } },
    notFound: { udmInfo: { suciInfos: [{ routingInds: ['17'], hNwPubKeyIds: [4] }, { hNwPubKeyIds: [5] }] } },
  },
  'home-pub-key-id': {
    value: '3',
    found: { udmInfo: { routingIndicators: ['1'] } },
    notFound: { udmInfo: { suciInfos: [{ hNwPubKeyIds: [4] }] } },
  },
  'group-id-list': { value: 'g1,g2', found: { udmInfo: { groupId: 'g2' } }, notFound: { udmInfo: { groupId: 'g3' } } },
  'data-set': {
    type: 'UDR',
    value: 'POLICY',
    found: { udrInfo: {} },
    notFound: { udrInfo: { supportedDataSets: ['SUBSCRIPTION'] } },
  },
  'shared-data-id': {
    type: 'UDR',
    value: '00101-gold',
    found: { udrInfo: { sharedDataIdRanges: [{ pattern: '^00101-' }] } },
    notFound: { udrInfo: { sharedDataIdRanges: [{ pattern: '^00102-' }] } },
  },
  'chf-supported-plmn': {
    type: 'CHF',
    value: JSON.stringify(HOME),
    found: { chfInfo: { plmnRangeList: range('00100', '00109') } },
    notFound: { chfInfo: { plmnRangeList: range('00200', '00209') } },
  },
  'realm-id': {
    type: 'UDSF',
    value: 'r1',
    found: { udsfInfo: { storageIdRanges: { r1: range('1', '2') } } },
    notFound: { udsfInfo: { storageIdRanges: { r2: range('1', '2') } } },
  },
  'storage-id': {
    type: 'UDSF',
    value: '7',
    with: { 'realm-id': 'r1' },
    found: { udsfInfo: { storageIdRanges: { r1: range('5', '9') } } },
    notFound: { udsfInfo: { storageIdRanges: { r1: range('1', '2'), r2: range('5', '9') } } },
  },

  tai: {
    type: 'AMF',
    value: JSON.stringify(tai('000001')),
    found: amf({ taiRangeList: [{ plmnId: HOME, tacRangeList: [{ start: '000000', end: '00000f' }] }] }),
    notFound: amf({ taiList: [tai('000002')] }),
  },
  'tai-list': {
    type: 'NEF',
    value: JSON.stringify([tai('000001'), tai('000002')]),
    found: { nefInfo: { taiList: [tai('000002')] } },
    notFound: { nefInfo: { taiList: [tai('000003')] } },
  },
  'amf-region-id': { type: 'AMF', value: '0A', found: amf({ amfRegionId: '0a' }), notFound: amf() },
  'amf-set-id': { type: 'AMF', value: '3fF', found: amf({ amfSetId: '3Ff' }), notFound: amf() },
  guami: {
    type: 'AMF',
    value: JSON.stringify({ plmnId: HOME, amfId: '0200AA' }),
    found: amf({ backupInfoAmfFailure: [{ plmnId: HOME, amfId: '0200aa' }] }),
    notFound: amf(),
  },
  'support-onboarding-capability': {
    type: 'AMF',
    value: 'true',
    found: amf({ amfOnboardingCapability: true }),
    notFound: amf(),
  },
  'high-latency-com': { type: 'AMF', value: 'true', found: amf({ highLatencyCom: true }), notFound: amf() },
  dnn: {
    type: 'SMF',
    value: 'Internet',
    with: { snssais: '[{"sst":1}]' },
    found: smf(),
    notFound: {
      smfInfo: {
        sNssaiSmfInfoList: [
          { sNssai: { sst: 1 }, dnnSmfInfoList: [{ dnn: 'ims' }] },
          { sNssai: { sst: 2 }, dnnSmfInfoList: [{ dnn: 'internet' }] },
        ],
      },
    },
  },
  'dnai-list': { type: 'SMF', value: 'edge,far', found: smf(), notFound: smf({}, { dnn: 'a', dnaiList: ['near'] }) },
  'ipv4-index': {
    type: 'UPF',
    value: '7',
    found: upf({}, { dnn: 'a', ipv4IndexList: [7] }),
    notFound: upf({}, { dnn: 'a', ipv4IndexList: ['7'] }),
  },
  'ipv6-index': {
    type: 'UPF',
    value: '"a"',
    found: upf({}, { dnn: 'a', ipv6IndexList: ['a'] }),
    notFound: upf({}, { dnn: 'a' }),
  },
  'redundant-transport': {
    type: 'UPF',
    value: 'true',
    found: upf({}, dnnItem, { redundantTransport: true }),
    notFound: upf(),
  },
  'pdu-session-types': {
    type: 'UPF',
    value: 'IPV4,IPV6',
    found: upf({ pduSessionTypes: ['IPV4', 'IPV6', 'ETHERNET'] }),
    notFound: upf({ pduSessionTypes: ['IPV4'] }),
  },
  'access-type': {
    type: 'SMF',
    value: '3GPP_ACCESS',
    found: smf({ accessType: ['3GPP_ACCESS'] }),
    notFound: smf({ accessType: ['NON_3GPP_ACCESS'] }),
  },
  'smf-serving-area': {
    type: 'UPF',
    value: 'a',
    found: upf({ smfServingArea: ['a'] }),
    notFound: upf({ smfServingArea: ['b'] }),
  },
  'pgw-ind': { type: 'SMF', value: 'true', found: smf({ pgwFqdn: 'pgw.example.org' }), notFound: smf() },
  pgw: {
    type: 'SMF',
    value: 'pgw2.example.org',
    found: smf({ pgwFqdn: 'pgw.example.org', pgwFqdnList: ['PGW2.example.org'] }),
    notFound: smf({ pgwFqdn: 'pgw.example.org' }),
  },
  'pgw-ip': {
    type: 'SMF',
    value: '{"ipv6Addr":"2001:db8::1"}',
    found: smf({ pgwIpAddrList: [{ ipv6Addr: '2001:db8:0:0::1' }] }),
    notFound: smf({ pgwIpAddrList: [{ ipv4Addr: '192.0.2.1' }] }),
  },
  'vsmf-support-ind': { type: 'SMF', value: 'true', found: smf(), notFound: smf({ vsmfSupportInd: false }) },
  'ismf-support-ind': { type: 'SMF', value: 'false', found: smf(), notFound: smf({ ismfSupportInd: true }) },
  'upf-iwk-eps-ind': { type: 'UPF', value: 'true', found: upf({ iwkEpsInd: true }), notFound: upf() },
  'upf-ue-ip-addr-ind': { type: 'UPF', value: 'false', found: upf(), notFound: upf({ ueIpAddrInd: true }) },
  'redundant-gtpu': { type: 'UPF', value: 'true', found: upf({ redundantGtpu: true }), notFound: upf() },
  ipups: { type: 'UPF', value: 'true', found: upf({ ipups: true }), notFound: upf() },
  'data-forwarding': { type: 'UPF', value: 'true', found: upf({ dataForwarding: true }), notFound: upf() },
  'atsss-capability': {
    type: 'UPF',
    value: '{"mptcp":true,"atsssLL":false}',
    found: upf({ atsssCapability: { mptcp: true } }),
    notFound: upf({ atsssCapability: { atsssLL: true } }),
  },
  'w-agf-info': {
    type: 'UPF',
    value: '{"endpointFqdn":"agf.example.org"}',
    found: upf({ wAgfInfo: { endpointFqdn: 'AGF.example.org' } }),
    notFound: upf({ tngfInfo: { endpointFqdn: 'agf.example.org' } }),
  },
  'tngf-info': {
    type: 'UPF',
    value: '{"ipv4EndpointAddresses":["192.0.2.1","192.0.2.2"]}',
    found: upf({ tngfInfo: { ipv4EndpointAddresses: ['192.0.2.2'] } }),
    notFound: upf({ tngfInfo: { ipv4EndpointAddresses: ['192.0.2.3'] } }),
  },
  'twif-info': {
    type: 'UPF',
    value: '{"ipv6EndpointAddresses":["2001:db8::1"]}',
    found: upf({ twifInfo: { ipv6EndpointAddresses: ['2001:db8::1'] } }),
    notFound: upf(),
  },
  'required-pfcp-features': {
    type: 'UPF',
    value: '0140',
    found: upf({ supportedPfcpFeatures: '81C0ff' }),
    notFound: upf({ supportedPfcpFeatures: 'fe40' }),
  },
  'ue-ipv4-address': {
    type: 'BSF',
    value: '10.0.1.0',
    found: { bsfInfo: { ipv4AddressRanges: range('10.0.0.255', '10.0.1.1') } },
    notFound: { bsfInfo: { ipv4AddressRanges: range('9.255.255.255', '10.0.0.255') } },
  },
  'ue-ipv6-prefix': {
    type: 'BSF',
    value: '2001:db8:1::/64',
    found: { bsfInfo: { ipv6PrefixRanges: range('2001:db8:1::/48', '2001:db8:2::/48') } },
    notFound: { bsfInfo: { ipv6PrefixRanges: range('2001:db8:2::/48', '2001:db8:3::/48') } },
  },
  'ip-domain': {
    type: 'BSF',
    value: 'd1',
    found: { bsfInfo: { ipDomainList: ['d1'] } },
    notFound: { bsfInfo: { ipDomainList: ['d2'] } },
  },
  'v2x-support-ind': { type: 'PCF', value: 'true', found: { pcfInfo: { v2xSupportInd: true } }, notFound: {} },
  'prose-support-ind': { type: 'PCF', value: 'true', found: { pcfInfo: { proseSupportInd: true } }, notFound: {} },
  'v2x-capability': {
    type: 'PCF',
    value: '{"nrV2x":true}',
    found: { pcfInfo: { v2xCapability: { nrV2x: true } } },
    notFound: { pcfInfo: { v2xCapability: { lteV2x: true } } },
  },
  'prose-capability': {
    type: 'PCF',
    value: '{"proseL2RemoteUe":true}',
    found: { pcfInfo: { proseCapability: { proseL2RemoteUe: true } } },
    notFound: { pcfInfo: {} },
  },
  'nsacf-capability': {
    type: 'NSACF',
    value: '{"supportUeSAC":true}',
    found: { nsacfInfoList: { a: { nsacfCapability: { supportUeSAC: true } } } },
    notFound: { nsacfInfoList: { a: { nsacfCapability: { supportPduSAC: true } } } },
  },
  'nsac-sai': {
    type: 'NSACF',
    value: 'sai1',
    found: { nsacfInfoList: { a: { nsacfCapability: {}, nsacSaiList: ['sai1'] } } },
    notFound: { nsacfInfoList: { a: { nsacfCapability: {}, nsacSaiList: ['sai2'] } } },
  },
  'upf-n6-ip': {
    type: 'EASDF',
    value: '{"ipv4Addr":"192.0.2.9"}',
    found: { easdfInfoList: { a: { upfN6IpAddressList: [{ ipv4Addr: '192.0.2.9' }] } } },
    notFound: { easdfInfoList: { a: { upfN6IpAddressList: [{ ipv4Addr: '192.0.2.8' }] } } },
  },
  'mbsmf-serving-area': {
    type: 'MB_UPF',
    value: 'a',
    found: { mbUpfInfoList: { x: { sNssaiMbUpfInfoList: [], mbSmfServingArea: ['a'] } } },
    notFound: { mbUpfInfoList: { x: { sNssaiMbUpfInfoList: [], mbSmfServingArea: ['b'] } } },
  },
  'mbs-session-id-list': {
    type: 'MB_SMF',
    value: JSON.stringify([{ tmgi: { mbsServiceId: '0000AA', plmnId: HOME } }]),
    found: {
      mbSmfInfoList: {
        a: { tmgiRangeList: { r: { mbsServiceIdStart: '000000', mbsServiceIdEnd: '0000ff', plmnId: HOME } } },
      },
    },
    notFound: {
      mbSmfInfoList: {
        a: { mbsSessionList: { s: { mbsSessionId: { tmgi: { mbsServiceId: '0000ab', plmnId: HOME } } } } },
      },
    },
  },
  'area-session-id': {
    type: 'MB_SMF',
    value: '5',
    with: { 'mbs-session-id-list': JSON.stringify([{ tmgi: { mbsServiceId: '0000aa', plmnId: HOME } }]) },
    found: {
      mbSmfInfoList: {
        a: {
          mbsSessionList: {
            s: {
              mbsSessionId: { tmgi: { mbsServiceId: '0000aa', plmnId: HOME } },
              mbsAreaSessions: { '5': { areaSessionId: 5, mbsServiceArea: {} } },
            },
          },
        },
      },
    },
    notFound: {
      mbSmfInfoList: {
        a: { tmgiRangeList: { r: { mbsServiceIdStart: '000000', mbsServiceIdEnd: '0000ff', plmnId: HOME } } },
      },
    },
  },

  'nef-id': { type: 'NEF', value: 'nef1', found: { nefInfo: { nefId: 'nef1' } }, notFound: { nefInfo: {} } },
  'pfd-data': {
    type: 'NEF',
    value: '{"appIds":["a"]}',
    found: { nefInfo: { pfdData: { appIds: ['a', 'b'] } } },
    notFound: { nefInfo: { pfdData: { appIds: ['c'] } } },
  },
  'af-ee-data': {
    type: 'NEF',
    value: '{"afEvents":["UE_MOBILITY"],"appIds":["a"]}',
    found: { nefInfo: { afEeData: { afEvents: ['UE_MOBILITY', 'UE_COMM'] } } },
    notFound: { nefInfo: { afEeData: { afEvents: ['UE_MOBILITY'], appIds: ['b'] } } },
  },
  'uas-nf-functionality-ind': {
    type: 'NEF',
    value: 'true',
    found: { nefInfo: { uasNfFunctionalityInd: true } },
    notFound: { nefInfo: {} },
  },
  'event-id-list': {
    type: 'NWDAF',
    value: 'NF_LOAD,UE_COMM',
    found: { nwdafInfo: { eventIds: ['UE_COMM', 'NF_LOAD'] } },
    notFound: { nwdafInfo: { eventIds: ['UE_COMM'] } },
  },
  'nwdaf-event-list': {
    type: 'NWDAF',
    value: 'NF_LOAD',
    found: { nwdafInfoList: { a: { nwdafEvents: ['UE_COMM'] }, b: { nwdafEvents: ['NF_LOAD'] } } },
    notFound: { nwdafInfo: { nwdafEvents: ['UE_COMM'] } },
  },
  'analytics-aggregation-ind': {
    type: 'NWDAF',
    value: 'true',
    found: { nwdafInfo: { nwdafCapability: { analyticsAggregation: true } } },
    notFound: { nwdafInfo: {} },
  },
  'analytics-metadata-prov-ind': {
    type: 'NWDAF',
    value: 'true',
    found: { nwdafInfo: { nwdafCapability: { analyticsMetadataProvisioning: true } } },
    notFound: { nwdafInfo: {} },
  },
  'serving-nf-set-id': {
    type: 'DCCF',
    value: 's1',
    found: { dccfInfo: { servingNfSetIdList: ['s1'] } },
    notFound: { dccfInfo: { servingNfSetIdList: ['s2'] } },
  },
  'serving-nf-type': {
    type: 'DCCF',
    value: 'AMF',
    found: { dccfInfo: { servingNfTypeList: ['AMF'] } },
    notFound: { dccfInfo: { servingNfTypeList: ['SMF'] } },
  },
  'ml-analytics-info-list': {
    type: 'NWDAF',
    value: JSON.stringify([
      { mlAnalyticsIds: ['NF_LOAD'], snssaiList: [{ sst: 1 }], trackingAreaList: [tai('000001')] },
    ]),
    found: { nwdafInfo: { mlAnalyticsList: [{ mlAnalyticsIds: ['NF_LOAD'] }] } },
    notFound: { nwdafInfo: { mlAnalyticsList: [{ mlAnalyticsIds: ['NF_LOAD'], trackingAreaList: [tai('000002')] }] } },
  },
  'client-type': {
    type: 'LMF',
    value: '"EMERGENCY_SERVICES"',
    found: { lmfInfo: { servingClientTypes: ['EMERGENCY_SERVICES'] } },
    notFound: { lmfInfo: { servingClientTypes: ['PLMN_OPERATOR_OM'] } },
  },
  'lmf-id': { type: 'LMF', value: '"lmf1"', found: { lmfInfo: { lmfId: 'lmf1' } }, notFound: { lmfInfo: {} } },
  'an-node-type': {
    type: 'LMF',
    value: '"GNB"',
    found: { lmfInfo: { servingAnNodeTypes: ['GNB'] } },
    notFound: { lmfInfo: { servingAnNodeTypes: ['NG_ENB'] } },
  },
  'rat-type': {
    type: 'LMF',
    value: '"NR"',
    found: { lmfInfo: { servingRatTypes: ['NR'] } },
    notFound: { lmfInfo: { servingRatTypes: ['EUTRA'] } },
  },
  'gmlc-number': {
    type: 'GMLC',
    value: '4917012345',
    found: { gmlcInfo: { gmlcNumbers: ['4917012345'] } },
    notFound: { gmlcInfo: {} },
  },
  'scp-domain-list': {
    type: 'SCP',
    value: 'd1,d2',
    found: { scpDomains: ['d1'], scpInfo: { scpDomainInfoList: { d2: {} } } },
    notFound: { scpDomains: ['d1'] },
  },
  'address-domain': {
    type: 'SCP',
    value: 'udm.example.org',
    found: { scpInfo: { addressDomains: ['^.+\\.example\\.org$'] } },
    notFound: { scpInfo: { addressDomains: ['dm.example.org'] } },
  },
  'ipv4-addr': {
    type: 'SCP',
    value: '192.0.2.7',
    found: { scpInfo: { ipv4AddrRanges: range('192.0.2.0', '192.0.2.255') } },
    notFound: { scpInfo: { ipv4Addresses: ['192.0.2.8'] } },
  },
  'ipv6-prefix': {
    type: 'SCP',
    value: '2001:db8:1:2::/64',
    found: { scpInfo: { ipv6Prefixes: ['2001:db8:1::/48'] } },
    notFound: { scpInfo: { ipv6Prefixes: ['2001:db8:2::/48'] } },
  },
  'served-nf-set-id': {
    type: 'SCP',
    value: 's1',
    found: { scpInfo: { servedNfSetIdList: ['s1'] } },
    notFound: { scpInfo: { servedNfSetIdList: ['s2'] } },
  },
  'remote-plmn-id': {
    type: 'SEPP',
    value: JSON.stringify(VISITED),
    found: {},
    notFound: { seppInfo: { remotePlmnList: [{ mcc: '262', mnc: '01' }] } },
  },
  'remote-snpn-id': {
    type: 'SEPP',
    value: JSON.stringify({ ...HOME, nid: '0000000000a' }),
    found: { seppInfo: { remoteSnpnList: [{ ...HOME, nid: '0000000000A' }] } },
    notFound: { seppInfo: {} },
  },
};

const requester = { nfType: 'OPERATOR', plmnId: HOME, nfInstanceId: randomUUID(), fqdn: 'o.example.org' };

async function registryWith(profiles: readonly NFProfile[]) {
  const registry = await Registry.open(openStore(':memory:').collection<NFProfile>('nfs'));
  for (const profile of profiles) await registry.set(profile).durable;
  return { registry, ownPlmn: HOME, searches: new StoredSearches(30_000, Date.now) };
}

const profileOf = (nfType: string, more: object): NFProfile => ({
  nfInstanceId: randomUUID(),
  nfType,
  nfStatus: 'REGISTERED',
  plmnList: [HOME],
  fqdn: 'nf.example.org',
  ...more,
});

type Context = Awaited<ReturnType<typeof registryWith>>;
function search(context: Context, nfType: string, query: Record<string, string>): SearchResult {
  const parsed = readQuery({ 'target-nf-type': nfType, 'requester-nf-type': 'OPERATOR', ...query });
  return JSON.parse(searchNfs(context, parsed, requester).body) as SearchResult;
}
const idsOf = (result: SearchResult) => result.nfInstances.map(({ nfInstanceId }) => nfInstanceId);

describe('each query parameter', () => {
  for (const [name, { type = 'UDM', value, found, notFound, with: more = {} }] of Object.entries(CASES)) {
    test(name, async () => {
      const profiles = [profileOf(type, found), profileOf(type, notFound)];
      const context = await registryWith(profiles);
      assert.deepEqual(idsOf(search(context, type, { ...more, [name]: value })), [profiles[0]?.nfInstanceId]);
      // The same in a complex query, and its contrary.
      const json = PARAMETERS.get(name)?.style === 'json' ? JSON.parse(value) : value;
      const atom = (negative: boolean) =>
        JSON.stringify({ cnfUnits: [{ cnfUnit: [{ attr: name, value: json, negative }] }] });
      const complex = (negative: boolean) => search(context, type, { ...more, 'complex-query': atom(negative) });
      assert.deepEqual(idsOf(complex(false)), [profiles[0]?.nfInstanceId], 'as an atom');
      if (Object.keys(more).length === 0) {
        assert.deepEqual(idsOf(complex(true)), [profiles[1]?.nfInstanceId], 'as a negative atom');
      }
    });
  }

  test('there is a case for every one that selects', () => {
    const filters = [...PARAMETERS].filter(([, { on }]) => ['profile', 'info', 'service'].includes(on));
    assert.deepEqual(
      filters.map(([name]) => name).filter((name) => !(name in CASES) && name !== 'target-nf-type'),
      [],
    );
  });

  test('of the OpenAPI has an entry', { skip: !existsSync(SPECS) }, () => {
    const yaml = readFileSync(join(SPECS, 'TS29510_Nnrf_NFDiscovery.yaml'), 'utf8');
    const [, instances = ''] = /\n {2}\/nf-instances:\n([\s\S]*?)\n {2}\/searches/.exec(yaml) ?? [];
    const names = [...instances.matchAll(/- name: (\S+)\n\s+in: query/g)].map(([, name]) => name);
    assert.ok(names.length > 120, `${names.length} in the document`);
    assert.deepEqual(
      names.filter((name) => !PARAMETERS.has(name ?? '')),
      [],
    );
    assert.deepEqual(
      [...PARAMETERS.keys()].filter((name) => !names.includes(name)),
      [],
    );
  });
});

describe('a complex query', () => {
  test('is an AND of ORs or an OR of ANDs, about one and the same service', async () => {
    const profiles = [
      profileOf('UDM', { nfServices: [service('a', { supportedFeatures: '1' }), service('b')] }),
      profileOf('UDM', { nfServices: [service('a'), service('b', { supportedFeatures: '1' })] }),
      profileOf('UDM', { nfServices: [service('c')], locality: 'x' }),
    ];
    const context = await registryWith(profiles);
    const [first, second, third] = profiles.map(({ nfInstanceId }) => nfInstanceId) as [string, string, string];
    const a = { attr: 'service-names', value: ['a'] };
    const b = { attr: 'service-names', value: ['b'] };
    const features = { attr: 'supported-features', value: '1' };
    const ask = (query: object) => search(context, 'UDM', { 'complex-query': JSON.stringify(query) });
    assert.deepEqual(idsOf(ask({ cnfUnits: [{ cnfUnit: [a] }, { cnfUnit: [features] }] })), [first]);
    assert.deepEqual(idsOf(ask({ dnfUnits: [{ dnfUnit: [a, features] }, { dnfUnit: [b, features] }] })), [
      first,
      second,
    ]);
    const neither = ask({
      cnfUnits: [{ cnfUnit: [{ ...a, negative: true }] }, { cnfUnit: [{ ...b, negative: true }] }],
    });
    assert.deepEqual(idsOf(neither), [third]);
    const shown = ask({ cnfUnits: [{ cnfUnit: [b] }] }).nfInstances.map(({ nfServices }) => nfServices?.length);
    assert.deepEqual(shown, [1, 1], 'only the services that match');
    const twice = search(context, 'UDM', {
      'service-names': 'a',
      'complex-query': JSON.stringify({ cnfUnits: [{ cnfUnit: [features] }] }),
    });
    assert.deepEqual(idsOf(twice), [first], 'and the rest of the query holds as well');
  });

  test('is refused when it asks for what is no condition', () => {
    for (const complex of [
      '{"cnfUnits":[]}',
      '{"cnfUnits":[{"cnfUnit":[{"attr":"limit","value":1}]}]}',
      '{"dnfUnits":[{"dnfUnit":[{"attr":"nonsense","value":1}]}]}',
      '{"dnfUnits":[{"dnfUnit":[{"attr":"supi","value":{"a":1}}]}]}',
    ]) {
      assert.throws(
        () => readQuery({ 'target-nf-type': 'UDM', 'requester-nf-type': 'AMF', 'complex-query': complex }),
        (error: { problem?: { cause?: string } }) => error.problem?.cause === 'OPTIONAL_QUERY_PARAM_INCORRECT',
        complex,
      );
    }
  });
});

describe('preferences and order', () => {
  const named = (name: string, more: object = {}) => profileOf('UDM', { nfInstanceName: name, ...more });
  const order = (context: Context, query: Record<string, string>, type = 'UDM') =>
    search(context, type, query).nfInstances.map(({ nfInstanceName }) => nfInstanceName);

  test('priority, then free capacity, then load', async () => {
    const context = await registryWith([
      named('loaded', { priority: 1, capacity: 100, load: 90 }),
      named('small', { priority: 1, capacity: 50, load: 50 }),
      named('large', { priority: 1, capacity: 100, load: 10 }),
      named('last', { priority: 2, capacity: 1000 }),
      named('first', { priority: 9, nfServices: [service('a', { priority: 0 }), service('b')] }),
    ]);
    assert.deepEqual(order(context, {}), ['first', 'large', 'small', 'loaded', 'last']);
    assert.deepEqual(order(context, { 'service-names': 'b' }), ['first']);
  });

  test('instances, locality and API version come first, the rest stays', async () => {
    const profiles = [
      named('plain'),
      named('near', { locality: 'dc1' }),
      named('new', { nfServices: [service('a', { versions: [{ apiVersionInUri: 'v2', apiFullVersion: '2.1.0' }] })] }),
    ];
    const context = await registryWith(profiles);
    const locality = search(context, 'UDM', { 'preferred-locality': 'dc1' });
    assert.equal(locality.nfInstances[0]?.nfInstanceName, 'near');
    assert.deepEqual(locality.preferredSearch, { preferredLocalityMatchInd: true, otherLocalityInd: true });
    for (const version of ['2.1.0', 'v2', '=2.1.0', '>2.0', '>=2.1', '^2.0.5', '<3', '<=2.1.0']) {
      const found = search(context, 'UDM', { 'preferred-api-versions': JSON.stringify({ a: version }) });
      assert.equal(found.nfInstances[0]?.nfInstanceName, 'new', version);
    }
    const other = search(context, 'UDM', { 'preferred-api-versions': '{"a":"^1.0"}' });
    assert.equal(other.preferredSearch?.preferredApiVersionsMatchInd, false);
    assert.deepEqual(
      order(context, { 'preferred-nf-instances': `${profiles[2]?.nfInstanceId},${profiles[0]?.nfInstanceId}` }),
      ['new', 'plain', 'near'],
    );
    const both = { 'preferred-locality': 'dc1', 'preferred-api-versions': '{"a":"v2"}' };
    assert.deepEqual(order(context, both), ['near', 'new', 'plain']);
    const precedence = { ...both, 'preferences-precedence': 'preferred-api-versions,preferred-locality' };
    assert.deepEqual(order(context, precedence), ['new', 'near', 'plain']);
  });

  test('others are left out where that is what preferring means, but nobody is left with nothing', async () => {
    const vendor = { '123456': [{ featureName: 'f', featureVersion: '1' }] };
    const cases: Record<string, { value: string; type?: string; more: object; indicator: string }> = {
      'preferred-tai': {
        value: JSON.stringify(tai('000001')),
        type: 'AMF',
        more: amf({ taiList: [tai('000001')] }),
        indicator: 'preferredTaiMatchInd',
      },
      'preferred-full-plmn': { value: 'true', type: 'AMF', more: amf(), indicator: 'preferredFullPlmnMatchInd' },
      'preferred-collocated-nf-types': {
        value: 'UPF',
        type: 'SMF',
        more: { collocatedNfInstances: [{ nfInstanceId: id, nfType: 'UPF' }] },
        indicator: 'preferredCollocatedNfTypeInd',
      },
      'preferred-pgw-ind': {
        value: 'true',
        type: 'SMF',
        more: smf({ pgwFqdn: 'p.example.org' }),
        indicator: 'preferredPgwMatchInd',
      },
      'preferred-vendor-specific-features': {
        value: JSON.stringify({ a: vendor }),
        more: { nfServices: [service('a', { supportedVendorSpecificFeatures: vendor })] },
        indicator: 'preferredVendorSpecificFeaturesInd',
      },
      'preferred-vendor-specific-nf-features': {
        value: JSON.stringify(vendor),
        more: { supportedVendorSpecificFeatures: vendor },
        indicator: 'preferredVendorSpecificFeaturesInd',
      },
      'preferred-analytics-delays': {
        value: '{"NF_LOAD":10}',
        type: 'NWDAF',
        more: { nwdafInfo: { eventIds: ['NF_LOAD'], analyticsDelay: 5 } },
        indicator: 'preferredAnalyticsDelaysInd',
      },
    };
    const elsewhere: Record<string, object> = {
      AMF: amf({ taiList: [tai('000009')] }),
      SMF: smf(),
      NWDAF: { nwdafInfo: { analyticsDelay: 60 } },
    };
    const tested = new Set([...Object.keys(cases), 'preferred-locality', 'preferred-api-versions']);
    const all = [...PARAMETERS].filter(([, { on }]) => on === 'preference').map(([name]) => name);
    assert.deepEqual(
      all.filter((name) => !tested.has(name)),
      [],
    );
    for (const [name, { value, type = 'UDM', more, indicator }] of Object.entries(cases)) {
      const preferred = profileOf(type, more);
      const other = profileOf(type, elsewhere[type] ?? {});
      const both = search(await registryWith([other, preferred]), type, { [name]: value });
      assert.deepEqual(idsOf(both), [preferred.nfInstanceId], name);
      assert.deepEqual(both.preferredSearch, { [indicator]: true }, name);
      const none = search(await registryWith([other]), type, { [name]: value });
      assert.deepEqual(idsOf(none), [other.nfInstanceId], name);
      assert.deepEqual(none.preferredSearch, { [indicator]: false }, name);
    }
  });

  test('an AMF that has the GUAMI comes before its backup', async () => {
    const guami = { plmnId: HOME, amfId: '0200aa' };
    const context = await registryWith([
      profileOf('AMF', { nfInstanceName: 'backup', ...amf({ backupInfoAmfRemoval: [guami] }) }),
      profileOf('AMF', { nfInstanceName: 'own', priority: 7, ...amf({ guamiList: [guami] }) }),
    ]);
    assert.deepEqual(order(context, { guami: JSON.stringify(guami) }, 'AMF'), ['own', 'backup']);
  });
});

describe('an answer', () => {
  test('says why it is empty, as far as the requester may know', async () => {
    const reason = async (profile: NFProfile, query: Record<string, string> = {}) =>
      search(await registryWith([profile]), 'UDM', query).noProfileMatchInfo?.reason;
    assert.equal(await reason(profileOf('UDM', { nfStatus: 'SUSPENDED' })), 'TARGET_NF_SUSPENDED');
    assert.equal(await reason(profileOf('UDM', { nfStatus: 'UNDISCOVERABLE' })), 'TARGET_NF_UNDISCOVERABLE');
    assert.equal(
      await reason(profileOf('UDM', {}), { 'target-hni': 'x.example.org' }),
      'QUERY_PARAMS_COMBINATION_NO_MATCH',
    );
    assert.equal(await reason(profileOf('UDR', {})), undefined);
    const context = await registryWith([profileOf('UDM', { nfStatus: 'SUSPENDED', allowedNfTypes: ['AUSF'] })]);
    const query = readQuery({ 'target-nf-type': 'UDM', 'requester-nf-type': 'AMF' });
    const hidden = JSON.parse(searchNfs(context, query, { ...requester, nfType: 'AMF' }).body) as SearchResult;
    assert.equal(hidden.noProfileMatchInfo, undefined, 'nothing of an NF that keeps to itself');
  });

  test('has services as a list, or as a map for those who understand it', async () => {
    const context = await registryWith([profileOf('UDM', { nfServiceList: { 'a-1': service('a') } })]);
    const [plain] = search(context, 'UDM', {}).nfInstances;
    assert.equal(plain?.nfServices?.length, 1);
    const mapped = search(context, 'UDM', { 'requester-features': '20' });
    assert.deepEqual(Object.keys(mapped.nfInstances[0]?.nfServiceList ?? {}), ['a-1']);
    assert.equal(mapped.nfInstances[0]?.nfServices, undefined);
    assert.equal(mapped.nrfSupportedFeatures, 'dff');
  });

  test('is no longer than was asked for, in number and in octets', async () => {
    const profiles = Array.from({ length: 20 }, () =>
      profileOf('UDM', { locality: 'x'.repeat(128), customInfo: { x: 'y'.repeat(500) } }),
    );
    const context = await registryWith(profiles);
    const limited = search(context, 'UDM', { limit: '3' });
    assert.equal(limited.nfInstances.length, 3);
    assert.equal(limited.numNfInstComplete, 20);
    const small = search(context, 'UDM', { 'max-payload-size': '3' });
    assert.ok(small.nfInstances.length >= 2 && JSON.stringify(small.nfInstances).length <= 3_000);
    const ext = search(context, 'UDM', { 'max-payload-size': '1', 'max-payload-size-ext': '4000' });
    assert.equal(ext.nfInstances.length, 20);
    assert.equal(ext.searchId, undefined);
    const stored = context.searches.get(limited.searchId ?? '');
    assert.equal(stored?.all.length, 20);
    assert.equal(stored?.shown.length, 3);
  });

  test('a pattern that would run for ever is no pattern', async () => {
    const evil = profileOf('UDM', { udmInfo: { supiRanges: [{ pattern: '^(([a-z]+)*)+(?=x)$' }] } });
    const slow = profileOf('UDM', { udmInfo: { supiRanges: [{ pattern: '^nai-(a+)+b$' }] } });
    const context = await registryWith([evil, slow]);
    const startedAt = performance.now();
    const found = idsOf(search(context, 'UDM', { supi: `nai-${'a'.repeat(250)}` }));
    assert.deepEqual(
      found,
      [evil.nfInstanceId],
      'one that cannot be run safely counts as matching, for the producer to refuse',
    );
    assert.ok(performance.now() - startedAt < 5_000, 'and neither takes time');
  });
});
