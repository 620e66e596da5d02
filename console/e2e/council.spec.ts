import type { Page } from '@playwright/test';
import { expect, languages, say, test, type Language } from './console';

const members = ['e2e-council-1', 'e2e-council-2', 'e2e-council-3'] as const;

async function begin(page: Page, language: Language, title: string): Promise<string> {
  await page.goto('/programme/council');
  await page.locator('[name="title"]').fill(title);
  await page.locator('[name="due"]').fill('2031-06-30');
  for (const member of members) await page.getByLabel(member).check();
  await page.getByRole('button', { name: say(language, 'console.council.add') }).click();
  await expect(page.getByRole('heading', { level: 1, name: title })).toBeVisible();
  return new URL(page.url()).pathname;
}

async function score(page: Page, measure: number, value: number): Promise<void> {
  await page.locator(`[data-score="${measure}"] input[type="radio"][value="${value}"]`).check();
}

for (const language of languages) {
  test(`a council cycle with three members (${language})`, async ({ enter }) => {
    test.setTimeout(120_000);
    const director = await enter('e2e-director', { language });
    const title = `Cycle ${language} ${Date.now()}`;
    const address = await begin(director, language, title);

    // All agree on 1; on 2 they are far apart; the third has an interest in 3.
    for (const [place, member] of members.entries()) {
      const page = await enter(member, { language });
      await page.goto(address);
      await score(page, 1, 3);
      await score(page, 2, place * 2);
      if (place === 2) await page.locator('[data-score="3"]').getByLabel(say(language, 'console.score.conflict')).check();
      else await score(page, 3, 1);
      await page.getByRole('button', { name: say(language, 'console.score.send') }).click();
      await expect(page.getByText(say(language, 'console.score.sent'))).toBeVisible();
      // Blind: what another gave is nowhere on the page, and no agreement is shown.
      await expect(page.locator('[data-alpha]')).toHaveCount(0);
      await page.reload();
      await expect(page.locator('[data-score="2"] input[type="radio"]:checked')).toHaveValue(String(place * 2));
    }

    await director.reload();
    await expect(director.getByText(say(language, 'console.cycle.blind', { n: 3, all: 3 }))).toBeVisible();
    await director.getByRole('button', { name: say(language, 'console.cycle.close') }).click();
    await expect(director.locator('[data-alpha]')).toContainText('α =');
    const apart = director.getByRole('row').filter({ has: director.getByRole('link', { name: 'M02' }) });
    await expect(apart).toContainText(say(language, 'console.agreement.disagrees'));
    await expect(apart).toContainText('0 2 4');
    await expect(director.getByRole('row').filter({ has: director.getByRole('link', { name: 'M03' }) })).toContainText(say(language, 'console.agreement.conflicts', { n: 1 }));

    const member = await enter('e2e-council-1', { language });
    await member.goto(address);
    await member.locator('[name="measure"]').fill('2');
    await member.locator('[name="addressee"]').fill('e2e-ministry');
    await member.locator('[name="follow_up"]').fill('2031-12-01');
    await member.locator('[name="text"]').fill(`Measure it every quarter (${language})`);
    await member.getByRole('button', { name: say(language, 'console.proposal.send') }).click();
    await expect(member.locator('[data-proposal="1"]')).toContainText(say(language, 'console.answer.none'));

    const officer = await enter('e2e-officer', { language });
    await officer.goto(address);
    const proposal = officer.locator('[data-proposal="1"]');
    await proposal.locator('summary').click();
    await proposal.locator('[name="answer"]').selectOption('part');
    await proposal.locator('[name="date"]').fill('2031-09-30');
    await proposal.locator('[name="reason"]').fill(`Twice a year for now (${language})`);
    await proposal.getByRole('button', { name: say(language, 'console.answer.send') }).click();
    await expect(proposal).toContainText(say(language, 'console.answer.part'));

    await director.reload();
    await director.getByRole('button', { name: say(language, 'console.cycle.publish') }).click();
    await director.getByRole('link', { name: say(language, 'console.report.title') }).click();
    const report = new URL(director.url()).pathname;

    const reader = await enter('nobody', { language });
    await reader.goto(report);
    await expect(reader.getByRole('heading', { level: 1 })).toContainText(title);
    await expect(reader.getByText(`Twice a year for now (${language})`)).toBeVisible();
    await expect(reader.getByText('e2e-council-1')).toHaveCount(0);
  });
}
