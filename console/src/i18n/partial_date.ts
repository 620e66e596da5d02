// Dates that say how much of them is known: 1999, 2003-08, 2003-08-11, 2003-08-11T09:30:00+09:00.
import { day, time } from './format';
import { reader } from './messages.svelte';

const form = /^\d{4}(-\d{2}(-\d{2}(T\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2}))?)?)?$/;

export function isPartialDate(text: string): boolean {
  if (!form.test(text)) return false;
  const month = Number(text.slice(5, 7) || '1');
  const dayOfMonth = Number(text.slice(8, 10) || '1');
  const date = new Date(Date.UTC(Number(text.slice(0, 4)), month - 1, dayOfMonth));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === dayOfMonth;
}

/** As the reader's language writes it, claiming no more than is known. */
export function partialDate(text: string): string {
  const locale = reader.language === 'ja' ? 'ja-JP' : 'en-GB';
  const show = (style: Intl.DateTimeFormatOptions): string =>
    new Intl.DateTimeFormat(locale, { ...style, timeZone: 'UTC' }).format(new Date(`${text.padEnd(7, '-01')}-01T00:00:00Z`));
  if (text.length === 4) return show({ year: 'numeric' });
  if (text.length === 7) return show({ year: 'numeric', month: 'long' });
  return text.length === 10 ? day(text) : time(text);
}
