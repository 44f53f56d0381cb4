/** Whom the fuzzer asks for what, and as whom: every operation of every NF of the home network, by NFs that may ask. */
import type { Checker, Operation } from '@twincore/conformance';
import type { Lab } from '@twincore/lab';
import type { CertificateFiles } from '@twincore/lab/pki';
import { plmnToString, servingNetworkNameOf } from '@twincore/model';
import { testNf } from '../support/client.ts';
import { HOME, UE, VISITED } from '../support/lab.ts';

export interface Target {
  /** What the table calls it. */
  readonly nf: string;
  readonly operations: readonly Operation[];
  readonly url: string;
  readonly address: string;
  readonly tls: CertificateFiles;
  /** Who asks, for people. */
  readonly as: string;
  /** The token that the operations need; absent where the TLS identity is enough. */
  readonly token?: () => Promise<string>;
  readonly headers: Readonly<Record<string, string>>;
  /** Values that get a request past the first checks; three of four requests have them. */
  readonly known: Readonly<Record<string, string>>;
  /** Values that every request has. */
  readonly always: Readonly<Record<string, string>>;
  /** Failures that the TS names for what it does: others ask further NFs. */
  readonly failures: readonly number[];
  /** Mends what an operation may rightly do to the lab. */
  readonly mend?: () => Promise<void>;
}

/** A path segment in place of an id that only an answer tells; see `Known` in resources.ts. */
export const placeholder = (name: string) => `known-${name}`;

/** The subscriber that the fuzzer may spoil. */
const VICTIM = UE.nullScheme;
/** What the operations that the NFs have ask for, as their documents' `security` does. */
const SCOPES = {
  udr: [
    'nudr-dr',
    'nudr-dr:subscription-data',
    'nudr-dr:subscription-data:authentication-subscription:read',
    'nudr-dr:subscription-data:authentication-subscription:modify',
    'nudr-dr:subscription-data:registrations:write',
  ].join(' '),
  ueau: [
    'nudm-ueau',
    'nudm-ueau:security-information:generate-auth-data:invoke',
    'nudm-ueau:auth-events:create',
    'nudm-ueau:auth-event-id:modify',
  ].join(' '),
  uecm: 'nudm-uecm nudm-uecm:amf-registration:write',
};
/** The token of the longest run lives shorter than it takes. */
const TOKEN_MS = 300_000;
const KEEP_ALIVE_MS = 4_000;

export interface Targets {
  readonly all: readonly Target[];
  /** Id of the callback that the home AMF gave for a registered UE; undefined when that UE is not registered. */
  deregistrationCallback(supi: string): Promise<string | undefined>;
  close(): Promise<void>;
}

