import { describe, expect, it } from 'vitest';
import type { DicomJson } from '../dicom.model';
import type { Frame } from '../study.model';
import { isFast, lineOf } from './line.model';
import { listOf, numbersOf } from './numbers.model';
import { enlarge, RecordReader, valuesOf } from './records';
import {
  isLeftBehind,
  isOutrun,
  type Job,
  next,
  outwardFrom,
  Part,
  type Shelf,
  type Situation,
  type Under,
} from './schedule.model';

/** Numbers that look random and are the same each time. */
function random(seed: number): () => number {
  let s = seed;
  return () => {
    s = (s * 1664525 + 1013904223) >>> 0;
    return s / 2 ** 32;
  };
}

const shelf = (n: number, at: number | undefined, more: Partial<Shelf> = {}): Shelf => ({
  key: 'a',
  previews: new Uint8Array(n),
  pixels: new Uint8Array(n),
  looks: at === undefined ? [] : [{ at, way: 0, rests: true }],
  loop: false,
  opens: false,
  ...more,
});

const slow = (shelves: Shelf[], more: Partial<Situation> = {}): Situation => ({
  shelves,
  fast: false,
  guessed: false,
  running: [],
  batch: 28,
  room: true,
  ...more,
});

/** So many jobs for another series. */
const busy = (n: number): Under[] =>
  Array.from({ length: n }, () => ({ job: { kind: 'pixels', key: 'b', index: 0 }, ms: 100 }));

/** Carries jobs out until nothing is left, one at a time; looks may move in between. */
function play(all: Shelf[], move: (step: number) => void = () => {}, more: Partial<Situation> = {}): Job[] {
  const jobs: Job[] = [];
  for (let step = 0; step < 5000; step++) {
    const job = next(slow(all, more));
    if (!job) return jobs;
    jobs.push(job);
    const s = all.find((x) => x.key === job.key);
    if (!s) throw new Error('a job for no shelf');
    if (job.kind === 'pixels') {
      expect(s.pixels[job.index]).toBe(Part.none);
      s.pixels[job.index] = Part.here;
    } else {
      expect(job.indexes.length).toBeGreaterThan(0);
      for (const i of job.indexes) {
        expect(s.previews[i]).toBe(Part.none);
        s.previews[i] = Part.here;
      }
    }
    move(step);
  }
  throw new Error('it never ends');
}

