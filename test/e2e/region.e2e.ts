import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Longshore, startLongshore } from '../support/longshore.js';

/** Files for ECS name their region, and look for hosts there. */
describe('in another region', () => {
  const region = 'eu-west-1';
  let longshore: Longshore;

  beforeAll(async () => {
    longshore = await startLongshore('--simulate', '2', '--region', region);
  }, 180_000);
  afterAll(() => longshore?.purge(), 60_000);

  it('has its hosts there, and its commands ask there', async () => {
    const there = await longshore.aws(['describe-clusters', '--clusters', 'default', '--region', region]);
    expect(there.json<any>().clusters).toMatchObject([
      { clusterArn: `arn:aws:ecs:${region}:000000000000:cluster/default`, registeredContainerInstancesCount: 2 },
    ]);
    expect((await longshore.run('env')).stdout).toContain(`export AWS_REGION='${region}'`);
  });

  it('stays there', async () => {
    const refused = await longshore.run('up', '-d', '--region', 'us-east-1');
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toContain(`This installation is in ${region}`);
    await longshore.up();
    expect((await longshore.run('env')).stdout).toContain(`export AWS_REGION='${region}'`);
  });
});
