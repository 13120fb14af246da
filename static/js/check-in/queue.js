// Operations that wait for the network, each with its identity, so that sending them twice changes nothing.
import { countQueue, state } from "./state.js";
import * as store from "./store.js";

export async function addCheckIn(entry) {
  await store.saveToQueue({ kind: "check-in", ...entry });
  await countQueue();
}

async function findEntry(id) {
  return (await store.loadQueue()).find((entry) => entry.id === id);
}

// Undoes a check-in. One that was never sent is deleted; otherwise the server undoes it after it has received it.
export async function addUndo({ id, hash }) {
  const entry = await findEntry(id);
  if (entry && !entry.wasSent) await store.deleteFromQueue(id);
  else if (entry) await store.saveToQueue({ ...entry, undone: true });
  else await store.saveToQueue({ kind: "undo", id: `undo-${id}`, checkIn: id, at: new Date().toISOString() });
  if (hash) state.presence.remove(hash, id);
  await countQueue();
}

export async function addNote({ id, note }) {
  const entry = await findEntry(id);
  if (entry && !entry.wasSent) await store.saveToQueue({ ...entry, note });
  else await store.saveToQueue({ kind: "note", id: `note-${id}`, checkIn: id, note, at: new Date().toISOString() });
  await countQueue();
}

export async function isQueued(id) {
  return store.isSupported() && (await findEntry(id)) !== undefined;
}

// Returns { checkIns, others }: at most `limit` check-ins of one entrance, marked as sent, and the undos and notes.
export async function takeBatch(limit) {
  const entries = await store.loadQueue();
  const waiting = entries.filter(({ kind }) => kind === "check-in");
  const checkIns = waiting.filter(({ entranceId }) => entranceId === waiting[0].entranceId).slice(0, limit);
  for (const entry of checkIns) {
    if (entry.wasSent) continue;
    entry.wasSent = true;
    await store.saveToQueue(entry);
  }
  return { checkIns, others: entries.filter(({ kind }) => kind !== "check-in") };
}

export async function removeFromQueue(id) {
  await store.deleteFromQueue(id);
  await countQueue();
}

// Removes a check-in that the server has acknowledged; one that was undone meanwhile is undone there too.
export async function removeAcknowledged(id) {
  const entry = await findEntry(id);
  if (!entry) return;
  if (entry.undone) {
    await store.saveToQueue({ kind: "undo", id: `undo-${id}`, checkIn: id, at: entry.at });
  }
  await store.deleteFromQueue(id);
  await countQueue();
}
