/** Starts the real program with the demo county on free ports of loopback, and stops it. */
import { execFile, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

export const root = fileURLToPath(new URL('../../', import.meta.url));
export const password = 'yunling-demo';

/**
 * A port that is free for TCP and for UDP. Below those that the system hands out for outgoing connections: what is closed for a while, since its
 * program starts again, is taken by nobody meanwhile; and of two files that run side by side each meets its own.
 */
export async function freePort() {
  const port = randomInt(10_000, 32_000);
  const tcp = createServer();
  const udp = createSocket('udp4');
  const opened = [tcp, udp].map((s) =>
    once(s, 'listening').then(
      () => true,
      () => false,
    ),
  );
  tcp.listen(port, '127.0.0.1');
  udp.bind(port, '127.0.0.1');
  const free = await Promise.all(opened);
  await Promise.all([tcp, udp].filter((_, i) => free[i]).map((s) => new Promise((done) => s.close(done))));
  return free.every(Boolean) ? port : freePort();
}

/**
 * Runs `yilian demo`. Answers its addresses, its log so far, send() and stop().
 * flags are added; data, when given, is kept after the end (to start again on the same folder).
 */
export async function start({ flags = [], data, ports: fixed, env = {} } = {}) {
  const dir = data ?? (await mkdtemp(join(tmpdir(), 'yilian-e2e-')));
  const ports = fixed ?? {
    http: await freePort(),
    https: await freePort(),
    dicom: await freePort(),
    media: await freePort(),
    turn: await freePort(),
  };
  const args = [
    'demo',
    '--data',
    dir,
    '--http',
    `127.0.0.1:${ports.http}`,
    '--https',
    `127.0.0.1:${ports.https}`,
    '--dicom',
    `127.0.0.1:${ports.dicom}`,
    '--media-udp',
    `127.0.0.1:${ports.media}`,
    '--media-tcp',
    `127.0.0.1:${ports.media}`,
    '--turn',
    `127.0.0.1:${ports.turn}`,
    ...flags,
  ];
  const child = spawn(join(root, 'bin/yilian'), args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  let log = '';
  for (const s of [child.stdout, child.stderr])
    s.on('data', (d) => {
      log += d;
    });
  const ended = new Promise((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })));
  const program = {
    child,
    ports,
    data: dir,
    ended,
    http: `http://127.0.0.1:${ports.http}`,
    https: `https://127.0.0.1:${ports.https}`,
    log: () => log,
    /** Sends files as a device of the county does. */
    send: (files, flags = []) =>
      run(join(root, 'bin/yilian'), [
        'send',
        ...['--to', `127.0.0.1:${ports.dicom}`, '--calling', 'QINGXI_CT', ...flags, ...files],
      ]).catch((e) => {
        throw new Error(e.stderr || e.stdout || e.message, { cause: e });
      }),
    async stop(signal = 'SIGTERM') {
      child.kill(signal);
      const how = await ended;
      if (!data) await rm(dir, { recursive: true, force: true });
      return how;
    },
  };
  await until(
    async () => {
      if (child.exitCode !== null) throw new Error(`the program ended:\n${log}`);
      const res = await fetch(`${program.http}/readyz`).catch(() => undefined);
      return res?.ok;
    },
    30_000,
    () => `not ready:\n${log}`,
  );
  return program;
}

/** Waits until fn answers something true. */
export async function until(fn, ms = 10_000, say = () => 'waited too long') {
  const end = Date.now() + ms;
  for (;;) {
    const value = await fn();
    if (value) return value;
    if (Date.now() > end) throw new Error(await say());
    await new Promise((r) => setTimeout(r, 100));
  }
}

/** Waits until the demo has sent its studies. */
export async function studiesSent(program) {
  await until(
    () => program.log().includes('demo studies sent'),
    300_000,
    () => program.log(),
  );
}
