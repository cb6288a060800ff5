import { OwnerQuestions } from '#lib/app';
import { fromJson, toJson } from '#lib/messaging';
import { subjects } from '#lib/names';
import { seededRandom } from '#lib/platform';
import { ScalingWorld } from '../../../../test/support/scaling-world.js';
import { MemoryBus } from '../../../../test/support/memory-bus.js';
import { NetworkWorld } from '../../../../test/support/network-world.js';
import { VirtualClock } from '../../../../test/support/virtual-clock.js';
import { LaunchTemplates } from './launch-templates.js';

const userData = (cluster: string) =>
  Buffer.from(`#!/bin/bash\necho ECS_CLUSTER=${cluster} >> /etc/ecs/ecs.config\n`).toString('base64');

/** Templates asked of the network's own rules, over a bus. */
describe('what launch templates say of their hosts’ cluster', () => {
  let clock: VirtualClock;
  let network: NetworkWorld;
  let scaling: ScalingWorld;
  let asked: object[];
  let templates: LaunchTemplates;
  let id: string;
  beforeEach(() => {
    clock = new VirtualClock();
    network = new NetworkWorld();
    scaling = new ScalingWorld();
    asked = [];
    const bus = new MemoryBus();
    bus.subscribe(subjects.api('ec2', 'DescribeLaunchTemplateVersions'), ({ payload, respond }) => {
      const input = fromJson(payload) as object;
      asked.push(input);
      const answer = network.query<object>('DescribeLaunchTemplateVersions', input);
      respond?.(toJson('rejection' in answer ? answer : { output: answer }));
    });
    templates = new LaunchTemplates(scaling, new OwnerQuestions(bus, clock), clock, seededRandom(1));
    const made = network.ok('CreateLaunchTemplate', {
      LaunchTemplateName: 'hosts',
      LaunchTemplateData: { UserData: userData('web') },
    });
    id = made.LaunchTemplate.LaunchTemplateId;
    const more = { LaunchTemplateId: id, LaunchTemplateData: { UserData: userData('batch') } };
    network.ok('CreateLaunchTemplateVersion', more);
  });
  const clusterOf = (launch: object) =>
    templates.clusterOf({ accountId: '000000000000', region: 'us-east-1', name: 'a', settings: { launch } } as never);

  it.each<[string, (id: string) => object, string]>([
    ['the default version by name', () => ({ LaunchTemplate: { LaunchTemplateName: 'hosts' } }), 'web'],
    ['the newest by id', (one) => ({ LaunchTemplate: { LaunchTemplateId: one, Version: '$Latest' } }), 'batch'],
    ['one version', () => ({ LaunchTemplate: { LaunchTemplateName: 'hosts', Version: '2' } }), 'batch'],
    [
      'that of a policy of mixed instances, by id where both are given',
      (one) => ({
        MixedInstancesPolicy: {
          LaunchTemplate: { LaunchTemplateSpecification: { LaunchTemplateId: one, LaunchTemplateName: 'hosts' } },
        },
      }),
      'web',
    ],
  ])('is read from %s', async (_which, launch, cluster) => {
    expect(await clusterOf(launch(id))).toBe(cluster);
  });

  it.each<[string, object]>([
    ['a name that nobody has', { LaunchTemplate: { LaunchTemplateName: 'others' } }],
    ['an id that nobody has', { LaunchTemplate: { LaunchTemplateId: 'lt-00000000000000000' } }],
    ['no id', { LaunchTemplate: { LaunchTemplateId: 'nonsense' } }],
    ['a version that is not there', { LaunchTemplate: { LaunchTemplateName: 'hosts', Version: '7' } }],
    ['a launch configuration of before they were kept', { LaunchConfigurationName: 'old' }],
  ])('is not known of %s', async (_which, launch) => {
    expect(await clusterOf(launch)).toBeUndefined();
  });

  it('is read from the user data of a launch configuration, of which nobody is asked', async () => {
    const made = { ImageId: 'ami-1', InstanceType: 't3.micro', UserData: userData('old') };
    scaling.ok('CreateLaunchConfiguration', { LaunchConfigurationName: 'hosts', ...made });
    scaling.ok('CreateLaunchConfiguration', { LaunchConfigurationName: 'bare', ...made, UserData: undefined });
    expect(await clusterOf({ LaunchConfigurationName: 'hosts' })).toBe('old');
    expect(await clusterOf({ LaunchConfigurationName: 'bare' })).toBeUndefined();
    expect(asked).toEqual([]);
  });

  it('is asked for again after five seconds, and not sooner', async () => {
    const launch = { LaunchTemplate: { LaunchTemplateName: 'hosts' } };
    await clusterOf(launch);
    network.ok('ModifyLaunchTemplate', { LaunchTemplateId: id, DefaultVersion: '2' });
    await clock.advance(4_000);
    expect(await clusterOf(launch)).toBe('web');
    await clock.advance(1_500);
    expect(await clusterOf(launch)).toBe('batch');
    expect(asked).toHaveLength(2);
  });

  it('is not known while the network cannot be asked', async () => {
    templates = new LaunchTemplates(scaling, new OwnerQuestions(new MemoryBus(), clock), clock, seededRandom(1));
    expect(await clusterOf({ LaunchTemplate: { LaunchTemplateName: 'hosts' } })).toBeUndefined();
  });
});
