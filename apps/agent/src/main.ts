import { hostname } from 'node:os';
import { watchConnection } from '#lib/messaging';
import { startApp } from '#lib/app/nest';
import { AgentModule } from './agent.module.js';
import { agentConfig } from './config.js';
import { createAgents } from './create-agents.js';
import { apiRelay } from './relay/api-relay.js';
import { registryTunnel } from './relay/registry-tunnel.js';
import { NatsAssignmentSource } from './nats-assignment-source.js';

const userOf = (environment: NodeJS.ProcessEnv): string =>
  environment.LONGSHORE_NATS_USER ?? environment.LONGSHORE_INSTANCE_ID ?? 'agent';

await startApp('agent', userOf, async ({ bus, clock, random, logger, nats, environment, waitsFor }) => {
  waitsFor('waiting for the container engine');
  const config = agentConfig(environment);
  const agents = await createAgents(config, {
    bus,
    clock,
    random,
    logger,
    hostName: hostname(),
    assignmentsOf: (instanceId) => new NatsAssignmentSource(nats, instanceId, clock, logger),
  });
  const connected = watchConnection(nats);
  const { registryTunnel: registry, api } = config.host.kind === 'docker' ? config.host : {};
  const relays = [...(registry ? [registryTunnel(registry, clock, logger)] : []), ...(api ? [apiRelay(api, clock, logger)] : [])];
  return {
    module: AgentModule.register(agents),
    status: () => {
      if (!connected()) return { ready: false, reason: 'no connection to the control plane; its containers go on' };
      const statuses = agents.map((agent) => agent.status());
      const refused = statuses.find((status) => status.refused)?.refused;
      const away = statuses.find((status) => status.engineAway)?.engineAway;
      const unfiltered = statuses.find((status) => status.unfiltered)?.unfiltered;
      if (unfiltered) return { ready: false, reason: `the security groups of its tasks are not in force: ${unfiltered}` };
      const waiting = statuses.filter(({ ready }) => !ready).length;
      const reason =
        refused ?? (away ? `the container engine does not answer: ${away}` : `${waiting} of ${agents.length} not registered`);
      return waiting === 0 ? { ready: true } : { ready: false, reason };
    },
    start: async () => {
      for (const relay of relays) void relay.start();
      for (const agent of agents) await agent.start();
    },
    stop: () => {
      for (const relay of relays) relay.stop();
      for (const agent of agents) agent.stop();
    },
  };
});
