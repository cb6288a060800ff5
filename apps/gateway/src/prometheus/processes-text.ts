import type { OwnMetrics } from '#lib/app';

interface ProcessName {
  readonly app: string;
  readonly replica: number;
}

const UP = 'longshore_process_up';

/** What processes said of themselves, in Prometheus' text format: series of one name together, each with `app` and `replica`. */
export function processesText(answered: readonly OwnMetrics[], silent: readonly ProcessName[]): string {
  const families = new Map<string, string[]>();
  const linesOf = (name: string, help: string, type: string) => {
    const lines = families.get(name) ?? [
      `# HELP ${name} ${help.replace(/\\/g, '\\\\').replace(/\n/g, '\\n')}`,
      `# TYPE ${name} ${type}`,
    ];
    families.set(name, lines);
    return lines;
  };
  const up = linesOf(UP, '1 of each process of the control plane that answers, 0 of one that did within ten minutes', 'gauge');
  const inOrder = [...answered].sort((a, b) => (a.app < b.app ? -1 : a.app > b.app ? 1 : a.replica - b.replica));
  for (const { app, replica } of inOrder) up.push(`${UP}${labelled({ app, replica })} 1`);
  for (const { app, replica } of silent) up.push(`${UP}${labelled({ app, replica })} 0`);
  for (const { app, replica, families: told } of inOrder)
    for (const { name, help, type, values } of told) {
      const lines = linesOf(name, help, type);
      for (const { metricName = name, labels, value } of values)
        lines.push(`${metricName}${labelled({ ...labels, app, replica })} ${value ?? 'NaN'}`);
    }
  return `${[...families.values()].flat().join('\n')}\n`;
}

const labelled = (labels: Readonly<Record<string, string | number>>): string =>
  `{${Object.entries(labels)
    .map(([name, value]) => `${name}="${String(value).replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n')}"`)
    .join(',')}}`;
