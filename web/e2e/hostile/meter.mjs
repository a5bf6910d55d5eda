/** How long a page leaves questions unanswered. */
import { desktop, person } from '../browser.mjs';

/** ms that a page may take to answer. */
export const patience = 3000;

const most = 30_000; // ms: a page that has not answered by then is frozen

/** How long a page takes to answer, in ms. */
async function answerOf(page) {
  const asked = Date.now();
  const late = new Promise((resolve) => setTimeout(resolve, most));
  await Promise.race([page.evaluate(() => 1), late]);
  return Date.now() - asked;
}

/**
 * Does something with a page, and answers the longest time that the page left a question unanswered meanwhile, in ms, beyond what an empty page took: a busy
 * machine is no fault. A page that has crashed rejects.
 */
async function silenceDuring(page, empty, work) {
  let over = false;
  let worst = 0;
  const listen = async () => {
    do {
      const [own, machine] = await Promise.all([answerOf(page), answerOf(empty)]);
      worst = Math.max(worst, own - machine);
      await new Promise((resolve) => setTimeout(resolve, 20));
    } while (!over);
  };
  const listening = listen();
  listening.catch(() => undefined); // told below
  try {
    await work();
  } finally {
    over = true;
  }
  await listening;
  return worst;
}

/** A technician on the page that brings files in, and how long whatever is done leaves that page silent, in ms. */
export async function watched(browser, program) {
  const tech = await person(browser, program.http, 'qingxi-jishi', desktop);
  const empty = await (await browser.newContext()).newPage();
  await tech.page.bringToFront();
  await tech.page.goto(`${program.http}/import`);
  return { ...tech, silenceDuring: (work) => silenceDuring(tech.page, empty, work) };
}
