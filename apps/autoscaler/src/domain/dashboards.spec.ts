import { ScalingWorld } from '../../../../test/support/scaling-world.js';

const BODY = '{ "widgets": [{"type":"text","properties":{"markdown":"größe"}}] }';

describe('dashboards', () => {
  let world: ScalingWorld;
  beforeEach(() => {
    world = new ScalingWorld();
  });
  const put = (DashboardName: string, DashboardBody = BODY) => world.ok('PutDashboard', { DashboardName, DashboardBody });

  it('are given back as they were written', () => {
    expect(put('web')).toEqual({ DashboardValidationMessages: [] });
    const DashboardArn = 'arn:aws:cloudwatch::000000000000:dashboard/web';
    expect(world.ask('GetDashboard', { DashboardName: 'web' })).toEqual({
      DashboardArn,
      DashboardName: 'web',
      DashboardBody: BODY,
    });
    expect(world.eventsOf('PutDashboard', { DashboardName: 'web', DashboardBody: BODY })).toEqual([]);
    put('web', '{}');
    put('api');
    expect(world.ask('ListDashboards').DashboardEntries).toMatchObject([
      { DashboardName: 'api', Size: Buffer.byteLength(BODY) },
      { DashboardName: 'web', Size: 2 },
    ]);
    expect(world.ask('ListDashboards', { DashboardNamePrefix: 'w' }).DashboardEntries).toMatchObject([{ DashboardName: 'web' }]);
  });

  it.each([
    ['a b', BODY],
    ['web', 'x'],
    ['web', '[]'],
    ['web', '{"widgets":{}}'],
    ['web', JSON.stringify({ widgets: ['x'.repeat(100_000)] })],
  ])('refuse the name %p with the body %.20s', (DashboardName, DashboardBody) => {
    expect(world.refusal('PutDashboard', { DashboardName, DashboardBody })).toMatch(/^DashboardInvalidInputError: /);
  });

  it('are deleted all or none', () => {
    put('web');
    expect(world.refusal('DeleteDashboards', { DashboardNames: ['web', 'none'] })).toBe(
      'DashboardNotFoundError: Dashboard none does not exist',
    );
    world.ok('DeleteDashboards', { DashboardNames: ['web'] });
    expect(world.refusal('GetDashboard', { DashboardName: 'web' })).toBe('DashboardNotFoundError: Dashboard web does not exist');
  });
});
