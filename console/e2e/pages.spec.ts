// Every page, in both languages: no serious finding of axe, usable at 375 px, light and dark, and on paper.
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { pages, type PageName } from '../src/routes';
import { expect, languages, say, test, type Language } from './console';
import type { Name } from './people';

interface Visit {
  readonly page: PageName;
  readonly who: Name;
  readonly address: (page: Page) => Promise<string>;
}

const fixed = (address: string) => () => Promise.resolve(address);

/** The first link on a list that leads to a page of the kind. */
const firstLink = (list: string, pattern: RegExp) => async (page: Page): Promise<string> => {
  await page.goto(list);
  const links = page.locator('main a');
  await expect(links.first()).toBeVisible();
  await expect.poll(async () => (await addresses(page)).some((href) => pattern.test(href))).toBe(true);
  return (await addresses(page)).find((href) => pattern.test(href)) ?? '';
};

async function addresses(page: Page): Promise<string[]> {
  return page.locator('main a').evaluateAll((links) => links.map((link) => link.getAttribute('href') ?? ''));
}

const incident = firstLink('/registry', /^\/registry\/incidents\/[0-9a-f-]+$/);

const organisation = firstLink('/constituency', /^\/constituency\/organisations\/[0-9a-f-]+$/);

const visits: readonly Visit[] = [
  { page: 'opening', who: 'e2e-director', address: fixed('/') },
  { page: 'opening', who: 'nobody', address: fixed('/') },
  { page: 'sign_in', who: 'nobody', address: fixed('/sign-in') },
  { page: 'welcome', who: 'nobody', address: fixed('/welcome#secret') },
  { page: 'account', who: 'e2e-director', address: fixed('/account') },
  { page: 'accounts', who: 'operator', address: fixed('/accounts') },
  { page: 'jobs', who: 'operator', address: fixed('/jobs') },
  { page: 'search', who: 'e2e-director', address: fixed('/search?q=%E4%BE%B5%E5%85%A5') },
  { page: 'object', who: 'e2e-director', address: async (page) => (await incident(page)).replace('/registry/incidents/', '/objects/') },
  { page: 'board', who: 'e2e-director', address: fixed('/programme') },
  { page: 'measure', who: 'e2e-director', address: fixed('/programme/measures/4') },
  { page: 'edit_measure', who: 'e2e-director', address: fixed('/programme/measures/4/edit') },
  { page: 'council', who: 'e2e-director', address: fixed('/programme/council') },
  { page: 'cycle', who: 'e2e-council-1', address: firstLink('/programme/council', /^\/programme\/council\/cycles\//) },
  { page: 'report', who: 'nobody', address: firstLink('/programme/council', /^\/programme\/council\/reports\//) },
  { page: 'registry', who: 'e2e-analyst', address: fixed('/registry') },
  { page: 'add_incident', who: 'e2e-analyst', address: fixed('/registry/add') },
  { page: 'import_incidents', who: 'e2e-analyst', address: fixed('/registry/import') },
  { page: 'incident', who: 'e2e-analyst', address: incident },
  { page: 'organisations', who: 'e2e-analyst', address: fixed('/constituency') },
  { page: 'organisations', who: 'e2e-clerk', address: fixed('/constituency') },
  { page: 'add_organisation', who: 'e2e-analyst', address: fixed('/constituency/add') },
  { page: 'import_organisations', who: 'e2e-analyst', address: fixed('/constituency/import') },
  { page: 'drills', who: 'e2e-director', address: fixed('/constituency/drills') },
  { page: 'organisation', who: 'e2e-analyst', address: organisation },
  { page: 'edit_organisation', who: 'e2e-analyst', address: async (page) => `${await organisation(page)}/edit` },
  { page: 'edit_incident', who: 'e2e-analyst', address: async (page) => `${await incident(page)}/edit` },
];

async function settle(page: Page): Promise<void> {
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await page.waitForLoadState('networkidle');
  await expect(page.locator('main [role="status"]', { hasText: /^(読み込んでいます|Loading)$/ })).toHaveCount(0);
}

/** Serious and critical findings, told so that one can act on them. */
async function findings(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa']).analyze();
  return violations
    .filter((violation) => violation.impact === 'serious' || violation.impact === 'critical')
    .map((violation) => `${violation.id}: ${violation.nodes.map((node) => node.html.slice(0, 160)).join(' | ')}`);
}

/** What a thumb must hit and cannot: smaller than 44 px in both directions and not a link inside a line of text. */
async function smallTargets(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const targets = [...document.querySelectorAll<HTMLElement>('a[href], button, select, input:not([type="checkbox"], [type="radio"]), summary, label:has(input)')];
    return targets
      .filter((target) => {
        const box = target.getBoundingClientRect();
        const hidden = box.width <= 1 || box.height <= 1 || getComputedStyle(target).visibility === 'hidden' || target.classList.contains('skip');
        const inText = target.tagName === 'A' && getComputedStyle(target).display === 'inline';
        return !hidden && !inText && box.height < 43.5;
      })
      .map((target) => target.outerHTML.slice(0, 160));
  });
}

test('every page of the table is visited', () => {
  expect([...new Set(visits.map((visit) => visit.page))].sort()).toEqual(Object.keys(pages).sort());
});

for (const language of languages) {
  for (const { page: name, who, address } of visits) {
    test(`${name} for ${who} (${language}): axe in light and dark, 375 px`, async ({ enter }) => {
      test.setTimeout(90_000);
      const page = await enter(who, { language });
      await page.goto(await address(page));
      await settle(page);
      expect(await findings(page)).toEqual([]);
      await page.emulateMedia({ colorScheme: 'dark' });
      await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');

      await page.setViewportSize({ width: 375, height: 812 });
      await page.waitForTimeout(100);
      const tooWide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      expect(tooWide).toBeLessThanOrEqual(0);
      expect(await smallTargets(page)).toEqual([]);
      expect(await findings(page)).toEqual([]);
    });
  }
}

for (const language of languages) {
  test(`print preview: one reads the record and presses nothing (${language})`, async ({ enter }) => {
    const page = await enter('e2e-director', { language });
    for (const address of ['/programme/measures/4', await incident(page), '/programme']) {
      await page.goto(address);
      await settle(page);
      await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
      await expect(page.getByRole('navigation')).toBeHidden();
      await expect(page.locator('main .button:visible')).toHaveCount(0);
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
      expect(await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor)).toBe('rgb(255, 255, 255)');
      const paper = await page.pdf({ format: 'A4' });
      expect(paper.subarray(0, 5).toString()).toBe('%PDF-');
      // A4 in points, and more than an empty sheet.
      expect(paper.toString('latin1')).toMatch(/\/MediaBox\s*\[0 0 59[45](\.\d+)? 84[12](\.\d+)?\]/);
      expect(paper.length).toBeGreaterThan(20_000);
      await page.emulateMedia({ media: 'screen', colorScheme: 'light' });
    }
  });
}

test('synthetic records say so on every screen that shows them', async ({ enter }) => {
  const page = await enter('e2e-director', { language: 'ja' });
  await page.goto('/registry?synthetic=true');
  await settle(page);
  const rows = page.locator('table.registry tbody tr');
  const n = await rows.count();
  expect(n).toBeGreaterThan(5);
  await expect(rows.locator('[data-synthetic]')).toHaveCount(n);
  await rows.first().locator('a').click();
  await expect(page.locator('h1 [data-synthetic]')).toHaveText(new RegExp(say('ja', 'console.synthetic')));
  await page.goto('/registry?synthetic=false');
  await settle(page);
  await expect(page.locator('table.registry [data-synthetic]')).toHaveCount(0);
});

async function picture(page: Page, language: Language, name: string): Promise<void> {
  await page.goto('/programme');
  await settle(page);
  await page.evaluate(() => document.fonts.ready);
  await expect(page.getByRole('heading', { level: 1, name: say(language, 'console.board.title') })).toBeVisible();
  const path = process.env['SHINAYAKA_PICTURES'] ? join(import.meta.dirname, '../../docs/images', name) : undefined;
  const image = await page.screenshot(path ? { path } : {});
  expect(image.length).toBeGreaterThan(50_000);
}

for (const language of languages) {
  test(`the picture of the board in the README (${language})`, async ({ enter }) => {
    await picture(await enter('e2e-director', { language }), language, language === 'ja' ? 'board.ja.png' : 'board.png');
  });
}
