import { parseEngineAuth } from './engine-auth.js';

const auth = Buffer.from('root:pass:word').toString('base64');

describe('what a host has for private registries', () => {
  it.each([
    ['dockercfg' as const, { 'https://index.docker.io/v1/': { auth, email: 'a@b' }, 'registry.local:5000': { auth } }],
    [
      'docker' as const,
      {
        'https://index.docker.io/v1/': { username: 'root', password: 'pass:word' },
        'registry.local:5000': { username: 'root', password: 'pass:word' },
      },
    ],
  ])('is found by the registry of an image, as %s', (type, data) => {
    const loginOf = parseEngineAuth(type, JSON.stringify(data))!;
    for (const registry of ['https://index.docker.io/v1/', 'registry.local:5000'])
      expect(loginOf(registry)).toEqual({ username: 'root', password: 'pass:word' });
    expect(loginOf('other')).toBeUndefined();
  });

  it.each(['', 'no json', '[]', '{"a":{"username":"x"}}', '{"a":"b"}'])('is nothing when it is %j', (data) => {
    expect(parseEngineAuth('docker', data)).toBeUndefined();
  });
});
