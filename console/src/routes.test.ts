import { describe, expect, it } from 'vitest';
import { address, match, pages } from './routes';

describe('the table of pages', () => {
  it('is found again by its own addresses', () => {
    expect(match(address('board'))).toEqual({ name: 'board', parameters: {} });
    expect(match(address('measure', { no: '7' }))).toEqual({ name: 'measure', parameters: { no: '7' } });
    expect(match(address('edit_incident', { id: 'a b/c' }))).toEqual({ name: 'edit_incident', parameters: { id: 'a b/c' } });
  });

  it('takes a fixed path before one with a parameter', () => {
    expect(match('/registry/add')?.name).toBe('add_incident');
    expect(match('/registry/import')?.name).toBe('import_incidents');
  });

  it('ignores a slash at the end and knows what is no page', () => {
    expect(match('/programme/')?.name).toBe('board');
    expect(match('/programme/measures/')).toBeUndefined();
    expect(match('/programme/measures/7/edit/more')).toBeUndefined();
    expect(match('/objects/%E0%A4%A')).toBeUndefined();
  });

  it('has no two pages at one path', () => {
    const paths = Object.values(pages).map((page) => page.path.replaceAll(/:[a-z]+/g, ':'));
    expect(new Set(paths).size).toBe(paths.length);
  });
});
