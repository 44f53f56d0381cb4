/**
 * The policy that holds when an operator configures none: every data type of TS 33.501 13.2.3.2 is encrypted, in every service
 * operation that networks use across a border (TS 23.501 4.2.4, TS 23.502), and no IPX may modify anything.
 */
import type { ApiIeMapping, ApiSignature, IeInfo, ProtectionPolicy } from '@twincore/model';

/** TS 33.501 13.2.3.2: SUPI, location data, cryptographic material, authentication vector, authorization token. */
const ENCRYPTED = ['UEID', 'LOCATION', 'KEY_MATERIAL', 'AUTHENTICATION_MATERIAL', 'AUTHORIZATION_TOKEN'] as const;
type Sensitive = (typeof ENCRYPTED)[number];

/** Names of IEs by what they hold: JSON Pointers in bodies, names elsewhere. */
type Ies = Partial<Record<Sensitive, readonly string[]>>;

interface Row {
  /** Method and URI behind the apiRoot, or method and callback type. */
  readonly api: `${string} ${string}`;
  readonly uri?: Ies;
  readonly req?: Ies;
  readonly rsp?: Ies;
  /** Binary parts, by the pointer of their RefToBinaryData. */
  readonly reqBinary?: Ies;
  readonly rspBinary?: Ies;
}

/** In every request or response, whatever the operation (TS 29.500 5.2.3, TS 33.501 13.3.8, 13.4.1). */
const REQUEST_HEADERS: Ies = {
  AUTHORIZATION_TOKEN: ['authorization', '3gpp-sbi-client-credentials', '3gpp-sbi-access-token'],
  UEID: ['3gpp-sbi-correlation-info', '3gpp-sbi-discovery-supi', '3gpp-sbi-discovery-gpsi'],
  LOCATION: ['3gpp-sbi-discovery-tai'],
};
const RESPONSE_HEADERS: Ies = { AUTHORIZATION_TOKEN: ['3gpp-sbi-access-token'], UEID: ['3gpp-sbi-correlation-info'] };

const SUPI: Ies = { UEID: ['supi'] };
const UE: Ies = { UEID: ['ueId'] };
const UE_CONTEXT: Ies = { UEID: ['ueContextId'] };
/** An NF that registers for a UE, and what is read of it. */
const REGISTRATION: Ies = { UEID: ['/supi', '/pei'] };
const STEERING = ['/sorInfo', '/upuInfo'];
const USER_LOCATION = ['/ueLocation', '/addUeLocation', '/ueTimeZone'];
/** N1 SM carries secondary authentication and the addresses of the UE. */
const N1_TO_UE: Ies = { AUTHENTICATION_MATERIAL: ['/n1SmInfoToUe'] };
const N1_FROM_UE: Ies = { AUTHENTICATION_MATERIAL: ['/n1SmInfoFromUe', '/unknownN1SmInfo'] };
const EVENT_SUBSCRIPTION: Ies = {
  UEID: ['supi', 'gpsi', 'pei', 'includeSupiList', 'includeGpsiList', 'excludeSupiList', 'excludeGpsiList'].map(
    (name) => `/subscription/${name}`,
  ),
};
const EVENT_REPORTS: Ies = {
  UEID: ['/reportList/*/supi', '/reportList/*/gpsi', '/reportList/*/pei', '/reportList/*/ueIdExt'],
  LOCATION: ['location', 'additionalLocation', 'timezone', 'areaList', 'ueLocationTrends', 'snssaiTaiList'].map(
    (name) => `/reportList/*/${name}`,
  ),
};
/** With what the association was made of. */
const UE_POLICY_ASSOCIATION: Ies = {
  UEID: ['/request/supi', '/request/gpsi', '/request/pei'],
  LOCATION: ['/request/userLoc', '/request/timeZone'],
};
const EAP: Ies = { AUTHENTICATION_MATERIAL: ['/eapPayload'], KEY_MATERIAL: ['/kSeaf', '/msk'], UEID: ['/supi'] };

