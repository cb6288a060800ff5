import { namesText, type Row } from './status.js';

const row = (dns?: readonly string[]) => ({ record: {}, outcome: { ready: true, status: { dns } } }) as unknown as Row;

describe('status tells where names are answered', () => {
  it('by the replica that has the addresses', () => {
    expect(namesText([row(), row(['127.1.0.0:53', '198.18.0.0:53']), row([])]).join('')).toBe(
      'Names are answered at 127.1.0.0:53, 198.18.0.0:53: dig @127.1.0.0 <name> SRV',
    );
  });

  it('with the port, where it is not the one that clients ask by themselves', () => {
    expect(namesText([row(['127.1.0.0:1053'])]).join('')).toContain('dig @127.1.0.0 -p 1053 <name> SRV');
  });

  it('and that nobody does', () => {
    expect(namesText([row([])]).join('')).toContain('Names are answered nowhere');
    expect(namesText([row()])).toEqual([]);
  });
});
