import { ADDRESS_ATTRIBUTE } from '#lib/ecs/model';
import { lastSegment } from '#lib/kernel';
import { BalancedWorld } from '../../../../test/support/balanced-world.js';
import { LoadBalancingWorld } from '../../../../test/support/load-balancing-world.js';
import { withAddresses } from './instance-targets.js';

describe('targets that a user registers', () => {
  const ecs = new BalancedWorld();
  const own = new LoadBalancingWorld();
  const [ofInstances, ofAddresses] = [own.targetGroup('a', { TargetType: 'instance' }), own.targetGroup('b')];
  const host = (attributes: readonly { name: string; value?: string }[]) => ecs.instance('1'.repeat(32), { attributes });
  const resolve = (TargetGroupArn: string, Id: string, scope = ecs.scope) =>
    withAddresses(ecs.state, own.state, scope as never, { TargetGroupArn, Targets: [{ Id, Port: 81 }] }).Targets;
  host([{ name: ADDRESS_ATTRIBUTE, value: '10.0.0.7' }]);
  const [instance] = [...ecs.state.containerInstances.values()];

  it('by an instance’s id have the address of its host', () => {
    const target = { Port: 81, Address: '10.0.0.7' };
    expect(resolve(ofInstances, instance!.ec2InstanceId)).toEqual([{ ...target, Id: instance!.ec2InstanceId }]);
    const own_ = lastSegment(instance!.containerInstanceArn);
    expect(resolve(ofInstances, own_)).toEqual([{ ...target, Id: own_ }]);
  });

  it('by an address are their own', () => {
    expect(resolve(ofAddresses, '10.1.2.3')).toEqual([{ Id: '10.1.2.3', Port: 81 }]);
  });

  it('that are no host of the account are refused, in ELB’s class', () => {
    expect(() => resolve(ofInstances, 'i-0123456789abcdef0')).toThrow(/no container instance of this account and region has it/);
    const other = { ...ecs.scope, accountId: '999999999999' };
    expect(() => resolve(ofInstances, instance!.ec2InstanceId, other)).toThrow(/no container instance of this account/);
  });
});
