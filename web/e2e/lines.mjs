/**
 * Calls between real browsers over emulated lines, measured: node lines.mjs [--only TEXT,…] [--seconds 30] [--rounds 1] [--more 1]
 * One JSON object a line comes out for each measured call. `yilian bench lines` makes tables of them. Needs root, see signaling/lines.
 */
import { loadavg } from 'node:os';
import { pathToFileURL } from 'node:url';
import { accept, ask, end, openWorld, sit, sleep, ticket } from './lines.world.mjs';
import { until } from './program.mjs';

const township = 'rate=2M delay=150ms loss=5% queue=200ms';
const satellite = 'rate=400k delay=150ms loss=2% queue=200ms';

/** The five lines of live-media.md section 4.4, and what a first frame may take at 150 ms there and back. */
export const five = [
  { name: 'clear', line: 'clear', sender: 'far' },
  { name: 'publisher-5', line: township, sender: 'far' },
  { name: 'viewer-5', line: township, sender: 'near' },
  { name: 'viewer-04', line: satellite, sender: 'near' },
  { name: 'publisher-04', line: satellite, sender: 'far' },
];

/** Further lines, for which there are no figures of others. */
export const more = [
  { name: 'loss-30', line: 'rate=2M delay=30ms loss=30%', sender: 'near' },
  { name: 'bursts', line: 'rate=2M delay=50ms burst=1.5%/20%', sender: 'near' }, // 7 % lost, five in a row
  { name: 'jitter', line: 'rate=2M delay=50ms jitter=120ms', sender: 'near' },
  { name: 'reordered', line: 'rate=2M delay=50ms reorder=10%/40ms', sender: 'near' },
  { name: 'narrow', line: 'rate=120k delay=100ms loss=1% queue=400ms', sender: 'near' },
  { name: 'no-udp', line: 'rate=2M delay=50ms loss=1% udp=off', sender: 'near' },
];

const camera = { width: 640, height: 480, rate: 20 };
const logins = { near: 'zhou', far: 'shiqiao' };

/** Both people at their places, over a good line, with a request that has been accepted unless it is still to be. */
async function seats(world, { secure = false, accepted = true } = {}) {
  await world.line.do('both clear');
  const people = {
    near: await sit(world, 'near', logins.near, { secure }),
    far: await sit(world, 'far', logins.far, { secure }),
  };
  people.request = await ask(people.far);
  if (accepted) await accept(people.near, people.request);
  people.close = async () => {
    await world.line.do('both clear');
    await end(people.near, people.request).catch((e) =>
      console.error(`${e.message}: the next consult may not be accepted`),
    );
    for (const p of [people.near, people.far]) await p.close();
  };
  return people;
}

/** One sends, one looks: the figures of a window. */
export async function measure(world, { name, line, sender, seconds = 30, settle = 3, secure = false, transport }) {
  const people = await seats(world, { secure });
  try {
    const publisher = people[sender];
    const viewer = people[sender === 'near' ? 'far' : 'near'];
    await publisher.run((c) => party.prepare(c), camera);
    const tickets = {
      [publisher.login]: await ticket(publisher, people.request),
      [viewer.login]: await ticket(viewer, people.request),
    };
    // Who is beside the server is in first; the first frame is counted from the moment that the one behind the line comes.
    const [first, second] = sender === 'near' ? [publisher, viewer] : [viewer, publisher];
    const join = (p) => p.run((o) => party.join(o), { ticket: tickets[p.login], transport });
    await join(first);
    const connected = async () => (await first.run(() => party.call.snapshot().media)) === 'connected';
    await until(connected, 20_000, () => `${name}: the first is not connected`).catch(async (e) => {
      throw new Error(`${e.message}: ${JSON.stringify(await first.run(() => [party.call.snapshot(), party.trace]))}`);
    });
    await world.line.do(`both ${line}`);
    const began = await join(second);
    const firstFrame = await until(
      () => viewer.run(() => party.firstFrame),
      40_000,
      () => `${name}: no frame`,
    );
    await sleep(settle * 1000);
    const before = await viewer.run(() => party.received());
    const sent = await publisher.run(() => party.sent());
    await sleep(seconds * 1000);
    const after = await viewer.run(() => party.received());
    const row = figures(before, after);
    const outbound = await publisher.run(() => party.sent());
    return {
      name,
      firstFrame: Math.round(firstFrame - began),
      ...row,
      upKbps: Math.round(kbps(bytes(sent), bytes(outbound), row.seconds)),
      layers: outbound
        .filter((o) => o.kind === 'video')
        .map((o) => `${o.rid ?? ''} ${o.width ?? 0}px ${Math.round((o.target ?? 0) / 1000)}k ${o.limit ?? ''}`.trim()),
      line: await viewer.run(() => party.call.snapshot().line),
      packets: await world.line.do('stats'),
      trace: await second.run(() => party.trace.filter((t) => t.after < 6000)),
      faults: [...publisher.faults, ...viewer.faults],
    };
  } finally {
    await people.close();
  }
}

