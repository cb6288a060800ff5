import { join } from 'node:path';
import type { ContainerDefinition, TaskDefinitionPayload } from '#lib/ecs/model';
import { type ContainerSpec, runtimeName } from '../../domain/container-spec.js';
import { isRouted, logRouterOf } from './firelens-task.js';
import { CONFIG_PATH, FORWARD_PORT, SOCKET_DIRECTORY, SOCKET_NAME, tagOf } from './router-config.js';

/** A task's files for its router: paths of the host. */
export const filesIn = (directory: string) => ({
  config: join(directory, 'config', 'fluent.conf'),
  socketDirectory: join(directory, 'socket'),
  socket: join(directory, 'socket', SOCKET_NAME),
});

interface Subject {
  readonly taskArn: string;
  readonly hex: (part: string) => string;
  /** Of the task, on the host. */
  readonly directory: string;
}

/**
 * A container of a task with a log router: the router gets its configuration and the place of its socket, those whose lines it routes
 * Docker's `fluentd` driver, which writes into that socket, and where the router's port is.
 */
export function withFirelens(
  spec: ContainerSpec,
  container: ContainerDefinition,
  definition: TaskDefinitionPayload,
  { taskArn, hex, directory }: Subject,
): ContainerSpec {
  const router = logRouterOf(definition);
  if (!router) return spec;
  const files = filesIn(directory);
  if (container.name === router.container.name) {
    const own = [
      { source: files.config, target: CONFIG_PATH[router.type], readOnly: false },
      { source: files.socketDirectory, target: SOCKET_DIRECTORY, readOnly: false },
    ];
    return { ...spec, mounts: [...spec.mounts, ...own] };
  }
  if (!isRouted(container)) return spec;
  const limit = container.logConfiguration?.options?.['log-driver-buffer-limit'];
  const options = {
    'fluentd-address': `unix://${files.socket}`,
    // The engine does not wait for a router that is not listening yet.
    'fluentd-async': 'true',
    'fluentd-sub-second-precision': 'true',
    ...(limit === undefined ? {} : { 'fluentd-buffer-limit': limit }),
    tag: tagOf(container.name, taskArn),
  };
  // The ECS agent gives the router's address; a name that the link leads to stays true when the router is made anew.
  const isLinked = spec.networkMode === 'bridge';
  const link = `${runtimeName(definition, router.container.name, hex)}:${router.container.name}`;
  const host = isLinked ? router.container.name : '127.0.0.1';
  return {
    ...spec,
    environment: [...spec.environment, `FLUENT_HOST=${host}`, `FLUENT_PORT=${FORWARD_PORT}`],
    links: isLinked && !spec.links.includes(link) ? [...spec.links, link] : spec.links,
    logging: { driver: 'fluentd', options },
  };
}