/** One row for each operation; the clause of its API is in the TS that the comment above names. */
const ROWS: readonly Row[] = [
  // TS 29.510 6.3, 6.2, 6.1
  { api: 'POST /oauth2/token', rsp: { AUTHORIZATION_TOKEN: ['/access_token'] } },
  { api: 'GET /nnrf-disc/v1/nf-instances', uri: { UEID: ['supi', 'gpsi'], LOCATION: ['tai', 'tai-list'] } },
  { api: 'GET /nnrf-nfm/v1/nf-instances/{nfInstanceID}' },
  { api: 'POST /nnrf-nfm/v1/subscriptions' },
  { api: 'PATCH /nnrf-nfm/v1/subscriptions/{subscriptionID}' },
  { api: 'DELETE /nnrf-nfm/v1/subscriptions/{subscriptionID}' },
  { api: 'POST Nnrf_NFManagement_NFStatusNotify' },
  // TS 29.509 6.1
  {
    api: 'POST /nausf-auth/v1/ue-authentications',
    req: { UEID: ['/supiOrSuci', '/pei'], AUTHENTICATION_MATERIAL: ['/resynchronizationInfo'] },
    rsp: { AUTHENTICATION_MATERIAL: ['/5gAuthData'] },
  },
  {
    api: 'PUT /nausf-auth/v1/ue-authentications/{authCtxId}/5g-aka-confirmation',
    req: { AUTHENTICATION_MATERIAL: ['/resStar'] },
    rsp: { UEID: ['/supi'], KEY_MATERIAL: ['/kseaf'] },
  },
  { api: 'DELETE /nausf-auth/v1/ue-authentications/{authCtxId}/5g-aka-confirmation' },
  { api: 'POST /nausf-auth/v1/ue-authentications/{authCtxId}/eap-session', req: EAP, rsp: EAP },
  { api: 'DELETE /nausf-auth/v1/ue-authentications/{authCtxId}/eap-session' },
  { api: 'POST /nausf-auth/v1/ue-authentications/deregister', req: { UEID: ['/supi'] } },
  // TS 29.503 6.3
  {
    api: 'POST /nudm-ueau/v1/{supiOrSuci}/security-information/generate-auth-data',
    uri: { UEID: ['supiOrSuci'] },
    req: { AUTHENTICATION_MATERIAL: ['/resynchronizationInfo'] },
    rsp: { AUTHENTICATION_MATERIAL: ['/authenticationVector'], UEID: ['/supi'] },
  },
  { api: 'POST /nudm-ueau/v1/{supi}/auth-events', uri: SUPI },
  { api: 'PUT /nudm-ueau/v1/{supi}/auth-events/{authEventId}', uri: SUPI },
  // TS 29.503 6.2
  { api: 'GET /nudm-uecm/v1/{ueId}/registrations', uri: UE, rsp: { UEID: ['/*/supi', '/*/pei'] } },
  { api: 'PUT /nudm-uecm/v1/{ueId}/registrations/amf-3gpp-access', uri: UE, req: REGISTRATION, rsp: REGISTRATION },
  { api: 'PATCH /nudm-uecm/v1/{ueId}/registrations/amf-3gpp-access', uri: UE, req: REGISTRATION },
  { api: 'GET /nudm-uecm/v1/{ueId}/registrations/amf-3gpp-access', uri: UE, rsp: REGISTRATION },
  {
    api: 'POST /nudm-uecm/v1/{ueId}/registrations/amf-3gpp-access/pei-update',
    uri: UE,
    req: REGISTRATION,
  },
  { api: 'POST /nudm-uecm/v1/{ueId}/registrations/amf-3gpp-access/roaming-info-update', uri: UE },
  { api: 'PUT /nudm-uecm/v1/{ueId}/registrations/amf-non-3gpp-access', uri: UE, req: REGISTRATION, rsp: REGISTRATION },
  { api: 'PATCH /nudm-uecm/v1/{ueId}/registrations/amf-non-3gpp-access', uri: UE, req: REGISTRATION },
  { api: 'GET /nudm-uecm/v1/{ueId}/registrations/amf-non-3gpp-access', uri: UE, rsp: REGISTRATION },
  { api: 'GET /nudm-uecm/v1/{ueId}/registrations/smf-registrations', uri: UE },
  { api: 'PUT /nudm-uecm/v1/{ueId}/registrations/smf-registrations/{pduSessionId}', uri: UE },
  { api: 'PATCH /nudm-uecm/v1/{ueId}/registrations/smf-registrations/{pduSessionId}', uri: UE },
  { api: 'GET /nudm-uecm/v1/{ueId}/registrations/smf-registrations/{pduSessionId}', uri: UE },
  { api: 'DELETE /nudm-uecm/v1/{ueId}/registrations/smf-registrations/{pduSessionId}', uri: UE },
  { api: 'PUT /nudm-uecm/v1/{ueId}/registrations/smsf-3gpp-access', uri: UE },
  { api: 'GET /nudm-uecm/v1/{ueId}/registrations/smsf-3gpp-access', uri: UE },
  { api: 'DELETE /nudm-uecm/v1/{ueId}/registrations/smsf-3gpp-access', uri: UE },
  { api: 'PUT /nudm-uecm/v1/{ueId}/registrations/smsf-non-3gpp-access', uri: UE },
  { api: 'GET /nudm-uecm/v1/{ueId}/registrations/smsf-non-3gpp-access', uri: UE },
  { api: 'DELETE /nudm-uecm/v1/{ueId}/registrations/smsf-non-3gpp-access', uri: UE },
  { api: 'POST /nudm-uecm/v1/{ueId}/registrations/send-routing-info-sm', uri: UE, rsp: { UEID: ['/supi'] } },
  {
    api: 'GET /nudm-uecm/v1/{ueId}/registrations/location',
    uri: UE,
    rsp: { UEID: ['/supi', '/gpsi'], LOCATION: ['/registrationLocationInfoList'] },
  },
  { api: 'POST Nudm_UECM_DeregistrationNotification' },
  { api: 'POST Nudm_UECM_PCSCFRestorationNotification', req: { UEID: ['/supi'] } },
  // TS 29.503 6.1
  {
    api: 'GET /nudm-sdm/v2/{supi}',
    uri: SUPI,
    rsp: {
      UEID: ['/amData/gpsis', '/amData/cMsisdn'],
      AUTHENTICATION_MATERIAL: ['/amData/sorInfo', '/amData/upuInfo'],
    },
  },
  {
    api: 'GET /nudm-sdm/v2/{supi}/am-data',
    uri: SUPI,
    rsp: { UEID: ['/gpsis', '/cMsisdn'], AUTHENTICATION_MATERIAL: STEERING },
  },
  ...[
    'nssai',
    'smf-select-data',
    'sm-data',
    'sms-data',
    'sms-mng-data',
    'trace-data',
    'lcs-mo-data',
    'lcs-bca-data',
  ].map((data): Row => ({ api: `GET /nudm-sdm/v2/{supi}/${data}`, uri: SUPI })),
  ...[
    'ue-context-in-amf-data',
    'ue-context-in-smf-data',
    'ue-context-in-smsf-data',
    'v2x-data',
    'prose-data',
    'uc-data',
  ].map((data): Row => ({ api: `GET /nudm-sdm/v2/{supi}/${data}`, uri: SUPI })),
  { api: 'GET /nudm-sdm/v2/{ueId}/lcs-privacy-data', uri: UE },
  {
    api: 'GET /nudm-sdm/v2/{ueId}/id-translation-result',
    uri: UE,
    rsp: { UEID: ['/supi', '/gpsi', '/additionalSupis', '/additionalGpsis'] },
  },
  ...['sor-ack', 'upu-ack', 'subscribed-snssais-ack', 'cag-ack'].map(
    (ack): Row => ({
      api: `PUT /nudm-sdm/v2/{supi}/am-data/${ack}`,
      uri: SUPI,
      req: {
        AUTHENTICATION_MATERIAL: ['/sorMacIue', '/upuMacIue', '/sorTransparentContainer', '/upuTransparentContainer'],
      },
    }),
  ),
  { api: 'POST /nudm-sdm/v2/{supi}/am-data/update-sor', uri: SUPI, rsp: { AUTHENTICATION_MATERIAL: [''] } },
  { api: 'POST /nudm-sdm/v2/{ueId}/sdm-subscriptions', uri: UE, rsp: { UEID: ['/report'] } },
  { api: 'PATCH /nudm-sdm/v2/{ueId}/sdm-subscriptions/{subscriptionId}', uri: UE, rsp: { UEID: ['/report'] } },
  { api: 'DELETE /nudm-sdm/v2/{ueId}/sdm-subscriptions/{subscriptionId}', uri: UE },
  { api: 'GET /nudm-sdm/v2/shared-data' },
  { api: 'GET /nudm-sdm/v2/shared-data/{sharedDataId}' },
  { api: 'POST /nudm-sdm/v2/shared-data-subscriptions' },
  { api: 'PATCH /nudm-sdm/v2/shared-data-subscriptions/{subscriptionId}' },
  { api: 'DELETE /nudm-sdm/v2/shared-data-subscriptions/{subscriptionId}' },
  // What changed may be anything of a subscription, steering of roaming with it.
  {
    api: 'POST Nudm_SDM_Notification',
    req: { UEID: ['/notifyItems/*/resourceId'], AUTHENTICATION_MATERIAL: ['/notifyItems/*/changes'] },
  },
  // TS 29.518 6.1 to 6.4
  {
    api: 'POST /namf-comm/v1/ue-contexts/{ueContextId}/transfer',
    uri: UE_CONTEXT,
    rsp: {
      UEID: ['/ueContext/supi', '/ueContext/gpsiList', '/ueContext/pei', '/ueContext/cMsisdn'],
      KEY_MATERIAL: ['/ueContext/seafData', '/ueContext/mmContextList'],
    },
  },
  { api: 'POST /namf-comm/v1/ue-contexts/{ueContextId}/transfer-update', uri: UE_CONTEXT },
  { api: 'POST Namf_Communication_AMFStatusChangeNotify' },
  {
    api: 'POST /namf-loc/v1/{ueContextId}/provide-pos-info',
    uri: UE_CONTEXT,
    req: { UEID: ['/supi', '/gpsi', '/pei'] },
    rsp: {
      LOCATION: [
        ...['locationEstimate', 'localLocationEstimate', 'velocityEstimate', 'positioningDataList'],
        ...[
          'gnssPositioningDataList',
          'ecgi',
          'ncgi',
          'civicAddress',
          'barometricPressure',
          'altitude',
          'haGnssMetrics',
        ],
      ].map((name) => `/${name}`),
    },
  },
  {
    api: 'POST /namf-loc/v1/{ueContextId}/provide-loc-info',
    uri: UE_CONTEXT,
    rsp: { LOCATION: ['/location', '/additionalLocation', '/geoInfo', '/timezone'] },
  },
  {
    api: 'POST /namf-loc/v1/{ueContextId}/cancel-pos-info',
    uri: UE_CONTEXT,
    req: { UEID: ['/supi', '/gpsi', '/pei'] },
  },
  { api: 'GET /namf-mt/v1/ue-contexts/{ueContextId}', uri: UE_CONTEXT },
  { api: 'PUT /namf-mt/v1/ue-contexts/{ueContextId}/ue-reachind', uri: UE_CONTEXT },
  {
    api: 'POST /namf-evts/v1/subscriptions',
    req: EVENT_SUBSCRIPTION,
    rsp: {
      UEID: [...(EVENT_SUBSCRIPTION.UEID ?? []), ...(EVENT_REPORTS.UEID ?? [])],
      LOCATION: EVENT_REPORTS.LOCATION ?? [],
    },
  },
  { api: 'PATCH /namf-evts/v1/subscriptions/{subscriptionId}' },
  { api: 'DELETE /namf-evts/v1/subscriptions/{subscriptionId}' },
  { api: 'POST Namf_EventExposure_Notify', req: EVENT_REPORTS },
  // TS 29.502 6.1
  {
    api: 'POST /nsmf-pdusession/v1/pdu-sessions',
    req: { UEID: ['/supi', '/gpsi', '/pei'], LOCATION: USER_LOCATION },
    rsp: { UEID: ['/gpsi'] },
    reqBinary: N1_FROM_UE,
    rspBinary: N1_TO_UE,
  },
  {
    api: 'POST /nsmf-pdusession/v1/pdu-sessions/{pduSessionRef}/modify',
    req: { UEID: ['/pei'], LOCATION: USER_LOCATION },
    reqBinary: N1_FROM_UE,
    rspBinary: N1_TO_UE,
  },
  { api: 'POST /nsmf-pdusession/v1/pdu-sessions/{pduSessionRef}/release', req: { LOCATION: USER_LOCATION } },
  { api: 'POST /nsmf-pdusession/v1/pdu-sessions/{pduSessionRef}/retrieve' },
  {
    api: 'POST Nsmf_PDUSession_Update',
    rsp: { LOCATION: USER_LOCATION },
    reqBinary: N1_TO_UE,
    rspBinary: N1_FROM_UE,
  },
  { api: 'POST Nsmf_PDUSession_StatusNotify' },
  // TS 29.525 5: between the PCFs of a UE's two networks
  {
    api: 'POST /npcf-ue-policy-control/v1/policies',
    req: { UEID: ['/supi', '/gpsi', '/pei'], LOCATION: ['/userLoc', '/timeZone'] },
    rsp: UE_POLICY_ASSOCIATION,
  },
  { api: 'GET /npcf-ue-policy-control/v1/policies/{polAssoId}', rsp: UE_POLICY_ASSOCIATION },
  { api: 'DELETE /npcf-ue-policy-control/v1/policies/{polAssoId}' },
  { api: 'POST /npcf-ue-policy-control/v1/policies/{polAssoId}/update', req: { LOCATION: ['/userLoc'] } },
  { api: 'POST Npcf_UEPolicyControl_UpdateNotify' },
  // TS 29.531 6.1
  { api: 'GET /nnssf-nsselection/v2/network-slice-information', uri: { LOCATION: ['tai'] } },
];

