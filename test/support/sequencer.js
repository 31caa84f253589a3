const { default: Sequencer } = require('@jest/test-sequencer');

/** Suites that take long, the longest first: begun last, each would be waited for alone. */
const LONG = [
  'webhooks/model-',
  'pool/histories',
  'sync/model-',
  'warehouse/remembered',
  'dbt/dbt',
  'warehouse/changes',
  'check.test',
  'sync/kill',
  'warehouse/server',
  'contract.test',
  'webhooks/read',
  'demo/playground',
  'warehouse/foreign',
  'warehouse/s',
  'check-outcomes',
  'doctor.test',
  'plan.test',
  'views/refresh',
  'report/',
  'protocol.test',
  'webhooks/',
];

/** Runs the long suites first, the others as Jest does. */
module.exports = class extends Sequencer {
  sort(tests) {
    const rank = ({ path }) => LONG.findIndex((part) => path.includes(`/test/${part}`)) >>> 0;
    return super.sort(tests).sort((one, other) => rank(one) - rank(other));
  }
};
