import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, type Longshore, startLongshore } from '../support/longshore.js';
import { startRegistry, type TestRegistry } from '../support/registry.js';

const SAMPLE = 'longshore/hello';

/** The AWS CLI, Docker's own CLI, a real engine, Docker's real registry. */
describe('images of the own registry', () => {
  let longshore: Longshore;
  let config: string;
  let uri: string;

  beforeAll(async () => {
    config = mkdtempSync(join(tmpdir(), 'longshore-docker-'));
    longshore = await startLongshore();
  }, 180_000);
  afterAll(async () => {
    const images = await longshore?.docker.listImages();
    for (const tag of images?.flatMap(({ RepoTags }) => RepoTags ?? []) ?? [])
      if (uri && tag.startsWith(uri)) await longshore.docker.getImage(tag).remove({ force: true });
    await longshore?.purge();
    rmSync(config, { recursive: true, force: true });
  }, 60_000);

  const call = async (service: string, ...args: string[]) => (await longshore.aws(args, { service })).json<any>();
  const ecr = (...args: string[]) => call('ecr', ...args);
  const docker = (args: readonly string[], input = '') =>
    new Promise<{ code: number | null; output: string }>((resolve, reject) => {
      const child = spawn('docker', ['--config', config, ...args]);
      let output = '';
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
      child.once('error', reject);
      child.once('close', (code) => resolve({ code, output }));
      child.stdin.end(input);
    });
  const define = async (image: string, credentialsParameter?: string) => {
    const repositoryCredentials = credentialsParameter === undefined ? undefined : { credentialsParameter };
    const definition = [{ name: 'web', image, memory: 16, repositoryCredentials }];
    await call('ecs', 'register-task-definition', '--family', 'web', '--container-definitions', JSON.stringify(definition));
  };
  const runUntil = async (status: 'RUNNING' | 'STOPPED') => {
    const { taskArn } = (await call('ecs', 'run-task', '--task-definition', 'web')).tasks[0];
    return eventually(`the task is ${status}`, async () => {
      const [task] = (await call('ecs', 'describe-tasks', '--tasks', taskArn)).tasks;
      if (task.lastStatus === 'STOPPED' && status === 'RUNNING') throw new Error(JSON.stringify(task));
      return task.lastStatus === status && task;
    });
  };

  it('are pushed with Docker, and known to the API', async () => {
    const { repository } = await ecr('create-repository', '--repository-name', 'team/web', '--image-tag-mutability', 'IMMUTABLE');
    uri = repository.repositoryUri;
    const [host] = uri.split('/') as [string];
    const { authorizationData } = await ecr('get-authorization-token');
    const [user, password] = Buffer.from(authorizationData[0].authorizationToken as string, 'base64')
      .toString()
      .split(':');
    expect([user, authorizationData[0].proxyEndpoint]).toEqual(['AWS', `http://${host}`]);
    const login = ['login', '--username', 'AWS', '--password-stdin', host];
    expect((await docker(login, 'wrong')).output).toContain('401 Unauthorized');
    expect((await docker(login, password)).output).toContain('Login Succeeded');
    await docker(['tag', SAMPLE, `${uri}:1`]);
    expect(await docker(['push', `${uri}:1`])).toMatchObject({ code: 0, output: expect.stringContaining('1: digest: sha256:') });
    const { imageDetails } = await ecr('describe-images', '--repository-name', 'team/web');
    expect(imageDetails).toMatchObject([{ imageTags: ['1'], imageDigest: expect.stringMatching(/^sha256:/) }]);
  }, 60_000);

  it('are not replaced under an immutable tag', async () => {
    const container = await longshore.docker.createContainer({ Image: SAMPLE });
    const [repo, tag] = [uri, '1'];
    await container.commit({ repo, tag, changes: ['ENV OTHER=1'] });
    await container.remove();
    expect(await docker(['push', `${uri}:1`])).toMatchObject({
      code: 1,
      output: expect.stringContaining(
        "tag invalid: The image tag '1' already exists in the 'team/web' repository and cannot be overwritten because the tag is immutable.",
      ),
    });
  }, 60_000);

  it('are pulled for a service by its agent, who needs no login of the host', async () => {
    await longshore.docker.getImage(`${uri}:1`).remove({ force: true });
    await define(`${uri}:1`);
    await call('ecs', 'create-service', '--service-name', 'web', '--task-definition', 'web', '--desired-count', '1');
    const running = await eventually('the service runs', async () => {
      const { taskArns } = await call('ecs', 'list-tasks', '--service-name', 'web');
      const [task] = taskArns.length > 0 ? (await call('ecs', 'describe-tasks', '--tasks', ...taskArns)).tasks : [];
      return task?.lastStatus === 'RUNNING' && task;
    });
    const { imageDetails } = await ecr('describe-images', '--repository-name', 'team/web');
    expect(running.containers[0].imageDigest).toBe(imageDetails[0].imageDigest);
  }, 60_000);

  it('that are not there end the task in ECS’s words and the registry’s', async () => {
    await define(`${uri}:none`);
    const stopped = await runUntil('STOPPED');
    expect(stopped.containers[0].reason).toMatch(
      /^CannotPullContainerError: Error response from daemon: .*The image with imageId \{imageDigest:'null', imageTag:'none'\} does not exist/,
    );
  }, 60_000);

  it('expire as their lifecycle policy says', async () => {
    const { repository } = await ecr('create-repository', '--repository-name', 'team/kept');
    const kept = repository.repositoryUri as string;
    const selection = { tagStatus: 'any', countType: 'imageCountMoreThan', countNumber: 1 };
    const policy = JSON.stringify({ rules: [{ rulePriority: 1, selection, action: { type: 'expire' } }] });
    await ecr('put-lifecycle-policy', '--repository-name', 'team/kept', '--lifecycle-policy-text', policy);
    const container = await longshore.docker.createContainer({ Image: SAMPLE });
    for (const tag of ['1', '2']) {
      await container.commit({ repo: kept, tag, changes: [`ENV TAG=${tag}`] });
      expect(await docker(['push', `${kept}:${tag}`])).toMatchObject({ code: 0 });
      await longshore.docker.getImage(`${kept}:${tag}`).remove();
    }
    await container.remove();
    await eventually('the older one is gone', async () => {
      const { imageDetails } = await ecr('describe-images', '--repository-name', 'team/kept');
      return JSON.stringify(imageDetails.map(({ imageTags }: any) => imageTags)) === JSON.stringify([['2']]);
    });
    expect(await docker(['pull', `${kept}:1`])).toMatchObject({ code: 1 });
  }, 60_000);

  it('of a private registry are pulled with the credentials of their definition, and with wrong ones they are not', async () => {
    const login = { username: 'deploy', password: 'right' };
    const elsewhere: TestRegistry = await startRegistry(login);
    const image = `${elsewhere.host}/team/web:1`;
    const secret = async (name: string, password: string) => {
      const value = JSON.stringify({ ...login, password });
      return (await call('secretsmanager', 'create-secret', '--name', name, '--secret-string', value)).ARN as string;
    };
    try {
      await docker(['login', '--username', login.username, '--password-stdin', elsewhere.host], login.password);
      await docker(['tag', SAMPLE, image]);
      expect(await docker(['push', image])).toMatchObject({ code: 0 });
      await longshore.docker.getImage(image).remove({ force: true });
      await define(image, await secret('wrong', 'wrong'));
      const { stopCode, containers } = await runUntil('STOPPED');
      expect(stopCode).toBe('TaskFailedToStart');
      expect(containers[0].reason).toMatch(/^CannotPullContainerError: Error response from daemon: .*(auth|unauthorized)/);
      await define(image, await secret('right', login.password));
      const { taskArn } = await runUntil('RUNNING');
      await call('ecs', 'stop-task', '--task', taskArn);
    } finally {
      await elsewhere.stop();
      await longshore.docker
        .getImage(image)
        .remove({ force: true })
        .catch(() => undefined);
    }
  }, 90_000);

  it('are there after kill -9 of the registry', async () => {
    await longshore.kill9('registry');
    await eventually('the image is pulled', async () => (await docker(['pull', `${uri}:1`])).code === 0);
  }, 60_000);
});
