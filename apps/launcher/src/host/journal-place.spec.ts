import { describe, expect, it } from '@jest/globals';
import { UserFault } from '../terminal/fault.js';
import { journalPlace, withoutPlaces } from './journal-place.js';

describe('where journals are kept', () => {
  it('is NATS where nothing else is said', () => {
    expect(journalPlace({})).toBeUndefined();
    expect(journalPlace({ LONGSHORE_JOURNAL: '' })).toBeUndefined();
  });

  it('is shown without its password', () => {
    const url = 'kurrentdb://ops:s3cret@db:2113/prod?tls=true';
    expect(journalPlace({ LONGSHORE_JOURNAL: url })).toMatchObject({ url, shown: 'kurrentdb://db:2113/prod' });
  });

  it('is refused in one sentence, without its password, where nobody understands it', () => {
    const wrong = () => journalPlace({ LONGSHORE_JOURNAL: 'kurrentdb//ops:s3cret@db' });
    expect(wrong).toThrow(UserFault);
    expect(wrong).not.toThrow(/s3cret/);
  });

  it('is nothing that children inherit', () => {
    const places = { LONGSHORE_JOURNAL: 'x', LONGSHORE_METRICS_URL: 'y', LONGSHORE_LOGS_URL: 'z' };
    expect(withoutPlaces({ ...places, PATH: '/bin' })).toEqual({ PATH: '/bin' });
  });
});
