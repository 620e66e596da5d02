// Errors of the API (RFC 9457) and of the way to it, as something a person can read.
import { inLanguage, t } from '../i18n/messages.svelte';

export interface Problem {
  /** The last part of `urn:shinayaka:problem:…`; `unreachable` when no answer came. */
  readonly name: string;
  readonly status: number;
  readonly title: string;
  readonly title_ja: string;
  readonly detail?: string | undefined;
  readonly field?: string | undefined;
}

export const unreachable: Problem = { name: 'unreachable', status: 0, title: '', title_ja: '' };

/** What an error body says, whatever it is. */
export function readProblem(body: unknown, status: number): Problem {
  const text = (name: string): string | undefined => {
    const value: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, name) : undefined;
    return typeof value === 'string' ? value : undefined;
  };
  return {
    name: (text('type') ?? '').split(':').at(-1) || `http-${status}`,
    status,
    title: text('title') ?? '',
    title_ja: text('title_ja') ?? '',
    detail: text('detail'),
    field: text('field'),
  };
}

export function problemTitle(problem: Problem): string {
  if (problem.name === 'unreachable') return t('console.problem.unreachable');
  const title = inLanguage(problem.title_ja, problem.title);
  return title === '' ? t('console.problem.unexpected', { status: problem.status }) : title;
}
