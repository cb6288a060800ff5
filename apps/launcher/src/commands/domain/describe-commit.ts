import type { Commit } from '#lib/journal';
import type { Transaction } from '#lib/kernel';

/** A commit for people: a line per transaction and event; `full` shows the events' data as well. */
export function describeCommit(revision: number, commit: Commit, detail: 'short' | 'full'): string {
  const head = `r${revision}  ${commit.at}  ${commit.transactions.length === 0 ? 'barrier' : ''}`.trimEnd();
  const meta =
    detail === 'full' ? [`  commit ${commit.commitId} of journal ${commit.journalId}, written by ${commit.writer}`] : [];
  return [head, ...meta, ...commit.transactions.flatMap((transaction) => describeTransaction(transaction, detail))].join('\n');
}

function describeTransaction(transaction: Transaction, detail: 'short' | 'full'): string[] {
  const by = `  ${transaction.operation} by ${transaction.actor} (${transaction.accountId} ${transaction.region})`;
  const full = [
    `    principal ${oneLine(transaction.principal)}${keyOf(transaction)}, request ${oneLine(transaction.requestId)}, command ${transaction.commandId}`,
    ...(transaction.cause ? [`    caused by ${transaction.cause}`] : []),
  ];
  const events = transaction.events.flatMap((event) =>
    detail === 'full'
      ? [
          `    ${event.type} v${event.v}`,
          ...JSON.stringify(event.data, null, 2)
            .split('\n')
            .map((line) => `      ${line}`),
        ]
      : [`    ${event.type}  ${oneLine(subjectOf(event.data))}`.trimEnd()],
  );
  return [by, ...(detail === 'full' ? full : []), ...events];
}

/** As in JSON, without its quotes: a value shall not begin a line of its own. */
const oneLine = (text: string): string => JSON.stringify(text).slice(1, -1);

const keyOf = ({ accessKeyId }: Transaction) => (accessKeyId === undefined ? '' : ` with key ${oneLine(accessKeyId)}`);

/** What the event is about: the first ARN or id in it. */
function subjectOf(data: unknown): string {
  if (typeof data !== 'object' || data === null) return '';
  const values = Object.entries(data).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  const named = values.find(([name]) => name.endsWith('Arn')) ?? values.find(([name]) => name.endsWith('Id')) ?? values[0];
  return named?.[1] ?? '';
}
