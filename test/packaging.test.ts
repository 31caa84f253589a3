import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

interface Field {
  title: string;
  default?: unknown;
}
interface StreamSchema {
  required: string[];
  properties: Record<string, { type: string | string[] }>;
}

const root = join(__dirname, '..');
const read = (...path: string[]) => readFileSync(join(root, ...path), 'utf8');
const packageJson = JSON.parse(read('package.json')) as { name: string; version: string; license: string };
const spec = JSON.parse(read('spec.json')) as {
  documentationUrl: string;
  connectionSpecification: { required: string[]; properties: Record<string, Field> };
};
const metadata = read('metadata.yaml');
const dockerfile = read('Dockerfile');
const docsFile = 'docs/integrations/sources/bitbucket-data-center.md';
const docs = read(docsFile);

/** The value of a scalar key of metadata.yaml's `data`. */
const metadataValue = (key: string) => new RegExp(`^  ${key}: (.+)$`, 'm').exec(metadata)?.[1];

/** The items of a list of metadata.yaml, wherever its key stands. */
function metadataList(key: string): string[] {
  const [, indent = '', body = ''] = new RegExp(`^( *)${key}:\\n((?:\\1 +- .+\\n)+)`, 'm').exec(metadata) ?? [];
  return body.split('\n').flatMap((line) => (line.startsWith(indent) && line.includes('- ') ? [line.replace(/^ *- /, '')] : []));
}

/** The last value that the Dockerfile sets for a label or a variable of the environment. */
const dockerValue = (instruction: string, key: string) =>
  new RegExp(`^${instruction} ${key.replaceAll('.', '\\.')}="?([^"\\n]*)"?$`, 'm').exec(dockerfile)?.[1];

/** The lines from a header to the next one of the same or a higher level. */
function section(header: string): string {
  const level = /^#+/.exec(header)?.[0].length ?? 1;
  const [, after = ''] = docs.split(`\n${header}\n`);
  return after.split(new RegExp(`^#{1,${level}} `, 'm'))[0] ?? '';
}

/** The cells of a table's rows, without its head. */
const table = (text: string) =>
  text
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .slice(2)
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );

