// What a person calls an accident and its amounts.
import type { Incident, Magnitude, Place } from '../../api/types';
import { countryName, number } from '../../i18n/format';
import { inLanguage, t, word } from '../../i18n/messages.svelte';

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
  const country = place.country ? countryName(place.country) : '';
  const prefecture = place.prefecture ? word('console.prefecture', place.prefecture) : '';
  return [country, prefecture, place.text ?? ''].filter((part) => part !== '').join(t('console.list_separator'));
}
