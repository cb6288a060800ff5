import type { Journal, Revision } from '#lib/journal';
import type { ApiReply, ApiRequest } from '#lib/messaging';
import type { Scope } from '#lib/kernel';
import { revisionsOf, type ToyState } from './domain.js';

/** Who counted, from the journal: the state only says where to look. */
export async function explainCounter(journal: Pick<Journal, 'read'>, state: ToyState, request: ApiRequest): Promise<ApiReply> {
  const { name } = request.input as { name: string };
  const commits = await Promise.all(
    revisionsOf(state, request.context as unknown as Scope, name).map((revision) => journal.read(revision as Revision)),
  );
  const steps = commits.flatMap((commit) =>
    (commit?.transactions ?? []).flatMap(({ principal, events }) =>
      events
        .map(({ data }) => data as { name: string; by: number })
        .filter((event) => event.name === name)
        .map(({ by }) => `${principal} counted ${by}`),
    ),
  );
  return { output: { steps } };
}
