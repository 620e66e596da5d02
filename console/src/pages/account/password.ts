// What the node asks of a password, said before it is sent.
import { t } from '../../i18n/messages.svelte';

export const LEAST_LENGTH = 12;

export interface PasswordErrors {
  readonly password?: string;
  readonly again?: string;
}

export function passwordErrors(password: string, again: string): PasswordErrors {
  if ([...password].length < LEAST_LENGTH) return { password: t('console.welcome.too_short') };
  if (password !== again) return { again: t('console.welcome.differ') };
  return {};
}
