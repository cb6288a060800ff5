import { DEFAULT_DESIRED } from '../supervise/domain/desired.js';
import { UserFault } from '../terminal/fault.js';
import { journalPlace } from '../host/journal-place.js';
import { makeDirectories, type Layout } from '../host/layout.js';
import { handOver } from '../supervise/hand-over.js';
import { loadIdentities } from '../broker/nats-users.js';
import { writeNatsConfig, writeUsers } from '../supervise/broker-files.js';
import { ensureInstanceId, ensureSecrets } from '../host/secrets.js';
import { say } from '../terminal/terminal.js';

/**
 * `prepare`: what `up` makes before it starts processes, for the one-shot service of docker-compose.yml, which runs as root. All of it
 * stays in that service's volume, the data directory (LONGSHORE_DATA); apps get what is theirs.
 */
export async function prepareForContainers(
  layout: Layout,
  options: { instanceId: string; natsHost: string; natsPort: string; handTo: string },
): Promise<void> {
  if (!/^[0-9a-f]{32}$/.test(options.instanceId))
    throw new UserFault('--instance-id takes 32 hex digits (openssl rand -hex 16).');
  makeDirectories(layout);
  ensureSecrets(layout);
  const kept = ensureInstanceId(layout, 1, options.instanceId);
  if (kept !== options.instanceId)
    throw new UserFault(`This volume belongs to the instance ${kept}: set LONGSHORE_INSTANCE_ID to that.`);
  const identities = loadIdentities(layout);
  const relay = journalPlace(process.env) && { mayReplace: false };
  await writeUsers(layout, identities, DEFAULT_DESIRED, relay);
  await writeNatsConfig(layout, identities, options.natsHost, Number(options.natsPort));
  handOver(layout, options.handTo, options.instanceId);
  say('Keys, users and the broker configuration are in place.');
}
