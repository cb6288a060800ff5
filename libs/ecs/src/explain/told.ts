import type { Commit } from '#lib/journal';
import { type EventRecord, parsePosition, type Transaction } from '#lib/kernel';
import { APPS, type ControlPlaneApp } from '#lib/names';
import type { Instant } from '../model/common.js';
import type { EcsEvent, EcsEventType } from '../model/events.js';
import type { Step } from './explanation.js';

/** Commits read from the journal, by revision. One that could not be read is missing; the story then has a gap. */
export type Commits = ReadonlyMap<number, Commit>;

/** A transaction where it stands in the journal, with the events of it that matter to the story. */
export interface Told {
  readonly revision: number;
  readonly at: Instant;
  readonly transaction: Transaction;
  readonly events: readonly EcsEvent[];
}

/** The transactions that have events which `concerns` picks, in order. */
export function told(commits: Commits, concerns: (event: EcsEvent) => boolean): readonly Told[] {
  return [...commits]
    .sort(([a], [b]) => a - b)
    .flatMap(([revision, { at, transactions }]) =>
      transactions.flatMap((transaction) => {
        const events = (transaction.events as readonly EcsEvent[]).filter(concerns);
        return events.length > 0 ? [{ revision, at, transaction, events }] : [];
      }),
    );
}

export const isA = <T extends EcsEventType>(event: EventRecord | undefined, type: T): event is EcsEvent<T> =>
  event?.type === type;

export const eventOf = <T extends EcsEventType>(events: readonly EcsEvent[], type: T): EcsEvent<T>['data'] | undefined =>
  events.find((event): event is EcsEvent<T> => isA(event, type))?.data;

export const eventsOf = <T extends EcsEventType>(events: readonly EcsEvent[], type: T): readonly EcsEvent<T>['data'][] =>
  events.filter((event): event is EcsEvent<T> => isA(event, type)).map(({ data }) => data);

export const concernsTask =
  (taskArn: string) =>
  ({ data }: EcsEvent): boolean =>
    (data as { readonly taskArn?: string }).taskArn === taskArn;

/** A service's transactions, whole: beside the events that name it stand those of the tasks that the step stops. */
export const toldOfService = (commits: Commits, serviceArn: string): readonly Told[] =>
  told(commits, ({ data }) => {
    const named = data as { readonly serviceArn?: string; readonly replica?: { readonly serviceArn: string } };
    return (named.serviceArn ?? named.replica?.serviceArn) === serviceArn;
  }).map((one) => ({ ...one, events: one.transaction.events as readonly EcsEvent[] }));

/** The deployment or task set that a transaction starts. */
export function startsRollout({ events }: Told): { readonly id: string; readonly taskDefinitionArn: string } | undefined {
  const deployment = eventOf(events, 'DeploymentStarted');
  return deployment ? { ...deployment, id: deployment.deploymentId } : eventOf(events, 'TaskSetCreated');
}

/** Callers are principals; what an app does by itself is its own doing. */
export const isRequest = ({ principal }: Transaction): boolean => principal.startsWith('arn:');
export const whoOf = (transaction: Transaction): string => (isRequest(transaction) ? transaction.principal : transaction.actor);

/** The subject of a step's sentence: "UpdateService", "the scheduler". */
export const subjectOf = (transaction: Transaction): string =>
  isRequest(transaction)
    ? transaction.operation
    : Object.hasOwn(APPS, transaction.actor)
      ? APPS[transaction.actor as ControlPlaneApp].title
      : `the ${transaction.actor}`;

export const signature = ({
  revision,
  transaction,
}: Told): Pick<Step, 'revision' | 'who' | 'accessKeyId' | 'operation' | 'requestId'> => ({
  revision,
  who: whoOf(transaction),
  ...(transaction.accessKeyId === undefined ? {} : { accessKeyId: transaction.accessKeyId }),
  operation: transaction.operation,
  ...(isRequest(transaction) ? { requestId: transaction.requestId } : {}),
});

/** Commits that the transactions name as their cause: to be read as well. */
export const causeRevisions = (stories: readonly Told[]): readonly number[] =>
  stories.flatMap(({ transaction }) => {
    const cause = parsePosition('ecs', transaction.cause ?? '');
    return cause ? [cause.revision] : [];
  });

/** The event that a transaction answers, with the transaction it stands in. */
export function causeOf(commits: Commits, { cause }: Transaction): (Told & { readonly event: EcsEvent }) | undefined {
  const at = parsePosition('ecs', cause ?? '');
  const commit = at && commits.get(at.revision);
  if (!commit || at.index === undefined) return undefined;
  const { revision, index } = at;
  let before = 0;
  for (const transaction of commit.transactions) {
    const event = transaction.events[index - before] as EcsEvent | undefined;
    if (event) return { revision, at: commit.at, transaction, events: [event], event };
    before += transaction.events.length;
  }
  return undefined;
}
