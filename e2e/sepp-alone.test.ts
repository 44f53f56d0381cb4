/** docs/sepp-standalone.md as it stands: its commands, in a copy of `examples/sepp-alone`, between cores that are none of twincore's. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { freePort } from '@twincore/testkit';

const ROOT = join(import.meta.dirname, '..');
const EXAMPLE = 'examples/sepp-alone';
/** Those of the example; others may have them. */
const PORTS = ['7771', '7772', '7773', '7774', '7781', '7782', '7791', '7792'];
const WAIT_MS = 60_000;

/** The lines of the page that begin in the example's directory. */
function commandsOfPage(): string {
  const page = readFileSync(join(ROOT, 'docs/sepp-standalone.md'), 'utf8');
  const [, script] = new RegExp(`\`\`\`sh\ncd ${EXAMPLE}\n([^\`]*)\`\`\``).exec(page) ?? [];
  assert.ok(script, 'the page has commands');
  return script.replaceAll('../..', ROOT);
}

for (const security of ['TLS', 'PRINS']) {
  test(`the commands of the page, with ${security}`, async (t) => {
    const dir = mkdtempSync(join(tmpdir(), 'sepp-alone-'));
    t.after(() => rmSync(dir, { recursive: true }));
    cpSync(join(ROOT, EXAMPLE), dir, { recursive: true });
    const free = await Promise.all(PORTS.map(freePort));
    for (const name of readdirSync(dir).filter((one) => /\.(yaml|mjs)$/.test(one))) {
      const file = join(dir, name);
      const text = PORTS.reduce(
        (before, port, i) => before.replaceAll(port, String(free[i])),
        readFileSync(file, 'utf8'),
      );
      writeFileSync(file, text.replace('security: TLS', `security: ${security}`));
    }
    const { stdout } = await promisify(execFile)('sh', ['-e', '-c', commandsOfPage()], { cwd: dir, timeout: WAIT_MS });
    const printed = stdout.split('\n').filter((line) => /^(\d{3} |the home|\{"at")/.test(line));
    const [authenticated = '', telescopic = '', name = '', notified = '', attacked = '', ...log] = printed;
    for (const answer of [authenticated, telescopic]) {
      assert.match(answer, /^201 .*"askedBy":"999-70".*SEPP-sepp\.5gc\.mnc070.*SEPP-sepp\.5gc\.mnc001/);
    }
    assert.match(
      name,
      /^the home is to notify at http:\/\/th-[a-z0-9.-]+\.5gc\.mnc070\.mcc999\.3gppnetwork\.org:\d+\/dereg$/,
    );
    assert.match(notified, /^204/);
    assert.match(attacked, /^403 /);
    // Before it, what was asked while the SEPPs were still starting.
    const { partner, direction, reason } = JSON.parse(log.at(-1) ?? '{}') as Record<string, string>;
    assert.deepEqual({ partner, direction, reason }, { partner: '001-01', direction: 'out', reason: 'n32-operation' });
  });
}

test('the YAML of the page is one that the SEPP takes', async () => {
  const page = readFileSync(join(ROOT, 'docs/sepp-standalone.md'), 'utf8');
  const [, yaml = ''] = /```yaml\n([^`]*)```/.exec(page) ?? [];
  const { parse } = await import('yaml');
  const { parseConfig } = await import('@twincore/sbi');
  const { SeppConfig } = await import('../services/sepp/src/config.ts');
  const config = parseConfig(SeppConfig, parse(yaml), 'the page') as {
    partners: { topologyHiding: unknown }[];
    audit: unknown;
  };
  const defaults = parseConfig(
    SeppConfig,
    {
      ...parse(yaml),
      audit: undefined,
      partners: parse(yaml).partners.map((one: object) => ({ ...one, topologyHiding: undefined })),
    },
    'the page without defaults',
  ) as typeof config;
  assert.deepEqual(config.audit, defaults.audit);
  assert.deepEqual(config.partners[0]?.topologyHiding, defaults.partners[0]?.topologyHiding);
});
