// The disagreement of a closed cycle as a chart: where the members are far apart comes first.
import type { Agreement, MeasureAgreement } from '../../api/types';
import type { Draw } from '../../parts/Chart.svelte';
import { measureNumber } from './matrix';

export function byDisagreement(agreement: Agreement): MeasureAgreement[] {
  return agreement.by_measure
    .filter((row) => row.scores.length > 0 || row.conflicts > 0)
    .toSorted((a, b) => Number(b.disagrees) - Number(a.disagrees) || b.spread - a.spread || a.no - b.no);
}

/** A dot for each score that was given, the larger the more members gave it. */
export function dots(rows: readonly MeasureAgreement[]): [measure: number, score: number, members: number][] {
  return rows.flatMap((row, index) =>
    [0, 1, 2, 3, 4].flatMap((score): [number, number, number][] => {
      const members = row.scores.filter((given) => given === score).length;
      return members === 0 ? [] : [[index, score, members]];
    }),
  );
}

export function agreementChart(rows: readonly MeasureAgreement[]): Draw {
  return (colours) => ({
    grid: { left: 8, right: 16, top: 16, bottom: 8, containLabel: true },
    xAxis: {
      type: 'category',
      data: rows.map((row) => measureNumber(row.no)),
      axisLabel: { color: colours.ink, rotate: 90, fontSize: 12 },
      axisLine: { lineStyle: { color: colours.line } },
    },
    yAxis: {
      type: 'value',
      min: 0,
      max: 4,
      interval: 1,
      axisLabel: { color: colours.ink },
      splitLine: { lineStyle: { color: colours.line } },
    },
    series: [
      {
        type: 'scatter',
        data: dots(rows),
        symbolSize: (value: number[]) => 8 + 5 * (value[2] ?? 1),
        itemStyle: { color: colours.accent },
      },
    ],
  });
}
