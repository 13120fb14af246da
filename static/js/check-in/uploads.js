// A check-in of the queue in the format of the server.

export const formatCheckIn = ({ id, hash, registration, direction, at, note, reason }) => ({
  id,
  ...(hash ? { hash } : { registration }),
  direction,
  at,
  note: note ?? "",
  override_reason: reason ?? "",
});
