import type { JoinedHost } from '../joining/joined-host-file.js';
import type { RunState } from './run-state.js';

const HELLO = `'[{"name":"web","image":"longshore/hello","memory":32,"portMappings":[{"containerPort":80}]}]'`;

/** What a person wants to know when the system is ready. */
export function summary(state: RunState): string {
  return state.joined ? joinedSummary(state.joined) : controlPlaneSummary(state);
}

const joinedSummary = ({ brokers, cluster, instanceId, address }: JoinedHost): string =>
  [
    '',
    `This host is the container instance ${instanceId} of the cluster ${cluster} at ${brokers.join(', ')}.`,
    `Its tasks publish their ports on ${address}.`,
    '',
    '  What runs here     ./longshore status',
    '  Stop               ./longshore down              (tasks go on; the next up finds them again)',
    '',
  ].join('\n');

function controlPlaneSummary(state: RunState): string {
  const endpoint = new URL(state.endpoint).origin;
  return [
    '',
    `Longshore is ready: ${endpoint}`,
    '',
    '  AWS CLI and SDKs   eval "$(./longshore env)"     or without it: ./longshore aws ecs list-clusters',
    '  What runs          ./longshore status',
    '  Stop               ./longshore down              (tasks go on; the next up finds them again)',
    '',
    'A first task:',
    `  ./longshore aws ecs register-task-definition --family hello --container-definitions ${HELLO}`,
    '  ./longshore aws ecs run-task --task-definition hello',
    '',
  ].join('\n');
}