describe('next on a poor line', () => {
  it('asks for every preview and all pixels once, wherever people turn', () => {
    for (let seed = 1; seed <= 30; seed++) {
      const rand = random(seed);
      const all = [shelf(1 + Math.floor(rand() * 120), 0), shelf(1 + Math.floor(rand() * 40), undefined, { key: 'b' })];
      const jobs = play(all, () => {
        const s = all[0] as Shelf;
        const at = Math.floor(rand() * s.pixels.length);
        all[0] = { ...s, looks: [{ at, way: Math.sign(rand() - 0.5), rests: rand() < 0.3 }] };
      });
      expect(all.every((s) => s.pixels.every((p) => p === Part.here))).toBe(true);
      const seen = jobs.flatMap((j) => (j.kind === 'previews' ? j.indexes.map((i) => `${j.key}${i}`) : []));
      expect(new Set(seen).size).toBe(seen.length);
    }
  });

  it('brings the picture that is looked at first, then the whole stack, the resting one before the rest', () => {
    const s = shelf(300, 150);
    const jobs = play([s]);
    expect(jobs[0]).toMatchObject({ kind: 'previews' });
    expect(jobs[0]?.kind === 'previews' && jobs[0].indexes).toContain(150);
    expect(jobs[1]).toEqual({ kind: 'pixels', key: 'a', index: 150 });
    const lastPreview = jobs.findLastIndex((j) => j.kind === 'previews');
    expect(jobs.slice(2, lastPreview).every((j) => j.kind === 'previews')).toBe(true);
    expect(
      jobs
        .slice(lastPreview + 1, lastPreview + 3)
        .map((j) => j.kind === 'pixels' && j.index)
        .sort(),
    ).toEqual([149, 151]);
  });

  it('fetches pixels of whoever turns only when all can be seen', () => {
    const s = shelf(40, 20, { looks: [{ at: 20, way: 1, rests: false }] });
    const jobs = play([s]);
    expect(jobs.findIndex((j) => j.kind === 'pixels')).toBeGreaterThan(
      jobs.findLastIndex((j) => j.kind === 'previews') - 1,
    );
  });

  it('leaves no wide gap after a few batches', () => {
    const s = shelf(300, 150);
    for (let i = 0; i < 4; i++) {
      const job = next(slow([{ ...s, looks: [{ at: 150, way: 0, rests: false }] }]));
      if (job?.kind === 'previews') for (const k of job.indexes) s.previews[k] = Part.here;
    }
    let gap = 0;
    let widest = 0;
    for (const p of s.previews) {
      gap = p === Part.here ? 0 : gap + 1;
      widest = Math.max(widest, gap);
    }
    expect(widest).toBeLessThan(17);
  });

  it('does without previews where there are none', () => {
    const s = shelf(5, 2);
    s.previews.fill(Part.never);
    expect(play([s]).every((j) => j.kind === 'pixels')).toBe(true);
  });

  it('asks elsewhere for what one connection is far too slow to bring, and nothing more than twice', () => {
    const s = shelf(8, 0);
    s.pixels[0] = Part.here;
    s.previews.fill(Part.here);
    s.previews.fill(Part.asked, 2, 6);
    const job: Job = { kind: 'previews', key: 'a', indexes: [1, 2, 3, 4, 5] };
    const late = { job, ms: 2_000 };
    expect(next(slow([s], { running: [{ job, ms: 1_000 }] }))).toMatchObject({ kind: 'pixels' }); // it may be quick yet
    expect(next(slow([s], { running: [late], batch: 3 }))).toMatchObject({ kind: 'pixels' }); // the line is no better
    const second = { job: next(slow([s], { running: [late] })) as Job, ms: 0 };
    expect(second.job).toEqual({ kind: 'previews', key: 'a', indexes: [4, 5] });
    const third = next(slow([s], { running: [late, second] }));
    expect(third).toEqual({ kind: 'previews', key: 'a', indexes: [3] });
    s.previews[2] = Part.here;
    expect(next(slow([s], { running: [second, late] }))).toMatchObject({ indexes: [3] });
    s.previews[3] = Part.here;
    expect(next(slow([s], { running: [late, second] }))).toMatchObject({ kind: 'pixels' }); // all are asked twice
    expect(isOutrun(job, s)).toBe(false);
    s.previews.fill(Part.here);
    expect(isOutrun(job, s)).toBe(true);
    expect(isOutrun({ ...job, key: 'b' }, s)).toBe(false);
  });

  it('keeps to its lanes, and to what is near while memory is short', () => {
    const s = shelf(300, 150);
    expect(next(slow([s], { running: busy(3) }))).toMatchObject({ kind: 'previews' }); // what is looked at has its own
    expect(next(slow([s], { running: busy(4) }))).toBeUndefined();
    s.previews[150] = Part.asked;
    expect(next(slow([s], { running: busy(3) }))).toBeUndefined();
    s.previews.fill(Part.here);
    const jobs = play([s], undefined, { room: false });
    expect(jobs.length).toBeLessThan(60);
    for (const j of jobs) expect(j.kind === 'pixels' && Math.abs(j.index - 150)).toBeLessThan(25);
  });

  it('plays a loop from where it stands', () => {
    const s = shelf(50, 45, { loop: true });
    const job = next(slow([s]));
    expect(job?.kind === 'previews' && job.indexes.slice(0, 3)).toEqual([45, 46, 47]);
  });
});

describe('next on a good line', () => {
  it('fetches pixels at once, one until the line was measured', () => {
    const s = shelf(10, 5);
    expect(next(slow([s], { fast: true }))).toEqual({ kind: 'pixels', key: 'a', index: 5 });
    expect(next(slow([s], { fast: true, guessed: true, running: busy(1) }))).toBeUndefined();
    expect(play([s], undefined, { fast: true }).length).toBe(10);
  });
});

