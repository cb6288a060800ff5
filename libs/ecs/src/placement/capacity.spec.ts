import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { ContainerDefinition } from '../model/task-definition.js';
import type { Resources } from '../model/common.js';
import {
  addResources,
  explainMisfit,
  fits,
  gpuCount,
  noResources,
  parseCpu,
  parseMemoryMiB,
  subtractResources,
  taskNeeds,
} from './capacity.js';

const portsFrom = (first: number, count: number) => Array.from({ length: count }, (_, i) => first + i);

const container = (fields: Partial<ContainerDefinition>): ContainerDefinition => ({
  name: 'c',
  image: 'i',
  cpu: 0,
  essential: true,
  portMappings: [],
  environment: [],
  mountPoints: [],
  volumesFrom: [],
  ...fields,
});
const resources = (fields: Partial<Resources>): Resources => ({ ...noResources, ...fields });
const host = {
  registered: resources({ cpu: 1024, memoryMiB: 512, gpu: 1, portsTcp: [22], portsUdp: [68] }),
  reserved: resources({ cpu: 512, memoryMiB: 256, gpu: 1, portsTcp: [80], portsUdp: [53] }),
};

describe('the need of a task', () => {
  it.each(['', 'NaN', '-1', '1.5', '1e9', ' 1', 'Infinity'])(
    'takes %j for no number of GPUs: a ledger has only numbers',
    (value) => {
      const containers = [container({ resourceRequirements: [{ type: 'GPU', value }] })];
      expect(gpuCount(value)).toBeUndefined();
      expect(taskNeeds({ containerDefinitions: containers }, {}).gpu).toBe(0);
    },
  );
});

describe('fits', () => {
  it.each([
    [{ cpu: 512, memoryMiB: 256, portsTcp: [8080] }, undefined, undefined],
    [{ cpu: 513, memoryMiB: 300 }, 'RESOURCE:CPU', 'has 512 of 1024 CPU units left, the task needs 513'],
    [{ memoryMiB: 257, portsTcp: [80] }, 'RESOURCE:MEMORY', 'has 256 of 512 MiB of memory left, the task needs 257'],
    [{ gpu: 1 }, 'RESOURCE:GPU', 'has 0 of 1 GPUs left, the task needs 1'],
    [{ portsTcp: [81, 80] }, 'RESOURCE:PORTS', 'is already using port 80/tcp, which the task needs'],
    [{ portsTcp: [22] }, 'RESOURCE:PORTS', 'is already using port 22/tcp, which the task needs'],
    [{ portsUdp: [53] }, 'RESOURCE:PORTS', 'is already using port 53/udp, which the task needs'],
    [{ portsUdp: [80], portsTcp: [53] }, undefined, undefined],
  ])('%j → %s', (need, reason, sentence) => {
    expect(fits(host, resources(need))).toBe(reason);
    expect(explainMisfit(host, resources(need))).toBe(sentence);
  });
});

