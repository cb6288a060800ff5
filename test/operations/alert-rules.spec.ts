import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { check, format } from 'prettier';
import { register } from 'prom-client';
import { SnapshotMetrics, WriterMetrics } from '#lib/journal';
import { type HealthServer, startHealthServer } from '#lib/platform';
import { observeShipping } from '../../apps/agent/src/logs/shipping-metrics.js';
import { observePacketFilter } from '../../apps/agent/src/packet-filter/packet-filter-metrics.js';
import { EventMetrics } from '../../apps/gateway/src/events/event-metrics.js';
import { GatewayMetrics } from '../../apps/gateway/src/metrics.js';
import { processesText } from '../../apps/gateway/src/prometheus/processes-text.js';
import { IntakeMetrics } from '../../apps/health-monitor/src/intake-metrics.js';
import { DataPlaneMetrics } from '../../apps/load-balancer/src/haproxy/data-plane-metrics.js';
import { DnsMetrics } from '../../apps/load-balancer/src/dns/dns-metrics.js';
import { IntakeMetrics as LineIntakeMetrics } from '../../apps/log-aggregator/src/intake/intake-metrics.js';
import { PlacementMetrics } from '../../apps/scheduler/src/placement-metrics.js';

const read = (name: string) => readFileSync(`examples/prometheus/${name}`, 'utf8');
const rules = read('longshore.rules.yml');
const expressions = [...rules.matchAll(/^ +expr: (.*)$/gm)].map(([, expression]) => expression!);
/** Those that Longshore's own processes show, without what Prometheus adds to a histogram's name. */
const namesIn = (text: string) =>
  [...text.matchAll(/\b(?:longshore|nodejs|process)_[a-z0-9_]+/g)].map(([name]) => name.replace(/_(bucket|sum|count)$/, ''));

/** Everything that any app shows on /metrics. */
let health: HealthServer;
let shown: Set<string>;
beforeAll(async () => {
  // As on a host, where they know the disk.
  process.env.LONGSHORE_HOME = '.';
  health = await startHealthServer({ app: 'all', replica: 1, host: '127.0.0.1', port: 0 }, () => ({
    ready: true,
    leader: true,
    journal: 'ecs',
    revision: 7,
    foldLag: 2,
  }));
  new GatewayMetrics(register);
  new EventMetrics(register);
  new WriterMetrics('ecs', () => ({ inbox: 0, timeAheadMs: 0 }), register);
  new SnapshotMetrics('ecs', register);
  new PlacementMetrics(register);
  new IntakeMetrics(register);
  new LineIntakeMetrics(register);
  new DataPlaneMetrics(() => Promise.resolve(undefined), register);
  new DnsMetrics(register);
  observeShipping({ shippedLines: 0, droppedLines: 0, gaps: 0 }, register);
  observePacketFilter({ counts: { applied: 0, repaired: 0, failed: 0 }, problem: undefined }, register);
  const ofGateway = processesText([], []).matchAll(/^# TYPE (\S+)/gm);
  shown = new Set([...register.getMetricsAsArray().map(({ name }) => name), ...Array.from(ofGateway, ([, name]) => name!)]);
});
afterAll(() => health.close());

describe('the alert rules', () => {
  it.each(['longshore.rules.yml', 'prometheus.yml'])('%s is YAML', async (name) => {
    expect(await check(await format(read(name), { parser: 'yaml' }), { parser: 'yaml' })).toBe(true);
  });

  it('each have a name of their own, an expression, a severity and a sentence', () => {
    const names = [...rules.matchAll(/- alert: (\w+)$/gm)].map(([, name]) => name);
    expect(names.length).toBeGreaterThan(15);
    expect(new Set(names).size).toBe(names.length);
    expect(expressions).toHaveLength(names.length);
    expect(rules.match(/severity: (page|look) /g)).toHaveLength(names.length);
    expect(rules.match(/^ +summary: '.+'$/gm)).toHaveLength(names.length);
  });

  it.each(expressions)('%s: names what the apps show, with brackets that close', (expression) => {
    expect(namesIn(expression).filter((name) => !shown.has(name))).toEqual([]);
    for (const [open, close] of ['()', '{}', '[]']) expect(expression.split(open!).length).toBe(expression.split(close!).length);
  });
});

it('the operations page names what the apps show', () => {
  const page = readFileSync('docs/operations.md', 'utf8');
  expect(namesIn(page).filter((name) => !shown.has(name) && ![...shown].some((other) => other.startsWith(name)))).toEqual([]);
});

it('an app shows its fold with the journal’s name, and says how long its event loop was held', async () => {
  const get = async (path: string) => (await fetch(`http://127.0.0.1:${health.port}${path}`)).text();
  expect(await get('/metrics')).toContain('longshore_fold_lag{journal="ecs"} 2');
  expect(JSON.parse(await get('/status'))).toMatchObject({ journal: 'ecs', eventLoopDelayMs: expect.any(Number) });
});
