import { describe, expect, it, jest } from '@jest/globals';
import { container, definitionOf, entryOf, SimulatedHost, taskArnOf } from '../../../test/support/simulated-host.js';
import { UNTOLD } from './domain/untold.js';
import { registryOf } from './docker/docker-image-puller.js';

const secrets = [{ name: 'PASSWORD', valueFrom: '/db/password' }];
const web = definitionOf([
  container({
    name: 'web',
    environment: [
      { name: 'PASSWORD', value: 'none' },
      { name: 'A', value: '1' },
    ],
    secrets,
  }),
]);
const given = (value: string) => ({
  containers: { web: { environment: [{ name: 'PASSWORD', value }], logOptions: [], registry: { username: 'u', password: 'p' } } },
});

const started = async (definition = web) => {
  const host = await new SimulatedHost().boot();
  const created = jest.spyOn(host.runtime, 'create');
  const pulled = jest.spyOn(host.runtime, 'pull');
  host.assign(definition, ['a']);
  return { host, specs: () => created.mock.calls.map(([spec]) => spec), pulls: () => pulled.mock.calls };
};

describe('a task with secrets', () => {
  it('gets them in its environment, over what the definition says, and its image with the credentials for it', async () => {
    const { host, specs, pulls } = await started();
    host.controlPlane.secrets = given('CANARY');
    await host.clock.advance(1_000);
    expect(specs().map(({ environment }) => environment)).toEqual([['PASSWORD=CANARY', 'A=1']]);
    expect((pulls()[0] as unknown[])[2]).toEqual({ username: 'u', password: 'p' });
    expect(host.report('a')).toMatchObject({ status: 'RUNNING' });
  });

  it('leaves them nowhere else: not on the disk, not in labels, not in reports', async () => {
    const { host, specs } = await started();
    host.controlPlane.secrets = given('CANARY');
    await host.clock.advance(1_000);
    const { environment: _environment, ...rest } = specs()[0]!;
    const kept = [await host.store.loadTasks(), await host.store.loadDefinition(web.taskDefinitionArn, web.digest)];
    expect(JSON.stringify([rest, kept, host.controlPlane.history])).not.toContain('CANARY');
  });

  it('leaves them in no reason either, whatever the engine says of what it refuses', async () => {
    const { host } = await started();
    host.controlPlane.secrets = given('CANARY');
    const words = 'Error response from daemon: invalid ';
    jest.spyOn(host.runtime, 'start').mockResolvedValue({ outcome: 'failed', reason: `${words}"PASSWORD=CANARY": unknown` });
    await host.clock.advance(1_000);
    expect(host.report('a')).toMatchObject({
      containers: [{ reason: `CannotStartContainerError: ${words}"PASSWORD=${UNTOLD}` }],
    });
    expect(JSON.stringify([await host.store.loadTasks(), host.controlPlane.history])).not.toContain('CANARY');
  });

  it('waits while nobody gives them, through a restart of the agent, and starts then', async () => {
    const { host, specs } = await started();
    await host.clock.advance(60_000);
    await host.reboot();
    await host.clock.advance(60_000);
    expect([specs(), host.report('a')?.status ?? 'PENDING']).toEqual([[], 'PENDING']);
    host.controlPlane.secrets = given('x');
    await host.clock.advance(11_000);
    expect(host.report('a')).toMatchObject({ status: 'RUNNING' });
  });

  it('that is stopped while it waits asks no more', async () => {
    const { host } = await started();
    await host.clock.advance(1_000);
    host.controlPlane.assign([entryOf(taskArnOf('a'), web, { desiredStatus: 'STOPPED' })]);
    await host.clock.advance(20_000);
    const asked = host.controlPlane.secretsAsked;
    await host.clock.advance(60_000);
    expect([host.report('a')!.status, host.controlPlane.secretsAsked]).toEqual(['STOPPED', asked]);
  });

  it('ends in ECS’s words when one is missing, after it was asked for once more, with every container it has', async () => {
    const { host, specs } = await started(
      definitionOf([container({ name: 'web', essential: false, secrets }), container({ name: 'main' })]),
    );
    host.controlPlane.secrets = {
      failure: { what: 'unable to retrieve secrets from ssm', why: 'invalid parameters: /db/password' },
    };
    await host.clock.advance(5_000);
    expect(host.report('a')).toMatchObject({
      status: 'STOPPED',
      stopCode: 'TaskFailedToStart',
      stoppedReason:
        'ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secrets from ssm: service call has been retried 1 time(s): invalid parameters: /db/password',
    });
    expect([specs(), host.controlPlane.secretsAsked]).toEqual([[], 2]);
  });

  it('without any, nobody is asked', async () => {
    const { host } = await started(definitionOf([container({ name: 'web', secrets: [] })]));
    await host.clock.advance(1_000);
    expect([host.report('a')!.status, host.controlPlane.secretsAsked]).toEqual(['RUNNING', 0]);
  });

  it('gives the engine its log driver’s secrets, and never awslogs, whose options are kept in a label', async () => {
    const logged = (logDriver: string) =>
      definitionOf([
        container({
          name: 'web',
          logConfiguration: {
            logDriver,
            options: { 'awslogs-group': 'g', 'awslogs-region': 'r' },
            secretOptions: secrets,
          } as never,
        }),
      ]);
    const logOptions = [{ name: 'splunk-token', value: 'CANARY' }];
    const containers = { web: { environment: [], logOptions } };
    for (const [driver, isGiven] of [
      ['splunk', true],
      ['awslogs', false],
    ] as const) {
      const { host, specs } = await started(logged(driver));
      host.controlPlane.secrets = { containers };
      await host.clock.advance(1_000);
      expect([driver, specs()[0]!.logging!.options['splunk-token']]).toEqual([driver, isGiven ? 'CANARY' : undefined]);
      expect(JSON.stringify(specs()[0]!.labels)).not.toContain('CANARY');
    }
  });
});

it.each([
  ['nginx', 'https://index.docker.io/v1/'],
  ['library/nginx:1', 'https://index.docker.io/v1/'],
  ['localhost/web', 'localhost'],
  ['registry.local:5000/team/web@sha256:0', 'registry.local:5000'],
])('the registry of %s is %s', (image, registry) => expect(registryOf(image)).toBe(registry));
