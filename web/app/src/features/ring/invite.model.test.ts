import { expect, it } from 'vitest';
import { type Invite, type InviteEvent, inviting, next, uninvited } from './invite.model';

const invite = (request: string, since = '2026-05-01T08:00:00Z'): Invite => ({
  request,
  kind: 'urgent',
  since,
  by: '周医生',
});
const asked = (request: string, since?: string): InviteEvent => ({ type: 'invite', invite: invite(request, since) });
const through = (...events: InviteEvent[]) => events.reduce(next, uninvited);
const at = (time: string) => Date.parse(`2026-05-01T${time}Z`);

it('stands until it is taken back, the first asked first', () => {
  const state = through(asked('b', '2026-05-01T08:00:05Z'), asked('a'));
  expect(state.open.map((one) => one.request)).toEqual(['a', 'b']);
  expect(next(state, { type: 'uninvite', request: 'a' }).open.map((one) => one.request)).toEqual(['b']);
  expect(next(state, { type: 'uninvite', request: 'x' })).toBe(state);
});

it('told twice is the same invitation', () => {
  const state = through(asked('a'));
  expect(next(state, asked('a'))).toBe(state);
});

it('is heard for a minute, unless silenced, and again when asked once more', () => {
  let state = through(asked('a'));
  expect(inviting(state, at('08:00:59'))?.request).toBe('a');
  expect(inviting(state, at('08:01:00'))).toBeUndefined();
  state = next(state, { type: 'silence', request: 'a' });
  expect(next(state, { type: 'silence', request: 'a' })).toBe(state);
  expect(inviting(state, at('08:00:10'))).toBeUndefined();
  expect(state.open).toHaveLength(1);
  state = next(state, asked('a', '2026-05-01T08:02:00Z'));
  expect(inviting(state, at('08:02:10'))?.request).toBe('a');
});

it('what was taken back while nobody was connected is gone', () => {
  const state = next(through(asked('a')), { type: 'greeted' });
  expect(state.open).toEqual([]);
  expect(next(uninvited, { type: 'greeted' })).toBe(uninvited);
});
