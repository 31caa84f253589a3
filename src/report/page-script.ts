import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';

const FOLDER = join(__dirname, 'page');

/** The compiled modules of `page/` as one script that needs no loader: each is a function, run when it is first asked for. */
export function pageScript(): string {
  const files = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.js'))
    .sort();
  const modules = files.map((file) => {
    const name = file.replaceAll('\\', '/').replace(/(?:\/index)?\.js$/, '');
    const text = readFileSync(join(FOLDER, file), 'utf8').replace(/^\/\/# sourceMappingURL.*$/gm, '');
    const resolved = text.replace(
      /require\("(\.[^"]*)"\)/g,
      (_, path: string) => `require(${JSON.stringify(target(file, path))})`,
    );
    return `${JSON.stringify(name)}: (exports, require) => {\n${resolved}\n}`;
  });
  const script = `(() => {
const modules = {${modules.join(',\n')}};
const loaded = {};
const require = (name) => {
  if (!(name in loaded)) { loaded[name] = {}; modules[name](loaded[name], require); }
  return loaded[name];
};
require("browser").start();
})();`;
  // Nothing in a script may look like its end.
  return script.replace(/<(?=\/script|!--|script)/gi, '\\x3c');
}

function target(file: string, path: string): string {
  return posix.join(posix.dirname(file.replaceAll('\\', '/')), path);
}
