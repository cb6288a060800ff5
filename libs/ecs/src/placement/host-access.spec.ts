import { describe, expect, it } from '@jest/globals';
import { containerDefinition, containerInstance, taskDefinition, world } from '../../../../test/support/placement-world.js';
import { allows, grantFor, type HostAccess, hostAccessAttributes, parseHostAccess } from './host-access.js';
import { reachesOf } from './host-reach.js';
import { planOnNamed } from './plan.js';

const accessOf = (text: string): HostAccess => {
  const parsed = parseHostAccess(text);
  if ('problem' in parsed) throw new Error(parsed.problem);
  return parsed.access;
};
const inContainer = (fields: object) => taskDefinition({ containerDefinitions: [containerDefinition(fields)] });
const onPath = (sourcePath: string) => taskDefinition({ volumes: [{ name: 'v', host: { sourcePath } }] });

/** What placement says of the one instance of a host with this access. */
function placed(text: string, definition: ReturnType<typeof taskDefinition>) {
  const host = containerInstance(1);
  const attributes = [...host.attributes, ...hostAccessAttributes(accessOf(text))];
  const there = { ...host, attributes };
  const named = [{ arn: there.containerInstanceArn, found: there }];
  const need = { cpu: 0, memoryMiB: 0, gpu: 0, portsTcp: [], portsUdp: [] };
  const request = { clusterArn: there.clusterArn, definition, need, group: 'g', constraints: [], ordinals: [0] };
  return planOnNamed(world({ instances: [there], definitions: [definition] }), request, named);
}

const CASES = [
  ['network', taskDefinition({ networkMode: 'host' }), 'networkMode'],
  ['pid', taskDefinition({ pidMode: 'host' }), 'pidMode'],
  ['ipc', taskDefinition({ ipcMode: 'host' }), 'ipcMode'],
  ['path=/var/run/docker.sock', onPath('/var/run/docker.sock'), 'volumes[0].host.sourcePath'],
  [
    'volume-options',
    taskDefinition({ volumes: [{ name: 'v', dockerVolumeConfiguration: { driverOpts: { device: '/' } } }] }),
    'volumes[0].dockerVolumeConfiguration.driverOpts',
  ],
  [
    'capability=NET_ADMIN',
    inContainer({ linuxParameters: { capabilities: { add: ['NET_ADMIN'] } } }),
    'containerDefinitions[0].linuxParameters.capabilities.add',
  ],
  [
    'device=/dev/fuse',
    inContainer({ linuxParameters: { devices: [{ hostPath: '/dev/fuse' }] } }),
    'containerDefinitions[0].linuxParameters.devices',
  ],
  [
    'security-options',
    inContainer({ dockerSecurityOptions: ['seccomp=unconfined'] }),
    'containerDefinitions[0].dockerSecurityOptions',
  ],
] as const;

describe('a host that allows nothing', () => {
  it.each(CASES)('is passed over by what needs %s, with the field and what would allow it', (grant, definition, field) => {
    const { failures } = placed('none', definition);
    expect(failures).toMatchObject([{ reason: 'ATTRIBUTE' }]);
    expect(failures[0]!.detail).toContain(
      `lacks the attribute longshore.host-access.${grant.replace('=/', '/').replace('=', '.')}:`,
    );
    expect(failures[0]!.detail).toContain(`(${field} of the task definition)`);
    expect(failures[0]!.detail).toContain(`./longshore up --allow ${grant}.`);
  });

  it('takes everything that stays inside its containers', () => {
    const inside = taskDefinition({
      networkMode: 'bridge',
      volumes: [{ name: 'v' }, { name: 'w', dockerVolumeConfiguration: { scope: 'shared', autoprovision: true } }],
      containerDefinitions: [
        containerDefinition({
          linuxParameters: { capabilities: { drop: ['ALL'] } },
          dockerSecurityOptions: ['no-new-privileges:true'],
        }),
      ],
    });
    expect(placed('none', inside).failures).toEqual([]);
  });
});

it.each(CASES)('a host that allows %s takes what needs it, and so does one that allows all', (grant, definition, _field) => {
  expect(placed(`privileged,${grant}`, definition).failures).toEqual([]);
  expect(placed('all', definition).failures).toEqual([]);
});

it('an instance that says nothing of its host, as one registered through the API, is held to no limits', () => {
  expect(hostAccessAttributes('all')).toEqual([]);
});

describe('allowed paths', () => {
  it.each([
    ['/srv', true],
    ['/srv/', true],
    ['/srv/data/x', true],
    ['//srv/./data', true],
    ['/srv/../etc', false],
    ['/srv/data/../../etc/shadow', false],
    ['/srvx', false],
    ['/', false],
    ['srv', true],
  ])('with path=/srv: %s is allowed: %s', (path, isAllowed) => {
    expect(placed('path=/srv', onPath(path)).failures.length === 0).toBe(isAllowed);
  });

  it('path=/ allows every path, and no device', () => {
    expect(placed('path=/', onPath('/etc')).failures).toEqual([]);
    expect(placed('path=/', CASES[6][1]).failures).toHaveLength(1);
  });
});

it('capabilities are compared without case and CAP_; ALL is asked for by name and allows every one', () => {
  const adding = (name: string) => reachesOf(inContainer({ linuxParameters: { capabilities: { add: [name] } } }))[0]!;
  expect(allows(accessOf('capability=cap_net_admin'), adding('CAP_NET_ADMIN'))).toBe(true);
  expect(allows(accessOf('capability=NET_ADMIN'), adding('ALL'))).toBe(false);
  expect(allows(accessOf('capability=ALL'), adding('SYS_ADMIN'))).toBe(true);
  expect(grantFor(adding('cap_sys_ptrace'))).toBe('capability=SYS_PTRACE');
});

it.each([
  ['all', 'all'],
  ['none', []],
  ['pid, network,path=/srv/data/', ['network', 'path=/srv/data', 'pid']],
  ['capability=CAP_SYS_TIME,capability=sys_time', ['capability=SYS_TIME']],
] as const)('%j is read as %j', (text, access) => {
  expect(parseHostAccess(text)).toEqual({ access });
});

it.each(['', 'root', 'path', 'path=', 'network=host', 'path=srv', 'privileged,,pid', `path=/${'a'.repeat(200)}`])(
  '%j is refused in a sentence',
  (text) => {
    expect(parseHostAccess(text)).toEqual({
      problem: expect.stringMatching(/^".*"( is none of .*|: the path has to begin with \/| is too long)\.$/),
    });
  },
);
