import type { Listener } from '../domain/model.js';

/**
 * One word of HAProxy's configuration. Between single quotes everything is itself (configuration manual, 2.2), so a value of a user's
 * can neither end its word nor begin another; line breaks, which end any quotes, are refused here because the API lets none pass.
 */
export function quoted(text: string): string {
  if (/[\0\r\n]/.test(text)) throw new Error(`a line break in a word of the configuration: ${JSON.stringify(text)}`);
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Within a log-format string, in which `%` begins a variable. */
export const literal = (text: string): string => text.replaceAll('%', '%%');

/** `…:targetgroup/name/id`. The id is unique; the name is for people who look at HAProxy's statistics. */
export function backendName(targetGroupArn: string): string {
  const [name, id] = targetGroupArn.split('/').slice(-2);
  return `tg-${name}-${id}`;
}

/** `…:listener/app/name/load balancer's id/listener's id`. */
export function frontendName({ arn }: Pick<Listener, 'arn'>): string {
  const [name, loadBalancerId, id] = arn.split('/').slice(-3);
  return `li-${name}-${loadBalancerId}-${id}`;
}

/** Where requests go that no target group is to have. */
export const NO_TARGET_GROUP = 'no-target-group';

/** The name that AWS's metrics have for it: `targetgroup/name/id`, `app/name/id`. */
export const metricName = (arn: string): string => {
  const resource = arn.slice(arn.lastIndexOf(':') + 1);
  return resource.startsWith('loadbalancer/') ? resource.slice('loadbalancer/'.length) : resource;
};

/** As `show stat` writes an address and its port. */
export const addressOf = (host: string, port: number): string => (host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`);

/** ELB's own answers say so. */
export const SERVER_HEADER = 'awselb/2.0';

/** The page of an answer that the load balancer gives itself. */
export const errorPage = (title: string): string =>
  `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n</body>\r\n</html>\r\n`;
