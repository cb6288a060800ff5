import { describe, expect, it } from '@jest/globals';
import { XMLParser } from 'fast-xml-parser';
import { capturedRequests } from '../../test/captured-requests.js';
import type { Member, OperationModel, ServiceModel, Shape, StructureShape } from '../model.js';
import { ServiceCatalog } from '../service-catalog.js';
import { cborProtocol } from './cbor.js';
import { detectCall } from './detect.js';
import { jsonProtocol } from './json.js';
import { queryProtocol } from './query.js';
import type { HttpRequest } from './wire.js';

const catalog = new ServiceCatalog();
const ecs = catalog.named('ecs')!;
const sts = catalog.named('sts')!;
const json = jsonProtocol('application/x-amz-json-1.1', false);
const decoded = (body: Uint8Array) => Buffer.from(body).toString();
const xml = (body: Uint8Array) =>
  new XMLParser({ ignoreAttributes: false, parseTagValue: false }).parse(decoded(body)) as unknown;

describe('AWS JSON', () => {
  const describeTasks = ecs.operation('DescribeTasks')!;

  it('sends instants as seconds with a fraction, and only what the model has', () => {
    const output = { tasks: [{ createdAt: '2026-11-22T11:02:55.886Z', secret: 1, startedAt: null, version: 3 }], failures: [] };
    const response = json.output(ecs, describeTasks, output, 'id-1');
    expect(decoded(response.body)).toBe('{"tasks":[{"createdAt":1795345375.886,"version":3}],"failures":[]}');
    expect(response.headers).toEqual({ 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': 'id-1' });
  });

  it('lets instants that are seconds already as they are', () => {
    const output = { tasks: [{ createdAt: 1795345375.886 }], failures: [] };
    expect(decoded(json.output(ecs, describeTasks, output, 'id-1').body)).toBe(
      '{"tasks":[{"createdAt":1795345375.886}],"failures":[]}',
    );
  });

  it('takes an empty body for no members, and refuses what is not JSON', () => {
    expect(json.decode(describeTasks, new Uint8Array())).toEqual({ raw: {} });
    for (const body of ['{', 'nope', '\xff', '{"a":1}x']) {
      expect(json.decode(describeTasks, Buffer.from(body, 'latin1'))).toMatchObject({
        rejection: { code: 'SerializationException' },
      });
    }
  });

  it('writes errors as clients parse them', () => {
    const rejection = {
      code: 'ClusterNotFoundException',
      message: 'Cluster not found.',
      status: 400,
      fields: { resourceIds: ['a'] },
    };
    const response = json.error(ecs, rejection, 'id-1');
    expect(JSON.parse(decoded(response.body))).toEqual({
      __type: 'ClusterNotFoundException',
      message: 'Cluster not found.',
      resourceIds: ['a'],
    });
    expect(response.headers).toMatchObject({ 'x-amzn-errortype': 'ClusterNotFoundException', 'x-amzn-requestid': 'id-1' });
    expect(response.headers).not.toHaveProperty('x-amzn-query-error');
  });

  it('names the Query code to clients that ask for it', () => {
    const rejection = { code: 'IDPCommunicationErrorException', message: 'm', status: 400 };
    const headers = jsonProtocol('application/x-amz-json-1.0', true).error(sts, rejection, 'id').headers;
    expect(headers['x-amzn-query-error']).toBe('IDPCommunicationError;Sender');
  });
});

describe('AWS Query', () => {
  const member = (shape: Shape, more: Partial<Member> = {}): Member => ({
    shape,
    wireName: 'member',
    flattened: false,
    sensitive: false,
    required: false,
    ...more,
  });
  const struct = (members: Record<string, Member>): StructureShape => ({
    kind: 'structure',
    name: 'S',
    members: new Map(
      Object.entries(members).map(([name, m]) => [name, { ...m, wireName: m.wireName === 'member' ? name : m.wireName }]),
    ),
  });
  const string: Shape = { kind: 'string' };
  const tag = struct({ Key: member(string), Value: member(string) });
  const everything = struct({
    Name: member(string),
    Port: member({ kind: 'integer' }),
    On: member({ kind: 'boolean' }),
    Tags: member({ kind: 'list', element: member(tag) }),
    Flat: member({ kind: 'list', element: member(string) }, { flattened: true }),
    Map: member({ kind: 'map', key: member(string, { wireName: 'key' }), value: member(string, { wireName: 'value' }) }),
    At: member({ kind: 'timestamp' }),
  });
  const operation: OperationModel = { name: 'Do', input: everything, output: everything };
  const model = { xmlNamespace: 'urn:x', queryError: () => undefined } as unknown as ServiceModel;
  const read = (form: string) => queryProtocol.decode(operation, Buffer.from(form));

  it('reads scalars, lists in the order of their numbers, flattened lists, maps, both ways of writing a blank', () => {
    const form =
      'Action=Do&Name=a+b%20c&Port=80&On=true&Tags.member.10.Key=z&Tags.member.2.Key=a&Tags.member.2.Value=%C3%A9' +
      '&Flat.1=x&Flat.2=y&Map.entry.1.key=k&Map.entry.1.value=v&At=2023-11-14T22%3A13%3A20Z&Unknown.1=u';
    expect(read(form)).toEqual({
      raw: {
        Name: 'a b c',
        Port: 80,
        On: true,
        Tags: [{ Key: 'a', Value: 'é' }, { Key: 'z' }],
        Flat: ['x', 'y'],
        Map: { k: 'v' },
        At: '2023-11-14T22:13:20Z',
      },
    });
  });

  it('leaves what it cannot read to the type check', () => {
    expect(read('Port=eighty&On=maybe&Tags=')).toEqual({ raw: { Port: 'eighty', On: 'maybe', Tags: [] } });
  });

  it('refuses forms beyond any real request', () => {
    expect(read('a=1&'.repeat(20_001))).toMatchObject({ rejection: { status: 400 } });
    expect(read(`${'a.'.repeat(40)}a=1`)).toMatchObject({ rejection: { status: 400 } });
  });

  it('writes what it reads', () => {
    const output = {
      Name: '<a> & \u0000',
      Port: 80,
      Tags: [{ Key: 'k' }],
      Flat: ['x', 'y'],
      Map: { k: 'v' },
      At: '2026-11-22T11:02:55.886Z',
    };
    const response = queryProtocol.output(model, operation, output, 'id-1');
    expect(response.headers['content-type']).toBe('text/xml');
    expect(xml(response.body)).toEqual({
      '?xml': { '@_version': '1.0', '@_encoding': 'UTF-8' },
      DoResponse: {
        '@_xmlns': 'urn:x',
        DoResult: {
          Name: '<a> & \uFFFD',
          Port: '80',
          Tags: { member: { Key: 'k' } },
          Flat: ['x', 'y'],
          Map: { entry: { key: 'k', value: 'v' } },
          At: '2026-11-22T11:02:55.886Z',
        },
        ResponseMetadata: { RequestId: 'id-1' },
      },
    });
  });

  it('writes instants that are seconds as text', () => {
    const response = queryProtocol.output(model, operation, { At: 1795345375.886 }, 'id-1');
    expect(decoded(response.body)).toContain('<At>2026-11-22T11:02:55.886Z</At>');
  });

  it('writes errors with the codes that Query clients know', () => {
    const error = (code: string, status = 400) => {
      const response = queryProtocol.error(sts, { code, message: 'm', status }, 'id-1');
      return [response.status, (xml(response.body) as { ErrorResponse: { Error: unknown } }).ErrorResponse.Error];
    };
    expect(error('IDPRejectedClaimException')).toEqual([403, { Type: 'Sender', Code: 'IDPRejectedClaim', Message: 'm' }]);
    expect(error('InvalidSignatureException')).toEqual([403, { Type: 'Sender', Code: 'SignatureDoesNotMatch', Message: 'm' }]);
    expect(error('ServiceUnavailableException', 503)).toEqual([
      503,
      { Type: 'Receiver', Code: 'ServiceUnavailable', Message: 'm' },
    ]);
  });
});

describe('which call a request is', () => {
  const detect = (request: HttpRequest, scope?: string) => {
    const [path, query] = request.target.split('?', 2) as [string, string | undefined];
    const call = detectCall(catalog, request, path, query ?? '', scope);
    return call && [call.protocol.name, call.model?.service, call.operationName];
  };
  const request = (headers: Record<string, string>, more: Partial<HttpRequest> = {}): HttpRequest => ({
    method: 'POST',
    target: '/',
    headers,
    body: new Uint8Array(),
    ...more,
  });

  it('is told for every captured request', () => {
    const calls = capturedRequests().map((each) => detect(each.request));
    expect(calls.filter((call) => call?.[1] === 'ecs')).toHaveLength(5);
    expect(calls.every((call) => call?.[2] !== undefined)).toBe(true);
  });

  it('is Query for forms and signed GETs', () => {
    const body = Buffer.from('Action=GetCallerIdentity&Version=2011-06-15');
    const form = request({ 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' }, { body });
    expect(detect(form)).toEqual(['query', 'sts', 'GetCallerIdentity']);
    const get = request({}, { method: 'GET', target: '/?Action=GetCallerIdentity&Version=2011-06-15' });
    expect(detect(get)).toEqual(['query', 'sts', 'GetCallerIdentity']);
  });

  it('is CBOR where the header says so, and answered in it', () => {
    const cbor = request(
      { 'smithy-protocol': 'rpc-v2-cbor' },
      { target: '/service/AmazonEC2ContainerServiceV20141113/operation/RunTask' },
    );
    expect(detect(cbor)).toEqual(['cbor', 'ecs', 'RunTask']);
    expect(cborProtocol(false).error(ecs, { code: 'A', message: 'm', status: 400 }, 'id').headers['content-type']).toBe(
      'application/cbor',
    );
  });

  it('is none without any of these', () => {
    expect(detect(request({}))).toBeUndefined();
    expect(detect(request({}, { method: 'GET', target: '/?x=1' }))).toBeUndefined();
  });

  it('never repeats the content type that a stranger wrote', () => {
    const call = detectCall(catalog, request({ 'x-amz-target': 'a.b', 'content-type': 'text/html' }), '/', '', undefined)!;
    expect(call.protocol.error(undefined, { code: 'A', message: 'm', status: 400 }, 'id').headers['content-type']).toBe(
      'application/x-amz-json-1.1',
    );
  });
});
