// What is due next: milestones of measures and follow-ups of the council's proposals.
import { api, ask, type Answer } from '../../api/client';
import type { CycleView, MeasureSummary, StoredCycle } from '../../api/types';
import { daysUntil } from '../../i18n/days';
import { t } from '../../i18n/messages.svelte';
import { address } from '../../routes';
import { measureNumber } from '../programme/matrix';

export interface Deadline {
  readonly date: string;
  readonly days: number;
  readonly title: string;
  readonly href: string;
  readonly synthetic: boolean;
}

/** How many deadlines the opening screen has room for. */
const MOST = 8;
/** Cycles, newest first, whose proposals are followed up here. */
const CYCLES_LOOKED_AT = 3;

export function deadlineText(days: number): string {
  if (days === 0) return t('console.opening.today');
  return days < 0 ? t('console.opening.days_over', { n: -days }) : t('console.opening.days_left', { n: days });
}

export function milestonesDue(measures: readonly MeasureSummary[]): Omit<Deadline, 'days'>[] {
  return measures.flatMap((measure) => {
    const next = measure.next_milestone;
    if (!next) return [];
    const href = address('measure', { no: String(measure.no) });
    return [{ date: next.due, title: `${measureNumber(measure.no)} ${next.title}`, href, synthetic: measure.synthetic }];
  });
}

export function councilDue(cycles: readonly StoredCycle[]): Omit<Deadline, 'days'>[] {
  const open = cycles.filter(({ record }) => record.state === 'open');
  return open.map(({ id, record, synthetic }) => ({
    date: record.due,
    title: t('console.cycle.scores_due', { title: record.title }),
    href: address('cycle', { id }),
    synthetic,
  }));
}

/** The days on which somebody looks what came of the proposals of the newest cycles that are no longer scored. */
async function followUpsDue(cycles: readonly StoredCycle[]): Promise<Omit<Deadline, 'days'>[]> {
  const discussed = cycles.filter(({ record }) => record.state !== 'open').slice(0, CYCLES_LOOKED_AT);
  const views = discussed.map(({ id }) => ask(api.GET('/programme/council/cycles/{id}', { params: { path: { id } } })));
  return (await Promise.all(views)).flatMap(({ data }) => (data ? proposalsDue(data) : []));
}

export function proposalsDue({ cycle, proposals }: Pick<CycleView, 'cycle' | 'proposals'>): Omit<Deadline, 'days'>[] {
  return proposals.map(({ follow_up, measure, text }) => ({
    date: follow_up,
    title: t('console.cycle.follow_up_due', { measure: measureNumber(measure), text }),
    href: address('cycle', { id: cycle.id }),
    synthetic: cycle.synthetic,
  }));
}

export async function readDeadlines(today: Date = new Date()): Promise<Answer<Deadline[]>> {
  const [measures, cycles] = await Promise.all([
    ask(api.GET('/programme/measures')),
    ask(api.GET('/programme/council/cycles')),
  ]);
  if (measures.problem) return measures;
  // The council's work is not shown to everybody; its absence is not a problem of this screen.
  const council = cycles.data?.items ?? [];
  const all = [...milestonesDue(measures.data.items), ...councilDue(council), ...(await followUpsDue(council))];
  const due = all.map((one) => ({ ...one, days: daysUntil(one.date, today) }));
  return { data: due.toSorted((a, b) => a.date.localeCompare(b.date)).slice(0, MOST) };
}
