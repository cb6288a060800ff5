/** Of Logs Insights' queries, for peggy: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html */
export const INSIGHTS_GRAMMAR = String.raw`
{{
  const folded = (first, rest) => rest.reduce((left, [op, right]) => ({ kind: 'binary', op, left, right }), first);
}}

start = _ commands:commands? _ { return commands ?? []; }
commands = first:command rest:(_ '|' _ one:command { return one; })* { return [first, ...rest]; }

command
  = 'fields'i End _ columns:columns { return { kind: 'fields', columns }; }
  / 'display'i End _ columns:columns { return { kind: 'display', columns }; }
  / ('filter'i / 'where'i) End _ test:expression { return { kind: 'filter', test }; }
  / 'parse'i End _ from:(one:primary __ &['"/] { return one; })? pattern:parsePattern { return { kind: 'parse', from: from ?? { kind: 'field', name: '@message' }, ...pattern }; }
  / 'stats'i End _ columns:columns by:(__ 'by'i End _ groups:columns { return groups; })?
    { return { kind: 'stats', columns, by: by ?? [] }; }
  / ('sort'i / 'order by'i) End _ keys:sortKeys { return { kind: 'sort', keys }; }
  / ('limit'i / 'head'i) End _ count:integer { return { kind: 'limit', count }; }
  / 'tail'i End _ count:integer { return { kind: 'tail', count }; }
  / 'dedup'i End _ columns:columns { return { kind: 'dedup', columns }; }

parsePattern
  = pattern:regex names:(_ 'as'i End _ given:names { return given; })? { return { regex: pattern.text, names: names ?? [] }; }
  / glob:string _ 'as'i End _ names:names { return { glob: glob.text, names }; }
names = first:name rest:(_ ',' _ one:name { return one; })* { return [first, ...rest]; }

columns = first:column rest:(_ ',' _ one:column { return one; })* { return [first, ...rest]; }
column = expression:columnText name:(__ 'as'i End _ alias:name { return alias; })?
  { return { expression: expression.value, name: name ?? expression.text }; }
columnText = value:expression
  { return { value, text: value.kind === 'field' ? value.name : text().trim().replace(/\s+/g, ' ') }; }

sortKeys = first:sortKey rest:(_ ',' _ one:sortKey { return one; })* { return [first, ...rest]; }
sortKey = column:columnText direction:(__ word:('asc'i / 'desc'i) End { return word.toLowerCase(); })?
  { return { expression: column.value, name: column.text, isAscending: direction === 'asc' }; }

expression = first:and rest:(_ 'or'i End _ one:and { return ['or', one]; })* { return folded(first, rest); }
and = first:not rest:(_ 'and'i End _ one:not { return ['and', one]; })* { return folded(first, rest); }
not = 'not'i End _ of:not { return { kind: 'not', of }; } / comparison
comparison
  = left:additive tail:(
        __ negated:('not'i __)? 'like'i _ pattern:(regex / string) { return { op: 'like', right: pattern, isNegated: negated !== null }; }
      / _ '=~' _ pattern:(regex / string) { return { op: 'like', right: pattern.kind === 'regex' ? pattern : { ...pattern, kind: 'regex' }, isNegated: false }; }
      / __ negated:('not'i __)? 'in'i _ '[' _ values:values _ ']' { return { op: 'in', values, isNegated: negated !== null }; }
      / _ op:('!=' / '<=' / '>=' / '=' / '<' / '>') _ right:additive { return { op, right, isNegated: false }; }
    )?
    { if (tail === null) return left;
      const { isNegated, ...rest } = tail;
      const test = rest.op === 'in' ? { kind: 'in', of: left, values: rest.values }
        : rest.op === 'like' ? { kind: 'like', of: left, pattern: rest.right }
        : { kind: 'binary', op: rest.op, left, right: rest.right };
      return isNegated ? { kind: 'not', of: test } : test; }
values = first:additive rest:(_ ',' _ one:additive { return one; })* { return [first, ...rest]; }

additive = first:multiplied rest:(_ op:[+\-] _ one:multiplied { return [op, one]; })* { return folded(first, rest); }
multiplied = first:power rest:(_ op:[*/%] _ one:power { return [op, one]; })* { return folded(first, rest); }
power = left:unary right:(_ '^' _ one:power { return one; })? { return right === null ? left : { kind: 'binary', op: '^', left, right }; }
unary = '-' _ of:unary { return { kind: 'binary', op: '-', left: { kind: 'literal', value: 0 }, right: of }; } / primary
primary
  = '(' _ inside:expression _ ')' { return inside; }
  / number
  / quoted:string { return { kind: 'literal', value: quoted.text }; }
  / call
  / 'true'i End { return { kind: 'literal', value: 1 }; }
  / 'false'i End { return { kind: 'literal', value: 0 }; }
  / name:name { return { kind: 'field', name }; }

call = at:callName _ '(' _ args:args? _ ')' { return { kind: 'call', name: at.name, args: args ?? [], at: at.at }; }
callName = name:$([A-Za-z_][A-Za-z0-9_]*) { return { name: name.toLowerCase(), at: { start: offset(), end: offset() + name.length } }; }
args = '*' { return [{ kind: 'star' }]; } / first:argument rest:(_ ',' _ one:argument { return one; })* { return [first, ...rest]; }
argument = period / expression
period = count:$[0-9]+ unit:Unit ![A-Za-z0-9_] { return { kind: 'period', ms: Number(count) * unit }; }
Unit
  = ('milliseconds'i / 'millisecond'i / 'msecs'i / 'msec'i / 'ms'i) { return 1; }
  / ('minutes'i / 'minute'i / 'mins'i / 'min'i) { return 60000; }
  / ('months'i / 'month'i / 'mon'i / 'mo'i) { return 2592000000; }
  / ('seconds'i / 'second'i / 'secs'i / 'sec'i / 's'i) { return 1000; }
  / 'm'i { return 60000; }
  / ('hours'i / 'hour'i / 'hrs'i / 'hr'i / 'h'i) { return 3600000; }
  / ('days'i / 'day'i / 'd'i) { return 86400000; }
  / ('weeks'i / 'week'i / 'w'i) { return 604800000; }
  / ('quarters'i / 'quarter'i / 'qtrs'i / 'qtr'i / 'q'i) { return 7776000000; }
  / ('years'i / 'year'i / 'yrs'i / 'yr'i / 'y'i) { return 31536000000; }

number "a number" = digits:$([0-9]+ ('.' [0-9]+)? ([eE] [+\-]? [0-9]+)?) ![A-Za-z_] { return { kind: 'literal', value: Number(digits) }; }
integer "a whole number" = digits:$[0-9]+ { return Number(digits); }
string "a string"
  = '"' characters:(Escaped / [^"\\])* '"' { return { kind: 'string', text: characters.join('') }; }
  / "'" characters:(Escaped / [^'\\])* "'" { return { kind: 'string', text: characters.join('') }; }
Escaped = '\\' character:(["'\\]) { return character; } / '\\' character:. { return '\\' + character; }
regex "a regular expression" = '/' text:$('\\' . / [^/\\\n])+ '/' flags:$[a-z]*
  { return { kind: 'regex', text: flags.includes('i') ? '(?i)' + text : text }; }

name "a field"
  = '\x60' characters:$[^\x60]+ '\x60' { return characters; }
  / !(Keyword End) name:$([A-Za-z_@] [A-Za-z0-9_.@]*) { return name; }
Keyword = 'and'i / 'or'i / 'not'i / 'like'i / 'in'i / 'as'i / 'by'i / 'asc'i / 'desc'i

End = ![A-Za-z0-9_@]
__ = Blank+
_ "a blank" = Blank*
Blank = [ \t\r\n] / '#' [^\n]*
`;
