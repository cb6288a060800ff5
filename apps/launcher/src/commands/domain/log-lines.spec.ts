import { type LogLine, logLineOf, Repeated } from './log-lines.js';

const line = (more: Partial<LogLine> = {}): LogLine => ({
  timestamp: Date.UTC(2026, 10, 28, 12, 0, 1, 5),
  ingestionTime: 7,
  message: 'x',
  logGroup: 'g',
  logStream: `ecs/web/${'a'.repeat(32)}`,
  taskId: 'a'.repeat(32),
  container: 'web',
  ...more,
});

it('a line is shown with its time, its task and its container, or with its stream where it is of no task', () => {
  expect(logLineOf(line({ message: 'a\nb\n' }))).toEqual({ time: '2026-11-28 12:00:01.005', who: 'aaaaaa web', text: 'a\nb' });
  expect(logLineOf(line({ taskId: undefined, logStream: 's' })).who).toBe('s');
});

it('a line that was shown is not shown again, and one that came twice is shown twice', () => {
  const repeated = new Repeated();
  repeated.note(line());
  expect([line(), line({ ingestionTime: 8 }), line()].map((one) => repeated.has(one))).toEqual([true, false, false]);
});