describe('what a task needs', () => {
  const two = [
    container({ name: 'a', cpu: 100, memory: 300, memoryReservation: 200 }),
    container({ name: 'b', cpu: 50, memory: 100, resourceRequirements: [{ type: 'GPU', value: '2' }] }),
  ];
  it('is the sum of its containers, soft limits first', () => {
    expect(taskNeeds({ containerDefinitions: two })).toEqual(resources({ cpu: 150, memoryMiB: 300, gpu: 2 }));
  });
  it('is the task level where that is set, each on its own', () => {
    expect(taskNeeds({ containerDefinitions: two, cpu: '1 vCPU' })).toMatchObject({ cpu: 1024, memoryMiB: 300 });
    expect(taskNeeds({ containerDefinitions: two, memory: '0.5GB' })).toMatchObject({ cpu: 150, memoryMiB: 512 });
  });
  it('follows the overrides on both levels', () => {
    const containerOverrides = [
      { name: 'a', cpu: 1, memory: 9 },
      { name: 'b', memory: 20, resourceRequirements: [] },
    ];
    expect(taskNeeds({ containerDefinitions: two }, { containerOverrides })).toEqual(resources({ cpu: 51, memoryMiB: 220 }));
    expect(taskNeeds({ containerDefinitions: two, cpu: '256' }, { cpu: '512', memory: '64' })).toMatchObject({
      cpu: 512,
      memoryMiB: 64,
    });
  });
  it.each([
    ['bridge', [{ containerPort: 80 }], [], []],
    ['bridge', [{ containerPort: 80, hostPort: 0 }], [], []],
    [
      'bridge',
      [
        { containerPort: 80, hostPort: 8080 },
        { containerPort: 53, hostPort: 53, protocol: 'udp' },
      ],
      [8080],
      [53],
    ],
    ['bridge', [{ containerPortRange: '9000-9002' }], [], []],
    [
      'host',
      [{ containerPort: 80 }, { containerPort: 53, protocol: 'udp' }, { containerPortRange: '9000-9002' }],
      [80, 9000, 9001, 9002],
      [53],
    ],
    [undefined, [{ containerPort: 1, hostPort: 81 }], [81], []],
    ['none', [{ containerPort: 1, hostPort: 81 }], [], []],
    ['awsvpc', [{ containerPort: 80, hostPort: 80 }], [], []],
  ] as const)('network mode %s, %j: ports %j tcp, %j udp', (networkMode, portMappings, portsTcp, portsUdp) => {
    expect(taskNeeds({ networkMode, containerDefinitions: [container({ portMappings })] })).toMatchObject({ portsTcp, portsUdp });
  });
  it('reads amounts as ECS lets one write them', () => {
    expect([parseCpu('256'), parseCpu('.5 vcpu'), parseCpu('2vCPU')]).toEqual([256, 512, 2048]);
    expect([parseMemoryMiB('512'), parseMemoryMiB('1 GB'), parseMemoryMiB('30gb')]).toEqual([512, 1024, 30720]);
    expect([parseCpu('much'), parseMemoryMiB('-1')]).toEqual([undefined, undefined]);
    expect(() => taskNeeds({ containerDefinitions: two, cpu: 'much' })).toThrow('not an amount');
  });
});

describe('the ledger', () => {
  const amount = fc.nat(1_000);
  const ports = fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 3 });
  const some = fc.record({ cpu: amount, memoryMiB: amount, gpu: amount, portsTcp: ports, portsUdp: ports });
  const byNumber = (numbers: readonly number[]) => [...numbers].sort((a, b) => a - b);
  const sorted = (r: Resources) => ({ ...r, portsTcp: byNumber(r.portsTcp), portsUdp: byNumber(r.portsUdp) });
  it('gives back exactly what it took, in any order', () => {
    fc.assert(
      fc.property(some, some, some, (held, a, b) => {
        const both = addResources(addResources(held, a), b);
        expect(sorted(subtractResources(subtractResources(both, a), b))).toEqual(sorted(held));
      }),
    );
  });
  it('never goes below zero', () => {
    expect(() => subtractResources(noResources, resources({ cpu: 1 }))).toThrow('which is less');
    expect(() => subtractResources(noResources, resources({ portsTcp: [80] }))).toThrow('port 80, which is not held');
  });
});

/** Counts each time that one of the ports is read. */
function counted(ports: readonly number[]) {
  let reads = 0;
  const looked = new Proxy(ports as number[], {
    get(target, name) {
      if (typeof name === 'string' && /^\d+$/.test(name)) reads++;
      const value: unknown = Reflect.get(target, name);
      return value;
    },
  });
  return { ports: looked, reads: () => reads };
}

describe('thousands of host ports', () => {
  it('are compared and given back by reading each of them once or twice, never the one times the other', () => {
    const count = 3_000;
    const reserved = counted(portsFrom(1_000, 2 * count));
    const wanted = counted(portsFrom(1_000 + 2 * count, count));
    const held = { registered: noResources, reserved: resources({ portsTcp: reserved.ports }) };
    expect(fits(held, resources({ portsTcp: wanted.ports }))).toBeUndefined();
    expect(fits(held, resources({ portsTcp: portsFrom(1_000, count) }))).toBe('RESOURCE:PORTS');
    expect(wanted.reads()).toBeLessThanOrEqual(count);
    expect(reserved.reads()).toBeLessThanOrEqual(2 * 2 * count);

    const given = counted(portsFrom(1_000, count));
    const left = subtractResources(held.reserved, resources({ portsTcp: given.ports }));
    expect(left.portsTcp).toEqual(portsFrom(1_000 + count, count));
    expect(given.reads()).toBeLessThanOrEqual(count);
    expect(reserved.reads()).toBeLessThanOrEqual(3 * 2 * count);
  });
});
