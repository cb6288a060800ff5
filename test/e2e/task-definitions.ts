import type { ContainerDefinition, RegisterTaskDefinitionCommandInput } from '@aws-sdk/client-ecs';

/** The image that `./longshore up` makes: busybox, no pull. */
export const IMAGE = 'longshore/hello';

/** Ends at once on SIGTERM, as a well-behaved container does: as PID 1 a shell without a trap would ignore it. */
export const forever = `trap 'exit 0' TERM; sleep 1000000 & wait`;

/** An init container makes the page in a shared volume and must succeed; then a web server shows it on a port that the host chooses. */
export function webWithInit(family: string, page: string): RegisterTaskDefinitionCommandInput {
  const mountPoints = [{ sourceVolume: 'site', containerPath: '/site' }];
  return {
    family,
    volumes: [{ name: 'site', dockerVolumeConfiguration: { scope: 'task' } }],
    containerDefinitions: [
      container('init', `echo ${page} > /site/index.html`, { essential: false, mountPoints }),
      container('web', `trap 'exit 7' TERM; httpd -f -p 80 -h /site & wait`, {
        portMappings: [{ containerPort: 80 }],
        dependsOn: [{ containerName: 'init', condition: 'SUCCESS' }],
        mountPoints,
      }),
    ],
  };
}

export const oneContainer = (family: string, script: string, more: Partial<ContainerDefinition> = {}) =>
  ({ family, containerDefinitions: [container('main', script, more)] }) satisfies RegisterTaskDefinitionCommandInput;

const container = (name: string, script: string, more: Partial<ContainerDefinition>): ContainerDefinition => ({
  name,
  image: IMAGE,
  cpu: 8,
  memory: 16,
  command: ['sh', '-c', script],
  // A SIGTERM that comes before the shell has set its trap is lost: the kernel protects PID 1.
  stopTimeout: 2,
  ...more,
});
