/**
 * The broker's first line as a host behind the TLS entry has to read it. The broker does not know of the entry, and a client that
 * was told to use TLS rightly refuses a server that does not offer it. Undefined for what no nats-server begins with.
 */
export function announceTls(info: string): string | undefined {
  const found = /^INFO (\{.*\})\s*$/.exec(info);
  if (!found) return undefined;
  const fields = JSON.parse(found[1]!) as object;
  return `INFO ${JSON.stringify({ ...fields, tls_required: true })}`;
}
