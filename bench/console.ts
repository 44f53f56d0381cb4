/** First paint of the console with 10,000 recorded messages, against a page with one line of text in the same browser. */
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { launchBrowser, WITHOUT_CHROMIUM } from '@twincore/e2e/browser';
import { startConsole } from '@twincore/lab';
import { median, printTable, progress, whole } from './support/output.ts';

const MESSAGES = 10_000;
const ROUNDS = 9;
const EMPTY =
  '<!doctype html><html lang="en"><title>empty</title><p class="message-row" data-index="0">one line</p></html>';

export async function consolePaint(): Promise<void> {
  if (WITHOUT_CHROMIUM) {
    console.log(`  left out: it ${WITHOUT_CHROMIUM}`);
    return;
  }
  const dir = mkdtempSync(join(tmpdir(), 'twincore-bench-'));
  const empty = createServer((_request, response) =>
    response.writeHead(200, { 'content-type': 'text/html' }).end(EMPTY),
  );
  empty.listen(0, '127.0.0.1');
  await once(empty, 'listening');
  const web = await startConsole({ dir, run: recordedRun(dir), port: 0 });
  const browser = await launchBrowser();
  try {
    const pages = [
      { name: 'a page of one line', url: `http://127.0.0.1:${(empty.address() as AddressInfo).port}/` },
      { name: `the console, ${whole(MESSAGES)} messages`, url: `${web.url}#/messages` },
    ];
    const times = pages.map((): Times[] => []);
    // The first of each warms up: the console reads the run, the browser its own code.
    for (let round = -1; round < ROUNDS; round++) {
      for (const [index, { name, url }] of pages.entries()) {
        progress(`${name}, round ${round + 1} of ${ROUNDS}`);
        const found = await load(browser, url);
        if (round >= 0) times[index]?.push(found);
      }
    }
    progress('');
    const rows = times.map((found) => ({
      paint: median(found.map(({ paint }) => paint)),
      content: median(found.map(({ content }) => content)),
    }));
    const [limit] = rows;
    console.log(
      `  headless Chromium, nothing cached; medians of ${ROUNDS} rounds, taken in turn; ms from the start of the navigation`,
    );
    printTable([
      ['', 'first paint', 'ratio', 'first messages in view', 'ratio'],
      ...rows.map(({ paint, content }, index) => [
        pages[index]?.name ?? '',
        whole(paint),
        (paint / (limit?.paint ?? Number.NaN)).toFixed(1),
        whole(content),
        (content / (limit?.content ?? Number.NaN)).toFixed(1),
      ]),
    ]);
  } finally {
    await browser.close();
    await web.stop();
    empty.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

interface Times {
  /** First contentful paint, and when the first row was there, in milliseconds since the navigation began. */
  readonly paint: number;
  readonly content: number;
}

async function load(browser: Awaited<ReturnType<typeof launchBrowser>>, url: string): Promise<Times> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  try {
    const page = await context.newPage();
    await page.addInitScript(`
      const seen = () => document.querySelector('.message-row[data-index]');
      const look = () => { if (seen()) globalThis.rowsAt = performance.now(); else requestAnimationFrame(look); };
      requestAnimationFrame(look);`);
    await page.goto(url);
    const told = async (expression: string) => {
      for (;;) {
        const value = await page.evaluate(expression);
        if (typeof value === 'number') return value;
        await page.waitForTimeout(20);
      }
    };
    const content = await told('globalThis.rowsAt');
    const paint = await told("performance.getEntriesByName('first-contentful-paint')[0]?.startTime");
    return { paint, content };
  } finally {
    await context.close();
  }
}

/** A run with so many exchanges in it, as five NFs would have written them. */
function recordedRun(dir: string) {
  const run = join(dir, 'runs/bench');
  const [trace, logs] = [join(run, 'trace'), join(run, 'logs')];
  for (const one of [trace, logs]) mkdirSync(one, { recursive: true });
  symlinkSync('bench', join(dir, 'runs/latest'));
  const types = ['NRF', 'AUSF', 'UDM', 'UDR', 'SEPP'];
  for (const [of, nfType] of types.entries()) {
    const records = Array.from({ length: MESSAGES / types.length }, (_, i) => exchange(i * types.length + of, nfType));
    writeFileSync(
      join(trace, `001-01-${nfType.toLowerCase()}.ndjson`),
      records.map((one) => `${JSON.stringify(one)}\n`).join(''),
    );
  }
  return { id: 'bench', dir: run, trace, logs, config: join(run, 'config') };
}

function exchange(i: number, nfType: string) {
  return {
    kind: 'sbi',
    at: 1_790_000_000_000 + i,
    durationMs: 1 + (i % 13),
    traceId: Math.floor(i / 50)
      .toString(16)
      .padStart(32, '0'),
    spanId: i.toString(16).padStart(16, '0'),
    from: { nfType: 'AMF', plmn: '001-01', nfInstanceId: '341cd12a-209a-5cc4-94b1-34a7a5c8c9b2' },
    to: { nfType, plmn: '001-01' },
    operation: 'Nnrf_NFDiscovery_Request',
    method: 'GET',
    authority: 'nrf.5gc.mnc001.mcc001.3gppnetwork.org:17101',
    uri: `/nnrf-disc/v1/nf-instances?target-nf-type=AUSF&requester-nf-type=AMF&n=${i}`,
    requestHeaders: { accept: 'application/json', 'user-agent': 'AMF-341cd12a-209a-5cc4-94b1-34a7a5c8c9b2' },
    status: 200,
    responseHeaders: { 'content-type': 'application/json' },
    responseBody: { validityPeriod: 60, nfInstances: [] },
  };
}