describe('what may be looked at next', () => {
  it('waits on a fast line while somebody turns', () => {
    const shown = shelf(3, 1, { looks: [{ at: 1, way: 1, rests: false }] });
    const ahead = shelf(5, undefined, { key: 'b' });
    const all = (one: Shelf) => next(slow([one, ahead], { fast: true }));
    expect(all(shown)).toMatchObject({ key: 'a' });
    shown.pixels.fill(Part.here);
    expect(all(shown)).toBeUndefined();
    expect(all({ ...shown, looks: [{ at: 1, way: 1, rests: true }] })).toMatchObject({ key: 'b' });
  });
});

describe('the first picture of a series', () => {
  it('comes alone on a fast line until it is drawn', () => {
    const s = shelf(20, 7, { opens: true });
    const fast = (one: Shelf, running: number) => next(slow([one], { fast: true, running: busy(running) }));
    expect(fast(s, 0)).toEqual({ kind: 'pixels', key: 'a', index: 7 });
    s.pixels[7] = Part.asked;
    expect(fast(s, 1)).toBeUndefined();
    s.pixels[7] = Part.here;
    expect(fast(s, 0)).toBeUndefined();
    expect(fast({ ...s, opens: false }, 0)).toEqual({ kind: 'pixels', key: 'a', index: 8 });
  });

  it('asks on a poor line for nothing else until the first small picture is here', () => {
    const s = shelf(20, 7, { opens: true });
    const first = next(slow([s]));
    expect(first).toMatchObject({ kind: 'previews', indexes: [7, 8, 6] });
    s.previews[7] = Part.asked;
    expect(next(slow([s], { running: busy(1) }))).toBeUndefined();
    s.previews[7] = Part.here;
    expect(next(slow([s], { running: busy(1) }))).toMatchObject({ kind: 'pixels', index: 7 }); // who rests there reads it
    const patient = { ...s, opens: false, previews: Uint8Array.from(s.previews, (v, i) => (i === 7 ? Part.asked : v)) };
    expect(next(slow([patient], { running: busy(1) }))).toMatchObject({ kind: 'previews' }); // it is waited for no longer
  });
});

describe('isLeftBehind', () => {
  const job: Job = { kind: 'pixels', key: 'a', index: 10 };
  it('gives up pixels that nobody is near any more, on a poor line', () => {
    expect(isLeftBehind(job, [shelf(100, 60)], false)).toBe(true);
    expect(isLeftBehind(job, [shelf(100, 12)], false)).toBe(false);
    expect(isLeftBehind(job, [shelf(100, 60)], true)).toBe(false);
    expect(isLeftBehind(job, [], false)).toBe(true);
    const near = shelf(100, 60);
    near.pixels.fill(Part.here, 50, 70);
    expect(isLeftBehind(job, [near], false)).toBe(false); // nothing nearer is wanted
    expect(isLeftBehind({ kind: 'previews', key: 'a', indexes: [1] }, [shelf(100, 60)], false)).toBe(false);
  });
  it('gives up nothing that would be asked for again at once', () => {
    const rnd = random(7);
    const some = (n: number) => Math.floor(rnd() * n);
    let given = 0;
    for (let run = 0; run < 3000; run++) {
      const n = 2 + some(300);
      const one = shelf(n, some(n), { loop: rnd() < 0.5 });
      const looks = Array.from({ length: 1 + some(3) }, () => ({ at: some(n), way: some(3) - 1, rests: rnd() < 0.5 }));
      const s = { ...one, looks, previews: one.previews.fill(Part.here) };
      const share = rnd();
      for (let i = 0; i < n; i++) s.pixels[i] = rnd() < share ? Part.here : Part.none;
      const index = some(n);
      s.pixels[index] = Part.asked;
      if (!isLeftBehind({ kind: 'pixels', key: 'a', index }, [s], false)) continue;
      given++;
      s.pixels[index] = Part.none;
      expect(next(slow([s], { room: rnd() < 0.5 }))).not.toEqual({ kind: 'pixels', key: 'a', index });
    }
    expect(given).toBeGreaterThan(300);
  });
});

