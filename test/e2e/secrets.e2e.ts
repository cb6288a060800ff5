import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually, type Longshore, startLongshore } from '../support/longshore.js';

/** Nobody else has it: wherever it is found, it was left there. */
const CANARY = 'CANARY-c9f1e2b7';

/** The AWS CLI, real apps, a real engine, a real disk. */
describe('secrets and parameters', () => {
  let longshore: Longshore;
  let arn: string;
  const call = async (service: string, ...args: string[]) => (await longshore.aws(args, { service })).json<any>();
  const secretsmanager = (...args: string[]) => call('secretsmanager', ...args);

  beforeAll(async () => {
    longshore = await startLongshore();
    const value = (text: string) => JSON.stringify({ user: 'root', password: `${CANARY}-${text}` });
    arn = (await secretsmanager('create-secret', '--name', 'db/main', '--secret-string', value('one'))).ARN;
    await secretsmanager('put-secret-value', '--secret-id', 'db/main', '--secret-string', value('two'));
    await call('ssm', 'put-parameter', '--name', '/web/token', '--type', 'SecureString', '--value', `${CANARY}-token`);
  }, 180_000);
  afterAll(() => longshore?.purge(), 60_000);

  const run = async (family: string, secrets: readonly object[]): Promise<string> => {
    const definition = [{ name: 'web', image: 'longshore/hello', memory: 16, secrets }];
    await call('ecs', 'register-task-definition', '--family', family, '--container-definitions', JSON.stringify(definition));
    return (await call('ecs', 'run-task', '--task-definition', family)).tasks[0].taskArn;
  };
  const described = async (task: string) => (await call('ecs', 'describe-tasks', '--tasks', task)).tasks[0];
  const filesWith = (text: string): string[] =>
    readdirSync(longshore.data, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name))
      .filter((path) => readFileSync(path).includes(text));

  it('are in the environment of the containers that name them, also after kill -9', async () => {
    await longshore.kill9('secrets');
    const task = await run('web', [
      { name: 'PASSWORD', valueFrom: `${arn}:password::` },
      { name: 'BEFORE', valueFrom: `${arn}:password:AWSPREVIOUS:` },
      { name: 'TOKEN', valueFrom: '/web/token' },
    ]);
    await eventually('the task runs', async () => (await described(task)).lastStatus === 'RUNNING', 60_000);
    const { id } = (await longshore.containers()).find(({ taskArn }) => taskArn === task)!;
    const { Env } = (await longshore.docker.getContainer(id).inspect()).Config;
    expect(Env).toEqual(expect.arrayContaining([`PASSWORD=${CANARY}-two`, `BEFORE=${CANARY}-one`, `TOKEN=${CANARY}-token`]));
  }, 120_000);

  it('that are not there end the task in ECS’s words', async () => {
    const task = await run('broken', [{ name: 'TOKEN', valueFrom: '/web/nope' }]);
    const stopped = await eventually('the task is over', async () => {
      const now = await described(task);
      return now.lastStatus === 'STOPPED' && now;
    });
    expect(stopped).toMatchObject({
      stopCode: 'TaskFailedToStart',
      stoppedReason: expect.stringMatching(
        /^ResourceInitializationError: unable to pull secrets or registry auth: .* invalid parameters: \/web\/nope$/,
      ),
    });
  }, 60_000);

  it('are in no file of the data directory in clear, and in no answer about tasks', async () => {
    expect(filesWith('db/main').length).toBeGreaterThan(0);
    expect(filesWith(CANARY)).toEqual([]);
    const { tasks } = await call('ecs', 'describe-tasks', '--tasks', ...(await call('ecs', 'list-tasks')).taskArns);
    const { stdout } = await longshore.run('explain', 'task', tasks[0].taskArn);
    expect(JSON.stringify(tasks) + stdout + (await longshore.run('events', '--since', '1h', '--json')).stdout).not.toContain(
      CANARY,
    );
  }, 60_000);

  it('name keys of KMS, which encrypt, survive their app, and are of no use while they are disabled', async () => {
    const kms = (...args: string[]) => call('kms', ...args);
    const failure = async (...args: string[]) => (await longshore.aws(args, { service: 'kms' })).stderr;
    const { KeyId, Arn } = (await kms('create-key', '--tags', 'TagKey=a,TagValue=1')).KeyMetadata;
    await longshore.aws(['create-alias', '--alias-name', 'alias/shop', '--target-key-id', KeyId], { service: 'kms' });
    await secretsmanager('create-secret', '--name', 'of-a-key', '--kms-key-id', 'alias/shop');
    // Blobs come from files, which both versions of the CLI take as bytes.
    const files = mkdtempSync(join(tmpdir(), 'longshore-blobs-'));
    const blob = (name: string, bytes: Buffer) => {
      writeFileSync(join(files, name), bytes);
      return `fileb://${join(files, name)}`;
    };
    const plain = Buffer.from(`${CANARY}-plain`);
    const plaintext = plain.toString('base64');
    const context = ['--encryption-context', 'purpose=cards'];
    const encrypted = await kms('encrypt', '--key-id', 'alias/shop', '--plaintext', blob('plain', plain), ...context);
    const decrypt = ['decrypt', '--ciphertext-blob', blob('encrypted', Buffer.from(encrypted.CiphertextBlob, 'base64'))];
    expect(await kms(...decrypt, ...context)).toMatchObject({ KeyId: Arn, Plaintext: plaintext });
    expect(await failure(...decrypt)).toContain('(InvalidCiphertextException)');
    await longshore.kill9('secrets');
    await eventually(
      'its key is there again',
      async () => (await longshore.aws([...decrypt, ...context], { service: 'kms' })).code === 0,
    );
    await longshore.aws(['disable-key', '--key-id', KeyId], { service: 'kms' });
    expect(await failure(...decrypt, ...context)).toContain(
      `(DisabledException) when calling the Decrypt operation: ${Arn} is disabled.`,
    );
    expect(await kms('schedule-key-deletion', '--key-id', KeyId, '--pending-window-in-days', '7')).toMatchObject({
      KeyState: 'PendingDeletion',
    });
    rmSync(files, { recursive: true });
    expect(filesWith(CANARY)).toEqual([]);
  }, 60_000);

  it('that are deleted cannot be read any more, not even in the past', async () => {
    const before = new Date().toISOString();
    const past = async () =>
      longshore.aws(['get-secret-value', '--secret-id', 'db/main'], {
        service: 'secretsmanager',
        endpoint: `${longshore.endpoint}/as-of/${before}`,
      });
    expect((await past()).json<any>().SecretString).toContain(`${CANARY}-two`);
    const keys = join(longshore.data, 'secrets', 'values');
    const kept = readdirSync(keys).length;
    await secretsmanager('delete-secret', '--secret-id', 'db/main', '--force-delete-without-recovery');
    await eventually('both keys are gone', () => Promise.resolve(readdirSync(keys).length === kept - 2));
    expect((await past()).stderr).toContain('(DecryptionFailure) when calling the GetSecretValue operation');
  }, 60_000);
});
