import { REGISTRY_PROTOCOL } from '#lib/messaging';
import type { Clock, Logger } from '#lib/platform';
import { connectToFirstHost, type FirstHost } from './first-host.js';
import { Relay } from './relay.js';

export interface RegistryTunnelOptions extends FirstHost {
  /** What images begin with, on every host: `127.0.0.1:5566`. */
  readonly registry: string;
}

/** An engine pulls a few layers at a time of a few images. */
const MOST_CONNECTIONS = 200;

/**
 * The installation's own registry on a host that has joined: under the name that its images have on the first host, which engines speak to without
 * TLS because it is the host's own. From here to there it is TLS, and only the installation's. Who may pull what is the registry's to
 * decide, by the password that comes with each task.
 */
export function registryTunnel(options: RegistryTunnelOptions, clock: Pick<Clock, 'sleep'>, logger: Logger): Relay {
  const [host, port] = options.registry.split(':') as [string, string];
  return new Relay(
    {
      name: "the installation's own registry",
      listen: { host, port: Number(port) },
      connect: () => connectToFirstHost(options, REGISTRY_PROTOCOL, logger),
      mostConnections: MOST_CONNECTIONS,
    },
    clock,
    logger,
  );
}