export async function openTargets(lab: Lab, checker: Checker): Promise<Targets> {
  const services = checker.operations.all();
  const operationsOf = (...files: string[]) =>
    services.filter(({ document }) => files.includes(document.file)).flatMap(({ operations }) => operations);
  const callback = (file: string, method: string, path: string, name: string, at: string): Operation => {
    const operation = operationsOf(file).find((one) => one.method === method && one.path.endsWith(path));
    const found = operation?.callbacks.find((one) => one.name === name);
    if (!found) throw new Error(`${file} has no callback ${name}`);
    return { ...found, path: at };
  };

  const amf = await testNf(lab, HOME, 'AMF', 'fuzz-amf');
  // Not the one that gets tokens: its registration comes and goes.
  const registering = await testNf(lab, HOME, 'AMF', 'fuzz-registering');
  const ausf = await testNf(lab, HOME, 'AUSF', 'fuzz-ausf');
  const udm = await testNf(lab, HOME, 'UDM', 'fuzz-udm');
  const smf = await testNf(lab, HOME, 'SMF', 'fuzz-smf');
  const visitedAmf = await testNf(lab, VISITED, 'AMF', 'fuzz-amf');
  const steady = [amf, ausf, udm, smf, visitedAmf];
  const keepAlive = setInterval(() => {
    // A failure shows in the answers: without registration there is no token.
    for (const nf of steady) nf.register().catch(() => {});
  }, KEEP_ALIVE_MS);

  const kept = (nf: typeof amf, scope: string, nfType: string, members?: Record<string, string>) => {
    let token: Promise<string> | undefined;
    let until = 0;
    return () => {
      if (!token || Date.now() > until) {
        token = nf.token(scope, nfType, members);
        until = Date.now() + TOKEN_MS;
      }
      return token;
    };
  };
  const amfRoot = lab.nf('home', 'amf').apiRoot;
  const homeSnn = servingNetworkNameOf(HOME);
  // What an NF will send requests to stays in the lab.
  const DESTINATIONS = {
    deregCallbackUri: `${amfRoot}/namf-callback/v1/registrations/${amf.nfInstanceId}/deregistration`,
    nfStatusNotificationUri: `https://${registering.fqdn}:9/`,
    callbackReference: `${amfRoot}/nothing`,
    ipv4Addresses: '["127.0.0.1"]',
  };
  const at = (name: string, nf: typeof amf, nfType: string) => ({
    nf: name,
    url: lab.nf('home', name).apiRoot,
    address: lab.nf('home', name).config.sbi.host,
    tls: nf.tls,
    as: nfType,
    headers: { 'user-agent': `${nfType}-${nf.nfInstanceId}` },
    always: DESTINATIONS,
    known: {},
    failures: [] as number[],
  });
  const guami = JSON.stringify({ plmnId: HOME, amfId: '010041' });
  const registrations = operationsOf('TS29503_Nudm_UECM.yaml');
  const authentication = operationsOf('TS29509_Nausf_UEAuthentication.yaml');
  const { tls: visitedSepp } = lab.nf('visited', 'sepp').config as { tls: CertificateFiles };
  const homeSepp = lab.nf('home', 'sepp').config as unknown as { n32: { fqdn: string; port: number; host: string } };
  const n32 = {
    url: `https://${homeSepp.n32.fqdn}:${homeSepp.n32.port}`,
    address: homeSepp.n32.host,
    tls: { ...visitedSepp, ca: amf.tls.ca },
    as: 'SEPP(999-70)',
    always: DESTINATIONS,
  };
  const all: Target[] = [
    {
      ...at('nrf', registering, 'AMF'),
      operations: operationsOf('TS29510_Nnrf_NFManagement.yaml', 'TS29510_Nnrf_Bootstrapping.yaml'),
      known: {
        nfInstanceID: registering.nfInstanceId,
        nfInstanceId: registering.nfInstanceId,
        reqNfInstanceId: registering.nfInstanceId,
        nfType: 'AMF',
        reqNfType: 'AMF',
        fqdn: registering.fqdn,
        subscriptionID: placeholder('subscriptionID'),
        'nf-type': 'AUSF',
      },
      failures: GATEWAY,
    },
    {
      ...at('nrf', amf, 'AMF'),
      operations: operationsOf('TS29510_Nnrf_NFDiscovery.yaml', 'TS29510_Nnrf_AccessToken.yaml'),
      known: {
        'target-nf-type': 'AUSF',
        'requester-nf-type': 'AMF',
        searchId: placeholder('searchId'),
        grant_type: 'client_credentials',
        nfInstanceId: amf.nfInstanceId,
        nfType: 'AMF',
        targetNfType: 'AUSF',
        scope: 'nausf-auth',
      },
      failures: GATEWAY,
    },
    {
      ...at('udr', udm, 'UDM'),
      operations: operationsOf('TS29504_Nudr_DR.yaml'),
      token: kept(udm, SCOPES.udr, 'UDR'),
      known: { ueId: VICTIM, supi: VICTIM, servingNetworkName: homeSnn, servingPlmnId: '00101', guami },
    },
    {
      ...at('udm', ausf, 'AUSF'),
      operations: operationsOf('TS29503_Nudm_UEAU.yaml'),
      token: kept(ausf, SCOPES.ueau, 'UDM'),
      known: {
        supi: VICTIM,
        supiOrSuci: VICTIM,
        servingNetworkName: homeSnn,
        ausfInstanceId: ausf.nfInstanceId,
        nfInstanceId: ausf.nfInstanceId,
        authEventId: placeholder('authEventId'),
      },
    },
    {
      ...at('udm', amf, 'AMF'),
      operations: operationsOf('TS29503_Nudm_SDM.yaml'),
      token: kept(amf, 'nudm-sdm', 'UDM'),
      known: { supi: VICTIM, ueId: VICTIM, 'plmn-id': JSON.stringify(HOME) },
    },
    {
      ...at('udm', smf, 'SMF'),
      operations: registrations.filter(({ method }) => method === 'GET'),
      token: kept(smf, 'nudm-uecm', 'UDM'),
      known: { ueId: VICTIM },
    },
    {
      ...at('udm', amf, 'AMF'),
      operations: registrations.filter(({ method }) => method !== 'GET'),
      token: kept(amf, SCOPES.uecm, 'UDM'),
      known: { ueId: VICTIM, supi: VICTIM, amfInstanceId: amf.nfInstanceId, guami },
    },
    {
      ...at('ausf', amf, 'AMF'),
      operations: authentication,
      token: kept(amf, 'nausf-auth', 'AUSF'),
      known: { supiOrSuci: VICTIM, servingNetworkName: homeSnn, authCtxId: placeholder('authCtxId') },
    },
    {
      ...at('amf', udm, 'UDM'),
      operations: [
        callback(
          'TS29503_Nudm_UECM.yaml',
          'PUT',
          '/registrations/amf-3gpp-access',
          'deregistrationNotification',
          `/namf-callback/v1/registrations/${placeholder('callbackId')}/deregistration`,
        ),
      ],
    },
    {
      ...at('ausf', amf, 'NRF'),
      tls: lab.nf('home', 'nrf').config.tls as CertificateFiles,
      operations: [
        callback(
          'TS29510_Nnrf_NFManagement.yaml',
          'POST',
          '/subscriptions',
          'onNFStatusEvent',
          '/nnrf-nfm-callback/v1/nf-status',
        ),
      ],
    },
    {
      ...n32,
      nf: 'sepp, N32-c',
      operations: operationsOf('TS29573_N32_Handshake.yaml'),
      headers: {},
      known: { sender: lab.nf('visited', 'sepp').config.fqdn },
      failures: [],
      // A partner may end the relation: then nobody roams until an operator begins it anew.
      async mend() {
        const url = `${lab.nf('home', 'sepp').apiRoot}/sepp-operator/v1/partners/${plmnToString(VISITED)}/establish`;
        const { status, body } = await lab.operator.request({ method: 'POST', url });
        if (status !== 200) throw new Error(`the SEPPs do not agree any more: ${status} ${JSON.stringify(body)}`);
      },
    },
    {
      ...at('sepp', amf, 'AMF'),
      nf: 'sepp, to N32',
      operations: authentication,
      token: kept(amf, 'nausf-auth', 'AUSF', roaming(HOME, VISITED)),
      headers: {
        'user-agent': `AMF-${amf.nfInstanceId}`,
        '3gpp-sbi-target-apiroot': lab.nf('visited', 'ausf').apiRoot,
      },
      known: { supiOrSuci: UE.ofVisited, servingNetworkName: homeSnn, authCtxId: placeholder('authCtxId') },
      failures: GATEWAY,
    },
    {
      ...n32,
      nf: 'sepp, from N32',
      operations: authentication,
      token: kept(visitedAmf, 'nausf-auth', 'AUSF', roaming(VISITED, HOME)),
      headers: {
        'user-agent': `AMF-${visitedAmf.nfInstanceId}`,
        '3gpp-sbi-target-apiroot': lab.nf('home', 'ausf').apiRoot,
      },
      known: {
        supiOrSuci: VICTIM,
        servingNetworkName: servingNetworkNameOf(VISITED),
        authCtxId: placeholder('authCtxId'),
      },
      failures: GATEWAY,
    },
  ];

  const udrToken = kept(udm, SCOPES.udr, 'UDR');
  return {
    all,
    async deregistrationCallback(supi) {
      const { status, body } = await udm.send({
        method: 'GET',
        url: `${lab.nf('home', 'udr').apiRoot}/nudr-dr/v2/subscription-data/${supi}/context-data/amf-3gpp-access`,
        headers: { authorization: `Bearer ${await udrToken()}` },
      });
      if (status === 404) return undefined;
      if (status !== 200) throw new Error(`the UDR answered ${status} ${JSON.stringify(body)}`);
      const uri = (body as { deregCallbackUri: string }).deregCallbackUri;
      return /\/registrations\/([^/]+)\/deregistration$/.exec(uri)?.[1];
    },
    async close() {
      clearInterval(keepAlive);
      for (const nf of [...steady, registering]) await nf.close();
    },
  };
}

/** A target that nobody can reach is an answer of who forwards (TS 29.500 6.10.8). */
const GATEWAY = [502, 504];

const roaming = (requesterPlmn: object, targetPlmn: object) => ({
  requesterPlmn: JSON.stringify(requesterPlmn),
  targetPlmn: JSON.stringify(targetPlmn),
});