const bytes = (reports) => reports.reduce((n, r) => n + (r.bytes ?? 0), 0);
const kbps = (from, to, seconds) => ((to - from) * 8) / 1000 / seconds;

/** The difference of two looks. */
function figures(a, b) {
  const seconds = (b.at - a.at) / 1000;
  const samples = b.samples - a.samples;
  return {
    seconds,
    fps: (b.frames - a.frames) / seconds,
    freezes: b.freezes - a.freezes,
    frozen: b.frozen - a.frozen,
    concealed: samples > 0 ? (100 * (b.concealed - a.concealed)) / samples : 100,
    audible: samples > 0 ? (100 * (b.concealed - b.silent - a.concealed + a.silent)) / samples : 100,
    kbps: kbps(a.videoBytes + a.audioBytes, b.videoBytes + b.audioBytes, seconds),
    audioKbps: kbps(a.audioBytes, b.audioBytes, seconds),
    width: b.width,
    rtt: Math.round(b.rtt * 1000),
    lost: [b.videoLost - a.videoLost, b.audioLost - a.audioLost],
    nacks: b.nacks - a.nacks,
    plis: b.plis - a.plis,
    jitterBuffer: Math.round(b.jitterBuffer * 1000),
    path: b.path,
  };
}

/** From the press of "accept" to the first frame on the slower of the two screens. Both cameras are open already. */
export async function accepted(world, { name }) {
  const people = await seats(world, { accepted: false });
  try {
    const both = [people.near, people.far];
    for (const p of both) await p.run((c) => party.prepare(c), camera);
    const began = Date.now();
    await accept(people.near, people.request);
    await Promise.all(both.map(async (p) => p.run((o) => party.join(o), { ticket: await ticket(p, people.request) })));
    const frames = await Promise.all(
      both.map((p) =>
        until(
          () => p.run(() => party.firstFrame),
          20_000,
          () => `${name}: no frame`,
        ),
      ),
    );
    return { name, acceptToFrame: Math.round(Math.max(...frames) - began) };
  } finally {
    await people.close();
  }
}

/**
 * When sound and picture were back after a moment, in ms: from then on something came at least every second, for three seconds. null: not within the
 * series, of which each entry is a time, packets of sound and frames.
 */
export function back(series, moment) {
  const find = (which) => {
    const grew = series
      .filter((now, i) => i > 0 && now[0] >= moment && now[which] > series[i - 1][which])
      .map(([at]) => at);
    const end = series.at(-1)?.[0] ?? 0;
    const steady = (at, i) => {
      for (let j = i, last = at; last < at + 3000; j++) {
        const next = grew[j + 1] ?? Infinity;
        if (next - last > 1000) return false;
        last = next;
      }
      return true;
    };
    const i = grew.findIndex((at, n) => at + 3000 <= end && steady(at, n));
    return i < 0 ? null : Math.round(grew[i] - moment);
  };
  return { audio: find(1), video: find(2) };
}

/** Both send; something happens to the line in the middle; how long until each has the other back. */
export async function recovery(world, { name, line, happens, blind = 0, watch = 25 }) {
  const people = await seats(world);
  try {
    const both = [people.near, people.far];
    for (const p of both) {
      await p.run((c) => party.prepare(c), { ...camera, width: 320, height: 240 });
      const t = await ticket(p, people.request);
      await p.run((o) => party.join(o), { ticket: t });
    }
    for (const p of both)
      await until(
        () => p.run(() => party.firstFrame),
        30_000,
        () => `${name}: ${p.login} sees nothing`,
      );
    await world.line.do(`both ${line}`);
    await sleep(6000);
    for (const p of both) await p.run(() => party.watch());
    await sleep(1000);
    await world.line.do(happens);
    const moment = Date.now() + blind;
    await sleep(blind + watch * 1000);
    const rows = {};
    for (const [end, p] of [
      ['near', both[0]],
      ['far', both[1]],
    ])
      rows[end] = back(await p.run(() => party.series), moment);
    const worst = (kind) =>
      rows.near[kind] === null || rows.far[kind] === null ? null : Math.max(rows.near[kind], rows.far[kind]);
    return {
      name,
      audioBack: worst('audio'),
      videoBack: worst('video'),
      ends: rows,
      trace: await people.far.run((m) => party.trace.filter((t) => t.after + party.joined > m), moment - blind - 100),
    };
  } finally {
    await people.close();
  }
}

