import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { apiHeaders } from '#lib/messaging';
import { KurrentDbDouble } from '../support/kurrentdb/kurrentdb-double.js';
import { type NatsServer, startNatsServer } from '../support/nats-server.js';
import { RunningApp } from '../support/running-app.js';

describe.each(['NATS', 'KurrentDB'])('an app that owns a journal, from one folder, in %s', (place) => {
  let server: NatsServer;
  let source: KurrentDbDouble | undefined;
  let app: RunningApp;
  const start = () => app.start(source ? { LONGSHORE_JOURNAL: source.url } : {});
  const ask = (...question: Parameters<RunningApp['ask']>) => app.ask(...question);

  beforeAll(async () => {
    server = await startNatsServer();
    if (place === 'KurrentDB') source = await KurrentDbDouble.start();
    app = await RunningApp.on(server.url, 'test/toy-app/main.js', 'toy');
    await start();
  }, 30_000);
  afterAll(async () => {
    await app.stop();
    source?.kill();
    await server.stop();
  });

  it('answers commands and queries, and refuses in words', async () => {
    expect(await ask('Count', { name: 'a', by: 2 })).toEqual({ output: { value: 2 } });
    expect(await ask('Count', { name: 'a', by: 3 })).toEqual({ output: { value: 5 } });
    expect(await ask('DescribeCounter', { name: 'a' })).toEqual({ output: { name: 'a', value: 5 } });
    expect((await ask('Count', { name: 'a', by: -9 })).rejection.message).toContain('cannot go down');
  });

  it('has kept everything after kill -9', async () => {
    await app.kill();
    await start();
    expect(await ask('DescribeCounter', { name: 'a' })).toEqual({ output: { name: 'a', value: 5 } });
  }, 30_000);

  it('answers from the past, and says whose revisions are meant', async () => {
    expect(await ask('DescribeCounter', { name: 'a' }, { [apiHeaders.asOf]: 'toy.r2' })).toEqual({
      output: { name: 'a', value: 2 },
    });
    const other = await ask('DescribeCounter', { name: 'a' }, { [apiHeaders.asOf]: 'ecs.r1' });
    expect(other.rejection.message).toContain('revision of the ecs journal');
  });

  it('gives its public events in order, from any place', async () => {
    const { output } = await ask('ReadEvents', { after: 'toy:0' });
    expect(output.events.map(({ id, detail }: any) => [id, detail.value])).toEqual([
      ['toy:2.0', 2],
      ['toy:3.0', 5],
    ]);
    expect((await ask('ReadEvents', { after: output.events[0].id })).output.events).toHaveLength(1);
  });

  it('explains from its journal, also a moment of the past', async () => {
    const steps = ['arn:aws:iam::000000000000:root counted 2', 'arn:aws:iam::000000000000:root counted 3'];
    expect(await ask('Explain', { name: 'a' })).toEqual({ output: { steps } });
    expect(await ask('Explain', { name: 'a' }, { [apiHeaders.asOf]: 'toy.r2' })).toEqual({
      output: { steps: steps.slice(0, 1) },
    });
  });
});
