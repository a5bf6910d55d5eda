import { describe, expect, it } from 'vitest';
import { jitterTarget, type LineNow, type LineSample, leavesSilenceOut, nextLine, steadyLine } from './line.model';
import { isHeard, nextSpeaker, type Speaking, silence } from './speaker.model';
import { readStill, stillBytes, stillCounts, stillPause, stillRoom, stillSize } from './stills.model';
import { stepOf, type Tile, viewsOf } from './want.model';

describe('the line', () => {
  const run = (samples: Partial<LineSample>[], from: LineNow = steadyLine, start = 1000) =>
    samples.reduce((s, sample, i) => nextLine(s, { concealed: 0, connected: true, ...sample }, start + i * 2000), from);
  const times = (n: number, s: Partial<LineSample>) => Array.from({ length: n }, () => s);

  it('falls after some seconds below 150 kbit/s, and not for a moment of it', () => {
    expect(run([{ availableKbps: 90 }, { availableKbps: 400 }, { availableKbps: 90 }]).state).toBe('live');
    expect(run(times(6, { availableKbps: 90 })).state).toBe('thin');
    expect(run(times(9, {})).state).toBe('live');
  });

  it.each([
    ['two on good lines', false, 2, [900, undefined], false],
    ['three', false, 3, [], false],
    ['four', false, 4, [900], true],
    ['two, one of them on a narrow line', false, 2, [900, 120], true],
    ['a line that was narrow and is a little wider', true, 2, [180], true],
    ['one that is wide again', true, 2, [300], false],
    ['one of which nothing is known yet', false, 2, [0, undefined], false],
  ])('silence is left out where it costs something: %s', (_, before, senders, kbps, out) =>
    expect(leavesSilenceOut(before, senders, kbps)).toBe(out),
  );

  it('rises late', () => {
    const thin = run(times(6, { availableKbps: 90 }));
    expect(run(times(4, { availableKbps: 400 }), thin, 13_000).state).toBe('thin');
    expect(run(times(6, { availableKbps: 400 }), thin, 13_000).state).toBe('live');
    expect(run(times(6, { availableKbps: 180 }), thin, 13_000).state).toBe('thin');
  });

  it('tries a picture again, ever less often', () => {
    const thin = run(times(6, { availableKbps: 90 }));
    const tried = nextLine(thin, { availableKbps: 90, concealed: 0, connected: true }, thin.since + 25_000);
    expect(tried).toMatchObject({ state: 'live', trials: 1 });
    const again = run(times(6, { availableKbps: 90 }), tried, tried.since + 1);
    expect(again).toMatchObject({ state: 'thin', trials: 1 });
    expect(nextLine(again, { availableKbps: 90, concealed: 0, connected: true }, again.since + 26_000).state).toBe(
      'thin',
    );
    expect(nextLine(again, { availableKbps: 90, concealed: 0, connected: true }, again.since + 51_000).state).toBe(
      'live',
    );
  });

  it('is out when media are', () => {
    const out = run([{ connected: false }]);
    expect(out.state).toBe('interrupted');
    expect(run([{}], out).state).toBe('live');
    expect(run([{ availableKbps: 20 }], out).state).toBe('thin');
  });

  it('lets what arrives wait longer, the worse it is', () => {
    expect(jitterTarget('good', 5)).toBeNull();
    const targets = (['fair', 'poor', 'bad'] as const).map((g) => jitterTarget(g, 20) ?? 0);
    expect(targets).toEqual([...targets].sort((a, b) => a - b));
    expect(jitterTarget('bad', 1e6)).toBeLessThanOrEqual(400);
  });
});

