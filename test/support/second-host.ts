import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startDockerd, removeContainers, type TestEngine } from './docker.js';
import { type CommandResult, execute, launcher, type Status, type TaskContainer, taskContainers } from './longshore.js';

/**
 * Another machine, as far as the network is concerned: a namespace of its own, a Docker Engine in it, and one link to this
 * machine. Needs root.
 */
export interface SecondHost {
  /** This machine's end of the link, and the other's. */
  readonly firstAddress: string;
  readonly address: string;
  readonly namespace: string;
  readonly engine: TestEngine;
  /** Its data directory. */
  readonly data: string;
  /** `./longshore …` over there. */
  run(...args: string[]): Promise<CommandResult>;
  status(): Promise<Status & { readonly joined?: { readonly instanceId: string } }>;
  /** Of its instance's tasks, on its engine. */
  containers(): Promise<TaskContainer[]>;
  /** Any program over there. */
  execute(program: string, ...args: string[]): Promise<CommandResult>;
  /** The cable is pulled: both ends go on, and neither is told anything. */
  cut(): void;
  heal(): void;
  /** Everything goes: processes, containers, engine, link, namespace. */
  remove(): Promise<void>;
}

const ip = (...args: string[]) => execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] });

export async function addSecondHost(): Promise<SecondHost> {
  const id = randomBytes(3).toString('hex');
  const [namespace, here, there] = [`lsh${id}`, `lsv${id}a`, `lsv${id}b`];
  const inside = (program: string, ...args: string[]) => ['nsenter', `--net=/run/netns/${namespace}`, program, ...args] as const;
  // A link of two hosts in a range that is reserved for tests of networks (RFC 2544).
  const subnet = `198.18.${randomBytes(1)[0]}`;
  const [firstAddress, address] = [`${subnet}.1`, `${subnet}.2`];
  const data = mkdtempSync(join(tmpdir(), 'longshore-e2e-second-'));
  const undo: (() => Promise<void> | void)[] = [() => rmSync(data, { recursive: true, force: true })];
  const remove = async () => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    ip('netns', 'add', namespace);
    undo.push(() => void ip('netns', 'del', namespace));
    ip('link', 'add', here, 'type', 'veth', 'peer', 'name', there, 'netns', namespace);
    // One end takes the other with it, at once; a namespace that goes would do so only some time later.
    undo.push(() => void ip('link', 'del', here));
    ip('addr', 'add', `${firstAddress}/24`, 'dev', here);
    ip('link', 'set', here, 'up');
    for (const step of [
      ['link', 'set', 'lo', 'up'],
      ['addr', 'add', `${address}/24`, 'dev', there],
      ['link', 'set', there, 'up'],
    ]) {
      const [program, ...args] = inside('ip', ...step);
      execFileSync(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    }
    const engine = await startDockerd(`/run/netns/${namespace}`);
    undo.push(() => engine.stop());
    undo.push(() => removeContainers(engine.docker));
    const run = (...args: string[]) => {
      const [program, ...rest] = inside(process.execPath, launcher, ...args);
      const own = { LONGSHORE_DATA: data, LONGSHORE_DOCKER_SOCKET: engine.socketPath, NODE_OPTIONS: '' };
      return execute(program, rest, { ...process.env, ...own });
    };
    undo.push(async () => void (await run('down', '--purge', '--yes')));
    return {
      firstAddress,
      address,
      namespace,
      engine,
      data,
      run,
      status: async () => JSON.parse((await run('status', '--json')).stdout),
      containers: async () => taskContainers(engine.docker, [readFileSync(join(data, 'agents/1/instance-id'), 'utf8').trim()]),
      execute: (program, ...args) => {
        const [entry, ...rest] = inside(program, ...args);
        return execute(entry, rest);
      },
      cut: () => void ip('link', 'set', here, 'down'),
      heal: () => void ip('link', 'set', here, 'up'),
      remove,
    };
  } catch (error) {
    await remove();
    throw error;
  }
}
