// Sending a file to be checked or saved: the bytes go as they are, the server alone judges them.
import { readProblem, unreachable } from '../../api/problem';
import type { Answer } from '../../api/client';
import type { ImportedConstituency } from '../../api/types';

export type Format = 'csv' | 'json';

export function formatOf(name: string): Format | undefined {
  const ending = name.toLowerCase().split('.').at(-1);
  return ending === 'csv' || ending === 'json' ? ending : undefined;
}

function isOutcome(body: unknown): body is ImportedConstituency {
  return typeof body === 'object' && body !== null && Array.isArray(Reflect.get(body, 'told'));
}

/** With `dryRun` nothing is ever saved; without it everything is, or nothing when a row is bad. */
export async function send(file: Blob, format: Format, dryRun: boolean): Promise<Answer<ImportedConstituency>> {
  const headers = { 'content-type': format === 'csv' ? 'text/csv' : 'application/json' };
  try {
    const query = new URLSearchParams({ format, dry_run: String(dryRun) });
    const response = await fetch(`/api/v1/constituency/import?${query}`, { method: 'POST', headers, body: file });
    const body: unknown = await response.json();
    return isOutcome(body) ? { data: body } : { problem: readProblem(body, response.status) };
  } catch {
    return { problem: unreachable };
  }
}
