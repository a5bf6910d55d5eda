/**
 * Keeps what was typed or drawn in this browser until the server has it: over a reload, a crash, a line that is down. It is
 * encrypted with a key that cannot be taken out of this browser, and gone when somebody signs out. A page without a secure
 * context has no such key: there the tab alone remembers them.
 */
const name = 'yilian-texts';
const week = 7 * 24 * 3600_000; // ms; what nobody came back for

interface Sealed {
  readonly iv: Uint8Array<ArrayBuffer>;
  readonly data: ArrayBuffer;
  readonly at: number;
}

/** Who writes what: the report's text, or the measurements. */
interface Whose {
  readonly person: string;
  readonly reading: string;
  readonly what?: 'marks';
}

interface Kept {
  readonly at: number; // ms
}

const idOf = ({ person, reading, what }: Whose) => (what ? `${person}/${reading}/${what}` : `${person}/${reading}`);
const tabKey = (whose: Whose) => `${name}/${idOf(whose)}`;
const secure = () => typeof indexedDB !== 'undefined' && Boolean(globalThis.crypto?.subtle);

/** Keeps what is not saved; what was kept before of the same report goes. */
export async function keepText<T extends Kept>(whose: Whose, text: T): Promise<void> {
  if (!secure()) return sessionStorage.setItem(tabKey(whose), JSON.stringify(text));
  const key = await ownKey();
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const data = await crypto.subtle.encrypt(
    { name: 'AES-GCM', iv },
    key,
    new TextEncoder().encode(JSON.stringify(text)),
  );
  const sealed: Sealed = { iv, data, at: text.at };
  await inStore('readwrite', (store) => store.put(sealed, idOf(whose)));
}

/** What is kept of a report; undefined if there is nothing, or nothing that can be read. */
export async function keptText<T extends Kept>(whose: Whose): Promise<T | undefined> {
  if (!secure()) return parsed(sessionStorage.getItem(tabKey(whose)));
  const sealed = await inStore<Sealed | undefined>('readonly', (store) => store.get(idOf(whose)));
  if (!sealed || Date.now() - sealed.at > week) return undefined;
  const key = await ownKey();
  const plain = await crypto.subtle
    .decrypt({ name: 'AES-GCM', iv: sealed.iv }, key, sealed.data)
    .catch(() => undefined);
  return plain && parsed<T>(new TextDecoder().decode(plain));
}

export async function dropText(whose: Whose): Promise<void> {
  if (!secure()) return sessionStorage.removeItem(tabKey(whose));
  await inStore('readwrite', (store) => store.delete(idOf(whose)));
}

/** Forgets every text and the key: at signing out. */
export async function forgetTexts(): Promise<void> {
  for (const key of Object.keys(sessionStorage)) if (key.startsWith(`${name}/`)) sessionStorage.removeItem(key);
  if (secure()) await inStore('readwrite', (store) => store.clear());
}

function parsed<T>(json: string | null): T | undefined {
  return json === null ? undefined : (JSON.parse(json) as T);
}

const keyId = 'key';

async function ownKey(): Promise<CryptoKey> {
  const have = await inStore<CryptoKey | undefined>('readonly', (store) => store.get(keyId));
  if (have) return have;
  const made = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
  // Another tab may have been first: the key that is stored is the one that counts.
  await inStore('readwrite', (store) => store.add(made, keyId)).catch(() => undefined);
  return (await inStore<CryptoKey | undefined>('readonly', (store) => store.get(keyId))) ?? made;
}

async function inStore<T>(mode: IDBTransactionMode, act: (store: IDBObjectStore) => IDBRequest): Promise<T> {
  const db = await opened();
  try {
    return await new Promise<T>((resolve, reject) => {
      const tx = db.transaction(name, mode);
      const request = act(tx.objectStore(name));
      tx.oncomplete = () => resolve(request.result as T);
      tx.onabort = () => reject(tx.error ?? request.error);
    });
  } finally {
    db.close();
  }
}

function opened(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(name);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
