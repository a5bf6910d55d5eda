import type { Role } from '@/api/types';
import type { IconName } from '@/ui/icon';

export interface AdminSection {
  path:
    | 'institutions'
    | 'people'
    | 'devices'
    | 'roster'
    | 'agreements'
    | 'tokens'
    | 'forward'
    | 'conflicts'
    | 'events'
    | 'settings'
    | 'templates';
  icon: IconName;
}

const sections: (AdminSection & { roles: Role[] })[] = [
  { path: 'institutions', icon: 'building', roles: ['admin'] },
  { path: 'people', icon: 'users', roles: ['admin'] },
  { path: 'roster', icon: 'calendar', roles: ['admin'] },
  { path: 'devices', icon: 'device', roles: ['admin'] },
  { path: 'agreements', icon: 'link', roles: ['admin'] },
  { path: 'tokens', icon: 'key', roles: ['admin'] },
  { path: 'forward', icon: 'send', roles: ['admin'] },
  { path: 'conflicts', icon: 'alert', roles: ['admin'] },
  { path: 'settings', icon: 'clock', roles: ['admin'] },
  { path: 'templates', icon: 'edit', roles: ['admin'] },
  { path: 'events', icon: 'shield', roles: ['auditor'] },
];

export function adminSections(roles: Role[]): AdminSection[] {
  return sections.filter((section) => section.roles.some((role) => roles.includes(role)));
}
