// Where the reader is, and how to get elsewhere: links are plain `<a href>`.
import { match, type Match } from './routes';

class Place {
  pathname = $state('/');
  search = $state('');
  hash = $state('');
  /** Counts arrivals, so that coming to the same page again draws it anew. */
  arrival = $state(0);

  readonly match: Match | undefined = $derived(match(this.pathname));
  readonly query: URLSearchParams = $derived(new URLSearchParams(this.search));

  start(): void {
    this.read();
    window.addEventListener('popstate', () => this.read());
    document.addEventListener('click', (event) => this.follow(event));
  }

  private read(): void {
    const { pathname, search, hash } = window.location;
    if (pathname !== this.pathname) this.arrival += 1;
    [this.pathname, this.search, this.hash] = [pathname, search, hash];
  }

  go(to: string, how: { replace?: boolean } = {}): void {
    const before = this.pathname;
    window.history[how.replace ? 'replaceState' : 'pushState']({}, '', to);
    this.read();
    if (before !== this.pathname) window.scrollTo(0, 0);
  }

  /** Changes some parameters of the query and keeps the rest; an empty value takes one away. */
  filter(changes: Record<string, string>, how: { replace?: boolean } = {}): void {
    const query = new URLSearchParams(this.search);
    for (const [name, value] of Object.entries(changes)) {
      if (value === '') query.delete(name);
      else query.set(name, value);
    }
    const text = query.toString();
    this.go(text === '' ? this.pathname : `${this.pathname}?${text}`, how);
  }

  private follow(event: MouseEvent): void {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    if (!link || link.target !== '' || link.hasAttribute('download')) return;
    const url = new URL(link.href, window.location.href);
    if (url.origin !== window.location.origin || !match(url.pathname)) return;
    // A place on the same page is the browser's own work.
    if (url.pathname === this.pathname && url.search === this.search && url.hash !== '') return;
    event.preventDefault();
    this.go(url.pathname + url.search + url.hash);
  }
}

export const place = new Place();
