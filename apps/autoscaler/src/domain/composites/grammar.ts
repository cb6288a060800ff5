/** Of a composite alarm's AlarmRule, for peggy (CloudWatch API Reference, PutCompositeAlarm): NOT binds before AND, AND before OR. */
export const ALARM_RULE_GRAMMAR = String.raw`
start = _ rule:any _ { return rule; }
any = first:all rest:(_ 'OR'i End _ one:all { return one; })* { return rest.length === 0 ? first : { kind: 'or', parts: [first, ...rest] }; }
all = first:one rest:(_ 'AND'i End _ part:one { return part; })* { return rest.length === 0 ? first : { kind: 'and', parts: [first, ...rest] }; }
one
  = 'NOT'i End _ part:one { return { kind: 'not', part }; }
  / '(' _ rule:any _ ')' { return rule; }
  / state:State _ '(' _ alarm:Name _ ')' { return { kind: 'state', state, alarm }; }
  / 'AT_LEAST' _ '(' _ least:Least _ ',' _ not:('NOT'i End _)? state:State _ ',' _ '(' _ first:Listed rest:(_ ',' _ alarm:Listed { return alarm; })* _ ')' _ ')'
    { return { kind: 'atLeast', ...least, isNot: not !== null, state, alarms: [first, ...rest] }; }
  / 'TRUE'i End { return { kind: 'constant', value: true }; }
  / 'FALSE'i End { return { kind: 'constant', value: false }; }

State = state:('ALARM' / 'OK' / 'INSUFFICIENT_DATA') End { return state; }
Least "a number of alarms, or a percentage of them" = number:$([0-9] [0-9]? [0-9]?) percent:'%'? { return percent === null ? { count: Number(number) } : { percent: Number(number) }; }
Listed "the name or the ARN of an alarm"
  = '"' characters:('\\' character:["\\] { return character; } / [^"\\])+ '"' { return characters.join(''); }
  / $(ListedWord ([ \t\r\n]+ ListedWord)*)
ListedWord = [^()", \t\r\n]+
Name "the name or the ARN of an alarm"
  = '"' characters:('\\' character:["\\] { return character; } / [^"\\])+ '"' { return characters.join(''); }
  / $(Word ([ \t\r\n]+ Word)*)
Word = [^()" \t\r\n]+
End = ![A-Za-z0-9_]
_ "a blank" = [ \t\r\n]*
`;
