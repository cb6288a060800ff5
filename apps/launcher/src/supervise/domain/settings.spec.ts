import { otherSettings, settingsOf } from './settings.js';

describe('the settings that an installation runs with', () => {
  const running = {
    PATH: '/bin',
    LONGSHORE_METRICS_RETENTION: '30d',
    LONGSHORE_METRICS_URL: 'http://me:s3cret@store',
    LONGSHORE_X: '',
  };
  const settings = settingsOf(running, 'info');

  it('are told apart without telling any of them', () => {
    expect(JSON.stringify(settings)).not.toMatch(/s3cret|30d/);
    expect(otherSettings(settings, running, 'info')).toEqual([]);
  });

  it('differ where this terminal has another one, or one that they have not; what is only theirs is theirs', () => {
    const here = { LONGSHORE_METRICS_RETENTION: '63d', LONGSHORE_TASK_DNS: '10.0.0.2', LONGSHORE_METRICS_URL: '', PATH: '/sbin' };
    expect(otherSettings(settings, here, 'info')).toEqual(['LONGSHORE_METRICS_RETENTION', 'LONGSHORE_TASK_DNS']);
    expect(otherSettings(settings, {}, 'debug')).toEqual(['--log-level']);
  });

  it('of another place or of a test are no settings', () => {
    expect(
      otherSettings(settings, { LONGSHORE_DATA: '/x', LONGSHORE_JOURNAL: 'kurrentdb://x', LONGSHORE_TESTS: 'e2e' }, 'info'),
    ).toEqual([]);
  });
});