describe('who speaks', () => {
  const play = (levels: Record<string, number>[], from: Speaking = silence, start = 0) =>
    levels.reduce((s, l, i) => nextSpeaker(s, l, start + i * 200), from);
  const times = (n: number, l: Record<string, number>) => Array.from({ length: n }, () => l);

  it('is shown at once when nobody was, and stays in pauses', () => {
    const a = play([{ a: 0.3, b: 0 }]);
    expect(a.id).toBe('a');
    expect(isHeard(a, 'a')).toBe(true);
    expect(play(times(20, { a: 0, b: 0 }), a, 200).id).toBe('a');
  });

  it('does not change for a cough, nor for a short word into another’s', () => {
    const a = play(times(5, { a: 0.3, b: 0 }));
    expect(
      play(
        [
          { a: 0, b: 0.8 },
          { a: 0.2, b: 0 },
        ],
        a,
        1000,
      ).id,
    ).toBe('a');
    expect(play(times(5, { a: 0.3, b: 0.5 }), a, 1000).id).toBe('a');
    expect(play(times(12, { a: 0.3, b: 0.5 }), a, 1000).id).toBe('b');
    expect(play(times(25, { a: 0, b: 0.3 }), a, 1000).id).toBe('b');
  });

  it('is nobody who left', () => {
    expect(play([{ b: 0 }], play([{ a: 0.3, b: 0 }]), 200).id).toBe('');
  });
});

describe('stills', () => {
  const value = (data: unknown, topic = 'still:camera') => ({ topic, from: 'b', data });

  it('are read only as a JPEG of their size', () => {
    expect(readStill(value({ jpeg: 'AAAA', at: 5 }))).toEqual({
      from: 'b',
      source: 'camera',
      url: 'data:image/jpeg;base64,AAAA',
      at: 5,
    });
    for (const bad of [
      null,
      3,
      {},
      { jpeg: 'AAAA' },
      { jpeg: 'x y', at: 1 },
      { jpeg: '//evil"', at: 1 },
      { jpeg: 'A'.repeat(stillBytes * 2), at: 1 },
    ])
      expect(readStill(value(bad))).toBeUndefined();
    expect(readStill(value({ jpeg: 'AAAA', at: 5 }, 'viewer'))).toBeUndefined();
  });

  it('keep to the line', () => {
    expect(stillRoom(undefined)).toBe(stillBytes);
    expect(stillRoom(100)).toBe(6250);
    expect(stillRoom(1)).toBe(2048);
    expect(stillPause(6250, 100)).toBeGreaterThanOrEqual(2000);
    expect(stillPause(12_000, 20)).toBe(15_000);
    expect(stillPause(2000, 1000)).toBe(4000);
    expect(stillSize(1280, 720, 320)).toEqual({ width: 320, height: 180 });
    expect(stillSize(160, 120, 320)).toEqual({ width: 160, height: 120 });
  });

  it('count for a minute', () => {
    const still = { from: 'b', source: 'camera', url: '', at: 100_000 };
    expect(stillCounts(still, 105_000)).toBe(true);
    expect(stillCounts(still, 170_000)).toBe(false);
    expect(stillCounts(undefined, 0)).toBe(false);
  });
});

describe('wishes', () => {
  const tile = (from: string, more: Partial<Tile> = {}): Tile => ({
    from,
    source: 'camera',
    height: 360,
    visible: true,
    main: false,
    ...more,
  });

  it('are what the tiles show, the screen before the speaker before the rest', () => {
    const views = viewsOf(
      [tile('a'), tile('b', { main: true, height: 700 }), tile('c', { source: 'screen', height: 900 })],
      false,
    );
    expect(views.map((v) => `${v.from} ${v.height} ${v.priority}`)).toEqual(['c 1080 3', 'b 720 2', 'a 360 1']);
  });

  it('are nothing for what nobody sees', () => {
    expect(viewsOf([tile('a', { visible: false })], false)[0]?.height).toBe(0);
    expect(viewsOf([tile('a')], true)[0]?.height).toBe(0);
    expect(viewsOf([tile('a')], true, { from: 'a', source: 'camera' })[0]?.height).toBe(180);
  });

  it('of one stream twice are the larger', () => {
    expect(viewsOf([tile('a', { height: 90 }), tile('a', { height: 700, main: true })], false)).toEqual([
      { from: 'a', source: 'camera', height: 720, priority: 2 },
    ]);
  });

  it('come in steps', () => {
    expect([0, 80, 190, 198, 199, 5000].map(stepOf)).toEqual([0, 90, 180, 180, 270, 1080]);
  });
});
