/** How soon a rule that is authorized on the API is in force on three hosts: this machine, and two network namespaces with engines and agents of their own. */
import { AuthorizeSecurityGroupIngressCommand, EC2Client } from '@aws-sdk/client-ec2';
import { packetFilterTable } from '#lib/names';
import { type CommandResult, eventually, execute, REGION, startLongshore } from '../support/longshore.js';
import { addSecondHost } from '../support/second-host.js';
import { report } from './figures.js';

/** Longer lists are sets beside the chain that is looked at. */
const ROUNDS = 15;
const others = await Promise.all([addSecondHost(), addSecondHost()]);
// The third one goes by this machine to the address that the first one listens at.
await others[1].execute('ip', 'route', 'add', 'default', 'via', others[1].firstAddress);
const longshore = await startLongshore('--listen', others[0].firstAddress);
try {
  const cli = async (service: string, text: string) => (await longshore.aws(text.split(' '), { service })).json<any>();
  const instances = async () => (await cli('ecs', 'list-container-instances')).containerInstanceArns as string[];
  const arns = await instances();
  const hosts: { arn: string; run: (program: string, ...args: string[]) => Promise<CommandResult> }[] = [
    { arn: arns[0]!, run: (program, ...args) => execute(program, args) },
  ];
  for (const other of others) {
    const token = (await longshore.run('join-token', '--expires', '10m')).stdout.trim();
    const { code, stderr } = await other.run('up', '-d', '--join', token);
    if (code !== 0) throw new Error(stderr);
    const arn = await eventually('another instance', async () => (await instances()).find((one) => !arns.includes(one)));
    arns.push(arn);
    hosts.push({ arn, run: (program, ...args) => other.execute(program, ...args) });
  }
  const [{ SubnetId }] = (await cli('ec2', 'describe-subnets')).Subnets;
  const { GroupId } = await cli('ec2', 'create-security-group --group-name measured --description measured');
  const definition = JSON.stringify([{ name: 'web', image: 'longshore/hello', memory: 16 }]);
  await cli('ecs', `register-task-definition --family web --network-mode awsvpc --container-definitions ${definition}`);
  const network = `--network-configuration awsvpcConfiguration={subnets=[${SubnetId}],securityGroups=[${GroupId}]}`;
  const tasks = await Promise.all(
    hosts.map(
      async ({ arn }) =>
        (await cli('ecs', `start-task --task-definition web --container-instances ${arn} ${network}`)).tasks[0].taskArn,
    ),
  );
  await eventually('three tasks', async () => {
    const all = (await cli('ecs', `describe-tasks --tasks ${tasks.join(' ')}`)).tasks;
    return all.every(({ lastStatus }: any) => lastStatus === 'RUNNING');
  });
  const isInForce = async ({ arn, run }: (typeof hosts)[number], text: string) => {
    const table = packetFilterTable(arn.split('/').at(-1)!);
    return (await run('nft', 'list', 'chain', 'inet', table, `in-${GroupId}`)).stdout.includes(text);
  };
  const ec2 = new EC2Client({ endpoint: longshore.endpoint, region: REGION, credentials: longshore.keys });
  const rounds: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const address = `203.0.113.${round + 1}`;
    const IpPermissions = [{ IpProtocol: 'tcp', FromPort: 80, ToPort: 80, IpRanges: [{ CidrIp: `${address}/32` }] }];
    const beganMs = performance.now();
    await ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions }));
    await Promise.all(hosts.map((host) => eventually(`the rule on ${host.arn}`, () => isInForce(host, address))));
    rounds.push(performance.now() - beganMs);
  }
  ec2.destroy();
  report('security groups on three hosts', [
    { what: 'from the request until in force on all of them', unit: 'ms', rounds, target: { atMost: 500 } },
    { what: 'the same, slowest of all', unit: 'ms', rounds: [Math.max(...rounds)], target: { atMost: 500 } },
  ]);
} finally {
  await longshore.purge();
  for (const other of others) await other.remove();
}
