import { askApi } from '../api/api-client.js';
import { access } from './aws.js';
import type { Layout } from '../host/layout.js';
import { DEFAULT_REGION } from '../host/secrets.js';
import { say } from '../terminal/terminal.js';

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
  const answer = await askApi({
    ...access(layout),
    region: process.env.AWS_REGION ?? DEFAULT_REGION,
    service: 'longshore',
    target: 'Longshore_20261122.Explain',
    input: { ...subject, ...(cluster === undefined ? {} : { cluster }) },
    ...(asOf === undefined ? {} : { asOf }),
  });
  const { text, ...explanation } = answer as { readonly text: string };
  say(json ? JSON.stringify(explanation, null, 2) : text);
}
