// Every sentence a person reads. ja.json is the source of the type: a key that is not there does not compile, and
// en.json does not compile without each of them.
import en from '../../../i18n/en.json';
import ja from '../../../i18n/ja.json';
import { fill, type Values } from './fill';

export type MessageKey = keyof typeof ja;
export type Language = 'ja' | 'en';

const messages: Record<Language, Record<MessageKey, string>> = { ja, en };

function preferred(): Language {
  const kept = localStorage.getItem('language');
  if (kept === 'ja' || kept === 'en') return kept;
  return navigator.language.startsWith('ja') ? 'ja' : 'en';
}

class Reader {
  language = $state<Language>('ja');

  start(): void {
    this.choose(preferred());
  }

  choose(language: Language): void {
    this.language = language;
    localStorage.setItem('language', language);
    document.documentElement.lang = language;
  }
}

export const reader = new Reader();

export function t(key: MessageKey, values?: Values): string {
  return fill(messages[reader.language][key], values);
}

/** Whichever of two texts is in the reader's language. */
export function inLanguage(japanese: string, english: string): string {
  return reader.language === 'ja' ? japanese : english;
}

/**
 * The name of a word of a closed list of the API (`registry.cause` and `malware`). Lists grow with the server, so a
 * word that has no name yet is shown as it is; a test demands a name for every word of the OpenAPI document.
 */
export function word(list: string, value: string): string {
  const key = `${list}.${value}`;
  return key in ja ? messages[reader.language][key as MessageKey] : value;
}
