import { table } from './warehouse';

const rows = [
  {
    'pull request': 'WEB/frontend #7',
    title: 'WEB-102 Cache exchange rates for an hour, or as long as they last',
    files: 20,
    added: 1142,
  },
  { 'pull request': 'WEB/api #12', title: 'Short', files: 1, added: null },
];

it('is as wide as it must be', () => {
  expect(table(rows, 200).split('\n')[2]).toBe(
    '  WEB/frontend #7  WEB-102 Cache exchange rates for an hour, or as long as they last     20  1,142',
  );
});

it('shortens the widest text where it would not fit', () => {
  const lines = table(rows, 60).split('\n');
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(60);
  expect(lines[2]).toMatch(/^ {2}WEB\/frontend #7 {2}WEB-102 Cache exchange rat\S*… {2} {3}20 {2}1,142$/);
  expect(lines[3]).toMatch(/^ {2}WEB\/api #12 {6}Short +1 +–$/);
});
