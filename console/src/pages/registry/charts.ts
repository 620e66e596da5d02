// The two charts of the registry as options of the chart library.
import type { Matrix, Timeline } from '../../api/types';
import { word } from '../../i18n/messages.svelte';
import type { Draw } from '../../parts/Chart.svelte';
import { causes } from './words';

export interface Cell {
  readonly sector: Matrix['sectors'][number];
  readonly cause: Matrix['causes'][number];
  readonly n: number;
}

/** Cells with accidents in them, in the order in which the chart is given them. */
export function filledCells(matrix: Matrix): Cell[] {
  return matrix.cells.filter((cell) => cell.n > 0);
}

/** Sectors and causes that have any accident, in the order of the lists. */
export function axes(matrix: Matrix): { sectors: Cell['sector'][]; causes: Cell['cause'][] } {
  const filled = filledCells(matrix);
  return {
    sectors: matrix.sectors.filter((sector) => filled.some((cell) => cell.sector === sector)),
    causes: matrix.causes.filter((cause) => filled.some((cell) => cell.cause === cause)),
  };
}

export function matrixChart(matrix: Matrix): Draw {
  const cells = filledCells(matrix);
  const shown = axes(matrix);
  // The axis counts from below; the list is read from above.
  const sectors = shown.sectors.toReversed();
  const name = (list: string) => (value: string) => word(`registry.${list}`, value);
  return (colours) => ({
    grid: { left: 8, right: 8, top: 8, bottom: 8, containLabel: true },
    xAxis: {
      type: 'category',
      position: 'top',
      data: shown.causes.map(name('cause')),
      axisLabel: { color: colours.ink, rotate: 45, interval: 0, fontSize: 13 },
      axisLine: { lineStyle: { color: colours.line } },
    },
    yAxis: {
      type: 'category',
      data: sectors.map(name('sector')),
      axisLabel: { color: colours.ink, interval: 0, fontSize: 13 },
      axisLine: { lineStyle: { color: colours.line } },
    },
    visualMap: {
      show: false,
      min: 0,
      max: Math.max(1, ...cells.map((cell) => cell.n)),
      inRange: { color: [colours.accentSoft, colours.accent] },
    },
    series: [
      {
        type: 'heatmap',
        data: cells.map((cell) => [shown.causes.indexOf(cell.cause), sectors.indexOf(cell.sector), cell.n]),
        // Ink on its own ground is readable on every shade.
        label: { show: true, color: colours.ink, backgroundColor: colours.surface, padding: [2, 5], borderRadius: 3, fontWeight: 'bold' },
        itemStyle: { borderColor: colours.surface, borderWidth: 2 },
      },
    ],
  });
}

export function timelineChart(timeline: Timeline): Draw {
  const present = causes.filter((cause) => timeline.years.some((year) => (year.by_cause[cause] ?? 0) > 0));
  return (colours) => ({
    tooltip: { trigger: 'axis', renderMode: 'richText', confine: true },
    legend: { type: 'scroll', bottom: 0, textStyle: { color: colours.ink } },
    grid: { left: 8, right: 8, top: 16, bottom: 40, containLabel: true },
    xAxis: {
      type: 'category',
      data: timeline.years.map((year) => String(year.year)),
      axisLabel: { color: colours.ink },
      axisLine: { lineStyle: { color: colours.line } },
    },
    yAxis: {
      type: 'value',
      minInterval: 1,
      axisLabel: { color: colours.ink },
      splitLine: { lineStyle: { color: colours.line } },
    },
    series: present.map((cause) => ({
      type: 'bar',
      itemStyle: { color: colours.series[causes.indexOf(cause)] },
      stack: 'accidents',
      name: word('registry.cause', cause),
      data: timeline.years.map((year) => year.by_cause[cause] ?? 0),
    })),
  });
}
