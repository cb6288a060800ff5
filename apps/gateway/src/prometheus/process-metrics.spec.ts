import { beforeEach, describe, expect, it } from '@jest/globals';
import { Gauge, Registry } from 'prom-client';
import { tellOwnMetrics } from '#lib/app';
import type { Bus, BusRequest } from '#lib/messaging';
import { seededRandom, silentLogger } from '#lib/platform';
import { VirtualClock } from '../../../../test/support/virtual-clock.js';
import { ProcessMetrics } from './process-metrics.js';

describe('what the processes say of themselves', () => {
  let clock: VirtualClock;
  let bus: Bus;
  let metrics: ProcessMetrics;
  beforeEach(() => {
    clock = new VirtualClock();
    const heard: [string, (message: BusRequest) => void][] = [];
    bus = {
      subscribe: (subject, handle) => {
        heard.push([subject.replace('*', ''), handle]);
        return { drain: async () => undefined };
      },
      publish: (subject, payload) => {
        for (const [wanted, handle] of heard)
          if (subject === wanted || (wanted.endsWith('.') && subject.startsWith(wanted)))
            handle({ subject, payload, headers: {} });
      },
      request: () => Promise.reject(new Error('nobody asks')),
    };
    metrics = new ProcessMetrics({ bus, clock, random: seededRandom(1) });
  });
  /** `isAway`: it hears, and does not answer. */
  const process = (app: string, replica: number, value: number) => {
    const registry = new Registry();
    new Gauge({ name: 'lag', help: 'Of the\nloop', labelNames: ['of'], registers: [registry] }).set({ of: '"x"' }, value);
    const state = { isAway: false };
    const own = { ...bus, publish: (...said: Parameters<Bus['publish']>) => void (state.isAway || bus.publish(...said)) };
    tellOwnMetrics(own, { app, replica }, silentLogger, registry);
    return state;
  };
  const read = async (ms: number) => {
    const text = metrics.read();
    await clock.advance(ms);
    return (await text).split('\n');
  };

  it('is told by name, with the app and the replica; one that does not answer any more is down', async () => {
    process('state-store', 2, Number.NaN);
    const gone = process('autoscaler', 1, 3);
    // Nobody knows who will answer, the first time.
    expect(await read(1_000)).toEqual([
      '# HELP longshore_process_up 1 of each process of the control plane that answers, 0 of one that did within ten minutes',
      '# TYPE longshore_process_up gauge',
      'longshore_process_up{app="autoscaler",replica="1"} 1',
      'longshore_process_up{app="state-store",replica="2"} 1',
      '# HELP lag Of the\\nloop',
      '# TYPE lag gauge',
      'lag{of="\\"x\\"",app="autoscaler",replica="1"} 3',
      'lag{of="\\"x\\"",app="state-store",replica="2"} NaN',
      '',
    ]);
    // Then it is told when all have answered.
    expect(await read(0)).toContain('longshore_process_up{app="autoscaler",replica="1"} 1');
    gone.isAway = true;
    expect(await read(1_000)).toContain('longshore_process_up{app="autoscaler",replica="1"} 0');
    await clock.advance(601_000);
    expect((await read(1_000)).join('\n')).not.toContain('autoscaler');
  });

  it('is asked once for all who scrape at a time', async () => {
    let asked = 0;
    bus.subscribe('scrape', () => void asked++);
    const texts = [metrics.read(), metrics.read()];
    await clock.advance(1_000);
    expect(new Set(await Promise.all(texts)).size).toBe(1);
    expect(asked).toBe(1);
  });
});
