import http from 'node:http';
import fc from 'fast-check';
import { Destinations } from '../../src/bitbucket/transport/destination';
import type { Route } from '../../src/bitbucket/transport/route';

const routes: string[] = [];
const routeTo = ({ href }: URL): Route => {
  routes.push(href);
  return { request: http.request, optionsFor: () => ({ headers: {} }), encrypts: false };
};

it.each(['http://git.example.com', 'https://git.example.com:8443/bitbucket', 'http://[::1]:7990/a/b'])(
  'an address below %s leads where the URL does, whatever is in it',
  (base) => {
    const destinations = new Destinations(base, routeTo);
    const part = fc.oneof(
      fc.constantFrom('/', '.', '..', '%2e', '%2E', '?', '&', '=', '#', "'", '"', ' ', '~jane', '\\', '%', '%20', ':', '@', '//'),
      fc.string({ maxLength: 5 }),
      fc.string({ unit: 'binary', maxLength: 3 }),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
        const address = `/${parts.join('')}`;
        const { origin, host, pathname, search } = new URL(base + address);
        expect(destinations.of(address)).toMatchObject({ origin, host, path: pathname + search });
      }),
      { numRuns: 3000 },
    );
  },
);

it('a whole URL goes its own way, and each origin has one', () => {
  const destinations = new Destinations('http://git.example.com/bitbucket', routeTo);
  routes.length = 0;
  const there = destinations.of('https://other.example.com/x?y=1');
  expect(there).toMatchObject({ origin: 'https://other.example.com', host: 'other.example.com', path: '/x?y=1' });
  for (const address of ['/rest', '/rest?q=%C3%BC', '/ü', 'http://git.example.com/elsewhere']) destinations.of(address);
  expect(destinations.of('https://other.example.com/z').route).toBe(there.route);
  expect(routes).toEqual(['https://other.example.com/', 'http://git.example.com/']);
});
