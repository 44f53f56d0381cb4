import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import Type from 'typebox';
import { PROJECT_ROOT } from '../src/directory.ts';
import { LabError } from '../src/errors.ts';
import { portsOf, readTopology } from '../src/topology.ts';
import { readUes } from '../src/ue-file.ts';
import { readYaml } from '../src/yaml-file.ts';

const DEPLOY = join(PROJECT_ROOT, 'deploy');

describe('the topology', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'twincore-deploy-'));
    cpSync(DEPLOY, dir, { recursive: true });
  });
  afterEach(() => rmSync(dir, { recursive: true }));
  const change = (file: string, from: string | RegExp, to: string) => {
    const text = readFileSync(join(dir, file), 'utf8');
    const changed = text.replace(from, to);
    assert.notEqual(changed, text);
    writeFileSync(join(dir, file), changed);
  };

  it('gives each PLMN its NFs, and every NF ports of its own', () => {
    const [home, visited, ran] = readTopology(dir);
    for (const site of [home, visited]) {
      assert.deepEqual(site?.nfs.map(({ type }) => type).sort(), ['AMF', 'AUSF', 'NRF', 'SEPP', 'UDM', 'UDR']);
    }
    assert.deepEqual(
      ran?.nfs.map(({ type }) => type),
      ['RANSIM'],
    );
  });

  it('starts an SCP in a network that communicates through it, and in no other', () => {
    const scps = (...modes: Parameters<typeof readTopology>[2][]) =>
      readTopology(dir, 0, ...modes)
        .filter(({ nfs }) => nfs.some(({ type }) => type === 'SCP'))
        .map(({ name, communication }) => `${name} ${communication}`);
    assert.deepEqual(scps(), []);
    assert.deepEqual(scps({ home: 'C', visited: 'D' }), ['home C', 'visited D']);
    change('visited.yaml', 'communication: direct', 'communication: D');
    assert.deepEqual(scps(), ['visited D']);
    assert.deepEqual(scps({ visited: 'direct' }), []);
    change('visited.yaml', /.*type: SCP.*/, '');
    assert.throws(() => readTopology(dir), /visited\.yaml has no SCP/);
    change('home.yaml', 'communication: direct', 'communication: B');
    assert.throws(() => readTopology(dir), /home\.yaml[\s\S]*\/communication/);
  });

  it('moves every port by the offset', () => {
    const ports = (offset: number) => readTopology(dir, offset).flatMap((site) => site.nfs.flatMap(portsOf));
    assert.deepEqual(
      ports(2000),
      ports(0).map((port) => port + 2000),
    );
  });

  it('names file and member of a mistake', () => {
    change('visited.yaml', 'type: UDM, port: 17204', 'type: UDM, prot: 17204');
    assert.throws(
      () => readTopology(dir),
      (error: unknown) => error instanceof LabError && /visited\.yaml[\s\S]*\/nfs\/3.*port/.test(error.message),
    );
  });

  it('refuses a port or a name that two NFs claim, and ports that do not exist', () => {
    assert.throws(() => readTopology(dir, 60_000), /would listen on port/);
    change('visited.yaml', '17205', '17105');
    assert.throws(() => readTopology(dir), /ausf in visited\.yaml and ausf in home\.yaml both have port 17105/);
    change('visited.yaml', '17105', '17205');
    change('ran.yaml', 'name: ransim', 'name: ausf');
    assert.throws(() => readTopology(dir), /the name ausf of PLMN 001-01/);
  });

  it('says when a file is missing or no YAML', () => {
    writeFileSync(join(dir, 'home.yaml'), 'plmnId: {');
    assert.throws(() => readTopology(dir), /home\.yaml cannot be read/);
    rmSync(join(dir, 'home.yaml'));
    assert.throws(() => readTopology(dir), /home\.yaml cannot be read: ENOENT/);
  });
});

describe('the USIMs', () => {
  it('hold the K and OPc of their subscribers', () => {
    const key = Type.Object({ k: Type.String(), opc: Type.String() });
    const file = Type.Object({
      subscribers: Type.Array(Type.Object({ supi: Type.String(), authenticationSubscription: key })),
    });
    const subscribers = ['subscribers.yaml', 'visited-subscribers.yaml'].flatMap(
      (name) => readYaml(file, join(DEPLOY, name)).subscribers,
    );
    const ues = readUes(join(DEPLOY, 'ues.yaml'));
    const keys = (supi: string, { k, opc }: { k: string; opc: string }) => ({ supi, k, opc });
    assert.deepEqual(
      ues.map((ue) => keys(ue.supi, ue)),
      subscribers.map(({ supi, authenticationSubscription }) => keys(supi, authenticationSubscription)),
    );
    assert.deepEqual(new Set(ues.map((ue) => ue.protectionScheme)), new Set([0, 1, 2]), 'one for each scheme');
  });
});
