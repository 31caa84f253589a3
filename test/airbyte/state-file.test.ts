import { ConfigError } from '../../src/config/config';
import { parseStateText, stateWarning } from '../../src/airbyte/state-file';

it.each(['', ' ', '\n\n'])('that is empty holds no state (%j)', (text) => {
  expect(parseStateText(text)).toBeNull();
});

it.each(['null', '[]', '{}', '[{"type":"STREAM"}]', ' {"a":1}\n'])('is JSON: %s', (text) => {
  expect(parseStateText(text)).toEqual(JSON.parse(text));
});

it('may hold lines of messages, of which the states count', () => {
  const lines = [
    '{"type":"LOG","log":{}}',
    '{"type":"STATE","state":{"n":1}}',
    '',
    '{"type":"RECORD"}',
    '{"type":"STREAM","stream":{"n":2}}',
    '{"n":3}',
  ];
  expect(parseStateText(lines.join('\n'))).toEqual([
    { type: 'STATE', state: { n: 1 } },
    { type: 'STREAM', stream: { n: 2 } },
    { n: 3 },
  ]);
  expect(parseStateText(lines.join('\r\n'))).toHaveLength(3);
});

it.each(['{', '[1', 'state', '{"a":1}\n{"b"'])(
  'that is broken is an error that says what to do, and quotes nothing: %s',
  (text) => {
    expect(() => parseStateText(text)).toThrow(ConfigError);
    expect(() => parseStateText(text)).toThrow(
      /^--state is not JSON: give the file that the last sync wrote, or leave --state out/,
    );
  },
);

it.each([
  ['{"a": 1\n', /In line 2, column 1, it needs a comma or }\.$/],
  ['{"type": "STATE"}\n{"type": "STATE",}', /In line 2, column 18, it needs/],
])('that is broken is told with line and column: %j', (text, place) => {
  expect(() => parseStateText(text)).toThrow(place);
});

it.each([
  ['"a text"', 'string'],
  ['12', 'number'],
  ['true', 'boolean'],
  ['[{}, "text"]', 'string'],
])('that holds %s is warned of', (text, type) => {
  expect(stateWarning(parseStateText(text))).toBe(
    `--state holds a ${type} where a state should be: what it was to say is read anew.`,
  );
});

it.each(['', 'null', '[]', '{}'])('that holds nothing is nothing to warn of: %j', (text) => {
  expect(stateWarning(parseStateText(text))).toBeNull();
});
