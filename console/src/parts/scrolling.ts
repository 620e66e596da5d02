// A region that scrolls sideways can be reached and scrolled by the keyboard; one that does not is no stop on the way.
import type { Attachment } from 'svelte/attachments';
import { t } from '../i18n/messages.svelte';

export const scrolling: Attachment<HTMLElement> = (region) => {
  const label = t('console.scrolls');
  const look = (): void => {
    const scrolls = region.scrollWidth > region.clientWidth || region.scrollHeight > region.clientHeight;
    if (!scrolls) {
      for (const name of ['tabindex', 'role', 'aria-label']) region.removeAttribute(name);
      return;
    }
    region.tabIndex = 0;
    region.role = 'region';
    region.ariaLabel = label;
  };
  const observer = new ResizeObserver(look);
  observer.observe(region);
  for (const child of region.children) observer.observe(child);
  return () => observer.disconnect();
};
