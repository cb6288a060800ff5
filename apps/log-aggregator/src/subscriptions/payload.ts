import { gzip } from 'node:zlib';
import { promisify } from 'node:util';
import type { SubscriptionFilter } from '../domain/model.js';

export interface SubscribedEvent {
  readonly id: string;
  readonly timestamp: number;
  readonly message: string;
  /** Of patterns of columns: what each of them is. */
  readonly extractedFields?: Readonly<Record<string, string>>;
}

/** Lines of one stream that go to one filter's destination together. */
export interface Batch {
  readonly logStream: string;
  readonly events: readonly SubscribedEvent[];
  /** Of their messages, about. */
  readonly bytes: number;
}

const zip = promisify(gzip);

/**
 * What a Lambda function of a subscription filter is given:
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html. `data` is JSON, gzipped, in base64.
 */
export async function payloadOf({ accountId, group, name }: SubscriptionFilter, { logStream, events }: Batch) {
  const message = {
    messageType: 'DATA_MESSAGE',
    owner: accountId,
    logGroup: group,
    logStream,
    subscriptionFilters: [name],
    logEvents: events,
  };
  return { awslogs: { data: (await zip(JSON.stringify(message))).toString('base64') } };
}