describe('outwardFrom', () => {
  it('names each place once, the nearest first', () => {
    for (const way of [-1, 0, 1]) {
      for (const at of [0, 3, 9]) {
        const all = outwardFrom(at, 10, way);
        expect([...all].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
        expect(all[0]).toBe(at);
      }
    }
    expect(outwardFrom(5, 10, 1).slice(0, 4)).toEqual([5, 6, 7, 4]);
    expect(outwardFrom(8, 10, 1, true)).toEqual([8, 9, 0, 1, 2, 3, 4, 5, 6, 7]);
  });
});

describe('lineOf', () => {
  const transfer = (asked: number, began: number, ended: number, bytes: number) => ({ asked, began, ended, bytes });
  it('measures what came together, without the wait before it', () => {
    const line = lineOf([transfer(0, 120, 1120, 250_000), transfer(0, 120, 1120, 250_000)]);
    expect(line.rate).toBeCloseTo(500_000, -3);
    expect(line.wait).toBe(120);
    expect(isFast(line)).toBe(false);
  });
  it('judges by the wait until enough has come', () => {
    expect(isFast(lineOf([transfer(0, 4, 6, 3000)]))).toBe(true);
    expect(isFast(lineOf([transfer(0, 120, 122, 3000)]))).toBe(false);
    expect(isFast(lineOf([]))).toBe(false);
    expect(isFast(lineOf([transfer(0, 3, 8, 524_288)]))).toBe(true);
  });
});

describe('numbersOf', () => {
  const frame = (instanceUid: string, number: number, n = 1): Frame => ({
    instanceUid,
    frame: n,
    metadata: { '00200013': { vr: 'IS', Value: [number] } } as DicomJson,
  });
  it('counts as the archive does: by number, then UID, frames in turn', () => {
    expect(numbersOf([frame('1.3', 3), frame('1.1', 1), frame('1.2', 2)])).toEqual([3, 1, 2]);
    expect(numbersOf([frame('1.9', 1, 1), frame('1.9', 1, 2), frame('1.10', 1)])).toEqual([2, 3, 1]);
  });
  it('writes runs', () => {
    expect(listOf([150, 1, 2, 3, 9, 8])).toBe('150,1-3,9,8');
  });
});

describe('records', () => {
  /** One record as imaging/preview writes it. */
  function record(uid: string, data: number[]): Uint8Array {
    const steps = [
      [-100, 5, 3],
      [50, 1, 2],
    ];
    const b = new Uint8Array(8 + 14 + uid.length + 16 + data.length);
    const v = new DataView(b.buffer);
    v.setUint32(0, b.length - 4);
    v.setUint32(8, 7);
    v.setUint16(12, 2);
    v.setUint16(14, 3);
    v.setUint16(16, 2);
    v.setUint8(18, 1);
    v.setUint8(19, uid.length);
    v.setUint16(20, 2);
    b.set(new TextEncoder().encode(uid), 22);
    steps.forEach(([from = 0, width = 0, count = 0], i) => {
      v.setInt32(22 + uid.length + 8 * i, from);
      v.setUint16(26 + uid.length + 8 * i, width);
      v.setUint16(28 + uid.length + 8 * i, count);
    });
    b.set(data, b.length - data.length);
    return b;
  }

  it('come whole however the line cuts them', () => {
    const all = new Uint8Array([...record('1.2.3', [1, 2, 3]), ...record('1.2.4', [4])]);
    for (let size = 1; size < all.length; size++) {
      const reader = new RecordReader();
      const out = [];
      for (let at = 0; at < all.length; at += size) out.push(...reader.push(all.subarray(at, at + size)));
      expect(out.map((p) => p.instanceUid)).toEqual(['1.2.3', '1.2.4']);
      expect(out[0]).toMatchObject({ frame: 7, rows: 2, columns: 3, factor: 2, native: true });
      expect([...(out[0]?.data ?? [])]).toEqual([1, 2, 3]);
      expect([...valuesOf(out[0]?.steps ?? [])]).toEqual([-98, -93, -88, 50, 51]);
    }
    expect(() => new RecordReader().push(new Uint8Array(64).fill(255))).toThrow();
  });

  it('are enlarged to the size of their frame', () => {
    const steps = [{ from: -1000, width: 1, count: 256 }];
    const p = { codes: Uint8Array.from([0, 100, 0, 100]), steps, rows: 2, columns: 2, factor: 2 };
    const out = new Int16Array(enlarge(p, 4, 4, 2).buffer);
    expect([...out.slice(0, 4)]).toEqual([-1000, -975, -925, -900]);
    expect(enlarge({ ...p, steps: [{ from: 0, width: 2, count: 128 }] }, 3, 3, 1).length).toBe(9);
  });
});
