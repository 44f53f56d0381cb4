/** docker-compose as a scenario uses it. */
import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { PROJECT_ROOT } from '@twincore/lab';
import { parse } from 'yaml';

const run = promisify(execFile);
const OUTPUT_BYTES = 64 * 1024 * 1024;

/** `docker compose` where that is installed (v2), otherwise `docker-compose` (v1.29). Undefined: no engine answers, or neither is there. */
export function findCompose(): readonly string[] | undefined {
  const answers = (command: string, args: readonly string[]) => {
    try {
      execFileSync(command, args, { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  };
  if (!answers('docker', ['info'])) return undefined;
  if (answers('docker', ['compose', 'version'])) return ['docker', 'compose'];
  return answers('docker-compose', ['version']) ? ['docker-compose'] : undefined;
}

/** Why no scenario can run over docker-compose here; false when they can. */
export const WITHOUT_COMPOSE = findCompose()
  ? false
  : `needs a Docker engine and docker-compose: none answers at ${process.env.DOCKER_HOST ?? '/var/run/docker.sock'}`;

/** Fails with what the command said. */
export async function docker(...args: readonly string[]): Promise<string> {
  return (await run('docker', args, { maxBuffer: OUTPUT_BYTES })).stdout;
}

/** Ids of a project's containers by service; docker-compose itself would take a second for each. */
export async function containersOf({ name }: Project): Promise<Map<string, string>> {
  const format = '{{.Label "com.docker.compose.service"}} {{.ID}}';
  const filter = `label=com.docker.compose.project=${name}`;
  const lines = (await docker('ps', '--all', '--filter', filter, '--format', format)).trim().split('\n');
  return new Map(lines.map((line) => line.split(' ') as [string, string]));
}

/** All that a container has said. */
export function dockerLogs(id: string): string {
  const { stdout, stderr } = spawnSync('docker', ['logs', id], { encoding: 'utf8', maxBuffer: OUTPUT_BYTES });
  return stdout + stderr;
}

export interface Project {
  readonly name: string;
  readonly files: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

export async function compose({ name, files, env }: Project, ...args: readonly string[]): Promise<string> {
  const [command, ...first] = findCompose() ?? ['docker-compose'];
  const named = files.flatMap((file) => ['-f', file]);
  const options = { cwd: PROJECT_ROOT, env: { ...process.env, ...env }, maxBuffer: OUTPUT_BYTES };
  const { stdout } = await run(`${command}`, [...first, '-p', name, ...named, ...args], options);
  return stdout;
}

export const COMPOSE_FILE = join(PROJECT_ROOT, 'docker-compose.yml');

interface ComposeYaml {
  readonly services: Readonly<Record<string, { readonly volumes?: readonly string[] }>>;
}
export const readComposeFile = () => parse(readFileSync(COMPOSE_FILE, 'utf8'), { merge: true }) as ComposeYaml;
