import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { request } from 'node:http';
import { startHealthServer, type HealthServer } from './health.js';

describe('the health port', () => {
  let server: HealthServer;
  beforeAll(async () => {
    server = await startHealthServer({ app: 'a', replica: 1, host: '127.0.0.1', port: 0 }, () => ({ ready: true }));
  });
  afterAll(() => server.close());

  const statusFor = (host: string, path = '/status') =>
    new Promise<number>((resolve, reject) => {
      request({ host: '127.0.0.1', port: server.port, path, headers: { host } }, (response) => {
        response.resume();
        resolve(response.statusCode!);
      })
        .once('error', reject)
        .end();
    });

  it('answers requests to this machine by its own names', async () => {
    for (const host of ['127.0.0.1:4600', 'localhost', 'LOCALHOST:4600', '[::1]:4600']) expect(await statusFor(host)).toBe(200);
  });

  it('refuses every other name, of whatever path', async () => {
    for (const host of ['example.com', 'localhost.example.com:4600', '127.0.0.1.example.com', '10.0.0.5'])
      expect(await Promise.all(['/status', '/metrics', '/livez'].map((path) => statusFor(host, path)))).toEqual([403, 403, 403]);
  });
});
