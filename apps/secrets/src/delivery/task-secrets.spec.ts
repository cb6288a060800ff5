import { type Bus, type BusRequest, fromJson, toJson } from '#lib/messaging';
import { subjects } from '#lib/names';
import { silentLogger } from '#lib/platform';
import { SecretsWorld } from '../../../../test/support/secrets-world.js';
import { TaskSecrets, type TaskSecretsDeps } from './task-secrets.js';

const SCOPE = { accountId: '000000000000', region: 'us-east-1' };
const MINE = { ...SCOPE, instanceId: 'a'.repeat(32) };
const INSTANCE = 'arn:aws:ecs:us-east-1:000000000000:container-instance/default/a';
const TASK = 'arn:aws:ecs:us-east-1:000000000000:task/default/1';

/** A task of `containerDefinitions` on the instance, as far as delivery looks at it. */
function tasksWith(container: object, task: object = {}) {
  const instance = { ...SCOPE, status: 'ACTIVE', containerInstanceArn: INSTANCE };
  const placed = {
    ...SCOPE,
    taskArn: TASK,
    containerInstanceArn: INSTANCE,
    taskDefinitionArn: 'td',
    desiredStatus: 'RUNNING',
    lastStatus: 'PENDING',
    ...task,
  };
  return {
    tasks: { get: (arn: string) => (arn === TASK ? placed : undefined) },
    containerInstances: { by: (_index: string, id: string) => (id === MINE.instanceId ? [instance] : []) },
    taskDefinitions: { get: () => ({ containerDefinitions: [{ name: 'web', ...container }] }) },
  } as unknown as TaskSecretsDeps['tasks'];
}

describe('what an agent is given', () => {
  let world: SecretsWorld;
  let arn: string;
  beforeEach(async () => {
    world = new SecretsWorld();
    const SecretString = JSON.stringify({ username: 'root', password: 'one', port: 5432 });
    arn = (await world.ok('CreateSecret', { Name: 'db', SecretString, ClientRequestToken: '1'.repeat(32) })).ARN;
    await world.ok('PutParameter', { Name: '/web/url', Type: 'String', Value: 'http://x' });
  });

  const ask = (tasks: TaskSecretsDeps['tasks'], agent = MINE, taskArn = TASK) =>
    new Promise<any>((resolve) => {
      let handler: (message: BusRequest) => void = () => undefined;
      const bus = { subscribe: (_subject: string, handle: typeof handler) => ((handler = handle), {}) } as unknown as Bus;
      const caughtUp = () => {
        queueMicrotask(() => resolve('nothing'));
        return Promise.resolve(true);
      };
      const ownImages = {
        host: '127.0.0.1:5566',
        login: (accountId: string) => ({ username: 'AWS', password: `of ${accountId}` }),
      };
      const { state, vault } = world;
      new TaskSecrets({ bus, tasks, caughtUp, state, vault, ownImages, logger: silentLogger }).start();
      const respond = (payload: Uint8Array) => resolve(fromJson(payload));
      handler({ subject: subjects.taskSecrets(agent), payload: toJson({ taskArn }), headers: {}, respond } as BusRequest);
    });
  const environmentOf = async (valueFrom: string) => {
    const answer = await ask(tasksWith({ secrets: [{ name: 'X', valueFrom }] }));
    return answer.failure ?? answer.containers.web.environment[0].value;
  };

  it('is what the definition of its task names, in ECS’s forms', async () => {
    expect(await environmentOf(arn)).toContain('"username":"root"');
    expect(await environmentOf(`${arn}:password::`)).toBe('one');
    expect(await environmentOf(`${arn}:port::`)).toBe('5432');
    expect(await environmentOf(`${arn}:password::${'1'.repeat(32)}`)).toBe('one');
    expect(await environmentOf('/web/url')).toBe('http://x');
    expect(await environmentOf('arn:aws:ssm:us-east-1:000000000000:parameter/web/url')).toBe('http://x');
    await world.ok('PutSecretValue', { SecretId: 'db', SecretString: '{"password":"two"}' });
    expect(await environmentOf(`${arn}:password:AWSPREVIOUS:`)).toBe('one');
  });

  it('says what is missing as the ECS agent does', async () => {
    expect(await environmentOf(`${arn}:nope::`)).toEqual({
      what: 'unable to retrieve secret from asm',
      why: 'retrieved secret from Secrets Manager did not contain json key nope',
    });
    const other = arn.replace('000000000000', '111122223333');
    expect(await environmentOf(other)).toEqual({
      what: 'unable to retrieve secret from asm',
      why: `failed to fetch secret ${other} from secrets manager: ResourceNotFoundException: Secrets Manager can't find the specified secret.`,
    });
    expect(await environmentOf('/nope')).toEqual({
      what: 'unable to retrieve secrets from ssm',
      why: 'invalid parameters: /nope',
    });
    await world.ok('DeleteSecret', { SecretId: 'db' });
    expect((await environmentOf(arn)).why).toContain('marked for deletion');
  });

  it('has the credentials of its registry and the secrets of its log driver', async () => {
    const container = {
      repositoryCredentials: { credentialsParameter: arn },
      logConfiguration: { logDriver: 'splunk', secretOptions: [{ name: 'splunk-token', valueFrom: '/web/url' }] },
    };
    expect(await ask(tasksWith(container))).toEqual({
      containers: {
        web: {
          environment: [],
          logOptions: [{ name: 'splunk-token', value: 'http://x' }],
          registry: { username: 'root', password: 'one' },
        },
      },
    });
    await world.ok('PutSecretValue', { SecretId: 'db', SecretString: 'no json' });
    expect((await ask(tasksWith(container))).failure.what).toBe('unable to retrieve registry auth from asm');
  });

  it('has a password of its account for images of the own registry, unless it brings credentials, and for no others', async () => {
    const loginOf = async (container: object) => (await ask(tasksWith(container))).containers.web.registry;
    const image = '127.0.0.1:5566/111122223333/us-east-1/web:1';
    expect(await loginOf({ image })).toEqual({ username: 'AWS', password: 'of 000000000000' });
    const repositoryCredentials = { credentialsParameter: arn };
    expect(await loginOf({ image, repositoryCredentials })).toEqual({ username: 'root', password: 'one' });
    for (const other of ['nginx', '127.0.0.1:55660/web', 'registry.local/127.0.0.1:5566/web'])
      expect(await loginOf({ image: other })).toBeUndefined();
  });

  it.each<[string, object, typeof MINE, string]>([
    ['a task of another instance', { containerInstanceArn: 'other' }, MINE, TASK],
    ['an instance that nobody knows', {}, { ...MINE, instanceId: 'b'.repeat(32) }, TASK],
    ['an instance of another account', {}, { ...MINE, accountId: '111122223333' }, TASK],
    ['a task that is to stop', { desiredStatus: 'STOPPED' }, MINE, TASK],
    ['a task that is over', { lastStatus: 'STOPPED' }, MINE, TASK],
    ['a task that is not there', {}, MINE, 'other'],
  ])('is nothing for %s', async (_case, task, agent, taskArn) => {
    expect(await ask(tasksWith({ secrets: [{ name: 'X', valueFrom: arn }] }, task), agent, taskArn)).toBe('nothing');
  });
});
