import { nameserversIn } from './resolv-conf.js';

describe('the nameservers of a host', () => {
  it('are the addresses of its resolv.conf, three at most', () => {
    const text =
      '# made by hand\nsearch example.com\nnameserver 10.0.0.2\n  nameserver\tfd00::2 \nnameserver nonsense\noptions ndots:2\n';
    expect(nameserversIn(text)).toEqual(['10.0.0.2', 'fd00::2']);
    expect(nameserversIn('nameserver 1.1.1.1\n'.repeat(5))).toHaveLength(3);
    expect(nameserversIn('')).toEqual([]);
  });
});
