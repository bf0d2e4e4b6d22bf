/** A route as the pages' scripts name it. */
export const way = ({ method, path }: { readonly method: string; readonly path: string }): string =>
  JSON.stringify({ method, path });

/** What pages send with, `send(way, body)`: gives `{ isDone, said }`, and waits for what is under way. */
export const sendScript = `// Kept for what is sent: after a lost answer the same again gets the first one's, and another try is another request.
const keys = new Map();
const keyOf = (sent) => {
  if (!keys.has(sent)) {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 15) | 64;
    bytes[8] = (bytes[8] & 63) | 128;
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
    keys.set(sent, hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-"));
  }
  return keys.get(sent);
};
const send = async ({ method, path }, body, tries = 0) => {
  const sent = JSON.stringify(body);
  const headers = { "Content-Type": "application/json", "Idempotency-Key": keyOf(sent) };
  const response = await fetch(path, { method, headers, body: sent });
  const said = await response.json().catch(() => ({}));
  if (tries < 10 && (response.status === 202 || said.code === "operation_in_progress")) {
    await new Promise((resolve) => setTimeout(resolve, 1000 * Number(response.headers.get("Retry-After") ?? 1)));
    return send({ method, path }, body, tries + 1);
  }
  return { isDone: response.status === 200 || response.status === 204, said };
};`;
