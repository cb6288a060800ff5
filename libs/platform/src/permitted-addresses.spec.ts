import { isForbidden } from './permitted-addresses.js';

const hostOf = (url: string) => new URL(url).hostname;

it.each([
  'http://169.254.169.254/latest',
  'http://2852039166/latest',
  'http://[::ffff:169.254.169.254]/',
  'http://0.0.0.0/',
  'http://[::]/',
  'http://[fe80::1]/',
  'http://239.1.2.3/',
])('%s is never called', (url) => {
  expect(isForbidden(hostOf(url))).toBe(true);
});

it.each(['http://127.0.0.1:8080/', 'http://10.0.0.1/', 'http://[::1]/', 'https://hooks.example/'])('%s may be called', (url) => {
  expect(isForbidden(hostOf(url))).toBe(false);
});