/** Changes with every change of the rows: 33.501 13.2.3.2 wants an identifier and a release. */
export const DEFAULT_POLICY_ID = { id: 'twincore-default-2', release: 17 } as const;

export function defaultPolicy(): ProtectionPolicy {
  return { dataTypeEncPolicy: [...ENCRYPTED], apiIeMappingList: ROWS.map(toMapping) };
}

function toMapping({ api, uri, req, rsp, reqBinary, rspBinary }: Row): ApiIeMapping {
  const [apiMethod = '', target = ''] = api.split(' ');
  const apiSignature: ApiSignature = target.startsWith('/') ? `{apiRoot}${target}` : { callbackType: target };
  const parts: readonly [IeInfo['ieLoc'], 'reqIe' | 'rspIe', Ies | undefined][] = [
    ['URI_PARAM', 'reqIe', uri],
    ['HEADER', 'reqIe', REQUEST_HEADERS],
    ['BODY', 'reqIe', req],
    ['MULTIPART_BINARY', 'reqIe', reqBinary],
    ['HEADER', 'rspIe', RESPONSE_HEADERS],
    ['BODY', 'rspIe', rsp],
    ['MULTIPART_BINARY', 'rspIe', rspBinary],
  ];
  const IeList = parts.flatMap(([ieLoc, direction, ies]) =>
    Object.entries(ies ?? {}).flatMap(([ieType, names]) => names.map((name) => ({ ieLoc, ieType, [direction]: name }))),
  );
  return { apiSignature, apiMethod, IeList };
}
