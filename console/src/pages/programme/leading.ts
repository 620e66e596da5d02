// Which of a measure's indicators its card shows.
import type { IndicatorValue } from '../../api/types';

/** The first whose value is known; else the first. Their order is the programme's own. */
export function leadingIndicator(indicators: readonly IndicatorValue[]): IndicatorValue | undefined {
  return indicators.find((indicator) => typeof indicator.value === 'number') ?? indicators[0];
}
