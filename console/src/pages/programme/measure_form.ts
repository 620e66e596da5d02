// A measure as its form holds it: what may be steered, every control a text.
import type { Evidence, Measure, MeasureInput, Status } from '../../api/types';
import { t } from '../../i18n/messages.svelte';

export interface MilestoneRow {
  title: string;
  due: string;
  done_on: string;
}
export interface EvidenceRow {
  title: string;
  url: string;
  object: string;
}
export interface MeasureForm {
  status: Status;
  owner: string;
  /** One a line. */
  partners: string;
  milestones: MilestoneRow[];
  /** At most one budget: the present one. */
  budgets: { amount: string; currency: string; fiscal_year: string; source: string }[];
  evidence: EvidenceRow[];
  note: string;
}

export function toMeasureForm(record: Measure): MeasureForm {
  const budget = record.budget;
  return {
    status: record.status ?? 'unknown',
    owner: record.owner ?? '',
    partners: (record.partners ?? []).join('\n'),
    milestones: (record.milestones ?? []).map((one) => ({ title: one.title, due: one.due, done_on: one.done_on ?? '' })),
    budgets: budget ? [{ ...budget, amount: String(budget.amount), fiscal_year: String(budget.fiscal_year) }] : [],
    evidence: (record.evidence ?? []).map((one) => ({ title: one.title, url: one.url ?? '', object: one.object ?? '' })),
    note: record.note ?? '',
  };
}

export function measureFormErrors(form: MeasureForm): Map<string, string> {
  const errors = new Map<string, string>();
  for (const [index, row] of form.milestones.entries()) {
    if (row.title.trim() === '') errors.set(`milestones.${index}.title`, t('console.form.needed'));
    if (row.due === '') errors.set(`milestones.${index}.due`, t('console.form.needed'));
  }
  for (const [index, row] of form.evidence.entries()) {
    if (row.title.trim() === '') errors.set(`evidence.${index}.title`, t('console.form.needed'));
  }
  for (const budget of form.budgets) {
    if (!/^\d{1,15}$/.test(budget.amount.trim())) errors.set('budget.amount', t('console.form.whole_number'));
    if (!/^\d{4}$/.test(budget.fiscal_year.trim())) errors.set('budget.fiscal_year', t('console.form.whole_number'));
    if (budget.source.trim() === '') errors.set('budget.source', t('console.form.needed'));
  }
  return errors;
}

/** What is sent. Call only when [`measureFormErrors`] found nothing. */
export function toMeasureInput(form: MeasureForm, version: number): MeasureInput {
  const budget = form.budgets[0];
  const evidence = (row: EvidenceRow): Evidence => ({
    title: row.title.trim(),
    ...(row.url.trim() === '' ? {} : { url: row.url.trim() }),
    ...(row.object.trim() === '' ? {} : { object: row.object.trim() }),
  });
  return {
    version,
    ...(form.owner.trim() === '' ? {} : { owner: form.owner.trim() }),
    partners: form.partners.split('\n').map((line) => line.trim()).filter((line) => line !== ''),
    status: form.status,
    milestones: form.milestones.map((row) => ({
      title: row.title.trim(),
      due: row.due,
      ...(row.done_on === '' ? {} : { done_on: row.done_on }),
    })),
    ...(budget
      ? {
          budget: {
            amount: Number(budget.amount),
            currency: budget.currency.trim().toUpperCase(),
            fiscal_year: Number(budget.fiscal_year),
            source: budget.source.trim(),
          },
        }
      : {}),
    evidence: form.evidence.map(evidence),
    note: form.note,
  };
}
