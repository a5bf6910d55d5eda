import { http, keyed, take } from './client';
import { Press } from './press';
import type { components } from './schema';

export type Printing = components['schemas']['Printing'];

const press = new Press();

/** Puts it on record that pictures of a study go on paper. Refused for those who may look only: then nothing is printed. */
export async function recordPrint(uid: string, printing: Printing): Promise<void> {
  const key = press.keyFor([uid, printing]);
  await take(http.POST('/api/studies/{uid}/prints', { params: { path: { uid } }, body: printing, ...keyed(key) }));
  press.done();
}
