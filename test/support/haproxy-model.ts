/**
 * What of HAProxy 2.6 the data plane drives, written down a second time and from its manual: servers that were declared, their states,
 * and maps. A server that leaves maintenance is taken as up until a check fails; health set by hand stays until checks change it.
 */
interface ModelServer {
  address: string;
  isInMaintenance: boolean;
  isDraining: boolean;
  isUp: boolean;
  health: number;
  isChecked: boolean;
  checkStatus: string;
  /** Whether what is at this address has passed a check, or was started with. */
  isProven: boolean;
  /** Requests that it has not answered yet. */
  sessions: number;
}

export class HaproxyModel {
  readonly servers = new Map<string, ModelServer>();
  readonly maps: Map<string, readonly string[]>;
  private readonly prepared = new Map<string, string[]>();
  private version = 0;

  constructor(config: string, files: ReadonlyMap<string, string>) {
    let section = '';
    for (const line of config.split('\n')) {
      section = /^(?:frontend|backend|defaults|global|ring)\b ?(\S*)/.exec(line)?.[1] ?? section;
      const [, name, address, disabled] = /^ {2}server (\S+) (\S+)( disabled)?$/.exec(line) ?? [];
      if (name === undefined) continue;
      const isInMaintenance = disabled !== undefined;
      this.servers.set(`${section}/${name}`, {
        address: address!,
        isInMaintenance,
        isDraining: false,
        isUp: !isInMaintenance,
        health: 0,
        isChecked: true,
        checkStatus: '',
        isProven: !isInMaintenance,
        sessions: 0,
      });
    }
    this.maps = new Map([...files].filter(([name]) => name.endsWith('.map')).map(([name, text]) => [name, linesOf(text)]));
  }

  run(command: string): void {
    const [, server, what, rest] = /^set server (\S+) (addr|state|health) (.+)$/.exec(command) ?? [];
    const [, checks, checked] = /^(enable|disable) health (\S+)$/.exec(command) ?? [];
    if (checked !== undefined) this.servers.get(checked)!.isChecked = checks === 'enable';
    else if (server !== undefined) this.set(this.servers.get(server)!, what!, rest!);
    else if (!command.startsWith('shutdown sessions server ')) throw new Error(`HAProxy has no command '${command}'`);
  }

  private set(server: ModelServer, what: string, value: string): void {
    if (what === 'addr') {
      const [, host, port] = /^(\S+) port (\d+)$/.exec(value)!;
      server.address = host!.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
      server.isProven = false;
    } else if (what === 'health') {
      server.isUp = value === 'up';
      server.health = 0;
    } else if (value === 'maint') {
      Object.assign(server, { isInMaintenance: true, isDraining: false, isUp: false, health: 0 });
    } else {
      if (server.isInMaintenance) server.isUp = true;
      server.isInMaintenance = false;
      server.isDraining = value === 'drain';
    }
  }

  replaceMap(map: string, payloads: readonly string[]): void {
    if (!this.maps.has(map)) throw new Error(`HAProxy has no map ${map}`);
    const version = `${map}@${++this.version}`;
    this.prepared.set(version, []);
    for (const payload of payloads) this.prepared.get(version)!.push(...linesOf(payload));
    this.maps.set(map, this.prepared.get(version)!);
  }

  /** One health check of a server that is not in maintenance, unless its checks are off. */
  check(key: string, passes: boolean, rise: number): void {
    const server = this.servers.get(key)!;
    if (server.isInMaintenance || !server.isChecked) return;
    server.checkStatus = passes ? 'L7OK' : 'L4CON';
    if (!passes) Object.assign(server, { isUp: false, health: 0 });
    else {
      server.isProven = true;
      server.health = server.isUp ? 0 : server.health + 1;
      if (server.health >= rise) Object.assign(server, { isUp: true, health: 0 });
    }
  }

  /** Addresses that a request may be sent to, by backend. */
  *offered(): Iterable<{ readonly backend: string; readonly address: string; readonly isProven: boolean }> {
    for (const [key, { isInMaintenance, isDraining, isUp, address, isProven }] of this.servers) {
      if (!isInMaintenance && !isDraining && isUp) yield { backend: key.split('/')[0]!, address, isProven };
    }
  }

  /** As `show servers state` prints it. */
  serversState(): string {
    const lines = [...this.servers].map(([key, server]) => {
      const [backend, name] = key.split('/') as [string, string];
      const [, host, port] = /^\[?([^\]]*)\]?:(\d+)$/.exec(server.address)!;
      const admin = (server.isInMaintenance ? 0x01 : 0) | (server.isDraining ? 0x08 : 0) | 0x04;
      const health = server.isUp ? 9 : server.health;
      return `3 ${backend} 1 ${name} ${host} ${server.isUp ? 2 : 0} ${admin} 1 1 0 1 0 ${health} 6 0 0 0 - ${port} - 0 0 - - 0`;
    });
    return ['1', `# ${STATE_COLUMNS}`, ...lines, ''].join('\n');
  }

  /** The columns of `show stat` that matter here. */
  stat(): string {
    const lines = [...this.servers].map(
      ([key, { checkStatus, sessions }]) => `${key.replace('/', ',')},${sessions},${checkStatus},`,
    );
    return ['# pxname,svname,scur,check_status,check_code', ...lines, ''].join('\n');
  }
}

const STATE_COLUMNS =
  'be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight srv_time_since_last_change ' +
  'srv_check_status srv_check_result srv_check_health srv_check_state srv_agent_state bk_f_forced_id srv_f_forced_id srv_fqdn ' +
  'srv_port srvrecord srv_use_ssl srv_check_port srv_check_addr srv_agent_addr srv_agent_port';

const linesOf = (text: string): readonly string[] => text.split('\n').filter((line) => line !== '');
