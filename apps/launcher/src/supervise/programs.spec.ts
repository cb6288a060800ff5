import { describe, expect, it } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BUNDLES, PROGRAMS } from './programs.js';

const root = join(import.meta.dirname, '../../../..');
const read = (name: string) => readFileSync(join(root, name), 'utf8');

/** `simulator` is the agent's code with another environment, and an experiment of one session. */
const deployed = PROGRAMS.filter((app) => app.name !== 'simulator');

describe('the list of apps', () => {
  it('is what docker-compose.yml runs, each by its own name', () => {
    const compose = read('docker-compose.yml');
    const running = [...compose.matchAll(/LONGSHORE_APP: (\S+)/g)].map((match) => match[1]);
    expect(running).toHaveLength(deployed.length);
    expect(new Set(running)).toEqual(new Set(deployed.map((app) => app.name)));
    for (const app of deployed) expect(compose).toMatch(new RegExp(`^  ${app.name}:$`, 'm'));
  });

  it('is what nest-cli.json knows', () => {
    const { projects } = JSON.parse(read('nest-cli.json')) as { projects: Record<string, { type: string }> };
    const applications = Object.keys(projects).filter((name) => projects[name]!.type === 'application');
    expect(applications.sort()).toEqual([...deployed.map((app) => app.name as string), 'launcher'].sort());
  });

  it('names entry points that exist', () => {
    for (const app of PROGRAMS) {
      const source = app.entry.replace(BUNDLES, 'apps').replace(/\.js$/, '.ts');
      expect({ source, exists: existsSync(join(root, source)) }).toEqual({ source, exists: true });
    }
  });
});
