// A browser in which somebody is signed in, in a language; every page is watched while it is used.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test as base, expect, type Browser, type BrowserContext, type Page } from '@playwright/test';
import type { Name } from './people';

export { expect };
export type Language = 'ja' | 'en';
export const languages: readonly Language[] = ['ja', 'en'];

const catalogue = (language: Language): Record<string, string> =>
  JSON.parse(readFileSync(join(import.meta.dirname, `../../i18n/${language}.json`), 'utf8')) as Record<string, string>;
const catalogues = { ja: catalogue('ja'), en: catalogue('en') };

/** A sentence of the catalogue, so that no test repeats one. */
export function say(language: Language, key: string, values: Record<string, string | number> = {}): string {
  const message = catalogues[language][key];
  if (message === undefined) throw new Error(`no sentence ${key}`);
  return message.replaceAll(/\{([a-z_]+)\}/g, (place, name: string) => String(values[name] ?? place));
}

export function baseAddress(): string {
  return process.env['SHINAYAKA_E2E_BASE'] ?? '';
}

interface Choice {
  readonly language: Language;
  readonly width?: number;
  readonly dark?: boolean;
}

/** What a page must never do: break the content security policy, ask another host, throw. */
async function watch(context: BrowserContext, faults: string[]): Promise<void> {
  await context.exposeFunction('shinayakaFault', (fault: string) => faults.push(fault));
  await context.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      const told = `content security policy: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`;
      (window as unknown as { shinayakaFault: (fault: string) => void }).shinayakaFault(told);
    });
  });
  context.on('request', (request) => {
    const url = new URL(request.url());
    if (!['data:', 'blob:'].includes(url.protocol) && url.origin !== baseAddress()) faults.push(`asked another host: ${request.url()}`);
  });
  context.on('page', (page) => page.on('pageerror', (error) => faults.push(`threw: ${error.message}`)));
}

async function open(browser: Browser, who: Name, choice: Choice, faults: string[]): Promise<Page> {
  const context = await browser.newContext({
    baseURL: baseAddress(),
    locale: choice.language === 'ja' ? 'ja-JP' : 'en-GB',
    viewport: { width: choice.width ?? 1280, height: choice.width ? 812 : 900 },
    colorScheme: choice.dark ? 'dark' : 'light',
    timezoneId: 'Asia/Tokyo',
    ...(who === 'nobody' ? {} : { storageState: join(process.env['SHINAYAKA_E2E_FOLDER'] ?? '', `${who}.json`) }),
  });
  await watch(context, faults);
  return context.newPage();
}

interface Fixtures {
  /** Opens a browser window for somebody. */
  readonly enter: (who: Name, choice: Choice) => Promise<Page>;
}

export const test = base.extend<Fixtures>({
  enter: async ({ browser }, use) => {
    const faults: string[] = [];
    const pages: Page[] = [];
    await use(async (who, choice) => {
      const page = await open(browser, who, choice, faults);
      pages.push(page);
      return page;
    });
    for (const page of pages) await page.context().close();
    expect(faults).toEqual([]);
  },
});
