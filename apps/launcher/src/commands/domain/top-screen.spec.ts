import { fitted, topText, type Usage } from './top-screen.js';

const SERVICE = { clusterName: 'default', serviceName: 'web', desiredCount: 3, runningCount: 2, pendingCount: 1 };
const TASK = {
  clusterName: 'default',
  taskArn: 'arn:aws:ecs:us-east-1:000000000000:task/default/1a2b3c4d5e6f',
  group: 'service:web',
  taskDefinition: 'web:1',
  lastStatus: 'RUNNING',
  healthStatus: 'UNKNOWN',
};
const usage = (more: Partial<Usage> = {}): Usage => ({
  at: '2026-11-29T06:07:08.000Z',
  services: [],
  tasks: [],
  omittedServices: 0,
  omittedTasks: 0,
  ...more,
});

describe('what top shows', () => {
  it('has a line for each service and each task, with units that people read', () => {
    const text = topText(
      usage({
        services: [
          {
            ...SERVICE,
            cpuPercent: 41.26,
            memoryPercent: 100,
            networkRxBytesPerSecond: 1_536,
            networkTxBytesPerSecond: 0.4,
            requestsPerSecond: 2.44,
            responseTimeMs: 1_250,
          },
        ],
        tasks: [
          {
            ...TASK,
            startedAt: '2026-11-29T05:05:08.000Z',
            cpuUnits: 422.4,
            cpuPercent: 41.25,
            memoryBytes: 268_435_456,
            memoryPercent: 50,
            networkRxBytesPerSecond: 200 * 1_024 * 1_024,
            networkTxBytesPerSecond: 1_000,
          },
        ],
      }),
    );
    expect(text.split('\n')).toEqual([
      '06:07:08 UTC  cluster default: 1 service, 1 task, 1 running',
      '',
      'SERVICE  DESIRED  RUNNING  PENDING  CPU     MEMORY   NET IN     NET OUT  REQ/S  RESPONSE',
      'web      3        2        1        41.3 %  100.0 %  1.5 KiB/s  0 B/s    2.4    1.3 s',
      '',
      'TASK    GROUP  STATUS   CPU                MEMORY           NET IN     NET OUT   UP',
      '1a2b3c  web    RUNNING  422 units  41.3 %  256 MiB  50.0 %  200 MiB/s  1000 B/s  1h2m',
    ]);
  });

  it('says what is not known by a dash, daemons, unhealthy tasks, clusters where there are several, and what was left out', () => {
    const { desiredCount: _none, ...daemon } = SERVICE;
    const text = topText(
      usage({
        services: [{ ...daemon, clusterName: 'edge' }],
        tasks: [{ ...TASK, healthStatus: 'UNHEALTHY', group: 'family:job' }],
        omittedTasks: 2,
      }),
    );
    expect(text.split('\n')).toEqual([
      '06:07:08 UTC  2 clusters: 1 service, 3 tasks',
      '',
      'SERVICE   DESIRED  RUNNING  PENDING  CPU  MEMORY  NET IN  NET OUT  REQ/S  RESPONSE',
      'edge/web  daemon   2        1        -    -       -       -        -      -',
      '',
      'TASK    GROUP               STATUS             CPU     MEMORY     NET IN  NET OUT  UP',
      '1a2b3c  default/family:job  RUNNING unhealthy  -    -  -       -  -       -        -',
      '… and 2 tasks more, which use less: name a cluster or --service',
    ]);
  });

  it('fits the terminal, and says how much does not', () => {
    expect(fitted('one\ntwo\nthree\nfour', { columns: 4, rows: 3 })).toEqual(['one', 'two', '… 2…']);
    expect(fitted('one\ntwo', { columns: 80, rows: 2 })).toEqual(['one', 'two']);
  });
});
