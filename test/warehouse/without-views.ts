import type * as Views from '../../src/warehouse/views';

/** For suites that do not look at the views, imported before all else: views are made at the end of a sync, and take longer than the rest. */
jest.mock('../../src/warehouse/views', () => ({
  ...jest.requireActual<typeof Views>('../../src/warehouse/views'),
  refreshViews: () => Promise.resolve(),
}));
