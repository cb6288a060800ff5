import type { EcsState, Heartbeat, Service } from '#lib/ecs/model';
import { type Bus, fromJson, toJson } from '#lib/messaging';
import type { Decider } from '#lib/kernel';
import type { Journal } from '#lib/journal';
import type { ContainerRuntime } from '../../apps/agent/src/ports.js';
import type { PlantedBug } from './surroundings.js';

const NOTHING = { cpu: 0, memoryMiB: 0, gpu: 0, portsTcp: [], portsUdp: [] };

/** The writer believes every plan: it sees instances on which nothing is reserved yet. */
function believingDecider(decider: Decider<EcsState>): Decider<EcsState> {
  return {
    ...decider,
    check: () => undefined,
    decide: (state, command, context) => {
      if (command.name !== 'PlaceTasks') return decider.decide(state, command, context);
      const containerInstances: EcsState['containerInstances'] = Object.create(state.containerInstances) as never;
      containerInstances.get = (key) => {
        const instance = state.containerInstances.get(key);
        return instance && { ...instance, reserved: NOTHING };
      };
      return decider.decide({ ...state, containerInstances }, command, context);
    },
  };
}

/** A standby overlooks one kind of event. */
const forgetfulDecider = (decider: Decider<EcsState>): Decider<EcsState> => ({
  ...decider,
  evolve: (state, event, context) => {
    if (event.type !== 'ContainerInstanceAgentDisconnected') decider.evolve(state, event, context);
  },
});

/** No answer is taken for "stored". */
function optimisticJournal(journal: Journal): Journal {
  return new Proxy(journal, {
    get: (target, key) =>
      key === 'append'
        ? async (...args: Parameters<Journal['append']>) => {
            const outcome = await target.append(...args);
            return outcome.outcome === 'unknown' ? { outcome: 'committed', revision: args[1] + 1 } : outcome;
          }
        : (Reflect.get(target, key, target) as unknown),
  });
}

/** Nobody listens to the engine: what exits by itself is not noticed. */
const deafEngine = (engine: ContainerRuntime): ContainerRuntime =>
  new Proxy(engine, {
    get: (target, key) => (key === 'watch' ? () => () => undefined : (Reflect.get(target, key, target) as unknown)),
  });

/** Whoever judges hosts does not know that they may come less often than once a second. */
const impatientBus = (bus: Bus): Bus => ({
  ...bus,
  subscribe: (subject, handle, options) =>
    bus.subscribe(
      subject,
      (message) => {
        if (!subject.endsWith('.heartbeat')) return handle(message);
        const { everyMs: _, ...heartbeat } = fromJson(message.payload) as Heartbeat;
        handle({ ...message, payload: toJson(heartbeat) });
      },
      options,
    ),
});

/** Services seem to have other settings, or another past, than they have. */
function withServices(state: EcsState, seen: (service: Service) => Service): EcsState {
  const services: EcsState['services'] = Object.create(state.services) as never;
  services.get = (key) => {
    const service = state.services.get(key);
    return service && seen(service);
  };
  return { ...state, services };
}

const configured = (change: Partial<Service['deploymentConfiguration']>) => (state: EcsState) =>
  withServices(state, (service) => ({
    ...service,
    deploymentConfiguration: { ...service.deploymentConfiguration, ...change },
  }));

/** The writer takes a task for started only when it runs: who asks twice gets two. */
function withoutPendingTasks(state: EcsState): EcsState {
  const tasks: EcsState['tasks'] = Object.create(state.tasks) as never;
  tasks.by = (index, key) => [...state.tasks.by(index, key)].filter(({ lastStatus }) => lastStatus !== 'PENDING');
  tasks.has = () => false;
  return { ...state, tasks };
}

/** The writer stops tasks at once, whoever is connected to them. */
const hastyDecider = (decider: Decider<EcsState>): Decider<EcsState> => ({
  ...decider,
  decide: (state, command, context) => {
    const decided = decider.decide(state, command, context);
    if (!('events' in decided)) return decided;
    const events = decided.events.filter(({ data }) => (data as { readonly to?: string }).to !== 'DEACTIVATING');
    return { ...decided, events };
  },
});

/** Targets count as healthy as soon as they are registered. */
function withHealthyTargets(state: EcsState): EcsState {
  const tasks: EcsState['tasks'] = Object.create(state.tasks) as never;
  tasks.by = (index, key) =>
    [...state.tasks.by(index, key)].map((task) =>
      task.targets ? { ...task, targets: task.targets.map((target) => ({ ...target, health: 'healthy' as const })) } : task,
    );
  return { ...state, tasks };
}

/** Bugs that the simulator has to find: each is one that somebody could write tomorrow. */
export const plantedBugs: Readonly<Record<string, PlantedBug>> = {
  'plans-are-believed': {
    decider: (decider, role) => (role === 'state-store' ? believingDecider(decider) : decider),
  },
  'unknown-is-stored': {
    journal: (journal, role) => (role === 'state-store' ? optimisticJournal(journal) : journal),
  },
  'fold-skips-an-event': {
    decider: (decider, role) => (role === 'health-monitor' ? forgetfulDecider(decider) : decider),
  },
  'engine-is-not-heard': {
    engine: deafEngine,
  },
  'promises-are-not-heard': {
    heard: impatientBus,
  },
  'maximum-is-ignored': {
    services: configured({ maximumPercent: 500 }),
  },
  'minimum-is-ignored': {
    services: configured({ minimumHealthyPercent: 0 }),
  },
  'breaker-is-off-by-one': {
    services: (state) =>
      withServices(state, (service) => ({
        ...service,
        deployments: service.deployments.map((deployment) => ({
          ...deployment,
          failedTasks: Math.max(0, deployment.failedTasks - 1),
        })),
      })),
  },
  'drain-is-skipped': {
    decider: (decider, role) => (role === 'state-store' ? hastyDecider(decider) : decider),
  },
  'target-health-is-ignored': {
    services: withHealthyTargets,
  },
  'attempts-are-not-told-apart': {
    services: (state, role) => (role === 'state-store' ? withoutPendingTasks(state) : state),
    everySchedulerLeads: true,
  },
  'closed-connection-is-overlooked': {
    overlooksClosedConnections: true,
  },
};
