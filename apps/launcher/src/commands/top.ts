import { setTimeout as sleep } from 'node:timers/promises';
import { askApi, callApi } from '../api/api-client.js';
import type { Layout } from '../host/layout.js';
import { regionOf } from '../host/secrets.js';
import { LiveScreen } from '../terminal/live-screen.js';
import { say, visibleLine } from '../terminal/terminal.js';
import { access } from './aws.js';
import { fitted, topText, type Usage } from './domain/top-screen.js';

export interface TopOptions {
  readonly service?: readonly string[];
  readonly once?: boolean;
  readonly json?: boolean;
}

/** Hosts tell every ten seconds what tasks use; counts and states change at once. */
const REFRESH_MS = 2_000;

/** `top [cluster]`: what services and tasks use; in a terminal live, until Ctrl-C or q. */
export async function top(layout: Layout, cluster: string | undefined, { service, once, json }: TopOptions): Promise<void> {
  const call = {
    ...access(layout),
    region: process.env.AWS_REGION ?? regionOf(layout),
    service: 'longshore',
    target: 'Longshore_20261122.ReadUsage',
    input: { ...(cluster === undefined ? {} : { cluster }), ...(service ? { services: service } : {}) },
  };
  // What is wrong with the question is said before the screen is taken.
  const first = (await askApi(call)) as Usage;
  if (json) return say(JSON.stringify(first, null, 2));
  if (once || !process.stdout.isTTY) return say(topText(first));
  const screen = new LiveScreen();
  let [shown, away] = [topText(first), ''];
  while (!screen.ended.aborted) {
    screen.draw((size) => fitted(away + shown, size));
    // Only the end of the screen ends the sleep early.
    await sleep(REFRESH_MS, undefined, { signal: screen.ended }).catch(() => undefined);
    const answer = await callApi(call);
    if (answer.outcome === 'answer') [shown, away] = [topText(answer.output as Usage), ''];
    else away = `No answer (${visibleLine(answer.message)}); this was before:\n`;
  }
  screen.close();
}
