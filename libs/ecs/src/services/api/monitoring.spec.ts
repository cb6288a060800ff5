import { ServiceWorld } from '../../../../../test/support/service-world.js';

const AT_20 = { metricConfigurations: [{ metricNames: ['CPUUtilization', 'MemoryUtilization'], resolutionSeconds: 20 }] };

describe('the resolution of a service’s metrics', () => {
  let world: ServiceWorld;
  beforeEach(() => {
    world = new ServiceWorld();
  });
  const revisions = () => {
    const serviceRevisionArns = world.service.deployments.map(({ serviceRevisionArn }) => serviceRevisionArn);
    return (world.query('DescribeServiceRevisions', { serviceRevisionArns }) as any).serviceRevisions;
  };

  it('is its revision’s: it is described there, and another is rolled out', () => {
    world.create({ monitoring: AT_20 });
    expect(revisions()).toMatchObject([{ monitoring: AT_20 }]);
    expect((world.query('DescribeServices', { services: ['web'] }) as any).services[0]).not.toHaveProperty('monitoring');
    world.command('UpdateService', { service: 'web', monitoring: AT_20 });
    expect(world.service.deployments).toHaveLength(1);
    const at60 = { metricConfigurations: [{ metricNames: ['CPUUtilization'], resolutionSeconds: 60 }] };
    world.command('UpdateService', { service: 'web', monitoring: at60 });
    expect(revisions()).toMatchObject([{ monitoring: at60 }, { monitoring: AT_20 }]);
    world.command('UpdateService', { service: 'web', desiredCount: 1 });
    expect(world.service.monitoring).toEqual(at60);
  });

  it('is none where none is named', () => {
    world.create({ monitoring: {} });
    world.command('UpdateService', { service: 'web', monitoring: { metricConfigurations: [] } });
    expect(revisions()).toHaveLength(1);
    expect(revisions()[0]).not.toHaveProperty('monitoring');
  });

  it.each([
    [['Disk'], 20, 'Invalid metric name Disk in monitoring: use CPUUtilization or MemoryUtilization.'],
    [['CPUUtilization'], 30, 'Invalid resolutionSeconds 30 in monitoring: use 20 or 60.'],
    [['CPUUtilization', 'CPUUtilization'], 20, 'A metric can be in one of the metricConfigurations of monitoring only.'],
  ])('%j at %i is refused', (metricNames, resolutionSeconds, message) => {
    world.create();
    const monitoring = { metricConfigurations: [{ metricNames, resolutionSeconds }] };
    expect(world.command('UpdateService', { service: 'web', monitoring })).toMatchObject({
      rejection: { code: 'InvalidParameterException', message },
    });
  });
});
