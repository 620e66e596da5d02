// What an organisation is called, and who a drill asks, in the reader's language.
import type { DrillAudience } from '../../api/types';
import { inLanguage, t, word } from '../../i18n/messages.svelte';

interface Named {
  code: string;
  name_ja?: string;
  name_en?: string;
}

export function organisationName(record: Named): string {
  const [japanese, english] = [record.name_ja ?? '', record.name_en ?? ''];
  const name = inLanguage(japanese || english, english || japanese);
  return name === '' ? record.code : name;
}

export function bothLanguages(record: { name_ja?: string; name_en?: string }): string {
  return organisationName({ ...record, code: '' });
}

/** Nothing named means everybody. */
export function audienceName(audience: DrillAudience): string {
  const parts = [
    audience.hub ?? '',
    audience.sector ? word('registry.sector', audience.sector) : '',
    audience.prefecture ? word('console.prefecture', audience.prefecture) : '',
  ].filter((part) => part !== '');
  return parts.length === 0 ? t('console.constituency.everybody') : parts.join(t('console.list_separator'));
}
