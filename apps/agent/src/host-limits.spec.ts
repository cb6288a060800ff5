import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { container, definitionOf, SimulatedHost } from '../../../test/support/simulated-host.js';
import type { AgentDeps } from './agent.js';
import { HostLimits } from './host-limits.js';
import { realPath } from './real-path.js';

const here = (path: string) => Promise.resolve(path);
const reaching = {
  ...definitionOf([container({ name: 'web' }), container({ name: 'side', essential: false })]),
  pidMode: 'host',
};

describe('an agent whose host does not allow what a task asks for', () => {
  it('stops the task with the reason, before anything is pulled or made', async () => {
    const hostLimits = new HostLimits(['network'], here);
    const host = await new SimulatedHost(1, {}, { wrap: (deps) => ({ ...deps, hostLimits }) }).boot();
    host.assign(reaching, ['a']);
    await host.clock.advance(10);
    const report = host.report('a')!;
    expect(report).toMatchObject({ status: 'STOPPED', stopCode: 'TaskFailedToStart' });
    expect(report.containers[0]!.reason).toBe(
      'CannotCreateContainerError: this host does not allow pidMode host (pidMode of the task definition. Whoever runs the host can: ./longshore up --allow pid)',
    );
    expect(await host.runtime.list({})).toEqual([]);
  });

  it('lets what runs already go on', async () => {
    let limits = new HostLimits('all', here);
    const wrap = (deps: AgentDeps) => ({ ...deps, hostLimits: limits });
    const host = await new SimulatedHost(1, {}, { wrap }).boot();
    host.assign(reaching, ['a']);
    await host.clock.advance(10);
    limits = new HostLimits([], here);
    await host.reboot();
    await host.clock.advance(60_000);
    expect(host.runtime.running()).toHaveLength(2);
  });
});

describe('an allowed path', () => {
  let root: string;
  beforeEach(() => {
    root = realpathSync(mkdtempSync(join(tmpdir(), 'limits-')));
    mkdirSync(join(root, 'srv/data'), { recursive: true });
    mkdirSync(join(root, 'etc'));
  });
  afterEach(() => rmSync(root, { recursive: true }));
  const refusal = (granted: string, sourcePath: string) =>
    new HostLimits([`path=${join(root, granted)}`], realPath).refusal({
      volumes: [{ name: 'v', host: { sourcePath: join(root, sourcePath) } }],
    });

  it('is allowed with what is below it, also what the engine has yet to make', async () => {
    expect(await refusal('srv', 'srv/data')).toBeUndefined();
    expect(await refusal('srv', 'srv/new/deep')).toBeUndefined();
  });

  it('is refused where a link in it leads outside, also beyond what is there', async () => {
    symlinkSync(join(root, 'etc'), join(root, 'srv/data/out'));
    expect(await refusal('srv', 'srv/data/out')).toContain(`which leads to ${join(root, 'etc')} (volumes[0].host.sourcePath`);
    expect(await refusal('srv', 'srv/data/out/new')).toContain(`which leads to ${join(root, 'etc/new')}`);
  });

  it('may be a link itself, and may have links that stay in it', async () => {
    symlinkSync(join(root, 'srv'), join(root, 'alias'));
    symlinkSync(join(root, 'srv/data'), join(root, 'srv/link'));
    expect(await refusal('alias', 'alias/data')).toBeUndefined();
    expect(await refusal('srv', 'srv/link')).toBeUndefined();
    expect(await refusal('srv', 'etc')).toContain('does not allow');
  });
});
