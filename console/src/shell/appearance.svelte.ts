// Light, dark, or as the machine says.
export type Theme = 'system' | 'light' | 'dark';

const order: readonly Theme[] = ['system', 'light', 'dark'];

class Appearance {
  theme = $state<Theme>('system');
  private readonly machine = window.matchMedia('(prefers-color-scheme: dark)');

  start(): void {
    const kept = localStorage.getItem('theme');
    this.choose(kept === 'light' || kept === 'dark' ? kept : 'system');
    this.machine.addEventListener('change', () => this.show());
  }

  choose(theme: Theme): void {
    this.theme = theme;
    localStorage.setItem('theme', theme);
    this.show();
  }

  next(): void {
    this.choose(order[(order.indexOf(this.theme) + 1) % order.length] ?? 'system');
  }

  private show(): void {
    const dark = this.theme === 'dark' || (this.theme === 'system' && this.machine.matches);
    document.documentElement.dataset['theme'] = dark ? 'dark' : 'light';
  }
}

export const appearance = new Appearance();
