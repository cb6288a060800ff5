import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { logAggregatorConfig } from './config.js';

const config = (more: object) => logAggregatorConfig({ LONGSHORE_LOGS_DIRECTORY: '/lines', ...more });

describe('where lines are kept', () => {
  it('is a directory where no server is named', () => {
    expect(config({ LONGSHORE_LOGS_URL: '' })).toEqual({ directory: '/lines', acceptLossSince: undefined });
  });

  it('is a server with its own authority and a name and password that stand in one of its URLs', () => {
    const directory = mkdtempSync(join(tmpdir(), 'longshore-ca-'));
    const ca = join(directory, 'ca.pem');
    writeFileSync(ca, 'PEM');
    const { server } = config({
      LONGSHORE_LOGS_URL: 'https://ops:s%40cret@a:9200/, https://b:9200/search',
      LONGSHORE_LOGS_CA: ca,
      LONGSHORE_LOGS_PREFIX: 'shop',
      LONGSHORE_LOGS_KEPT_DAYS: '400',
    });
    expect(server).toEqual({
      nodes: ['https://a:9200', 'https://b:9200/search'],
      auth: { username: 'ops', password: 's@cret' },
      ca: 'PEM',
      isInsecure: false,
      prefix: 'shop',
      keptDays: 400,
    });
    rmSync(directory, { recursive: true });
  });

  it.each([
    [{ LONGSHORE_LOGS_URL: 'http://ops:hunter2@a:9200' }, /LONGSHORE_LOGS_URL.*LONGSHORE_LOGS_INSECURE=true/],
    [{ LONGSHORE_LOGS_URL: 'ftp://ops:hunter2@a' }, /LONGSHORE_LOGS_URL.*https/],
    [{ LONGSHORE_LOGS_URL: 'https://ops:hunter2@a', LONGSHORE_LOGS_CA: '/nowhere/ca.pem' }, /LONGSHORE_LOGS_CA.*no such file/],
    [{ LONGSHORE_LOGS_URL: 'https://a', LONGSHORE_LOGS_PREFIX: 'Shop*' }, /LONGSHORE_LOGS_PREFIX/],
    [{ LONGSHORE_LOGS_URL: 'https://a', LONGSHORE_LOGS_KEPT_DAYS: '0' }, /LONGSHORE_LOGS_KEPT_DAYS/],
  ])('is refused in a sentence without the password: %j', (more, sentence) => {
    const asked = () => config(more);
    expect(asked).toThrow(sentence);
    expect(asked).not.toThrow(/hunter2/);
  });

  it('may be insecure where that is said', () => {
    expect(config({ LONGSHORE_LOGS_URL: 'http://a:9200', LONGSHORE_LOGS_INSECURE: 'true' }).server?.isInsecure).toBe(true);
  });
});
