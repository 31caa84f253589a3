// Preloaded into a measured process: tells, as it ends, what it took of the machine.
const { writeFileSync } = require('node:fs');

const file = process.env.BENCHMARK_USAGE;
if (file !== undefined) {
  process.on('exit', () => {
    const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
    writeFileSync(file, JSON.stringify({ cpuSeconds: (userCPUTime + systemCPUTime) / 1e6, peakRssMb: maxRSS / 1024 }));
  });
}
