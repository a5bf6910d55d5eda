/** A server and browsers at the two ends of an emulated line (`yilian bench line`), and what it takes to put people into a call. */
import { spawn } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { chromium } from '../app/node_modules/playwright-core/index.mjs';
import { password, root, until } from './program.mjs';

const binary = process.env.YILIAN ?? join(root, 'bin/yilian');
export const host = '10.77.0.1';
const http = `http://${host}:8080`;
const https = `https://${host}`;

/** The line; its verbs are those of `yilian bench line`. */
export async function openLine(flags) {
  const child = spawn(binary, ['bench', 'line', ...flags], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => {
    child.once('exit', resolve);
    child.once('error', resolve); // it is not there
  });
  const waiting = [];
  createInterface({ input: child.stdout }).on('line', (text) => waiting.shift()?.(JSON.parse(text)));
  const answer = () =>
    new Promise((resolve, reject) => {
      waiting.push(resolve);
      ended.then((code) => reject(new Error(`the line ended with ${code}`)));
    });
  const names = await answer();
  return {
    ...names,
    async do(command) {
      const next = answer();
      child.stdin.write(`${command}\n`);
      const said = await next;
      if (said.error) throw new Error(`${command}: ${said.error}`);
      return said;
    },
    async close() {
      child.stdin.end();
      await ended;
    },
  };
}

/** Runs the program in the near namespace. */
export async function serve(line, dir, flags) {
  const args = [
    'netns',
    'exec',
    line.near,
    binary,
    'demo',
    '--empty',
    '--data',
    join(dir, 'data'),
    '--http',
    `${host}:8080`,
    '--https',
    `${host}:443`,
    ...(flags.includes('--dicom') ? [] : ['--dicom', '']),
    '--media-udp',
    `${host}:7882`,
    '--media-tcp',
    `${host}:7882`,
    '--turn',
    `${host}:3478`,
    ...flags,
  ];
  const child = spawn('ip', args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  for (const s of [child.stdout, child.stderr])
    s.on('data', (d) => {
      log += d;
    });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  await until(
    () => {
      if (child.exitCode !== null) throw new Error(`the program ended:\n${log}`);
      return log.includes(`${host}:8080`);
    },
    60_000,
    () => `not ready:\n${log}`,
  );
  return {
    log: () => log,
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** A Chromium that lives in a namespace. */
export async function browserIn(ns, dir) {
  const path = join(dir, `chromium-${ns}`);
  await writeFile(path, `#!/bin/sh\nexec ip netns exec ${ns} ${process.env.CHROMIUM ?? '/usr/bin/chromium'} "$@"\n`);
  await chmod(path, 0o755);
  return chromium.launch({
    executablePath: path,
    args: [
      '--no-sandbox',
      '--use-fake-device-for-media-stream',
      '--use-fake-ui-for-media-stream',
      '--autoplay-policy=no-user-gesture-required',
      `--unsafely-treat-insecure-origin-as-secure=${http}`,
      '--ignore-certificate-errors',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
      ...(process.env.FLAGS ?? '').split(' ').filter(Boolean),
    ],
  });
}

/** The measuring page as one script. */
async function bundle(dir) {
  const tools = createRequire(join(root, 'web/app/package.json'));
  const { build } = await import(pathToFileURL(tools.resolve('vite')).href);
  await build({
    configFile: false,
    root: join(root, 'web/e2e'),
    logLevel: 'error',
    build: {
      outDir: dir,
      emptyOutDir: false,
      minify: false,
      lib: { entry: 'lines.page.mjs', formats: ['iife'], name: 'bench', fileName: () => 'party.js' },
    },
  });
  return readFile(join(dir, 'party.js'), 'utf8');
}

/**
 * Everything that a measured call needs. `flags` are the program's, `line` those of the line. Close it, also after an error.
 */
export async function openWorld({ flags = [], line: lineFlags = [] } = {}) {
  const dir = await mkdtemp(join(tmpdir(), 'yilian-lines-'));
  const world = { browsers: {}, pages: [] };
  world.close = async () => {
    for (const b of Object.values(world.browsers)) await b.close();
    await world.program?.stop();
    await world.line?.close();
    await rm(dir, { recursive: true, force: true });
  };
  try {
    world.script = await bundle(dir);
    world.line = await openLine(lineFlags);
    world.program = await serve(world.line, dir, flags);
    for (const end of ['near', 'far']) world.browsers[end] = await browserIn(world.line[end], dir);
  } catch (e) {
    await world.close();
    throw e;
  }
  return world;
}

/** A signed-in person with the measuring page open. The line is to be good now. */
export async function sit(world, end, login, { secure = false } = {}) {
  const base = secure ? https : http;
  const context = await world.browsers[end].newContext({
    permissions: ['camera', 'microphone'],
    ignoreHTTPSErrors: true,
    bypassCSP: true,
  });
  const page = await context.newPage();
  const faults = [];
  if (process.env.SHOW_SOCKET) {
    page.on('websocket', (ws) => {
      ws.on('framesent', (f) => console.error(login, '>', String(f.payload).slice(0, 300)));
      ws.on('framereceived', (f) => console.error(login, '<', String(f.payload).slice(0, 300)));
    });
  }
  page.on('pageerror', (e) => faults.push(`${login}: ${e.message}`));
  // A page that the server really sent: one made up here would count as from elsewhere, and may open no socket to a private address.
  await page.goto(`${base}/readyz`);
  await page.addScriptTag({ content: world.script });
  const csrf = await page.evaluate(
    async ([login, password]) => {
      const res = await fetch('/api/session', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ login, password }),
      });
      if (!res.ok) throw new Error(`sign in: ${res.status} ${await res.text()}`);
      return (await res.json()).csrf;
    },
    [login, password],
  );
  return {
    page,
    login,
    faults,
    /** One operation of the API. */
    api: (method, path, body) =>
      page.evaluate(
        async ([csrf, method, path, body]) => {
          const res = await fetch(path, {
            method,
            headers: { 'Content-Type': 'application/json', 'X-CSRF-Token': csrf },
            body: body === undefined ? undefined : JSON.stringify(body),
          });
          const text = await res.text();
          if (!res.ok) throw new Error(`${method} ${path}: ${res.status} ${text}`);
          return text ? JSON.parse(text) : null;
        },
        [csrf, method, path, body],
      ),
    run: (f, arg) => page.evaluate(f, arg),
    close: () => context.close(),
  };
}

/** A township asks for help. Answers the request's id. */
export async function ask(asker) {
  const made = await asker.api('POST', '/api/requests', {
    patient: { name: '乙', sex: 'M', birthDate: '1950-01-01' },
    kind: 'assist',
    specialty: 'neurology',
    summary: '头晕',
    consent: { given: true },
    submit: true,
  });
  return made.id;
}

/** The specialist accepts. */
export async function accept(adviser, request) {
  const { version } = await adviser.api('GET', `/api/requests/${request}`);
  await adviser.api('POST', `/api/requests/${request}/accept`, { version });
}

/** Ends the call, so that the specialist is free for the next. */
export async function end(adviser, request) {
  const { version } = await adviser.api('GET', `/api/requests/${request}`);
  await adviser.api('POST', `/api/requests/${request}/end`, { version });
}

export const ticket = async (who, request) => (await who.api('POST', `/api/requests/${request}/ticket`)).ticket;
export const sleep = (ms) => new Promise((r) => setTimeout(r, ms));
