import { rmSync } from 'node:fs';
import { dirname } from 'node:path';

/** After all tests. */
export default function unlinkExecutable(): void {
  const executable = process.env.TESTED_EXECUTABLE;
  if (executable !== undefined) rmSync(dirname(dirname(executable)), { recursive: true, force: true });
}