const road = 'rate=4M delay=40ms jitter=10ms loss=0.5% queue=200ms';

/** Calls of which the beginning is what counts; their windows are short. */
export const beginnings = [
  { name: 'first-frame', line: 'rate=2M delay=75ms loss=5% queue=200ms', sender: 'near', settle: 0, seconds: 1 },
  // Nothing comes through but TCP to port 443: the page, the signalling and the media.
  { name: 'only-443', line: 'only=443', sender: 'near', secure: true, settle: 0, seconds: 3 },
];

/** The one leads through a study, the other follows: how late each picture is there, in ms. */
export async function inStep(world, { name, line, leader, seconds = 20 }) {
  const people = await seats(world);
  try {
    const both = [people.near, people.far];
    for (const p of both) {
      await p.run((c) => party.prepare(c), camera);
      const t = await ticket(p, people.request);
      await p.run((o) => party.join(o), { ticket: t });
    }
    for (const p of both)
      await until(
        () => p.run(() => party.firstFrame),
        30_000,
        () => `${name}: ${p.login} sees nothing`,
      );
    await world.line.do(`both ${line}`);
    await sleep(5000); // the round trip is another one now
    const [leads, follows] = leader === 'near' ? both : [both[1], both[0]];
    await follows.run(() => party.follow());
    const { shown, byChannel } = await leads.run((s) => party.lead(s), seconds);
    await sleep(3000);
    const followed = await follows.run(() => party.followed);
    const late = Object.entries(followed)
      .map(([frame, at]) => at - shown[frame])
      .sort((a, b) => a - b);
    const at = (share) => Math.round(late[Math.min(late.length - 1, Math.floor(late.length * share))] ?? Number.NaN);
    const all = Object.keys(shown).length;
    return {
      name,
      shown: all,
      seen: late.length,
      last: followed[all] !== undefined,
      byChannel,
      p50: at(0.5),
      p90: at(0.9),
      p99: at(0.99),
      worst: at(1),
    };
  } finally {
    await people.close();
  }
}

/** Lines for looking together: a good one, and the township's. */
export const looks = [
  { name: 'in-step', line: 'rate=4M delay=40ms queue=200ms', leader: 'near' },
  { name: 'in-step-5', line: township, leader: 'near' },
  { name: 'in-step-up', line: township, leader: 'far' },
  { name: 'in-step-64', line: 'rate=64k delay=100ms queue=500ms', leader: 'near' },
];

/** What happens to lines, and how soon a call has to be back. */
export const recoveries = [
  { name: 'black-out', line: road, happens: 'dark 10s', blind: 10_000 },
  { name: 'rebound', line: road, happens: 'rebind' },
  { name: 'moved', line: road, happens: 'move' },
];

async function main() {
  const flag = (name, otherwise) => {
    const at = process.argv.indexOf(`--${name}`);
    return at < 0 ? otherwise : process.argv[at + 1];
  };
  const only = flag('only', '').split(',').filter(Boolean);
  const wanted = (s) => only.length === 0 || only.some((o) => s.name.includes(o));
  const world = await openWorld({ line: ['--nat'] });
  for (const signal of ['SIGINT', 'SIGTERM'])
    process.once(signal, () => world.close().finally(() => process.exit(130)));
  try {
    for (let round = 1; round <= Number(flag('rounds', 1)); round++) {
      const seconds = Number(flag('seconds', 30));
      const todo = [
        ...[...five, ...(flag('more') || only.length > 0 ? more : [])].map((s) => [{ ...s, seconds }, measure]),
        ...beginnings.map((s) => [s, measure]),
        [{ name: 'accept' }, accepted],
        ...recoveries.map((s) => [s, recovery]),
        ...(only.length > 0 ? looks : []).map((s) => [s, inStep]),
      ];
      for (const [s, how] of todo.filter(([s]) => wanted(s))) {
        const row = await how(world, s).catch((e) => ({ name: s.name, error: String(e.stack ?? e) }));
        console.log(JSON.stringify({ round, load: Math.round(loadavg()[0] * 10) / 10, ...row }));
      }
    }
  } finally {
    if (process.env.SHOW_LOG) console.error(world.program.log());
    await world.close();
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) await main();
