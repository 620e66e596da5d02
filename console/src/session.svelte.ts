// Who is signed in and which rooms this node has.
import { api, ask, type Answer } from './api/client';
import type { Session } from './api/types';

class SignedIn {
  session = $state.raw<Session>();

  readonly account = $derived(this.session?.account ?? undefined);
  readonly operator = $derived(this.account?.roles.includes('operator') ?? false);

  private keep(answer: Answer<Session>): Answer<Session> {
    if (answer.data) this.session = answer.data;
    return answer;
  }

  has(capability: string): boolean {
    return this.session?.capabilities.includes(capability) ?? false;
  }

  async load(): Promise<Answer<Session>> {
    return this.keep(await ask(api.GET('/session')));
  }

  async signIn(name: string, password: string, code: string): Promise<Answer<Session>> {
    const body = code === '' ? { name, password } : { name, password, code };
    return this.keep(await ask(api.POST('/session', { body })));
  }

  async useInvitation(secret: string, password: string): Promise<Answer<Session>> {
    return this.keep(await ask(api.POST('/session/invitation', { body: { secret, password } })));
  }

  async signOut(): Promise<void> {
    await ask(api.DELETE('/session'));
    await this.load();
  }
}

export const signedIn = new SignedIn();
