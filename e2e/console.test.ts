/** The web console over a real lab, in a browser: each view does its job, for mouse, keyboard and screen reader, also under load. */
import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { type ConsoleProcess, startConsole } from '@twincore/lab';
import type { SbiTraceRecord } from '@twincore/sbi';
import type { Locator, Page } from 'playwright-core';
import { accessibilityFlaws, openBrowser, type TestBrowser, WITHOUT_CHROMIUM } from './support/browser.ts';
import { addIpx, changedDeploy } from './support/deploy.ts';
import {
  assertRegistered,
  eventually,
  HOME,
  startTestLab,
  type TestLab,
  UE,
  VISITED,
  WITHOUT_SPECS,
} from './support/lab.ts';

/** Where pictures for the documentation go; none are made without it. */
const PICTURES = process.env.TWINCORE_PICTURES;

describe('the console', { skip: WITHOUT_CHROMIUM }, () => {
  const deploy = changedDeploy((site, name) =>
    addIpx(site, name, {
      permissions: [{ ieLoc: 'HEADER', reqIe: 'x-ipx-trace', rspIe: 'x-ipx-trace' }],
      mediations: [{ on: 'request', header: 'x-ipx-trace', set: name }],
    }),
  );
  let lab: TestLab;
  let web: ConsoleProcess;
  let browser: TestBrowser;
  let page: Page;
  let roaming = '';

  before(async () => {
    lab = await startTestLab({ deploy: deploy.dir });
    const ue = lab.ue(UE.profileA);
    assertRegistered(await ue.register(HOME, { identity: 'suci' }));
    await ue.deregister();
    const outcome = await ue.register(VISITED, { identity: 'suci' });
    assertRegistered(outcome);
    roaming = outcome.traceId;
    web = await startConsole({ dir: lab.dir, run: lab.run, port: 0 });
    browser = await openBrowser();
    page = browser.page;
    await page.goto(web.url);
  });
  after(async () => {
    await browser?.close();
    await web?.stop();
    await lab?.end();
    deploy.remove();
  });
  afterEach(() => {
    assert.deepEqual(browser.complaints.splice(0), []);
  });

  const show = async (view: string) => {
    await page.evaluate(`location.hash = ${JSON.stringify(`#/${view}`)}`);
  };
  const picture = async (name: string) => {
    if (!PICTURES) return;
    mkdirSync(PICTURES, { recursive: true });
    await page.screenshot({ path: join(PICTURES, `console-${name}.png`) });
  };
  const nf = (key: string) => page.locator(`[data-nf="${key}"]`);
  const stateOf = (key: string) => nf(key).getAttribute('data-state');
  /** The issue's bound for a dead NF to be shown. */
  const SHOWN_MS = 5_000;

  describe('topology', () => {
    test('shows every NF of both networks, SEPPs and IPXs, and that it is up', async () => {
      await show('topology');
      for (const { label } of lab.nfs)
        await page.getByRole('button', { name: new RegExp(`, ${escaped(label)}, up`) }).waitFor();
      await eventually(
        'every NF is up',
        async () => (await page.locator('[data-nf][data-state="up"]').count()) === lab.nfs.length,
      );
    });

    test('lights calls up as they happen', async () => {
      const seen = page.locator('path.call').first().waitFor({ state: 'attached' });
      const registered = lab.ue(UE.profileB).register(VISITED, { identity: 'suci' });
      await seen;
      await eventually('calls across the border', async () => (await page.locator('path.call.n32').count()) > 0);
      await picture('topology');
      assertRegistered(await registered);
      assert.match(await textOf(page.getByRole('region', { name: 'Last calls' })), /→/);
    });

    test('shows an NF that dies as dead, and that it comes back', async () => {
      const udm = lab.nf('visited', 'udm');
      await udm.kill9();
      await eventually('it is shown as dead', async () => (await stateOf('999-70/udm')) === 'down', SHOWN_MS);
      await page.getByText('1 down').waitFor();
      await picture('topology-nf-down');
      await udm.start();
      await eventually('it is shown as up', async () => (await stateOf('999-70/udm')) === 'up', SHOWN_MS);
    });

    test('kills an NF and starts it again', async () => {
      await nf('999-70/ausf').click();
      await page.getByRole('button', { name: 'Kill (SIGKILL)' }).click();
      await eventually('it is dead', async () => (await stateOf('999-70/ausf')) === 'down', SHOWN_MS);
      assert.equal(lab.nf('visited', 'ausf').pid, undefined);
      await page.getByRole('button', { name: 'Start again' }).click();
      await eventually('it is up again', async () => (await stateOf('999-70/ausf')) === 'up');
      await page.getByRole('button', { name: 'Close' }).click();
    });
  });

  describe('procedures', () => {
    /** The row of the diagram whose label fits, wherever it is; rows out of view are not there. */
    const chooseRow = async (label: RegExp) => {
      const diagram = page.getByTestId('sequence');
      for (let top = 0; ; top += 400) {
        await diagram.evaluate((element, to) => element.scrollTo(0, to), top);
        const row = page.getByTestId('sequence').getByRole('button', { name: label }).first();
        if (
          await row.waitFor({ timeout: 400 }).then(
            () => true,
            () => false,
          )
        ) {
          await row.click();
          return;
        }
        assert.ok(top < 20_000, `no row ${label}`);
      }
    };
    const tab = (name: string) => page.getByRole('tab', { name, exact: false }).click();

    test('lists those of the run and draws one', async () => {
      await show('procedures');
      await page
        .getByRole('button', { name: /^Registration in 999-70 succeeded/ })
        .first()
        .waitFor();
      await page
        .getByRole('button', { name: /^Registration in 001-01 succeeded/ })
        .first()
        .waitFor();
      await page
        .getByRole('button', { name: /^Deregistration in 001-01 succeeded/ })
        .first()
        .waitFor();
      await show(`procedures/${roaming}`);
      await page.getByRole('heading', { name: 'Registration in 999-70' }).waitFor();
      await page
        .getByTestId('sequence')
        .getByRole('button', { name: /UE to AMF 999-70, Registration request$/ })
        .waitFor();
      await picture('procedures');
    });

    test('tells of a message the request, the answer, and the token with each check and its clause', async () => {
      await chooseRow(/SEPP 001-01 to AUSF 001-01, Nausf_UEAuthentication_Authenticate/);
      await page
        .getByRole('region', { name: 'Headers' })
        .or(page.getByLabel('Headers of the request'))
        .first()
        .waitFor();
      await tab('Answer');
      assert.match(await textOf(page.getByLabel('Body of the answer')), /5gAuthData/);
      await tab('Token');
      const checks = page.getByRole('table', { name: 'Checks of the access token' });
      assert.match(await textOf(checks), /passed\s*consumerPlmnId[\s\S]*TS 33\.501 13\.4\.1\.2/);
      await picture('procedures-token');
    });

    test('tells what the schema says', { skip: WITHOUT_SPECS }, async () => {
      await tab('Schema');
      await page.getByText('Request and answer are as the OpenAPI document says.').waitFor();
      await page.getByText('TS29509_Nausf_UEAuthentication.yaml').waitFor();
    });

    test('shows what PRINS did at the border: before, on N32-f, after', async () => {
      await chooseRow(/AMF 999-70 to SEPP 999-70, Forward to N32-f/);
      await tab('N32');
      await page.getByText('Before: as the NF sent it').waitFor();
      assert.match(await textOf(page.getByLabel('On N32-f')), /encBlockIndex/);
      await picture('procedures-n32');
      await chooseRow(/IPX 001-01 to SEPP 001-01, N32f_Forward/);
      await tab('N32');
      await page.getByText('After: what goes on').waitFor();
      await page.getByText(/Changed and signed by ipx\..*mnc070/).waitFor();
    });

    test('shows a NAS message decoded, and its protection', async () => {
      await chooseRow(/AMF 999-70 to UE, Security mode command/);
      assert.match(await textOf(page.getByLabel('The decoded NAS message')), /selectedAlgorithms/);
      await tab('Protection');
      await page.getByText('integrity protected with new 5G NAS security context').waitFor();
      await page.keyboard.press('Escape');
      await page.getByRole('complementary', { name: 'Message' }).waitFor({ state: 'detached' });
    });
  });

  test('keys: the whole hierarchy, the same on both sides, as fingerprints', async () => {
    await show('keys');
    await page.locator('[data-key="kgnb"]').waitFor();
    const found = await page
      .locator('[data-key]')
      .evaluateAll((rows) => rows.map((row) => [row.getAttribute('data-key'), row.getAttribute('data-agreement')]));
    assert.deepEqual(
      found,
      ['k', 'opc', 'ck', 'ik', 'kausf', 'kseaf', 'kamf', 'knasint', 'knasenc', 'kgnb'].map((key) => [key, 'same']),
    );
    await picture('keys');
    const text = await textOf(page.locator('main'));
    for (const { k, opc } of lab.usims) assert.ok(!text.includes(k) && !text.includes(opc));
  });

  describe('UEs and subscribers', () => {
    const supi = 'imsi-001010000000077';

    test('adds a UE with its subscription, lets it register abroad, and deregister', async () => {
      await show('ues');
      await page.getByLabel('SUPI', { exact: true }).fill(supi);
      await page.getByRole('button', { name: 'Add UE and subscription' }).click();
      await page.getByRole('button', { name: `Register in 999-70: ${supi}` }).click();
      await page.locator(`[data-supi="${supi}"]`).getByText('999-70', { exact: true }).waitFor();
      await page.getByRole('link', { name: `see the procedure of ${supi}` }).waitFor();
      await picture('ues');
      await page.getByRole('button', { name: `Deregister ${supi}` }).click();
      await page.locator(`[data-supi="${supi}"]`).getByText('nowhere').waitFor();
    });

    test('shows who refused a registration with a fault', async () => {
      await page.getByRole('button', { name: `More for ${supi}` }).click();
      await page
        .getByRole('menuitem', { name: /wrong RES\*/ })
        .first()
        .click();
      await page
        .getByRole('region', { name: 'Results' })
        .getByText(/rejected in 001-01/)
        .waitFor();
    });

    test('lists subscribers and removes them', async () => {
      await page.getByRole('tab', { name: 'Subscribers' }).click();
      await page.getByRole('cell', { name: supi, exact: true }).waitFor();
      await page.getByRole('button', { name: `Remove ${supi}` }).click();
      await page.getByRole('cell', { name: supi, exact: true }).waitFor({ state: 'detached' });
    });

    test('says what is wrong with what it is given', async () => {
      await page.getByLabel('SUPI', { exact: true }).fill('imsi-abc');
      await page.getByRole('button', { name: 'Add subscriber' }).click();
      await page.getByRole('alert').waitFor();
    });
  });

  describe('attacks', () => {
    const run = () => page.getByRole('region', { name: 'The run' });

    test('tells what one is, runs it, and shows where it was stopped', async () => {
      await show('attacks/A9');
      await page.getByRole('heading', { name: /^A9 / }).waitFor();
      await page.getByRole('button', { name: 'Run it', exact: true }).click();
      await run().getByText('refused', { exact: true }).waitFor();
      await run()
        .getByRole('button', { name: /UDM 001-01/ })
        .first()
        .click();
      await page.getByRole('tab', { name: /Token/ }).click();
      assert.match(await textOf(page.getByRole('table', { name: /Checks/ })), /✗ failed/);
      await page.getByRole('button', { name: 'Close the message' }).click();
    });

    test('switches its defence off, sees it succeed, and switches it on again', async () => {
      await page.getByRole('button', { name: 'Run it, then without the defence' }).click();
      await run().getByText('it succeeds').waitFor({ timeout: 60_000 });
      await picture('attacks');
      await show('topology');
      await eventually('every defence is on', async () => (await page.getByText('⚠').count()) === 0);
      await eventually(
        'every NF is up',
        async () => (await page.locator('[data-nf][data-state="up"]').count()) === lab.nfs.length,
      );
    });
  });

  describe('tokens', () => {
    test('asks the NRF for one and verifies it, check by check', async () => {
      await show('tokens');
      await page.getByRole('button', { name: 'Ask for a token' }).click();
      await page.getByText('The NRF has given one').waitFor();
      await page.getByRole('button', { name: 'Verify', exact: true }).click();
      await page.getByText('as UDM(001-01) sees it').waitFor();
      await page.getByText('good', { exact: true }).waitFor();
      await picture('tokens');
    });

    test('names the check that a changed token fails', async () => {
      const token = await page.getByLabel('Token', { exact: true }).inputValue();
      const [header, claims, signature = ''] = token.split('.');
      await page.getByLabel('Token', { exact: true }).fill(`${header}.${claims}.${signature.slice(0, -8)}AAAAAAAA`);
      await page.getByRole('button', { name: 'Verify', exact: true }).click();
      await page.getByText('refused', { exact: true }).waitFor();
      assert.match(await textOf(page.getByRole('table', { name: /Checks/ })), /failed\s*signature/);
    });

    test('shows what the NRF refuses', async () => {
      await page.getByRole('combobox', { name: 'Scope' }).fill('nudr-dr');
      await page.keyboard.press('Escape');
      await page.getByRole('button', { name: 'Ask for a token' }).click();
      await page.getByText('The NRF refuses').waitFor();
    });
  });

  describe('whatever a trace contains', () => {
    const write = (records: readonly object[], file = 'written-by-a-test') =>
      appendFileSync(
        join(lab.run.trace, `${file}.ndjson`),
        records.map((record) => `${JSON.stringify(record)}\n`).join(''),
      );

    test('hostile strings are text, not HTML', async () => {
      const hostile = '<img src=x onerror="document.title=`hacked`"><script>document.title="hacked"</script>';
      write([
        {
          ...sbi(1),
          operation: hostile,
          uri: `/${hostile}`,
          requestHeaders: { [hostile]: hostile },
          responseBody: { [hostile]: hostile },
          note: hostile,
        },
        { ...sbi(2, 'hostile'), from: { nfType: hostile, plmn: hostile } },
        {
          kind: 'nas',
          at: Date.now() + 5_000,
          traceId: 'f'.repeat(32),
          from: { nfType: 'UE' },
          to: { nfType: 'AMF', plmn: '001-01' },
          message: hostile,
          n2: hostile,
          security: hostile,
          detail: hostile,
        },
      ]);
      await show('messages');
      await page.getByLabel(/^Words/).fill('onerror');
      const row = page
        .getByTestId('messages')
        .getByRole('button', { name: /onerror/ })
        .first();
      await row.waitFor();
      await row.click();
      await page.getByLabel('Headers of the request').waitFor();
      await page.getByRole('tab', { name: 'Record' }).click();
      await page.getByLabel('The record').getByText('onerror').first().waitFor();
      await show(`procedures/${'f'.repeat(32)}`);
      await page.getByTestId('sequence').getByRole('button').first().click();
      assert.equal(await page.locator('img[src="x"]').count(), 0);
      assert.equal(await page.title(), 'twincore console');
    });

    test('10,000 messages are a list whose end is one key away, and of which only what is in view is drawn', async () => {
      write(Array.from({ length: 10_000 }, (_, i) => sbi(i)));
      await show('messages');
      await page.getByLabel(/^Words/).fill('load-test');
      await page.getByRole('status').getByText('10,000 messages').waitFor();
      await picture('messages');
      const list = page.getByTestId('messages');
      await list.evaluate((element) => element.scrollTo(0, element.scrollHeight));
      await list.getByRole('button', { name: /load-test-9999\b/ }).waitFor();
      assert.ok((await list.getByRole('button').count()) < 120);
      await page.getByLabel(/^Words/).fill('load-test-4711');
      await page.getByRole('status').getByText('1 message').waitFor();
    });

    test('100,000 do not freeze it: while they come in, views change and filters filter', async () => {
      const total = 100_000;
      const chunk = 5_000;
      for (let i = 0; i < total; i += chunk)
        write(
          Array.from({ length: chunk }, (_, j) => sbi(i + j, 'flood')),
          'flood',
        );
      // Used while the console reads.
      await show('topology');
      await page.getByRole('heading', { name: 'Topology' }).waitFor();
      await show('messages');
      await page.getByLabel(/^Words/).fill('flood-99999');
      await eventually(
        'all of them are read',
        async () => /\b1 message\b/.test((await page.getByRole('status').allInnerTexts()).join(' ')),
        60_000,
      );
      await page.getByLabel(/^Words/).fill('flood');
      await page.getByRole('status').getByText('100,000 messages').waitFor();
      await show('procedures');
      await page.getByRole('heading', { name: 'Procedures' }).waitFor();
      await show(`procedures/${'e'.repeat(32)}`);
      await page.getByText(/The first 2,000 of/).waitFor();
      assert.ok((await page.getByTestId('sequence').getByRole('button').count()) < 120);
      assert.equal(await stateOfWeb(), 200);
    });

    const stateOfWeb = async () => (await fetch(new URL('/api/lab', web.url))).status;
  });

  describe('for everybody', () => {
    /** What is there when a view has what it shows. */
    const VIEWS = {
      topology: '[data-nf]',
      procedures: '.sequence-row',
      keys: '[data-key]',
      ues: '[data-supi]',
      attacks: '.item',
      tokens: 'textarea',
      messages: '.message-row',
    };

    for (const scheme of ['light', 'dark'] as const) {
      test(`axe finds nothing wrong with any view, ${scheme}`, async () => {
        await page.emulateMedia({ colorScheme: scheme });
        const flaws: string[] = [];
        try {
          for (const [view, sign] of Object.entries(VIEWS)) {
            await show(view);
            await page.locator(sign).first().waitFor();
            flaws.push(...(await accessibilityFlaws(page)).map((flaw) => `${view}: ${flaw}`));
            if (scheme === 'dark') await picture(`${view}-dark`);
          }
        } finally {
          await page.emulateMedia({ colorScheme: 'light' });
        }
        assert.deepEqual(flaws, []);
      });
    }

    test('the colours are switched by a button and stay so', async () => {
      const scheme = () => page.locator('html').getAttribute('data-mantine-color-scheme');
      const becomes = (name: string) => eventually(`it is ${name}`, async () => (await scheme()) === name);
      await becomes('light');
      const change = page.getByRole('button', { name: /^Colours/ });
      // As the system, light, dark, and round again.
      await change.click();
      await change.click();
      await becomes('dark');
      await page.reload();
      await page.locator('main h2').first().waitFor();
      await becomes('dark');
      await change.click();
      await becomes('light');
    });

    test('works by keyboard alone', async () => {
      await page.goto(web.url);
      await page.locator('main h2').first().waitFor();
      await page.keyboard.press('Tab');
      assert.equal(await page.evaluate('document.activeElement.textContent'), 'Skip to the content');
      await page.keyboard.press('Enter');
      assert.equal(await page.evaluate('document.activeElement.id'), 'main');
      await tabTo(page, /AMF\(001-01\)/);
      await page.keyboard.press('Enter');
      await page.getByRole('complementary', { name: 'AMF(001-01)' }).waitFor();
      await page.getByRole('link', { name: 'Messages' }).focus();
      await page.keyboard.press('Enter');
      await tabTo(page, /^\d\d:\d\d:\d\d/);
      const first = await focused(page);
      await page.keyboard.press('ArrowDown');
      await eventually('the next message has the focus', async () => (await focused(page)) !== first);
      await page.keyboard.press('Enter');
      await page.getByRole('complementary', { name: 'Message' }).waitFor();
    });
  });
});

const textOf = async (locator: Locator) => (await locator.textContent()) ?? '';
const escaped = (text: string) => text.replaceAll(/[()]/g, '\\$&');
const focused = (page: Page): Promise<string> =>
  page.evaluate("document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent ?? ''");

async function tabTo(page: Page, name: RegExp): Promise<void> {
  for (let presses = 0; presses < 60; presses++) {
    await page.keyboard.press('Tab');
    if (name.test(await focused(page))) return;
  }
  assert.fail(`nothing like ${name} is within reach of the Tab key`);
}

/** One exchange as an NF records it. */
function sbi(i: number, name = 'load-test'): SbiTraceRecord {
  return {
    kind: 'sbi',
    at: Date.now() + i / 1_000,
    durationMs: 1 + (i % 7),
    traceId: name === 'flood' ? 'e'.repeat(32) : `${name}-${Math.floor(i / 50)}`,
    spanId: i.toString(16).padStart(16, '0'),
    from: { nfType: 'AMF', plmn: '999-70', nfInstanceId: '9cb18adc-11a3-5d2c-ac96-b4d942f5b0f5' },
    to: { nfType: 'NRF', plmn: '999-70', nfInstanceId: '676989c1-d0a0-5c2e-bc18-f137d2434a85' },
    operation: 'Nnrf_NFDiscovery_Request',
    method: 'GET',
    authority: 'nrf.5gc.mnc070.mcc999.3gppnetwork.org:17201',
    uri: `/nnrf-disc/v1/nf-instances?target-nf-type=AUSF&requester-nf-type=AMF&of=${name}-${i}`,
    requestHeaders: { accept: 'application/json', 'user-agent': 'AMF-9cb18adc-11a3-5d2c-ac96-b4d942f5b0f5' },
    status: i % 97 === 0 ? 404 : 200,
    responseHeaders: { 'content-type': 'application/json' },
    responseBody: { validityPeriod: 60, nfInstances: [] },
  };
}
