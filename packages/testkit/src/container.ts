/** The same PLMN in a container, for NFs that are tested as containers or in another language. Needs testcontainers and an engine. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { PROJECT_ROOT, readTrace } from '@twincore/lab/parts';
import type { TraceRecord } from '@twincore/sbi';
import {
  AbstractStartedContainer,
  GenericContainer,
  getContainerRuntimeClient,
  type StartedNetwork,
  type StartedTestContainer,
  type StopOptions,
  type StoppedTestContainer,
  Wait,
} from 'testcontainers';
import { portsNeeded } from './plan.ts';
import { DEFAULT_NFS, openPlmnFiles, type PlmnFiles, type PlmnOptions } from './plmn-files.ts';
import { type PlmnTools, plmnTools } from './plmn-tools.ts';
import { freePorts } from './ports.ts';

export interface ContainerOptions extends PlmnOptions {
  /** `TWINCORE_IMAGE`, or `twincore`, when absent. */
  readonly image?: string;
}

/** In the container: the PKI, which the host has made, and what else the PLMN has on disk. */
const PKI_DIR = '/plmn-pki';
const OPTIONS_FILE = '/plmn-options.json';
const PLMN_DIR = '/tmp/plmn';
const MAIN = 'packages/testkit/src/main.ts';
/** The host, as the container calls it. */
const HOST = 'host.docker.internal';

/** Why no container can be started here, naming the engine that does not answer or the image that is missing; undefined when one can. */
export async function whyNoContainer(image = imageOf({})): Promise<string | undefined> {
  try {
    const client = await getContainerRuntimeClient();
    await client.container.dockerode.getImage(image).inspect();
    return undefined;
  } catch (error) {
    if (Object(error).statusCode === 404)
      return `there is no image "${image}": build it, or name another with TWINCORE_IMAGE`;
    const engine = process.env.DOCKER_HOST ?? '/var/run/docker.sock';
    return `no container engine answers at ${engine} (${error instanceof Error ? error.message : error})`;
  }
}

const imageOf = ({ image }: ContainerOptions) => image ?? process.env.TWINCORE_IMAGE ?? 'twincore';

/**
 * NFs of one PLMN in one container. They are reached under 127.0.0.1, on ports that are the same inside and outside; in a network of
 * testcontainers under the container's address there.
 */
export class TwincoreContainer extends GenericContainer {
  readonly #options: ContainerOptions;
  #network: StartedNetwork | undefined;

  constructor(options: ContainerOptions = {}) {
    super(imageOf(options));
    this.#options = options;
  }

  override withNetwork(network: StartedNetwork): this {
    this.#network = network;
    return super.withNetwork(network);
  }

  override async start(): Promise<StartedTwincoreContainer> {
    const dir = mkdtempSync(join(tmpdir(), 'twincore-container-'));
    try {
      const ports = await freePorts(portsNeeded(this.#options.nfs ?? DEFAULT_NFS));
      const planned = await openPlmnFiles(dir, { ...this.#options, ports });
      // The container could make certificates too, but not ones that the host has; so all are made before it gets the PKI.
      for (const plan of planned.site.nfs) await planned.configOf(plan);
      const { image: _, ...options } = this.#options;
      const { subscribers } = planned;
      const own = { ...options, subscribers, ports, pki: PKI_DIR, listen: '0.0.0.0' };
      this.withExposedPorts(...ports.map((port) => ({ container: port, host: port })))
        .withCopyDirectoriesToContainer([{ source: join(dir, 'pki'), target: PKI_DIR, mode: 0o777 }])
        .withCopyContentToContainer([{ content: JSON.stringify(own), target: OPTIONS_FILE, mode: 0o644 }])
        .withExtraHosts([{ host: HOST, ipAddress: 'host-gateway' }])
        .withEntrypoint(['node'])
        .withCommand([
          MAIN,
          '--dir',
          PLMN_DIR,
          '--options',
          OPTIONS_FILE,
          ...(this.#network ? ['--address', 'auto'] : []),
        ])
        .withWaitStrategy(Wait.forLogMessage(/^ready: /));
      const container = await super.start();
      try {
        const address = this.#network ? container.getIpAddress(this.#network.getName()) : undefined;
        const place = address === undefined ? {} : { address };
        const files = await openPlmnFiles(dir, { ...this.#options, subscribers, ports, ...place });
        return await StartedTwincoreContainer.around(container, files);
      } catch (error) {
        await container.stop();
        throw error;
      }
    } catch (error) {
      rmSync(dir, { recursive: true });
      throw error;
    }
  }
}

export class StartedTwincoreContainer extends AbstractStartedContainer {
  /** What a test does with the PLMN. Its clients and fake NFs run in the test's own process, and the container reaches them. */
  readonly plmn: PlmnTools;
  readonly #files: PlmnFiles;
  readonly #close: () => Promise<void>;

  private constructor(container: StartedTestContainer, files: PlmnFiles, tools: Awaited<ReturnType<typeof plmnTools>>) {
    super(container);
    const { close, ...plmn } = tools;
    this.plmn = plmn;
    this.#files = files;
    this.#close = close;
  }

  static async around(container: StartedTestContainer, files: PlmnFiles): Promise<StartedTwincoreContainer> {
    const tools = await plmnTools(files, {
      services: resolve(PROJECT_ROOT, 'services'),
      here: { address: await hostAddress(container), listen: '0.0.0.0' },
      read: () => recordsOf(container, files.traceDir),
    });
    return new StartedTwincoreContainer(container, files, tools);
  }

  /** Throws what the handler of a fake NF threw, when everything has ended. */
  override async stop(options?: Partial<StopOptions>): Promise<StoppedTestContainer> {
    const failure = await this.#close().then(
      () => undefined,
      (error: unknown) => ({ error }),
    );
    const stopped = await super.stop(options);
    rmSync(this.#files.dir, { recursive: true, force: true });
    if (failure) throw failure.error;
    return stopped;
  }
}

/** The address under which the container reaches this process. */
async function hostAddress(container: StartedTestContainer): Promise<string> {
  const { output } = await container.exec(['getent', 'ahostsv4', HOST]);
  const [address] = output.trim().split(/\s+/);
  if (!address) throw new Error(`the container does not know ${HOST}: ${output}`);
  return address;
}

/** What the NFs in the container have recorded, and those of this process. */
async function recordsOf(container: StartedTestContainer, traceDir: string): Promise<TraceRecord[]> {
  const { output } = await container.exec(['sh', '-c', `cat ${PLMN_DIR}/trace/*.ndjson`]);
  mkdirSync(traceDir, { recursive: true });
  writeFileSync(join(traceDir, 'container.ndjson'), output);
  return readTrace(traceDir);
}
