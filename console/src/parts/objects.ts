// What a kind of object is called and where its page is.
import { t, type MessageKey } from '../i18n/messages.svelte';
import { address } from '../routes';

const names: Record<string, MessageKey> = {
  measure: 'console.kind.measure',
  incident: 'console.kind.incident',
  indicator: 'console.kind.indicator',
  reading: 'console.kind.reading',
  council_cycle: 'console.kind.council_cycle',
  council_score: 'console.kind.council_score',
  council_proposal: 'console.kind.council_proposal',
  council_report: 'console.kind.council_report',
};

/** Kinds by which a search is narrowed. */
export const searchedKinds: readonly string[] = ['measure', 'incident', 'council_cycle', 'council_proposal', 'council_report'];

/** The kind as a person calls it; a kind of a room this console does not know keeps its own name. */
export function kindName(kind: string): string {
  const key = names[kind];
  return key ? t(key) : kind;
}

export function pageOf(object: { readonly id: string; readonly kind: string }): string {
  if (object.kind === 'incident') return address('incident', { id: object.id });
  if (object.kind === 'council_cycle') return address('cycle', { id: object.id });
  if (object.kind === 'council_report') return address('report', { id: object.id });
  return address('object', { id: object.id });
}
