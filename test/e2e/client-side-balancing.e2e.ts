import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { waitUntilServicesStable } from '@aws-sdk/client-ecs';
import { eventually, type Longshore, startLongshore } from '../support/longshore.js';

const CALLS = 300;
const example = 'examples/client-side-balancing';

/** The example as its README says, with a task that is killed under it. */
describe('a client that balances by SRV records', () => {
  let longshore: Longshore;
  let dnsServer: string;
  const cli = async (service: string, ...args: string[]) => (await longshore.aws(args, { service })).json<any>();

  beforeAll(async () => {
    longshore = await startLongshore();
    const { processes = [] } = await longshore.status();
    [dnsServer] = processes.flatMap((one) => (one as { dns?: readonly string[] }).dns ?? []) as [string];
    const map = (line: string) => cli('servicediscovery', ...line.split(' '));
    await map('create-private-dns-namespace --name internal --vpc any');
    const { Namespaces } = await map('list-namespaces');
    const dns = 'DnsRecords=[{Type=SRV,TTL=5}]';
    const { Service } = await map(`create-service --name calls --namespace-id ${Namespaces[0].Id} --dns-config ${dns}`);
    await cli('ecs', 'register-task-definition', '--cli-input-json', `file://${example}/task-definition.json`);
    const registries = `registryArn=${Service.Arn},containerName=main,containerPort=9090`;
    const service = 'create-service --service-name calls --task-definition calls --desired-count 3 --service-registries';
    await cli('ecs', ...service.split(' '), registries);
    await waitUntilServicesStable({ client: longshore.ecs, maxWaitTime: 60, minDelay: 1, maxDelay: 1 }, { services: ['calls'] });
  }, 180_000);
  afterAll(() => longshore?.purge(), 60_000);

  it('gets every call answered, by all instances, while one is killed', async () => {
    const client = spawn(process.execPath, [`${example}/client.js`, 'calls.internal', String(CALLS), dnsServer], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exited = once(client, 'exit');
    const printed = text(client.stdout);
    const [victim] = (await longshore.containers()).filter(({ running }) => running);
    await longshore.docker.getContainer(victim!.id).kill();
    expect(await exited).toEqual([0, null]);
    const answered = JSON.parse(await printed) as Record<string, number>;
    expect(Object.values(answered).reduce((sum, count) => sum + count, 0)).toBe(CALLS);
    expect(Object.keys(answered).length).toBeGreaterThanOrEqual(2);
    await eventually('its replacement', async () => (await longshore.containers()).filter(({ running }) => running).length === 3);
  }, 90_000);
});
