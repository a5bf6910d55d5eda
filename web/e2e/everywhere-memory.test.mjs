/** A study larger than the memory that a small machine gives to pictures: it is scrolled whole, and the page stays within its budget. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { measure } from './everywhere-memory.mjs';

test('a study twice the budget is scrolled to both ends; what is far is let go and comes back', async () => {
  const seen = await measure({ slices: 400, gigabytes: 0.5, stride: 4 });
  const budget = 96; // MB of decoded pictures: able.model.ts
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
