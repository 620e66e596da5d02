// The signed note that says how far the journal reaches (c2sp.org/tlog-checkpoint): origin, size, root.
import { readProblem, unreachable } from '../../api/problem';
import type { Answer } from '../../api/client';

export interface Checkpoint {
  readonly origin: string;
  readonly size: number;
}

export function parseCheckpoint(note: string): Checkpoint | undefined {
  const [origin, size] = note.split('\n');
  return origin && size && /^\d+$/.test(size) ? { origin, size: Number(size) } : undefined;
}

export async function readCheckpoint(): Promise<Answer<Checkpoint>> {
  try {
    const response = await fetch('/api/v1/journal/checkpoint');
    const checkpoint = response.ok ? parseCheckpoint(await response.text()) : undefined;
    return checkpoint ? { data: checkpoint } : { problem: readProblem(undefined, response.status) };
  } catch {
    return { problem: unreachable };
  }
}
