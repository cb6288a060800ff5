import { describe, expect, it } from '@jest/globals';
import { mirrorOf } from './debian.js';

describe("the machine's mirror", () => {
  it('is where the release itself comes from', () => {
    const targets = [
      'https://security.example/debian-security/ bookworm-security main',
      'https://mirror.example/debian/ bookworm-updates main',
      'https://vendor.example/apt/ nodistro main',
      'https://mirror.example/debian/ bookworm contrib',
      'https://mirror.example/debian/ bookworm main',
    ].join('\n');
    expect(mirrorOf(targets, 'bookworm')).toBe('https://mirror.example/debian/');
  });

  it('is any main archive for sources that name the suite (stable) and not the release', () => {
    const targets =
      'https://security.example/debian-security/ stable-security main\nhttps://mirror.example/debian/ stable main\n';
    expect(mirrorOf(targets, 'bookworm')).toBe('https://mirror.example/debian/');
  });

  it('is unknown where there is none', () => {
    expect(mirrorOf('', 'bookworm')).toBeUndefined();
    expect(mirrorOf('https://security.example/debian-security/ bookworm-security main', 'bookworm')).toBeUndefined();
  });
});
