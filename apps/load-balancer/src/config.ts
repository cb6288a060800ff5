import { z } from 'zod';
import { parseEnvironment } from '#lib/platform';
import { parseIpv4, parseRange, type Placement } from './domain/addresses.js';

const range = z.string().refine((text) => parseRange(text) !== undefined, 'must be an IPv4 range like 127.1.0.0/16');

const schema = z.object({
  LONGSHORE_LOAD_BALANCER_ADDRESSES: range.default('127.1.0.0/16'),
  LONGSHORE_LOAD_BALANCER_CONTAINER_ADDRESSES: range.optional(),
  LONGSHORE_LOAD_BALANCER_SHARED_ADDRESS: z
    .string()
    .refine((text) => parseIpv4(text) !== undefined, 'must be an IPv4 address')
    .optional(),
  LONGSHORE_DNS_SUFFIX: z
    .string()
    .regex(/^[a-z0-9-]+(\.[a-z0-9-]+)*$/, 'must be a domain name')
    .default('longshore.internal'),
  LONGSHORE_ACCEPT_LOSS_SINCE: z.coerce.number().int().min(1).optional(),
});

export interface LoadBalancerConfig {
  readonly placement: Placement;
  /** Revisions of the journal from this one on are missing, and the operator gives them up. */
  readonly acceptLossSince?: number;
}

export function loadBalancerConfig(environment: NodeJS.ProcessEnv): LoadBalancerConfig {
  const env = parseEnvironment(schema, environment);
  return {
    placement: {
      ownRange: env.LONGSHORE_LOAD_BALANCER_ADDRESSES,
      containerRange: env.LONGSHORE_LOAD_BALANCER_CONTAINER_ADDRESSES,
      sharedAddress: env.LONGSHORE_LOAD_BALANCER_SHARED_ADDRESS,
      dnsSuffix: env.LONGSHORE_DNS_SUFFIX,
    },
    acceptLossSince: env.LONGSHORE_ACCEPT_LOSS_SINCE,
  };
}
