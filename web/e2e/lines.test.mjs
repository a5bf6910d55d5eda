/**
 * A call of real browsers over a bad line, and one that comes back after a black-out. The bounds are those of a busy machine with two cores;
 * `yilian bench lines` measures against the real ones. Needs root, TUN and iproute2 (see signaling/lines).
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { back, five, measure, recovery } from './lines.mjs';
import { openWorld } from './lines.world.mjs';

const missing = [
  [process.getuid?.() !== 0, 'root'],
  [!existsSync('/dev/net/tun'), '/dev/net/tun'],
  [spawnSync('ip', ['-V']).status !== 0, 'iproute2'],
]
  .filter(([is]) => is)
  .map(([, what]) => what);
const skip = missing.length > 0 && !process.env.CI ? `needs ${missing.join(', ')}` : false;

let world;

before(async () => {
  if (!skip) world = await openWorld({ line: ['--nat'] });
});

after(() => world?.close());

test('what counts as back', () => {
  const series = (...growing) => {
    const out = [];
    for (let at = 0, n = 0; at <= 10_000; at += 50) {
      if (growing.some(([from, to]) => at >= from && at < to)) n++;
      out.push([at, n, n]);
    }
    return out;
  };
  assert.deepEqual(back(series([0, 1e9]), 1000), { audio: 0, video: 0 });
  assert.deepEqual(back(series([0, 2000], [5000, 1e9]), 1000), { audio: 4000, video: 4000 });
  assert.deepEqual(
    back(series([0, 1500], [4000, 4100], [6000, 1e9]), 1000),
    { audio: 5000, video: 5000 },
    'a sign of life is not back',
  );
  assert.deepEqual(back(series([0, 1500]), 1000), { audio: null, video: null });
  assert.deepEqual(back([], 0), { audio: null, video: null });
});

test('seen and heard behind 2 Mbit/s with 300 ms there and back and 5 % lost', { skip }, async () => {
  const r = await measure(world, { ...five.find((l) => l.name === 'viewer-5'), seconds: 10 });
  console.log(
    `figures: first frame ${r.firstFrame} ms, ${r.fps.toFixed(1)} fps, ${r.frozen.toFixed(1)} s frozen of 10, ${r.concealed.toFixed(2)} % concealed (audible ${r.audible.toFixed(2)}), ${Math.round(r.kbps)} kbit/s`,
  );
  assert.ok(r.packets.Down.lost > 0, 'the line lost nothing');
  assert.ok(r.firstFrame < 8000, `first frame after ${r.firstFrame} ms`);
  assert.ok(r.fps > 7, `${r.fps} frames a second`);
  assert.ok(r.audible < 3, `${r.audible} % of the sound made up`);
  assert.deepEqual(r.faults, []);
});

test('back after a black-out of 6 s', { skip }, async () => {
  const r = await recovery(world, {
    name: 'black-out',
    line: 'rate=4M delay=40ms queue=200ms',
    happens: 'dark 6s',
    blind: 6000,
    watch: 22,
  });
  console.log(`figures: sound back after ${r.audioBack} ms, picture after ${r.videoBack} ms`);
  assert.ok(r.audioBack !== null && r.videoBack !== null, `not back: ${JSON.stringify(r.ends)}`);
});
