import { type EventContext, type Evolvers, required, type Scope, scopeKey } from '#lib/kernel';
import type { DiscoveryEvents } from './events.js';
import type { DiscoveryService, Operation } from './model.js';
import { type DiscoveryTables, instanceKey } from './tables.js';

/** Operations that an account's region can still ask for; the oldest go first. */
const MOST_OPERATIONS = 1_000;

function note({ operations }: DiscoveryTables, { at }: EventContext, operation: Omit<Operation, 'createdAt'>): void {
  const scope = scopeKey(operation);
  if (operations.countBy('scope', scope) >= MOST_OPERATIONS) {
    let oldest: Operation | undefined;
    for (const one of operations.by('scope', scope)) if (!oldest || isBefore(one, oldest)) oldest = one;
    operations.delete(oldest!.id);
  }
  operations.put(operation.id, { ...operation, createdAt: at });
}

const isBefore = (a: Operation, b: Operation) => (a.createdAt === b.createdAt ? a.id < b.id : a.createdAt < b.createdAt);

const scopeOf = ({ accountId, region }: Scope): Scope => ({ accountId, region });

/** What is discovered of the service has changed. */
function touch(
  { discoveryServices }: DiscoveryTables,
  id: string,
  { revision }: EventContext,
  change: Partial<DiscoveryService> = {},
) {
  const changed = { ...required(discoveryServices, id, 'service'), ...change, changedRevision: revision };
  discoveryServices.put(id, changed);
  return changed;
}

export const discoveryEvolvers: Evolvers<DiscoveryTables, DiscoveryEvents> = {
  NamespaceCreated: (state, { operationId, ...namespace }, context) => {
    state.namespaces.put(namespace.id, { ...namespace, createdAt: context.at });
    note(state, context, {
      ...scopeOf(namespace),
      id: operationId,
      type: 'CREATE_NAMESPACE',
      targets: { NAMESPACE: namespace.id },
    });
  },
  NamespaceUpdated: (state, { operationId, id, ...change }, context) => {
    const namespace = required(state.namespaces, id, 'namespace');
    state.namespaces.put(id, { ...namespace, ...change });
    note(state, context, { ...scopeOf(namespace), id: operationId, type: 'UPDATE_NAMESPACE', targets: { NAMESPACE: id } });
  },
  NamespaceDeleted: (state, { operationId, id }, context) => {
    const namespace = required(state.namespaces, id, 'namespace');
    state.namespaces.delete(id);
    note(state, context, { ...scopeOf(namespace), id: operationId, type: 'DELETE_NAMESPACE', targets: { NAMESPACE: id } });
  },

  DiscoveryServiceCreated: ({ discoveryServices }, data, { at, revision }) =>
    discoveryServices.put(data.id, { ...data, createdAt: at, changedRevision: revision }),
  DiscoveryServiceUpdated: (state, { operationId, id, description, dnsConfig }, context) => {
    const { dnsConfig: _before, ...kept } = required(state.discoveryServices, id, 'service');
    const changed = {
      ...kept,
      ...(description === undefined ? {} : { description }),
      ...(dnsConfig ? { dnsConfig } : {}),
      changedRevision: context.revision,
    };
    state.discoveryServices.put(id, changed);
    note(state, context, { ...scopeOf(changed), id: operationId, type: 'UPDATE_SERVICE', targets: { SERVICE: id } });
  },
  DiscoveryServiceAttributesSet: ({ discoveryServices }, { id, attributes }) =>
    discoveryServices.put(id, { ...required(discoveryServices, id, 'service'), attributes }),
  DiscoveryServiceDeleted: ({ discoveryServices, instances }, { id }) => {
    const registered = [...instances.by('service', id)];
    for (const instance of registered) instances.delete(instanceKey(instance));
    discoveryServices.delete(id);
  },

  InstanceRegistered: (state, { operationId, ...instance }, context) => {
    state.instances.put(instanceKey(instance), instance);
    const targets = { INSTANCE: instance.id, SERVICE: instance.serviceId };
    const service = touch(state, instance.serviceId, context);
    note(state, context, { ...scopeOf(service), id: operationId, type: 'REGISTER_INSTANCE', targets });
  },
  InstanceHealthChanged: (state, { health, ...name }, context) => {
    state.instances.put(instanceKey(name), { ...required(state.instances, instanceKey(name), 'instance'), health });
    touch(state, name.serviceId, context);
  },
  InstanceDeregistered: (state, { operationId, ...name }, context) => {
    state.instances.delete(instanceKey(name));
    const service = touch(state, name.serviceId, context);
    const targets = { INSTANCE: name.id, SERVICE: name.serviceId };
    note(state, context, { ...scopeOf(service), id: operationId, type: 'DEREGISTER_INSTANCE', targets });
  },
};
