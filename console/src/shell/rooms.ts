// The rooms of the house as the navigation shows them: a room that this node does not have is not shown.
import type { Role } from '../api/types';
import type { MessageKey } from '../i18n/messages.svelte';
import { address, type PageName } from '../routes';
import { signedIn } from '../session.svelte';

export interface Door {
  readonly page: PageName;
  readonly href: string;
}

export interface RoomDoors {
  readonly title: MessageKey;
  readonly doors: readonly Door[];
}

/** Who keeps a part of the register, and who sees drills: the server decides, this only spares a door that is locked. */
const keepers: readonly Role[] = ['director', 'analyst', 'operator', 'secretary', 'officer', 'clerk'];
const drillers: readonly Role[] = ['director', 'analyst', 'operator', 'secretary'];

function door(page: 'opening' | 'board' | 'council' | 'registry' | 'import_incidents' | 'organisations' | 'drills' | 'accounts' | 'jobs'): Door {
  return { page, href: address(page) };
}

export function rooms(): RoomDoors[] {
  const shown: RoomDoors[] = [{ title: 'console.room.today', doors: [door('opening')] }];
  if (signedIn.has('programme')) {
    shown.push({ title: 'console.room.programme', doors: [door('board'), door('council')] });
  }
  if (signedIn.has('incident')) {
    const doors = signedIn.account ? [door('registry'), door('import_incidents')] : [door('registry')];
    shown.push({ title: 'console.room.incident', doors });
  }
  if (signedIn.has('constituency') && signedIn.account?.roles.some((role) => keepers.includes(role))) {
    const drills = signedIn.account.roles.some((role) => drillers.includes(role));
    const doors = drills ? [door('organisations'), door('drills')] : [door('organisations')];
    shown.push({ title: 'console.room.constituency', doors });
  }
  if (signedIn.operator) {
    shown.push({ title: 'console.room.operation', doors: [door('accounts'), door('jobs')] });
  }
  return shown;
}
