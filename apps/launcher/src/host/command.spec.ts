import { describe, expect, it } from '@jest/globals';
import { getPriority } from 'node:os';
import { AFTER_OTHERS, LAST, runBeside } from './command.js';

describe('a program that runs beside others', () => {
  it.each([LAST, AFTER_OTHERS])(
    'takes what processor they leave (nice %d), and its words and its exit code come back',
    async (niceness) => {
      const program = "console.log(os.getPriority()); console.error('said'); process.exitCode = 3;";
      const { code, stdout, output } = await runBeside(niceness, process.execPath, ['-e', program]);
      expect({ code, stdout }).toEqual({ code: 3, stdout: `${Math.min(LAST, getPriority() + niceness)}\n` });
      expect(output).toContain('said');
      expect(process.listenerCount('SIGTERM')).toBe(0);
    },
  );
});
