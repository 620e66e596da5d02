// Sending a file to be checked or saved: the bytes go as they are, the server alone judges them.
import { readProblem, unreachable } from '../../api/problem';
import type { Answer } from '../../api/client';
import type { Imported } from '../../api/types';

export type Format = 'csv' | 'veris';

export function formatOf(name: string): Format | undefined {
  const ending = name.toLowerCase().split('.').at(-1);
  if (ending === 'csv') return 'csv';
  return ending === 'json' ? 'veris' : undefined;
}

function isOutcome(body: unknown): body is Imported {
  return typeof body === 'object' && body !== null && Array.isArray(Reflect.get(body, 'errors'));
}

/** With `dryRun` nothing is ever saved; without it everything is, or nothing when a row is bad. */
export async function send(file: Blob, format: Format, dryRun: boolean): Promise<Answer<Imported>> {
  const headers = { 'content-type': format === 'csv' ? 'text/csv' : 'application/json' };
  try {
    const query = new URLSearchParams({ format, dry_run: String(dryRun) });
    const response = await fetch(`/api/v1/registry/import?${query}`, { method: 'POST', headers, body: file });
    const body: unknown = await response.json();
    // Bad rows come as an outcome, with whatever status: they are what the reader asked for.
    return isOutcome(body) ? { data: body } : { problem: readProblem(body, response.status) };
  } catch {
    return { problem: unreachable };
  }
}
