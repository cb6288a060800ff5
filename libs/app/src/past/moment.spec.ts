import { parseMoment } from './moment.js';

describe('a moment of the past', () => {
  it.each([
    ['ecs.r48213', { revision: 48213 }],
    ['2026-11-22T11:00:00Z', { instantMs: Date.UTC(2026, 10, 22, 11) }],
    ['2026-11-22T11:00:00.250Z', { instantMs: Date.UTC(2026, 10, 22, 11, 0, 0, 250) }],
    ['2026-11-22T11:00', { instantMs: Date.UTC(2026, 10, 22, 11) }],
    ['2026-11-22T12:00:00+01:00', { instantMs: Date.UTC(2026, 10, 22, 11) }],
    ['2026-11-22', { instantMs: Date.UTC(2026, 10, 22) }],
  ])('reads %s', (text, moment) => expect(parseMoment(text, 'ecs')).toEqual(moment));

  it.each(['yesterday', 'ecs.r', 'nothing.r5', '2026-13-45T00:00:00Z', '', '12'])('refuses %j in a sentence', (text) => {
    const parsed = parseMoment(text, 'ecs');
    expect('rejection' in parsed && parsed.rejection.message).toContain('is not a moment');
  });

  it('of another journal is refused: its revisions say nothing about this one', () => {
    const parsed = parseMoment('scaling.r5', 'ecs');
    expect('rejection' in parsed && parsed.rejection.message).toContain('give an instant');
  });
});
