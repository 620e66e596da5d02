// What a person calls an accident and its amounts.
import type { Incident, Magnitude, Place } from '../../api/contract';
import { number } from '../../i18n/format';
import { inLanguage, reader, t, word } from '../../i18n/messages.svelte';

export function incidentTitle(record: Incident): string {
  const [japanese, english] = [record.title_ja ?? '', record.title_en ?? ''];
  return inLanguage(japanese || english, english || japanese);
}

export function incidentSummary(record: Incident): string {
  const [japanese, english] = [record.summary_ja ?? '', record.summary_en ?? ''];
  return inLanguage(japanese || english, english || japanese);
}

export function magnitudeText(magnitude: Magnitude): string {
  const upper = typeof magnitude.upper === 'number' ? `–${number(magnitude.upper)}` : '';
  const text = `${number(magnitude.value)}${upper} ${word('registry.unit', magnitude.unit)}`;
  return magnitude.approximate ? t('console.incident.about', { amount: text }) : text;
}

export function placeText(place: Place): string {
  const named = (type: 'region', code: string): string =>
    new Intl.DisplayNames([reader.language], { type, fallback: 'code' }).of(code) ?? code;
  const country = place.country ? named('region', place.country) : '';
  const prefecture = place.prefecture ? word('console.prefecture', place.prefecture) : '';
  return [country, prefecture, place.text ?? ''].filter((part) => part !== '').join(t('console.list_separator'));
}
