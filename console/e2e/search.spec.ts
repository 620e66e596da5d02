import { expect, languages, say, test } from './console';

for (const language of languages) {
  test(`search 侵入 by the keyboard alone (${language})`, async ({ enter }) => {
    const page = await enter('e2e-analyst', { language });
    await page.goto('/');
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    await page.keyboard.press('Control+k');
    const box = page.getByRole('dialog').getByRole('combobox');
    await expect(box).toBeFocused();
    await box.fill('侵入');
    const everything = page.getByRole('option', { name: say(language, 'console.search.everything', { text: '侵入' }) });
    await expect(page.getByRole('option').filter({ hasText: '侵入' }).first()).toBeVisible();
    await expect(page.getByRole('option').nth(1)).toBeVisible();
    await everything.click();
    await expect(page).toHaveURL(/\/search\?q=/);
    const hits = page.locator('main li a');
    await expect(hits.first()).toBeVisible();
    const n = await hits.count();
    expect(n).toBeGreaterThanOrEqual(2);
    await hits.first().click();
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    // The word may stand in the Japanese text of a record that has both.
    if (language === 'en') await page.getByRole('button', { name: say('en', 'console.language.other') }).click();
    await expect(page.locator('main')).toContainText('侵入');
  });

  test(`a word that is nowhere, and the keys (${language})`, async ({ enter }) => {
    const page = await enter('e2e-analyst', { language });
    await page.goto('/search?q=zzzzqqqq');
    await expect(page.getByText(say(language, 'console.search.none', { text: 'zzzzqqqq' }))).toBeVisible();
    await page.keyboard.press('?');
    await expect(page.getByRole('dialog')).toContainText(say(language, 'console.keys.search'));
    await page.keyboard.press('Escape');
    await page.keyboard.press('g');
    await page.keyboard.press('r');
    await expect(page).toHaveURL('/registry');
    await page.keyboard.press('/');
    await expect(page.getByRole('dialog').getByRole('combobox')).toBeFocused();
  });
}

test('the language changes without a reload, and stays', async ({ enter }) => {
  const page = await enter('e2e-analyst', { language: 'ja' });
  await page.goto('/programme?status=planned');
  await page.evaluate(() => ((window as unknown as { kept: boolean }).kept = true));
  await page.getByRole('button', { name: 'English' }).click();
  await expect(page.getByRole('heading', { level: 1, name: say('en', 'console.board.title') })).toBeVisible();
  await expect(page).toHaveURL('/programme?status=planned');
  expect(await page.evaluate(() => (window as unknown as { kept?: boolean }).kept)).toBe(true);
  await page.reload();
  await expect(page.locator('html')).toHaveAttribute('lang', 'en');
});
