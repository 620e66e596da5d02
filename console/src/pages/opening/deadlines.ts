// What is due next: milestones of measures and follow-ups of the council's proposals.
import { api, ask, type Answer } from '../../api/client';
import type { MeasureSummary, StoredCycle } from '../../api/types';
import { daysUntil } from '../../i18n/days';
import { t } from '../../i18n/messages.svelte';
import { address } from '../../routes';
import { measureNumber } from '../programme/matrix';

export interface Deadline {
  readonly date: string;
  readonly days: number;
  readonly title: string;
  readonly href: string;
}

/** How many deadlines the opening screen has room for. */
const MOST = 8;

export function deadlineText(days: number): string {
  if (days === 0) return t('console.opening.today');
  return days < 0 ? t('console.opening.days_over', { n: -days }) : t('console.opening.days_left', { n: days });
}

export function milestonesDue(measures: readonly MeasureSummary[]): Omit<Deadline, 'days'>[] {
  return measures.flatMap((measure) => {
    const next = measure.next_milestone;
    if (!next) return [];
    const href = address('measure', { no: String(measure.no) });
    return [{ date: next.due, title: `${measureNumber(measure.no)} ${next.title}`, href }];
  });
}

export function councilDue(cycles: readonly StoredCycle[]): Omit<Deadline, 'days'>[] {
  const open = cycles.filter(({ record }) => record.state === 'open');
  return open.map(({ id, record }) => ({
    date: record.due,
    title: t('console.cycle.scores_due', { title: record.title }),
    href: address('cycle', { id }),
  }));
}

export async function readDeadlines(today: Date = new Date()): Promise<Answer<Deadline[]>> {
  const [measures, cycles] = await Promise.all([
    ask(api.GET('/programme/measures')),
    ask(api.GET('/programme/council/cycles')),
  ]);
  if (measures.problem) return measures;
  // The council's work is not shown to everybody; its absence is not a problem of this screen.
  const all = [...milestonesDue(measures.data.items), ...councilDue(cycles.data?.items ?? [])];
  const due = all.map((one) => ({ ...one, days: daysUntil(one.date, today) }));
  return { data: due.toSorted((a, b) => a.date.localeCompare(b.date)).slice(0, MOST) };
}
