/** Of metric math, for peggy (CloudWatch User Guide, "Using math expressions with CloudWatch metrics"). */
export const EXPRESSION_GRAMMAR = String.raw`
{{
  const folded = (first, rest) => rest.reduce((left, [operator, right]) => ({ kind: 'binary', operator, left, right }), first);
}}
start = _ expression:or _ { return expression; }
or = first:and rest:(_ ('OR' End / '||') _ part:and { return ['OR', part]; })* { return folded(first, rest); }
and = first:comparison rest:(_ ('AND' End / '&&') _ part:comparison { return ['AND', part]; })* { return folded(first, rest); }
comparison = first:sum rest:(_ operator:('==' / '!=' / '<=' / '>=' / '<' / '>') _ part:sum { return [operator, part]; })* { return folded(first, rest); }
sum = first:product rest:(_ operator:[+-] _ part:product { return [operator, part]; })* { return folded(first, rest); }
product = first:unary rest:(_ operator:[*/] _ part:unary { return [operator, part]; })* { return folded(first, rest); }
unary = '-' _ part:unary { return { kind: 'negative', part }; } / power
power = base:primary exponent:(_ '^' _ part:unary { return part; })? { return exponent === null ? base : { kind: 'binary', operator: '^', left: base, right: exponent }; }
primary
  = value:$(([0-9]+ ('.' [0-9]*)? / '.' [0-9]+) ([eE] [+-]? [0-9]+)?) { return { kind: 'number', value: Number(value) }; }
  / "'" characters:$[^']* "'" { return { kind: 'text', value: characters }; }
  / '"' characters:$[^"]* '"' { return { kind: 'text', value: characters }; }
  / '[' _ parts:arguments _ ']' { return { kind: 'array', parts }; }
  / '(' _ inside:or _ ')' { return inside; }
  / name:$([A-Z] [A-Z0-9_]*) _ '(' _ parts:arguments? _ ')' { return { kind: 'call', name, parts: parts ?? [] }; }
  / name:$([A-Z] [A-Z0-9_]*) { return { kind: 'word', name }; }
  / id:$([a-z] [a-zA-Z0-9_]*) { return { kind: 'id', id }; }
arguments = first:or rest:(_ ',' _ part:or { return part; })* { return [first, ...rest]; }
End = ![A-Za-z0-9_]
_ "a blank" = [ \t\r\n]*
`;

/** Of SEARCH's first argument (User Guide, "CloudWatch search expression syntax"). */
export const SEARCH_GRAMMAR = String.raw`
start = _ schema:(@schema _)? terms:any? _ { return { schema, terms }; }
schema = '{' _ parts:(first:Text rest:(_ ',' _ @Text)* { return [first, ...rest]; }) _ '}' { return parts; }
any = first:all rest:(_ 'OR' End _ @all)* { return rest.length === 0 ? first : { kind: 'or', parts: [first, ...rest] }; }
all = first:one rest:(_ ('AND' End _)? !('OR' End) @one)* { return rest.length === 0 ? first : { kind: 'and', parts: [first, ...rest] }; }
one
  = 'NOT' End _ part:one { return { kind: 'not', part }; }
  / '(' _ inside:any _ ')' { return inside; }
  / field:Text _ '=' _ value:Value { return { kind: 'field', field, ...value }; }
  / value:Value { return { kind: 'term', ...value }; }
Value = '"' text:$[^"]* '"' { return { text, isExact: true }; } / '(' _ parts:(first:Value rest:(_ 'OR' End _ @Value)* { return [first, ...rest]; }) _ ')' { return { parts }; } / !(('AND' / 'OR' / 'NOT') End) text:Word { return { text, isExact: false }; }
Text = '"' @$[^"]* '"' / Word
Word = $[^ \t\r\n"(){}=,]+
End = ![A-Za-z0-9_]
_ = [ \t\r\n]*
`;
