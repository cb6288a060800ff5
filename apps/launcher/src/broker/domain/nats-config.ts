/** The generated configuration of nats-server, as its own syntax. */
export interface NatsConfig {
  readonly host: string;
  readonly port: number;
  readonly storeDirectory: string;
  readonly pidFile?: string;
  readonly operatorJwt: string;
  readonly accounts: readonly NatsAccountJwt[];
  readonly systemAccount: NatsAccountJwt;
}

export interface NatsAccountJwt {
  readonly publicKey: string;
  readonly jwt: string;
}

/** A user shows what it may do in one line when it connects. The server's default (4 KiB) ends the connection of one who may read many journals. */
export const MAX_CONTROL_LINE_BYTES = 16 * 1024;

export function natsConfigText(config: NatsConfig): string {
  return [
    '# Made by ./longshore at every start; changes are overwritten.',
    `server_name: longshore`,
    `listen: ${JSON.stringify(`${config.host}:${config.port}`)}`,
    ...(config.pidFile ? [`pid_file: ${JSON.stringify(config.pidFile)}`] : []),
    // A committed transaction batch is ≤ 256 KiB, a slice of a snapshot ≤ 4 MiB; the server's default is 1 MB.
    'max_payload: 8MB',
    `max_control_line: ${MAX_CONTROL_LINE_BYTES}`,
    // A stopped broker ends its connections at once: the apps reconnect by themselves.
    'lame_duck_duration: 30s',
    'jetstream {',
    `  store_dir: ${JSON.stringify(config.storeDirectory)}`,
    // fsync before the acknowledgement: an acknowledged commit survives a power cut. The default is every two minutes.
    '  sync_interval: always',
    // Else the server takes ¾ of what is free when it starts as its limit for all it holds: a disk that was full then stays full.
    '  max_file_store: 1TB',
    '  max_memory_store: 8GB',
    '}',
    // Decentralised authentication: a new user (a joining host) needs no change here.
    `operator: ${config.operatorJwt}`,
    `system_account: ${config.systemAccount.publicKey}`,
    'resolver: MEMORY',
    'resolver_preload: {',
    ...[...config.accounts, config.systemAccount].map(({ publicKey, jwt }) => `  ${publicKey}: ${jwt}`),
    '}',
    '',
  ].join('\n');
}

/** From 2.10 on, nats-server can fsync before it acknowledges (`sync_interval: always`). */
export const OLDEST_NATS = '2.10';

/** `versionOutput`: what `nats-server --version` prints, e.g. `nats-server: v2.10.27`. */
export function canSyncAlways(versionOutput: string): boolean {
  const found = /v?(\d+)\.(\d+)\.\d+/.exec(versionOutput);
  if (!found) return false;
  const [major, minor] = [Number(found[1]), Number(found[2])];
  return major > 2 || (major === 2 && minor >= 10);
}
