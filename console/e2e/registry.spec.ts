import { expect, languages, say, test } from './console';

for (const language of languages) {
  test(`add an accident, change it, find it by its filters (${language})`, async ({ enter }) => {
    const page = await enter('e2e-analyst', { language });
    const title = `Flood in the machine room ${language} ${Date.now()}`;
    await page.goto('/registry');
    await page.getByRole('link', { name: say(language, 'console.incident.add') }).click();
    await page.getByRole('button', { name: say(language, 'console.save') }).click();
    await expect(page.locator('[name="title_ja"]')).toBeFocused();
    await page.locator('[name="title_en"]').fill(title);
    await page.locator('[name="date"]').fill('2024-07');
    await page.locator('[name="sector"]').selectOption('water');
    await page.locator('[name="cause"]').selectOption('nature');
    await page.locator('[name="channel"]').selectOption('own');
    await page.locator('[name="country"]').fill('Japan');
    await page.getByLabel(say(language, 'registry.effect.availability')).check();
    await page.getByRole('button', { name: say(language, 'console.incident.add_magnitude') }).click();
    const magnitude = page.locator('fieldset', { has: page.locator('legend', { hasText: say(language, 'console.incident.magnitudes') }) });
    await magnitude.locator('input').first().fill('18');
    await magnitude.locator('select').first().selectOption('hours');
    // The country takes two letters; the server says so at the field.
    await page.locator('[name="country"]').fill('j');
    await page.getByRole('button', { name: say(language, 'console.save') }).click();
    await expect(page.locator('[name="country"]')).toHaveAttribute('aria-invalid', 'true');
    await page.locator('[name="country"]').fill('jp');
    await page.getByRole('button', { name: say(language, 'console.save') }).click();
    await expect(page.getByRole('heading', { level: 1, name: title })).toBeVisible();
    await expect(page.getByText(say(language, 'registry.cause.nature')).first()).toBeVisible();
    await expect(page.getByText('18', { exact: false }).first()).toBeVisible();

    await page.getByRole('link', { name: say(language, 'console.edit') }).click();
    await page.locator('[name="summary_en"]').fill('A river rose over its banks.');
    await page.getByRole('button', { name: say(language, 'console.save') }).click();
    await expect(page.getByText('A river rose over its banks.')).toBeVisible();

    await page.goto('/registry?sector=water&cause=nature&synthetic=false');
    await expect(page.getByRole('link', { name: title })).toBeVisible();
    await page.locator('select[name="cause"]').selectOption('intrusion');
    await expect(page).toHaveURL(/cause=intrusion/);
    await expect(page.getByRole('link', { name: title })).toHaveCount(0);
    await page.goBack();
    await expect(page.getByRole('link', { name: title })).toBeVisible();
  });

  test(`the charts say what the tables say, and a cell filters the list (${language})`, async ({ enter }) => {
    const page = await enter('nobody', { language });
    await page.goto('/registry');
    await expect(page.getByRole('img', { name: say(language, 'console.registry.matrix_label') }).locator('svg')).toBeVisible();
    await expect(page.getByRole('img', { name: say(language, 'console.registry.timeline_label') }).locator('svg')).toBeVisible();
    const tables = page.locator('summary', { hasText: say(language, 'console.registry.as_table') });
    await tables.nth(1).click();
    await page.locator('a[href="/registry?sector=government&cause=malware"]').click();
    await expect(page).toHaveURL('/registry?sector=government&cause=malware');
    await expect(page.locator('table.registry tbody tr').first()).toContainText(say(language, 'registry.cause.malware'));
    await page.locator('summary', { hasText: say(language, 'console.founding.title') }).click();
    const rows = page.locator('[data-founding] tbody tr');
    await expect(rows.nth(0).locator('td')).toHaveText(['4', '9', '3']);
    await expect(rows.nth(1).locator('td')).toHaveText(['6', '5', '7']);
  });

  test(`a cell of the chart itself filters the list (${language})`, async ({ enter }) => {
    const page = await enter('nobody', { language });
    await page.goto('/registry');
    const chart = page.getByRole('img', { name: say(language, 'console.registry.matrix_label') });
    await chart.locator('svg text', { hasText: /^\d+$/ }).first().click();
    await expect(page).toHaveURL(/sector=[a-z_]+&cause=[a-z_]+|cause=[a-z_]+&sector=[a-z_]+/);
  });

  test(`import a CSV with one bad row: seen before anything is saved (${language})`, async ({ enter }) => {
    const page = await enter('e2e-analyst', { language });
    const stamp = `${language}-${Date.now()}`;
    const header = 'title_en,date,sector,cause,channel\n';
    const good = (no: number): string => `Imported ${stamp} ${no},2020-0${no},finance,operating_error,press\n`;
    const file = (name: string, text: string) => ({ name, mimeType: 'text/csv', buffer: Buffer.from(text) });
    await page.goto('/registry/import');
    const input = page.locator('input[type="file"]');
    await input.setInputFiles(file('notes.txt', 'x'));
    await expect(page.getByText(say(language, 'console.import.unknown_format'))).toBeVisible();

    const bad = header + good(1) + `Imported ${stamp} 2,2020-02,gremlins,operating_error,press\n` + good(3);
    await input.setInputFiles(file('bad.csv', bad));
    const rows = page.locator('[data-bad-rows] tbody tr');
    await expect(rows).toHaveCount(1);
    await expect(rows.first()).toContainText('3');
    await expect(rows.first()).toContainText('sector');
    await expect(page.locator('[data-first-rows] tbody tr')).toHaveCount(2);
    await expect(page.getByRole('button', { name: say(language, 'console.import.save') })).toBeDisabled();

    await input.setInputFiles(file('good.csv', header + good(1) + good(2) + good(3)));
    await page.getByRole('button', { name: say(language, 'console.import.save') }).click();
    await expect(page.getByText(say(language, 'console.import.saved', { n: 3 }))).toBeVisible();
    await page.goto('/registry?sort=recorded');
    for (const no of [1, 2, 3]) await expect(page.getByRole('link', { name: `Imported ${stamp} ${no}` })).toHaveCount(1);

    for (const [format, beginning] of [['CSV', /title_ja|title_en/], ['JSON', /^\[/]] as const) {
      const download = page.waitForEvent('download');
      await page.getByRole('link', { name: say(language, 'console.registry.export', { format }) }).click();
      const stream = await (await download).createReadStream();
      const parts: Buffer[] = [];
      for await (const part of stream) parts.push(part as Buffer);
      const text = Buffer.concat(parts).toString();
      expect(text).toMatch(beginning);
      expect(text).toContain(`Imported ${stamp} 1`);
    }
  });
}
