import { Simulator, hugeFile, type SimulatorOptions } from '../simulator';

/*
 * The simulated server as a process of its own, told by its parent what to do. The request log is given as what to send again.
 */

export interface ServerOptions extends SimulatorOptions {
  /** One more pull request, the diff of which has so many bytes. */
  readonly hugeDiffBytes?: number;
}

/** One request as a client could repeat it. */
export interface Recorded {
  readonly path: string;
  readonly accept: string;
}

export interface Traffic {
  readonly requests: number;
  readonly refused: number;
  readonly maxInFlight: number;
  readonly routes: Readonly<Record<string, number>>;
}

let simulator: Simulator;

const calls = {
  async start({ hugeDiffBytes, ...options }: ServerOptions) {
    simulator = await Simulator.start(options);
    if (hugeDiffBytes !== undefined) {
      const { history, world } = simulator;
      const repository = world.repositories[0]!.id;
      history.createPullRequest(repository, {
        author: 'user0',
        title: 'Vendor everything',
        files: [hugeFile('vendor/everything.js', hugeDiffBytes)],
      });
    }
    return { url: simulator.url, credentials: simulator.credentials };
  },
  traffic(): Traffic {
    const routes: Record<string, number> = {};
    for (const { route } of simulator.requests) routes[route] = (routes[route] ?? 0) + 1;
    return {
      requests: simulator.requests.length,
      refused: simulator.requests.filter(({ status }) => status === 429).length,
      maxInFlight: simulator.maxInFlight,
      routes,
    };
  },
  recorded(): Recorded[] {
    return simulator.requests.map(({ path, query, headers }) => ({
      path: `${path}?${new URLSearchParams(query).toString()}`,
      accept: String(headers.accept),
    }));
  },
  clear() {
    simulator.clearRequests();
  },
  /** Each of these pull requests is approved by somebody: neither date nor version moves. */
  approve(pullRequests: readonly { repositoryId: number; id: number }[]) {
    for (const each of pullRequests) {
      const { author, reviewers } = simulator.world.pullRequest(each);
      const reviewer =
        reviewers.find(({ status }) => status !== 'APPROVED')?.user ??
        simulator.world.users.find(
          (user) => user !== author && !reviewers.some((other) => other.user === user) && user.type === 'NORMAL',
        )!;
      simulator.history.approve(each, reviewer.name);
    }
  },
  /** To each of these pull requests somebody pushes. */
  push(pullRequests: readonly { repositoryId: number; id: number }[]) {
    for (const each of pullRequests) simulator.history.push(each);
  },
  /** The open pull requests of all repositories. */
  open() {
    return simulator.world
      .visibleRepositories()
      .flatMap(({ id: repositoryId, pullRequests }) => pullRequests.ids('OPEN').map((id) => ({ repositoryId, id })));
  },
  /** The repositories' ids. */
  repositories() {
    return simulator.world.visibleRepositories().map(({ id }) => id);
  },
};

export type ServerCalls = typeof calls;

process.on('message', ({ id, call, given }: { id: number; call: keyof ServerCalls; given: readonly unknown[] }) => {
  new Promise((resolve) => resolve((calls[call] as (...given: readonly unknown[]) => unknown)(...given))).then(
    (result) => process.send?.({ id, result }),
    (error: unknown) => process.send?.({ id, error: error instanceof Error ? error.stack : String(error) }),
  );
});
