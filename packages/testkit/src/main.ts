#!/usr/bin/env node
/** `twincore-plmn`: a PLMN for tests that are not written in TypeScript, as a process of its own or in a container. */
import { readFileSync, writeFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { LabError } from '@twincore/lab/parts';
import { addressOf, ConfigError } from '@twincore/sbi';
import { type Plmn, type StartOptions, startPlmn } from './start-plmn.ts';
import type { TestNf } from './test-nf.ts';

const USAGE = `usage: twincore-plmn --dir DIRECTORY [options]

Starts NFs of one PLMN, writes what a test needs to know, and stays until SIGTERM or Ctrl-C:
  DIRECTORY/plmn.json   everything, for programs
  DIRECTORY/plmn.env    the same for a shell: . DIRECTORY/plmn.env

  --nfs LIST            NFs besides the NRF (default: ausf,udm,udr)
  --client TYPE         makes and registers an NF that your test plays, e.g. AMF; may be repeated
  --admit TYPE[=PORT]   makes what your own NF needs, DIRECTORY/TYPE.json; may be repeated
  --subscribers FILE    JSON: a list of { supi, k, opc }; k and opc are made up where they are missing
  --address ADDRESS     IPv4 address under which the NFs are reached (default: 127.0.0.1); auto: this machine's first
  --listen ADDRESS      where they listen, when that is another (0.0.0.0 in a container)
  --ports LIST          one for each NF, the NRF first (default: free ones)
  --options FILE        JSON: the options of startPlmn; what stands here counts more`;

const OPTIONS = {
  dir: { type: 'string' },
  nfs: { type: 'string' },
  client: { type: 'string', multiple: true },
  admit: { type: 'string', multiple: true },
  subscribers: { type: 'string' },
  address: { type: 'string' },
  listen: { type: 'string' },
  ports: { type: 'string' },
  options: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** A wrong command line. */
class UsageError extends Error {}

type Values = ReturnType<typeof valuesOf>;

function valuesOf(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function optionsOf({ dir, nfs, subscribers, address, listen, ports, options }: Values): StartOptions & { dir: string } {
  if (dir === undefined) throw new UsageError('where to? --dir DIRECTORY');
  const list = (text: string) => text.split(',').filter(Boolean);
  return {
    ...(options === undefined ? {} : (json(options) as StartOptions)),
    dir: resolve(dir),
    ...(nfs === undefined ? {} : { nfs: list(nfs) }),
    ...(subscribers === undefined
      ? {}
      : { subscribers: json(subscribers) as NonNullable<StartOptions['subscribers']> }),
    ...(address === undefined ? {} : { address: address === 'auto' ? ownAddress() : address }),
    ...(listen === undefined ? {} : { listen }),
    ...(ports === undefined ? {} : { ports: list(ports).map(Number) }),
  };
}

function json(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new UsageError(`${file}: ${error instanceof Error ? error.message : error}`);
  }
}

function ownAddress(): string {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const found = all.find(({ family, internal }) => family === 'IPv4' && !internal);
  if (!found) throw new UsageError('this machine has no IPv4 address but its own loopback: name one with --address');
  return found.address;
}

interface Description {
  readonly dir: string;
  readonly plmnId: Plmn['plmnId'];
  readonly ca: string;
  readonly nfs: readonly { name: string; nfType: string; nfInstanceId: string; apiRoot: string; address: string }[];
  readonly clients: Readonly<Record<string, Pick<TestNf, 'nfInstanceId' | 'fqdn' | 'tls'>>>;
  /** By NF type: the file with what it needs, and where it will be looked for. */
  readonly admitted: Readonly<Record<string, { readonly file: string; readonly apiRoot: string }>>;
  readonly subscribers: Plmn['subscribers'];
}

async function describe(plmn: Plmn, { client = [], admit = [] }: Values): Promise<Description> {
  const clients: Record<string, Pick<TestNf, 'nfInstanceId' | 'fqdn' | 'tls'>> = {};
  for (const nfType of client) {
    const { nfInstanceId, fqdn, tls } = await plmn.client(nfType);
    clients[nfType] = { nfInstanceId, fqdn, tls };
  }
  const admitted: Record<string, Description['admitted'][string]> = {};
  for (const text of admit) {
    const [nfType = '', port] = text.split('=');
    const file = join(plmn.dir, `${nfType}.json`);
    const own = await plmn.admit(nfType, port === undefined ? {} : { port: Number(port) });
    writeFileSync(file, `${JSON.stringify(own, null, 2)}\n`, { mode: 0o600 });
    admitted[nfType] = { file, apiRoot: own.apiRoot };
  }
  const { dir, plmnId, ca, subscribers } = plmn;
  const nfs = plmn.nfs.map(({ name, nfType, nfInstanceId, apiRoot, config }) => {
    return { name, nfType, nfInstanceId, apiRoot, address: addressOf(config) };
  });
  return { dir, plmnId, ca, nfs, clients, admitted, subscribers };
}

/** Files are named from PLMN_DIR, which a shell may set before: outside a container the directory has another name. */
function environmentOf({ dir, ca, nfs, clients, admitted, subscribers }: Description): string {
  const file = (path: string) => `"$PLMN_DIR/${relative(dir, path)}"`;
  const name = (text: string) =>
    text
      .toUpperCase()
      .replace(/[^A-Z0-9]/g, '_')
      .replace(/^(?=\d)/, 'NF_');
  const lines = [
    `: "\${PLMN_DIR:=${dir}}"`,
    `CA=${file(ca)}`,
    '# For curl, which does not know these names.',
    `RESOLVE="${nfs.map(({ apiRoot, address }) => `--resolve ${new URL(apiRoot).host}:${address}`).join(' ')}"`,
    ...nfs.flatMap((nf) => [
      `${name(nf.name)}_API_ROOT=${nf.apiRoot}`,
      `${name(nf.name)}_INSTANCE_ID=${nf.nfInstanceId}`,
    ]),
    ...Object.entries(clients).flatMap(([nfType, { nfInstanceId, tls }]) => [
      `${name(nfType)}_CLIENT_INSTANCE_ID=${nfInstanceId}`,
      `${name(nfType)}_CLIENT_CERT=${file(tls.cert)}`,
      `${name(nfType)}_CLIENT_KEY=${file(tls.key)}`,
    ]),
    ...Object.entries(admitted).flatMap(([nfType, { file: path, apiRoot }]) => [
      `${name(nfType)}_CONFIG=${file(path)}`,
      `${name(nfType)}_API_ROOT=${apiRoot}`,
    ]),
    ...(subscribers[0] ? [`SUPI=${subscribers[0].supi}`] : []),
  ];
  return `${lines.join('\n')}\n`;
}

async function run(values: Values): Promise<void> {
  const plmn = await startPlmn(optionsOf(values));
  const description = await describe(plmn, values);
  writeFileSync(join(plmn.dir, 'plmn.json'), `${JSON.stringify(description, null, 2)}\n`, { mode: 0o600 });
  writeFileSync(join(plmn.dir, 'plmn.env'), environmentOf(description), { mode: 0o600 });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => plmn.close().finally(() => process.exit()));
  }
  console.log(`ready: ${plmn.nfs.map(({ name }) => name).join(', ')}; see ${join(plmn.dir, 'plmn.json')}`);
}

try {
  const values = valuesOf(process.argv.slice(2));
  if (values.help) console.log(USAGE);
  else await run(values);
} catch (error) {
  const isOurs = error instanceof UsageError || error instanceof LabError || error instanceof ConfigError;
  console.error(isOurs ? `error: ${error.message}` : error);
  if (error instanceof LabError) console.error(error.advice);
  if (error instanceof UsageError) console.error(`\n${USAGE}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
