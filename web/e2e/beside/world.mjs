/** One patient with two CTs: an earlier one that is reported, and the one of today that waits to be read. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { desktop, launch, person } from '../browser.mjs';
import { root, start, until } from '../program.mjs';

const run = promisify(execFile);
export const patient = { name: '郑十一', sex: 'M', birthDate: '1961-02-03', phone: '0000-5550911' };
export const earlier = {
  technique: '胸部 CT 平扫，层厚 8 mm。',
  findings: '右肺上叶见一实性结节，直径约6 mm，边缘清楚。纵隔未见肿大淋巴结。双侧胸腔未见积液。',
  impression: '右肺上叶结节，建议6个月后复查。',
};
/** Millimetres a pixel and between slices, as make.py has them. */
export const made = { late: { mm: 1.9, step: 5 }, early: { mm: 2, step: 8 } };

/** Starts it with its people; switches are the browser's. levels says how far down the body each picture lies. */
export async function world(...switches) {
  const tmp = await mkdtemp(join(tmpdir(), 'yilian-beside-'));
  const program = await start({ flags: ['--empty'] });
  const browser = await launch(...switches);
  const w = {
    program,
    browser,
    async stop() {
      await browser.close();
      await program.stop();
      await rm(tmp, { recursive: true, force: true });
    },
  };
  try {
    return Object.assign(w, await filled(program, browser, tmp));
  } catch (e) {
    await w.stop();
    throw e;
  }
}

async function filled(program, browser, tmp) {
  const logins = ['yuepian', 'shenhe', 'qingxi'];
  const [su, han, doctor] = await Promise.all(logins.map((login) => person(browser, program.http, login, desktop)));
  const order = () =>
    asks(doctor, 'POST', '/api/orders', {
      ...{ patient, modality: 'CT', bodyPart: 'CHEST', exam: '胸部平扫' },
      ...{ priority: 'urgent', clinical: '结节复查' },
    });
  const orders = { early: await order(), late: await order() };
  assert.equal(orders.early.patient.id, orders.late.patient.id);
  await doctor.close();
  writeFileSync(join(tmp, 'orders.json'), JSON.stringify(orders));
  await run('/usr/bin/python3', [join(root, 'web/e2e/beside/make.py'), tmp, join(tmp, 'orders.json')]);
  const to = ['--to', `127.0.0.1:${program.ports.dicom}`, '--calling', 'QINGXI_CT'];
  const sent = (name) => {
    const files = readdirSync(tmp).filter((n) => n.startsWith(`${name}-`));
    return run(join(root, 'bin/yilian'), ['send', ...to, ...files.map((n) => join(tmp, n))]);
  };
  await sent('early');
  await reported(su, han, await reading(su, orders.early.accession));
  await sent('late');
  const { id } = await reading(su, orders.late.accession);
  return { su, han, id, levels: JSON.parse(readFileSync(join(tmp, 'LEVELS.json'))) };
}

/** What the service answers to a person's page. */
async function asks(p, method, url, body) {
  const [status, text] = await p.page.evaluate(
    async ([method, url, body]) => {
      const { csrf } = await (await fetch('/api/session')).json();
      const headers = {
        'Content-Type': 'application/json',
        'X-CSRF-Token': csrf,
        'Idempotency-Key': `${Math.random()}`,
      };
      const res = await fetch(url, { method, headers, body: body && JSON.stringify(body) });
      return [res.status, await res.text()];
    },
    [method, url, body],
  );
  assert.ok(status < 300, `${method} ${url}: ${status} ${text}`);
  return JSON.parse(text);
}

/** The read that came of an order, once its images are complete. */
const reading = (p, accession) =>
  until(
    async () => (await asks(p, 'GET', '/api/readings?scope=pool')).items.find((r) => r.accession === accession),
    60_000,
    () => `no read of ${accession}`,
  );

/** One writes the earlier report, another gives it out. */
async function reported(su, han, task) {
  const at = `/api/readings/${task.id}`;
  let { version } = await asks(su, 'POST', `${at}/claim`, { version: task.version });
  ({ version } = await asks(su, 'PUT', `${at}/report`, { version, ...earlier }));
  ({ version } = await asks(su, 'POST', `${at}/submit`, { version }));
  ({ version } = await asks(han, 'POST', `${at}/take-review`, { version }));
  await asks(han, 'POST', `${at}/release`, { version });
}

/** How far down the body the picture of a pane lies, in mm: by where the rod stands on the screen. */
export async function seen(pane, which) {
  await pane.and(pane.page().locator('[data-loading="false"]:not([data-count="0"])')).waitFor({ timeout: 30_000 });
  return pane
    .locator('canvas')
    .first()
    .evaluate((c, mm) => {
      const { width, height } = c;
      const { data } = c.getContext('2d').getImageData(0, 0, width, height);
      const scale = Math.min(width, height) / (192 * mm); // pixels a mm
      const row = Math.round(height / 2 - 88 * scale);
      let [sum, n] = [0, 0];
      for (let x = 0; x < width; x++)
        if (data[4 * (row * width + x)] > 240) {
          sum += x + 0.5;
          n++;
        }
      return (sum / n - width / 2) / scale / 0.75;
    }, made[which].mm);
}

/** Both pictures, as [pane, study], lie at the same place of the body, or so far apart, as nearly as the slices of the one that follows allow. */
export function alike(leading, following, off = 0) {
  let at;
  return until(
    async () => {
      at = [await seen(...leading), await seen(...following)];
      return Math.abs(at[1] - at[0] - off) <= made[following[1]].step / 2 + 1;
    },
    8000,
    async () => {
      const indexes = await Promise.all([leading, following].map(([pane]) => pane.getAttribute('data-index')));
      return `${at} mm (pictures ${indexes}), which should be ${off} apart`;
    },
  );
}

/** Turns a pane by so many notches of the wheel. */
export async function wheel(pane, by) {
  const at = async () => Number(await pane.getAttribute('data-index'));
  const wanted = (await at()) + by;
  await pane.hover();
  for (let i = 0; i < Math.abs(by); i++) await pane.page().mouse.wheel(0, 120 * Math.sign(by));
  await until(
    async () => (await at()) === wanted,
    10_000,
    async () => `the pane stands at ${await at()} instead of ${wanted}`,
  );
}
