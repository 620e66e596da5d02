// What an empty form begins with.
import type { Contact, Organisation } from '../../api/types';

export function emptyContact(): Contact {
  return { organisation: '', channel: 'email', address: '', name: '', role: 'general', language: 'ja', order: 1 };
}

export function emptyOrganisation(): Organisation {
  return { code: '', name_ja: '', name_en: '', kind: 'unknown', hubs: [], inventory: 'unknown', note: '' };
}

/** Codes separated by commas or semicolons, each once. */
export function codes(text: string): string[] {
  const parts = text.split(/[,;、]/).map((code) => code.trim());
  return [...new Set(parts.filter((code) => code !== ''))];
}

/** As the server takes it: what is empty is left out. */
export function cleaned(record: Organisation): Organisation {
  const optional = ['sector', 'prefecture', 'municipality', 'size', 'parent', 'website'] as const;
  const copy: Organisation = { ...record, code: record.code.trim(), name_ja: record.name_ja?.trim() ?? '', name_en: record.name_en?.trim() ?? '' };
  for (const member of optional) if (copy[member] === '' || copy[member] == null) delete copy[member];
  return copy;
}
