/**
 * The broker's first line as a host behind the TLS entry has to read it. The broker does not know of the entry, and a client that
 * was told to use TLS rightly refuses a server that does not offer it.
 */
export function announceTls(info: string): string {
  const found = /^INFO (\{.*\})\s*$/.exec(info);
  if (!found) throw new Error(`not what nats-server begins with: ${info.slice(0, 80)}`);
  const fields = JSON.parse(found[1]!) as object;
  return `INFO ${JSON.stringify({ ...fields, tls_required: true })}`;
}
