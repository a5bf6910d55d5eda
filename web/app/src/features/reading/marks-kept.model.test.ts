import { expect, it } from 'vitest';
import type { Measurement } from '@/viewer/measurements.model';
import { merged } from './marks-kept.model';

const m = (id: string, label = ''): Measurement => ({
  id,
  tool: 'Length',
  series: '1.2',
  instance: '1.2.3',
  frame: 1,
  points: [],
  label,
});
const [a, b, c] = [m('a'), m('b'), m('c')];

it.each([
  ['what was drawn while the line was down stays', [a], { base: [a], all: [a, b] }, [a, b]],
  ['what was rubbed out goes', [a, b], { base: [a, b], all: [b] }, [b]],
  ['what was changed is changed', [a], { base: [a], all: [m('a', 'x')] }, [m('a', 'x')]],
  ['what others added stays', [a, c], { base: [a], all: [a, b] }, [a, c, b]],
  ['what others changed stays', [m('a', 'theirs')], { base: [a], all: [a, b] }, [m('a', 'theirs'), b]],
  ['of what both changed ours counts', [m('a', 'theirs')], { base: [a], all: [m('a', 'ours')] }, [m('a', 'ours')]],
  ['what others rubbed out goes', [b], { base: [a, b], all: [a, b] }, [b]],
  ['unless it was changed meanwhile', [b], { base: [a, b], all: [m('a', 'x'), b] }, [b, m('a', 'x')]],
  ['what came to the server although its answer was lost is there once', [a, b], { base: [a], all: [a, b] }, [a, b]],
  ['nothing is nothing', [], { base: [], all: [] }, []],
])('%s', (_, server, ours, want) => {
  expect(merged(server, ours)).toEqual(want);
});
