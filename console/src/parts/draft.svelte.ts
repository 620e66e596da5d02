// A form that keeps itself: what was typed survives a closed window, a lost session and a conflict.
interface Kept<T> {
  readonly kept_at: string;
  readonly value: T;
}

function read<T>(key: string): Kept<T> | undefined {
  const text = localStorage.getItem(key);
  if (text === null) return undefined;
  try {
    return JSON.parse(text) as Kept<T>;
  } catch {
    localStorage.removeItem(key);
    return undefined;
  }
}

export class Draft<T extends object> {
  value: T = $state() as T;
  /** When the restored draft was kept; `undefined` when the form began with what is saved. */
  restored = $state.raw<string>();
  private start: string;
  private readonly key: string;

  /** Must be made while a component is set up. `name` says which form of which object this is. */
  constructor(name: string, start: T) {
    this.key = `draft ${name}`;
    this.start = JSON.stringify(start);
    const kept = read<T>(this.key);
    this.value = kept?.value ?? start;
    this.restored = kept?.kept_at;
    $effect(() => {
      const now = JSON.stringify(this.value);
      if (now === this.start) localStorage.removeItem(this.key);
      else localStorage.setItem(this.key, `{"kept_at":${JSON.stringify(new Date().toISOString())},"value":${now}}`);
    });
  }

  /** What is in the form, free of reactivity. */
  plain(): T {
    return $state.snapshot(this.value) as T;
  }

  discard(): void {
    this.value = JSON.parse(this.start) as T;
    this.restored = undefined;
  }

  /** The form has been saved: there is nothing left to keep. */
  finish(): void {
    this.start = JSON.stringify(this.value);
    this.restored = undefined;
    localStorage.removeItem(this.key);
  }
}
