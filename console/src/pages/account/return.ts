// Where to go after signing in.
import { match } from '../../routes';

/** Only a page of this console: an address from outside could send a reader who has just signed in anywhere. */
export function returnAddress(wanted: string | null): string {
  if (!wanted?.startsWith('/') || wanted.startsWith('//')) return '/';
  const url = new URL(wanted, 'http://console.invalid');
  const found = match(url.pathname);
  if (url.host !== 'console.invalid' || !found || found.name === 'sign_in' || found.name === 'welcome') return '/';
  return url.pathname + url.search;
}
