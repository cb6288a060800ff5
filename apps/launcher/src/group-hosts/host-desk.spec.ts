import { subjects } from '#lib/names';
import { systemClock } from '#lib/platform';
import type { HostAnswer } from '#lib/ecs/model';
import { FIRST_ACCOUNT } from '../host/secrets.js';
import { HostDesk } from './host-desk.js';

const HOST = {
  instanceId: 'a'.repeat(32),
  accountId: FIRST_ACCOUNT,
  region: 'us-east-1',
  group: 'web',
  cluster: 'default',
  launch: {},
};

type Callback = (error: null, message: { json(): unknown; respond(reply: string): void }) => void;

/** What a desk asks of who keeps hosts: in which order, and when it is done. */
class Requests {
  readonly asked: string[] = [];
  readonly said: string[] = [];
  private readonly callbacks = new Map<string, Callback>();
  private readonly open: { resolve(answer: HostAnswer): void; reject(error: Error): void }[] = [];

  constructor() {
    const step = (verb: string) => (asked: { readonly instanceId: string } | string) => {
      this.asked.push(`${verb} ${(typeof asked === 'string' ? asked : asked.instanceId).slice(0, 1)}`);
      return new Promise<HostAnswer>((resolve, reject) => this.open.push({ resolve, reject }));
    };
    const process = {
      start: step('start'),
      end: step('end'),
      list: () => Promise.resolve([]),
      size: { cpuUnits: 1, memoryMiB: 1 },
    };
    const desk = new HostDesk(undefined as never, { process }, systemClock, (text) => this.said.push(text));
    const subscribe = (subject: string, { callback }: { callback: Callback }) => this.callbacks.set(subject, callback);
    desk.serve({ subscribe, isClosed: () => false } as never);
  }

  /** `answered` by the desk, whenever that is. */
  ask(verb: 'start' | 'end', instanceId = HOST.instanceId): Promise<object> {
    return new Promise((answered) =>
      this.callbacks.get(subjects.hosts(verb))!(null, {
        json: () => (verb === 'start' ? { ...HOST, instanceId } : { instanceId }),
        respond: (reply) => answered(JSON.parse(reply) as object),
      }),
    );
  }

  /** The keeper is done with what it was asked first. */
  done(answer: HostAnswer | Error = { done: true }): void {
    const first = this.open.shift()!;
    if (answer instanceof Error) first.reject(answer);
    else first.resolve(answer);
  }
}

describe('requests for one host', () => {
  let requests: Requests;
  beforeEach(() => {
    requests = new Requests();
  });

  it.each<[string, HostAnswer | Error]>([
    ['was done', { done: true }],
    ['was given up', { refusal: 'No quota.' }],
    ['failed', new Error('the disk is full')],
  ])('end it only after a start that is under way %s', async (_how, answer) => {
    const started = requests.ask('start');
    const ended = requests.ask('end');
    expect(requests.asked).toEqual(['start a']);
    requests.done(answer);
    expect(await started).toEqual(answer instanceof Error ? { unavailable: expect.stringContaining('launcher') } : answer);
    expect(requests.asked).toEqual(['start a', 'end a']);
    requests.done();
    expect(await ended).toEqual({ done: true });
    expect(requests.said).toEqual(answer instanceof Error ? [expect.stringContaining('the disk is full')] : []);
  });

  it('start it again only after its end', async () => {
    const ended = requests.ask('end');
    const started = requests.ask('start');
    expect(requests.asked).toEqual(['end a']);
    requests.done();
    await ended;
    expect(requests.asked).toEqual(['end a', 'start a']);
    requests.done();
    expect(await started).toEqual({ done: true });
  });

  it('are one while the first is under way, and wait for no other host', async () => {
    const answers = [requests.ask('start'), requests.ask('start'), requests.ask('end', 'b'.repeat(32))];
    expect(requests.asked).toEqual(['start a', 'end b']);
    requests.done();
    requests.done();
    expect(await Promise.all(answers)).toEqual([{ done: true }, { done: true }, { done: true }]);
  });
});
