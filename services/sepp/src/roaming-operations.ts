/**
 * What crosses the border when subscribers roam (TS 23.502, TS 29.573 annex A): the firewall's default. `plmns` says whose PLMN
 * stands where: of the side that sends the request, or of the side that receives it.
 */
import type { OperationRule } from './config.ts';

type Entry = Omit<OperationRule, 'purpose' | 'methods'> & { readonly purpose?: string; readonly methods?: string[] };
const post = { methods: ['POST'] };

/** Of one service to NFs of one type. `{version}` is any. */
const ENTRIES: readonly Entry[] = [
  // The NRF of the subscriber's home finds, grants and tells of producers (TS 23.502 4.17.5, TS 33.501 13.4.1.2).
  {
    name: 'Nnrf_NFDiscovery_Request',
    path: '/nnrf-disc/{version}/nf-instances',
    methods: ['GET'],
    consumers: ['NRF'],
    plmns: { 'query requester-plmn-list': 'sender', 'query target-plmn-list': 'receiver' },
  },
  {
    name: 'Nnrf_AccessToken_Get',
    path: '/oauth2/token',
    ...post,
    consumers: ['NRF'],
    plmns: { 'form requesterPlmn': 'sender', 'form targetPlmn': 'receiver' },
  },
  {
    name: 'Nnrf_NFManagement_NFStatusSubscribe',
    path: '/nnrf-nfm/{version}/subscriptions',
    ...post,
    consumers: ['NRF'],
    plmns: { 'body /plmnId': 'receiver' },
  },
  {
    name: 'Nnrf_NFManagement_NFStatusUnSubscribe',
    path: '/nnrf-nfm/{version}/subscriptions/{id}',
    methods: ['PATCH', 'DELETE'],
    consumers: ['NRF'],
    plmns: {},
  },
  { name: 'Nnrf_NFManagement_NFStatusNotify', callback: true, ...post, consumers: ['NRF'], plmns: {} },
  // Authentication by the home (TS 33.501 6.1).
  {
    name: 'Nausf_UEAuthentication_Authenticate',
    path: '/nausf-auth/{version}/ue-authentications',
    ...post,
    consumers: ['AMF'],
    plmns: { 'body /supiOrSuci': 'receiver', 'body /servingNetworkName': 'sender' },
  },
  {
    name: 'Nausf_UEAuthentication_5gAkaConfirmation',
    path: '/nausf-auth/{version}/ue-authentications/{id}/5g-aka-confirmation',
    methods: ['PUT', 'DELETE'],
    consumers: ['AMF'],
    plmns: {},
  },
  {
    name: 'Nausf_UEAuthentication_EapSession',
    path: '/nausf-auth/{version}/ue-authentications/{id}/eap-session',
    methods: ['POST', 'DELETE'],
    consumers: ['AMF'],
    plmns: {},
  },
  {
    name: 'Nausf_UEAuthentication_Deregister',
    path: '/nausf-auth/{version}/ue-authentications/deregister',
    ...post,
    consumers: ['AMF'],
    plmns: { 'body /supi': 'receiver' },
  },
  // Registration and subscription at the home UDM (TS 23.502 4.2.2.2.2 step 14).
  {
    name: 'Nudm_UECM_Registration',
    path: '/nudm-uecm/{version}/{ueId}/registrations/amf-3gpp-access',
    methods: ['PUT', 'PATCH', 'GET'],
    consumers: ['AMF'],
    plmns: { 'path ueId': 'receiver', 'body /guami/plmnId': 'sender' },
  },
  {
    name: 'Nudm_UECM_RegistrationNon3gpp',
    path: '/nudm-uecm/{version}/{ueId}/registrations/amf-non-3gpp-access',
    methods: ['PUT', 'PATCH', 'GET'],
    consumers: ['AMF'],
    plmns: { 'path ueId': 'receiver', 'body /guami/plmnId': 'sender' },
  },
  {
    name: 'Nudm_UECM_SmfRegistration',
    path: '/nudm-uecm/{version}/{ueId}/registrations/smf-registrations/{pduSessionId}',
    methods: ['PUT', 'PATCH', 'DELETE'],
    consumers: ['SMF'],
    plmns: { 'path ueId': 'receiver', 'body /plmnId': 'sender' },
  },
  {
    name: 'Nudm_SDM_Get',
    path: '/nudm-sdm/{version}/{ueId}/**',
    methods: ['GET'],
    consumers: ['AMF', 'SMF', 'SMSF'],
    plmns: { 'path ueId': 'receiver', 'query plmn-id': 'sender' },
  },
  {
    name: 'Nudm_SDM_GetSets',
    path: '/nudm-sdm/{version}/{ueId}',
    methods: ['GET'],
    consumers: ['AMF', 'SMF', 'SMSF'],
    plmns: { 'path ueId': 'receiver', 'query plmn-id': 'sender' },
  },
  {
    name: 'Nudm_SDM_Subscribe',
    path: '/nudm-sdm/{version}/{ueId}/sdm-subscriptions',
    ...post,
    consumers: ['AMF', 'SMF', 'SMSF'],
    plmns: { 'path ueId': 'receiver', 'body /plmnId': 'sender' },
  },
  {
    name: 'Nudm_SDM_Unsubscribe',
    path: '/nudm-sdm/{version}/{ueId}/sdm-subscriptions/{id}',
    methods: ['PATCH', 'DELETE'],
    consumers: ['AMF', 'SMF', 'SMSF'],
    plmns: { 'path ueId': 'receiver' },
  },
  {
    name: 'Nudm_SDM_Info',
    path: '/nudm-sdm/{version}/{ueId}/am-data/{ack}',
    methods: ['PUT'],
    consumers: ['AMF'],
    plmns: { 'path ueId': 'receiver' },
  },
  { name: 'Nudm_UECM_DeregistrationNotification', callback: true, ...post, consumers: ['UDM'], plmns: {} },
  { name: 'Nudm_UECM_PCSCFRestorationNotification', callback: true, ...post, consumers: ['UDM'], plmns: {} },
  { name: 'Nudm_SDM_Notification', callback: true, ...post, consumers: ['UDM'], plmns: {} },
  // Slices, and PDU sessions of home-routed roaming (TS 23.502 4.3.2.2.2).
  {
    name: 'Nnssf_NSSelection_Get',
    path: '/nnssf-nsselection/{version}/network-slice-information',
    methods: ['GET'],
    consumers: ['AMF', 'NSSF'],
    plmns: { 'query home-plmn-id': 'receiver' },
  },
  {
    name: 'Nsmf_PDUSession_Create',
    path: '/nsmf-pdusession/{version}/pdu-sessions',
    ...post,
    consumers: ['SMF'],
    plmns: { 'body /supi': 'receiver', 'body /servingNetwork': 'sender' },
  },
  {
    name: 'Nsmf_PDUSession_Update',
    path: '/nsmf-pdusession/{version}/pdu-sessions/{id}/{action}',
    ...post,
    consumers: ['SMF'],
    plmns: {},
  },
  { name: 'Nsmf_PDUSession_StatusNotify', callback: true, ...post, consumers: ['SMF'], plmns: {} },
  { name: 'Nsmf_PDUSession_Update', callback: true, ...post, consumers: ['SMF'], plmns: {} },
  {
    name: 'Npcf_UEPolicyControl_Create',
    path: '/npcf-ue-policy-control/{version}/policies',
    ...post,
    consumers: ['PCF'],
    plmns: { 'body /supi': 'receiver', 'body /servingPlmn': 'sender' },
  },
  {
    name: 'Npcf_UEPolicyControl_Update',
    path: '/npcf-ue-policy-control/{version}/policies/{id}/**',
    ...post,
    consumers: ['PCF'],
    plmns: {},
  },
  {
    name: 'Npcf_UEPolicyControl_Delete',
    path: '/npcf-ue-policy-control/{version}/policies/{id}',
    methods: ['GET', 'DELETE'],
    consumers: ['PCF'],
    plmns: {},
  },
  { name: 'Npcf_UEPolicyControl_UpdateNotify', callback: true, ...post, consumers: ['PCF'], plmns: {} },
  // A UE that moves from one PLMN into the other: its context goes from AMF to AMF (TS 23.502 4.9.1.3).
  {
    name: 'Namf_Communication_UEContextTransfer',
    purpose: 'INTER_PLMN_MOBILITY',
    path: '/namf-comm/{version}/ue-contexts/{ueContextId}/{action}',
    ...post,
    consumers: ['AMF'],
    plmns: {},
  },
];

export const ROAMING_OPERATIONS: readonly OperationRule[] = ENTRIES.map(
  ({ purpose = 'ROAMING', methods = ['POST'], ...rest }) => ({ ...rest, purpose, methods }),
);
