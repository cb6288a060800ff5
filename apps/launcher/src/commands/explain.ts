import { askApi } from '../api/api-client.js';
import { access } from './aws.js';
import type { Layout } from '../host/layout.js';
import { regionOf } from '../host/secrets.js';
import { UserFault } from '../terminal/fault.js';
import { say } from '../terminal/terminal.js';
import { lastLinesOf } from './logs.js';

export interface ExplainOptions {
  readonly cluster?: string;
  readonly asOf?: string;
  readonly json?: boolean;
}

const LAST_LINES = 10;
/** What of its containers' output may say why. */
const FAILED = ['EssentialContainerExited', 'TaskFailedToStart'];

/** `explain task|service <name>`: the answer has the text already; with `json` everything but the text. */
export async function explain(
  layout: Layout,
  subject: { readonly task?: string; readonly service?: string },
  { cluster, asOf, json }: ExplainOptions,
): Promise<void> {
  const call = { ...access(layout), region: process.env.AWS_REGION ?? regionOf(layout), service: 'longshore' };
  const answer = await askApi({
    ...call,
    target: 'Longshore_20261122.Explain',
    input: { ...subject, ...(cluster === undefined ? {} : { cluster }) },
    ...(asOf === undefined ? {} : { asOf }),
  });
  const { text, ...explanation } = answer as {
    readonly text: string;
    readonly subject: { readonly arn: string };
    readonly task?: { readonly stopCode?: string };
  };
  if (json) return say(JSON.stringify(explanation, null, 2));
  say(text);
  // Lines have no past: what is explained as of a moment is not helped by today's.
  if (asOf !== undefined || !FAILED.includes(explanation.task?.stopCode ?? '')) return;
  const lines = await lastLinesOf(call, explanation.subject.arn, LAST_LINES);
  if (lines.length > 0) say(['', 'The last lines of its containers', ...lines.map((line) => `  ${line}`)].join('\n'));
}

/** `explain load-balancer <name>`, `explain target-group <name>`. */
export const explainBalancing = (
  layout: Layout,
  subject: { readonly loadBalancer?: string; readonly targetGroup?: string },
  flags: Pick<ExplainOptions, 'asOf' | 'json'>,
): Promise<void> => explained(layout, 'ExplainBalancing', subject, flags);

/** `explain scaling <service>`: of now, because metrics have no past state. */
export const explainScalingOf = (
  layout: Layout,
  service: string,
  { cluster, json }: Pick<ExplainOptions, 'cluster' | 'json'>,
): Promise<void> =>
  explained(layout, 'ExplainScaling', { service, ...(cluster === undefined ? {} : { cluster }) }, json ? { json } : {});

/** `explain connection <from> <to>:<port>`. */
export async function explainConnection(
  layout: Layout,
  from: string,
  target: string,
  { protocol, asOf, json }: { readonly protocol?: string; readonly asOf?: string; readonly json?: boolean },
): Promise<void> {
  const [, to, port] = /^(.+):(\d{1,5})$/.exec(target) ?? [];
  if (to === undefined) throw new UserFault(`Say to which port: ${target}:80`);
  const input = { from, to, port: Number(port), ...(protocol === undefined ? {} : { protocol }) };
  await explained(layout, 'ExplainConnection', input, { ...(asOf === undefined ? {} : { asOf }), ...(json ? { json } : {}) });
}

async function explained(
  layout: Layout,
  operation: string,
  input: object,
  { asOf, json }: Pick<ExplainOptions, 'asOf' | 'json'>,
) {
  const answer = await askApi({
    ...access(layout),
    region: process.env.AWS_REGION ?? regionOf(layout),
    service: 'longshore',
    target: `Longshore_20261122.${operation}`,
    input,
    ...(asOf === undefined ? {} : { asOf }),
  });
  const { text, ...explanation } = answer as { readonly text: string };
  say(json ? JSON.stringify(explanation, null, 2) : text);
}
