/** A browser for tests of the console: the system's Chromium, with no business on any network but loopback. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';

const CHROMIUM = process.env.TWINCORE_CHROMIUM ?? '/usr/bin/chromium';
/** Why a test that needs a browser is skipped; false where there is one. */
export const WITHOUT_CHROMIUM = existsSync(CHROMIUM)
  ? false
  : `needs Chromium at ${CHROMIUM}: apt-get install chromium, or TWINCORE_CHROMIUM=/path/to/it`;

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** For what opens its own pages; each of its contexts begins with nothing cached. */
export const launchBrowser = (): Promise<Browser> =>
  chromium.launch({ executablePath: CHROMIUM, headless: true, args: FLAGS });

export interface TestBrowser {
  readonly page: Page;
  /** What the page complained of: errors, and breaches of the content security policy. */
  readonly complaints: string[];
  close(): Promise<void>;
}

export async function openBrowser(colorScheme: 'light' | 'dark' = 'light'): Promise<TestBrowser> {
  const profile = mkdtempSync(join(tmpdir(), 'twincore-chromium-'));
  const context: BrowserContext = await chromium.launchPersistentContext(profile, {
    executablePath: CHROMIUM,
    headless: true,
    args: FLAGS,
    viewport: { width: 1280, height: 800 },
    colorScheme,
    reducedMotion: 'no-preference',
  });
  const page = context.pages()[0] ?? (await context.newPage());
  page.setDefaultTimeout(15_000);
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('console', (message) => {
    // An answer other than 2xx is told in the console too; the page shows those by itself.
    if (message.type() === 'error' && !/Failed to load resource/.test(message.text())) complaints.push(message.text());
  });
  return {
    page,
    complaints,
    async close() {
      await context.close();
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

const AXE = createRequire(import.meta.url).resolve('axe-core');

/** What axe-core finds wrong with the page for people who do not see it or use no mouse, one line for each place. */
export async function accessibilityFlaws(page: Page): Promise<string[]> {
  // The policy of the page lets no script in but its own; the debugger's way in is not the page's.
  await page.evaluate(await (await import('node:fs/promises')).readFile(AXE, 'utf8'));
  const violations = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: { run(options: object): Promise<{ violations: { id: string; help: string; nodes: { html: string }[] }[] }> };
    };
    return (await axe.run({ resultTypes: ['violations'] })).violations;
  });
  return violations.flatMap(({ id, help, nodes }) => nodes.map(({ html }) => `${id}: ${help}: ${html.slice(0, 200)}`));
}
