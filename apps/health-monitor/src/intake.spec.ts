import { describe, expect, it } from '@jest/globals';
import { type Bus, type BusRequest, toJson } from '#lib/messaging';
import { AGENT_VERBS, type AgentVerb, subjects } from '#lib/names';
import { silentLogger } from '#lib/platform';
import { Intake, type IntakeDeps } from './intake.js';

const agent = { accountId: '000000000000', region: 'us-east-1', instanceId: 'a'.repeat(32) };

function given() {
  const handlers = new Map<string, (message: BusRequest) => void>();
  const heard: string[] = [];
  const bus = {
    subscribe: (subject: string, handle: (message: BusRequest) => void) => {
      handlers.set(subject, handle);
      return { drain: () => Promise.resolve() };
    },
  } as Partial<Bus> as Bus;
  const heartbeats = { heard: (instanceId: string) => heard.push(instanceId) };
  new Intake({ bus, heartbeats, logger: silentLogger } as unknown as IntakeDeps).start();
  const say = async (verb: AgentVerb, payload: Uint8Array) => {
    handlers.get(subjects.allAgents(verb))!({ subject: subjects.agent(agent, verb), payload, headers: {} });
    await Promise.resolve();
  };
  return { heard, say };
}

describe('what counts as a sign of life', () => {
  it('is a heartbeat', async () => {
    const { heard, say } = given();
    await say('heartbeat', toJson({ at: '2026-11-23T12:00:00.000Z', sequence: 1 }));
    expect(heard).toEqual([agent.instanceId]);
  });

  it.each(AGENT_VERBS)('is nothing under %s that is no message of an agent', async (verb) => {
    const { heard, say } = given();
    for (const payload of [new Uint8Array(), new TextEncoder().encode('+OK'), toJson({ type: 'io.nats.error' }), toJson(null)])
      await say(verb, payload);
    expect(heard).toEqual([]);
  });
});
