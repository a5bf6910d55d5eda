/** A study larger than the memory that a small machine gives to pictures: it is scrolled whole, and the page stays within its budget. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { everySlice, measure } from './everywhere-memory.mjs';

const budget = 96; // MB of decoded pictures on a machine of half a GB: able.model.ts

test('a study twice the budget is scrolled to both ends; what is far is let go and comes back', async () => {
  const seen = await measure({ slices: 400, gigabytes: 0.5, stride: 8 });
  process.stderr.write(`${JSON.stringify(seen)}\n`);
  assert.equal(seen.up.at, 0);
  assert.equal(seen.down.at, 399);
  assert.equal(seen.back.at, 99);
  assert.ok(seen.heldMegabytes <= budget, `${seen.heldMegabytes} MB of pictures are held`);
  assert.ok(seen.heldMegabytes > budget / 2, `only ${seen.heldMegabytes} MB of pictures are held`);
  assert.ok(seen.most < 1000, `the page has ${seen.most} MB`); // 841 with 2,000 slices
  assert.match(seen.words, seen.planes === 'made' ? /取 1 层/ : /MB/);
  assert.deepEqual(seen.faults, []);
});

// All of it would fit into what a machine of 8 GB gives, just so; a small one has a tenth.
test('2,000 slices, ten times the budget: each is the one that its number says, and what was let go comes back', {
  timeout: 240_000,
}, async () => {
  const slices = 2000;
  const seen = await everySlice({ slices, side: 512, gigabytes: 0.5 });
  process.stderr.write(`${JSON.stringify({ ...seen, jumps: seen.jumps.length })}\n`);
  const right = (s, at) => assert.deepEqual([s.index, s.number], [at, at]);
  right(seen.first, 0);
  assert.deepEqual(seen.down, { slices: 40, wrong: [] });
  assert.ok(seen.letGo, 'nothing was let go');
  right(seen.again, 0);
  assert.deepEqual(seen.back, { slices: 34, wrong: [] });
  assert.equal(seen.jumps.length, 12);
  for (const [i, s] of seen.jumps.entries()) right(s, i % 3 === 0 ? slices - 1 : 0);
  for (const s of seen.places) right(s, s.at);
  assert.equal(seen.whole, 1000);
  // Those that come at once are counted before what gives way to them is taken off.
  assert.ok(seen.megabytes <= budget * 1.1, `${seen.megabytes} MB of pictures are held`);
  assert.ok(seen.megabytes > budget / 2, `only ${seen.megabytes} MB of pictures are held`);
  assert.ok(seen.resident < 1000, `the page has ${seen.resident} MB`);
  assert.deepEqual(seen.faults, []);
});
