import { describe, expect, it } from '@jest/globals';
import { afterAnswer, isHopeless, NO_DOUBT, UNANSWERED_QUESTIONS, type SignOfLife } from './liveness.js';

const after = (...signs: SignOfLife[]) => signs.reduce(afterAnswer, NO_DOUBT);
const times = (count: number, sign: SignOfLife) => Array.from({ length: count }, () => sign);

describe('whether a process lives', () => {
  it('is given up after so many questions without an answer, not before', () => {
    expect(isHopeless(after(...times(UNANSWERED_QUESTIONS - 1, 'silent')))).toBe(false);
    expect(after(...times(UNANSWERED_QUESTIONS, 'silent'))).toEqual({
      unanswered: UNANSWERED_QUESTIONS,
      why: 'it gives no sign of life',
    });
    expect(isHopeless(after(...times(UNANSWERED_QUESTIONS, 'silent')))).toBe(true);
  });

  it('is beyond doubt again with one answer', () => {
    expect(after(...times(4, 'silent'), 'alive', ...times(4, 'silent'))).toMatchObject({ unanswered: 4 });
  });

  it('is never doubted while it starts: nobody listens yet', () => {
    expect(after(...times(100, 'refused'))).toEqual(NO_DOUBT);
  });

  it('is doubted when it says that it is ill', () => {
    expect(after(...times(5, { illness: 'its JetStream is off' }))).toEqual({ unanswered: 5, why: 'its JetStream is off' });
  });
});
