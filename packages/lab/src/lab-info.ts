/** `runs/<id>/lab.json`: what a lab consists of, for whoever attaches to it. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { NFType, NfInstanceId, PlmnId, Snssai } from '@twincore/model';
import { parseConfig } from '@twincore/sbi';
import Type, { type Static } from 'typebox';
import type { RunDirectory } from './directory.ts';
import { LabError } from './errors.ts';

const Address = Type.Object({ host: Type.String(), port: Type.Integer() });

const NfInfo = Type.Object({
  /** `AUSF(001-01)`. */
  label: Type.String(),
  name: Type.String(),
  site: Type.String(),
  nfType: NFType,
  nfInstanceId: NfInstanceId,
  plmnId: PlmnId,
  /** `001-01`. */
  plmn: Type.String(),
  fqdn: Type.String(),
  apiRoot: Type.String(),
  sbi: Address,
  /** `http://127.0.0.1:18105`, with /healthz and /metrics. */
  opsUrl: Type.String(),
  configFile: Type.String(),
  logFile: Type.String(),
  traceFile: Type.String(),
});
export type NfInfo = Static<typeof NfInfo>;

const LabInfoSchema = Type.Object({
  run: Type.String(),
  dir: Type.String(),
  deployDir: Type.String(),
  pkiDir: Type.String(),
  /** Of the launcher; absent where the NFs are containers, which have none. */
  pid: Type.Optional(Type.Integer()),
  /** Milliseconds since 1970. */
  startedAt: Type.Number(),
  /** Unix socket of the launcher's control API. */
  control: Type.Optional(Type.String()),
  showSecrets: Type.Boolean(),
  sites: Type.Array(
    Type.Object({
      name: Type.String(),
      plmnId: PlmnId,
      communication: Type.String(),
      sNssais: Type.Array(Snssai),
    }),
  ),
  nfs: Type.Array(NfInfo),
});
export type LabInfo = Static<typeof LabInfoSchema>;

const fileOf = (run: RunDirectory) => join(run.dir, 'lab.json');

/** Whole at every moment. */
export function writeLabInfo(run: RunDirectory, info: LabInfo): void {
  const file = fileOf(run);
  writeFileSync(`${file}.new`, `${JSON.stringify(info, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

/** Throws a {@link LabError} where the run has none, or it is not what this version writes. */
export function readLabInfo(run: RunDirectory): LabInfo {
  const file = fileOf(run);
  try {
    return parseConfig(LabInfoSchema, JSON.parse(readFileSync(file, 'utf8')), file);
  } catch (error) {
    throw new LabError(
      `${file} does not tell what the lab consists of: ${error instanceof Error ? error.message : error}`,
      'Stop the lab (Ctrl-C in its terminal) and start it again: npm start',
      { cause: error, reason: 'no-lab' },
    );
  }
}
