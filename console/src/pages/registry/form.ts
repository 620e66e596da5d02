// An accident as its form holds it: every control a text, and the way there and back.
import type { Account, Cause, Channel, Cost, CostKind, Effect, Incident, Label, Magnitude, Malice, Sector, Unit } from '../../api/types';
import { t } from '../../i18n/messages.svelte';
import { isPartialDate } from '../../i18n/partial_date';

export type Audience = 'members' | 'public' | 'organisation';

export interface MagnitudeRow {
  value: string;
  upper: string;
  unit: Unit;
  approximate: boolean;
  note: string;
}
export interface CostRow {
  kind: CostKind;
  amount: string;
  currency: string;
  n: string;
  source: string;
}
export interface SourceRow {
  title: string;
  url: string;
  date: string;
}
export interface IncidentForm {
  audience: Audience;
  title_ja: string;
  title_en: string;
  summary_ja: string;
  summary_en: string;
  date: string;
  end: string;
  sector: Sector | '';
  country: string;
  prefecture: string;
  place: string;
  cause: Cause | '';
  malicious: Malice | '';
  effects: Effect[];
  magnitudes: MagnitudeRow[];
  channel: Channel | '';
  reported_on: string;
  costs: CostRow[];
  sources: SourceRow[];
}

export const emptyMagnitude: MagnitudeRow = { value: '', upper: '', unit: 'persons', approximate: false, note: '' };
export const emptyCost: CostRow = { kind: 'total', amount: '', currency: 'JPY', n: '', source: '' };
export const emptySource: SourceRow = { title: '', url: '', date: '' };

const text = (value: number | null | undefined): string => (typeof value === 'number' ? String(value) : '');

export function toForm(record?: Incident): IncidentForm {
  return {
    audience: 'members',
    title_ja: record?.title_ja ?? '',
    title_en: record?.title_en ?? '',
    summary_ja: record?.summary_ja ?? '',
    summary_en: record?.summary_en ?? '',
    date: record?.date ?? '',
    end: record?.end ?? '',
    sector: record?.sector ?? '',
    country: record?.place?.country ?? '',
    prefecture: record?.place?.prefecture ?? '',
    place: record?.place?.text ?? '',
    cause: record?.cause ?? '',
    malicious: record?.malicious ?? '',
    effects: [...(record?.effects ?? [])],
    magnitudes: (record?.magnitudes ?? []).map((one) => ({
      value: text(one.value),
      upper: text(one.upper),
      unit: one.unit,
      approximate: one.approximate ?? false,
      note: one.note ?? '',
    })),
    channel: record?.channel ?? '',
    reported_on: record?.reported_on ?? '',
    costs: (record?.costs ?? []).map((one) => ({ ...one, amount: text(one.amount), n: text(one.n) })),
    sources: (record?.sources ?? []).map((one) => ({ title: one.title, url: one.url ?? '', date: one.date ?? '' })),
  };
}

/** What is wrong before anything is sent, by the path of the record that the server would name. */
export function formErrors(form: IncidentForm): Map<string, string> {
  const errors = new Map<string, string>();
  if (form.title_ja.trim() === '' && form.title_en.trim() === '') errors.set('title_ja', t('console.incident.needs_title'));
  for (const name of ['sector', 'cause', 'channel'] as const) {
    if (form[name] === '') errors.set(name, t('console.form.choose'));
  }
  const dates: [string, string, boolean][] = [
    ['date', form.date, true],
    ['end', form.end, false],
    ['reported_on', form.reported_on, false],
    ...form.sources.map((source, index): [string, string, boolean] => [`sources.${index}.date`, source.date, false]),
  ];
  for (const [path, value, needed] of dates) {
    if (value.trim() === '' ? needed : !isPartialDate(value.trim())) errors.set(path, t('console.form.date'));
  }
  const numbers: [string, string, boolean][] = [
    ...form.magnitudes.flatMap((row, index): [string, string, boolean][] => [
      [`magnitudes.${index}.value`, row.value, true],
      [`magnitudes.${index}.upper`, row.upper, false],
    ]),
    ...form.costs.flatMap((row, index): [string, string, boolean][] => [
      [`costs.${index}.amount`, row.amount, true],
      [`costs.${index}.n`, row.n, false],
    ]),
  ];
  for (const [path, value, needed] of numbers) {
    if (value.trim() === '' ? needed : !/^\d{1,15}$/.test(value.trim())) errors.set(path, t('console.form.whole_number'));
  }
  return errors;
}

/** The record that the form says. Call only when [`formErrors`] found nothing. What the form does not show is kept. */
export function toRecord(form: IncidentForm, before?: Incident): Incident {
  const magnitude = (row: MagnitudeRow): Magnitude => ({
    value: Number(row.value),
    ...(row.upper.trim() === '' ? {} : { upper: Number(row.upper) }),
    unit: row.unit,
    approximate: row.approximate,
    note: row.note,
  });
  const cost = (row: CostRow): Cost => ({
    kind: row.kind,
    amount: Number(row.amount),
    currency: row.currency,
    ...(row.n.trim() === '' ? {} : { n: Number(row.n) }),
    source: row.source,
  });
  const given = <Name extends string>(name: Name, value: string): { [K in Name]?: string } =>
    value.trim() === '' ? {} : ({ [name]: value.trim() } as { [K in Name]?: string });
  return {
    title_ja: form.title_ja,
    title_en: form.title_en,
    summary_ja: form.summary_ja,
    summary_en: form.summary_en,
    date: form.date.trim(),
    ...given('end', form.end),
    sector: form.sector as Sector,
    place: { ...given('country', form.country.toUpperCase()), ...given('prefecture', form.prefecture), text: form.place },
    cause: form.cause as Cause,
    ...(form.malicious === '' ? {} : { malicious: form.malicious }),
    effects: form.effects,
    magnitudes: form.magnitudes.map(magnitude),
    channel: form.channel as Channel,
    ...given('reported_on', form.reported_on),
    costs: form.costs.map(cost),
    sources: form.sources.map((row) => ({ title: row.title, ...given('url', row.url), ...given('date', row.date) })),
    ...(before?.founding ? { founding: before.founding } : {}),
  };
}

/** The label of a new record: who may see it. */
export function labelFor(audience: Audience, account: Account | undefined): Label {
  if (audience === 'public') return { tlp: 'CLEAR', audience: [['public']], pap: 'CLEAR', view: 'technical' };
  if (audience === 'organisation' && account?.organisation) {
    return { tlp: 'AMBER', audience: [[{ organisation: account.organisation }]], pap: 'AMBER', view: 'whole' };
  }
  return { tlp: 'GREEN', audience: [['members']], pap: 'GREEN', view: 'technical' };
}
