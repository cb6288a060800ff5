import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import type { Scope } from '#lib/kernel';
import { PARTS, seriesName } from '../../apps/autoscaler/src/metrics/domain/series-name.js';

const scope = { accountId: '000000000000', region: 'us-east-1' } as Scope;
const named = (namespace: string, ...names: string[]) =>
  names.flatMap((name) => PARTS.map((part) => `${seriesName(scope, { namespace, name, dimensions: [] }, 'None').base}_${part}`));

/** What agents and load balancers tell (docs/architecture.md, "Metrics"). */
const KNOWN = new Set([
  ...named('AWS/ECS', 'CPUUtilization', 'MemoryUtilization'),
  ...named('AWS/ApplicationELB', 'RequestCount', 'TargetResponseTime', 'HTTPCode_Target_5XX_Count'),
]);

describe('the dashboard for Grafana', () => {
  const text = readFileSync('examples/grafana/dashboards/services.json', 'utf8');
  const { panels } = JSON.parse(text) as { panels: { title: string; targets: { expr: string }[] }[] };

  it.each(panels.map(({ title, targets }) => [title, targets.map(({ expr }) => expr)] as const))(
    'asks in "%s" for metrics that there are',
    (_title, queries) => {
      for (const query of queries) {
        const names = query.match(/aws_[a-z0-9_]+/g) ?? [];
        expect(names.length).toBeGreaterThan(0);
        expect(names.filter((name) => !KNOWN.has(name))).toEqual([]);
      }
    },
  );
});
