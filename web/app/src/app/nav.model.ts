import type { Role } from '@/api/types';
import type { IconName } from '@/ui/icon';

export interface NavItem {
  to: string;
  text:
    | 'work'
    | 'ask'
    | 'duty'
    | 'readings'
    | 'studies'
    | 'import'
    | 'orders'
    | 'worklist'
    | 'unmatched'
    | 'reconcile'
    | 'criticals'
    | 'patients'
    | 'lectures'
    | 'admin';
  icon: IconName;
}

interface Entry extends NavItem {
  roles: Role[];
  phone?: boolean;
}

const clinical: Role[] = ['requester', 'specialist', 'radiologist', 'reviewer', 'technologist', 'coordinator', 'head'];

const entries: Entry[] = [
  { to: '/', text: 'work', icon: 'home', roles: [...clinical, 'admin', 'auditor'], phone: true },
  { to: '/requests/new', text: 'ask', icon: 'plus', roles: ['requester'], phone: true },
  { to: '/duty', text: 'duty', icon: 'wall', roles: ['specialist', 'coordinator', 'head'], phone: true },
  { to: '/readings', text: 'readings', icon: 'image', roles: ['radiologist', 'reviewer'], phone: true },
  { to: '/worklist', text: 'worklist', icon: 'calendar', roles: ['technologist'], phone: true },
  { to: '/orders', text: 'orders', icon: 'list', roles: ['requester', 'technologist', 'coordinator'], phone: true },
  { to: '/studies', text: 'studies', icon: 'file', roles: clinical },
  { to: '/import', text: 'import', icon: 'upload', roles: ['technologist'] },
  { to: '/unmatched', text: 'unmatched', icon: 'link', roles: ['technologist', 'coordinator'] },
  {
    to: '/reconcile',
    text: 'reconcile',
    icon: 'edit',
    roles: ['technologist', 'reviewer', 'coordinator', 'head'],
  },
  {
    to: '/criticals',
    text: 'criticals',
    icon: 'alert',
    roles: ['requester', 'radiologist', 'reviewer', 'coordinator'],
  },
  { to: '/patients', text: 'patients', icon: 'user', roles: clinical, phone: true },
  { to: '/lectures', text: 'lectures', icon: 'volume', roles: clinical },
  { to: '/admin', text: 'admin', icon: 'settings', roles: ['admin', 'auditor'] },
];

function allowed(entry: Entry, roles: Role[]): boolean {
  return entry.roles.some((role) => roles.includes(role));
}

/** What stands in the bar of a wide screen, in a fixed order. */
export function navFor(roles: Role[]): NavItem[] {
  return entries.filter((entry) => allowed(entry, roles));
}

/** At most four for the thumb; the rest is behind “me”. */
export function phoneNavFor(roles: Role[]): NavItem[] {
  return entries.filter((entry) => entry.phone && allowed(entry, roles)).slice(0, 4);
}

export function can(roles: Role[], ...wanted: Role[]): boolean {
  return wanted.some((role) => roles.includes(role));
}
