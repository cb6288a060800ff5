import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { type CommandResult, execute } from './longshore.js';
import type { SecondHost } from './second-host.js';

/** A machine of this host's segment, and of a second one's, that is no host: a namespace of its own, which sends by this machine what it knows no nearer way for. Needs root. */
export interface Outsider {
  readonly address: string;
  /** Where it reaches this host. */
  readonly host: string;
  execute(program: string, ...args: string[]): Promise<CommandResult>;
  remove(): void;
}

const ip = (...args: string[]) => execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] });

export function addOutsider(second?: SecondHost): Outsider {
  const id = randomBytes(3).toString('hex');
  const [namespace, toFirst, toSecond] = [`lso${id}`, `lso${id}a`, `lso${id}b`];
  // The other half of the range that is reserved for tests of networks (RFC 2544).
  const [address, ofFirst] = ['.2', '.1'].map((last) => `198.19.${randomBytes(1)[0]}${last}`) as [string, string];
  const undo: (() => void)[] = [];
  const remove = () => {
    for (const step of undo.splice(0).reverse()) step();
  };
  const link = (name: string, ...where: string[]) => {
    ip('link', 'add', name, ...where, 'type', 'veth', 'peer', 'name', 'own', 'netns', namespace);
    ip('-n', namespace, 'link', 'set', 'own', 'name', name);
    ip('-n', namespace, 'link', 'set', name, 'up');
  };
  try {
    ip('netns', 'add', namespace);
    undo.push(() => ip('netns', 'del', namespace));
    link(toFirst);
    undo.push(() => ip('link', 'del', toFirst));
    ip('addr', 'add', ofFirst, 'peer', address, 'dev', toFirst);
    ip('link', 'set', toFirst, 'up');
    ip('-n', namespace, 'addr', 'add', address, 'peer', ofFirst, 'dev', toFirst);
    ip('-n', namespace, 'route', 'add', 'default', 'via', ofFirst);
    if (second) {
      link(toSecond, 'netns', second.namespace);
      undo.push(() => ip('-n', second.namespace, 'link', 'del', toSecond));
      ip('-n', second.namespace, 'link', 'set', toSecond, 'up');
      ip('-n', second.namespace, 'route', 'add', address, 'dev', toSecond);
    }
  } catch (error) {
    remove();
    throw error;
  }
  return {
    address,
    host: ofFirst,
    execute: (program, ...args) => execute('ip', ['netns', 'exec', namespace, program, ...args]),
    remove,
  };
}
