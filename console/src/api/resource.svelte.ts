// What a page reads: loading, there, or a problem; read again when what it depends on changes.
import type { Answer } from './client';
import type { Problem } from './problem';

export class Resource<T> {
  data = $state.raw<T>();
  problem = $state.raw<Problem>();
  loading = $state(true);
  private asked = 0;

  constructor(private readonly question: () => Promise<Answer<T>>) {
    $effect(() => {
      void this.reload();
    });
  }

  /** Asks again and keeps showing the old answer until the new one is there. */
  async reload(): Promise<void> {
    this.asked += 1;
    const mine = this.asked;
    this.loading = true;
    const answer = await this.question();
    if (mine !== this.asked) return;
    this.loading = false;
    this.problem = answer.problem;
    if (answer.problem === undefined) this.data = answer.data;
  }
}
