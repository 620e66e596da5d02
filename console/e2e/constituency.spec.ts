import { expect, languages, say, test } from './console';

for (const language of languages) {
  test(`register with a name and one contact, verify it, find it by its health (${language})`, async ({ enter }) => {
    const page = await enter('e2e-analyst', { language });
    const name = `Clinic ${language} ${Date.now()}`;
    await page.goto('/constituency');
    await page.getByRole('link', { name: say(language, 'console.constituency.add') }).click();
    await page.locator('[name="name_en"]').fill(name);
    await page.locator('[name="name_ja"]').fill(name);
    await page.locator('[name="address"]').fill('no address');
    await page.getByRole('button', { name: say(language, 'console.save') }).click();
    // The server says at the field what is wrong, and the field has the focus.
    await expect(page.locator('[name="address"]')).toHaveAttribute('aria-invalid', 'true');
    await page.locator('[name="address"]').fill('soc@clinic.example');
    await page.getByRole('button', { name: say(language, 'console.save') }).click();
    await expect(page.getByRole('heading', { level: 1, name })).toBeVisible();
    const contact = page.locator('table.contacts tbody tr').first();
    await expect(contact.locator('[data-contact-state]')).toHaveAttribute('data-contact-state', 'stale');
    await contact.getByRole('button', { name: say(language, 'console.constituency.verify') }).click();
    await expect(contact.locator('[data-contact-state]')).toHaveAttribute('data-contact-state', 'verified');

    await page.locator('summary', { hasText: say(language, 'console.constituency.add_product') }).click();
    await page.locator('[name="product_name"]').fill('Kakehashi Gateway');
    await page.locator('[name="product_identifier"]').fill('pkg:generic/kakehashi-gateway@7.2');
    await page.locator('form', { has: page.locator('[name="product_name"]') }).getByRole('button').click();
    await expect(page.getByText('pkg:generic/kakehashi-gateway@7.2')).toBeVisible();

    await page.goto(`/constituency?q=${encodeURIComponent(name)}&health=verified`);
    await expect(page.getByRole('link', { name })).toBeVisible();
    await page.locator('select[name="health"]').selectOption('dead');
    await expect(page).toHaveURL(/health=dead/);
    await expect(page.getByRole('link', { name })).toHaveCount(0);
  });

  test(`import: what changes is seen before it is saved, a bad row is named (${language})`, async ({ enter }) => {
    const page = await enter('e2e-analyst', { language });
    const code = `i-${language}-${Date.now()}`;
    const file = (text: string) => ({ name: 'organisations.csv', mimeType: 'text/csv', buffer: Buffer.from(text) });
    const header = 'code,name_en,sector,contact_channel,contact_address\n';
    const input = page.locator('input[type="file"]');
    const save = page.getByRole('button', { name: say(language, 'console.import.save') });
    await page.goto('/constituency/import');
    await input.setInputFiles(file(`${header}${code},Imported ${code},castle,email,a@x.example\n`));
    await expect(page.locator('[data-bad-rows] tbody tr')).toHaveCount(1);
    await expect(page.locator('[data-bad-rows]')).toContainText('sector');
    await expect(save).toBeDisabled();
    await input.setInputFiles(file(`${header}${code},Imported ${code},medical,email,a@x.example\n`));
    await expect(page.locator('[data-import-difference]')).toContainText(say(language, 'constituency.import_status.created'));
    await save.click();
    await expect(page.getByText(say(language, 'console.constituency.import_saved', { created: 1, changed: 0 }))).toBeVisible();
    await page.goto('/constituency/import');
    await input.setInputFiles(file(`${header}${code},Imported ${code},water,email,a@x.example\n`));
    const difference = page.locator('[data-import-difference] tbody tr');
    await expect(difference).toHaveCount(1);
    await expect(difference.locator('del')).toHaveText('medical');
    await expect(difference.locator('ins')).toHaveText('water');
  });

  test(`drills: results, years, who stays silent (${language})`, async ({ enter }) => {
    const page = await enter('e2e-director', { language });
    await page.goto('/constituency/drills');
    await expect(page.locator('table.drills tbody tr').first()).toBeVisible();
    const years = page.locator('[data-years]').filter({ has: page.getByRole('cell', { name: '42', exact: true }) });
    await expect(years.locator('tbody tr')).toHaveCount(4);
    await expect(page.getByRole('img').locator('svg').first()).toBeVisible();
    await expect(page.locator('table.silent tbody tr').first()).toBeVisible();
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: say(language, 'console.registry.export', { format: 'CSV' }) }).click(),
    ]);
    expect(file.suggestedFilename()).toBe('drills.csv');
    await page.getByText(say(language, 'console.drill.start'), { exact: true }).press('Enter');
    await page.locator('[name="drill_hours"]').fill('0');
    await page.locator('[name="drill_title"]').fill('x');
    await page.getByRole('button', { name: say(language, 'console.drill.send') }).press('Enter');
    await expect(page.locator('[name="drill_hours"]')).toHaveAttribute('aria-invalid', 'true');
  });
}

test('a hub sees its members, a clerk sees the own organisation and no drills', async ({ enter }) => {
  const hub = await enter('e2e-secretary', { language: 'ja' });
  await hub.goto('/constituency');
  const rows = hub.locator('table.organisations tbody tr');
  // Nine members of the hub, and the hub itself; the register has 45.
  await expect(rows).toHaveCount(10);
  await hub.goto('/constituency/drills');
  await expect(hub.locator('table.drills tbody tr')).toHaveCount(3);

  const clerk = await enter('e2e-clerk', { language: 'ja', width: 375 });
  await clerk.goto('/constituency');
  await expect(clerk.locator('table.organisations tbody tr')).toHaveCount(1);
  await clerk.getByRole('button', { name: say('ja', 'console.menu') }).click();
  await expect(clerk.getByRole('link', { name: say('ja', 'console.drill.title') })).toHaveCount(0);
  await clerk.goto('/constituency/drills');
  await expect(clerk.locator('[data-problem="forbidden"]').first()).toBeVisible();
});
