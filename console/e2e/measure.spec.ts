import type { Locator } from '@playwright/test';
import { expect, languages, say, test } from './console';

for (const [place, language] of languages.entries()) {
  const no = 8 + place;
  const number = `M${String(no).padStart(2, '0')}`;

  test(`edit a measure: errors at the field, draft, history (${language})`, async ({ enter }) => {
    const page = await enter('e2e-director', { language });
    await page.goto('/programme');
    await page.locator(`[data-measure="${no}"] h4 a`).click();
    await expect(page).toHaveURL(`/programme/measures/${no}`);
    await expect(page.getByText(number, { exact: true })).toBeVisible();
    await page.getByRole('link', { name: say(language, 'console.edit') }).click();
    await page.locator('[name="owner"]').fill(`e2e-ministry-${language}`);
    await page.locator('[name="status"]').selectOption('in_progress');
    await page.getByRole('button', { name: say(language, 'console.measure.add_milestone') }).click();
    await page.getByRole('button', { name: say(language, 'console.save') }).click();
    const milestone = page.locator('[data-milestone]').last();
    await expect(milestone.getByText(say(language, 'console.form.needed')).first()).toBeVisible();
    await expect(milestone.locator('input').first()).toBeFocused();

    // The draft keeps itself over a closed window.
    await page.reload();
    await expect(page.getByText(say(language, 'console.draft.restored'))).toBeVisible();
    await expect(page.locator('[name="owner"]')).toHaveValue(`e2e-ministry-${language}`);
    await page.locator('[data-milestone]').last().locator('input').nth(0).fill('e2e milestone');
    await page.locator('[data-milestone]').last().locator('input').nth(1).fill('2031-03-31');
    await page.getByRole('button', { name: say(language, 'console.save') }).click();
    await expect(page).toHaveURL(`/programme/measures/${no}`);
    await expect(page.getByText('e2e milestone')).toBeVisible();
    await expect(page.getByText(`e2e-ministry-${language}`)).toBeVisible();

    await page.locator('summary', { hasText: new RegExp(say(language, 'console.history.title', { n: '\\d+' }).replace(/[()（）]/g, '.')) }).click();
    await page.getByRole('button', { name: say(language, 'console.history.compare') }).first().click();
    await expect(page.locator('[data-difference]')).toContainText('milestones');
    await page.goto(`/programme/measures/${no}/edit`);
    await expect(page.locator('[name="owner"]')).toHaveValue(`e2e-ministry-${language}`);
    await expect(page.getByText(say(language, 'console.draft.restored'))).toBeHidden();
  });

  test(`two people edit a measure: both versions are shown (${language})`, async ({ enter }) => {
    const first = await enter('e2e-director', { language });
    const second = await enter('e2e-analyst', { language });
    await first.goto('/programme/measures/40/edit');
    await second.goto('/programme/measures/40/edit');
    await first.locator('[name="note"]').fill(`first says so (${language})`);
    await second.locator('[name="note"]').fill(`second says otherwise (${language})`);
    await first.getByRole('button', { name: say(language, 'console.save') }).click();
    await expect(first).toHaveURL('/programme/measures/40');
    await second.getByRole('button', { name: say(language, 'console.save') }).click();
    const conflict = second.locator('[data-conflict]');
    await expect(conflict).toContainText(`first says so (${language})`);
    await expect(conflict).toContainText(`second says otherwise (${language})`);
    await conflict.getByRole('button', { name: say(language, 'console.conflict.keep_mine') }).click();
    await expect(second).toHaveURL('/programme/measures/40');
    await expect(second.getByText(`second says otherwise (${language})`)).toBeVisible();
  });

  test(`a hand-entered figure needs a source and expires (${language})`, async ({ enter }) => {
    const page = await enter('e2e-director', { language });
    await page.goto('/programme/measures/1');
    const card = page.locator('[data-indicator]').filter({ has: page.locator('summary', { hasText: say(language, 'console.measure.enter_reading') }) }).first();
    await card.locator('summary', { hasText: say(language, 'console.measure.enter_reading') }).click();
    const [value, n, source, expires] = [0, 1, 2, 3].map((index) => card.locator('form input').nth(index)) as [Locator, Locator, Locator, Locator];
    await value.fill('many');
    await card.getByRole('button', { name: say(language, 'console.measure.reading_save') }).click();
    await expect(card.getByText(say(language, 'console.form.number'))).toBeVisible();
    await value.fill(String(61 + place));
    await n.fill('12');
    await source.fill(`e2e survey ${language}`);
    await expires.fill('2099-01-01');
    await card.getByRole('button', { name: say(language, 'console.measure.reading_save') }).click();
    await expect(card.locator('[data-problem="invalid"]')).toContainText('expires');
    const inAYear = new Date(Date.now() + 365 * 86_400_000).toISOString().slice(0, 10);
    await expires.fill(inAYear);
    await card.getByRole('button', { name: say(language, 'console.measure.reading_save') }).click();
    await expect(card.getByText(`e2e survey ${language}`)).toBeVisible();
    await expect(card).toContainText(String(61 + place));
  });
}
