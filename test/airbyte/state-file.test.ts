import { ConfigError } from '../../src/config/config';
import { parseStateText } from '../../src/airbyte/state-file';

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
