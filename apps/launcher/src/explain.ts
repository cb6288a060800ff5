import { callApi } from './api-client.js';
import { access } from './aws.js';
import { UserFault } from './fault.js';
import type { Layout } from './layout.js';
import { DEFAULT_REGION } from './secrets.js';
import { say } from './terminal.js';

export interface ExplainOptions {
  readonly cluster?: string;
  readonly asOf?: string;
  readonly json?: boolean;
}

/** `explain task|service <name>`: the answer has the text already; with `json` everything but the text. */
export async function explain(
  layout: Layout,
  subject: { readonly task?: string; readonly service?: string },
  { cluster, asOf, json }: ExplainOptions,
): Promise<void> {
  const answer = await callApi({
    ...access(layout),
    region: process.env.AWS_REGION ?? DEFAULT_REGION,
    service: 'longshore',
    target: 'Longshore_20261122.Explain',
    input: { ...subject, ...(cluster === undefined ? {} : { cluster }) },
    ...(asOf === undefined ? {} : { asOf }),
  });
  if (answer.outcome === 'unreachable')
    throw new UserFault(`The gateway does not answer (${answer.message}); see ./longshore status.`);
  if (answer.outcome === 'refused') throw new UserFault(`${answer.code}: ${answer.message}`);
  const { text, ...explanation } = answer.output as { readonly text: string };
  say(json ? JSON.stringify(explanation, null, 2) : text);
}
