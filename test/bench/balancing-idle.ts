/**
 * The load balancer's app and its HAProxy while nobody asks for anything: a load balancer, a target group and two targets that are
 * checked every 30 seconds, in an installation with one simulated host. What counts is what the machine would have more without them: Node.js's own
 * pages, which every app has mapped, in equal parts.
 */
import {
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateTargetGroupCommand,
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
  RegisterTargetsCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { haproxiesOf } from '../../apps/launcher/src/supervise/leftovers.js';
import { report } from './figures.js';
import { withInstallation } from './installation.js';
import { processorSeconds, proportionalMiB, residentMiB } from './process-figures.js';
import { until } from './until.js';

const ROUNDS = 10;
const ROUND_MS = 3_000;
/** What start-up leaves behind is collected by then. */
const SETTLE_MS = 10_000;
const TARGETS = ['127.0.0.1', '127.0.0.2'];

const server = createServer((_asked, answer) => void answer.end('ok')).listen(0);
await withInstallation(['--simulate', '1'], {}, async ({ endpoint, credentials, data, processes }) => {
  const elb = new ElasticLoadBalancingV2Client({ endpoint, credentials, region: 'us-east-1' });
  const { port: Port } = server.address() as AddressInfo;
  const group = { Name: 'web', Protocol: 'HTTP', Port, VpcId: 'vpc-1', TargetType: 'ip' } as const;
  const { TargetGroupArn } = (await elb.send(new CreateTargetGroupCommand(group))).TargetGroups![0]!;
  const { LoadBalancerArn } = (await elb.send(new CreateLoadBalancerCommand({ Name: 'web' }))).LoadBalancers![0]!;
  const DefaultActions = [{ Type: 'forward' as const, TargetGroupArn }];
  await elb.send(new CreateListenerCommand({ LoadBalancerArn, Protocol: 'HTTP', Port: 80, DefaultActions }));
  await elb.send(new RegisterTargetsCommand({ TargetGroupArn, Targets: TARGETS.map((Id) => ({ Id })) }));
  await until('its targets are healthy', 200, async () => {
    const { TargetHealthDescriptions } = await elb.send(new DescribeTargetHealthCommand({ TargetGroupArn }));
    return TargetHealthDescriptions!.every(({ TargetHealth }) => TargetHealth!.State === 'healthy');
  });
  elb.destroy();
  const app = (await processes()).find(({ name }) => name === 'load-balancer')!.pid;
  await until('one HAProxy is left', 200, () => Promise.resolve(haproxiesOf(data).length === 1));
  const haproxy = haproxiesOf(data)[0]!.identity.pid;
  const bare = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e9)']);
  const memory = { both: [] as number[], haproxy: [] as number[], resident: [] as number[], bare: [] as number[] };
  const percent: number[] = [];
  try {
    await sleep(SETTLE_MS);
    for (let round = 0; round < ROUNDS; round++) {
      const used = () => processorSeconds(app) + processorSeconds(haproxy);
      const [beganMs, before] = [performance.now(), used()];
      await sleep(ROUND_MS);
      percent.push((100_000 * (used() - before)) / (performance.now() - beganMs));
      memory.haproxy.push(proportionalMiB(haproxy));
      memory.both.push(proportionalMiB(app) + proportionalMiB(haproxy));
      memory.resident.push(residentMiB(app) + residentMiB(haproxy));
      memory.bare.push(residentMiB(bare.pid!));
    }
  } finally {
    bare.kill();
  }
  report('an idle load balancer: its app and HAProxy', [
    {
      what: 'memory, shared pages in parts',
      unit: 'MiB',
      rounds: memory.both,
      target: { atMost: 110e6 / 2 ** 20 },
    },
    { what: 'of it HAProxy', unit: 'MiB', rounds: memory.haproxy },
    {
      what: 'resident, shared pages in full',
      unit: 'MiB',
      rounds: memory.resident,
      baseline: { what: 'an empty Node.js process', rounds: memory.bare },
    },
    { what: 'processor', unit: '% of a core', rounds: percent, target: { atMost: 1 } },
  ]);
});
server.close();
