// Storage on the device: IndexedDB, encrypted with AES-GCM. The key cannot be exported from the browser.

const DATABASE = "check-in";
const STORES = ["keys", "values", "queue"];

// Storage and encryption need a secure context: https, or a site on this machine.
export const isSupported = () => Boolean(globalThis.isSecureContext && globalThis.crypto?.subtle && globalThis.indexedDB);

const resultOf = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

let opening;

function openDatabase() {
  opening ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => STORES.forEach((name) => request.result.createObjectStore(name));
    request.onerror = () => reject(request.error);
    request.onsuccess = () => {
      // Another tab erases everything.
      request.result.onversionchange = () => close();
      resolve(request.result);
    };
  });
  return opening;
}

async function close() {
  const database = await opening;
  opening = key = undefined;
  database?.close();
}

async function read(store, method, ...parameters) {
  const transaction = (await openDatabase()).transaction(store);
  return resultOf(transaction.objectStore(store)[method](...parameters));
}

// Resolves when the change is on the disk.
async function write(store, method, ...parameters) {
  const transaction = (await openDatabase()).transaction(store, "readwrite", { durability: "strict" });
  transaction.objectStore(store)[method](...parameters);
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = transaction.onerror = () => reject(transaction.error);
  });
}

let key;

async function loadKey() {
  const stored = await read("keys", "get", "key");
  if (stored) return stored;
  const made = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
  // Another tab may have been faster: the first key stays.
  await write("keys", "add", made, "key").catch(() => undefined);
  return read("keys", "get", "key");
}

const getKey = () => (key ??= loadKey());

const cipher = (name, iv) => ({ name: "AES-GCM", iv, additionalData: new TextEncoder().encode(name) });

async function encrypt(name, value) {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const plain = new TextEncoder().encode(JSON.stringify(value));
  return { iv, data: await crypto.subtle.encrypt(cipher(name, iv), await getKey(), plain) };
}

async function decrypt(name, sealed) {
  if (!sealed) return undefined;
  const plain = await crypto.subtle.decrypt(cipher(name, sealed.iv), await getKey(), sealed.data);
  return JSON.parse(new TextDecoder().decode(plain));
}

export const saveValue = async (name, value) => write("values", "put", await encrypt(name, value), name);

export const loadValue = async (name) => decrypt(name, await read("values", "get", name));

export const deleteValue = (name) => write("values", "delete", name);

export const saveToQueue = async (entry) => write("queue", "put", await encrypt(entry.id, entry), entry.id);

export const deleteFromQueue = (id) => write("queue", "delete", id);

export const countQueue = () => read("queue", "count");

// The entries of the queue, the earliest first.
export async function loadQueue() {
  const [ids, sealed] = await Promise.all([read("queue", "getAllKeys"), read("queue", "getAll")]);
  const entries = await Promise.all(ids.map((id, index) => decrypt(id, sealed[index])));
  return entries.sort((one, other) => Date.parse(one.at) - Date.parse(other.at));
}

// Deletes the database with its key. Other tabs close it, so that this cannot wait for them for ever.
export async function eraseStore() {
  if (!isSupported()) return;
  await close();
  await new Promise((resolve) => {
    const request = indexedDB.deleteDatabase(DATABASE);
    request.onsuccess = request.onerror = request.onblocked = () => resolve();
  });
}
