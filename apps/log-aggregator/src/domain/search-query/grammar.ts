/** Of search queries, for peggy: Lucene's syntax as far as it can be answered from lines. What stands side by side has to match together. */
export const SEARCH_GRAMMAR = String.raw`
start = _ query:any? _ { return query; }

any = first:all rest:(_ Or _ one:all { return one; })* { return rest.length === 0 ? first : { kind: 'or', parts: [first, ...rest] }; }
all = first:one rest:(Between one:one { return one; })* { return rest.length === 0 ? first : { kind: 'and', parts: [first, ...rest] }; }
Between = _ And _ / _ !Or

one
  = Not _ part:one { return { kind: 'not', part }; }
  / '-' !' ' part:one { return { kind: 'not', part }; }
  / '+' !' ' part:one { return part; }
  / '(' _ inside:any _ ')' { return inside; }
  / field:Field ':' _ value:fieldValue { return field === '@message' && value.kind !== 'range' ? value : { kind: 'field', field, value }; }
  / !(Field ':') text:words { return text; }

fieldValue
  = '(' _ inside:fieldAny _ ')' { return inside; }
  / range
  / words
fieldAny = first:fieldAll rest:(_ Or _ one:fieldAll { return one; })* { return rest.length === 0 ? first : { kind: 'or', parts: [first, ...rest] }; }
fieldAll = first:fieldOne rest:(Between one:fieldOne { return one; })* { return rest.length === 0 ? first : { kind: 'and', parts: [first, ...rest] }; }
fieldOne
  = Not _ part:fieldOne { return { kind: 'not', part }; }
  / '-' !' ' part:fieldOne { return { kind: 'not', part }; }
  / '+' !' ' part:fieldOne { return part; }
  / fieldValue

range "a range like [1 TO 5]"
  = open:[\[{] _ from:Bound __ 'TO' __ to:Bound _ close:[\]}]
    { return { kind: 'range', from, to, hasFrom: open === '[', hasTo: close === ']' }; }
  / sign:('>=' / '<=' / '>' / '<') _ bound:Bound
    { return sign[0] === '>'
        ? { kind: 'range', from: bound, to: null, hasFrom: sign === '>=', hasTo: false }
        : { kind: 'range', from: null, to: bound, hasFrom: false, hasTo: sign === '<=' }; }
Bound = '*' ![^\]} \t\n] { return null; } / Quoted / characters:(Escaped / [^ \t\r\n"\[\]{}()])+ { return characters.join(''); }

words "a word or a phrase"
  = text:Quoted { return { kind: 'words', text }; }
  / !Keyword first:(Escaped / Star / First) rest:(Escaped / Star / Rest)*
    { const parts = [first, ...rest];
      return parts.some((part) => typeof part !== 'string')
        ? { kind: 'wild', parts: parts.map((part) => (typeof part === 'string' ? part : part.wild)), marks: parts.map((part) => typeof part !== 'string') }
        : { kind: 'words', text: parts.join('') }; }

Quoted = '"' characters:(Escaped / [^"\\])* '"' { return characters.join(''); }
Escaped = '\\' character:. { return character; }
Star = wild:[*?] { return { wild }; }
First = [^ \t\r\n"()\[\]{}:\\*?+\-!<>~^]
Rest = [^ \t\r\n"()\[\]{}\\*?~^]

Field "a field" = first:[\p{L}_@$] rest:[\p{L}\p{N}_@$.\-/]* { return first + rest.join(''); }
Keyword = ('AND' / 'OR' / 'NOT') End
And = 'AND' End / '&&'
Or = 'OR' End / '||'
Not = 'NOT' End / '!'
End = ![^ \t\r\n()"]
__ = [ \t\r\n]+
_ "a blank" = [ \t\r\n]*
`;
