import { createHmac } from 'node:crypto';
import { expect, languages, say, test } from './console';

const password = 'a long phrase for the first day';

/** RFC 6238 with SHA-1, six digits and 30 seconds, as authenticators compute it. */
function totp(secret: string, at: number): string {
  const bits = [...secret.replaceAll('=', '')]
    .map((letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0'))
    .join('');
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)));
  const digest = createHmac('sha1', key).update(counter).digest();
  const offset = (digest[19] ?? 0) & 15;
  return String((digest.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

for (const language of languages) {
  test(`first sign-in by the one-time link (${language})`, async ({ enter }) => {
    const operator = await enter('operator', { language });
    await operator.goto('/accounts');
    await operator.locator('summary', { hasText: say(language, 'console.accounts.add') }).click();
    await operator.locator('[name="account-name"]').fill(`newcomer-${language}`);
    await operator.getByLabel(say(language, 'console.role.clerk')).first().check();
    await operator.getByRole('button', { name: say(language, 'console.accounts.add') }).click();
    const link = await operator.locator('[data-link]').innerText();
    expect(link).toContain('/welcome#');

    const page = await enter('nobody', { language });
    await page.goto(link);
    await page.locator('[name="password"]').fill('short');
    await page.getByRole('button', { name: say(language, 'console.welcome.go') }).click();
    await expect(page.getByText(say(language, 'console.welcome.too_short'))).toBeVisible();
    await page.locator('[name="password"]').fill(password);
    await page.locator('[name="again"]').fill(password);
    await page.getByRole('button', { name: say(language, 'console.welcome.go') }).click();
    await expect(page.getByRole('heading', { level: 1, name: say(language, 'console.opening.title') })).toBeVisible();
    await expect(page).toHaveURL('/');
    await expect(page.locator('html')).toHaveAttribute('lang', language);

    // The link works once.
    const late = await enter('nobody', { language });
    await late.goto(link);
    await late.locator('[name="password"]').fill(password);
    await late.locator('[name="again"]').fill(password);
    await late.getByRole('button', { name: say(language, 'console.welcome.go') }).click();
    await expect(late.getByRole('alert')).toBeVisible();
  });

  test(`second factor, sign-out and sign-in with a code (${language})`, async ({ enter }) => {
    const name = `newcomer-${language}`;
    const page = await enter('nobody', { language });
    await page.goto('/sign-in?return=/account');
    await page.locator('[name="name"]').fill(name);
    await page.locator('[name="password"]').fill('wrong password here');
    await page.getByRole('button', { name: say(language, 'console.sign_in.title') }).click();
    await expect(page.getByText(say(language, 'console.sign_in.wrong'))).toBeVisible();
    await page.locator('[name="password"]').fill(password);
    await page.getByRole('button', { name: say(language, 'console.sign_in.title') }).click();
    await expect(page).toHaveURL('/account');

    await page.getByRole('button', { name: say(language, 'console.totp.start') }).click();
    await expect(page.getByRole('img', { name: say(language, 'console.totp.qr') })).toBeVisible();
    const secret = await page.locator('[data-totp-secret]').innerText();
    await page.locator('[name="totp-code"]').fill(totp(secret, Date.now()));
    await page.getByRole('button', { name: say(language, 'console.totp.confirm') }).click();
    await expect(page.getByText(say(language, 'console.totp.active'))).toBeVisible();

    await page.getByRole('button', { name }).click();
    await page.getByRole('menuitem', { name: say(language, 'console.sign_out') }).click();
    await page.getByRole('link', { name: say(language, 'console.sign_in.title') }).click();
    await page.locator('[name="name"]').fill(name);
    await page.locator('[name="password"]').fill(password);
    await page.getByRole('button', { name: say(language, 'console.sign_in.title') }).click();
    // A code works once, so the next one is taken, which the node accepts a step early.
    await page.locator('[name="code"]').fill(totp(secret, Date.now() + 30_000));
    await page.getByRole('button', { name: say(language, 'console.sign_in.title') }).click();
    await expect(page.getByRole('button', { name })).toBeVisible();
  });
}
