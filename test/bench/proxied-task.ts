import { execFileSync, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';

const PORT = 8080;
const LONGEST_S = 3_600;
/** As long as the last requests of a burst are under way. */
const DRAIN_MS = 5;

/** Where a task is: its address and its MAC, and the router of its network. */
export interface TaskPlace {
  readonly router: string;
  readonly address: string;
  readonly mac: string;
}

/** Processor time of a burst, nanoseconds, and the requests that were answered in it. */
export interface Burst {
  readonly nanos: number;
  readonly requests: number;
}

export const ip = (...args: string[]) => execFileSync('ip', args, { stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' });

/** What an engine has on every host: ports that it publishes, and its containers' way out. So connections are tracked with and without a filter. */
const ENGINE =
  'table ip engine { chain in { type nat hook prerouting priority dstnat; fib daddr type local tcp dport 9 dnat to 172.17.0.2; }; ' +
  'chain out { type nat hook postrouting priority srcnat; ip saddr 172.17.0.0/16 oifname != "docker0" masquerade; }; }';

const DEFAULTS = 'defaults\n  mode http\n  timeout client 60s\n  timeout server 60s\n  timeout connect 3s\n';

/**
 * A host in a network namespace of its own, with HAProxy before a task on a bridge, and a client that is stopped between bursts: what a request
 * costs is the time of the two programs that send its packets, in whose time these are looked at (a kernel without CONFIG_IRQ_TIME_ACCOUNTING).
 */
export class ProxiedTask {
  private readonly task: string;
  private readonly undo: (() => void)[] = [];
  private readonly programs: number[] = [];
  private readonly socket: string;
  private client: number | undefined;

  constructor(
    readonly host: string,
    private readonly place: TaskPlace,
    private readonly home: string,
    /** Of HAProxy's backend: whether requests share connections to the task. */
    private readonly options = '',
  ) {
    this.task = `${host}t`;
    this.socket = join(home, `${host}.sock`);
  }

  async start(): Promise<void> {
    const { host, task, place } = this;
    for (const namespace of [host, task]) {
      ip('netns', 'add', namespace);
      this.undo.push(() => void ip('netns', 'del', namespace));
    }
    const { router, address, mac } = place;
    within(host, `ip link set lo up; ip link add br0 type bridge; ip addr add ${router}/16 dev br0; ip link set br0 up`);
    within(host, `ip link add v0 type veth peer name eth0 netns ${task} address ${mac}; ip link set v0 master br0 up`);
    within(host, 'echo 1 > /proc/sys/net/bridge/bridge-nf-call-iptables');
    within(host, `nft '${ENGINE}'`);
    within(
      task,
      `ip addr add ${address}/16 dev eth0; ip link set lo up; ip link set eth0 up; ip route add default via ${router}`,
    );
    const answer = 'http-request return status 200 content-type text/plain string "here"';
    this.run(task, `global\n  nbthread 1\n${DEFAULTS}frontend f\n  bind :80\n  ${answer}\n`);
    const backend = `default_backend b\nbackend b\n${this.options}  server t ${address}:80\n`;
    const global = `global\n  nbthread 1\n  stats socket ${this.socket}\n`;
    this.run(host, `${global}${DEFAULTS}frontend f\n  bind 127.0.0.1:${PORT}\n  ${backend}`);
    for (let tries = 0; !(await this.answers()); tries++) {
      if (tries > 100) throw new Error('nothing answers');
      await sleep(100);
    }
    const url = `http://127.0.0.1:${PORT}/`;
    this.client = this.begin(host, 'wrk', '-t1', '-c32', `-d${LONGEST_S}s`, url);
    process.kill(this.client, 'SIGSTOP');
  }

  /** Requests for so long, and what they cost. */
  async burst(ms: number): Promise<Burst> {
    const [nanosBefore, requestsBefore] = [this.nanos(), await this.requests()];
    process.kill(this.client!, 'SIGCONT');
    await sleep(ms);
    process.kill(this.client!, 'SIGSTOP');
    await sleep(DRAIN_MS);
    return { nanos: this.nanos() - nanosBefore, requests: (await this.requests()) - requestsBefore };
  }

  stop(): void {
    for (const undo of this.undo.reverse()) undo();
  }

  private answers(): Promise<boolean> {
    const asked = spawn('ip', ['netns', 'exec', this.host, 'curl', '-sfo', '/dev/null', '-m', '1', `http://127.0.0.1:${PORT}/`]);
    return new Promise((resolve) => asked.once('close', (code) => resolve(code === 0)));
  }

  /** That both programs have had of processors. */
  private nanos(): number {
    return this.programs.reduce((sum, pid) => sum + Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]), 0);
  }

  private async requests(): Promise<number> {
    const asked = connect(this.socket).end('show info\n');
    return Number(/^CumReq: (\d+)$/m.exec(await text(asked))![1]);
  }

  private run(namespace: string, config: string): void {
    const path = join(this.home, `${namespace}.cfg`);
    writeFileSync(path, config);
    this.programs.push(this.begin(namespace, 'haproxy', '-db', '-f', path));
  }

  private begin(namespace: string, ...command: readonly string[]): number {
    const child = spawn('ip', ['netns', 'exec', namespace, ...command], { detached: true, stdio: 'ignore' });
    this.undo.push(() => child.kill('SIGKILL'));
    return child.pid!;
  }
}

const within = (namespace: string, script: string) => ip('netns', 'exec', namespace, 'sh', '-ec', script);
