import { describe, expect, it, vi } from 'vitest';

vi.stubGlobal('localStorage', { getItem: () => null, setItem: () => undefined });

const { formErrors, toForm, toRecord } = await import('./form');
const { exportQuery, readFilters } = await import('./filters');
const { isPartialDate } = await import('../../i18n/partial_date');
const { formatOf } = await import('./import');
const founding = (await import('../../../../data/accidents-2003.json')).default;

const records = (Array.isArray(founding) ? founding : Object.values(founding).find((value) => Array.isArray(value))) as never[];

describe('the form of an accident', () => {
  it('gives back each of the 34 accidents of the strategy as it was', () => {
    expect(records).toHaveLength(34);
    for (const record of records) {
      const { id: _id, ...incident } = record as Record<string, unknown>;
      const form = toForm(incident as never);
      expect(formErrors(form)).toEqual(new Map());
      const back = toRecord(form, incident as never) as unknown as Record<string, unknown>;
      for (const [name, value] of Object.entries(incident)) {
        if (!['magnitudes', 'place'].includes(name)) expect(back[name], name).toEqual(value);
      }
      expect(toForm(back as never)).toEqual(form);
    }
  });

  it('names each place that is wrong before anything is sent', () => {
    const form = toForm();
    form.date = '2003-02-30';
    form.costs.push({ kind: 'total', amount: '1,000', currency: 'JPY', n: '', source: '' });
    expect([...formErrors(form).keys()].sort()).toEqual(['cause', 'channel', 'costs.0.amount', 'date', 'sector', 'title_ja']);
  });
});

describe('dates that say how much is known', () => {
  it.each(['1999', '2003-08', '2004-02-29', '2003-08-11T09:30+09:00', '2003-08-11T09:30:00Z'])('%s is one', (text) => {
    expect(isPartialDate(text)).toBe(true);
  });
  it.each(['', '99', '2003-13', '2003-02-29', '2003-8-1', '2003-08-11T09:30', 'August 2003'])('%s is none', (text) => {
    expect(isPartialDate(text)).toBe(false);
  });
});

describe('filters', () => {
  it('are read from the address; words that no list knows are left out', () => {
    const query = new URLSearchParams('sector=finance&cause=gremlins&year=2003&synthetic=false&after=abc');
    expect(readFilters(query)).toEqual({ sector: 'finance', year: 2003, synthetic: false, sort: '-date', after: 'abc' });
  });
  it('go to the exported file without order and page', () => {
    expect(exportQuery(new URLSearchParams('sector=finance&sort=date&after=abc'), 'csv')).toBe('format=csv&sector=finance');
  });
});

it('tells the format of a file by its name', () => {
  expect([formatOf('a.CSV'), formatOf('b.json'), formatOf('c.xlsx'), formatOf('csv')]).toEqual(['csv', 'veris', undefined, 'csv']);
});
