// What a kind of object is called and where its page is.
import type { Hit } from '../api/types';
import { t, type MessageKey } from '../i18n/messages.svelte';
import { address } from '../routes';

const names: Record<string, MessageKey> = {
  measure: 'console.kind.measure',
  incident: 'console.kind.incident',
  organisation: 'console.kind.organisation',
  contact: 'console.kind.contact',
  drill: 'console.kind.drill',
  indicator: 'console.kind.indicator',
  reading: 'console.kind.reading',
  council_cycle: 'console.kind.council_cycle',
  council_score: 'console.kind.council_score',
  council_proposal: 'console.kind.council_proposal',
  council_report: 'console.kind.council_report',
};

/** Kinds by which a search is narrowed. */
export const searchedKinds: readonly string[] = ['measure', 'incident', 'organisation', 'council_cycle', 'council_proposal', 'council_report'];

/** The kind as a person calls it; a kind of a room this console does not know keeps its own name. */
export function kindName(kind: string): string {
  const key = names[kind];
  return key ? t(key) : kind;
}

/** The page of its own that an object has; else the page that every object has. */
export function pageOf(object: Pick<Hit, 'id' | 'kind' | 'title'>): string {
  // A measure is found by its number, with which its title begins.
  const measure = object.kind === 'measure' ? /^M(\d{2}) /.exec(object.title)?.[1] : undefined;
  if (measure) return address('measure', { no: String(Number(measure)) });
  if (object.kind === 'incident') return address('incident', { id: object.id });
  if (object.kind === 'organisation') return address('organisation', { id: object.id });
  if (object.kind === 'drill') return address('drills');
  if (object.kind === 'council_cycle') return address('cycle', { id: object.id });
  if (object.kind === 'council_report') return address('report', { id: object.id });
  return address('object', { id: object.id });
}
