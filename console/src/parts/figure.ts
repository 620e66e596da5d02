// A figure never stands alone: its state, its n, its source and its time in words.
import type { IndicatorValue } from '../api/types';
import { day, number, time } from '../i18n/format';
import { t, word } from '../i18n/messages.svelte';

/** The value with its unit; the word "unknown" when nothing says what it is. */
export function figureText(indicator: IndicatorValue): string {
  if (indicator.value === null || indicator.value === undefined) return t(`console.indicator.${unknownState(indicator)}`);
  return `${number(indicator.value)} ${unitName(indicator.unit)}`;
}

function unknownState(indicator: IndicatorValue): 'expired' | 'unknown' {
  return indicator.state === 'expired' ? 'expired' : 'unknown';
}

export function provenance(indicator: IndicatorValue): string[] {
  const lines = [t(`console.indicator.${indicator.state}`)];
  if (indicator.n !== undefined && indicator.n !== null) lines.push(t('console.indicator.n', { n: number(indicator.n) }));
  if (indicator.interval) {
    const { low, high } = indicator.interval;
    lines.push(t('console.indicator.interval', { low: number(low), high: number(high) }));
  }
  if (indicator.source) lines.push(t('console.indicator.source', { source: indicator.source }));
  if (indicator.as_of) lines.push(t('console.indicator.as_of', { time: time(indicator.as_of) }));
  if (indicator.expires) lines.push(t('console.indicator.expires', { time: day(indicator.expires) }));
  return lines;
}

/** The name of a unit of the programme's indicators. */
export function unitName(unit: string): string {
  return word('programme.unit', unit);
}
