import { fork, type ChildProcess } from 'node:child_process';
import { resolve } from 'node:path';
import type { Server } from './connector';
import type { ServerCalls, ServerOptions } from './server';

type Answer<Call extends keyof ServerCalls> = Awaited<ReturnType<ServerCalls[Call]>>;

/** A simulated server in a process of its own. */
export class ServerProcess implements Server {
  url = '';
  credentials: Server['credentials'] = { token: '' };
  private readonly child: ChildProcess;
  private readonly waiting = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>();
  private count = 0;

  private constructor() {
    this.child = fork(resolve(__dirname, 'server.ts'), {
      execArgv: ['-r', '@swc-node/register'],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.child.on('message', ({ id, result, error }: { id: number; result?: never; error?: string }) => {
      if (error === undefined) this.waiting.get(id)?.resolve(result as never);
      else this.waiting.get(id)?.reject(new Error(error));
      this.waiting.delete(id);
    });
    this.child.on('exit', (code) => {
      for (const { reject } of this.waiting.values()) reject(new Error(`The simulated server has ended with ${code}`));
    });
  }

  static async start(options: ServerOptions): Promise<ServerProcess> {
    const server = new ServerProcess();
    return Object.assign(server, await server.call('start', options));
  }

  call<Call extends keyof ServerCalls>(call: Call, ...given: Parameters<ServerCalls[Call]>): Promise<Answer<Call>> {
    return new Promise((resolve, reject) => {
      const id = (this.count += 1);
      this.waiting.set(id, { resolve, reject });
      this.child.send({ id, call, given });
    });
  }

  stop(): void {
    if (this.child.connected) this.child.disconnect();
    this.child.kill();
  }
}

/** Runs `action` against a server that is there for it alone. */
export async function withServer<T>(options: ServerOptions, action: (server: ServerProcess) => Promise<T>): Promise<T> {
  const server = await ServerProcess.start(options);
  try {
    return await action(server);
  } finally {
    server.stop();
  }
}
