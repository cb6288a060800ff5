import { Refusal, refuse } from '#lib/kernel';

const withStatus = (status: number, code: string, message: string): Refusal => new Refusal({ code, message, status });

/** Route 53's errors. */
export const refusals = {
  invalidInput: (message: string): Refusal => refuse('InvalidInput', message),
  invalidDomainName: (name: string): Refusal => refuse('InvalidDomainName', `${name} is not a valid domain name`),
  noSuchZone: (id: string): Refusal => withStatus(404, 'NoSuchHostedZone', `No hosted zone found with ID: ${id}`),
  noSuchChange: (id: string): Refusal => withStatus(404, 'NoSuchChange', `Could not find resource with ID: ${id}`),
  noSuchHealthCheck: (id: string): Refusal =>
    withStatus(404, 'NoSuchHealthCheck', `No health check exists with the ID ${id}: Longshore has no health checks of Route 53.`),
  noSuchDelegationSet: (id: string): Refusal =>
    refuse('NoSuchDelegationSet', `No reusable delegation set found with ID: ${id}; Longshore has none.`),
  zoneExists: (reference: string): Refusal =>
    withStatus(
      409,
      'HostedZoneAlreadyExists',
      `A hosted zone has already been created with the specified caller reference: ${reference}`,
    ),
  conflictingName: (name: string, namespace: string): Refusal =>
    refuse(
      'ConflictingDomainExists',
      `Another account of this installation has the private DNS namespace '${namespace}', and DNS is one tree: ${name} cannot be a hosted zone.`,
    ),
  notEmpty: (): Refusal =>
    refuse(
      'HostedZoneNotEmpty',
      'The specified hosted zone contains non-required resource record sets and so cannot be deleted.',
    ),
  tooManyZones: (most: number): Refusal => refuse('TooManyHostedZones', `An account can have at most ${most} hosted zones.`),
  publicZone: (id: string): Refusal =>
    refuse('PublicZoneVPCAssociation', `The hosted zone ${id} is public: a VPC can be associated with private ones only.`),
  vpcNotFound: (vpc: string, id: string): Refusal =>
    withStatus(404, 'VPCAssociationNotFound', `The VPC ${vpc} is not associated with the hosted zone ${id}.`),
  lastVpc: (id: string): Refusal =>
    refuse('LastVPCAssociation', `The VPC is the last one that the private hosted zone ${id} is associated with.`),
  invalidChanges: (messages: readonly string[]): Refusal => refuse('InvalidChangeBatch', `[${messages.join(', ')}]`),
} as const;
