import { RE2JS } from 're2js';
import { refusals } from '../refusals.js';

/** What AWS permits between the `%`: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html */
const PERMITTED = /^(?:[A-Za-z0-9_\-#=@/;,'": ^$?[\]{}|*+.!<>&~`]|\\.)*$/;

/** In time linear to the text, whatever the expression is. */
export function compileRegex(source: string): (text: string) => boolean {
  if (!PERMITTED.test(source))
    throw refusals.invalid(`Invalid regular expression '%${source}%': it has characters that are not supported.`);
  try {
    const compiled = RE2JS.compile(source);
    return (text) => compiled.matcher(text).find();
  } catch (error) {
    throw refusals.invalid(`Invalid regular expression '%${source}%': ${(error as Error).message}`);
  }
}
