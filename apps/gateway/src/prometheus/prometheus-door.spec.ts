import { beforeEach, describe, expect, it } from '@jest/globals';
import type { HttpRequest } from '#lib/aws-api';
import { ACCOUNT, bodyOf, createWorld, jsonOf, resolveKnownKey, signed } from '../../test/world.js';

const basic = (user: string, password: string) => `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

describe('Prometheus at the gateway', () => {
  let world: ReturnType<typeof createWorld>;
  beforeEach(() => {
    world = createWorld({ served: ['longshore.SearchMetrics', 'longshore.ReadMetrics'] });
    world.bus.on('longshore', 'SearchMetrics', () => ({ output: { status: 200, body: '{"status":"success"}' } }));
    world.bus.on('longshore', 'ReadMetrics', () => ({ output: { status: 200, body: 'up 1\n' } }));
  });
  const ask = (target: string, more: Partial<HttpRequest> & { readonly authorization?: string } = {}) => {
    const { authorization = basic('AKIDEXAMPLE', 'secret'), ...rest } = more;
    return world.gateway.handle({ method: 'GET', target, headers: { authorization }, body: new Uint8Array(), ...rest });
  };
  const asked = () => world.bus.of('longshore', 'SearchMetrics')[0]!;

  it('is asked with an access key as basic authentication, for its account, and passes on only what it knows', async () => {
    const target = '/prometheus/api/v1/query?query=up&time=1&extra_filters[]={account="2"}&extra_label=account=2';
    const answer = await ask(target);
    expect([answer.status, answer.headers['content-type'], bodyOf(answer)]).toEqual([
      200,
      'application/json',
      '{"status":"success"}',
    ]);
    expect(asked().input).toEqual({ api: 'query', form: 'query=up&time=1' });
    expect(asked().headers).toMatchObject({ 'Longshore-Account': ACCOUNT, 'Longshore-Region': 'us-east-1' });
  });

  it('takes the region from the user name, and parameters from a form', async () => {
    const body = Buffer.from('query=sum(up)&start=1&end=2&step=1');
    const authorization = basic('AKIDEXAMPLE@eu-central-1', 'secret');
    await ask('/prometheus/api/v1/query_range', { method: 'POST', body, authorization });
    expect(asked().input).toEqual({ api: 'query_range', form: 'query=sum%28up%29&start=1&end=2&step=1' });
    expect(asked().headers).toMatchObject({ 'Longshore-Region': 'eu-central-1' });
  });

  it('takes a signature, as Grafana makes it', async () => {
    const path = '/prometheus/api/v1/label/job/values';
    const request = await signed(world.clock, undefined, { method: 'GET', path, service: 'aps', region: 'eu-west-1', body: '' });
    expect((await world.gateway.handle(request)).status).toBe(200);
    expect(asked().input).toEqual({ api: 'label/values', label: 'job' });
    expect(asked().headers).toMatchObject({ 'Longshore-Region': 'eu-west-1' });
  });

  it('is scraped at /metrics', async () => {
    const answer = await ask('/metrics');
    expect([answer.status, bodyOf(answer)]).toEqual([200, 'up 1\n']);
    expect(answer.headers['content-type']).toContain('text/plain; version=0.0.4');
  });

  it('tells the first account of the processes beside it, also while nobody tells its metrics; and no other account', async () => {
    expect(bodyOf(await ask('/metrics'))).not.toContain('longshore_process_up');
    world.bus.on('longshore', 'ResolveAccessKey', (request) => {
      const answer = resolveKnownKey(request) as { readonly output: object };
      return { output: { ...answer.output, administrator: true } };
    });
    await world.clock.sleep(60_000);
    expect(bodyOf(await ask('/metrics'))).toBe('up 1\nlongshore_process_up{app="gateway",replica="1"} 1\n');
    world.bus.on('longshore', 'ReadMetrics', () => 'no-responders');
    const answer = await ask('/metrics');
    expect([answer.status, bodyOf(answer)]).toEqual([
      200,
      expect.stringMatching(/^# The account's metrics are not here: .*\nlongshore_process_up/),
    ]);
  });

  it.each([
    ['a wrong secret', basic('AKIDEXAMPLE', 'another')],
    ['an unknown key', basic('AKIDUNKNOWN', 'secret')],
    ['what is no key', basic('admin', 'admin')],
    ['what is no user and password', 'Basic !'],
    ['nobody', 'Bearer x'],
  ])('refuses %s, and says how to ask', async (_who, authorization) => {
    const answer = await ask('/prometheus/api/v1/labels', { authorization });
    expect(answer.status).toBe(401);
    expect(answer.headers['www-authenticate']).toContain('Basic');
    expect(jsonOf(answer)).toMatchObject({ status: 'error', errorType: 'unauthorized' });
    const scraped = await ask('/metrics', { authorization });
    expect(scraped.status).toBe(401);
    if (authorization.startsWith('Basic'))
      for (const words of [jsonOf(answer).error as string, bodyOf(scraped)])
        expect(words).toMatch(/^The user name has to be the id of an access key .* and the password its secret\n?$/);
  });

  it.each([
    ['GET', '/prometheus/api/v1/admin/tsdb/delete_series', 404],
    ['POST', '/prometheus/api/v1/write', 404],
    ['DELETE', '/prometheus/api/v1/query', 405],
    ['GET', `/prometheus/api/v1/query?query=${'x'.repeat(70_000)}`, 413],
  ])('refuses %s %s', async (method, target, status) => {
    const answer = await ask(target, { method });
    expect(answer.status).toBe(status);
    expect(jsonOf(answer)).toMatchObject({ status: 'error' });
  });

  it('answers 503 in Prometheus’ words when nobody can', async () => {
    world.bus.on('longshore', 'SearchMetrics', () => 'no-responders');
    const answer = await ask('/prometheus/api/v1/query?query=up');
    expect(answer.status).toBe(503);
    expect(jsonOf(answer)).toMatchObject({ status: 'error', errorType: 'unavailable' });
  });
});
