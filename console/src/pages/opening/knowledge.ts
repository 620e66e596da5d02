// How much of the programme is known at all.
import type { MeasureSummary } from '../../api/types';

export function knowledge(measures: readonly MeasureSummary[]): { all: number; known: number } {
  const indicators = measures.flatMap((measure) => measure.indicators);
  return { all: indicators.length, known: indicators.filter((one) => typeof one.value === 'number').length };
}

export interface Tested {
  readonly measure: MeasureSummary;
  readonly indicator: MeasureSummary['indicators'][number];
}

/** The indicators that were looked at last, newest first; an expired or unknown one was not. */
export function lastTested(measures: readonly MeasureSummary[], most: number): Tested[] {
  return measures
    .flatMap((measure) => measure.indicators.map((indicator) => ({ measure, indicator })))
    .filter(({ indicator }) => typeof indicator.value === 'number' && typeof indicator.as_of === 'string')
    .toSorted((a, b) => b.indicator.as_of.localeCompare(a.indicator.as_of))
    .slice(0, most);
}
