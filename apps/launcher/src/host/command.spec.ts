import { describe, expect, it } from '@jest/globals';
import { runBeside } from './command.js';

describe('a program that runs beside others', () => {
  it('takes what processor they leave, and its words and its exit code come back', async () => {
    const program = "console.log(os.getPriority()); console.error('said'); process.exitCode = 3;";
    const { code, stdout, output } = await runBeside(process.execPath, ['-e', program]);
    expect({ code, stdout }).toEqual({ code: 3, stdout: '19\n' });
    expect(output).toContain('said');
    expect(process.listenerCount('SIGTERM')).toBe(0);
  });
});
