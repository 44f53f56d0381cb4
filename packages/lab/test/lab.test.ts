import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { after, afterEach, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Lab, LabError, type LabStep, startLab } from '../src/index.ts';
import { type Temporary, temporaryLab } from './support/tiny-services.ts';

const PORT_OFFSET = 11_000;

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('startLab', () => {
  let temporary: Temporary;
  let lab: Lab | undefined;
  const steps: LabStep[] = [];
  const start = async (more: { signal?: AbortSignal } = {}) => {
    const { dir, services } = temporary;
    lab = await startLab({ dir, services, portOffset: PORT_OFFSET, onStep: (step) => steps.push(step), ...more });
    return lab;
  };
  beforeEach(() => {
    temporary = temporaryLab();
    steps.length = 0;
  });
  afterEach(async () => {
    await lab?.stop();
    lab = undefined;
    temporary.remove();
  });
  after(() => assert.equal(lab, undefined));

  it('starts every NF of the topology as a process of its own and ends them all', async () => {
    const running = await start();
    const pids = running.nfs.map((nf) => nf.pid);
    assert.equal(new Set(pids).size, 13);
    assert.ok(pids.every((pid) => pid !== undefined && pid !== process.pid && isAlive(pid)));
    const order = steps.flatMap((step) => (step.kind === 'nf' && step.state === 'ready' ? [step.label] : []));
    assert.deepEqual(order.slice(0, 2).sort(), ['NRF(001-01)', 'NRF(999-70)'], 'the NRFs come first');
    assert.equal(order.at(-1), 'RANSIM(001-01)');
    await running.stop();
    assert.deepEqual(
      pids.filter((pid) => pid !== undefined && isAlive(pid)),
      [],
    );
    assert.equal(existsSync(join(temporary.dir, 'lab.lock')), false);
  });

  it('lets the operator in with its own certificate', async () => {
    const running = await start();
    const ausf = running.nf('home', 'ausf');
    const answer = await running.operator.request({ method: 'GET', url: `${ausf.apiRoot}/` });
    assert.equal(answer.status, 200);
    assert.deepEqual(answer.body, { nfInstanceId: ausf.config.nfInstanceId });
    const records = await running.trace();
    const [record] = records.filter(({ traceId }) => traceId === answer.traceId);
    assert.ok(record?.kind === 'sbi');
    assert.equal(record.from.nfType, 'OPERATOR');
    assert.equal(record.operation, 'hello');
  });

  it('kills, starts and restarts one NF, and reports only what nobody asked for', async () => {
    const running = await start();
    const udm = running.nf('999-70', 'udm');
    const first = udm.pid;
    await udm.kill9();
    assert.equal(udm.pid, undefined);
    await udm.start();
    const second = udm.pid;
    await udm.restart();
    assert.ok(first && second && udm.pid && first !== second && second !== udm.pid);
    const lost = () => steps.filter((step) => step.kind === 'nf' && step.state === 'lost');
    assert.deepEqual(lost(), []);
    process.kill(udm.pid, 'SIGKILL');
    while (udm.pid !== undefined) await sleep(10);
    assert.equal(lost().length, 1);
    assert.match(JSON.stringify(lost()), /UDM\(999-70\).*signal SIGKILL.*999-70-udm\.log/);
  });

  it('keeps certificates, keys and instance ids from one start to the next', async () => {
    const read = (running: Lab) => {
      const { config } = running.nf('home', 'amf');
      const file = join(temporary.dir, 'pki/001-01/home-network-keys.json');
      return [config.nfInstanceId, readFileSync(config.tls.cert, 'utf8'), readFileSync(file, 'utf8')];
    };
    const first = await start();
    const before = read(first);
    await first.stop();
    const second = await start();
    assert.deepEqual(read(second), before);
    assert.notEqual(second.run.id, first.run.id);
  });

  it('refuses a second lab in the same directory, and says what to do', async () => {
    await start();
    await assert.rejects(
      startLab({ dir: temporary.dir, services: temporary.services, portOffset: PORT_OFFSET }),
      (error: unknown) =>
        error instanceof LabError &&
        error.message.includes(`process ${process.pid}`) &&
        /--dir ANOTHER_DIRECTORY --port-offset/.test(error.advice),
    );
  });

  it('names the ports that are in use before it starts anything', async () => {
    const squatter = createServer().listen(17105 + PORT_OFFSET, '127.0.0.1');
    try {
      await assert.rejects(
        start(),
        (error: unknown) =>
          error instanceof LabError && error.message.includes(`${17105 + PORT_OFFSET} (for AUSF(001-01))`),
      );
    } finally {
      squatter.close();
    }
    assert.equal(existsSync(join(temporary.dir, 'lab.lock')), false);
    assert.deepEqual(steps, []);
  });

  it('shows the end of the log of an NF that dies at start, and leaves nothing running', async () => {
    temporary.replace('ausf', "console.log('the last words'); process.exit(3);\n");
    await assert.rejects(start(), (error: unknown) => {
      assert.ok(error instanceof LabError);
      assert.match(error.message, /AUSF\(\d+-\d+\) did not start \(exit code 3\)[\s\S]*\| the last words/);
      assert.match(error.advice, /ausf\.log/);
      return true;
    });
    assert.equal(existsSync(join(temporary.dir, 'lab.lock')), false);
    const failed = steps.filter((step) => step.kind === 'nf' && step.state === 'failed');
    assert.ok(failed.length > 0 && failed.every((step) => JSON.stringify(step).includes('AUSF')));
    // Were anything left, it would have the ports of the next start.
    temporary.replace('ausf', readFileSync(join(temporary.services, 'udm/src/main.ts'), 'utf8'));
    await start();
  });

  it('stops what it has started when it is interrupted while starting', async () => {
    const controller = new AbortController();
    const starting = start({ signal: controller.signal });
    while (!steps.some((step) => step.kind === 'nf' && step.state === 'ready')) await sleep(5);
    controller.abort();
    await assert.rejects(starting, /interrupted/);
    await start();
  });
});
