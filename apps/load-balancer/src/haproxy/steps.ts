import { commandsOf, payloadsOf } from '../proxy/commands.js';
import type { Step } from '../proxy/diff.js';
import { RuntimeError, type RuntimeSocket } from './runtime-socket.js';

/** Makes HAProxy do a step. What it answers otherwise than to a step taken is an error, after which its state has to be read again. */
export async function take(socket: RuntimeSocket, step: Step): Promise<void> {
  if (step.kind === 'map') return changeMap(socket, step.map, step.lines);
  const commands = commandsOf(step);
  const answers = await socket.askAll(commands);
  for (const [index, answer] of answers.entries()) {
    const isAddress = commands[index]!.includes(' addr ');
    if (answer.trim() !== '' && !(isAddress && /changed from|no need to change/.test(answer))) {
      throw new RuntimeError(`HAProxy answers '${commands[index]}' with '${answer.trim()}'`);
    }
  }
}

/** All at once: lookups see the old map or the new one. */
async function changeMap(socket: RuntimeSocket, map: string, lines: readonly string[]): Promise<void> {
  const prepared = await socket.ask(`prepare map ${map}`);
  const version = /version created: (\d+)/.exec(prepared)?.[1];
  if (version === undefined) throw new RuntimeError(`HAProxy answers 'prepare map ${map}' with '${prepared.trim()}'`);
  const payloads = payloadsOf(lines);
  const asked = payloads.map((payload) => socket.ask(`add map @${version} ${map}`, payload));
  const answers = await Promise.all([...asked, socket.ask(`commit map @${version} ${map}`)]);
  const refused = answers.find((answer) => answer.trim() !== '');
  if (refused !== undefined) throw new RuntimeError(`HAProxy refuses a change of ${map}: '${refused.trim()}'`);
}
