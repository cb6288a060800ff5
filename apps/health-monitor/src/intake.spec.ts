import { describe, expect, it } from '@jest/globals';
import { Registry } from 'prom-client';
import { encodeHostGrant } from '#lib/ecs/model';
import { type Bus, type BusRequest, fromJson, type SendCommand, toJson } from '#lib/messaging';
import { AGENT_VERBS, type AgentVerb, subjects } from '#lib/names';
import { seededRandom, silentLogger, systemClock } from '#lib/platform';
import { IntakeMetrics } from './intake-metrics.js';
import { Intake, type IntakeDeps } from './intake.js';

const agent = { accountId: '000000000000', region: 'us-east-1', instanceId: 'a'.repeat(32) };

const subjectOf = (verb: AgentVerb) => (verb === 'register' ? subjects.register(agent, 'default') : subjects.agent(agent, verb));

type Command = { readonly input: unknown };

function given() {
  const handlers = new Map<string, (message: BusRequest) => void>();
  const heard: string[] = [];
  const bus = {
    subscribe: (subject: string, handle: (message: BusRequest) => void) => {
      handlers.set(subject, handle);
      return { drain: () => Promise.resolve() };
    },
  } as Partial<Bus> as Bus;
  const judge = { everyMs: undefined as number | undefined };
  const heartbeats = {
    heard: (instanceId: string) => heard.push(instanceId),
    beat: (instanceId: string) => heard.push(instanceId),
    interval: () => (judge.everyMs === undefined ? undefined : { everyMs: judge.everyMs }),
  };
  const sent: Command[] = [];
  const send: SendCommand = (_name, command) => {
    sent.push(command as Command);
    return Promise.resolve({ rejection: { code: 'ClientException', message: 'no', status: 400 } } as never);
  };
  const registry = new Registry();
  const metrics = new IntakeMetrics(registry);
  const deps = {
    metrics,
    bus,
    heartbeats,
    send,
    logger: silentLogger,
    clock: systemClock,
    random: seededRandom(1),
    journalId: 'j',
    knownAt: () => '2026-11-28T12:00:00.000Z',
  };
  new Intake(deps as unknown as IntakeDeps).start();
  const say = async (verb: AgentVerb, payload: Uint8Array) => {
    handlers.get(subjects.allAgents(verb))!({ subject: subjectOf(verb), payload, headers: {} });
    await Promise.resolve();
  };
  const ask = (subject: string, body: unknown, verb: AgentVerb = 'register') =>
    new Promise<unknown>((resolve) => {
      const respond = (payload: Uint8Array) => resolve(fromJson(payload));
      handlers.get(subjects.allAgents(verb))!({ subject, payload: toJson(body), headers: {}, respond });
    });
  const refused = async () =>
    Object.fromEntries(
      (await registry.getSingleMetric('longshore_refused_reports_total')!.get()).values.map(({ labels, value }) => [
        labels.what,
        value,
      ]),
    );
  return { heard, say, ask, sent, refused, judge };
}

describe('what counts as a sign of life', () => {
  it('is a heartbeat', async () => {
    const { heard, say } = given();
    await say('heartbeat', toJson({ at: '2026-11-23T12:00:00.000Z', sequence: 1 }));
    expect(heard).toEqual([agent.instanceId]);
  });

  it('is a heartbeat that asks how often it shall come, which the replica that judges answers', async () => {
    const { heard, ask, judge } = given();
    const beat = { at: '2026-11-23T12:00:00.000Z', sequence: 1 };
    const unanswered = ask(subjectOf('heartbeat'), beat, 'heartbeat');
    judge.everyMs = 5_000;
    expect(await ask(subjectOf('heartbeat'), beat, 'heartbeat')).toEqual({ everyMs: 5_000 });
    expect(await Promise.race([unanswered, Promise.resolve('nobody')])).toBe('nobody');
    expect(heard).toEqual([agent.instanceId, agent.instanceId]);
  });

  it.each(AGENT_VERBS)('is nothing under %s that is no message of an agent', async (verb) => {
    const { heard, say, refused } = given();
    for (const payload of [new Uint8Array(), new TextEncoder().encode('+OK'), toJson({ type: 'io.nats.error' }), toJson(null)])
      await say(verb, payload);
    expect(heard).toEqual([]);
    expect(await refused()).toMatchObject({ message: 4 });
  });
});

describe('a registration', () => {
  const request = {
    cluster: 'default',
    resources: { cpu: 1, memoryMiB: 1, gpu: 0, portsTcp: [], portsUdp: [] },
    attributes: [],
    versionInfo: { agentVersion: '1', agentHash: '1', dockerVersion: '1' },
    hostId: 'web-2',
  };

  it('is refused for another cluster than the agent’s user is for', async () => {
    const { ask } = given();
    expect(await ask(subjects.register(agent, 'edge'), request)).toEqual({ error: expect.stringContaining('default') });
  });

  it('is decided with what its subject says that it may say of itself', async () => {
    const { ask, sent, refused } = given();
    await ask(subjects.register(agent, 'default', encodeHostGrant({ cpu: 1_024, attributes: {} })), request);
    await ask(subjects.register(agent, 'default'), request);
    expect(sent.map(({ input }) => (input as { grant?: object }).grant)).toEqual([{ cpu: 1_024, attributes: {} }, undefined]);
    expect(await ask(subjects.register(agent, 'default', 'forged'), request)).toEqual({
      error: expect.stringContaining('cannot be read'),
    });
    expect(sent).toHaveLength(2);
    expect(await refused()).toMatchObject({ registration: 2 });
  });
});
