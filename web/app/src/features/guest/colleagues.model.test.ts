import { expect, it } from 'vitest';
import type { DutyEntry } from '@/api/types';
import { choosable, excusedSince, invited } from './colleagues.model';

const at = '2026-03-01T01:00:00Z';
const people = [
  { id: 'a', name: '吴医生', title: '主任医师', department: '神经内科', institution: 'county' },
  { id: 'b', name: '林医生', title: '主治医师', department: '心内科', institution: 'county' },
  { id: 'c', name: '陈医生', department: '神经外科', institution: 'city' },
  { id: 'd', name: '安医生', institution: 'unknown' },
];
const on = (id: string, presence: DutyEntry['presence']): DutyEntry => ({
  person: { id, name: id },
  presence,
  line: 1,
  mismatch: false,
  shiftUntil: at,
  specialty: 'neurology',
});
const places = new Map([
  ['county', '县医院'],
  ['city', '市医院'],
]);
const ids = (typed: string, duty: DutyEntry[] = []) => choosable(people, duty, places, typed).map((one) => one.id);

it('who is on duty and free stands first, the others by name', () => {
  expect(ids('', [on('b', 'busy'), on('c', 'available')])).toEqual(['c', 'b', 'd', 'a']);
  expect(ids('', [on('a', 'off')])).toEqual(['a', 'd', 'c', 'b']);
});

it.each([
  ['神经', ['c', 'a']],
  ['神经 主任', ['a']],
  ['  林 ', ['b']],
  ['市医院', ['c']],
  ['骨科', []],
])('“%s” finds %j', (typed, found) => expect(ids(typed)).toEqual(found));

it('invited is who is not taken back, and here is who has a seat', () => {
  const by = { id: 'z', name: '周医生' };
  const panel = [
    { person: { id: 'a', name: '吴医生' }, by, at },
    { person: { id: 'b', name: '林医生' }, by, at, ended: at },
    { person: { id: 'c', name: '陈医生' }, by, at },
  ];
  const seats = [{ person: { id: 'c', name: '陈医生' }, connected: true, joinedAt: at, specialist: false }];
  const states = (all: ReturnType<typeof invited>) => all.map((one) => [one.id, one.is]);
  expect(states(invited({ panel, seats }))).toEqual([
    ['a', 'rung'],
    ['c', 'here'],
  ]);
  const excused = panel.map((one) => (one.person.id === 'a' ? { ...one, excused: at } : one));
  expect(states(invited({ panel: excused, seats: [] }))).toEqual([
    ['a', 'excused'],
    ['c', 'rung'],
  ]);
  expect(excusedSince(panel, excused)).toEqual(['吴医生']);
  expect(excusedSince(excused, excused)).toEqual([]);
  // Asked once more, and excused once more.
  const again = excused.map((one) => ({ ...one, at: '2026-03-01T02:00:00Z' }));
  expect(excusedSince(excused, again)).toEqual(['吴医生']);
});
