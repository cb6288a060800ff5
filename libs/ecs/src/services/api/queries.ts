import { lastSegment, type PageInput, pageOf, pageReply, paginate, scopeKey } from '#lib/kernel';
import { shortServiceArn } from '../../model/ids.js';
import type { QueryRule, QueryRules } from '../../model/rules.js';
import { refusals } from '../../model/refusals.js';
import { resolveCluster } from '../../lookup/lookup.js';
import { describeService } from './describe-service.js';
import { describeServiceDeployments, describeServiceRevisions, listServiceDeployments } from './deployments.js';
import { findService } from '../../lookup/services.js';
import { getTaskProtection } from './task-protection.js';

/** DescribeServices takes ten, and ListServices gives ten at a time unless asked for more (ecs-semantics §3.8). */
const MOST_DESCRIBED = 10;
const LISTED_BY_DEFAULT = 10;

const describeServices: QueryRule<{ cluster?: string; services: string[]; include?: string[] }> = (state, input, context) => {
  if (!input.services?.length) throw refusals.invalidParameter('Services cannot be empty.');
  if (input.services.length > MOST_DESCRIBED) {
    throw refusals.invalidParameter(`Services cannot have more than ${MOST_DESCRIBED} elements.`);
  }
  const cluster = resolveCluster(state, context, input.cluster);
  const tags = input.include?.includes('TAGS') ?? false;
  const services: object[] = [];
  const failures: object[] = [];
  for (const name of new Set(input.services)) {
    const { found } = findService(state, context, cluster, name);
    if (found) services.push(describeService(state, found, { tags }));
    else failures.push({ arn: name.startsWith('arn:') ? name : shortServiceArn(context, name), reason: 'MISSING' });
  }
  return { services, failures };
};

interface ListInput extends PageInput {
  readonly cluster?: string;
  readonly launchType?: string;
  readonly schedulingStrategy?: string;
  readonly resourceManagementType?: 'CUSTOMER' | 'ECS';
}

const listServices: QueryRule<ListInput> = (state, input, context) => {
  const cluster = resolveCluster(state, context, input.cluster);
  const { launchType, schedulingStrategy, resourceManagementType } = input;
  const arns = function* (after: string | undefined) {
    // ECS manages none of the resources here: all are the customer's.
    if (resourceManagementType === 'ECS') return;
    for (const service of state.services.ordered('cluster', cluster.clusterArn, after)) {
      if (launchType && service.launchType !== launchType) continue;
      if (schedulingStrategy && service.schedulingStrategy !== schedulingStrategy) continue;
      yield service.serviceArn;
    }
  };
  const list = [
    'services',
    lastSegment(cluster.clusterArn),
    launchType ?? '',
    schedulingStrategy ?? '',
    resourceManagementType ?? '',
  ].join(' ');
  return pageReply(
    'serviceArns',
    pageOf(arns, (arn) => arn, input, { list, defaultResults: LISTED_BY_DEFAULT }),
  );
};

interface ByNamespaceInput extends PageInput {
  readonly namespace: string;
  /** Its name and its ARN, as Cloud Map says them; no member of the API. */
  readonly known?: readonly string[];
}

const listServicesByNamespace: QueryRule<ByNamespaceInput> = (state, { namespace, known = [], ...page }, context) => {
  if (!namespace) throw refusals.invalidParameter('Namespace can not be blank.');
  const names: ReadonlySet<string | undefined> = new Set([namespace, ...known]);
  const arns: string[] = [];
  for (const { clusterArn } of state.clusters.by('scope', scopeKey(context))) {
    for (const { serviceArn, serviceConnectConfiguration } of state.services.by('cluster', clusterArn)) {
      if (names.has(serviceConnectConfiguration?.namespace)) arns.push(serviceArn);
    }
  }
  // One that services name may be there without Cloud Map.
  if (known.length === 0 && arns.length === 0) throw refusals.namespaceNotFound();
  return pageReply(
    'serviceArns',
    paginate(arns, (arn) => arn, page, { list: `services of ${namespace}`, defaultResults: LISTED_BY_DEFAULT }),
  );
};

export const serviceQueries: QueryRules = {
  DescribeServices: describeServices,
  ListServices: listServices,
  ListServicesByNamespace: listServicesByNamespace,
  ListServiceDeployments: listServiceDeployments,
  DescribeServiceDeployments: describeServiceDeployments,
  DescribeServiceRevisions: describeServiceRevisions,
  GetTaskProtection: getTaskProtection,
};
