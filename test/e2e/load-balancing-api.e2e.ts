import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Longshore, startLongshore } from '../support/longshore.js';

/** The load balancer's app as one of the control plane's: its journal, the past, and the rights of keys. */
describe('the load balancer’s app', () => {
  let longshore: Longshore;
  const elbv2 = async (...args: string[]) => (await longshore.aws(args, { service: 'elbv2' })).json<any>();

  beforeAll(async () => {
    longshore = await startLongshore('--simulate', '1');
  }, 180_000);
  afterAll(() => longshore?.purge(), 60_000);

  it('keeps what it was told over kill -9, and shows what was', async () => {
    const [loadBalancer] = (await elbv2('create-load-balancer', '--name', 'web')).LoadBalancers;
    const [group] = (
      await elbv2('create-target-group', '--name', 'web', '--protocol', 'HTTP', '--port', '80', '--target-type', 'ip')
    ).TargetGroups;
    const forward = `Type=forward,TargetGroupArn=${group.TargetGroupArn}`;
    const listener = [
      '--load-balancer-arn',
      loadBalancer.LoadBalancerArn,
      '--protocol',
      'HTTP',
      '--port',
      '80',
      '--default-actions',
      forward,
    ];
    const { Listeners } = await elbv2('create-listener', ...listener);
    await longshore.kill9('load-balancer');
    await longshore.ready();
    expect(await elbv2('describe-listeners', '--load-balancer-arn', loadBalancer.LoadBalancerArn)).toEqual({ Listeners });
    const endpoint = `${longshore.endpoint}/as-of/load-balancing.r2`;
    const then = await longshore.aws(['describe-target-groups'], { service: 'elbv2', endpoint });
    expect(then.json<any>().TargetGroups).toEqual([]);
  }, 60_000);

  it('has networks beside it, that are kept over kill -9, too', async () => {
    const ec2 = async (...args: string[]) => (await longshore.aws(args, { service: 'ec2' })).json<any>();
    const [standard] = (await ec2('describe-vpcs', '--filters', 'Name=is-default,Values=true')).Vpcs;
    const group = async (name: string): Promise<string> => {
      const args = ['--group-name', name, '--description', name, '--vpc-id', standard.VpcId];
      return (await ec2('create-security-group', ...args)).GroupId;
    };
    const GroupId = await group('web');
    // Other revisions are those of the load balancers that the network is told of.
    const between = new Date().toISOString();
    await group('db');
    await longshore.kill9('network');
    await longshore.ready();
    expect((await ec2('describe-security-groups', '--group-ids', GroupId)).SecurityGroups).toMatchObject([
      { VpcId: standard.VpcId },
    ]);
    const endpoint = `${longshore.endpoint}/as-of/${between}`;
    const then = await longshore.aws(['describe-security-groups'], { service: 'ec2', endpoint });
    expect(
      then
        .json<any>()
        .SecurityGroups.map((one: any) => one.GroupName)
        .sort(),
    ).toEqual(['default', 'web']);
  }, 60_000);

  it('is in the list of what runs, with its load balancers', async () => {
    const { stdout } = await longshore.run('status');
    expect(stdout).toMatch(/^load-balancer +1 +ready/m);
    expect(stdout).toMatch(/^web +127\.1\.\d+\.\d+ +HTTP:80 /m);
  });
});