describe('the image', () => {
  it('is labelled with the repository and the tag of metadata.yaml, whose version is the package’s (20, 76)', () => {
    expect(metadataValue('dockerImageTag')).toBe(packageJson.version);
    expect(dockerValue('LABEL', 'io.airbyte.version')).toBe(packageJson.version);
    expect(dockerValue('LABEL', 'io.airbyte.name')).toBe(metadataValue('dockerRepository'));
    expect(packageJson.version).toMatch(/^\d+\.\d+\.\d+$/);
  });

  it('says its entrypoint twice in the same words, with an absolute path (19, 78)', () => {
    const entrypoint = JSON.parse(/^ENTRYPOINT (\[.*\])$/m.exec(dockerfile)?.[1] ?? '[]') as string[];
    expect(dockerValue('ENV', 'AIRBYTE_ENTRYPOINT')).toBe(entrypoint.join(' '));
    expect(entrypoint).toEqual(['node', '/airbyte/integration_code/bin/main']);
  });

  it('says what to do where a clone is not built', () => {
    const folder = mkdtempSync(join(tmpdir(), 'unbuilt-'));
    mkdirSync(join(folder, 'bin'));
    copyFileSync(join(root, 'bin/main'), join(folder, 'bin/main'));
    const { status, stderr } = spawnSync(process.execPath, [join(folder, 'bin/main'), 'doctor'], { encoding: 'utf8' });
    expect([status, stderr]).toEqual([1, 'This is a clone that is not built: run `npm ci` and `npm run build` first.\n']);
    rmSync(folder, { recursive: true });
  });

  it('loads for a spec neither the streams’ engine nor a client of HTTP', () => {
    const script = `process.argv.push('spec'); require(${JSON.stringify(join(root, 'lib/cli.js'))}).mainCommand();
      process.on('exit', () => process.stderr.write(Object.keys(require.cache).join('\\n')));`;
    const { stderr } = spawnSync(process.execPath, ['-e', script, '--', 'main'], { encoding: 'utf8' });
    expect(stderr).toContain('commander');
    expect(
      stderr.split('\n').filter((file) => /axios|\/lib\/(?:sync\/|bitbucket\/(?:transport|session)\/|source)/.test(file)),
    ).toEqual([]);
  });

  it('loads for a check no second client of HTTP, and no loader of modules that it has not', () => {
    const config = join(mkdtempSync(join(tmpdir(), 'loaded-')), 'config.json');
    writeFileSync(config, '{"server_url":"http://127.0.0.1:9","credentials":{"auth_type":"token","token":"x"}}');
    const script = `process.argv.push('check', '--config', ${JSON.stringify(config)}); require(${JSON.stringify(join(root, 'lib/cli.js'))}).mainCommand();
      process.on('exit', () => process.stderr.write([...process.moduleLoadList, ...Object.keys(require.cache), typeof FormData, typeof Response].join('\\n')));`;
    const { stderr } = spawnSync(process.execPath, ['-e', script, '--', 'main'], { encoding: 'utf8' });
    expect(stderr).toMatch(/axios\.cjs[^]*\nfunction\nfunction$/);
    expect(stderr.split('\n').filter((file) => /undici|http2|esm\/translators/.test(file))).toEqual([]);
    rmSync(dirname(config), { recursive: true });
  });

  it('is slim, runs as the user node, and installs neither development nor optional dependencies for it (78)', () => {
    expect(dockerfile.match(/^FROM .*$/gm)).toEqual(['FROM node:24-slim AS build', 'FROM node:24-slim']);
    expect(dockerfile).toMatch(/^USER node$/m);
    expect(dockerfile).toContain('npm ci --omit=dev --omit=optional --ignore-scripts');
    const finalStage = dockerfile.slice(dockerfile.lastIndexOf('FROM '));
    expect(finalStage.match(/^COPY .*$/gm)).toEqual(['COPY --from=build /connector .']);
  });

  it('is built from nothing but what .dockerignore lets through', () => {
    const allowed =
      read('.dockerignore')
        .match(/^!.*$/gm)
        ?.map((line) => line.slice(1)) ?? [];
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.*) \S+$/gm)].flatMap((match) => (match[1] ?? '').split(' '));
    expect(new Set(allowed)).toEqual(new Set(copied));
    for (const path of allowed) expect(existsSync(join(root, path))).toBe(true);
  });
});

