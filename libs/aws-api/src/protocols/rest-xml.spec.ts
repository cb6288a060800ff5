import { describe, expect, it } from '@jest/globals';
import { ServiceCatalog } from '../service-catalog.js';
import { restCall } from './rest-xml.js';

const route53 = new ServiceCatalog().named('route53')!;

/** What a request means: its operation and input, or what it is refused with. */
function read(method: string, target: string, body = ''): any {
  const [path, query = ''] = target.split('?') as [string, string?];
  const call = restCall(route53, method, path, query);
  const operation = call.operationName === undefined ? undefined : route53.operation(call.operationName);
  const decoded = operation && call.protocol.decode(operation, Buffer.from(body));
  return { operation: call.operationName, ...decoded };
}

const textOf = ({ body }: { readonly body: Uint8Array }) => Buffer.from(body).toString();

describe('REST and XML', () => {
  it('finds an operation by its method and path, with what stands in the path and the query', () => {
    expect(read('GET', '/2013-04-01/hostedzone/Z1')).toEqual({ operation: 'GetHostedZone', raw: { Id: 'Z1' } });
    expect(read('DELETE', '/2013-04-01/hostedzone/Z1').operation).toBe('DeleteHostedZone');
    expect(read('GET', '/2013-04-01/hostedzone/Z1/rrset?maxitems=5&name=%5C052.a.b')).toEqual({
      operation: 'ListResourceRecordSets',
      raw: { HostedZoneId: 'Z1', MaxItems: 5, StartRecordName: '\\052.a.b' },
    });
    for (const path of ['/', '/2013-04-01/hostedzone/Z1/no', '/2013-04-01/hostedzone/%E0', '/2013-04-01/hostedzone//rrset'])
      expect(read('GET', path).operation).toBeUndefined();
  });

  it('reads a document: lists of one and of many, text with its blanks, and characters by their number', () => {
    const record = (value: string) => `<ResourceRecord><Value>${value}</Value></ResourceRecord>`;
    const set = (records: string) =>
      `<Change><Action>UPSERT</Action><ResourceRecordSet><Name>a.b</Name><Type>TXT</Type><TTL>60</TTL><ResourceRecords>${records}</ResourceRecords></ResourceRecordSet></Change>`;
    const body = `<?xml version="1.0"?>\n<ChangeResourceRecordSetsRequest xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><ChangeBatch><Changes>${set(record('&#34; a &amp; b &#34;'))}${set(record('1') + record('2'))}</Changes></ChangeBatch></ChangeResourceRecordSetsRequest>`;
    const { raw } = read('POST', '/2013-04-01/hostedzone/Z1/rrset', body);
    const values = raw.ChangeBatch.Changes.map(({ ResourceRecordSet }: any) =>
      ResourceRecordSet.ResourceRecords.map(({ Value }: any) => Value),
    );
    expect(raw.HostedZoneId).toBe('Z1');
    expect(raw.ChangeBatch.Changes[0].ResourceRecordSet.TTL).toBe(60);
    expect(values).toEqual([['" a & b "'], ['1', '2']]);
  });

  it.each(['<a', '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', '{}'])('refuses what is no document: %s', (body) => {
    expect(read('POST', '/2013-04-01/hostedzone', body).rejection).toMatchObject({ code: 'SerializationException', status: 400 });
  });

  it('answers with the status, the headers and the document of the operation', () => {
    const { protocol } = restCall(route53, 'POST', '/2013-04-01/hostedzone', '');
    const output = {
      HostedZone: { Id: 'Z1', Name: 'a.b.' },
      DelegationSet: { NameServers: ['x', 'y'] },
      Location: 'https://here/Z1',
    };
    const answer = protocol.output(route53, route53.operation('CreateHostedZone')!, output, 'r');
    expect(answer).toMatchObject({ status: 201, headers: { location: 'https://here/Z1', 'content-type': 'text/xml' } });
    expect(textOf(answer)).toContain('<CreateHostedZoneResponse xmlns="https://route53.amazonaws.com/doc/2013-04-01/">');
    expect(textOf(answer)).toContain('<NameServers><NameServer>x</NameServer><NameServer>y</NameServer></NameServers>');
    expect(textOf(answer)).not.toContain('<Location>');
    const refused = protocol.error(route53, { code: 'NoSuchHostedZone', message: 'No.', status: 404 }, 'r');
    expect(refused.status).toBe(404);
    expect(textOf(refused)).toContain('<Code>NoSuchHostedZone</Code><Message>No.</Message>');
  });
});
