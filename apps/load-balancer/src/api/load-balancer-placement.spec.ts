import { describe, expect, it } from '@jest/globals';
import type { ApiRequest } from '#lib/messaging';
import type { Placement } from '../domain/addresses.js';
import { LoadBalancerPlacement } from './load-balancer-placement.js';

const placement = {} as Placement;
const request = (input: object) => ({ input, context: {} }) as unknown as ApiRequest;

function placing(answer: object) {
  const asked: object[] = [];
  const ask = ({ input }: { input: object }) => {
    asked.push(input);
    return Promise.resolve(answer as never);
  };
  return { asked, placed: new LoadBalancerPlacement(placement, { ask }) };
}
const subnet = (SubnetId: string, AvailabilityZone: string) => ({ SubnetId, AvailabilityZone, VpcId: 'vpc-1' });

describe('a load balancer', () => {
  it('is in the VPC and the zones of its subnets, whatever its caller says', async () => {
    const { asked, placed } = placing({ output: { Subnets: [subnet('subnet-1', 'us-east-1b')] } });
    const input = { Subnets: ['subnet-1'], SubnetMappings: [{ SubnetId: 'subnet-2' }], subnetFacts: 'mine' };
    expect(await placed.addTo(request(input))).toMatchObject({
      input: { subnetFacts: { vpcId: 'vpc-1', zones: { 'subnet-1': 'us-east-1b' } } },
    });
    expect(asked).toEqual([{ Filters: [{ Name: 'subnet-id', Values: ['subnet-1', 'subnet-2'] }] }]);
  });

  it('keeps subnets that are only names, and is not made while the network cannot be asked', async () => {
    const facts = async (answer: object, input: object = { Subnets: ['a'] }) => placing(answer).placed.addTo(request(input));
    expect(await facts({ output: { Subnets: [] } })).toEqual({ input: { Subnets: ['a'], placement, subnetFacts: {} } });
    expect(await facts({ unavailable: 'no' })).toEqual({ unavailable: 'no' });
    expect(await facts({ unavailable: 'no' }, {})).toEqual({ input: { placement, subnetFacts: {} } });
  });
});
