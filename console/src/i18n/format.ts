// Numbers, dates and times as the reader's language writes them. Times are local and name their zone.
import { reader } from './messages.svelte';

function locale(): string {
  return reader.language === 'ja' ? 'ja-JP' : 'en-GB';
}

export function number(value: number, digits = 2): string {
  return new Intl.NumberFormat(locale(), { maximumFractionDigits: digits }).format(value);
}

export function percent(value: number): string {
  return new Intl.NumberFormat(locale(), { style: 'percent', maximumFractionDigits: 1 }).format(value);
}

export function money(amount: number, currency: string): string {
  try {
    const style = { style: 'currency', currency, maximumFractionDigits: 0 } as const;
    return new Intl.NumberFormat(locale(), style).format(amount);
  } catch {
    // A currency that ISO 4217 does not know is shown as it was written.
    return `${number(amount)} ${currency}`;
  }
}

/** A country by its ISO 3166 letters. */
export function countryName(code: string): string {
  return new Intl.DisplayNames([reader.language], { type: 'region', fallback: 'code' }).of(code) ?? code;
}

/** A calendar day that has no zone: a deadline, a milestone. */
export function day(date: string): string {
  const [year, month, dayOfMonth] = date.split('-').map(Number);
  if (year === undefined || month === undefined || dayOfMonth === undefined) return date;
  const format = new Intl.DateTimeFormat(locale(), { dateStyle: 'medium', timeZone: 'UTC' });
  return format.format(new Date(Date.UTC(year, month - 1, dayOfMonth)));
}

export function time(instant: string): string {
  const style = { year: 'numeric', month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit' } as const;
  return new Intl.DateTimeFormat(locale(), { ...style, timeZoneName: 'short' }).format(new Date(instant));
}

export function exactTime(instant: string): string {
  const style = { dateStyle: 'full', timeStyle: 'full' } as const;
  return new Intl.DateTimeFormat(locale(), style).format(new Date(instant));
}
