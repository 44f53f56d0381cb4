/** docker-compose.yml: that it is the lab of deploy/, and the scenarios over it. Engine and image are needed for the latter only. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { PROJECT_ROOT, readTopology, serviceOf } from '@twincore/lab';
import { createMetrics } from '@twincore/sbi';
import { parse } from 'yaml';
import { COMPOSE_FILE, compose, WITHOUT_COMPOSE } from './support/compose.ts';

const yaml = <T>(...path: string[]) => parse(readFileSync(join(PROJECT_ROOT, ...path), 'utf8'), { merge: true }) as T;
interface Service {
  readonly command?: readonly string[];
  readonly networks?: Readonly<Record<string, { readonly ipv4_address: string } | null>> | readonly string[];
}
const { services } = yaml<{ services: Record<string, Service> }>('docker-compose.yml');
const planned = readTopology(join(PROJECT_ROOT, 'deploy'), 0, { home: 'D', visited: 'D' }).flatMap((site) =>
  site.nfs.map((nf) => ({ ...nf, service: serviceOf({ site: site.name, name: nf.name }), site: site.name })),
);

describe('docker-compose.yml', () => {
  test('has every NF of the topology, each at the address that deploy/containers.yaml says', () => {
    const hosts = yaml<Record<string, Record<string, Record<string, string>>>>('deploy', 'containers.yaml');
    for (const { service, site, name } of planned) {
      const found = Object.values(services[service]?.networks ?? {}).map(({ ipv4_address }) =>
        ipv4_address.replace(/^\$\{TWINCORE_NET[^}]*\}/, 'net'),
      );
      const expected = Object.values(hosts[site]?.[name] ?? {}).map((host) => host.replace(/^\$\{net\}/, 'net'));
      assert.ok(expected.length > 0, `${service} has no address`);
      for (const host of expected) assert.ok(found.includes(host), `${service}: ${host} is not in ${found}`);
    }
  });

  test('lets nobody but a SEPP touch a core network and n32', () => {
    for (const [name, { networks = {}, command }] of Object.entries(services)) {
      if (!command?.[0]?.startsWith('services/') || name === 'console') continue;
      const cores = Object.keys(networks).filter((network) => ['home', 'visited'].includes(network));
      assert.ok(cores.length <= 1, `${name} touches both networks`);
      if (cores.length === 1 && 'n32' in networks) assert.match(name, /-sepp$/);
    }
  });

  test('has every NF watched by Prometheus, and the dashboard shows metrics that there are', async () => {
    const { scrape_configs } = yaml<{ scrape_configs: { static_configs: { targets: string[] }[] }[] }>(
      'deploy/observability/prometheus.yml',
    );
    const targets = scrape_configs.flatMap((one) => one.static_configs.flatMap((each) => each.targets));
    for (const { service, opsPort } of planned) assert.ok(targets.includes(`${service}:${opsPort}`), service);
    const text = await createMetrics({ nfType: 'AMF', plmn: '001-01' }).registry.metrics();
    const known = new Set([...text.matchAll(/^# TYPE (\w+)/gm)].map(([, name]) => name));
    const dashboard = yaml<{ panels: { targets: { expr: string }[] }[] }>(
      'deploy/observability/grafana/dashboards/twincore.json',
    );
    const named = dashboard.panels.flatMap(({ targets }) =>
      targets.flatMap(({ expr }) => expr.match(/\b(sbi|nf|process)_\w+/g)?.filter((name) => name !== 'nf_type') ?? []),
    );
    assert.ok(named.length >= dashboard.panels.length);
    for (const name of named) assert.ok(known.has(name.replace(/_bucket$/, '')), `${name} does not exist`);
  });
});

/** Each starts a lab of containers. `without` are tests with a server on this machine’s loopback, which containers do not reach, and what they lead to. */
const SCENARIOS: readonly { readonly file: string; readonly only: string; readonly without?: string }[] = [
  { file: 'registration.test.ts', only: 'communication direct' },
  { file: 'authentication-failures.test.ts', only: 'communication D at home' },
  { file: 'n32.test.ts', only: 'cIPX and pIPX', without: 'tells an NF of|nothing else passes the border' },
  { file: 'kill9.test.ts', only: 'kill -9' },
];

describe('scenarios over docker-compose', { skip: WITHOUT_COMPOSE }, () => {
  test('the image can be built', async () => {
    await compose({ name: 'twincore-e2e-build', files: [COMPOSE_FILE], env: {} }, 'build', 'prepare');
  });

  for (const { file, only, without } of SCENARIOS) {
    test(`${file}: ${only}`, () => {
      const args = [
        '--disable-warning=ExperimentalWarning',
        '--test',
        `--test-name-pattern=${only}`,
        ...(without === undefined ? [] : [`--test-skip-pattern=${without}`]),
      ];
      // The runner tells its children by this variable that they are children.
      const { NODE_TEST_CONTEXT: _, ...env } = process.env;
      const run = spawnSync(process.execPath, [...args, join('e2e', file)], {
        cwd: PROJECT_ROOT,
        env: { ...env, TWINCORE_E2E_LAB: 'compose' },
        encoding: 'utf8',
      });
      assert.equal(run.status, 0, `${run.stdout}\n${run.stderr}`);
      assert.doesNotMatch(run.stdout, /^ℹ pass 0$/m);
    });
  }
});