describe('metadata.yaml', () => {
  it('has every field that the registry requires', () => {
    expect(metadata).toMatch(/^metadataSpecVersion: ["']1\.0["']$/m);
    expect(metadataValue('name')).toBe('Bitbucket Data Center');
    expect(metadataValue('definitionId')).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(metadataValue('connectorType')).toBe('source');
    expect(metadataValue('connectorSubtype')).toBe('api');
    expect(metadataValue('githubIssueLabel')).toBe(packageJson.name);
    expect(metadataValue('dockerRepository')).toMatch(new RegExp(`/${packageJson.name}$`));
    expect(metadataValue('releaseStage')).toBe('alpha');
    expect(metadataValue('documentationUrl')).toBe(spec.documentationUrl);
    expect(metadataList('tags')).toContain('language:typescript');
  });

  it('names the host, the streams, the licence and the longest silence (71, 75, 77)', () => {
    const streams = readdirSync(join(root, 'resources', 'schemas')).map((file) => file.replace('.json', ''));
    expect(metadataList('hosts')).toEqual(['${server_url}']);
    expect(spec.connectionSpecification.properties).toHaveProperty('server_url');
    expect(metadataList('streams').sort()).toEqual(streams.sort());
    expect(metadataValue('license')).toBe('MIT');
    expect(packageJson.license).toBe('MIT');
    expect(Number(metadataValue('maxSecondsBetweenMessages'))).toBeGreaterThanOrEqual(15 * 60);
  });
});

describe('icon.svg', () => {
  it('is a square drawing (74)', () => {
    const icon = read(metadataValue('icon') ?? '');
    const [, width, height] = /<svg[^>]* width="(\d+)" height="(\d+)"/.exec(icon) ?? [];
    expect(width).toBeDefined();
    expect(width).toBe(height);
    expect(icon).toContain(`viewBox="0 0 ${String(width)} ${String(height)}"`);
    expect(icon).not.toMatch(/<(script|image|foreignObject)|href=/);
  });
});

describe('the documentation', () => {
  it('has the headers of Airbyte’s template, in order (72)', () => {
    const name = metadataValue('name') ?? '';
    const template = [
      `# ${name}`,
      '## Prerequisites',
      '## Setup guide',
      `## Set up ${name}`,
      '### For Airbyte Cloud:',
      '### For Airbyte Open Source:',
      '## Supported sync modes',
      '## Supported Streams',
      '### Performance considerations',
      '## Data type map',
      '## Limitations & Troubleshooting',
      '### Tutorials',
      '## IP allow list',
      '## Changelog',
    ];
    const code = /^```[\s\S]*?^```$/gm;
    const headers = docs.replaceAll(code, '').match(/^#+ .*$/gm) ?? [];
    expect(headers.filter((header) => template.includes(header))).toEqual(template);
    const mayComeBetween = headers.filter((header) => /^##? /.test(header) && !template.includes(header));
    expect(mayComeBetween).toEqual(['## How incremental works']);
  });

  it('has the texts that the template prescribes (72)', () => {
    const name = metadataValue('name') ?? '';
    expect(docs).toContain(
      `<HideInUI>\n\nThis page contains the setup guide and reference information for the [${name}](${spec.documentationUrl}) source connector.\n\n</HideInUI>`,
    );
    expect(section('### For Airbyte Cloud:').trim()).toMatch(
      new RegExp(
        [
          '^1\\. \\[Log into your Airbyte Cloud\\]\\(https://cloud\\.airbyte\\.com/workspaces\\) account\\.',
          '2\\. Click Sources and then click \\+ New source\\.',
          `3\\. On the Set up the source page, select ${name} from the Source type dropdown\\.`,
          `4\\. Enter a name for the ${name} connector\\.`,
        ].join('\n'),
      ),
    );
    expect(section('### For Airbyte Open Source:').trim()).toMatch(/^1\. Navigate to the Airbyte Open Source dashboard\./);
    expect(section('## Supported sync modes').trim()).toMatch(
      new RegExp(
        `^The ${name} source connector supports the following \\[sync modes\\]\\(https://docs\\.airbyte\\.com/cloud/core-concepts/#connection-sync-modes\\):`,
      ),
    );
    expect(section('### Tutorials').trim()).toMatch(
      new RegExp(`^Now that you have set up the ${name} source connector, check out the following ${name} tutorials:`),
    );
    expect(section('## IP allow list').trim()).toBe(
      'If you use Airbyte Cloud and your organization restricts access to specific IPs, add the [Airbyte Cloud IP addresses](https://docs.airbyte.com/platform/operating-airbyte/ip-allowlist) to your allow list.',
    );
  });

  it('names every required field among the prerequisites (73)', () => {
    const { required, properties } = spec.connectionSpecification;
    for (const field of required) expect(section('## Prerequisites')).toContain(`**${String(properties[field]?.title)}**`);
  });

  it('lists every field of the specification with its title and default', () => {
    const rows = table(section('### Configuration'));
    const fields = rows.flatMap(([titles = '', names = '', defaults = '']) => {
      const initial = defaults.split(', ');
      return names.split(', ').map((name, index) => [name.replaceAll('`', ''), titles.split(', ')[index], initial[index]]);
    });
    /** What an empty list means, where it is not everything. */
    const ofNothing: Record<string, string> = { branches: 'the default branch', deployment_builds: 'none' };
    const shown = (name: string, value: unknown) => {
      if (value === undefined) return 'none';
      if (Array.isArray(value)) return ofNothing[name] ?? 'all';
      return typeof value === 'boolean' ? `\`${value}\`` : JSON.stringify(value);
    };
    const required = spec.connectionSpecification.required;
    expect(fields.sort()).toEqual(
      Object.entries(spec.connectionSpecification.properties)
        .map(([name, field]) => [name, field.title, required.includes(name) ? '' : shown(name, field.default)])
        .sort(),
    );
  });

  it('lists every stream with its primary key and cursor', () => {
    const rows = table(section('## Supported Streams')).map(([stream, key, cursor]) => [
      stream,
      `${String(key)}, ${String(cursor)}`,
    ]);
    const expected = readdirSync(join(root, 'resources', 'schemas')).map((file) => {
      const schema = JSON.parse(read('resources', 'schemas', file)) as StreamSchema;
      return [`\`${file.replace('.json', '')}\``, schema.required.map((column) => `\`${column}\``).join(', ')];
    });
    expect(rows.sort()).toEqual(expected.sort());
  });

  it.each([
    'invalid_credentials',
    'invalid_permissions',
    'no_resources',
    'invalid_config',
    'server_unreachable',
    'tls_untrusted',
    'not_bitbucket',
    'server_unavailable',
  ])('explains the code %s by cause and remedy', (code) => {
    const text = section(`#### ${code}`);
    expect(text).toContain('**Cause.**');
    expect(text).toContain('**Remedy.**');
  });

  it('has a row of its changelog, and CHANGELOG.md a section, for this version (76)', () => {
    const versions = table(section('## Changelog')).map(([version]) => version);
    expect(versions[0]).toBe(packageJson.version);
    expect(read('CHANGELOG.md')).toMatch(
      new RegExp(`^## \\[${packageJson.version.replaceAll('.', '\\.')}\\] - \\d{4}-\\d{2}-\\d{2}$`, 'm'),
    );
    expect(section('## Changelog')).toMatch(/<details>\n {2}<summary>Expand to review<\/summary>\n[\s\S]*<\/details>/);
  });

  it('links only to places that exist in this repository', () => {
    for (const file of [docsFile, 'docs/credentials.md', 'docs/kubernetes/README.md']) {
      for (const [, target = ''] of read(file).matchAll(/\]\((?!https?:)([^)]*)\)/g)) {
        const [path = '', anchor] = target.split('#');
        const linked = path === '' ? join(root, file) : join(root, dirname(file), path);
        expect([target, existsSync(linked)]).toEqual([target, true]);
        const anchors = (readFileSync(linked, 'utf8').match(/^#+ .*$/gm) ?? []).map((header) =>
          header
            .replace(/^#+ /, '')
            .toLowerCase()
            .replace(/[^\w\- ]/g, '')
            .replaceAll(' ', '-'),
        );
        if (anchor !== undefined) expect(anchors).toContain(anchor);
      }
    }
  });
});

describe('the Kubernetes example', () => {
  const manifest = read('docs', 'kubernetes', 'indexed-job.yaml');

  it('numbers as many pods as there are shards, and runs this version', () => {
    const completions = /^ {2}completions: (\d+)/m.exec(manifest)?.[1];
    expect(completions).toBeDefined();
    expect(/name: SHARD_COUNT\n\s+value: ["'](\d+)["']/.exec(manifest)?.[1]).toBe(completions);
    expect(/^ {2}parallelism: (\d+)/m.exec(manifest)?.[1]).toBe(completions);
    expect(/image: .*:(\S+)/.exec(manifest)?.[1]).toBe(packageJson.version);
    expect(manifest).toContain('completionMode: Indexed');
  });

  describe('its script', () => {
    const folder = mkdtempSync(join(tmpdir(), 'shard-'));
    const shardFolder = join(folder, 'shard-2-of-4');
    afterAll(() => rmSync(folder, { recursive: true }));

    /** A connector that emits its configuration and the state it was given, and then fails. */
    const standIn = `
      const [, , , , config, , , , state] = process.argv;
      const { readFileSync } = require('node:fs');
      const say = (message) => console.log(JSON.stringify(message));
      say({ type: 'LOG', log: { level: 'INFO', message: 'hello' } });
      const data = { config: JSON.parse(readFileSync(config, 'utf8')), state: state ? JSON.parse(readFileSync(state, 'utf8')) : null };
      say({ type: 'RECORD', record: { stream: 'projects', data, emitted_at: 1 } });
      for (const name of ['projects', 'users', 'projects'])
        say({ type: 'STATE', state: { type: 'STREAM', stream: { stream_descriptor: { name }, stream_state: { run: process.pid } } } });
      process.exitCode = 1;`;
    const run = () =>
      spawnSync(process.execPath, [join(root, 'docs', 'kubernetes', 'read-shard.mjs')], {
        encoding: 'utf8',
        env: {
          ...process.env,
          JOB_COMPLETION_INDEX: '2',
          SHARD_COUNT: '4',
          CONNECTOR: join(folder, 'connector.js'),
          CONFIG: join(folder, 'given.json'),
          CATALOG: join(folder, 'catalog.json'),
          DATA: folder,
          SCRATCH: folder,
        },
      });
    const savedState = () =>
      JSON.parse(readFileSync(join(shardFolder, 'state.json'), 'utf8')) as { stream: { stream_descriptor: { name: string } } }[];
    const emitted = () =>
      readdirSync(shardFolder)
        .filter((file) => file.endsWith('.jsonl'))
        .sort()
        .map(
          (file) => JSON.parse(readFileSync(join(shardFolder, file), 'utf8')) as { record: { data: Record<string, unknown> } },
        );

    beforeAll(() => {
      writeFileSync(join(folder, 'connector.js'), standIn);
      writeFileSync(join(folder, 'given.json'), JSON.stringify({ server_url: 'https://bitbucket.example.com' }));
    });

    it('adds its shard, keeps records and the last state of each stream, and goes on from there', () => {
      const first = run();
      expect(first.stdout).toBe('{"type":"LOG","log":{"level":"INFO","message":"hello"}}\n');
      expect(first.status).toBe(1);
      const state = savedState();
      expect(state.map((entry) => entry.stream.stream_descriptor.name)).toEqual(['projects', 'users']);

      run();
      expect(emitted().map((message) => message.record.data.config)).toEqual([
        { server_url: 'https://bitbucket.example.com', shard_index: 2, shard_count: 4 },
        { server_url: 'https://bitbucket.example.com', shard_index: 2, shard_count: 4 },
      ]);
      expect(emitted().map((message) => message.record.data.state)).toEqual([null, state]);
      expect(savedState()).not.toEqual(state);
    });
  });
});

describe('the package', () => {
  it('holds what runs and what describes it, and neither sources nor tests', () => {
    const [packed] = JSON.parse(
      execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
        cwd: root,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      }),
    ) as { files: { path: string; mode: number }[] }[];
    const paths = packed?.files.map((file) => file.path) ?? [];
    const needed = [
      'bin/main',
      'lib/index.js',
      'lib/cli.js',
      'spec.json',
      'package.json',
      'LICENSE',
      'dbt/README.md', // docs/metrics.md links it
      'resources/schemas/projects.json',
    ];
    expect(paths).toEqual(expect.arrayContaining(needed));
    expect(
      paths.filter(
        (path) =>
          !/^(bin|lib|resources|docs|dbt)\/|^(ARCHITECTURE\.md|CHANGELOG\.md|CONTRIBUTING\.md|spec\.json|package\.json|LICENSE|README\.md)$/.test(
            path,
          ),
      ),
    ).toEqual([]);
    const linked = [...read('README.md').matchAll(/\]\(([^):#]+)[#)]/g)].map(([, path = '']) => path);
    expect(
      linked.filter((link) => !paths.some((path) => path === link || (link.endsWith('/') && path.startsWith(link)))),
    ).toEqual([]);
    expect((packed?.files.find((file) => file.path === 'bin/main')?.mode ?? 0) & 0o111).toBe(0o111);
  });
});
