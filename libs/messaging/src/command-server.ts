import type { Command } from '#lib/kernel';
import type { Bus, BusRequest, Subscription } from './bus.js';
import { fromJson, toJson } from './json.js';
import type { CommandReply, CommandRequest } from './protocol.js';
import { parseCommandSubject, subjects } from '#lib/names';

/** Takes the commands of a journal while this replica is its writer. The actor is what the subject says. */
export function serveCommands(
  bus: Bus,
  journal: string,
  submit: (command: Command, bytes: number) => Promise<CommandReply>,
): Subscription {
  const answer = async (message: BusRequest) => {
    const { actor, command } = parseCommandSubject(message.subject);
    const request = fromJson(message.payload) as CommandRequest;
    message.respond?.(toJson(await submit({ ...request, actor, name: command }, message.payload.length)));
  };
  return bus.subscribe(subjects.commandsOf(journal), (message) => {
    answer(message).catch((error: unknown) => message.respond?.(toJson({ unavailable: String(error) } satisfies CommandReply)));
  });
}
