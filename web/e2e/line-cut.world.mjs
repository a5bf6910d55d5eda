/** The demo county behind a line that can be broken, and whoever works there. What is exported stands once begin() is done. */
import { atEnd, desktop, person } from './browser.mjs';
import { openLine } from './line-cut.proxy.mjs';
import { start, until } from './program.mjs';
import { viewing } from './viewing.mjs';
import { county, folder } from './world.mjs';

export let program;
export let browser;
export let line;
export let who;
export let v;

let data;

/** Before the first test: the county stands, and somebody may have signed in. */
export async function begin(login) {
  data = await folder(); // the program may be started again on it
  ({ program, browser } = await county({ data }));
  line = await openLine(program.ports.http);
  atEnd(() => line.close());
  if (login) await enter(login);
}

/** The line is whole, and nobody is there. */
export async function leave() {
  line.mend();
  await who?.close();
}

/** Somebody else signs in, on a whole line; nothing is in the browser yet. */
export async function enter(login) {
  await leave();
  who = await person(browser, line.http, login, desktop);
  who.page.setDefaultTimeout(30_000);
  v = viewing(who.page, line.http);
}

export const lost = () => who.page.locator('.lost');
/** A line that swallows is known to be dead when a sign of life has not been answered: within 16 s. */
export const told = () => lost().waitFor({ timeout: 30_000 });
/** The line is whole, and the page says nothing else any more. */
export async function mended() {
  line.mend();
  await lost().waitFor({ state: 'detached', timeout: 30_000 });
}
export const broken = () =>
  until(
    () => line.isCut,
    30_000,
    () => 'the line was not broken',
  );

/** Asks the program beside the line. */
export async function ask(path, accept = 'application/json') {
  const cookie = (await who.context.cookies()).map((c) => `${c.name}=${c.value}`).join('; ');
  const res = await fetch(`${program.http}${path}`, { headers: { cookie, accept } });
  if (!res.ok) throw new Error(`${path}: ${res.status}`);
  return res.status === 204 ? [] : res.json();
}
/** The read that is open, and what the program has of it. */
export const reading = () => who.page.url().split('/').pop();
export const kept = (what = '') => ask(`/api/readings/${reading()}${what}`);
export const findings = () => who.page.locator('textarea[name="findings"]');

/** Presses keys that are no words. */
export async function keys(...all) {
  await who.page.evaluate(() => document.activeElement?.blur());
  for (const key of all) await who.page.keyboard.press(key);
}

/** The program dies, and is started again when `meanwhile` is done. */
export async function restart(meanwhile) {
  await program.stop('SIGKILL');
  await meanwhile();
  program = await start({ data, ports: program.ports });
  atEnd(program.stop);
}
