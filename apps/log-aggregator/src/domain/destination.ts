import { refusals } from './refusals.js';

/** Where a subscription filter's lines go. */
export type Destination = { readonly url: string } | { readonly natsName: string };

/** ARNs of ours, because Terraform wants one, and the AWS CLI 1 reads the page of a parameter that is a URL: `arn:aws:longshore:::https://…` is the URL, `arn:aws:longshore:::nats/<name>` a subject. */
const OURS = /^arn:aws:longshore:[a-z0-9-]*:(?:\d{12})?:(.+)$/;
const NATS_NAME = /^nats\/([A-Za-z0-9_-]{1,64}(?:\.[A-Za-z0-9_-]{1,64}){0,7})$/;
const MAX_URL = 2_048;

const OF_AWS: Readonly<Record<string, string>> = {
  lambda: 'functions',
  kinesis: 'streams',
  firehose: 'delivery streams',
  logs: 'logical destinations',
};

/** Throws a refusal that says what a destination can be. */
export function parseDestination(destinationArn: string): Destination {
  const text = OURS.exec(destinationArn)?.[1] ?? destinationArn;
  const natsName = NATS_NAME.exec(text)?.[1];
  if (natsName !== undefined) return { natsName };
  if (/^https?:\/\//.test(text) && text.length <= MAX_URL && URL.canParse(text)) {
    const url = new URL(text);
    if (url.username || url.password) throw refusals.invalid("A destination's URL must not have a user or a password in it.");
    return { url: url.href };
  }
  const service = /^arn:[^:]+:([^:]+):/.exec(destinationArn)?.[1] ?? '';
  const there = OF_AWS[service] ? `There are no ${OF_AWS[service]} of ${service} here. ` : '';
  throw refusals.invalid(
    `${there}destinationArn has to be a URL of yours (http or https) that is POSTed the lines, or arn:aws:longshore:::nats/<name>, a subject of NATS.`,
  );
}
