import { describe, expect, it } from '@jest/globals';
import { NetworkWorld } from '../../../../test/support/network-world.js';
import type { HostInstance } from './hosts.js';

const REGISTERED = '2026-11-29T10:00:00.000Z';
const host = (digit: number, more: Partial<HostInstance> = {}): HostInstance => ({
  id: `i-${String(digit).repeat(17)}`,
  name: `host-${digit}`,
  address: `198.18.0.${digit}`,
  availabilityZone: 'us-east-1a',
  registeredAt: REGISTERED,
  tags: {},
  ...more,
});
const [ONE, TWO] = [host(1, { tags: { team: 'a' } }), host(2, { instanceType: 'c5.large', architecture: 'arm64' })];

describe('hosts, asked of EC2', () => {
  const world = new NetworkWorld();
  const ask = (input: object = {}, hosts: readonly HostInstance[] = [ONE, TWO]): any[] =>
    world.ask('DescribeInstances', { ...input, hosts }).Reservations.flatMap(({ Instances }: any) => Instances);
  const refusal = (input: object) => world.refusal('DescribeInstances', { hosts: [ONE, TWO], ...input });
  const where = (Name: string, ...Values: string[]) =>
    ask({ Filters: [{ Name, Values }] }).map(({ PrivateIpAddress }) => PrivateIpAddress);

  it('are told of with their address, zone and security groups', () => {
    const [{ GroupId }] = world.ask('DescribeSecurityGroups').SecurityGroups;
    expect(ask()).toEqual([
      expect.objectContaining({
        InstanceId: ONE.id,
        State: { Code: 16, Name: 'running' },
        LaunchTime: REGISTERED,
        PrivateIpAddress: '198.18.0.1',
        PrivateDnsName: 'ip-198-18-0-1.ec2.internal',
        Placement: expect.objectContaining({ AvailabilityZone: 'us-east-1a' }),
        SecurityGroups: [{ GroupId, GroupName: 'default' }],
        Tags: [{ Key: 'team', Value: 'a' }],
      }),
      expect.objectContaining({ InstanceId: TWO.id, InstanceType: 'c5.large', Architecture: 'arm64', Tags: [] }),
    ]);
  });

  it('answer to the id of EC2 and to what ECS calls ec2InstanceId, and have the id then that was asked for', () => {
    expect(ask({ InstanceIds: [TWO.id, 'host-1'] }).map(({ InstanceId }) => InstanceId)).toEqual(['host-1', TWO.id]);
    // Several agents of one host.
    const twins = [host(3, { name: 'dev' }), host(4, { name: 'dev' })];
    expect(ask({ InstanceIds: ['dev'] }, twins).map(({ PrivateIpAddress }) => PrivateIpAddress)).toEqual(['198.18.0.3']);
  });

  it('are found by what filters ask', () => {
    expect(where('private-ip-address', '198.18.0.2')).toEqual(['198.18.0.2']);
    expect(where('instance-state-name', 'running', 'pending')).toHaveLength(2);
    expect(where('instance-state-name', 'stopped')).toEqual([]);
    expect(where('tag:team', 'a')).toEqual(['198.18.0.1']);
    expect(where('instance-id', 'host-2')).toEqual(['198.18.0.2']);
    expect(refusal({ Filters: [{ Name: 'colour', Values: ['red'] }] })).toBe(
      "InvalidParameterValue: The filter 'colour' is invalid",
    );
  });

  it('have names of their region', () => {
    const there = new NetworkWorld({
      accountId: '000000000000',
      region: 'eu-central-1',
      principal: 'arn:aws:iam::000000000000:root',
    });
    const [{ Instances }] = there.ask('DescribeInstances', { hosts: [ONE] }).Reservations;
    expect(Instances[0].PrivateDnsName).toBe('ip-198-18-0-1.eu-central-1.compute.internal');
  });

  it('come in pages', () => {
    const many = Array.from({ length: 7 }, (_, index) => host(index + 1));
    const first = world.ask('DescribeInstances', { hosts: many, MaxResults: 5 });
    const second = world.ask('DescribeInstances', { hosts: many, MaxResults: 5, NextToken: first.NextToken });
    expect([first.Reservations.length, second.Reservations.length, second.NextToken]).toEqual([5, 2, undefined]);
  });

  it.each([
    [
      { InstanceIds: ['i-0000000000000000f'] },
      "InvalidInstanceID.NotFound: The instance ID 'i-0000000000000000f' does not exist",
    ],
    [{ InstanceIds: ['nowhere'] }, 'InvalidInstanceID.Malformed: Invalid id: "nowhere"'],
    [
      { InstanceIds: [ONE.id], MaxResults: 5 },
      'InvalidParameterCombination: The parameter instancesSet cannot be used with the parameter maxResults',
    ],
    [{ hosts: undefined }, 'UnsupportedOperation: Hosts are told of as they are now: ask without /as-of/….'],
  ])('are refused in EC2’s words: %j', (input, words) => expect(refusal(input)).toBe(words));
});
