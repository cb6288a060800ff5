import { container, definitionOf } from '../../../../test/support/simulated-host.js';
import { containerSpec } from './container-spec.js';

const FILES = ['hosts', 'resolv.conf'].map((name) => ({ source: `/engine/${name}`, target: `/etc/${name}`, readOnly: false }));
const mountsOf = (fields: Parameters<typeof container>[0]) => {
  const web = container(fields);
  const volumes = [{ name: 'own', host: { sourcePath: '/own' } }];
  return containerSpec(web, definitionOf([web], { networkMode: 'awsvpc', volumes }), {
    taskArn: 'arn',
    clusterName: 'default',
    journalId: 'j',
    instanceId: 'i',
    hex: (part) => part,
    addresses: [],
    fixedAddresses: [],
    dynamicPorts: [],
    pauseId: 'pause',
    nameFiles: FILES,
  }).mounts;
};

describe('a container in the network of a pause container', () => {
  it('has the names of its task, which it may change where it may change its files', () => {
    expect(mountsOf({ name: 'web' })).toEqual(FILES);
    expect(mountsOf({ name: 'web', readonlyRootFilesystem: true })).toEqual(FILES.map((file) => ({ ...file, readOnly: true })));
  });

  it('keeps a file that its definition mounts in their place', () => {
    const mountPoints = [{ sourceVolume: 'own', containerPath: '/etc/hosts', readOnly: false }];
    expect(mountsOf({ name: 'web', mountPoints })).toEqual([{ source: '/own', target: '/etc/hosts', readOnly: false }, FILES[1]]);
  });
});
