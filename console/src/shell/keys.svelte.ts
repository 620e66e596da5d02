// The keys that work everywhere, in one table: what `?` shows is what the listener does.
import type { MessageKey } from '../i18n/messages.svelte';
import { place } from '../router.svelte';
import { address } from '../routes';

interface Key {
  readonly keys: readonly string[];
  readonly meaning: MessageKey;
  readonly act: () => void;
}

class Panels {
  palette = $state(false);
  list = $state(false);
}

export const panels = new Panels();

export const keys: readonly Key[] = [
  { keys: ['⌘K', 'Ctrl K', '/'], meaning: 'console.keys.search', act: () => (panels.palette = true) },
  { keys: ['?'], meaning: 'console.keys.list', act: () => (panels.list = true) },
  { keys: ['g o'], meaning: 'console.keys.opening', act: () => place.go(address('opening')) },
  { keys: ['g p'], meaning: 'console.keys.programme', act: () => place.go(address('board')) },
  { keys: ['g r'], meaning: 'console.keys.registry', act: () => place.go(address('registry')) },
  { keys: ['g k'], meaning: 'console.keys.constituency', act: () => place.go(address('organisations')) },
  { keys: ['g c'], meaning: 'console.keys.council', act: () => place.go(address('council')) },
];

/** Where a typed character is text and not a command. */
function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || target.matches('input, select, textarea, [role="combobox"]');
}

/** What was pressed, as the table writes it. */
export function pressed(event: Pick<KeyboardEvent, 'key' | 'metaKey' | 'ctrlKey' | 'altKey'>): string {
  if (event.altKey) return '';
  if (event.metaKey) return `⌘${event.key.toUpperCase()}`;
  if (event.ctrlKey) return `Ctrl ${event.key.toUpperCase()}`;
  return event.key;
}

/** Listens until the returned function is called. */
export function listen(): () => void {
  let before = '';
  const onKey = (event: KeyboardEvent): void => {
    const now = pressed(event);
    const plain = now.length === 1;
    if (plain && (isTyping(event.target) || panels.palette || panels.list)) return;
    const key = keys.find((candidate) => candidate.keys.includes(now) || candidate.keys.includes(`${before} ${now}`));
    before = plain ? now : '';
    if (!key) return;
    event.preventDefault();
    before = '';
    key.act();
  };
  document.addEventListener('keydown', onKey);
  return () => document.removeEventListener('keydown', onKey);
}
