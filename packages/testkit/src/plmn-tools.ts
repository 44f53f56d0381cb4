/** What a test does with a PLMN, wherever its NFs run. */
import { createOperator, type ForeignNf, foreignNfOf, LabError, readTrace, registrationOf } from '@twincore/lab/parts';
import { type NFProfile, type PlmnId, plmnToString } from '@twincore/model';
import { addressOf, type TraceParty, type TraceRecord } from '@twincore/sbi';
import { type Exchanges, exchangesOf } from './exchanges.ts';
import { type FakeAuthorization, type FakeHandler, type FakeService, servicesOf } from './fake-service.ts';
import type { NfPlace, PlmnFiles } from './plmn-files.ts';
import { definitionOf, hasService } from './services.ts';
import type { Subscriber } from './subscribers.ts';
import { startTestNf, type TestNf, type TestNfOptions, type TokenOptions } from './test-nf.ts';
import { type Usim, usimOf } from './usim.ts';

export interface FakeNfOptions {
  readonly nfType: string;
  readonly services: readonly FakeService[];
  /** Absent, it answers 501 to everything. */
  readonly handler?: FakeHandler;
  /** `enforce` when absent. */
  readonly authorization?: FakeAuthorization;
  /** Members of its profile in place of those that the testkit chooses. */
  readonly profile?: Partial<NFProfile>;
}

export interface PlmnTools extends Exchanges {
  readonly plmnId: PlmnId;
  /** Its files: PKI, state, recorded exchanges. */
  readonly dir: string;
  /** The CA certificate, PEM. */
  readonly ca: string;
  readonly nrf: { readonly apiRoot: string; readonly nfInstanceId: string };
  readonly subscribers: readonly Subscriber[];
  /** Of a subscriber of the PLMN; the first one when absent. The same each time. */
  usim(supi?: string): Usim;
  /** An NF of this type that calls others; the same each time. */
  client(nfType: string): Promise<TestNf>;
  /** An access token of the NRF for `client(as)`. */
  token(options: TokenOptions & { readonly as: string }): Promise<string>;
  /** A fake NF: it offers services, is discovered by the real NFs, and its handler is called by them. */
  registerFakeNf(options: FakeNfOptions): Promise<TestNf>;
  /** What an NF of yours needs to take part: certificate, key, identity, and where its NRF is. It may be called before it runs. */
  admit(nfType: string, at?: NfPlace): Promise<ForeignNf>;
  /** Resolves when an NF that was admitted has registered at the NRF; throws after `seconds` (10 when absent). */
  registered(nf: Pick<ForeignNf, 'nfInstanceId' | 'nfType'>, seconds?: number): Promise<NFProfile>;
}

interface ToolsOptions {
  /** Tells what is known of the services of real NFs. */
  readonly services: string;
  /** The recorded exchanges so far; out of the PLMN's files when absent. */
  readonly read?: () => Promise<readonly TraceRecord[]>;
  /** Where the NFs of the PLMN find those of the test; on the loopback interface when absent. */
  readonly here?: NfPlace;
}

export async function plmnTools(
  files: PlmnFiles,
  { services: servicesDir, read = async () => readTrace(files.traceDir), here = {} }: ToolsOptions,
): Promise<PlmnTools & { close(): Promise<void> }> {
  const { site } = files;
  const [nrfPlan] = site.nfs;
  if (!nrfPlan) throw new Error('a PLMN without NRF');
  const nrfConfig = await files.configOf(nrfPlan);
  const { nfInstanceId, fqdn, sbi } = nrfConfig;
  const nrf = { apiRoot: `https://${fqdn}:${sbi.port}`, nfInstanceId };
  const operator = await createOperator(site.pki, site.plmnId, { [fqdn]: addressOf(nrfConfig) });
  const open: TestNf[] = [];
  const admitted = new Map<string, TraceParty>();
  const thrown: unknown[] = [];
  const clients = new Map<string, Promise<TestNf>>();
  const usims = new Map<string, Usim>();

  const start = async (nfType: string, options: Omit<TestNfOptions, 'onError' | 'hosts' | 'unrecorded'>) => {
    const config = await files.configOf(await files.planAnother(nfType, here));
    const onError = (error: unknown) => thrown.push(error);
    const nf = await startTestNf(config, { ...options, hosts: files.hosts, unrecorded: admitted, onError });
    open.push(nf);
    return nf;
  };

  const client = (nfType: string) => {
    let found = clients.get(nfType);
    if (!found) {
      found = start(nfType, { services: () => [], authorization: 'enforce', handler: notImplemented, profile: {} });
      clients.set(nfType, found);
    }
    return found;
  };

  return {
    ...exchangesOf(async () => (await read()).filter((record) => record.kind === 'sbi')),
    plmnId: site.plmnId,
    dir: files.dir,
    ca: site.pki.ca,
    nrf,
    subscribers: files.subscribers,
    client,

    usim(supi) {
      const subscriber = files.subscribers.find((one) => supi === undefined || one.supi === supi);
      if (!subscriber) throw new Error(`there is no subscriber ${supi ?? ''}; name some: startPlmn({ subscribers })`);
      const usim = usims.get(subscriber.supi) ?? usimOf(subscriber);
      usims.set(subscriber.supi, usim);
      return usim;
    },

    async token({ as, ...options }) {
      const nf = await client(as);
      return nf.token(options);
    },

    async registerFakeNf({ nfType, services, handler = notImplemented, authorization = 'enforce', profile = {} }) {
      const known = hasService(servicesDir, nfType) ? await definitionOf(servicesDir, nfType) : undefined;
      return start(nfType, {
        services: (config) => servicesOf(config, services, known?.profile?.(config).nfServices ?? []),
        authorization,
        handler,
        profile,
      });
    },

    async admit(nfType, at) {
      const own = foreignNfOf(await files.configOf(await files.planAnother(nfType, { ...here, ...at })));
      const { nfInstanceId } = own;
      admitted.set(own.fqdn, { nfType: own.nfType, nfInstanceId, plmn: plmnToString(own.plmnId) });
      return own;
    },

    async registered({ nfInstanceId: id, nfType }, seconds = 10) {
      const signal = AbortSignal.timeout(seconds * 1_000);
      const profile = registrationOf(operator, { nrf: nrf.apiRoot, nfInstanceId: id }, signal);
      return profile.catch((error: unknown) => {
        if (!signal.aborted) throw error;
        throw new LabError(
          `no ${nfType} with nfInstanceId ${id} has registered at the NRF within ${seconds} s`,
          `It has to PUT its profile to ${nrf.apiRoot}/nnrf-nfm/v1/nf-instances/${id}, with the certificate that it was given.`,
        );
      });
    },

    async close() {
      await Promise.all(open.map((nf) => nf.stop()));
      await operator.close();
      if (thrown.length > 0) throw thrown[0];
    },
  };
}

const notImplemented: FakeHandler = () => ({
  status: 501,
  body: { title: 'Not Implemented', status: 501, detail: 'this fake NF has no handler' },
});
