const { default: Sequencer } = require('@jest/test-sequencer');

/** Suites that take a minute or more, the longest first: begun last, each would be waited for alone. */
const LONG = [
  'webhooks/model-',
  'pool/histories',
  'sync/model-',
  'warehouse/s',
  'warehouse/remembered',
  'dbt/dbt',
  'history/model',
  'check.test',
  'check-outcomes',
  'webhooks/read',
  'sync/kill',
  'contract.test',
];

/** Runs the long suites first, the others as Jest does. */
module.exports = class extends Sequencer {
  sort(tests) {
    const rank = ({ path }) => LONG.findIndex((part) => path.includes(`/test/${part}`)) >>> 0;
    return super.sort(tests).sort((one, other) => rank(one) - rank(other));
  }
};
