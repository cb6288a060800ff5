import { secondsOf } from '../domain/attributes.js';
import { type ListenerRules, type Section, sharesOf } from './http-frontend.js';
import { SIDES } from './rule-code.js';
import { ranges } from './weights.js';

/** A network load balancer's listener: connections go where its one rule forwards to, by weights. */
export function tcpFrontend(name: string, { listener }: ListenerRules): Section {
  const shareMap = `${name}.shares.map`;
  const config = listener.defaultActions.at(-1)?.ForwardConfig;
  return {
    lines: [
      'mode tcp',
      'option tcplog',
      `timeout client ${secondsOf(listener, 'tcp.idle_timeout.seconds')}s`,
      `tcp-request content set-var(txn.group) rand(${SIDES}),map_int(${shareMap})`,
      'use_backend %[var(txn.group)]',
    ],
    maps: new Map([[shareMap, config ? ranges(sharesOf(config), 0) : []]]),
    files: new Map(),
  };
}
